"""The promises of police reports and of the threat picture of cases."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pypdf
import pytest
import time_machine
from django.db import connection, transaction
from django.db.utils import DatabaseError

from factories import colleague, office, organisation
from motkraft.incidents import actions, queries
from motkraft.incidents.actions.police import disclosure_rules
from motkraft.incidents.rules import (
    IncidentError,
    Level,
    NotReady,
    Report,
    Signal,
    clean_case_reference,
    effective_level,
    propose_level,
    suggested_offences,
)
from motkraft.incidents.rules.police import AddedFact
from motkraft.law.calendar import STOCKHOLM
from motkraft.people.access import NotAllowed, Role, acting

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 21, 12, 0, tzinfo=STOCKHOLM)
NAME = "Petronella Exempelsson-Demo"


@pytest.fixture
def house():
    class House:
        org = organisation()
        office = office(org)
        worker = colleague(org, Role.SOCIAL_WORKER, name=NAME).actor
        manager = colleague(org, Role.MANAGER).actor
        coordinator = colleague(org, Role.SECURITY_COORDINATOR).actor

    return House


@pytest.fixture
def incident(house):
    with time_machine.travel(NOON, tick=False), acting(house.worker):
        case = actions.open_case(house.worker, "Ä-2026-0007")
        return actions.report_incident(
            house.worker,
            Report(kind="threat", exact_words="سأجدك", office_id=house.office.pk, case_id=case.pk),
            evidence=[actions.HandedIn(b"sms", "sms.txt")],
        )


def text_of(path: Path) -> str:
    """The words of a PDF, with whitespace evened out."""
    return " ".join("".join(page.extract_text() for page in pypdf.PdfReader(path).pages).split())


def file(house, incident, **fields):
    offences = [offence.id for offence in suggested_offences("threat", NOON, NOON)][:2]
    basis = [rule.id for rule in disclosure_rules(NOON)][:1]
    with time_machine.travel(NOON + dt.timedelta(hours=1), tick=False), acting(house.manager):
        return actions.file_police_report(
            house.manager, incident.pk, **({"offences": offences, "basis_rules": basis} | fields)
        )


def test_filing_keeps_a_pdf_and_meets_the_duty(house, incident):
    report = file(house, incident)
    with acting(house.manager):
        fetched = actions.fetch_police_report(house.manager, report.pk)
        (duty,) = [d for d in queries.duties(house.manager, incident) if d.rule_id == "police_report"]
    assert fetched.path.read_bytes().startswith(b"%PDF")
    assert (duty.state, duty.note) == ("met", "P1")


def test_the_report_holds_words_and_sections_but_no_case_and_no_name(house, incident):
    report = file(house, incident)
    with acting(house.manager):
        text = text_of(actions.fetch_police_report(house.manager, report.pk).path)
    assert "BrB" in text
    assert "OSL" in text
    assert NAME not in text
    assert "Ä-2026-0007" not in text


def test_the_name_is_told_only_when_asked_for_and_its_reading_is_recorded(house, incident):
    from motkraft.people.queries import readings

    basis = disclosure_rules(NOON)[0].id
    report = file(house, incident, facts=[AddedFact("name", rule=basis)])
    with acting(house.manager):
        text = text_of(actions.fetch_police_report(house.manager, report.pk).path)
        assert readings(house.manager, "person", house.worker.person_id).exists()
    assert NAME in text


def test_a_report_needs_an_offence_and_a_basis(house, incident):
    with pytest.raises(NotReady) as error:
        file(house, incident, offences=[])
    assert error.value.data["field"] == "offences"
    with pytest.raises(NotReady) as error:
        file(house, incident, basis_rules=[])
    assert error.value.data["field"] == "basis_rules"
    assert file(house, incident, basis_rules=[], basis="Nödvändigt utlämnande.")


def test_an_offence_that_does_not_protect_social_services_is_never_offered_nor_taken(house, incident):
    from motkraft.incidents.rules import rules_on
    from motkraft.law import INCIDENT_KINDS

    closed = [offence for offence in rules_on(NOON).offences() if not offence.offered]
    assert closed
    for kind in INCIDENT_KINDS:
        assert not set(suggested_offences(kind, NOON, NOON)) & set(closed)
    with pytest.raises(IncidentError):
        file(house, incident, offences=[closed[0].id])


def test_a_worker_cannot_file_or_fetch(house, incident):
    report = file(house, incident)
    with acting(house.worker):
        with pytest.raises(NotAllowed):
            actions.file_police_report(house.worker, incident.pk, offences=["x"], basis="x")
        with pytest.raises(NotAllowed):
            actions.fetch_police_report(house.worker, report.pk)


def test_what_was_filed_is_never_changed_but_the_polices_number_is_added(house, incident):
    report = file(house, incident)
    with acting(house.manager):
        actions.add_case_number(house.manager, report.pk, " 5000-K123456-26 ")
        report.refresh_from_db()
    assert report.case_number == "5000-K123456-26"
    for statement in ("UPDATE incidents_policereport SET offences = '[]'", "DELETE FROM incidents_policereport"):
        with acting(house.manager), pytest.raises(DatabaseError), transaction.atomic():
            connection.cursor().execute(statement)


# -- cases


@pytest.mark.parametrize("reference", ["Ä-2026-0001", "SN 2026/123", "IFO-2026-99.1"])
def test_a_reference_number_is_taken_as_it_is(reference):
    assert clean_case_reference(f"  {reference} ") == reference


@pytest.mark.parametrize("reference", ["", "x", "<b>1</b>", "a'; --", "811218-9876", "19811218-9876", "Ä 8112189876"])
def test_a_reference_number_that_could_be_a_person_or_code_is_refused(reference):
    with pytest.raises(IncidentError) as error:
        clean_case_reference(reference)
    assert error.value.data["field"] == "reference"


def test_a_case_exists_once_in_an_organisation(house):
    other = colleague(organisation(), Role.MANAGER).actor
    with acting(house.worker):
        first = actions.open_case(house.worker, "Ä-2026-0001")
        assert actions.open_case(house.worker, " Ä-2026-0001") == first
    with acting(other):
        assert actions.open_case(other, "Ä-2026-0001") != first
        with pytest.raises(NotAllowed):
            actions.assess_threat(other, first.pk, level="high", grounds="x")
        assert queries.case(other, first.pk) is None


def _signal(kind, days=1, **more):
    return Signal(kind, NOON - dt.timedelta(days=days), **more)


@pytest.mark.parametrize(
    ("signals", "level"),
    [
        ([], "low"),
        ([_signal("harassment")], "low"),
        ([_signal("harassment")] * 3, "elevated"),
        ([_signal("naming")], "elevated"),
        ([_signal("threat")], "elevated"),
        ([_signal("threat")] * 3, "high"),
        ([_signal("threat", relatives_meant=True)], "high"),
        ([_signal("death_threat")], "high"),
        ([_signal("stalking")], "high"),
        ([_signal("threat", weapon=True)], "severe"),
        ([_signal("violence")], "severe"),
        ([_signal("violence", days=91)], "low"),
        ([_signal("death_threat", days=181)], "low"),
    ],
)
def test_the_incidents_of_a_case_propose_its_level(signals, level):
    assert propose_level(signals, NOON).level == level


def test_a_proposal_says_what_it_rests_on():
    found = propose_level([_signal("death_threat"), _signal("naming")], NOON)
    assert dict(found.grounds) == {"death_threat": 1, "threat": 1, "exposed": 1}


def test_the_highest_level_counts_only_when_a_second_person_has_confirmed(house, incident):
    with acting(house.coordinator):
        assessment = actions.assess_threat(house.coordinator, incident.case_id, level="severe", grounds="Kom med kniv.")
        assert queries.threat_level(house.coordinator, incident.case_id) is Level.HIGH
        with pytest.raises(IncidentError, match="Somebody else"):
            actions.confirm_threat(house.coordinator, assessment.pk)
    with acting(house.manager):
        assert assessment in queries.unconfirmed(house.manager)
        actions.confirm_threat(house.manager, assessment.pk)
        assert queries.threat_level(house.manager, incident.case_id) is Level.SEVERE


def test_the_database_refuses_a_confirmation_by_the_same_person(house, incident):
    with acting(house.coordinator):
        actions.assess_threat(house.coordinator, incident.case_id, level="severe", grounds="x")
        with pytest.raises(DatabaseError), transaction.atomic():
            connection.cursor().execute(
                "UPDATE incidents_threatassessment SET confirmed_by_id = assessed_by_id, confirmed_at = now()"
            )


def test_an_assessment_needs_grounds_a_level_and_a_day_ahead(house, incident):
    yesterday = dt.date(2026, 11, 20)
    with time_machine.travel(NOON, tick=False), acting(house.coordinator):
        for fields, field in (
            ({"level": "high", "grounds": " "}, "grounds"),
            ({"level": "sky", "grounds": "x"}, "level"),
            ({"level": "high", "grounds": "x", "valid_until": yesterday}, "valid_until"),
        ):
            with pytest.raises(NotReady) as error:
                actions.assess_threat(house.coordinator, incident.case_id, **fields)
            assert error.value.data["field"] == field


def test_a_worker_sees_the_level_but_does_not_assess(house, incident):
    with acting(house.worker):
        assert queries.threat_level(house.worker, incident.case_id) is Level.LOW
        with pytest.raises(NotAllowed):
            actions.assess_threat(house.worker, incident.case_id, level="high", grounds="x")


def test_only_the_highest_level_waits():
    assert [effective_level(level, False) for level in Level] == [Level.LOW, Level.ELEVATED, Level.HIGH, Level.HIGH]


def test_a_deed_older_than_the_law_data_can_still_be_reported():
    long_ago = NOON - dt.timedelta(days=3650)
    assert suggested_offences("threat", long_ago, NOON) == suggested_offences("threat", NOON, NOON)


def test_bytes_that_another_incident_needs_stay_when_a_draft_drops_them(
    house, incident, django_capture_on_commit_callbacks
):
    with acting(house.worker):
        draft = actions.start_draft(house.worker)
        same = actions.add_evidence(house.worker, draft.pk, actions.HandedIn(b"sms", "sms.txt"))
        with django_capture_on_commit_callbacks(execute=True):
            actions.withdraw_evidence(house.worker, same.pk)
        (kept,) = queries.evidence(house.worker, incident)
        assert actions.fetch_original(house.worker, kept.pk, purpose="prov").path.read_bytes() == b"sms"
