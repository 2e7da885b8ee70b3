"""A town where everything of incidents is in the making, and everybody who may come to it.

Every free text holds a mark, so that an answer that should tell nothing can be searched for it.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import io
from functools import partial
from typing import Any

import time_machine
from django.apps import apps
from django.db import connection
from PIL import Image

from factories import Colleague, colleague, office, organisation
from motkraft.incidents import actions
from motkraft.incidents.actions import (
    escalations,
    feeds,
    guards,
    influence,
    markings,
    offices,
    packages,
    packs,
    pauses,
    plans,
    plans_paper,
    previews,
    representatives,
    retention,
    saved_views,
    series,
    uploads,
)
from motkraft.incidents.actions.police import disclosure_rules
from motkraft.incidents.actions.threat import assess
from motkraft.incidents.models import Duty, Incident
from motkraft.incidents.queries import markings as marking_queries
from motkraft.incidents.queries.plans import digest_of
from motkraft.incidents.rules import Report, suggested_offences
from motkraft.incidents.rules.escalations import items_digest
from motkraft.incidents.rules.influence import months
from motkraft.incidents.rules.plans import paper_code
from motkraft.incidents.rules.states import PackKind
from motkraft.incidents.rules.threat import Subject, SubjectKind
from motkraft.law.calendar import STOCKHOLM
from motkraft.ledger.actions import publish
from motkraft.people.access import Role, acting, system
from motkraft.people.models import Kind, Reading, TenantModel

MARK = "hemligt7f3a"
NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=STOCKHOLM)
TODAY = NOON.date()
DAY = dt.timedelta(days=1)
PIECE = b"ett stycke av en film"
GUARD_TEXTS = dict.fromkeys(("need", "place", "extent", "suitability", "police_lead", "other"), MARK)
APPLICANT = {"organisation_number": "212000-0000", "postal_address": "Box 1, 000 00 Exempelstad"}
#: Colleagues who stand in some relation to it, beside one colleague of each role who stands in none.
RELATIONS: dict[str, tuple[Role, ...]] = {
    "reporter": (Role.SOCIAL_WORKER,),
    "exposed": (Role.SOCIAL_WORKER,),
    "owner": (Role.DIRECTOR,),  # sees to the measures of the plans
    "no role": (),
}


class Town:
    """The organisation ``org``, a knowledge unit that was asked, another unit, and another organisation.

    ``people`` are those of the organisation by role or relation, ``elsewhere`` those of the other one by role.
    ``mark`` stands in every free text and file name. ``ids`` are what addresses and forms need, by the names that
    routes.toml uses.
    """

    def __init__(self, mark: str = MARK) -> None:
        self.mark = mark
        self.org, self.other = organisation(), organisation()
        self.unit, self.other_unit = (organisation(kind=Kind.KNOWLEDGE_UNIT) for _ in range(2))
        self.here = office(self.org)
        self.people = {role.value: colleague(self.org, role) for role in Role}
        self.people |= {
            name: colleague(self.org, *roles, name=f"{self.mark} Testsson-Demo {name}")
            for name, roles in RELATIONS.items()
        }
        self.elsewhere = {role.value: colleague(self.other, role) for role in Role}
        self.units = {
            "advisor": colleague(self.unit, Role.KNOWLEDGE_ADVISOR),
            "other advisor": colleague(self.other_unit, Role.KNOWLEDGE_ADVISOR),
        }
        self.assessor = colleague(self.org, Role.SECURITY_COORDINATOR)
        self.ids: dict[str, Any] = {
            "office": self.here.pk,
            "org": self.org.pk,
            "unit": self.unit.pk,
            "today": TODAY,
            "coming": TODAY + 30 * DAY,
            "year": TODAY + 300 * DAY,
            "month": months(NOON)[0],
            "offence": suggested_offences("threat", NOON, NOON)[0].id,
            "basis": disclosure_rules(NOON)[0].id,
        }
        self.ids |= {f"{name}_name": who.person.username for name, who in self.people.items()}
        self.ids |= {f"{name}_id": who.person.pk for name, who in self.people.items()}
        self._incidents()
        self._duties()
        self._evidence()
        self._police()
        self._threat()
        self._plans()
        self._escalations()
        self._offices()
        self._lists()
        publish(self.org.pk)

    def do(self, name: str, act: Any, /, *args: Any, **more: Any) -> Any:
        """Do something as somebody; the result."""
        actor = self.who(name).actor
        with acting(actor):
            return act(actor, *args, **more)

    def who(self, name: str) -> Colleague:
        """Somebody of the town by role or relation."""
        return self.assessor if name == "assessor" else (self.people | self.units)[name]

    def report(self, **more: Any) -> Incident:
        """One more incident that the reporter tells, with the mark in every text."""
        texts = ("place", "exact_words", "description", "suspect", "witnesses", "relatives")
        given = {"kind": "threat", "office_id": self.here.pk, **dict.fromkeys(texts, self.mark), **more}
        handed = [actions.HandedIn(f"{self.mark} sms".encode(), f"{self.mark}.txt")]
        return self.do("reporter", actions.report_incident, Report(**given), evidence=handed)

    def _incidents(self) -> None:
        case = self.do("manager", actions.open_case, "Ä-2026-0001")
        self.incident = self.report(case_id=case.pk, person_id=self.people["exposed"].person.pk, for_colleague=True)
        fresh, told, single, closed = (self.report() for _ in range(4))
        joined = [self.report().pk, self.report().pk]
        draft = self.do("reporter", actions.start_draft, office_id=self.here.pk)
        texts = dict.fromkeys(("place", "exact_words", "description"), self.mark)
        self.do("reporter", actions.save_draft, draft.pk, kind="threat", happened_at=NOON, **texts)
        loose = self.do("reporter", actions.start_draft)
        found = self.do(
            "reporter", actions.add_evidence, draft.pk, actions.HandedIn(self.mark.encode(), f"{self.mark}.txt")
        )
        self.do("manager", actions.close_incident, closed.pk, reason=self.mark)
        opened = self.do("manager", series.open_series, joined, kind="person", title=self.mark, note=self.mark)
        done = self.do(
            "manager", series.open_series, [told.pk, closed.pk], kind="other", title=self.mark, note=self.mark
        )
        self.do("manager", series.close_series, done.pk, reason=self.mark)
        self.told, self.single = told, single
        self.ids |= {
            "case_id": case.pk,
            "incident_id": self.incident.pk,
            "fresh": fresh.pk,
            "fresh_reference": fresh.reference,
            "told": told.pk,
            "single": single.pk,
            "closed": closed.pk,
            "joined": joined[0],
            "series_id": opened.pk,
            "closed_series": done.pk,
            "draft": draft.pk,
            "loose_draft": loose.pk,
            "draft_file": found.pk,
        }

    def _duties(self) -> None:
        with acting(system(self.org.pk)):
            duties = {duty.rule_id: duty.pk for duty in Duty.objects.filter(incident=self.incident)}
        self.do("manager", actions.meet_duty, duties["safety_representative_told"], note=self.mark)
        self.do("manager", actions.set_aside_duty, duties["work_injury_report"], reason=self.mark)
        self.do("manager", pauses.pause_duty, duties["staffing_review"], reason=self.mark)
        token = self.do("manager", feeds.make_feed)
        self.ids |= {
            "duty_id": duties["support_talk"],
            "told_duty": duties["safety_representative_told"],
            "aside_duty": duties["work_injury_report"],
            "paused_duty": duties["staffing_review"],
            "token": token,
        }

    def _evidence(self) -> None:
        with acting(system(self.org.pk)):
            found = self.incident.evidence.get()
        drawn = actions.HandedIn(picture(), f"{self.mark}.png")
        shot = self.do("reporter", actions.add_evidence, self.incident.pk, drawn)
        package = self.do("manager", packages.make_package, self.incident.pk)
        upload = self.do(
            "reporter", uploads.start_upload, self.incident.pk, size=len(PIECE) + 1, name=f"{self.mark}.txt"
        )
        self.do("reporter", uploads.write_piece, self.incident.pk, upload.pk, offset=0, piece=PIECE[:1])
        self.ids |= {
            "evidence_id": found.pk,
            "picture": shot.pk,
            "showing": self.do("manager", previews.show, shot.pk).number,
            "package": package.pk,
            "upload_id": upload.pk,
            "file_name": base64.b64encode(b"ny.txt").decode(),
        }

    def _police(self) -> None:
        filed = self.do(
            "manager",
            actions.file_police_report,
            self.told.pk,
            offences=[self.ids["offence"]],
            basis=self.mark,
            basis_rules=[self.ids["basis"]],
        )
        self.do("manager", actions.add_case_number, filed.pk, f"5000-{self.mark}"[:40])
        self.ids["report_id"] = filed.pk

    def _threat(self) -> None:
        judge = partial(self.do, "assessor", assess, level="severe", grounds=self.mark)
        self.ids |= {
            "case_assessment": judge(Subject(SubjectKind.CASE, self.ids["case_id"])).pk,
            "office_assessment": judge(Subject(SubjectKind.OFFICE, self.here.pk)).pk,
        }

    def _plans(self) -> None:
        opened = {name: self._plan(name) for name in ("exposed", "reporter", "owner")}
        (plan, measure), (shown, done), (marked, _other) = opened.values()
        self.do("manager", plans.measure_done, done.pk)
        self.do("manager", plans.show_plan, shown.pk)
        with acting(system(self.org.pk)):
            shown.refresh_from_db()
            digest = digest_of(shown)
        printed = self.do("manager", plans.open_plan_for_name, f"{self.mark} Utan-Demo", summary=self.mark)
        self.do("manager", plans.add_measure, printed.pk, title=self.mark)
        self.do("manager", plans_paper.print_plan, printed.pk)
        with acting(system(self.org.pk)):
            printed.refresh_from_db()
            code = paper_code(digest_of(printed))
        provision = marking_queries.provisions(NOON)[0].id
        self.do(
            "manager",
            markings.mark,
            marked.pk,
            provision=provision,
            marked_on=TODAY,
            authority="Skatteverket",
            reason=self.mark,
        )
        kind = PackKind.PROTECTED_REGISTRATION.value
        pack = self.do(
            "manager", packs.make_pack, plan.pk, kind=kind, grounds=self.mark, incident_ids=[self.incident.pk]
        )
        self.ids |= {
            "plan_id": plan.pk,
            "measure_id": measure.pk,
            "shown_plan": shown.pk,
            "shown_digest": digest,
            "printed_plan": printed.pk,
            "printed_code": code,
            "done_measure": done.pk,
            "marked_plan": marked.pk,
            "provision": provision,
            "pack_id": pack.pk,
            "pack_kind": kind,
            "pack_paper": pack.paper_id,
        }

    def _plan(self, name: str) -> tuple[Any, Any]:
        plan = self.do("manager", plans.open_plan, self.people[name].person.pk, summary=self.mark)
        owner = self.people["owner"].person.pk
        measure = self.do(
            "manager",
            plans.add_measure,
            plan.pk,
            title=self.mark,
            detail=self.mark,
            owner_id=owner,
            due_on=TODAY,
            check_days=14,
        )
        return plan, measure

    def _escalations(self) -> None:
        answered, opened = (self._escalate(incident) for incident in (self.incident, self.told))
        self.do("advisor", escalations.write, answered.pk, text=self.mark)
        with acting(self.people["reporter"].actor):
            seen = items_digest(
                escalations.to_share(
                    self.people["reporter"].actor, incident_id=self.single.pk, share=["kind"], own_words="Hjälp"
                )
            )
        self.ids |= {"escalation_id": answered.pk, "opened_escalation": opened.pk, "shared_digest": seen}

    def _escalate(self, incident: Incident) -> Any:
        who = self.people["reporter"].actor
        given = {"share": ["kind", "words"], "own_words": self.mark}
        with acting(who):
            seen = items_digest(escalations.to_share(who, incident_id=incident.pk, **given))
            return escalations.escalate(who, incident.pk, knowledge_unit_id=self.unit.pk, seen_sha256=seen, **given)

    def _offices(self) -> None:
        here = self.here.pk
        asked = self.do("safety_representative", representatives.ask, measures=self.mark, office_id=here)
        again = self.do("safety_representative", representatives.ask, measures=self.mark, office_id=here)
        self.do("manager", representatives.answer, again.pk, kind="no", text=self.mark)
        stopped = self.do(
            "safety_representative",
            representatives.stop,
            office_id=here,
            kind="danger",
            what=self.mark,
            reason=self.mark,
        )
        risk = self.do(
            "manager", offices.note_risk, here, text=self.mark, likelihood=3, consequence=3, measure=self.mark
        )
        check = self.do("manager", offices.plan_check, here, kind="alarm", planned_on=TODAY)
        rule = self.do("manager", offices.decide_lone_work, here, task="Hembesök", allowed="never")
        permits = [
            self.do("security_coordinator", guards.note_need, here, **dict.fromkeys(GUARD_TEXTS, self.mark))
            for _ in range(3)
        ]
        for permit in permits:
            self.do("security_coordinator", guards.make_application, permit.pk, **APPLICANT)
        for permit in permits[1:]:
            self.do("security_coordinator", guards.applied, permit.pk, applied_on=TODAY)
        days = {"decided_on": TODAY, "valid_from": TODAY, "valid_to": TODAY + 100 * DAY}
        self.do("security_coordinator", guards.decide, permits[2].pk, granted=True, conditions=self.mark, **days)
        self.ids |= {
            "request_id": asked.pk,
            "answered_request": again.pk,
            "stop_id": stopped.pk,
            "risk_id": risk.pk,
            "check_id": check.pk,
            "rule_id": rule.pk,
            "permit_id": permits[0].pk,
            "applied_permit": permits[1].pk,
            "granted_permit": permits[2].pk,
        }

    def _lists(self) -> None:
        with time_machine.travel(NOON - 300 * DAY, tick=False):
            old = self.report()
            self.do("manager", actions.close_incident, old.pk, reason=self.mark)
        self.do("registrar", retention.set_line, "threat", months=6, basis="Plan 12")
        hold = self.do("registrar", retention.set_hold, reason=self.mark, incident_id=self.told.pk)
        proposed = self.do("registrar", retention.propose)
        view = self.do("manager", saved_views.save_view, self.mark, "skede=reported")
        told = self.do("reporter", influence.report_influence, effect="delayed", area="other", month=self.ids["month"])
        self.ids |= {"hold_id": hold.pk, "run_id": proposed.run, "view_id": view.pk, "influence_id": told.pk}

    def fingerprint(self) -> str:
        """Of every row that belongs to the organisation or that it shares, but who has read what."""
        with acting(system(self.org.pk)), connection.cursor() as cursor:
            cursor.execute(_fingerprints())
            return hashlib.sha256(repr(cursor.fetchall()).encode()).hexdigest()


def picture() -> bytes:
    """A small picture."""
    made = io.BytesIO()
    Image.new("RGB", (8, 8), "green").save(made, "PNG")
    return made.getvalue()


def _fingerprints() -> str:
    tables = sorted(
        model._meta.db_table
        for model in apps.get_models()
        if issubclass(model, TenantModel) and model is not Reading and model._meta.managed
    )
    return " UNION ALL ".join(
        f"SELECT '{table}', md5(string_agg(t::text, '|' ORDER BY t::text)) FROM {table} t" for table in tables
    )
