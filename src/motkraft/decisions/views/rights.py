"""Who may decide, from when to when, by which decision of the committee; and how decisions are handled here."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from motkraft.decisions import actions
from motkraft.decisions.actions.rights import policy_of
from motkraft.decisions.actions.steps import today
from motkraft.decisions.forms import in_language
from motkraft.decisions.forms.rights import LEVELS, EndForm, MandateForm, PolicyForm, types
from motkraft.decisions.models import HandlingPolicy, Mandate
from motkraft.decisions.rules.rights import Term, TermState
from motkraft.decisions.views.sign_off_parts import policy_words
from motkraft.decisions.views.words import form_step
from motkraft.law import vocabulary
from motkraft.people.access import Actor, Permission, requires
from motkraft.people.queries import members
from motkraft.web.dates import day
from motkraft.web.lists import Choice, Column, Filter, csv_response, listing, wants_csv
from motkraft.web.parts import Action, Crumb, Empty, Fact, Status

P = Permission


def _who(body: str) -> str:
    words = in_language(vocabulary.ROLES[body])
    return words[:1].upper() + words[1:]


def _status(term: Term) -> Status:
    return {
        TermState.CURRENT: Status(_("In force"), "success", "circle-check"),
        TermState.COMING: Status(_("Not begun"), "info", "clock"),
        TermState.PAST: Status(_("Ended"), "neutral", "calendar-x"),
    }[term.state(today())]


def _when(term: Term) -> str:
    start = _("from %(day)s") % {"day": day(term.valid_from)}
    last = term.ended_on or term.valid_to
    return f"{start} {_('until %(day)s') % {'day': day(last)}}" if last else start


def terms_shown(terms: Iterable[Term]) -> list[dict[str, Any]]:
    """Terms as the page on which one decides shows them."""
    return [
        {
            "who": _who(term.body),
            "when": _when(term),
            "reference": term.reference,
            "is_current": term.state(today()) is TermState.CURRENT,
        }
        for term in terms
    ]


def _crumbs() -> list[Crumb]:
    return [Crumb(_("Right to decide"), reverse("mandate_list"))]


@requires(P.RIGHTS_MANAGE)
def mandates(request: HttpRequest) -> HttpResponse:
    """List seats and delegations, past and coming ones too."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    rows = Mandate.objects.filter(organisation_id=actor.organisation_id).select_related("person")
    columns = [
        Column("person", _("Employee id"), "person__username"),
        Column("body", _("As"), "body"),
        Column("types", _("Types of decision")),
        Column("from", _("From"), "valid_from"),
        Column("to", _("Until"), "valid_to"),
        Column("reference", _("The committee's decision")),
        Column("state", _("State")),
    ]
    found = listing(
        request,
        rows,
        columns,
        filters=[
            Filter(
                "som",
                _("As"),
                [Choice(body, _who(body)) for body in dict.fromkeys(rows.order_by().values_list("body", flat=True))],
                lambda given, value: given.filter(body=value),
            )
        ],
        search=lambda given, words: given.filter(person__username__icontains=words),
        sort="-from",
    )
    if wants_csv(request):
        lines = (
            [
                row.person.username,
                _who(row.body),
                " ".join(row.types),
                row.valid_from,
                row.ended_on or row.valid_to or "",
                row.reference,
                _status(row.term).label,
            ]
            for row in found.rows
        )
        return csv_response("beslutanderatt", [column.label for column in columns], lines)
    for row in found.page:
        row.shown_body, row.shown_status = _who(row.body), _status(row.term)
        row.shown_types = ", ".join(row.types) or _("All that the law allows")
    context = {
        "title": _("Right to decide"),
        "lead": _(
            "Who sits in the committee, and who has delegated rights. Whoever is not on the list that day is refused."
        ),
        "listing": found,
        "search_label": _("Search by employee id"),
        "row_template": "decisions/_mandate_row.html",
        "list_action": Action(_("Add to the list"), reverse("mandate_new"), icon="plus"),
        "policy_url": reverse("policy_list"),
        "empty": Empty(
            _("Nobody on the list yet"),
            _("Without the list nobody can decide. Begin with the committee's chair and members."),
            icon="gavel",
        ),
    }
    return render(request, "decisions/mandates.html", context)


