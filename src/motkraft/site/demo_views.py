"""Demo mode only: one click to become any demo person. The addresses do not exist outside demo mode."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from django.conf import settings
from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from motkraft.people.access import Role, acting, at_the_door, public, system
from motkraft.people.models import Membership, Organisation, Person
from motkraft.site.demo import DEMO_CODES


@dataclass(frozen=True)
class DemoPerson:
    """One line of the list of demo people."""

    pk: uuid.UUID
    username: str
    label: str


@public
def people(request: HttpRequest) -> HttpResponse:
    """List the demo people of each demo organisation."""
    _only_in_demo()
    found = []
    order = {code: number for number, code in enumerate(DEMO_CODES)}
    for organisation in sorted(Organisation.objects.filter(code__in=DEMO_CODES), key=lambda each: order[each.code]):
        with acting(system(organisation.pk)):
            rows: dict[uuid.UUID, list[Membership]] = {}
            for row in Membership.objects.filter(organisation=organisation).select_related("person"):
                rows.setdefault(row.person_id, []).append(row)
        listed = [
            DemoPerson(pk, held[0].person.username, ", ".join(str(Role(row.role).label) for row in held))
            for pk, held in rows.items()
        ]
        found.append((organisation, sorted(listed, key=lambda person: person.username)))
    return render(request, "site/demo.html", {"title": _("Demo people"), "organisations": found})


@require_POST
@public
def become(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """Log in as a demo person."""
    _only_in_demo()
    with at_the_door():
        person = Person.objects.filter(pk=person_id, is_active=True, username__startswith="demo-").first()
        if person is None:
            raise Http404
        request.session.flush()
        login(request, person, backend=settings.AUTHENTICATION_BACKENDS[0])
    return redirect("start")


def _only_in_demo() -> None:
    if not settings.MOTKRAFT_DEMO:
        raise Http404
