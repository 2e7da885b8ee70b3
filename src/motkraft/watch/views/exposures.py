"""Exposures: the list, and one post with the words marked that may expose a colleague."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from motkraft.incidents.models import Incident
from motkraft.incidents.queries.sight import view_for
from motkraft.ledger.queries import events as ledger_events
from motkraft.people.access import Actor, Permission, Role, requires
from motkraft.people.queries import members, readings
from motkraft.watch import actions, queries
from motkraft.watch.models import Exposure
from motkraft.watch.rules import Dismissal, ExposureState, WrongState
from motkraft.watch.views import showing
from motkraft.web import parts
from motkraft.web.htmx import render
from motkraft.web.lists import Choice, Column, Filter, csv_response, listing, wants_csv


@requires(Permission.EXPOSURE_CONFIRM)
def exposure_list(request: HttpRequest) -> HttpResponse:
    """Every exposure, what waits first."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    states = {
        ExposureState.PROPOSED: _("To judge"),
        ExposureState.CONFIRMED: _("Confirmed ones"),
        ExposureState.DISMISSED: _("Dismissed ones"),
    }
    columns = [
        Column("person", _("Who"), "protected_person__reference"),
        Column("kind", _("What"), "kind"),
        Column("rating", _("Evidence"), "score"),
        Column("where", _("Where"), "post__platform"),
        Column("language", _("Language"), "post__language"),
        Column("state", _("Status"), "state"),
        Column("found", _("Came in"), "found_at"),
    ]
    found = listing(
        request,
        queries.exposures(actor),
        columns,
        filters=[
            Filter(
                "status", _("Status"), [Choice(state.value, words) for state, words in states.items()],
                lambda rows, value: rows.filter(state=value),
            )
        ],
    )  # fmt: skip
    if wants_csv(request):
        rows = (
            (r.protected_person.reference, str(showing.KINDS.get(r.kind, r.kind)), showing.rating(r.score),
             showing.platform_name(r.post.platform), r.post.language, states[ExposureState(r.state)],
             r.found_at.isoformat())
            for r in found.rows
        )  # fmt: skip
        return csv_response("rojanden", [column.label for column in columns], rows)
    for row in found.page:
        row.badge, row.kind_words = showing.exposure_status(row), showing.KINDS.get(row.kind, row.kind)
        row.rating, row.platform_name = showing.rating(row.score), showing.platform_name(row.post.platform)
        row.language_name = showing.language_name(row.post.language)
    context = {
        "title": _("Exposures"),
        "lead": _("Posts that may name or locate a protected colleague. Nothing happens until you have decided."),
        "listing": found,
        "row_template": "watch/_exposure_row.html",
        "empty": parts.Empty(
            _("No post exposes anyone"),
            _("Imported posts are compared with the protected details. What is found stands here."),
            icon="shield-check",
        ),
    }
    return render(request, "watch/exposure_list.html", context, fragment="web/_list.html")


