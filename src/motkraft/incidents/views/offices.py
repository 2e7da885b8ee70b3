"""Offices: the risk picture, alarms and drills, lone work, guards, and the board."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from motkraft.incidents.actions import offices as actions
from motkraft.incidents.forms.offices import (
    CHECK_WORDS,
    CONSEQUENCE_WORDS,
    LIKELIHOOD_WORDS,
    LONE_WORDS,
    OUTCOME_WORDS,
    CheckDoneForm,
    CheckForm,
    LoneWorkForm,
    RiskForm,
)
from motkraft.incidents.forms.reporting import DAMAGE_WORDS
from motkraft.incidents.models import Incident, ThreatAssessment
from motkraft.incidents.models.office import AlarmCheck, OfficeRisk
from motkraft.incidents.queries import offices as queries
from motkraft.incidents.queries import representative
from motkraft.incidents.queries.threat import address, level_of
from motkraft.incidents.rules.influence import MINIMUM
from motkraft.incidents.rules.offices import weight
from motkraft.incidents.rules.states import CheckKind, CheckOutcome, LoneWork
from motkraft.incidents.rules.threat import Subject, SubjectKind
from motkraft.incidents.views import showing
from motkraft.incidents.views.guards import permit_status
from motkraft.incidents.views.union import in_all
from motkraft.law.calendar import local_day
from motkraft.people import queries as people
from motkraft.people.access import Actor, Permission, requires
from motkraft.people.actions import record_reading
from motkraft.people.models import Office
from motkraft.web import charts
from motkraft.web.dates import day as day_words
from motkraft.web.htmx import render as page_or_part
from motkraft.web.parts import Crumb, Fact, Status
from motkraft.web.steps import form_step

READING = "office"
#: How often a board that is left open loads itself again, in seconds.
REFRESH = 60


def risk_status(risk: OfficeRisk) -> Status:
    """How heavy a risk is, in words."""
    if risk.closed_on is not None:
        return Status(_("Dealt with"), "neutral", "check")
    match weight(risk.likelihood, risk.consequence):
        case "high":
            return Status(_("High risk"), "danger", "triangle-alert")
        case "medium":
            return Status(_("Medium risk"), "warning", "circle-alert")
    return Status(_("Low risk"), "neutral", "circle")


def check_status(check: AlarmCheck) -> Status:
    """How an alarm test or a drill stands, in words."""
    if check.done_on is None:
        late = check.planned_on < local_day(timezone.now())
        return Status(_("Should have been done"), "danger", "clock-alert") if late else Status(_("Planned"), "info")
    outcome = CheckOutcome(check.outcome)
    tone: Any = {"worked": "success", "partly": "warning", "failed": "danger"}[outcome.value]
    return Status(str(OUTCOME_WORDS[outcome]), tone)


def threat_status(found: ThreatAssessment | None) -> Status:
    """The level of threat against an office that counts today, in words."""
    if found is None:
        return Status(_("Not assessed"), "neutral", "circle")
    return showing.level_status(level_of(found).value)


@requires(Permission.OFFICE_READ)
def office_list(request: HttpRequest) -> HttpResponse:
    """Every office: the threat level, what was reported, what is late there, and whether work is stopped."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = timezone.now()
    rows = []
    for row in queries.offices(actor):
        picture = queries.picture(actor, row, now)
        rows.append(
            {
                "office": row,
                "threat": threat_status(queries.threat(actor, row)),
                "incidents": in_all(picture.months),
                "overdue": picture.overdue,
                "stopped": representative.running_stops(actor, row.pk).exists(),
            }
        )
    context = {
        "title": _("Offices"),
        "lead": _("Risks, alarms and drills, lone work and guards, office by office."),
        "rows": rows,
        "reads": actor.can(Permission.INCIDENT_READ),
    }
    return render(request, "incidents/offices/list.html", context)


