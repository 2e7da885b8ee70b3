"""Witnesses in the ledger: asked after each signing, answering others, and never two trees of one size."""

from __future__ import annotations

import datetime as dt
import json
import os
import signal
import threading
import uuid
from collections.abc import Callable, Iterator

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from factories import Colleague, colleague, organisation
from motkraft.ledger import actions, queries
from motkraft.ledger.actions import witnesses as asking
from motkraft.ledger.models import Event, Log, SplitView, Witness, WitnessedLog
from motkraft.ledger.rules import LedgerBroken, WitnessRejected, ask_again_at, event_type, policy_text
from motkraft.people.access import Actor, NotAllowed, Role, acting
from motkraft.tlog import AddCheckpoint, NoteSigner, Policy, TileStore, VerifierKey, verify_proof
from motkraft.tlog import Log as SignedLog
from motkraft.tlog import Witness as Cosigner
from motkraft.tlog.serving import FileWitnessState, witness_server
from tlog.keys import entries, signer, witness

event_type("test.happened", sv="Hände", en="Happened")
OTHER = "other.example/log/9"


def happen(actor: Actor, number: int = 1) -> None:
    with acting(actor):
        for n in range(number):
            actions.append(actor, "test.happened", data={"n": n}, subject_kind="thing")
    actions.publish(actor.organisation_id)


def run(actor: Actor, action: Callable, *args, **fields):
    with acting(actor):
        return action(actor, *args, **fields)


def prefix(of: Actor) -> str:
    return f"http://localhost/witness/{actions.organisation_code(of.organisation_id)}"


def over_http(url: str, body: str) -> tuple[int, str]:
    """Ask one of our own witnesses, through every layer that a request from outside goes through."""
    answer = Client().post(url.removeprefix("http://localhost"), body.encode(), content_type="text/plain")
    return answer.status_code, answer.content.decode()


def acquaint(log: Actor, witness: Actor) -> Witness:
    """One organisation asks another to cosign, and the other agrees."""
    with acting(witness):
        name = actions.organisation_code(witness.organisation_id)
        key = str(actions.witness_key(name).verifier)
    added = run(log, actions.add_witness, name=f"Vittne {name}", verifier_key=key, url=prefix(witness))
    with acting(log):
        vkey = actions.log_of(log).verifier_key
    run(witness, actions.add_log, name="Grannen", verifier_key=vkey)
    return added


@pytest.fixture
def town(db) -> Actor:
    return colleague(organisation(), Role.ADMINISTRATOR).actor


@pytest.fixture
def others(db) -> list[Actor]:
    return [colleague(organisation(), Role.ADMINISTRATOR).actor for _ in range(3)]


def test_two_of_three_organisations_cosign_and_the_receipt_says_so(town, others):
    for other in others:
        acquaint(town, other)
    happen(town, 3)
    away = prefix(others[2])
    asked = []

    def ask(url: str, body: str) -> tuple[int, str]:
        asked.append(url)
        if url.startswith(away):
            raise TimeoutError
        return over_http(url, body)

    actions.cosign(town.organisation_id, ask=ask)
    with acting(town):
        told, found = queries.cosigned(town), queries.verify(town)
        rows = {row.name: row for row in queries.witnesses(town)}
        event = Event.objects.filter(organisation_id=town.organisation_id, index=1).get()
        receipt, policy = queries.receipt(town, event), queries.policy(town)
    assert (told.count, told.witnesses, told.holds) == (2, 3, True)
    assert (len(found.cosigned_by), found.quorum_holds, found.cosigned_size) == (2, True, found.events)
    assert sorted(row.problem for row in rows.values()) == ["", "", "away"]
    assert len(verify_proof(receipt, bytes(event.entry), Policy.parse(policy)).cosigned_by) == 2

    actions.cosign(town.organisation_id, ask=ask)
    assert len(asked) == 3, "who has cosigned is not asked again, and who is away not at once"
    actions.cosign(town.organisation_id, ask=over_http, now=timezone.now() + dt.timedelta(minutes=2))
    with acting(town):
        assert queries.cosigned(town).count == 3


