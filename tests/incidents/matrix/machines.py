"""How each state of grids.txt is come to, and how each thing is tried, by the town's people."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from functools import partial
from typing import Any

import time_machine

from incidents.matrix.town import APPLICANT, DAY, GUARD_TEXTS, MARK, NOON, TODAY, Town
from motkraft.incidents import actions
from motkraft.incidents.actions import (
    duties,
    escalations,
    guards,
    markings,
    messages,
    pauses,
    plans,
    police_news,
    representatives,
    retention,
    series,
)
from motkraft.incidents.actions.threat import assess, confirm_threat
from motkraft.incidents.models import Duty, PlanMeasure, SafetyPlan
from motkraft.incidents.queries.plans import digest_of
from motkraft.incidents.rules.escalations import items_digest
from motkraft.incidents.rules.threat import Subject, SubjectKind
from motkraft.people.access import acting, system

Make = Callable[[Town], Any]
Try = Callable[[Town, Any], Any]


def then(make: Make, *steps: Try) -> Make:
    """What is made, and then taken through steps."""

    def made(town: Town) -> Any:
        found = make(town)
        for step in steps:
            step(town, found)
        return found

    return made


def by(name: str, act: Any, **more: Any) -> Try:
    """Do something with what was made, as somebody; ``more`` may ask the town."""

    def attempt(town: Town, found: Any) -> Any:
        given = {key: value(town) if callable(value) else value for key, value in more.items()}
        return town.do(name, act, found, **given)

    return attempt


def later(days: int, attempt: Try) -> Try:
    """The same some days from now."""

    def then_(town: Town, found: Any) -> Any:
        with time_machine.travel(NOON + days * DAY, tick=False):
            return attempt(town, found)

    return then_


manager, coordinator, reporter = (partial(by, name) for name in ("manager", "security_coordinator", "reporter"))
representative, advisor = partial(by, "safety_representative"), partial(by, "advisor")


def of(name: str) -> Callable[[Town], Any]:
    """Something that the town has."""
    return lambda town: town.ids[name]


# -- incidents


def a_draft(town: Town) -> uuid.UUID:
    draft = town.do("reporter", actions.start_draft)
    town.do("reporter", actions.save_draft, draft.pk, kind="threat", happened_at=NOON)
    return draft.pk


def a_report(town: Town) -> uuid.UUID:
    return then(a_draft, reporter(actions.send_draft))(town)


def _escalate(town: Town, incident_id: uuid.UUID) -> Any:
    who = town.who("reporter").actor
    with acting(who):
        seen = items_digest(escalations.to_share(who, incident_id=incident_id, share=["kind"]))
    given = {"knowledge_unit_id": town.unit.pk, "share": ["kind"], "seen_sha256": seen}
    return town.do("reporter", escalations.escalate, incident_id, **given)


def _report_to_police(town: Town, incident_id: uuid.UUID) -> Any:
    given = {"offences": [town.ids["offence"]], "basis_rules": [town.ids["basis"]]}
    return town.do("manager", actions.file_police_report, incident_id, **given)


def _hand_in(town: Town, incident_id: uuid.UUID) -> Any:
    return town.do("reporter", actions.add_evidence, incident_id, actions.HandedIn(b"nytt", "ny.txt"))


def _join(town: Town, incident_id: uuid.UUID) -> Any:
    return town.do("manager", series.open_series, [incident_id, town.ids["fresh"]], kind="person")


close = manager(actions.close_incident, reason="Klart")

INCIDENT: dict[str, Make] = {
    "draft": a_draft,
    "reported": a_report,
    "in_progress": then(a_report, manager(actions.take_incident)),
    "closed": then(a_report, close),
}
INCIDENT_TRIES: dict[str, Try] = {
    "send": reporter(actions.send_draft),
    "discard": reporter(actions.discard_draft),
    "take": manager(actions.take_incident),
    "close": close,
    "reopen": manager(actions.reopen_incident),
    "evidence": _hand_in,
    "message": reporter(messages.write_message, text="Hej"),
    "police": _report_to_police,
    "withhold": manager(police_news.withhold, reason_key="other", reason="Inte brott"),
    "add_duty": lambda town, pk: town.do("manager", duties.add_duty, pk, "police_report_assessment"),
    "escalate": _escalate,
    "join": _join,
}


# -- duties


def a_duty(town: Town) -> uuid.UUID:
    incident_id = a_report(town)
    with acting(system(town.org.pk)):
        return Duty.objects.get(incident_id=incident_id, rule_id="support_talk").pk


def _close_its_incident(town: Town, duty_id: uuid.UUID) -> Any:
    with acting(system(town.org.pk)):
        incident_id = Duty.objects.get(pk=duty_id).incident_id
    return close(town, incident_id)


DUTY_TRIES: dict[str, Try] = {
    "meet": manager(actions.meet_duty),
    "set_aside": manager(actions.set_aside_duty, reason="Behövs inte"),
    "reopen": manager(actions.reopen_duty),
    "pause": manager(pauses.pause_duty, reason="Väntar"),
    "resume": manager(pauses.resume_duty),
    "assign": manager(duties.assign_duty, person_id=lambda town: town.who("security_coordinator").person.pk),
}
DUTY: dict[str, Make] = {
    "open": a_duty,
    "paused": then(a_duty, DUTY_TRIES["pause"]),
    "met": then(a_duty, DUTY_TRIES["meet"]),
    "aside": then(a_duty, DUTY_TRIES["set_aside"]),
    "closed": then(a_duty, _close_its_incident),
}


# -- the police


def a_police_report(town: Town) -> uuid.UUID:
    return _report_to_police(town, a_report(town)).pk


def decided(state: str, reason_key: str = "") -> Try:
    return manager(police_news.add_decision, state=state, decided_on=TODAY, reason_key=reason_key)


POLICE_TRIES: dict[str, Try] = {
    "open": decided("opened"),
    "close": decided("closed", "not_provable"),
    "resume": decided("resumed"),
    "charge": decided("charged"),
    "judge": decided("judged"),
    "number": manager(actions.add_case_number, case_number="5000-K1-26"),
    "contact": manager(police_news.add_contact, how="phone", note="Ringde"),
}


def _decided(*names: str) -> Make:
    return then(a_police_report, *(POLICE_TRIES[name] for name in names))


POLICE: dict[str, Make] = {
    "filed": a_police_report,
    "opened": _decided("open"),
    "closed": _decided("open", "close"),
    "resumed": _decided("open", "close", "resume"),
    "charged": _decided("open", "charge"),
    "judged": _decided("open", "charge", "judge"),
}


# -- series


def a_series(town: Town) -> uuid.UUID:
    return town.do("manager", series.open_series, [a_report(town), town.ids["fresh"]], kind="person").pk


SERIES_TRIES: dict[str, Try] = {
    "join": lambda town, pk: town.do("manager", series.link_series, town.ids["single"], pk, reason="Samma person"),
    "leave": lambda town, pk: town.do("manager", series.unlink_series, town.ids["fresh"], reason="Annan person"),
    "change": manager(series.change_series, kind="other", title="Brev", note=""),
    "close": manager(series.close_series, reason="Klart"),
    "reopen": manager(series.reopen_series, reason="Fler kom"),
}
SERIES: dict[str, Make] = {"open": a_series, "closed": then(a_series, SERIES_TRIES["close"])}


# -- guards


def a_permit(town: Town) -> uuid.UUID:
    return town.do("security_coordinator", guards.note_need, town.here.pk, **GUARD_TEXTS).pk


def _renewed(*steps: Try) -> Make:
    """A permit in force, with a renewal that has gone through ``steps``."""

    def made(town: Town) -> uuid.UUID:
        permit_id = PERMIT["granted"](town)
        again = town.do("security_coordinator", guards.renew, permit_id).pk
        for step in steps:
            step(town, again)
        return permit_id

    return made


PERMIT_TRIES: dict[str, Try] = {
    "change": coordinator(guards.change_need, **GUARD_TEXTS | {"need": "Nytt"}),
    "write": coordinator(guards.make_application, **APPLICANT),
    "send": coordinator(guards.applied, applied_on=TODAY),
    "grant": coordinator(guards.decide, granted=True, decided_on=TODAY, valid_from=TODAY, valid_to=TODAY + 100 * DAY),
    "refuse": coordinator(guards.decide, granted=False, decided_on=TODAY),
    "renew": coordinator(guards.renew),
}
_WRITTEN = then(a_permit, PERMIT_TRIES["write"])
_APPLIED = then(_WRITTEN, PERMIT_TRIES["send"])
PERMIT: dict[str, Make] = {
    "need": a_permit,
    "written": _WRITTEN,
    "applied": _APPLIED,
    "granted": then(_APPLIED, PERMIT_TRIES["grant"]),
    "refused": then(_APPLIED, PERMIT_TRIES["refuse"]),
    "renewing": _renewed(PERMIT_TRIES["write"], PERMIT_TRIES["send"]),
    "expired": _renewed(PERMIT_TRIES["write"], PERMIT_TRIES["send"], PERMIT_TRIES["refuse"]),
}


# -- the safety representative


def a_request(town: Town) -> uuid.UUID:
    return town.do("safety_representative", representatives.ask, measures="Lås dörren", office_id=town.here.pk).pk


def an_old_request(town: Town) -> uuid.UUID:
    with time_machine.travel(NOON - 30 * DAY, tick=False):
        return a_request(town)


def answered(kind: str) -> Try:
    return manager(representatives.answer, kind=kind, text="Så här")


def a_stop(town: Town) -> uuid.UUID:
    given = {"office_id": town.here.pk, "kind": "danger", "what": "Besök", "reason": "Hot"}
    return town.do("safety_representative", representatives.stop, **given).pk


REQUEST_TRIES: dict[str, Try] = {"answer": answered("yes"), "refer": representative(representatives.refer)}
REQUEST: dict[str, Make] = {
    "asked": a_request,
    "late": an_old_request,
    **{kind: then(a_request, answered(kind)) for kind in ("yes", "partly", "no")},
    "referred": then(an_old_request, REQUEST_TRIES["refer"]),
}
STOP_TRIES: dict[str, Try] = {
    "call": representative(representatives.authority_called),
    "resume": representative(representatives.resume, reason="Åtgärdat"),
}
STOP: dict[str, Make] = {
    "running": a_stop,
    "called": then(a_stop, STOP_TRIES["call"]),
    "resumed": then(a_stop, STOP_TRIES["resume"]),
}


# -- safety plans


def a_plan(town: Town) -> uuid.UUID:
    return town.do("manager", plans.open_plan, town.who("communicator").person.pk).pk


def _agree(town: Town, plan_id: uuid.UUID) -> Any:
    with acting(system(town.org.pk)):
        seen = digest_of(SafetyPlan.objects.get(pk=plan_id))
    return town.do("communicator", plans.agree, plan_id, seen)


def _put_in_place(town: Town, plan_id: uuid.UUID) -> Any:
    with acting(system(town.org.pk)):
        measure_id = PlanMeasure.objects.get(plan_id=plan_id).pk
    return town.do("manager", plans.measure_done, measure_id)


PLAN_TRIES: dict[str, Try] = {
    "add": manager(plans.add_measure, title="Lås", due_on=TODAY + DAY, check_days=14),
    "show": manager(plans.show_plan),
    "agree": _agree,
    "decline": by("communicator", plans.decline, words="Nej"),
    "review": manager(plans.review_plan, review_on=TODAY + 90 * DAY),
    "mark": manager(markings.mark, provision=of("provision"), marked_on=TODAY, authority="Skatteverket", reason="Hot"),
    "end": manager(plans.end_plan),
}
_DRAFT = then(a_plan, PLAN_TRIES["add"])
_SHOWN = then(_DRAFT, PLAN_TRIES["show"])
_AGREED = then(_SHOWN, _agree)
PLAN: dict[str, Make] = {
    "empty": a_plan,
    "draft": _DRAFT,
    "shown": _SHOWN,
    "agreed": _AGREED,
    "active": then(_AGREED, _put_in_place),
    "ended": then(_AGREED, PLAN_TRIES["end"]),
}


def a_measure(town: Town) -> uuid.UUID:
    return PLAN_TRIES["add"](town, a_plan(town)).pk


def _end_its_plan(town: Town, measure_id: uuid.UUID) -> Any:
    with acting(system(town.org.pk)):
        plan_id = PlanMeasure.objects.get(pk=measure_id).plan_id
    return town.do("manager", plans.end_plan, plan_id)


MEASURE_TRIES: dict[str, Try] = {
    "change": manager(plans.change_measure, title="Nytt lås", due_on=TODAY + DAY),
    "done": manager(plans.measure_done),
    "check": later(1, manager(plans.check_measure)),
    "drop": manager(plans.drop_measure, reason="Behövs inte"),
}
MEASURE: dict[str, Make] = {
    "planned": a_measure,
    "done": then(a_measure, MEASURE_TRIES["done"]),
    "checked": then(a_measure, MEASURE_TRIES["done"], manager(plans.check_measure)),
    "dropped": then(a_measure, MEASURE_TRIES["drop"]),
    "ended": then(a_measure, _end_its_plan),
}


# -- past the employer


def an_escalation(town: Town) -> uuid.UUID:
    return _escalate(town, a_report(town)).pk


ESCALATION_TRIES: dict[str, Try] = {
    "take": advisor(escalations.take_escalation),
    "answer": advisor(escalations.write, text="Så här"),
    "write": reporter(escalations.write, text="Hej"),
    "close": reporter(escalations.close_escalation),
    "unit_closes": advisor(escalations.close_escalation),
}
ESCALATION: dict[str, Make] = {
    "opened": an_escalation,
    "taken": then(an_escalation, ESCALATION_TRIES["take"]),
    "answered": then(an_escalation, ESCALATION_TRIES["answer"]),
    "closed": then(an_escalation, ESCALATION_TRIES["close"]),
}


# -- threat assessments and holds


def an_assessment(level: str) -> Make:
    def made(town: Town) -> uuid.UUID:
        subject = Subject(SubjectKind.PERSON, town.who("reporter").person.pk)
        return town.do("assessor", assess, subject, level=level, grounds=MARK).pk

    return made


def _overtake(town: Town, _found: uuid.UUID) -> Any:
    with time_machine.travel(NOON + dt.timedelta(hours=1), tick=False):
        return an_assessment("low")(town)


def a_hold(town: Town) -> uuid.UUID:
    return town.do("registrar", retention.set_hold, reason="Rättegång", incident_id=a_report(town)).pk


CONFIRM, LIFT = manager(confirm_threat), by("registrar", retention.lift_hold)
ASSESSMENT: dict[str, Make] = {
    "high": an_assessment("high"),
    "waiting": an_assessment("severe"),
    "confirmed": then(an_assessment("severe"), CONFIRM),
    "overtaken": then(an_assessment("severe"), _overtake),
}
HOLD: dict[str, Make] = {"set": a_hold, "lifted": then(a_hold, LIFT)}

#: Every kind of thing of grids.txt: how its states are come to, and what is tried in each.
MACHINES: dict[str, tuple[dict[str, Make], dict[str, Try]]] = {
    "incident": (INCIDENT, INCIDENT_TRIES),
    "duty": (DUTY, DUTY_TRIES),
    "police": (POLICE, POLICE_TRIES),
    "series": (SERIES, SERIES_TRIES),
    "permit": (PERMIT, PERMIT_TRIES),
    "request": (REQUEST, REQUEST_TRIES),
    "stop": (STOP, STOP_TRIES),
    "plan": (PLAN, PLAN_TRIES),
    "measure": (MEASURE, MEASURE_TRIES),
    "escalation": (ESCALATION, ESCALATION_TRIES),
    "assessment": (ASSESSMENT, {"confirm": CONFIRM}),
    "hold": (HOLD, {"lift": LIFT}),
}
