"""Taking an incident past the employer, and answering it at the knowledge unit."""

from __future__ import annotations

import datetime as dt
import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from motkraft.errors import MotkraftError
from motkraft.incidents.actions import escalations as actions
from motkraft.incidents.forms.messages import EscalateForm, WriteForm
from motkraft.incidents.models import Incident
from motkraft.incidents.models.escalation import Escalation
from motkraft.incidents.queries import escalations as queries
from motkraft.incidents.rules import View
from motkraft.incidents.rules.escalations import Part, Shared, items_digest, reason_of
from motkraft.incidents.rules.states import EscalationReason, EscalationState
from motkraft.incidents.views import showing
from motkraft.incidents.views.seen import crumbs, seen_or_404
from motkraft.ledger import queries as ledger
from motkraft.people import queries as people
from motkraft.people.access import Actor, Permission, requires
from motkraft.people.actions import record_reading
from motkraft.web import htmx, lists
from motkraft.web.dates import day_and_clock
from motkraft.web.parts import Action, Crumb, Empty, Fact, NextStep, Status
from motkraft.web.steps import confirm_step, do_step, tell

READING = "escalation"
SHARED_WORDS: dict[str, str | Promise] = {
    Shared.KIND.value: gettext_lazy("What kind of incident it is"),
    Shared.WHEN.value: gettext_lazy("When it happened"),
    Shared.OVERDUE.value: gettext_lazy("What my employer is late with"),
    Shared.DUTIES.value: gettext_lazy("Everything my employer must do, and how it stands"),
    Shared.WORDS.value: gettext_lazy("What was said or written"),
    Shared.DESCRIPTION.value: gettext_lazy("What happened, as I wrote it"),
    Shared.PLACE.value: gettext_lazy("Where it happened"),
    Shared.OWN_WORDS.value: gettext_lazy("What I want help with"),
    Shared.CONTACT.value: gettext_lazy("How I can be reached"),
}
REASON_WORDS: dict[str, str | Promise] = {
    EscalationReason.OVERDUE.value: gettext_lazy("The employer is late"),
    EscalationReason.OWN_WISH.value: gettext_lazy("The reporter wants help"),
    EscalationReason.NO_TRUST.value: gettext_lazy("The reporter does not trust that the employer acts"),
}


def status(escalation: Escalation) -> Status:
    """Where it stands, in words."""
    match EscalationState(escalation.state):
        case EscalationState.OPENED:
            return Status(_("Waits for the unit"), "info", "circle-dot")
        case EscalationState.TAKEN:
            return Status(_("The unit works with it"), "accent", "loader")
        case EscalationState.ANSWERED:
            return Status(_("Answered"), "success", "message-circle")
    return Status(_("Finished"), "neutral", "check")