def test_a_receipt_keeps_to_what_the_quorum_has_cosigned_until_the_newest_is(town, others):
    for other in others[:2]:
        acquaint(town, other)
    happen(town)
    actions.cosign(town.organisation_id, ask=over_http)
    happen(town, 5)
    with acting(town):
        first = Event.objects.get(organisation_id=town.organisation_id, index=0)
        last = Event.objects.filter(organisation_id=town.organisation_id).order_by("-index").first()
        policy = Policy.parse(queries.policy(town))
        assert len(policy.verify(queries.receipt(town, first).partition("\n\n")[2]).cosigned_by) == 2
        assert queries.receipt(town, last).count("— ") == 1
    actions.cosign(town.organisation_id, ask=over_http)
    with acting(town):
        assert queries.receipt(town, last).count("— ") == 3


def test_an_answer_that_comes_after_the_log_has_grown_is_still_remembered(town, others):
    acquaint(town, others[0])
    run(town, actions.set_quorum, 1)
    happen(town)

    def slow(url: str, body: str) -> tuple[int, str]:
        answer = over_http(url, body)
        happen(town, 2)
        return answer

    actions.cosign(town.organisation_id, ask=slow)
    with acting(town):
        told = queries.cosigned(town)
        assert (told.count, told.holds) == (1, True)
        assert told.size < Log.objects.get(organisation_id=town.organisation_id).size
    actions.cosign(town.organisation_id, ask=over_http)
    with acting(town):
        assert queries.cosigned(town).size == Log.objects.get(organisation_id=town.organisation_id).size


@pytest.mark.parametrize(
    ("answer", "problem"),
    [
        ((200, "ok\n"), "bad_answer"),
        ((200, str(witness("x").sign("x\n1\nx\n", 1))), "bad_answer"),
        ((404, ""), "unknown_here"),
        ((403, ""), "unknown_here"),
        ((409, "0\n"), "bad_answer"),  # that is what it was told
        ((409, "999999\n"), "ahead"),
        ((409, "many\n"), "bad_answer"),
        ((422, ""), "refused"),
        ((500, ""), "away"),
        ((302, ""), "away"),
    ],
)
def test_what_a_witness_answers_wrong_adds_nothing_and_is_told(town, others, answer, problem):
    acquaint(town, others[0])
    happen(town)
    before = actions.signed_log(actions.organisation_code(town.organisation_id)).checkpoint()
    actions.cosign(town.organisation_id, ask=lambda _url, _body: answer)
    with acting(town):
        (row,) = queries.witnesses(town)
        assert (row.problem, row.failures) == (problem, 1)
        assert bool(queries.todo(town, timezone.now())) is (problem in ("bad_answer", "ahead", "refused"))
        assert not queries.cosigned(town).names
    assert actions.signed_log(actions.organisation_code(town.organisation_id)).checkpoint() == before


def test_a_real_server_is_asked_over_http_and_one_that_is_gone_is_away(town, tmp_path):
    happen(town)
    with acting(town):
        log = Log.objects.get(organisation_id=town.organisation_id)
    state = FileWitnessState(tmp_path / "state")
    key = VerifierKey.parse(log.verifier_key)
    unit = Cosigner(witness("unit.example/w"), {log.origin: [key]}, state, lambda: 1_790_000_000)
    server = witness_server(unit, ("127.0.0.1", 0), state.keep)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    run(town, actions.add_witness, name="Enheten", verifier_key=str(unit._signer.verifier), url=address)
    actions.cosign(town.organisation_id)
    with acting(town):
        assert queries.cosigned(town).names == ("Enheten",)
    server.shutdown()
    server.server_close()
    thread.join()
    happen(town)
    actions.cosign(town.organisation_id)
    with acting(town):
        assert queries.witnesses(town)[0].problem == "away"


def test_a_log_that_does_not_continue_what_witnesses_saw_does_not_verify(town, others, tmp_path):
    acquaint(town, others[0])
    happen(town, 4)
    actions.cosign(town.organisation_id, ask=over_http)
    other = SignedLog(
        TileStore(tmp_path / "other"), actions.signed_log(actions.organisation_code(town.organisation_id))._signer
    )
    other.append(entries(2))
    line = actions.witness_key(actions.organisation_code(others[0].organisation_id)).sign(
        other.checkpoint().partition("\n\n")[0] + "\n", 1_790_000_000
    )
    with acting(town):
        Log.objects.filter(organisation_id=town.organisation_id).update(cosigned=other.checkpoint() + str(line))
        with pytest.raises(LedgerBroken, match="what witnesses have cosigned"):
            queries.verify(town)


# -- as a witness