@requires(P.RIGHTS_MANAGE)
def new(request: HttpRequest) -> HttpResponse:
    """Add a seat or a delegation."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    form = MandateForm(
        request.POST or None,
        people=[(str(who.pk), f"{who.username} · {who.title}".strip(" ·")) for who in members(actor)],
        initial={"valid_from": timezone.localdate()},
    )
    return form_step(
        request,
        form,
        lambda given: actions.add_mandate(actor, person_id=uuid.UUID(given.pop("person")), **given),
        title=_("Add to the list"),
        lead=_("Only what the committee has decided. The law says who can decide what at all."),
        back=reverse("mandate_list"),
        submit=_("Add"),
        done=_("It stands on the list."),
    )


@requires(P.RIGHTS_MANAGE)
def mandate(request: HttpRequest, mandate_id: uuid.UUID) -> HttpResponse:
    """One seat or delegation, with its history."""
    row = _load(request, mandate_id)[1]
    facts = [
        Fact(_("Employee id"), row.person.username),
        Fact(_("As"), _who(row.body)),
        Fact(_("Types of decision"), ", ".join(row.types) or _("All that the law allows")),
        Fact(_("From"), day(row.valid_from)),
        Fact(_("Until"), day(row.valid_to) if row.valid_to else "–"),
        Fact(_("The committee's decision"), f"{row.reference}, {day(row.given_on)}"),
        Fact(_("Added"), f"{day(row.added_at)} · {row.added_by.username if row.added_by else _('the system')}"),
    ]
    if row.ended_on:
        who = row.ended_by.username if row.ended_by else _("the system")
        facts.append(Fact(_("Ended before its time"), f"{day(row.ended_on)} · {who}", row.ended_reason or ""))
    context = {
        "title": f"{_who(row.body)}: {row.person.username}",
        "crumbs": _crumbs(),
        "status": _status(row.term),
        "facts": facts,
        "end_url": reverse("mandate_end", args=[row.pk]) if row.ended_on is None else "",
    }
    return render(request, "decisions/mandate.html", context)


@requires(P.RIGHTS_MANAGE)
def end(request: HttpRequest, mandate_id: uuid.UUID) -> HttpResponse:
    """End a term before its time, with a reason."""
    actor, row = _load(request, mandate_id)
    if row.ended_on is not None:
        raise Http404
    return form_step(
        request,
        EndForm(request.POST or None),
        lambda given: actions.end_mandate(actor, row, reason=given["reason"]),
        title=_("End the term today?"),
        lead=_("From this moment it gives no right to decide. This cannot be undone; a new one can be added."),
        back=reverse("mandate", args=[row.pk]),
        submit=_("End the term"),
        tone="danger",
        done=_("The term has ended. It stays on the list, with the reason."),
        asks=True,
    )


def _load(request: HttpRequest, mandate_id: uuid.UUID) -> tuple[Actor, Mandate]:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    rows = Mandate.objects.filter(organisation_id=actor.organisation_id)
    return actor, get_object_or_404(rows.select_related("person", "added_by", "ended_by"), pk=mandate_id)


def _experience(level: str) -> str:
    return str(dict(LEVELS)[level])


@requires(P.RIGHTS_MANAGE)
def policies(request: HttpRequest) -> HttpResponse:
    """How decisions are handled: what holds now for each type, and what held before."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    titles = dict(types())
    rows = HandlingPolicy.objects.filter(organisation_id=actor.organisation_id).select_related("set_by")
    general = policy_of(actor.organisation_id, "")
    own = [
        (titles[code], policy_of(actor.organisation_id, code))
        for code in titles
        if policy_of(actor.organisation_id, code) != general
    ]
    context = {
        "title": _("How decisions are handled"),
        "lead": _("What holds from now on. A newer policy follows an older one; none is changed or removed."),
        "crumbs": _crumbs(),
        "standing": [
            {"what": what, "words": policy_words(policy), "experience": _experience(policy.experienced_from)}
            for what, policy in [(_("All types"), general), *own]
        ],
        "history": [
            {
                "what": titles.get(row.type_code, row.type_code) if row.type_code else _("All types"),
                "at": row.set_at,
                "who": row.set_by.username if row.set_by else _("the system"),
                "reason": row.reason,
                "handlers": row.handlers,
                "experience": _experience(row.experienced_from),
                "handlers_sign": row.handlers_sign,
                "deciders_sign": row.deciders_sign,
            }
            for row in rows[:50]
        ],
        "new_url": reverse("policy_new"),
    }
    return render(request, "decisions/policies.html", context)


@requires(P.RIGHTS_MANAGE)
def policy(request: HttpRequest) -> HttpResponse:
    """Say how decisions are handled from now on."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = policy_of(actor.organisation_id, "")
    form = PolicyForm(
        request.POST or None,
        initial={
            "handlers": now.handlers,
            "experienced_from": now.experienced_from,
            "handlers_sign": now.handlers_sign,
            "deciders_sign": now.deciders_sign,
        },
    )
    return form_step(
        request,
        form,
        lambda given: actions.set_policy(actor, **given),
        title=_("Change how decisions are handled"),
        back=reverse("policy_list"),
        done=_("It holds from now on."),
    )
