"""The promises of reporting, duties and clocks."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import time_machine

from factories import colleague, office, organisation
from motkraft.incidents import actions, queries
from motkraft.incidents.models import Duty, Incident
from motkraft.incidents.queries.search import search
from motkraft.incidents.rules import (
    DUTY_TRANSITIONS,
    TRANSITIONS,
    DutyState,
    IncidentError,
    NotReady,
    Report,
    Status,
    View,
    WrongState,
    duties_for,
    next_duty_state,
    next_status,
    rules_on,
)
from motkraft.law import INCIDENT_KINDS
from motkraft.law.calendar import STOCKHOLM
from motkraft.ledger.models import Event
from motkraft.people.access import NotAllowed, Role, acting
from motkraft.people.actions import protect
from motkraft.people.models import DetailKind

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 21, 12, 0, tzinfo=STOCKHOLM)


@pytest.fixture
def house():
    """An organisation with a worker, two managers, a coordinator and a safety representative."""

    class House:
        org = organisation()
        office = office(org)
        worker = colleague(org, Role.SOCIAL_WORKER, office=office).actor
        other_worker = colleague(org, Role.SOCIAL_WORKER).actor
        manager = colleague(org, Role.MANAGER).actor
        coordinator = colleague(org, Role.SECURITY_COORDINATOR).actor
        representative = colleague(org, Role.SAFETY_REPRESENTATIVE).actor
        communicator = colleague(org, Role.COMMUNICATOR).actor
        director = colleague(org, Role.DIRECTOR).actor

    return House


def reported(house, **fields) -> Incident:
    with acting(house.worker):
        return actions.report_incident(house.worker, Report(kind=fields.pop("kind", "threat"), **fields))


# -- reporting


def test_a_draft_is_saved_at_each_step_and_comes_back(house):
    with acting(house.worker):
        draft = actions.start_draft(house.worker, danger_now=True)
        actions.save_draft(house.worker, draft.pk, kind="death_threat")
        actions.save_draft(house.worker, draft.pk, exact_words="سأجدك يا O'Brien")
    with acting(house.worker):
        found = queries.drafts(house.worker).get()
    assert (found.kind, found.exact_words, found.danger_now) == ("death_threat", "سأجدك يا O'Brien", True)


def test_a_draft_is_seen_by_its_reporter_alone(house):
    with acting(house.worker):
        draft = actions.start_draft(house.worker)
    for actor in (house.manager, house.coordinator, house.representative, house.other_worker):
        with acting(actor):
            assert queries.find(actor, draft.pk) is None
            with pytest.raises(NotAllowed):
                actions.save_draft(actor, draft.pk, kind="threat")


def test_sending_gives_a_reference_duties_and_an_event(house):
    with time_machine.travel(NOON, tick=False), acting(house.worker):
        draft = actions.start_draft(house.worker)
        actions.save_draft(house.worker, draft.pk, kind="threat")
        incident = actions.send_draft(house.worker, draft.pk)
    assert incident.reference == "H-2026-0001"
    with acting(house.worker):
        duties = queries.duties(house.worker, incident)
        assert [duty.due_at for duty in duties] == sorted(duty.due_at for duty in duties)
        assert {duty.rule_id for duty in duties} >= {"safety_now", "support_talk", "police_report"}
        event = Event.objects.get(type="incident.reported", subject_id=incident.pk)
    assert event.data["reference"] == "H-2026-0001"
    assert len(event.data["duties"]) == len(duties)


def test_a_report_cannot_be_sent_twice(house):
    with acting(house.worker):
        draft = actions.start_draft(house.worker)
        actions.save_draft(house.worker, draft.pk, kind="threat")
        actions.send_draft(house.worker, draft.pk)
        with pytest.raises(WrongState):
            actions.send_draft(house.worker, draft.pk)
        with pytest.raises(WrongState):
            actions.save_draft(house.worker, draft.pk, kind="violence")


def test_references_count_within_the_organisation_and_the_swedish_year(house):
    other = colleague(organisation(), Role.SOCIAL_WORKER).actor
    late_in_december = dt.datetime(2026, 12, 31, 23, 30, tzinfo=dt.UTC)  # already 2027 in Sweden
    with time_machine.travel(NOON, tick=False):
        first, second = reported(house), reported(house)
        with acting(other):
            theirs = actions.report_incident(other, Report(kind="damage"))
    with time_machine.travel(late_in_december, tick=False):
        third = reported(house)
    assert [first.reference, second.reference, theirs.reference] == ["H-2026-0001", "H-2026-0002", "H-2026-0001"]
    assert third.reference == "H-2027-0001"


@pytest.mark.parametrize("kind", ["", "no such kind"])
def test_a_report_without_a_known_kind_is_refused_with_its_field(house, kind):
    with acting(house.worker), pytest.raises(NotReady) as error:
        actions.report_incident(house.worker, Report(kind=kind))
    assert error.value.data["field"] == "kind"


def test_a_time_in_the_future_is_refused(house):
    tomorrow = NOON + dt.timedelta(days=1)
    with time_machine.travel(NOON, tick=False), acting(house.worker), pytest.raises(NotReady):
        actions.report_incident(house.worker, Report(kind="threat", happened_at=tomorrow))


def test_an_office_or_a_person_of_another_organisation_is_refused(house):
    elsewhere = organisation()
    theirs, stranger = office(elsewhere), colleague(elsewhere, Role.SOCIAL_WORKER).actor
    with acting(house.worker):
        for wrong in ({"office_id": theirs.pk}, {"person_id": stranger.person_id}, {"case_id": uuid.uuid4()}):
            with pytest.raises(IncidentError):
                actions.report_incident(house.worker, Report(kind="threat", **wrong))


def test_free_text_is_ciphertext_in_the_database(house):
    from django.db import connection

    incident = reported(house, exact_words="Vi vet var du bor")
    with acting(house.worker), connection.cursor() as cursor:
        cursor.execute("SELECT exact_words FROM incidents_incident WHERE id = %s", [incident.pk])
        stored = bytes(cursor.fetchone()[0])
    assert b"bor" not in stored


def test_no_text_of_a_report_reaches_the_ledger(house):
    secret = "Ordagrant-hemligt-4711"
    reported(house, exact_words=secret, description=secret, place=secret, suspect=secret, link=secret)
    with acting(house.worker):
        assert all(secret not in str(event.data) for event in Event.objects.all())


def test_an_exposure_makes_an_incident_once_with_its_post_as_evidence(house):
    with acting(house.coordinator):
        protected = protect(
            house.coordinator,
            person=None,
            details={DetailKind.NAME: "Test Testsson-Demo"},
        )
    report = Report(kind="naming", source="exposure", source_id=uuid.uuid4(), protected_person_id=protected.pk)
    post = actions.HandedIn(b'{"text": "hon heter ..."}', "post.json", "collected_post")
    with acting(house.communicator):
        first = actions.report_incident(house.communicator, report, evidence=[post])
        again = actions.report_incident(house.communicator, report, evidence=[post])
    assert first == again
    assert first.reporter_id is None
    with acting(house.manager):
        (evidence,) = queries.evidence(house.manager, first)
        assert evidence.source_class == "collected_post"
        assert queries.duties(house.manager, first)
    with acting(house.communicator):
        assert queries.find(house.communicator, first.pk) is None


def test_the_exposed_worker_sees_the_incident_that_an_exposure_made(house):
    from motkraft.people.models import Person

    with acting(house.coordinator):
        worker = Person.objects.get(pk=house.worker.person_id)
        protected = protect(house.coordinator, person=worker, details={DetailKind.NAME: "Test Testsson-Demo"})
    with acting(house.communicator):
        incident = actions.report_incident(
            house.communicator,
            Report(kind="naming", source="exposure", source_id=uuid.uuid4(), protected_person_id=protected.pk),
        )
    with acting(house.worker):
        assert queries.find(house.worker, incident.pk).view is View.OWN
        assert incident in queries.own(house.worker)


# -- who sees what


@pytest.mark.parametrize(
    ("who", "view"),
    [
        ("worker", View.OWN),
        ("manager", View.MANAGE),
        ("coordinator", View.MANAGE),
        ("representative", View.REPRESENTATIVE),
        ("other_worker", None),
        ("communicator", None),
        ("director", None),
    ],
)
def test_an_incident_is_seen_by_those_it_is_for(house, who, view):
    incident = reported(house)
    actor = getattr(house, who)
    with acting(actor):
        seen = queries.find(actor, incident.pk)
        assert (seen.view if seen else None) == view
        assert (incident in queries.queue(actor)) == (view in (View.MANAGE, View.REPRESENTATIVE))


def test_another_organisations_manager_sees_nothing(house):
    incident = reported(house)
    stranger = colleague(organisation(), Role.MANAGER, Role.SECURITY_COORDINATOR).actor
    with acting(stranger):
        assert queries.find(stranger, incident.pk) is None
        assert not Incident.objects.filter(pk=incident.pk).exists()
        with pytest.raises(NotAllowed):
            actions.take_incident(stranger, incident.pk)


def test_only_managers_and_coordinators_touch_duties(house):
    incident = reported(house)
    with acting(house.manager):
        duty = queries.duties(house.manager, incident)[0]
    for actor in (house.worker, house.representative, house.other_worker, house.director):
        with acting(actor), pytest.raises(NotAllowed):
            actions.meet_duty(actor, duty.pk)
        with acting(actor), pytest.raises(NotAllowed):
            actions.close_incident(actor, incident.pk, reason="klart")


# -- duties and clocks


@pytest.mark.parametrize("kind", sorted(INCIDENT_KINDS))
def test_every_kind_of_incident_gives_duties_with_a_source_and_a_later_time(kind):
    duties = duties_for(kind, NOON, rules_on(NOON))
    assert duties
    assert all(duty.citation and duty.due_at > NOON for duty in duties)


def test_a_clock_of_hours_runs_over_the_change_to_summer_time():
    before = dt.datetime(2026, 3, 28, 12, 0, tzinfo=STOCKHOLM)
    (duty,) = [d for d in duties_for("threat", before, rules_on(before)) if d.rule_id == "support_talk"]
    assert duty.due_at - before.astimezone(dt.UTC) == dt.timedelta(hours=24)
    assert duty.due_at.astimezone(STOCKHOLM).hour == 13


def test_meeting_the_first_duty_takes_the_incident_on(house):
    incident = reported(house)
    with acting(house.manager):
        duty = queries.duties(house.manager, incident)[0]
        actions.meet_duty(house.manager, duty.pk, note="Samtal, följer med hem.")
        incident.refresh_from_db()
        duty.refresh_from_db()
    assert incident.status == Status.IN_PROGRESS
    assert (duty.state, duty.note) == (DutyState.MET, "Samtal, följer med hem.")


def test_a_duty_is_settled_once(house):
    incident = reported(house)
    with acting(house.manager):
        duty = queries.duties(house.manager, incident)[0]
        actions.meet_duty(house.manager, duty.pk)
        with pytest.raises(WrongState):
            actions.meet_duty(house.manager, duty.pk)
        with pytest.raises(WrongState):
            actions.set_aside_duty(house.manager, duty.pk, reason="nej")


def test_setting_a_duty_aside_needs_a_reason_and_can_be_taken_back(house):
    incident = reported(house)
    with acting(house.manager):
        duty = queries.duties(house.manager, incident)[0]
        with pytest.raises(NotReady):
            actions.set_aside_duty(house.manager, duty.pk, reason="  ")
        actions.set_aside_duty(house.manager, duty.pk, reason="Gäller inte: ingen kom till skada.")
        duty = actions.reopen_duty(house.manager, duty.pk)
    assert (duty.state, duty.met_at) == (DutyState.OPEN, None)


def test_a_duty_is_not_met_in_the_future(house):
    incident = reported(house)
    with acting(house.manager), pytest.raises(NotReady):
        duty = queries.duties(house.manager, incident)[0]
        actions.meet_duty(house.manager, duty.pk, met_at=incident.reported_at + dt.timedelta(days=9))


def test_an_incident_closes_when_all_is_done_or_with_a_reason(house):
    incident = reported(house)
    with acting(house.manager):
        with pytest.raises(NotReady) as error:
            actions.close_incident(house.manager, incident.pk)
        assert error.value.data["open_duties"] == len(queries.duties(house.manager, incident))
        for duty in queries.duties(house.manager, incident):
            actions.meet_duty(house.manager, duty.pk)
        closed = actions.close_incident(house.manager, incident.pk)
        assert closed.status == Status.CLOSED
        again = actions.reopen_incident(house.manager, incident.pk)
        assert again.status == Status.IN_PROGRESS
    other = reported(house)
    with acting(house.manager):
        assert actions.close_incident(house.manager, other.pk, reason="Dubblett.").status == Status.CLOSED


def test_a_closed_incident_takes_nothing_more(house):
    incident = reported(house)
    with acting(house.manager):
        duty = queries.duties(house.manager, incident)[0]
        actions.close_incident(house.manager, incident.pk, reason="Dubblett.")
        with pytest.raises(WrongState):
            actions.meet_duty(house.manager, duty.pk)
        with pytest.raises(WrongState):
            actions.add_evidence(house.manager, incident.pk, actions.HandedIn(b"text", "a.txt"))


@pytest.mark.parametrize("now", list(Status))
@pytest.mark.parametrize("wanted", list(Status))
def test_the_table_alone_decides_which_state_follows(now, wanted):
    if wanted in TRANSITIONS[now]:
        assert next_status(now, wanted) is wanted
    else:
        with pytest.raises(WrongState):
            next_status(now, wanted)


@pytest.mark.parametrize("now", list(DutyState))
@pytest.mark.parametrize("wanted", list(DutyState))
def test_the_table_alone_decides_which_state_a_duty_gets(now, wanted):
    if wanted in DUTY_TRANSITIONS[now]:
        assert next_duty_state(now, wanted) is wanted
    else:
        with pytest.raises(WrongState):
            next_duty_state(now, wanted)


def test_the_queue_begins_with_what_is_due_first_and_knows_what_is_late(house):
    with time_machine.travel(NOON - dt.timedelta(days=2), tick=False):
        old = reported(house)
    with time_machine.travel(NOON, tick=False):
        new = reported(house)
    with acting(house.manager):
        rows = queries.queue(house.manager)
        assert list(rows) == [old, new]
        assert list(queries.late(rows, NOON + dt.timedelta(minutes=5))) == [old]


def test_search_finds_by_reference_kind_and_office(house):
    with acting(house.worker):
        incident = actions.report_incident(house.worker, Report(kind="veiled_threat", office_id=house.office.pk))
        actions.report_incident(house.worker, Report(kind="damage"))
    with acting(house.manager):
        rows = queries.queue(house.manager)
        for words in (incident.reference, "förtäckt", "VEILED", house.office.name, f"{incident.reference} hot"):
            assert list(search(house.manager, rows, words)) == [incident]
        assert not search(house.manager, rows, "'; DROP TABLE incidents_incident; --")


def test_to_do_lists_each_roles_own_duties_soonest_first(house):
    with time_machine.travel(NOON, tick=False):
        reported(house)
        with acting(house.manager):
            todo = queries.todo(house.manager, NOON)
    assert todo
    *duties, threat = todo
    assert [item.due_at for item in duties] == sorted(item.due_at for item in duties)
    assert all(item.why and item.reference == "H-2026-0001" for item in duties)
    assert threat.due_at is None, "that the incident speaks for a higher threat level has no day, and stands last"
    with acting(house.representative):
        assert queries.todo(house.representative, NOON) == []


def test_figures_count_without_texts_and_only_for_those_who_may(house):
    with time_machine.travel(NOON, tick=False):
        reported(house, kind="threat")
        reported(house, kind="threat")
        reported(house, kind="damage")
    with acting(house.director):
        assert queries.counts_by_kind(house.director) == {"threat": 2, "damage": 1}
        assert queries.counts_by_month(house.director) == {dt.date(2026, 11, 1): 3}
        figures = queries.duty_figures(house.director, NOON + dt.timedelta(hours=2), rule_ids=("safety_now",))
        assert (figures.total, figures.overdue) == (3, 3)
    with acting(house.worker), pytest.raises(NotAllowed):
        queries.counts_by_kind(house.worker)


def test_a_duty_keeps_the_words_it_had_on_its_day(house):
    incident = reported(house)
    with acting(house.manager):
        duty = Duty.objects.get(incident=incident, rule_id="police_report")
    assert duty.title_sv == "Polisanmäl"
    assert duty.citation


def test_two_reports_at_once_wait_for_each_others_number(house):
    import os

    import psycopg

    question = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))"
    key = [f"{house.org.pk}:incident"]
    with psycopg.connect(os.environ["MOTKRAFT_APP_DATABASE_URL"], autocommit=True) as other:
        assert other.execute(question, key).fetchone() == (True,)
        with acting(house.worker):
            actions.report_incident(house.worker, Report(kind="threat"))
            assert other.execute(question, key).fetchone() == (False,)


def test_what_the_rules_refuse_is_said_in_swedish_too():
    """Every message of a refusal has its Swedish words: forms show them as they are raised."""
    import ast
    from pathlib import Path

    from babel.messages.pofile import read_po

    import motkraft.incidents

    room = Path(motkraft.incidents.__file__).parent
    known = set()
    for catalogue in room.rglob("sv/LC_MESSAGES/django.po"):
        with catalogue.open("rb") as file:
            known |= {line.id for line in read_po(file) if line.string}
    refusals = {"IncidentError", "NotReady", "WrongState", "EvidenceRefused", "EvidenceChanged"}
    said = {
        node.args[0].value
        for path in [*room.glob("rules/*.py"), *room.glob("actions/*.py")]
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", "") in refusals
        and isinstance(node.args[0], ast.Constant)
    }
    assert len(said) > 30
    assert said <= known
