"""Who may handle and decide: the promises of the decision itself."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from motkraft.decisions import actions
from motkraft.decisions.models import Decision, Mandate
from motkraft.decisions.queries import todo
from motkraft.decisions.rules import (
    MOVES,
    DecisionError,
    NotReady,
    State,
    WrongDecider,
    WrongState,
    check_decider,
    check_grounds,
    check_meeting_day,
    handled,
    may_decide,
    may_move,
    moves_from,
    protection_for,
)
from motkraft.ledger.models import Event
from motkraft.people import same_person
from motkraft.people.access import NotAllowed, Role, acting, system

TODAY = dt.date(2026, 11, 21)


@pytest.mark.parametrize("role", ["director", "manager", "social_worker"])
def test_no_official_decides_on_custody_and_the_answer_names_the_section(role):
    with pytest.raises(WrongDecider) as error:
        check_decider("OMH", role, [Role(role)], TODAY)
    assert error.value.data["citation"] == "SoL 30 kap. 7 § 2 p"
    assert "30 kap. 7 §" in error.value.message


def test_a_substitute_must_say_why_the_committee_cannot_be_awaited_and_reports_it():
    with pytest.raises(NotReady) as error:
        check_decider("OMH", "chair", [Role.CHAIR], TODAY)
    assert error.value.data["missing"] == ["urgency"]
    answer = check_decider("OMH", "chair", [Role.CHAIR], TODAY, urgency="Kväll")
    assert answer.report_next_meeting and answer.citation == "LVU 6 § 2 st"


def test_a_chair_does_not_decide_alone_where_the_law_gives_no_such_right():
    with pytest.raises(WrongDecider):
        check_decider("UMG", "chair", [Role.CHAIR], TODAY, urgency="Kväll")


@pytest.mark.parametrize("code", ["ANS", "TILLF", "FLYTT", "UTRES"])
def test_an_application_says_that_the_court_decides(code):
    answer = may_decide(code, "committee", TODAY)
    assert answer.allowed and answer.rule.is_application and "Domstolen avgör" in answer.reason_sv


def test_nobody_decides_in_a_role_that_they_do_not_hold():
    with pytest.raises(WrongDecider, match=r"do not hold.*\(SoL 30 kap\. 7 §.*JO dnr 8000-2016\)"):
        check_decider("OMH", "committee", [Role.DIRECTOR], TODAY)


@pytest.mark.parametrize(
    ("provisions", "are_named"),
    [
        (["LVU 6 §"], False),
        (["LVU 6 §", "SoL 2 §"], False),
        (["LVU 6 §", "LVU 22 §"], False),
        (["LVU 14 § 2 st"], False),
        (["LVU 6 §", "LVU 2 §"], True),
        (["LVU 3 § 1 st"], True),
        (["6 § LVU", "2 §  LVU"], True),
        (["3 § 1 st LVU"], True),
    ],
)
def test_the_ground_is_named_among_the_provisions(provisions, are_named):
    if are_named:
        return check_grounds("OMH", provisions, TODAY)
    with pytest.raises(NotReady, match=r"LVU 2 § / LVU 3 §.*\(JO dnr 629-13\)") as error:
        check_grounds("OMH", provisions, TODAY)
    assert error.value.data["missing"] == ["provisions"]


def test_a_type_without_grounds_to_choose_between_names_none():
    check_grounds("UMG", ["LVU 14 § 2 st 1 p"], TODAY)


def test_a_custody_that_names_no_ground_is_neither_handed_over_nor_decided(town):
    decision = town.draft(provisions=["LVU 6 §"])
    with pytest.raises(NotReady, match="JO dnr 629-13"):
        town.run(town.worker, actions.submit, decision)
    decision = town.ready()
    text = {"content": "Barnet omhändertas.", "reasons": "Skälen.", "provisions": ["LVU 6 §"]}
    town.run(town.worker, actions.edit_text, decision, **text)
    for who in (town.worker, town.second):
        town.run(who, actions.approve, decision, text_sha256=town.text(decision))
    with pytest.raises(NotReady, match="JO dnr 629-13"):
        town.run(town.chair, actions.decide, decision, body="chair", urgency="x", text_sha256=town.text(decision))


def false_decider(town, decision, sha256):
    town.run(town.director, actions.decide, decision, body="committee", minutes="§ 1", text_sha256=sha256)


def caseworker(town, decision, sha256):
    object.__setattr__(town.manager.actor, "roles", town.manager.actor.roles | {Role.SOCIAL_WORKER, Role.DIRECTOR})
    town.run(town.manager, actions.decide, decision, body="social_worker", text_sha256=sha256)


def own_text(town, decision, sha256):
    object.__setattr__(town.worker.actor, "roles", town.worker.actor.roles | {Role.CHAIR})
    town.run(town.worker, actions.decide, decision, body="chair", urgency="x", text_sha256=sha256)


def second_account(town, decision, sha256):
    admin = system(town.organisation.pk)
    with acting(admin):
        same_person.mark_same(admin, town.chair.person, town.second.person, reason="Två anställningar")
    town.run(town.chair, actions.decide, decision, body="chair", urgency="x", text_sha256=sha256)


def stale_approval(town, decision, sha256):
    town.run(town.worker, actions.edit_text, decision, content="Annat.", reasons="Andra.", provisions=["LVU 2 §"])
    town.run(town.chair, actions.decide, decision, body="chair", urgency="x", text_sha256=town.text(decision))


def old_reading(town, decision, sha256):
    town.run(town.chair, actions.decide, decision, body="chair", urgency="x", text_sha256="0" * 64)


def ended_delegation(town, decision, sha256):
    with acting(town.registrar.actor):
        for term in Mandate.objects.filter(person=town.member.person):
            actions.end_mandate(town.registrar.actor, term, reason="Lämnat nämnden")
    town.run(town.member, actions.decide, decision, body="committee", minutes="§ 1", text_sha256=sha256)


@pytest.mark.parametrize(
    ("path", "section"),
    [
        (false_decider, "JO dnr 8000-2016"),
        (caseworker, "SoL 30 kap. 7 §"),
        (own_text, "Local routine; FL 31 §"),
        (second_account, "Local routine; FL 31 §"),
        (stale_approval, "Local routine; FL 31 §"),
        (old_reading, "Local routine; FL 31 §"),
        (ended_delegation, "LVU 6 §"),
    ],
)
def test_every_unlawful_path_is_refused_with_what_the_refusal_rests_on(town, path, section):
    decision = town.ready()
    with pytest.raises(DecisionError) as error:
        path(town, decision, town.text(decision))
    assert section in error.value.message
    assert error.value.data["citation"]
    with acting(town.worker.actor):
        assert Decision.objects.get(pk=decision.pk).state in (State.READY, State.HANDLING)


def test_a_second_account_approves_no_text_that_the_first_one_approved(town):
    decision = town.draft()
    town.run(town.worker, actions.submit, decision)
    admin = system(town.organisation.pk)
    with acting(admin):
        same_person.mark_same(admin, town.worker.person, town.second.person, reason="Två anställningar")
    town.run(town.worker, actions.approve, decision, text_sha256=town.text(decision))
    with pytest.raises(DecisionError, match=r"\(Local routine; FL 31 §\)"):
        town.run(town.second, actions.approve, decision, text_sha256=town.text(decision))


def test_a_decision_is_dated_today_and_a_meeting_may_have_been_within_a_week():
    ready = dt.date(2026, 11, 1)
    check_meeting_day(dt.date(2026, 11, 18), ready_on=ready, today=TODAY, decider="committee")
    for day, decider in (
        (dt.date(2026, 11, 22), "committee"),
        (dt.date(2026, 11, 10), "committee"),
        (dt.date(2026, 11, 20), "chair"),
    ):
        with pytest.raises(DecisionError):
            check_meeting_day(day, ready_on=ready, today=TODAY, decider=decider)


@pytest.mark.parametrize(("level", "proposed"), [("low", 0), ("elevated", 1), ("high", 1), ("severe", 1)])
def test_the_threat_picture_of_the_case_proposes_the_level(level, proposed):
    assert protection_for(level).level == proposed


def test_an_unknown_threat_level_fails_loudly():
    with pytest.raises(DecisionError):
        protection_for("mild")


def test_one_person_is_not_two_handlers():
    import uuid

    one, two = uuid.uuid4(), uuid.uuid4()
    assert not handled([(one, "a"), (one, "a")], "a")
    assert not handled([(one, "a"), (two, "b")], "a")
    assert handled([(one, "a"), (two, "a")], "a")


def test_a_decision_that_has_ended_moves_no_more():
    assert moves_from(State.REVOKED) == moves_from(State.REPLACED) == ()
    assert len({(move.source, move.deed) for move in MOVES}) == len(MOVES)
    assert may_move("draft", "decide") is None


def test_the_same_handler_cannot_approve_twice(town):
    decision = town.draft()
    town.run(town.worker, actions.submit, decision)
    town.run(town.worker, actions.approve, decision, text_sha256=town.text(decision))
    with pytest.raises(DecisionError, match="Another handler"):
        town.run(town.worker, actions.approve, decision, text_sha256=town.text(decision))


def test_a_change_of_text_voids_the_approvals(town):
    decision = town.ready()
    assert decision.state == State.READY
    changed = town.run(
        town.worker,
        actions.edit_text,
        decision,
        content="Något annat.",
        reasons="Andra skäl.",
        provisions=["LVU 6 §"],
    )
    assert changed.state == State.HANDLING
    with pytest.raises(WrongState):
        town.run(town.chair, actions.decide, decision, body="chair", urgency="x", text_sha256=town.text(decision))


def test_nobody_approves_or_decides_on_a_text_they_have_not_read(town):
    decision = town.ready()
    with pytest.raises(DecisionError, match="changed while you read"):
        town.run(town.chair, actions.decide, decision, body="chair", urgency="x", text_sha256="0" * 64)


def test_the_director_is_refused_with_the_section(town):
    decision = town.ready()
    with pytest.raises(WrongDecider, match=r"SoL 30 kap\. 7 §"):
        town.run(town.director, actions.decide, decision, body="director", text_sha256=town.text(decision))
    with acting(town.worker.actor):
        assert Decision.objects.get(pk=decision.pk).state == State.READY


def test_a_handler_does_not_decide_what_they_handled(town):
    both = town.worker
    object.__setattr__(both.actor, "roles", both.actor.roles | {Role.CHAIR})
    decision = town.ready()
    with pytest.raises(DecisionError, match="cannot also be one of the handlers"):
        town.run(both, actions.decide, decision, body="chair", urgency="x", text_sha256=town.text(decision))


def test_the_decider_on_record_is_whoever_acts(town):
    decision = town.decided()
    with acting(town.chair.actor):
        (decider,) = decision.persons.filter(part="decider")
        assert decider.person_id == town.chair.person.pk
    assert decision.must_report


def test_what_a_substitute_decided_is_to_be_reported_until_it_is(town):
    decision = town.decided()

    def waiting(who) -> list[str]:
        with acting(who.actor):
            return [row.url for row in todo(who.actor, timezone.now()) if "anmal" in row.url]

    assert waiting(town.worker) == waiting(town.chair) == [f"/beslut/{decision.pk}/anmal"]
    assert waiting(town.registrar) == []
    town.run(town.worker, actions.report_to_meeting, decision, on=timezone.localdate())
    assert waiting(town.worker) == []


def test_a_committee_is_more_than_one_person(town):
    decision = town.ready()
    town.run(
        town.member,
        actions.decide,
        decision,
        body="subcommittee",
        minutes="IFU § 42",
        text_sha256=town.text(decision),
    )
    town.run(town.worker, actions.set_protection, decision, level=0, reasons="Namnen får stå.")
    with pytest.raises(NotReady) as error:
        town.run(town.worker, actions.finalise, decision)
    assert error.value.data["missing"] == ["members"]
    with pytest.raises(DecisionError, match="on record as decider"):
        town.run(town.member, actions.concur, decision)
    town.run(town.chair, actions.concur, decision)
    assert town.run(town.worker, actions.finalise, decision).state == State.ISSUED


def test_a_member_who_finds_a_conflict_afterwards_does_not_count(town):
    decision = town.ready("UMG")
    sha256 = town.text(decision)
    town.run(town.member, actions.decide, decision, body="subcommittee", minutes="IFU § 42", text_sha256=sha256)
    town.run(town.chair, actions.concur, decision)
    town.run(town.worker, actions.set_protection, decision, level=0, reasons="Namnen får stå.")
    town.run(town.chair, actions.declare, decision, conflict=True, ground="conflict_party", facts="Min kusin")
    with pytest.raises(NotReady) as error:
        town.run(town.worker, actions.finalise, decision)
    assert error.value.data["missing"] == ["members"]
    town.run(town.appointed, actions.concur, decision)
    assert town.run(town.worker, actions.finalise, decision).state == State.ISSUED


@pytest.mark.usefixtures("no_scan")
def test_only_those_who_may_decide_it_say_that_a_decision_no_longer_stands(town):
    decision = town.issued(level=0)
    with pytest.raises(WrongDecider, match=r"SoL 30 kap\. 7 §"):
        town.run(town.director, actions.revoke, decision, body="director", reason="x")
    with acting(town.registrar.actor):
        (term,) = Mandate.objects.filter(person=town.member.person, body="committee")
        actions.end_mandate(town.registrar.actor, term, reason="Lämnat nämnden")
        (term,) = Mandate.objects.filter(person=town.member.person, body="subcommittee")
        actions.end_mandate(town.registrar.actor, term, reason="Lämnat nämnden")
    with pytest.raises(WrongDecider, match="has ended"):
        town.run(town.member, actions.revoke, decision, body="committee", reason="x", minutes="§ 1")
    assert town.revoked(decision).state == State.REVOKED


def test_a_social_worker_has_no_door_to_decide(town):
    decision = town.ready()
    with pytest.raises(NotAllowed):
        town.run(town.worker, actions.decide, decision, body="social_worker", text_sha256=town.text(decision))


def test_events_of_a_decision_name_no_actor_and_carry_stand_ins(town):
    decision = town.decided()
    with acting(town.worker.actor):
        events = list(Event.objects.filter(subject_id=decision.pk))
    assert {event.actor_id for event in events} == {None}
    stand_ins = {event.data["by"] for event in events}
    assert len(stand_ins) == 3  # worker, second handler, chair
    assert str(town.chair.person.pk) not in str([event.data for event in events])


def test_a_case_or_a_colleague_of_elsewhere_is_refused(town, make_town):
    other = make_town()
    with pytest.raises(DecisionError):
        town.run(town.worker, actions.draft_decision, type_code="OMH", case=other.case)
    with pytest.raises(DecisionError, match="rapporteur"):
        town.draft(rapporteur=other.worker.person.pk)


def test_a_decision_is_made_once(town):
    decision = town.decided()
    with pytest.raises(WrongState):
        town.run(
            town.appointed,
            actions.decide,
            decision,
            body="appointed_member",
            urgency="x",
            text_sha256=town.text(decision),
        )


def test_a_decision_is_issued_once(town):
    decision = town.issued(level=0)
    with pytest.raises(WrongState):
        town.run(town.worker, actions.finalise, decision)


def test_another_organisation_reaches_no_decision(town, make_town):
    decision, other = town.ready(), make_town()
    for who, action, fields in (
        (other.worker, actions.edit_text, {"content": "x", "reasons": "x", "provisions": ["x"]}),
        (other.worker, actions.approve, {"text_sha256": "0" * 64}),
        (other.chair, actions.decide, {"body": "chair", "text_sha256": "0" * 64}),
        (other.worker, actions.finalise, {}),
    ):
        with pytest.raises(DecisionError, match="no such decision"):
            other.run(who, action, decision, **fields)
