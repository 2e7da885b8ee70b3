"""Levels of protection: proposed from the threat, chosen with reasons, and another organisation decides only by law."""

from __future__ import annotations

import dataclasses
import datetime as dt
import subprocess

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from factories import colleague, organisation
from motkraft import law
from motkraft.decisions import actions
from motkraft.decisions.actions import protection
from motkraft.decisions.actions.protection import is_level_chosen
from motkraft.decisions.models import Decision, HandOver, ProtectionChoice
from motkraft.decisions.queries import notice_file
from motkraft.decisions.queries import protection as queries
from motkraft.decisions.rules import DecisionError, NotReady, WrongDecider, WrongState, protection_for
from motkraft.decisions.rules.protection import check_level, contact_worker_rule, levels
from motkraft.people import same_person
from motkraft.people.access import NotAllowed, Role, acting, system
from motkraft.people.models import Kind

TODAY = dt.date(2026, 11, 22)
GROUNDS = "Starkast anknytning till er kommun: barnet bor och går i skola där."


def login(who) -> Client:
    client = Client()
    with acting(who.actor):
        client.force_login(who.person, backend="motkraft.people.login.Door")
    return client


def in_force(monkeypatch) -> law.Library:
    """The law as it would be the day after a national unit was decided on: the proposal is a rule in force."""
    found = law.library()
    rules = tuple(
        dataclasses.replace(rule, status="in-force", valid_from=dt.date(2026, 1, 1))
        if rule.id == "proposed_national_decision_unit"
        else rule
        for rule in found.rules
    )
    moved = law.Library(rules, found.sources, found.folder)
    monkeypatch.setattr(law, "library", lambda: moved)
    return moved


def test_the_threat_proposes_and_a_person_chooses_with_reasons(town):
    assert [protection_for(level).level for level in ("none", "low", "elevated", "high", "severe")] == [0, 0, 1, 1, 1]
    decision = town.draft()
    assert decision.protection_level == 1
    with pytest.raises(NotReady, match="why"):
        town.run(town.worker, actions.set_protection, decision, level=0)
    town.run(town.worker, actions.set_protection, decision, level=0, reasons="Parten känner redan alla.")
    with pytest.raises(NotReady, match="why"):
        town.run(town.worker, actions.set_protection, decision, level=1)  # the proposed one, and it leaves names out
    town.run(town.worker, actions.set_protection, decision, level=1, reasons="Hot med namn.")
    with acting(town.worker.actor):
        assert [(each.level, each.proposed) for each in decision.protection_choices.all()] == [(0, 1), (1, 1)]
    with pytest.raises(NotAllowed):
        town.run(town.registrar, actions.set_protection, decision, level=1)
    for unknown in (6, -1):
        with pytest.raises(DecisionError):
            town.run(town.worker, actions.set_protection, decision, level=unknown, reasons="R")


def test_no_notice_leaves_names_out_by_the_proposal_alone(town):
    decision = town.decided()
    with acting(town.coordinator.actor):
        assert not is_level_chosen(decision)
    with pytest.raises(NotReady, match=r"only proposed.*FL 33 § 4 st") as error:
        town.run(town.worker, actions.finalise, decision)
    assert error.value.data["missing"] == ["protection"]
    page = login(town.worker).get(f"/beslut/{decision.pk}").content.decode()
    assert "Föreslaget: ingen har valt det än" in page and "Till nivåerna" in page
    refused = login(town.worker).post(f"/beslut/{decision.pk}/skydd", {"level": "1", "reasons": ""})
    assert refused.status_code == 422 and "Skriv varför den här nivån väljs" in refused.content.decode()
    assert login(town.worker).post(f"/beslut/{decision.pk}/skydd", {"level": "1", "reasons": "Hot."}).status_code == 302
    assert "Till nivåerna" not in login(town.worker).get(f"/beslut/{decision.pk}").content.decode()
    with pytest.raises(NotReady) as error:
        town.run(town.worker, actions.finalise, decision)
    assert "protection" not in error.value.data["missing"], "what lacks now is the assessment of each name"


def test_two_persons_stand_behind_each_name_that_is_left_out(town):
    decision = town.decided()
    chosen = {"level": 1, "reasons": "Hot."}
    town.run(town.coordinator, actions.set_protection, decision, **chosen)
    with pytest.raises(DecisionError, match="Another person assesses"):
        town.assess_all(decision)
    town.run(town.worker, actions.set_protection, decision, **chosen)
    town.assess_all(decision)
    with pytest.raises(DecisionError, match="Let another choose"):
        town.run(town.coordinator, actions.set_protection, decision, **chosen)
    admin = system(town.organisation.pk)
    with acting(admin):
        same_person.mark_same(admin, town.worker.person, town.coordinator.person, reason="Två konton")
    with pytest.raises(NotReady, match="two persons"):
        town.run(town.worker, actions.finalise, decision)