@requires(Permission.OFFICE_READ)
def office(request: HttpRequest, office_id: uuid.UUID) -> HttpResponse:
    """One office. Opening it is recorded, since its risks are described."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = _office(actor, office_id)
    now = timezone.now()
    readings = people.readings(actor, READING, found.pk)[:300]
    record_reading(actor, READING, found.pk)
    context = {
        "title": found.name,
        "office": found,
        "crumbs": [Crumb(_("Offices"), reverse("office_list"))],
        "manages": actor.can(Permission.OFFICE_MANAGE),
        "reads": actor.can(Permission.INCIDENT_READ),
        "stops": list(representative.running_stops(actor, found.pk)),
        "opens": actor.can(Permission.REPRESENTATIVE_ACT) or actor.can(Permission.REPRESENTATIVE_ANSWER),
        "facts": [
            Fact(_("Address"), found.address or "–"),
            Fact(_("Phone"), found.phone or "–"),
            Fact(_("Alarm routine"), found.alarm_routine or "–"),
        ],
        **picture_shown(actor, found, now),
        "risks": [
            (
                row,
                risk_status(row),
                LIKELIHOOD_WORDS[row.likelihood],
                CONSEQUENCE_WORDS[row.consequence],
                queries.end_of(row.due_on),
            )
            for row in queries.risks(actor, found)
        ],
        "checks": [(row, CHECK_WORDS[CheckKind(row.kind)], check_status(row)) for row in queries.checks(actor, found)],
        "lone_work": [(row, LONE_WORDS[LoneWork(row.allowed)]) for row in queries.lone_work(actor, found)],
        "permits": [(row, permit_status(row)) for row in queries.permits(actor).filter(office=found)],
        "who_sees": _(
            "managers, the security coordinator, the director and the safety representatives. Those who work here read"
            " the risks, rules and checks, without notes."
        ),
        "has_seen": showing.has_seen(readings),
    }
    return render(request, "incidents/offices/office.html", context)


def picture_shown(actor: Actor, found: Office, now: dt.datetime) -> dict[str, Any]:
    """The risk picture in figures: the threat level, a chart by month, kinds and damage for who may know them."""
    picture = queries.picture(actor, found, now)
    threat = queries.threat(actor, found)
    months = [(month_words(cell.key), cell.count) for cell in picture.months.cells]
    total = in_all(picture.months)
    return {
        "picture": picture,
        "late_words": ngettext("%(n)s duty is late", "%(n)s duties are late", picture.overdue) % {"n": picture.overdue},
        "threat": threat,
        "threat_status": threat_status(threat),
        "threat_is_old": threat is not None and threat.valid_until < local_day(now),
        "threat_url": address(Subject(SubjectKind.OFFICE, found.pk)) if actor.can(Permission.THREAT_ASSESS) else "",
        "chart": charts.columns(
            months,
            title=_("Incidents month by month"),
            summary=_("Reported in twelve months: %(n)s") % {"n": total},
            heads=(_("Month"), _("Incidents")),
            source=""
            if actor.can(Permission.INCIDENT_READ)
            else _("Figures below %(n)s are not shown.") % {"n": MINIMUM},
        )
        if picture.months.most
        else None,
        "by_kind": [(showing.kind_name(kind), n) for kind, n in picture.by_kind or ()],
        "damaged": [(str(DAMAGE_WORDS.get(what, what)), n) for what, n in picture.damaged or ()],
    }


def month_words(key: str) -> str:
    """A month, given by its first day in ISO form, as it stands in a chart: "nov 2026"."""
    return " ".join(day_words(dt.date.fromisoformat(key)).split()[1:])


@requires(Permission.INCIDENT_READ)
def board(request: HttpRequest, office_id: uuid.UUID) -> HttpResponse:
    """The board of an office: what is new, at work, late and closed this month. No names, no words.

    It loads itself again each minute, by htmx or, without script, by the browser, unless one asks it to stand still.
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = _office(actor, office_id)
    now = timezone.now()
    shown = queries.board(actor, found, now)

    def cards(rows: list[Incident]) -> list[tuple[Incident, str]]:
        return [(row, showing.kind_name(row.kind)) for row in rows]

    context = {
        "title": _("Board: %(office)s") % {"office": found.name},
        "crumbs": [
            Crumb(_("Offices"), reverse("office_list")),
            Crumb(found.name, reverse("office", args=[found.pk])),
        ],
        "office": found,
        "moves": request.GET.get("still") != "1",
        "seconds": REFRESH,
        "columns": [
            ("late", _("Late"), cards(shown.late), "danger"),
            ("new", _("New"), cards(shown.new), "info"),
            ("work", _("At work"), cards(shown.at_work), "neutral"),
            ("closed", _("Closed this month"), cards(shown.closed), "success"),
        ],
        "stops": list(representative.running_stops(actor, found.pk)),
    }
    return page_or_part(request, "incidents/offices/board.html", context, fragment="incidents/offices/_board.html")