def other_log(folder, count: int, first: int = 0) -> SignedLog:
    log = SignedLog(TileStore(folder), signer(OTHER))
    log.append(entries(count, first))
    return log


@pytest.fixture
def cosigning(town) -> Actor:
    run(town, actions.add_log, name="Grannen", verifier_key=str(signer(OTHER).verifier))
    return town


def ask(of: Actor, body: str) -> tuple[int, str]:
    return over_http(prefix(of) + "/add-checkpoint", body)


def test_a_split_view_is_refused_kept_and_shown_and_nobody_can_remove_it(cosigning, tmp_path):
    here, there = other_log(tmp_path / "a", 7), other_log(tmp_path / "b", 7, 1)
    assert ask(cosigning, here.witness_request(0))[0] == 200
    for _twice in range(2):
        assert ask(cosigning, there.witness_request(7))[0] == 422
    with acting(cosigning):
        (kept,) = queries.split_views(cosigning)
        assert (kept.is_proven, kept.size) == (True, 7)
        alone = Policy.parse(policy_text(str(signer(OTHER).verifier), [], 2))
        shown = (kept.cosigned, AddCheckpoint.parse(kept.refused).checkpoint)
        assert len({alone.verify(each).checkpoint.root for each in shown}) == 2
        assert [item.reference for item in queries.todo(cosigning, timezone.now())] == [OTHER]
        assert Event.objects.filter(type="witnessed_log.split").count() == 1
        for statement in ("DELETE FROM ledger_splitview", "UPDATE ledger_splitview SET is_proven = false"):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)
    assert ask(cosigning, here.witness_request(7))[0] == 200


def test_a_tree_that_does_not_follow_is_kept_and_explained_when_a_good_proof_comes(cosigning, tmp_path):
    log = other_log(tmp_path, 3)
    ask(cosigning, log.witness_request(0))
    log.append(entries(5, 3))
    good = AddCheckpoint.parse(log.witness_request(3))
    assert ask(cosigning, str(AddCheckpoint(3, good.proof[:-1], good.checkpoint)))[0] == 422
    with acting(cosigning):
        assert [(row.is_proven, row.is_explained) for row in queries.split_views(cosigning)] == [(False, False)]
        assert queries.todo(cosigning, timezone.now()) == []
    assert ask(cosigning, str(good))[0] == 200
    with acting(cosigning):
        assert [row.is_explained for row in queries.split_views(cosigning)] == [True]


def test_doubts_that_anyone_can_raise_crowd_out_no_proof(cosigning, tmp_path, monkeypatch):
    monkeypatch.setattr(asking, "MOST_SPLITS", 1)
    here, there = other_log(tmp_path / "a", 3), other_log(tmp_path / "b", 7, 1)
    ask(cosigning, here.witness_request(0))
    true, fork = here.append(entries(4, 3)), there.checkpoint()
    for checkpoint in (fork, true):  # a bad proof goes along with both: doubts, of which one is kept
        assert ask(cosigning, str(AddCheckpoint(3, (bytes(32),), checkpoint)))[0] == 422
    assert ask(cosigning, here.witness_request(3))[0] == 200
    for _twice in range(2):  # the very tree that was doubted is now proven to be another history
        assert ask(cosigning, there.witness_request(7))[0] == 422
    with acting(cosigning):
        assert sorted(row.is_proven for row in queries.split_views(cosigning)) == [False, True]