@requires(Permission.INCIDENT_READ_OWN)
def escalate(request: HttpRequest, incident_id: uuid.UUID) -> HttpResponse:
    """Choose what the unit sees; see exactly that; send it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    seen = seen_or_404(request, incident_id, View.OWN, View.MANAGE)
    incident, now = seen.incident, timezone.now()
    if not queries.concerns(actor, incident):
        raise Http404
    there = queries.of_incident(actor, incident)
    if there is not None and there.state != EscalationState.CLOSED:
        return redirect("escalation", there.pk)
    available = queries.available(actor, incident, now)
    units = [(str(unit.pk), unit.name) for unit in queries.knowledge_units().exclude(pk=actor.organisation_id)]
    usual = [key for key in (Shared.KIND, Shared.WHEN, Shared.OVERDUE) if key.value in available]
    form = EscalateForm(
        request.POST or None,
        units=units,
        offered=[(key, str(SHARED_WORDS[key])) for key in available],
        initial={"share": [key.value for key in usual]},
    )
    shown: dict[str, str] = {}
    if request.method == "POST" and form.is_valid() and "change" not in request.POST:
        given = form.cleaned_data
        try:
            shown = actions.to_share(
                actor,
                incident_id=incident.pk,
                share=given["share"],
                own_words=given["own_words"],
                contact=given["contact"],
            )
            if "send" in request.POST:
                opened = actions.escalate(
                    actor,
                    incident.pk,
                    knowledge_unit_id=uuid.UUID(given["knowledge_unit"]),
                    share=given["share"],
                    own_words=given["own_words"],
                    contact=given["contact"],
                    no_trust=given["no_trust"],
                    tell_employer=given["tell_employer"],
                    seen_sha256=request.POST.get("seen", ""),
                )
                messages.success(request, _("It is sent. The unit aims to answer within two working days."))
                return redirect("escalation", opened.pk)
        except MotkraftError as error:
            tell(form, error)
    record_reading(actor, "incident", incident.pk, purpose=seen.view.value)
    context = {
        "title": _("This is what the unit sees") if shown else _("Take it past your employer"),
        "lead": _("Nothing more than this, and the name of your municipality.")
        if shown
        else _(
            "The knowledge unit is outside your employer. It sees only what you choose, and nobody here can stop it."
        ),
        "form": form,
        "units": units,
        "shown": _shown(actor, incident, form, shown, now) if shown else [],
        "seen": items_digest(shown) if shown else "",
        "submit_label": _("Look at what is sent"),
        "crumbs": crumbs(seen),
        "cancel_url": reverse("incident", args=[incident.pk]),
        "empty": Empty(
            _("There is no knowledge unit to turn to here"),
            _("Turn to your safety representative or your union instead."),
            icon="flag",
        ),
    }
    template = "incidents/escalation/preview.html" if shown else "incidents/escalation/escalate.html"
    return render(request, template, context, status=422 if form.errors else 200)


def _shown(
    actor: Actor, incident: Incident, form: EscalateForm, items: dict[str, str], now: dt.datetime
) -> list[tuple[str | Promise, str | Promise]]:
    """All that the unit would see: what was chosen, and why it was taken there."""
    reason = reason_of(queries.overdue(actor, incident, now), no_trust=form.cleaned_data["no_trust"])
    return [*((SHARED_WORDS[key], text) for key, text in items.items()), (_("Why"), REASON_WORDS[reason.value])]


@requires(Permission.ESCALATION_ANSWER)
def escalation_list(request: HttpRequest) -> HttpResponse:
    """At the unit: what was taken there."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    states = {
        "nytt": (_("Waits for the unit"), (EscalationState.OPENED,)),
        "pagar": (_("The unit works with it"), (EscalationState.TAKEN,)),
        "besvarat": (_("Answered"), (EscalationState.ANSWERED,)),
        "klart": (_("Finished"), (EscalationState.CLOSED,)),
    }
    listing = lists.listing(
        request,
        queries.escalations(actor).filter(knowledge_unit_id=actor.organisation_id),
        [
            lists.Column("reference", _("Reference"), "reference"),
            lists.Column("from", _("From"), "organisation__name"),
            lists.Column("reason", _("Why"), "reason"),
            lists.Column("due", _("Answer by"), "due_at"),
            lists.Column("state", _("Status"), "state"),
        ],
        filters=[
            lists.Filter(
                "lage",
                _("Status"),
                [lists.Choice(key, words) for key, (words, _states) in states.items()],
                lambda rows, value: rows.filter(state__in=states[value][1]),
            )
        ],
        search=lambda rows, words: (
            rows.filter(reference__icontains=words) | rows.filter(organisation__name__icontains=words)
        ),
        sort="due",
    )
    for row in listing.page.object_list:
        row.shown_status, row.shown_reason = status(row), REASON_WORDS[row.reason]
    context = {
        "title": _("Escalations"),
        "lead": _("What staff have taken past their employer. You see only what they chose to share."),
        "listing": listing,
        "row_template": "incidents/escalation/_row.html",
        "search_label": _("Search reference or municipality"),
        "empty": Empty(
            _("Nothing here yet"),
            _("When somebody takes an incident past their employer it comes here."),
            icon="flag",
        ),
    }
    return htmx.render(request, "web/list_page.html", context, fragment="web/_list.html")


def _escalation(request: HttpRequest, escalation_id: uuid.UUID) -> Escalation:
    found = queries.find(request.actor, escalation_id)  # type: ignore[attr-defined]
    if found is None:
        raise Http404
    return found


