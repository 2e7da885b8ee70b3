"""Pages for the administrator: which accounts are one person, and who is experienced in a role."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from motkraft.people import queries, same_person
from motkraft.people.access import Actor, Permission, requires
from motkraft.people.forms import ExperienceForm, SamePersonForm, WhyForm
from motkraft.people.models import Experience, Membership, Person, SamePerson


def _held(request: HttpRequest, person_id: uuid.UUID) -> tuple[Actor, Person, list[Membership]]:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    held = list(queries.memberships(actor).filter(person_id=person_id))
    if not held:
        raise Http404
    return actor, held[0].person, held


def _page(request: HttpRequest, person_id: uuid.UUID, form: Any, **context: Any) -> HttpResponse:
    back = reverse("person", args=[person_id])
    context = {"form": form, "back_url": back, "cancel_url": back, "submit_label": _("Save"), **context}
    return render(request, "web/form_page.html", context, status=422 if form.is_bound else 200)


@requires(Permission.PEOPLE_MANAGE)
def same(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """Mark another account as the same natural person."""
    actor, someone, _roles = _held(request, person_id)
    form = SamePersonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        found = queries.memberships(actor).filter(person__username=form.cleaned_data["username"]).first()
        try:
            same_person.mark_same(
                actor, someone, found.person if found else someone, reason=form.cleaned_data["reason"]
            )
        except same_person.PeopleError as error:
            form.add_error("username", _(error.message))
        else:
            messages.success(request, _("The two accounts count as one person from now on."))
            return redirect("person", person_id=person_id)
    return _page(
        request,
        person_id,
        form,
        title=_("Another account of the same person"),
        lead=_("Wherever two persons are needed, the two accounts count as one."),
    )


@requires(Permission.PEOPLE_MANAGE)
def lift(request: HttpRequest, person_id: uuid.UUID, mark_id: uuid.UUID) -> HttpResponse:
    """Say that two accounts were two persons after all."""
    actor, _someone, _roles = _held(request, person_id)
    mark = same_person.marks_of(actor, person_id).filter(pk=mark_id, lifted_at=None).first()
    if mark is None:
        raise Http404
    return _reason(
        request, person_id, _("Are they two persons?"), lambda why: same_person.lift_same(actor, mark, **why)
    )


@requires(Permission.PEOPLE_MANAGE)
def experience(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """Mark somebody as experienced in a role."""
    actor, _someone, held = _held(request, person_id)
    form = ExperienceForm(
        request.POST or None, memberships=[(str(row.pk), str(row.get_role_display())) for row in held]
    )
    if request.method == "POST" and form.is_valid():
        given = dict(form.cleaned_data)
        role = next(row for row in held if str(row.pk) == given.pop("membership"))
        try:
            same_person.mark_experienced(actor, role, **given)
        except same_person.PeopleError as error:
            form.add_error(None, _(error.message))
        else:
            messages.success(request, _("The person is marked as experienced."))
            return redirect("person", person_id=person_id)
    return _page(
        request,
        person_id,
        form,
        title=_("Mark as experienced"),
        lead=_("Where the threat is highest, one of those who handle a decision must be experienced."),
    )


@requires(Permission.PEOPLE_MANAGE)
def end_experience(request: HttpRequest, person_id: uuid.UUID, mark_id: uuid.UUID) -> HttpResponse:
    """Take back a mark of experience."""
    actor, _someone, held = _held(request, person_id)
    mark = Experience.objects.filter(
        organisation_id=actor.organisation_id, membership__in=held, pk=mark_id, ended_on=None
    ).first()
    if mark is None:
        raise Http404
    title = _("Take back the mark of experience?")
    return _reason(request, person_id, title, lambda why: same_person.end_experience(actor, mark, **why))


def _reason(request: HttpRequest, person_id: uuid.UUID, title: str, act: Any) -> HttpResponse:
    """Ask why, then do it."""
    form = WhyForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            act(form.cleaned_data)
        except same_person.PeopleError as error:
            form.add_error("reason", _(error.message))
        else:
            messages.success(request, _("Done. The mark and the reason stay to be read."))
            return redirect("person", person_id=person_id)
    return _page(request, person_id, form, title=title)


def marks(actor: Actor, someone: Person, held: list[Membership]) -> dict[str, Any]:
    """What the person's page shows of both."""

    def other(mark: SamePerson) -> str:
        return mark.second.username if mark.first_id == someone.pk else mark.first.username

    return {
        "same": [{"it": mark, "other": other(mark)} for mark in same_person.marks_of(actor, someone.pk)],
        "experience": Experience.objects.filter(
            organisation_id=actor.organisation_id, membership__in=held
        ).select_related("membership"),
    }