@requires(Permission.OFFICE_MANAGE)
def risk(request: HttpRequest, office_id: uuid.UUID) -> HttpResponse:
    """Note a risk."""
    form = RiskForm(request.POST or None)
    return _step(request, office_id, form, actions.note_risk, _("A risk at the office"))


@requires(Permission.OFFICE_MANAGE)
def check(request: HttpRequest, office_id: uuid.UUID) -> HttpResponse:
    """Plan an alarm test or a drill."""
    form = CheckForm(request.POST or None)
    return _step(request, office_id, form, actions.plan_check, _("Plan an alarm test or a drill"))


@requires(Permission.OFFICE_MANAGE)
def check_done(request: HttpRequest, check_id: uuid.UUID) -> HttpResponse:
    """Note how an alarm test or a drill went."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = get_object_or_404(AlarmCheck, pk=check_id, organisation_id=actor.organisation_id)
    form = CheckDoneForm(request.POST or None, initial={"done_on": local_day(timezone.now())})

    def done(actor: Actor, _office_id: uuid.UUID, **given: Any) -> object:
        return actions.check_done(actor, found.pk, **given)

    return _step(request, found.office_id, form, done, str(CHECK_WORDS[CheckKind(found.kind)]))


@requires(Permission.OFFICE_MANAGE)
def lone_work(request: HttpRequest, office_id: uuid.UUID) -> HttpResponse:
    """Decide whether a task may be done alone."""
    form = LoneWorkForm(request.POST or None)
    return _step(request, office_id, form, actions.decide_lone_work, _("Rule on lone work"))


@requires(Permission.OFFICE_MANAGE)
@require_POST
def risk_close(request: HttpRequest, risk_id: uuid.UUID) -> HttpResponse:
    """A risk is dealt with."""
    return _done(request, actions.close_risk, risk_id)


@requires(Permission.OFFICE_MANAGE)
@require_POST
def lone_work_end(request: HttpRequest, rule_id: uuid.UUID) -> HttpResponse:
    """A lone-work rule no longer holds."""
    return _done(request, actions.end_lone_work, rule_id)


def _done(request: HttpRequest, act: Any, pk: uuid.UUID) -> HttpResponse:
    return redirect("office", act(request.actor, pk).office_id)  # type: ignore[attr-defined]


def _office(actor: Actor, office_id: uuid.UUID) -> Office:
    found: Office = get_object_or_404(queries.offices(actor), pk=office_id)
    return found


def _step(
    request: HttpRequest, office_id: uuid.UUID, form: forms.Form, act: Callable[..., object], title: str
) -> HttpResponse:
    """A form about one office; afterwards one is on the office's page again."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = _office(actor, office_id)
    back = reverse("office", args=[found.pk])

    def send(given: dict[str, Any]) -> str:
        act(actor, found.pk, **given)
        return back

    return form_step(request, form, send, title=title, lead=found.name, back=back)
