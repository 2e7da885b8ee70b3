"""What leaves on a request: set anew, e-sealed, and searched for what is secret before it does."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _

from motkraft import documents, sealing
from motkraft.decisions.actions.outward import e_sealed
from motkraft.decisions.actions.paper import LANGUAGE
from motkraft.decisions.rules import LeakFound
from motkraft.people import queries as people
from motkraft.people.access import Actor
from motkraft.people.models import DetailKind, ProtectedDetail


def _check_leaks(actor: Actor, pdf: bytes, secret: list[str], file_name: str) -> None:
    """Let nothing out that was marked as secret, nor a protected detail of staff other than a name."""
    details = ProtectedDetail.objects.filter(organisation_id=actor.organisation_id).exclude(kind=DetailKind.NAME)
    leaks = sealing.scan(pdf, [*secret, *(str(each.value) for each in details)], file_name)
    if leaks:
        raise LeakFound(
            "Something secret stands in the document %(count)s times all the same, so it was not made. "
            "Mark what is secret everywhere, protected details of staff too.",
            missing=["text"],
            count=len(leaks),
            where=sorted({leak.where for leak in leaks}),
        )


def paper(
    actor: Actor, reference: str, title: str, sections: list[dict[str, Any]], *, secret: list[str], **more: Any
) -> bytes:
    """Set a paper of a request, e-seal it, search it for what is ``secret``. Raises LeakFound, and as ``e_sealed``."""
    organisation = people.organisation(actor)
    data = {
        "organisation": {
            "name": organisation.name,
            "unit": _("The social welfare committee"),
            "address": organisation.postal_address or organisation.name,
            "phone": organisation.phone or None,
        },
        "reference": reference,
        "issued_at": timezone.now(),
        "title": title,
        "sections": sections,
        "demo": bool(settings.MOTKRAFT_DEMO),
        **more,
    }
    pdf = documents.render("paper", data, language=LANGUAGE)
    return e_sealed(actor, pdf, data, lambda made: _check_leaks(actor, made, secret, f"{reference}.pdf"))
