"""Two handlers are two natural persons, impartial, and one experienced where the threat is highest."""

from __future__ import annotations

import datetime as dt

import pytest
from allauth.socialaccount.models import SocialAccount

from decisions.authenticator import Passkey
from decisions.test_pages import login
from factories import colleague
from motkraft.decisions import actions
from motkraft.decisions.models import Decision, Impartiality, SealedRecord
from motkraft.decisions.rules import DecisionError, NotReady, State, WrongDecider, WrongState, open_offline
from motkraft.incidents.models import Case
from motkraft.people import same_person
from motkraft.people.access import Role, acting, system
from motkraft.people.actions import PeopleError, protect
from motkraft.people.models import DetailKind, Membership


def handed_over(town, **fields):
    decision = town.draft(**fields)
    return town.run(town.worker, actions.submit, decision)


def approve(town, who, decision):
    return town.run(who, actions.approve, decision, text_sha256=town.text(decision))


def link(town, one, other):
    admin = system(town.organisation.pk)
    with acting(admin):
        return same_person.mark_same(admin, one.person, other.person, reason="Samma person, två anställningar")


def same_number(town, one, other):
    admin = system(town.organisation.pk)
    with acting(admin):
        for who, number in ((one, "19800101-1239"), (other, "800101-1239")):
            protect(admin, person=who.person, details={DetailKind.PERSONAL_NUMBER: number})


def same_identity(town, one, other):
    for who, claim in ((one, "personalIdentityNumber"), (other, "urn:oid:1.2.752.29.4.13")):
        with acting(who.actor):
            SocialAccount.objects.create(
                user=who.person, provider=claim[:20], uid=who.person.username, extra_data={claim: "198001011239"}
            )


def same_passkey(town, one, other):
    passkey = Passkey()
    passkey.register(one)
    passkey.register(other)


@pytest.mark.parametrize("known", [link, same_number, same_identity, same_passkey])
def test_a_second_account_is_not_a_second_person(town, known):
    known(town, town.worker, town.second)
    decision = handed_over(town)
    approve(town, town.worker, decision)
    with pytest.raises(DecisionError, match="Another handler"):
        approve(town, town.second, decision)
    assert approve(town, town.manager, decision).state == State.READY


def test_a_decider_is_no_handler_under_another_name(town):
    link(town, town.chair, town.second)
    decision = town.ready()
    with pytest.raises(DecisionError, match="cannot also be one of the handlers"):
        town.run(town.chair, actions.decide, decision, body="chair", urgency="x", text_sha256=town.text(decision))


def test_marks_go_from_one_account_to_the_next_and_are_lifted_with_a_reason_by_somebody_else(town):
    first = link(town, town.worker, town.manager)
    link(town, town.manager, town.second)
    with acting(town.worker.actor):
        assert same_person.is_same(town.worker.actor, town.worker.person.pk, [town.second.person.pk])
    boss = colleague(town.organisation, Role.ADMINISTRATOR)
    with acting(boss.actor):
        with pytest.raises(PeopleError):
            same_person.lift_same(boss.actor, first, reason="")
        same_person.lift_same(boss.actor, first, reason="Två syskon")
        assert not same_person.is_same(boss.actor, town.worker.person.pk, [town.second.person.pk])


def test_two_custodians_with_two_accounts_of_one_person_do_not_open(town):
    link(town, town.custodians[0], town.custodians[1])
    decision = town.issued()
    with acting(town.registrar.actor):
        held = SealedRecord.objects.get(decision=decision, kind="original").custodians
    assert len(held) == 2, "one share for the two accounts"
    link(town, town.custodians[1], town.custodians[2])
    with pytest.raises(NotReady):
        town.issued()


def test_the_highest_threat_asks_for_an_experienced_handler(make_town):
    town = make_town("severe")
    admin = system(town.organisation.pk)
    with acting(admin):
        actions.set_policy(
            admin,
            handlers=2,
            experienced_from="severe",
            handlers_sign=False,
            deciders_sign=False,
            reason="Ordinarie",
        )
    decision = handed_over(town)
    approve(town, town.worker, decision)
    assert approve(town, town.second, decision).state == State.HANDLING
    assert "erfaren" in login(town.worker).get(f"/beslut/{decision.pk}").content.decode()
    with acting(admin):
        role = Membership.objects.get(person=town.manager.person)
        same_person.mark_experienced(admin, role, grounds="Femton år i yrket")
    assert approve(town, town.manager, decision).state == State.READY


def test_a_threat_that_rises_after_the_approvals_lets_an_experienced_handler_approve_too(make_town):
    town = make_town("low")
    decision = town.ready()
    with pytest.raises(WrongState):
        approve(town, town.manager, decision)
    admin = system(town.organisation.pk)
    with acting(admin):
        actions.set_policy(
            admin, handlers=2, experienced_from="severe", handlers_sign=False, deciders_sign=False, reason="Övning"
        )
        Case.objects.update(threat_level="severe")
        role = Membership.objects.get(person=town.manager.person, role=Role.MANAGER.value)
        same_person.mark_experienced(admin, role, grounds="Femton år i yrket")
    with pytest.raises(NotReady):
        town.run(town.chair, actions.decide, decision, body="chair", urgency="x", text_sha256=town.text(decision))
    assert login(town.manager).get(f"/beslut/{decision.pk}/godkann").status_code == 200
    assert approve(town, town.manager, decision).state == State.READY
    town.run(town.chair, actions.decide, decision, body="chair", urgency="x", text_sha256=town.text(decision))
    with acting(town.manager.actor):
        assert decision.persons.filter(part="participant", person=town.manager.person).exists()