def test_the_answers_have_the_status_and_type_of_the_specification(cosigning, tmp_path):
    log = other_log(tmp_path, 3)
    path = f"/witness/{actions.organisation_code(cosigning.organisation_id)}/add-checkpoint"
    answer = Client().post(path, log.witness_request(0), content_type="application/octet-stream")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; charset=utf-8")
    answer = Client().post(path, log.witness_request(0), content_type="text/plain")
    assert (answer.status_code, answer["Content-Type"], answer.content) == (409, "text/x.tlog.size", b"3\n")
    assert Client().post(path, "old x", content_type="text/plain").status_code == 400
    forged = SignedLog(TileStore(tmp_path / "forged"), NoteSigner(OTHER, bytes(32)))
    forged.append(entries(3))
    assert Client().post(path, forged.witness_request(3), content_type="text/plain").status_code == 403
    unknown = SignedLog(TileStore(tmp_path / "unknown"), signer("who.example/log"))
    unknown.append(entries(3))
    assert Client().post(path, unknown.witness_request(0), content_type="text/plain").status_code == 404
    assert Client().post(path, b"x" * 2_100_000, content_type="text/plain").status_code == 413
    assert Client().get(path).status_code == 405
    assert Client().post("/witness/nobody/add-checkpoint", "x", content_type="text/plain").status_code == 404


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_witnessedlog SET size = 2",
        "UPDATE ledger_witnessedlog SET root = repeat('0', 64)",
        "UPDATE ledger_witnessedlog SET size = NULL",
        "UPDATE ledger_witnessedlog SET origin = 'x'",
        "DELETE FROM ledger_witnessedlog",
    ],
)
def test_the_database_lets_nobody_make_a_witness_forget(cosigning, tmp_path, statement):
    ask(cosigning, other_log(tmp_path, 3).witness_request(0))
    with acting(cosigning), pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_a_log_that_is_taken_up_again_is_remembered(cosigning, tmp_path):
    log = other_log(tmp_path, 3)
    ask(cosigning, log.witness_request(0))
    with acting(cosigning):
        actions.end_log(cosigning, WitnessedLog.objects.get(origin=OTHER))
    assert ask(cosigning, log.witness_request(3))[0] == 404
    run(cosigning, actions.add_log, name="Igen", verifier_key=str(signer(OTHER).verifier))
    assert ask(cosigning, log.witness_request(0))[:2] == (409, "3\n")


# -- killed, and two at once


@pytest.fixture
def committed(django_db_blocker) -> Iterator[Actor]:
    """A witness whose rows are committed, for all connections to see."""
    with django_db_blocker.unblock():
        actor = colleague(organisation(code=uuid.uuid4().hex[:8]), Role.ADMINISTRATOR).actor
        run(actor, actions.add_log, name="Grannen", verifier_key=str(signer(OTHER).verifier))
        yield actor
        connection.close()


@pytest.mark.parametrize("committed_first", [False, True])
def test_killed_before_the_answer_leaves_it_never_signs_two_trees_of_one_size(committed, tmp_path, committed_first):
    here, there = other_log(tmp_path / "a", 4), other_log(tmp_path / "b", 4, 1)
    connection.close()
    child = os.fork()
    if child == 0:  # the worker that is killed
        if not committed_first:
            advance = asking._Rows.advance
            asking._Rows.advance = lambda *of: (advance(*of), os.kill(os.getpid(), signal.SIGKILL))
        actions.respond(committed.organisation_id, here.witness_request(0).encode())
        os.kill(os.getpid(), signal.SIGKILL)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == -signal.SIGKILL
    other = actions.respond(committed.organisation_id, there.witness_request(0).encode())
    if committed_first:  # it may have answered: it remembers
        assert (other.status, other.body) == (409, "4\n")
        assert actions.respond(committed.organisation_id, there.witness_request(4).encode()).split.is_proven
        assert actions.respond(committed.organisation_id, here.witness_request(4).encode()).status == 200
    else:  # nothing left the house: the other tree is the first that it signs
        assert other.status == 200
        assert actions.respond(committed.organisation_id, here.witness_request(4).encode()).status == 422


def test_of_two_histories_at_once_one_is_cosigned(committed, tmp_path):
    trees = [other_log(tmp_path / str(first), 4, first) for first in range(4)]
    gate = threading.Barrier(len(trees))
    told: list[int] = []

    def at_once(log: SignedLog) -> None:
        gate.wait(10)
        told.append(actions.respond(committed.organisation_id, log.witness_request(0).encode()).status)
        connection.close()

    threads = [threading.Thread(target=at_once, args=[log]) for log in trees]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == [200, 409, 409, 409]


# -- who may, and what may be entered


def test_only_an_administrator_keeps_the_lists(others):
    worker = colleague(organisation(), Role.SOCIAL_WORKER).actor
    with pytest.raises(NotAllowed):
        run(worker, actions.add_log, name="x", verifier_key=str(signer(OTHER).verifier))
    with pytest.raises(NotAllowed):
        run(worker, actions.set_quorum, 1)