@requires(Permission.INCIDENT_READ_OWN, Permission.ESCALATION_ANSWER)
def escalation(request: HttpRequest, escalation_id: uuid.UUID) -> HttpResponse:
    """One escalation, the same for both sides: what was shared and what was written. Opening it is recorded."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found, now = _escalation(request, escalation_id), timezone.now()
    part = queries.part_of(actor, found)
    is_unit = part is Part.UNIT
    form = WriteForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.write(actor, found.pk, text=form.cleaned_data["text"])
        except MotkraftError as error:
            tell(form, error)
        else:
            messages.success(request, _("Your message is sent."))
            return redirect("escalation", found.pk)
    readings = list(people.readings(actor, READING, found.pk)[:300])
    record_reading(actor, READING, found.pk)
    log = ledger.log(actor)
    is_closed = found.state == EscalationState.CLOSED
    context = {
        "title": _("Taken past the employer"),
        "reference": found.reference,
        "kind": _("Escalation"),
        "status": status(found),
        "crumbs": [Crumb(_("Escalations"), reverse("escalation_list"))]
        if is_unit
        else [Crumb(_("My incidents"), reverse("incident_mine"))],
        "escalation": found,
        "is_unit": is_unit,
        "is_closed": is_closed,
        "incident_id": None if is_unit else found.incident_id,
        "facts": [
            Fact(_("From") if is_unit else _("To"), (found.organisation if is_unit else found.knowledge_unit).name),
            Fact(_("Why"), REASON_WORDS[found.reason]),
            Fact(_("Sent"), day_and_clock(found.opened_at, now)),
            Fact(
                _("Answer by"),
                day_and_clock(found.due_at, now),
                _("Within two working days: the unit's own aim, not a rule of law."),
            ),
            *(
                [
                    Fact(
                        _("Your employer"),
                        _("Has been told that you did this, not what you wrote")
                        if found.employer_told_at
                        else _("Has not been told"),
                    )
                ]
                if not is_unit
                else []
            ),
        ],
        "items": [(SHARED_WORDS[item.field], item.text) for item in queries.items(found)],
        "thread": [
            {
                "message": row,
                "is_mine": row.from_unit == is_unit,
                "who": _("The knowledge unit") if row.from_unit else _("The one who reported"),
            }
            for row in queries.messages(found)
        ],
        "form": None if is_closed else form,
        "may_close": not is_closed and (not is_unit or found.state == EscalationState.ANSWERED),
        "next_step": _next_step(found, is_unit),
        "events": showing.timeline(
            ledger.events(actor, "escalation", found.pk).select_related("actor"),
            log.size if log else 0,
            (),
            shows_who=is_unit,
        ),
        "who_sees": _("you who work at the unit, and the one who sent it.")
        if is_unit
        else _("you and the knowledge unit. Not your employer."),
        "has_seen": showing.has_seen(readings),
    }
    return render(request, "incidents/escalation/escalation.html", context, status=422 if form.errors else 200)


def _next_step(found: Escalation, is_unit: bool) -> NextStep | None:
    state = EscalationState(found.state)
    if state is EscalationState.CLOSED:
        return None
    if is_unit:
        if state is EscalationState.OPENED:
            take = Action(_("I answer this"), reverse("escalation_take", args=[found.pk]), method="post", icon="hand")
            return NextStep(
                _("Somebody asks for help"),
                _("Say that you answer it, so that no one else does."),
                take,
                due_at=found.due_at,
            )
        if state is EscalationState.TAKEN:
            return NextStep(_("Answer below"), "", due_at=found.due_at)
        return NextStep(_("You have answered"), _("It can be closed, or stay open for more questions."))
    if state is EscalationState.ANSWERED:
        return NextStep(_("The unit has answered"), _("Read the answer below. Write again if you need more."))
    return NextStep(_("The unit is to answer"), _("You can write more meanwhile."), due_at=found.due_at)


@require_POST
@requires(Permission.ESCALATION_ANSWER)
def take(request: HttpRequest, escalation_id: uuid.UUID) -> HttpResponse:
    """Say at the unit that one answers it."""
    _escalation(request, escalation_id)
    return do_step(
        request,
        lambda: actions.take_escalation(request.actor, escalation_id),  # type: ignore[attr-defined]
        onward=reverse("escalation", args=[escalation_id]),
    )


@requires(Permission.INCIDENT_READ_OWN, Permission.ESCALATION_ANSWER)
def close(request: HttpRequest, escalation_id: uuid.UUID) -> HttpResponse:
    """Close it, after asking: it is not opened again."""
    found = _escalation(request, escalation_id)
    return confirm_step(
        request,
        lambda: actions.close_escalation(request.actor, escalation_id),  # type: ignore[attr-defined]
        title=_("Close %(reference)s?") % {"reference": found.reference},
        lead=_("Nobody can write more in it. The incident can be taken further again."),
        back=reverse("escalation", args=[found.pk]),
        submit=_("Close it"),
        tone="",
        done=_("It is closed."),
    )