@requires(Permission.EXPOSURE_CONFIRM)
def item(request: HttpRequest, exposure_id: uuid.UUID) -> HttpResponse:
    """One exposure: the post with the words marked, and the decision. Opening it is written down."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    exposure = queries.open_exposure(actor, exposure_id)
    reference = exposure.protected_person.reference
    threats = list(exposure.post.threats.all())
    incident = Incident.objects.filter(pk=exposure.incident_id, organisation_id=actor.organisation_id).first()
    may_open = incident is not None and view_for(actor, incident) is not None
    rows = list(ledger_events(actor, "exposure", exposure.pk))
    names = {person.pk: person.title or person.username for person in members(actor)}
    viewers = [
        parts.Viewer(person.username, person.title)
        for person in members(actor, Role.COMMUNICATOR, Role.SECURITY_COORDINATOR)
    ]
    kinds = dict.fromkeys(str(showing.KINDS.get(place["kind"], place["kind"])) for place in exposure.places)
    context = {
        "title": _("A post that may expose %(reference)s") % {"reference": reference},
        "kind": _("Exposure"),
        "reference": reference,
        "exposure": exposure,
        "status": showing.exposure_status(exposure),
        "pieces": showing.exposure_pieces(exposure, [(t.start, t.end) for t in threats]),
        "threats": list(dict.fromkeys(str(showing.THREATS[t.kind]) for t in threats)),
        "has_threats": bool(threats),
        "incident": incident,
        "incident_url": reverse("incident", args=[incident.pk]) if incident and may_open else "",
        "next_step": _next(exposure, incident, may_open),
        "facts": [
            parts.Fact(_("Who"), reference, _("The name is never shown here.")),
            parts.Fact(_("What is exposed"), ", ".join(kinds)),
            parts.Fact(_("Evidence"), showing.rating(exposure.score), _("A rating, not a probability.")),
            *showing.post_facts(exposure.post),
            parts.Fact(_("Dismissed because"), showing.DISMISSALS[Dismissal(exposure.dismissal)])
            if exposure.dismissal
            else None,
        ],
        "who_sees": _("communicators and security coordinators"),
        "viewers": viewers,
        "seen": showing.viewers(readings(actor, "exposure", exposure.pk)[:50]),
        "events": [
            parts.Event(exposure.found_at, _("Found by the comparison"), who=_("Motkraft"), icon="radar"),
            *showing.events(rows, names),
        ],
    }
    context["facts"] = [fact for fact in context["facts"] if fact is not None]
    return render(request, "watch/exposure.html", context)


def _next(exposure: Exposure, incident: Incident | None, may_open: bool) -> parts.NextStep | None:
    reference = exposure.protected_person.reference
    if exposure.state == ExposureState.PROPOSED:
        return parts.NextStep(
            _("Does the post expose %(reference)s?") % {"reference": reference},
            _(
                "If you confirm, an incident is made with the post preserved as evidence, and the manager's duties and "
                "deadlines begin."
            ),
            parts.Action(
                _("Yes, confirm"), reverse("exposure_confirm", args=[exposure.pk]), "post",
                icon="shield-alert", key="j",
            ),
        )  # fmt: skip
    if exposure.state == ExposureState.DISMISSED:
        return parts.NextStep(
            _("Dismissed"),
            _("You can take it up again."),
            parts.Action(
                _("Take it up again"), reverse("exposure_undo", args=[exposure.pk]), "post", icon="undo-2", key="z"
            ),
        )
    if incident is None:
        return None
    return parts.NextStep(
        _("Incident %(reference)s is made") % {"reference": incident.reference},
        _("The post is preserved as evidence. The manager and the coordinator see what must be done and when."),
        parts.Action(_("Open the incident"), reverse("incident", args=[incident.pk])) if may_open else None,
    )


@requires(Permission.EXPOSURE_CONFIRM)
def confirm(request: HttpRequest, exposure_id: uuid.UUID) -> HttpResponse:
    """Confirm: the incident is made."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    _only_post(request)
    try:
        actions.confirm_exposure(actor, exposure_id)
    except WrongState:
        messages.info(request, _("A colleague was before you with that one. Nothing was changed."))
    else:
        messages.success(request, _("Confirmed. An incident is made, and the post is preserved as evidence."))
    return redirect("exposure", exposure_id)


@requires(Permission.EXPOSURE_CONFIRM)
def dismiss(request: HttpRequest, exposure_id: uuid.UUID) -> HttpResponse:
    """Dismiss, saying why."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    _only_post(request)
    reason = request.POST.get("reason", "")
    if reason not in {dismissal.value for dismissal in Dismissal}:
        raise Http404
    try:
        actions.dismiss_exposure(actor, exposure_id, Dismissal(reason))
    except WrongState:
        messages.info(request, _("A colleague was before you with that one. Nothing was changed."))
    return redirect("exposure", exposure_id)


@requires(Permission.EXPOSURE_CONFIRM)
def undo(request: HttpRequest, exposure_id: uuid.UUID) -> HttpResponse:
    """Take up a dismissed exposure again."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    _only_post(request)
    try:
        actions.undo_dismissal(actor, exposure_id)
    except WrongState:
        messages.info(request, _("That cannot be undone: the incident is handled where incidents are."))
    return redirect("exposure", exposure_id)


def _only_post(request: HttpRequest) -> None:
    if request.method != "POST":
        raise Http404