def test_keys_of_the_wrong_kind_own_keys_and_plain_http_are_refused(town):
    code = actions.organisation_code(town.organisation_id)
    good = str(witness("unit.example/w").verifier)
    with acting(town):
        own_log, own_key = actions.log_of(town).verifier_key, str(actions.witness_key(code).verifier)
    for key, url, field in [
        ("nonsense", "https://unit.example/w", "verifier_key"),
        (str(signer(OTHER).verifier), "https://unit.example/w", "verifier_key"),
        (own_key, "https://unit.example/w", "verifier_key"),
        (good, "http://unit.example/w", "url"),
        (good, "ftp://localhost/w", "url"),
        (good, "https:///w", "url"),
        (good, "https://unit.example/w?x=", "url"),
        (good, "https://unit.example/w#", "url"),
        (good, "https://somebody@unit.example/w", "url"),
    ]:
        with pytest.raises(WitnessRejected) as error:
            run(town, actions.add_witness, name="x", verifier_key=key, url=url)
        assert error.value.data["field"] == field
    for key in (own_log, good, "x"):
        with pytest.raises(WitnessRejected):
            run(town, actions.add_log, name="x", verifier_key=key)


def test_waiting_doubles_up_to_an_hour():
    now = timezone.now()
    assert ask_again_at(None, 0) is None and ask_again_at(now, 0) is None
    waits = [(ask_again_at(now, failures) - now).total_seconds() / 60 for failures in (1, 2, 3, 7, 99)]
    assert waits == [1, 2, 4, 60, 60]


# -- the page


def pages(who: Colleague) -> Client:
    client = Client()
    client.force_login(who.person)
    return client


def test_the_administrator_enters_a_witness_and_a_log_and_ends_them(db):
    who = colleague(organisation(), Role.ADMINISTRATOR)
    client = pages(who)
    empty = client.get(reverse("witnesses"))
    assert empty.status_code == 200
    key = str(witness("unit.example/w").verifier)
    fields = {"name": "Enheten", "verifier_key": key, "url": "https://unit.example/w"}
    wrong = client.post(reverse("witness_new"), {**fields, "verifier_key": "fel"})
    assert wrong.status_code == 422 and "https://unit.example/w" in wrong.content.decode()
    assert client.post(reverse("witness_new"), fields).status_code == 302
    fields = {"name": "Grannen", "verifier_key": str(signer(OTHER).verifier)}
    assert client.post(reverse("witnessed_log_new"), fields).status_code == 302
    assert client.post(reverse("witness_quorum"), {"quorum": 3}).status_code == 302
    shown = client.get(reverse("witnesses")).content.decode()
    assert "Enheten" in shown and OTHER in shown
    with acting(who.actor):
        row, log = Witness.objects.get(), WitnessedLog.objects.get()
    assert client.get(reverse("witness_end", args=[row.pk])).status_code == 200
    client.post(reverse("witness_end", args=[row.pk]))
    client.post(reverse("witnessed_log_end", args=[log.pk]))
    assert "Enheten" not in client.get(reverse("witnesses")).content.decode()
    outsider = pages(colleague(organisation(), Role.ADMINISTRATOR))
    assert outsider.get(reverse("witness_end", args=[row.pk])).status_code == 404
    assert pages(colleague(organisation(), Role.MANAGER)).get(reverse("witnesses")).status_code == 404


def test_a_split_view_is_loud_on_the_page_and_its_evidence_can_be_fetched(db, tmp_path):
    who = colleague(organisation(), Role.ADMINISTRATOR)
    run(who.actor, actions.add_log, name="Grannen", verifier_key=str(signer(OTHER).verifier))
    ask(who.actor, other_log(tmp_path / "a", 2).witness_request(0))
    ask(who.actor, other_log(tmp_path / "b", 2, 1).witness_request(2))
    client = pages(who)
    assert 'role="alert"' in client.get(reverse("witnesses")).content.decode()
    assert OTHER in client.get("/").content.decode()
    with acting(who.actor):
        split = SplitView.objects.get()
    kept = json.loads(client.get(reverse("split_view", args=[split.pk])).content)
    assert kept["is_proven"] and kept["cosigned"] != kept["refused"]
    outsider = pages(colleague(organisation(), Role.ADMINISTRATOR))
    assert outsider.get(reverse("split_view", args=[split.pk])).status_code == 404


def test_the_trust_policy_is_public(town, others):
    acquaint(town, others[0])
    code = actions.organisation_code(town.organisation_id)
    policy = Policy.parse(Client().get(f"/log/{code}/policy").content)
    assert (len(policy.logs), len(policy.witnesses), policy.quorum) == (1, 1, "quorum-of-1")
    assert Client().get("/log/nobody/policy").status_code == 404