def test_the_question_of_conflict_is_answered_first_and_a_yes_takes_the_person_out(town):
    decision = handed_over(town)
    with acting(town.second.actor), pytest.raises(NotReady) as unanswered:
        actions.approve(town.second.actor, decision, text_sha256=town.text(decision))
    assert unanswered.value.data["missing"] == ["conflict"]
    approve(town, town.worker, decision)
    decision = approve(town, town.second, decision)
    assert decision.state == State.READY
    with acting(town.second.actor):
        with pytest.raises(NotReady):
            actions.declare(town.second.actor, decision, conflict=True)
        actions.declare(town.second.actor, decision, conflict=True, ground="conflict_party", facts="Min kusin")
        assert Decision.objects.get(pk=decision.pk).state == State.HANDLING, "the approval has fallen"
    with pytest.raises(WrongDecider, match="FL 17 §"):
        approve(town, town.second, decision)
    assert approve(town, town.manager, decision).state == State.READY


def test_whoever_has_a_conflict_writes_and_assesses_no_more_with_any_account(town):
    link(town, town.second, town.manager)
    decision = handed_over(town)
    town.run(town.second, actions.declare, decision, conflict=True, ground="conflict_party", facts="Min kusin")
    for who in (town.second, town.manager):
        with pytest.raises(WrongDecider, match="FL 17 §"):
            town.run(who, actions.edit_text, decision, content="x", reasons="x", provisions=["LVU 6 §"])
        with pytest.raises(WrongDecider, match="FL 17 §"):
            town.run(who, actions.set_protection, decision, level=0, reasons="x")


def test_nobody_assesses_the_own_name_with_a_second_account(town):
    link(town, town.worker, town.manager)
    decision = handed_over(town)
    with acting(town.manager.actor), pytest.raises(DecisionError, match="own name"):
        actions.assess_notice(
            town.manager.actor,
            decision,
            decision.persons.get(part="rapporteur"),
            feared=["threat"],
            facts="x",
            review_on=dt.date(2099, 1, 1),
            contact_channel="x",
        )


def test_a_replaced_rapporteur_is_followed_by_another_and_the_reason_is_sealed(town):
    decision = town.ready()
    who = town.worker.person.pk
    with pytest.raises(NotReady) as unnamed:
        town.run(town.manager, actions.replace_handler, decision, who, reason="Sjuk")
    assert unnamed.value.data["missing"] == ["rapporteur"]
    town.run(town.manager, actions.replace_handler, decision, who, reason="Sjuk", rapporteur=town.manager.person.pk)
    with pytest.raises(DecisionError, match="in your place"):
        approve(town, town.worker, decision)
    assert approve(town, town.manager, decision).state == State.READY
    town.run(town.chair, actions.decide, decision, body="chair", urgency="x", text_sha256=town.text(decision))
    town.assess_all(decision)
    town.run(town.worker, actions.finalise, decision)
    with acting(town.worker.actor):
        rows = Impartiality.objects.filter(decision=decision)
        assert {(row.person_id, row.by_id, row.reason, row.ground) for row in rows} == {(None, None, None, "")}
        record = bytes(SealedRecord.objects.get(decision=decision, kind="trail").record)
    opened = open_offline(record, identities=town.identities[:2]).payload
    assert b"Sjuk" in opened


def test_the_pages_ask_replace_and_show_that_an_approval_fell(town):
    decision = handed_over(town)
    page = f"/beslut/{decision.pk}"
    worker = login(town.worker)
    asked = worker.get(f"{page}/godkann").content.decode()
    assert "FL 18 §" in asked and "FL 16 § 1 st 1 p" in asked
    sha = town.text(decision)
    assert worker.post(f"{page}/godkann", {"text_sha256": sha}).status_code == 422
    assert worker.post(f"{page}/godkann", {"text_sha256": sha, "conflict": "yes"}).status_code == 422
    worker.post(f"{page}/godkann", {"text_sha256": sha, "conflict": "no"})
    town.run(town.worker, actions.edit_text, decision, content="Nytt.", reasons="Nya.", provisions=["LVU 6 §"])
    assert "gäller inte längre" in worker.get(page).content.decode()
    with acting(town.worker.actor):
        actions.declare(town.worker.actor, decision, conflict=True, ground="conflict_other", facts="Granne")
    assert "Ange en ny föredragande" in login(town.manager).get(page).content.decode()
    said = {"person": str(town.worker.person.pk), "reason": "Semester", "rapporteur": str(town.manager.person.pk)}
    assert login(town.manager).post(f"{page}/ersatt", said).status_code == 302
    shown = worker.get(page).content.decode()
    assert "Jäv" in shown and "Ange en ny föredragande" not in shown
