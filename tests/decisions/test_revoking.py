"""A decision that no longer stands: revoked by as many as may decide it, or replaced; and a rapporteur's own answer."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from decisions.authenticator import ORIGIN, RP_ID, Passkey
from decisions.shares import give
from decisions.test_pages import login
from motkraft.decisions import actions, queries
from motkraft.decisions.actions.revoking import text_to_revoke
from motkraft.decisions.actions.sign_off import Assertion, to_sign
from motkraft.decisions.models import Decision, SealedRecord, SignOff
from motkraft.decisions.rules import DecisionError, NotReady, State, WrongDecider, text_sha256
from motkraft.decisions.rules.sign_off import REVOKER, check_trail
from motkraft.ledger.actions import publish
from motkraft.ledger.models import Event
from motkraft.people.access import acting, system
from motkraft.sealing.sign_off import SignOffRejected

pytestmark = pytest.mark.usefixtures("no_scan")
BY_COMMITTEE = {"body": "subcommittee", "reason": "Skälen finns inte kvar.", "minutes": "IFU § 9"}


def state(town, decision) -> str:
    with acting(town.worker.actor):
        return Decision.objects.get(pk=decision.pk).state


def sign_for_all(town) -> None:
    """The policy asks for passkeys again."""
    admin = system(town.organisation.pk)
    with acting(admin):
        actions.set_policy(
            admin, handlers=2, experienced_from="", handlers_sign=False, deciders_sign=True, reason="Övning"
        )


def signed(town, who, decision, passkey, *, reason: str, minutes: str = "", **said) -> Assertion:
    """What the browser of a member gives for a revocation."""
    with acting(who.actor):
        row = Decision.objects.get(pk=decision.pk)
        text = text_sha256(text_to_revoke(row, reason=reason, minutes=minutes))
        wanted = to_sign(who.actor, row, part=REVOKER, text=text, **said)
    return Assertion(wanted, passkey.sign(wanted), RP_ID, ORIGIN)


def test_one_member_alone_does_not_revoke_what_a_committee_decides(town):
    decision = town.issued()
    with pytest.raises(NotReady) as refused:
        town.run(town.member, actions.revoke, decision, body="subcommittee", reason="x")
    assert refused.value.data["missing"] == ["minutes"]
    with pytest.raises(NotReady, match="awaited"):
        town.run(town.chair, actions.revoke, decision, body="chair", reason="x")
    with pytest.raises(WrongDecider, match=r"SoL 30 kap\. 7 §"):
        town.run(town.director, actions.revoke, decision, body="director", reason="x")
    town.run(town.member, actions.revoke, decision, **BY_COMMITTEE)
    assert state(town, decision) == State.ISSUED and queries.published(decision.public_id).status == "issued"
    with pytest.raises(DecisionError, match="already"):
        town.run(town.member, actions.confirm_revocation, decision)
    with pytest.raises(WrongDecider):
        town.run(town.director, actions.confirm_revocation, decision)
    waits = {}
    for who in (town.appointed, town.member):
        with acting(who.actor):
            waits[who.person.pk] = [item.what for item in queries.todo(who.actor, timezone.now())]
    what = "Bekräfta att beslutet upphävs"
    assert what in waits[town.appointed.person.pk] and what not in waits[town.member.person.pk]
    assert "Bekräfta" in login(town.appointed).get(f"/beslut/{decision.pk}").content.decode()
    town.run(town.appointed, actions.confirm_revocation, decision)
    assert state(town, decision) == State.REVOKED and queries.published(decision.public_id).status == "revoked"
    assert "upphävt" in Client().get(f"/kontrollera/{decision.public_id}").content.decode()


def test_who_revoked_is_sealed_and_can_be_proven(town):
    decision = town.issued()
    town.run(town.member, actions.revoke, decision, **BY_COMMITTEE)
    town.run(town.appointed, actions.confirm_revocation, decision)
    with acting(town.worker.actor):
        assert not SignOff.objects.filter(decision=decision).exists()
        row = SealedRecord.objects.get(decision=decision, kind="revocation")
        event = Event.objects.get(subject_id=decision.pk, type="decision.revoked")
        assert not Event.objects.filter(subject_id=decision.pk).exclude(actor_id=None).exists()
    assert event.data["records"] == {"revocation": row.sha256}
    publish(town.organisation.pk)
    asked, identity = town.run(
        town.registrar, actions.request_opening, decision, legal_basis="court", reason="Rätten frågar."
    )
    for number in (0, 2):
        give(town, asked, number)
    opened = town.run(town.registrar, actions.open_records, asked, identity=identity)
    found = check_trail(opened["revocation"].payload)
    assert [line.name for line in found.sign_offs] == [str(town.member.person.name), str(town.appointed.person.name)]
    assert all(line.is_of_this_text and line.part == REVOKER for line in found.sign_offs)
    assert check_trail(opened["revocation"].payload, opened["original"].payload).original == "same"
    assert found.text["reason"] == BY_COMMITTEE["reason"]


def test_a_new_decision_takes_the_place_of_the_old_one_with_a_reason(town):
    old = town.issued(level=0)
    worker = login(town.worker)
    assert worker.get(f"/beslut/{old.pk}/nytt-i-stallet").status_code == 200
    assert worker.post(f"/beslut/{old.pk}/nytt-i-stallet", {"reason": " "}).status_code == 422
    answer = worker.post(f"/beslut/{old.pk}/nytt-i-stallet", {"reason": "Fel paragraf."})
    assert answer.status_code == 302
    with acting(town.worker.actor):
        new = Decision.objects.get(replaces=old)
        assert (new.content, new.state, new.approvals.count()) == (old.content, State.DRAFT, 0)
    assert state(town, old) == State.ISSUED, "the old one stands until the new one is issued"
    with pytest.raises(DecisionError, match="same type"):
        town.draft("PLAC", replaces=old, reason="x")
    town.revoked(old)
    for who in (town.worker, town.second):
        if who is town.worker:
            town.run(who, actions.submit, new)
        town.run(who, actions.approve, new, text_sha256=town.text(new))
    with pytest.raises(DecisionError, match="no longer stands"):
        town.run(town.chair, actions.decide, new, body="chair", urgency="K", text_sha256=town.text(new))


def test_a_siblings_draft_takes_the_text_along_and_nothing_else(town):
    decision = town.ready()
    worker, address = login(town.worker), f"/beslut/{decision.pk}/kopiera"
    refused = worker.post(address, {"case": town.case.reference})
    assert refused.status_code == 422 and "annat ärende" in refused.content.decode()
    assert worker.post(address, {"case": "2026-119"}).status_code == 302
    with acting(town.worker.actor):
        made = Decision.objects.get(case__reference="2026-119")
        assert (made.content, made.reasons, made.provisions) == (
            decision.content,
            decision.reasons,
            decision.provisions,
        )
        assert (made.state, made.approvals.count(), made.sign_offs.count()) == (State.DRAFT, 0, 0)


def test_a_rapporteur_who_does_not_approve_answers_about_conflict_of_interest_first(town):
    decision = town.draft(rapporteur=town.manager.person.pk)
    town.run(town.worker, actions.submit, decision)
    for who in (town.worker, town.second):
        town.run(who, actions.approve, decision, text_sha256=town.text(decision))
    given = {"body": "chair", "urgency": "I kväll.", "text_sha256": town.text(decision)}
    with pytest.raises(NotReady, match="FL") as refused:
        town.run(town.chair, actions.decide, decision, **given)
    assert refused.value.data["missing"] == ["conflict"]
    manager = login(town.manager)
    assert "jäv" in manager.get(f"/beslut/{decision.pk}").content.decode()
    assert login(town.second).get(f"/beslut/{decision.pk}/jav").status_code == 404
    said = {"conflict": "no", "text_sha256": town.text(decision)}
    assert manager.post(f"/beslut/{decision.pk}/jav", said).status_code == 302
    assert town.run(town.chair, actions.decide, decision, **given).state == State.DECIDED


def test_each_member_signs_the_reason_with_a_passkey(town):
    decision = town.issued(level=0)
    sign_for_all(town)
    keys = {who.person.pk: Passkey().register(who) for who in (town.member, town.appointed)}
    with pytest.raises(NotReady) as refused:
        town.run(town.member, actions.revoke, decision, **BY_COMMITTEE)
    assert refused.value.data["missing"] == ["passkey"]
    given = signed(town, town.member, decision, keys[town.member.person.pk], **BY_COMMITTEE)
    with pytest.raises(SignOffRejected):
        town.run(town.member, actions.revoke, decision, **BY_COMMITTEE | {"reason": "Annat."}, assertion=given)
    town.run(town.member, actions.revoke, decision, **BY_COMMITTEE, assertion=given)
    with pytest.raises(NotReady):
        town.run(town.appointed, actions.confirm_revocation, decision)
    given = signed(town, town.appointed, decision, keys[town.appointed.person.pk], **BY_COMMITTEE)
    town.run(town.appointed, actions.confirm_revocation, decision, assertion=given)
    assert state(town, decision) == State.REVOKED
    with acting(town.worker.actor):
        assert SignOff.objects.filter(decision=decision, part=REVOKER, method="passkey").count() == 2
