"""Opening a sealed record: two custodians, in time, and nothing that opens it is ever kept."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from decisions.shares import give, share_file
from motkraft.decisions import actions, queries
from motkraft.decisions.models import OpeningApproval, SealedRecord
from motkraft.decisions.rules import DecisionError, NotReady, share_offline
from motkraft.ledger.actions import publish
from motkraft.ledger.models import Event
from motkraft.people.access import NotAllowed, acting
from motkraft.sealing import SealedRecord as Sealed
from motkraft.sealing import SealingError, generate_custodian, recovery_words, scan


@pytest.fixture
def asked(no_scan, town):
    decision = town.issued()
    publish(town.organisation.pk)
    request, identity = town.run(
        town.registrar,
        actions.request_opening,
        decision,
        legal_basis="court",
        reason="Rätten begär originalet.",
    )
    return town, decision, request, identity


def test_one_custodian_is_not_enough(asked):
    town, _decision, request, identity = asked
    give(town, request, 0)
    with pytest.raises(NotReady, match="2 custodians are needed and 1"):
        town.run(town.registrar, actions.open_records, request, identity=identity)


def test_two_custodians_open_the_committed_original_with_its_names(asked):
    town, decision, request, identity = asked
    give(town, request, 0)
    give(town, request, 2)
    opened = town.run(town.registrar, actions.open_records, request, identity=identity)
    with acting(town.registrar.actor):
        row = SealedRecord.objects.get(decision=decision, kind="original")
        kinds = list(Event.objects.filter(subject_id=decision.pk).order_by("sequence").values_list("type", flat=True))
    assert opened["original"].commitment.digest.hex() == row.commitment
    assert {leak.term for leak in scan(opened["original"].payload, town.names)} == {0, 1, 2}
    assert kinds[-4:] == ["opening.requested", "opening.approved", "opening.approved", "opening.opened"]


def test_nothing_is_opened_before_the_log_has_signed_what_was_committed_to(no_scan, town):
    decision = town.issued()
    fields = {"legal_basis": "court", "reason": "Rätten begär originalet."}
    request, identity = town.run(town.registrar, actions.request_opening, decision, **fields)
    for number in (0, 1):
        give(town, request, number)
    with pytest.raises(NotReady, match="Try again in a minute"):
        town.run(town.registrar, actions.open_records, request, identity=identity)
    publish(town.organisation.pk)
    assert town.run(town.registrar, actions.open_records, request, identity=identity)["original"].payload


def test_the_same_custodian_counts_once(asked):
    town, _decision, request, _identity = asked
    give(town, request, 0)
    with pytest.raises(DecisionError, match="given your share already"):
        give(town, request, 0)


def test_a_custodian_may_give_the_share_that_was_opened_offline(asked):
    town, decision, request, identity = asked
    with acting(town.registrar.actor):
        records = {row.kind: Sealed.from_json(bytes(row.record)) for row in decision.records.all()}
    who = town.custodians[1]
    words = {kind: share_offline(record.to_json(), town.identities[1]) for kind, record in records.items()}
    town.run(who, actions.approve_opening, request, given=words["original"], given_for_trail=words["trail"])
    give(town, request, 0)
    assert town.run(town.registrar, actions.open_records, request, identity=identity)["original"].payload


@pytest.mark.parametrize(
    "given", ["", "not a share", "{}", "AGE-SECRET-KEY-1QQQ", "own key", "own sheet", "# token\nAGE-PLUGIN-YUBI"]
)
def test_no_key_is_taken_not_even_the_right_one_and_nothing_is_kept(asked, given):
    """Two keys that reached the running server would open every record."""
    town, _decision, request, _identity = asked
    if given == "own key":
        given = f"# a key file\n{town.identities[0].lower()}\n"
    is_key = "age-" in given.lower() or given == "own sheet"
    if given == "own sheet":
        given = recovery_words(town.identities[0])
    with pytest.raises((DecisionError, SealingError)) as refused:
        town.run(town.custodians[0], actions.approve_opening, request, given=given, given_for_trail=given)
    assert ("a key belongs on no server" in str(refused.value)) == is_key
    assert town.identities[0].lower() not in str(refused.value).lower()
    with acting(town.registrar.actor):
        assert not OpeningApproval.objects.exists()


def test_another_persons_share_is_not_mine(asked):
    town, _decision, request, _identity = asked
    with pytest.raises(DecisionError, match="another custodian"):
        town.run(town.custodians[0], actions.approve_opening, request, given=share_file(town, request, 1))


def test_after_its_time_a_request_opens_nothing_and_its_shares_are_erased(asked):
    town, _decision, request, identity = asked
    give(town, request, 0)
    give(town, request, 1)
    late = share_file(town, request, 2)
    with time_machine.travel(timezone.now() + dt.timedelta(hours=9)):
        with pytest.raises(DecisionError, match="time for this request has run out"):
            town.run(town.registrar, actions.open_records, request, identity=identity)
        with pytest.raises(SealingError, match="run out"):
            give(town, request, 2)
        with pytest.raises(DecisionError, match="run out"):
            town.run(town.custodians[2], actions.approve_opening, request, given=late)
        assert town.run(town.registrar, actions.erase_expired) == 2
    with acting(town.registrar.actor):
        assert not OpeningApproval.objects.exclude(shares=None).exists()


def test_a_closed_request_opens_nothing(asked):
    town, _decision, request, identity = asked
    give(town, request, 0)
    give(town, request, 1)
    town.run(town.registrar, actions.close_opening, request)
    with pytest.raises(DecisionError, match="closed"):
        town.run(town.registrar, actions.open_records, request, identity=identity)


def test_the_server_alone_cannot_open_even_when_enough_shares_are_there(asked):
    town, _decision, request, _identity = asked
    give(town, request, 0)
    give(town, request, 1)
    someone, _recipient = generate_custodian()
    with pytest.raises(DecisionError, match="does not hold the key"):
        town.run(town.registrar, actions.open_records, request, identity=someone)


def test_no_identity_is_ever_stored(asked):
    town, _decision, request, identity = asked
    give(town, request, 0)
    everything = b"".join(path.read_bytes() for path in settings.MOTKRAFT_FOLDERS.root.rglob("*") if path.is_file())
    assert b"AGE-SECRET-KEY" not in everything
    with acting(town.registrar.actor):
        rows = str([row.__dict__ for row in OpeningApproval.objects.all()]) + str(request.__dict__)
    assert "AGE-SECRET-KEY" not in rows and identity not in rows


def test_only_a_registrar_asks_and_only_a_custodian_gives(asked):
    town, decision, request, _identity = asked
    with pytest.raises(NotAllowed):
        town.run(town.chair, actions.request_opening, decision, legal_basis="court", reason="x")
    with pytest.raises(NotAllowed):
        town.run(town.chair, actions.approve_opening, request, given=share_file(town, request, 0))


def test_another_organisation_finds_no_such_request(asked, make_town):
    town, decision, request, _identity = asked
    other = make_town()
    with pytest.raises(DecisionError):
        other.run(other.registrar, actions.request_opening, decision, legal_basis="court", reason="x")
    with pytest.raises(DecisionError):
        other.run(other.custodians[0], actions.approve_opening, request, given=share_file(town, request, 0))


def test_a_reason_and_a_basis_are_needed(asked):
    town, decision, _request, _identity = asked
    with pytest.raises(NotReady) as error:
        town.run(town.registrar, actions.request_opening, decision, legal_basis="curiosity", reason=" ")
    assert error.value.data["missing"] == ["legal_basis", "reason"]


def test_the_third_custodian_is_not_asked_when_two_have_given(asked):
    town, _decision, request, _identity = asked
    who = town.custodians[2].actor
    with acting(who):
        assert [item.reference for item in queries.todo(who, timezone.now())] == [request.reference]
    give(town, request, 0)
    give(town, request, 1)
    with acting(who):
        assert queries.todo(who, timezone.now()) == []
    with acting(town.registrar.actor):
        assert request.reference in [item.reference for item in queries.todo(town.registrar.actor, timezone.now())]