def test_what_is_only_proposed_stays_off_until_the_law_data_says_in_force(town, monkeypatch):
    assert [(each.number, each.is_open) for each in levels(TODAY)] == [
        (0, True),
        (1, True),
        (2, True),
        (3, True),
        (4, True),
        (5, False),
    ]
    decision, unit = town.draft(), organisation(kind=Kind.KNOWLEDGE_UNIT)
    with pytest.raises(DecisionError, match="off until"):
        town.run(town.worker, actions.set_protection, decision, level=5, reasons="R", to=unit, grounds="G")
    page = login(town.worker).get(f"/beslut/{decision.pk}/skydd").content.decode()
    assert 'value="5"' not in page and "inte lag" in page
    assert contact_worker_rule(TODAY).citation in page
    moved = in_force(monkeypatch)
    assert check_level(5, TODAY, moved).id == "proposed_national_decision_unit"
    with pytest.raises(DecisionError):
        check_level(5, dt.date(2025, 12, 31), moved)
    town.run(town.worker, actions.set_protection, decision, level=5, reasons="R", to=unit, grounds="G")
    assert 'value="5"' in login(town.worker).get(f"/beslut/{town.draft().pk}/skydd").content.decode()


@pytest.mark.usefixtures("no_scan")
def test_on_the_day_that_the_law_data_says_in_force_the_national_unit_decides(town, make_town, monkeypatch):
    unit, decision = make_town(), town.draft()
    unit.organisation.kind, unit.organisation.name = Kind.KNOWLEDGE_UNIT, "Nationella beslutsenheten i exemplet"
    unit.organisation.save(update_fields=["kind", "name"])
    head = {"person_id": unit.director.person.pk, "body": law.NATIONAL_UNIT, "reference": "Förordning § 1"}
    head |= {"given_on": timezone.localdate(), "valid_from": timezone.localdate()}
    with pytest.raises(DecisionError, match="off until"):
        unit.run(unit.registrar, actions.add_mandate, **head)
    own = unit.ready()
    for who, body in ((unit.chair, "chair"), (unit.director, law.NATIONAL_UNIT)):
        with pytest.raises(WrongDecider, match="SoL 30 kap"):
            unit.run(who, actions.decide, own, body=body, urgency="K", text_sha256=unit.text(own))
    in_force(monkeypatch)
    with pytest.raises(NotReady):
        town.run(town.registrar, actions.add_mandate, **head | {"person_id": town.director.person.pk})
    unit.run(unit.registrar, actions.add_mandate, **head)
    asked = {"level": 5, "reasons": "Alla här är hotade.", "to": unit.organisation, "grounds": "Hot."}
    town.run(town.worker, actions.set_protection, decision, **asked)
    with acting(town.worker.actor):
        row = HandOver.objects.get()
    unit.run(unit.worker, protection.answer_hand_over, row, accept=True)
    with acting(unit.worker.actor):
        row.refresh_from_db()
        taken = Decision.objects.get(reference=row.taken_as)
    assert taken.protection_level == 1
    unit.run(unit.worker, actions.submit, taken)
    for who in (unit.worker, unit.second):
        unit.run(who, actions.approve, taken, text_sha256=unit.text(taken))
    with pytest.raises(WrongDecider, match="national unit"):
        unit.run(unit.chair, actions.decide, taken, body="chair", urgency="K", text_sha256=unit.text(taken))
    with pytest.raises(WrongDecider):
        unit.run(unit.director, actions.decide, own, body=law.NATIONAL_UNIT, text_sha256=unit.text(own))
    assert "Den nationella enheten" in login(unit.director).get(f"/beslut/{taken.pk}/besluta").content.decode()
    taken = unit.run(unit.director, actions.decide, taken, body=law.NATIONAL_UNIT, text_sha256=unit.text(taken))
    with pytest.raises(WrongDecider):
        home = town.ready(content="Annat.")
        town.run(town.director, actions.decide, home, body=law.NATIONAL_UNIT, text_sha256=town.text(home))
    unit.assess_all(taken)
    issued = unit.run(unit.worker, actions.finalise, taken)
    with acting(unit.worker.actor):
        text = subprocess.run(["pdftotext", notice_file(issued), "-"], capture_output=True, check=True).stdout.decode()
    assert unit.organisation.name in text and town.organisation.name not in text
    assert not [name for name in unit.names if name in text]


def test_a_joint_board_takes_a_decision_over_and_decides_it_itself(town, make_town):
    board = make_town()
    board.organisation.kind = Kind.JOINT_BOARD
    board.organisation.save(update_fields=["kind"])
    decision = town.ready()
    client = login(town.worker)
    given = {"level": "3", "reasons": "Alla här är hotade.", "to": board.organisation.code, "grounds": "Hot."}
    assert client.post(f"/beslut/{decision.pk}/skydd", {**given, "to": ""}).status_code == 422
    assert client.post(f"/beslut/{decision.pk}/skydd", given).status_code == 302
    with acting(town.worker.actor):
        row = HandOver.objects.get()
        assert row.reference.startswith("Ö-") and queries.clock_of(row) is None
    with pytest.raises(WrongState, match="handed over"):
        town.run(town.worker, actions.set_protection, decision, level=1)
    third = make_town()
    assert login(third.worker).get(f"/overlamnanden/{row.pk}").status_code == 404
    with acting(third.worker.actor):
        assert not HandOver.objects.exists()
    theirs = login(board.worker)
    assert "Hot." in theirs.get(f"/overlamnanden/{row.pk}").content.decode()
    assert client.get(f"/overlamnanden/{row.pk}/svar").status_code == 404
    with acting(board.worker.actor):
        assert not Decision.objects.exists()
    assert theirs.post(f"/overlamnanden/{row.pk}/svar", {"accept": "no"}).status_code == 422
    assert theirs.post(f"/overlamnanden/{row.pk}/svar", {"accept": "yes"}).status_code == 302
    with acting(board.worker.actor):
        taken = Decision.objects.get()
        assert taken.content == decision.content and taken.state == "draft"
        assert taken.organisation_id == board.organisation.pk
    with pytest.raises(WrongDecider, match="KL 9 kap"):
        town.run(town.chair, actions.decide, decision, body="chair", urgency="Kväll.", text_sha256=town.text(decision))
    with acting(town.worker.actor):
        assert HandOver.objects.get().taken_as == taken.reference
    with acting(board.worker.actor), pytest.raises(DatabaseError), transaction.atomic():
        HandOver.objects.update(case_reference="annat")


def test_the_transfer_of_a_case_runs_on_the_clocks_of_the_law(town, make_town):
    other = make_town()
    decision = town.draft()
    town.run(
        town.worker,
        actions.set_protection,
        decision,
        level=4,
        reasons="Barnet har flyttat.",
        to=other.organisation,
        grounds=GROUNDS,
    )
    with acting(town.worker.actor):
        row = HandOver.objects.get()
        clock, at = queries.clock_of(row)
    assert clock.id == "case_transfer_answer" and clock.limit.unit == "months"
    with pytest.raises(NotReady, match="SoL 29 kap"):
        town.run(town.worker, protection.apply_to_agency, row, on=timezone.localdate())
    later = timezone.localdate(at) + dt.timedelta(days=1)
    with time_machine.travel(dt.datetime.combine(later, dt.time(9), dt.UTC)):
        town.run(town.worker, protection.apply_to_agency, row, on=later)
        with acting(town.worker.actor):
            row.refresh_from_db()
            clock, _at = queries.clock_of(row)
        assert clock.id == "case_transfer_agency_decision"
        town.run(town.worker, protection.agency_decided, row, moved=True, on=later)
        other.run(other.worker, protection.answer_hand_over, row, accept=True)
        with acting(other.worker.actor), pytest.raises(WrongState):
            protection.answer_hand_over(other.worker.actor, row, accept=True)
        ready = town.ready()
        with pytest.raises(WrongDecider, match="SoL 29 kap"):
            town.run(town.chair, actions.decide, ready, body="chair", urgency="K", text_sha256=town.text(ready))


def test_a_no_is_in_writing_and_another_level_can_be_chosen(town, make_town):
    other = make_town()
    decision = town.draft()
    fields = {"level": 4, "reasons": "R", "to": other.organisation, "grounds": GROUNDS}
    town.run(town.worker, actions.set_protection, decision, **fields)
    with acting(town.worker.actor):
        row = HandOver.objects.get()
    other.run(other.worker, protection.answer_hand_over, row, accept=False, answer="Inte starkast anknytning.")
    town.run(town.worker, actions.set_protection, decision, level=1, reasons="R")
    town.run(town.worker, protection.apply_to_agency, row, on=timezone.localdate())
    town.run(town.worker, protection.take_back, row)
    with pytest.raises(DecisionError):
        other.run(other.worker, protection.take_back, row)
    with pytest.raises(WrongState):
        town.run(town.worker, actions.set_protection, town.decided(), **fields)


@pytest.mark.usefixtures("no_scan")
def test_sealing_cuts_who_chose_and_why(town):
    decision = town.issued(level=1)
    with acting(town.worker.actor):
        choice = ProtectionChoice.objects.get(decision=decision)
    assert choice.chosen_by_id is None and choice.reasons is None and choice.level == 1


def test_someone_who_only_reads_has_no_way_in(town):
    decision = town.draft()
    reader = colleague(town.organisation, Role.COMMUNICATOR)
    for who in (reader, town.registrar):
        assert login(who).get(f"/beslut/{decision.pk}/skydd").status_code == 404
        assert login(who).get("/overlamnanden").status_code == 404
