"""Three witnesses as processes over HTTP, and three logs: one grows, one forgets, one tells two stories."""

from __future__ import annotations

import http.client
import json
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from motkraft.tlog import (
    AddCheckpoint,
    Log,
    Policy,
    TileStore,
    TlogError,
    VerifierKey,
    Witness,
    add_cosignatures,
    sign_note,
    verify_proof,
)
from motkraft.tlog.checkpoint import Checkpoint
from motkraft.tlog.errors import InvalidSignature, LogCorrupt, QuorumNotMet, UnverifiedNote
from motkraft.tlog.note import NoteSigner
from motkraft.tlog.serving import FileWitnessState
from tlog.keys import entries, signer, witness

ORIGINS = ("north.example/log/1", "south.example/log/2", "east.example/log/3")
WITNESSES = ("unit.example/w", "neighbour.example/w", "third.example/w")
COMMAND = [sys.executable, "-m", "motkraft.cli", "witness", "serve", "--port", "0"]


@dataclass
class Running:
    """A witness that answers on a port of this machine."""

    key: VerifierKey
    port: int
    process: subprocess.Popen[str]
    state: Path

    def ask(self, body: str) -> tuple[int, str, str]:
        """Post a request; status, body and content type of the answer."""
        return post(self.port, body)


def post(port: int, body: str, path: str = "/add-checkpoint") -> tuple[int, str, str]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        connection.request("POST", path, body.encode())
        answer = connection.getresponse()
        return answer.status, answer.read().decode(), answer.headers["Content-Type"]
    finally:
        connection.close()


SCRIPT = Path(__file__).with_name("witness_process.py")


def start_bare(name: str, state: Path, how: str = "stays") -> subprocess.Popen[str]:
    """The same server without the command around it, which starts sooner."""
    keys = [str(signer(each).verifier) for each in ORIGINS]
    paths = f"{SCRIPT.parents[1]}:{SCRIPT.parents[2] / 'src'}"
    command = [sys.executable, str(SCRIPT), name, str(state), how, *keys]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={"PYTHONPATH": paths})


def start(name: str, folder: Path) -> subprocess.Popen[str]:
    """`motkraft witness serve`, as another municipality runs it."""
    folder.mkdir()
    (folder / "key").write_text(witness(name).encode() + "\n")
    (folder / "logs").write_text("# whom we cosign\n" + "".join(f"{signer(each).verifier}\n" for each in ORIGINS))
    options = ["--key", folder / "key", "--logs", folder / "logs", "--state", folder / "state"]
    return subprocess.Popen([*COMMAND, *map(str, options)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture(scope="module")
def three(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Running]]:
    folder = tmp_path_factory.mktemp("witnesses")
    started = [start(WITNESSES[0], folder / "0")]
    started += [start_bare(name, folder / str(number) / "state") for number, name in enumerate(WITNESSES[1:], 1)]
    running = []
    for number, (name, process) in enumerate(zip(WITNESSES, started, strict=True)):
        assert process.stdout
        port = int(re.search(r":(\d+)\s*$", process.stdout.readline()).group(1))
        running.append(Running(witness(name).verifier, port, process, folder / str(number) / "state"))
    yield running
    for process in started:
        process.kill()
        process.wait()


def new_log(origin: str, folder: Path, count: int, first: int = 0) -> Log:
    log = Log(TileStore(folder), signer(origin))
    log.append(entries(count, first))
    return log


def cosigned(log: Log, witnesses: list[Running], old: int = 0) -> str:
    """Ask each witness, and publish what it answers."""
    for each in witnesses:
        status, body, _kind = each.ask(log.witness_request(old))
        assert status == 200, body
        log.add_cosignatures(body, [each.key])
    return log.checkpoint()


def policy(origin: str) -> Policy:
    lines = [f"log {signer(origin).verifier}"]
    lines += [f"witness w{number} {witness(name).verifier}" for number, name in enumerate(WITNESSES)]
    return Policy.parse("\n".join([*lines, "group two 2 w0 w1 w2", "quorum two", ""]))


def test_two_of_three_make_a_receipt_that_holds_offline_and_one_does_not(three: list[Running], tmp_path: Path):
    log = new_log(ORIGINS[0], tmp_path, 5)
    cosigned(log, three[:1])
    with pytest.raises(QuorumNotMet):
        verify_proof(log.proof(3), entries(5)[3], policy(ORIGINS[0]))
    cosigned(log, three[1:2])  # the third is away, and nothing waits for it
    found = verify_proof(log.proof(3), entries(5)[3], policy(ORIGINS[0]))
    assert [each.key_name for each in found.cosigned_by] == ["unit.example/w", "neighbour.example/w"]
    log.append(entries(300, 5))
    cosigned(log, three[:2], old=5)
    status, body, kind = three[2].ask(log.witness_request(5))  # it comes back, and has not seen 5
    assert (status, body, kind) == (409, "0\n", "text/x.tlog.size")
    cosigned(log, three[2:])
    assert len(verify_proof(log.proof(200), entries(305)[200], policy(ORIGINS[0])).cosigned_by) == 3


def test_a_log_that_forgets_is_refused_and_is_not_believed_when_it_grows_another_way(
    three: list[Running], tmp_path: Path
):
    log = new_log(ORIGINS[1], tmp_path / "before", 8)
    cosigned(log, three)
    restored = new_log(ORIGINS[1], tmp_path / "restored", 5)
    assert three[0].ask(restored.witness_request(5))[:2] == (409, "8\n")
    restored.append(entries(6, 50))  # another history, as long and longer
    for each in three:
        assert each.ask(restored.witness_request(8))[0] == 422
    (evidence,) = three[0].state.glob("unproven-*.json")
    kept = json.loads(evidence.read_text())
    assert (kept["is_proven"], kept["origin"]) == (False, ORIGINS[1])
    cosigned(log, three, old=8)  # the true one is still cosigned
    assert FileWitnessState(three[0].state).latest(ORIGINS[1]).size == 8


def test_a_log_that_shows_two_histories_of_one_size_is_proven_by_its_own_signatures(
    three: list[Running], tmp_path: Path
):
    shown_here, shown_there = (new_log(ORIGINS[2], tmp_path / str(first), 7, first) for first in (0, 1))
    cosigned(shown_here, three[:1])
    cosigned(shown_there, three[1:2])  # each alone sees nothing wrong
    assert three[0].ask(shown_there.witness_request(7))[0] == 422
    (evidence,) = [path for path in three[0].state.glob("split-*.json") if ORIGINS[2] in path.read_text()]
    kept = json.loads(evidence.read_text())
    assert kept["is_proven"] is True
    key = signer(ORIGINS[2]).verifier
    first, second = kept["cosigned"], AddCheckpoint.parse(kept["refused"]).checkpoint
    alone = Policy.parse(f"log {key}\nquorum none\n")
    assert len({alone.verify(one).checkpoint.root for one in (first, second)}) == 2
    for shown in (shown_here, shown_there):  # neither reaches the quorum
        with pytest.raises(QuorumNotMet):
            policy(ORIGINS[2]).verify(shown.checkpoint())


def test_a_witness_that_lies_or_stammers_adds_nothing(tmp_path: Path):
    log = new_log(ORIGINS[0], tmp_path, 4)
    unit = witness(WITNESSES[0])
    other = new_log(ORIGINS[0], tmp_path / "other", 3)
    elsewhere = str(unit.sign(other.checkpoint().partition("\n\n")[0] + "\n", 1_790_000_000))
    with pytest.raises(InvalidSignature):  # it signed another tree than the one it was asked about
        add_cosignatures(log.checkpoint(), elsewhere, [unit.verifier])
    stranger = str(NoteSigner("x", bytes(32), 4).sign(log.checkpoint().partition("\n\n")[0] + "\n", 1_790_000_000))
    with pytest.raises(UnverifiedNote):
        add_cosignatures(log.checkpoint(), stranger, [unit.verifier])
    for noise in ("", "ok\n", "<html></html>\n", "— a b\n" * 200):
        with pytest.raises(TlogError):
            add_cosignatures(log.checkpoint(), noise, [unit.verifier])
    assert log.checkpoint().count("— ") == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ("", 400),
        ("old 0\n", 400),
        ("old 00\n\nx\n", 400),
        ("old 9\n\n{checkpoint}", 400),  # more than the checkpoint has
        ("old 0\n\n{forged}", 403),
        ("old 0\n\n{flipped}", 403),
        ("old 0\n\n{unknown}", 404),
        ("old 3\n\n{checkpoint}", 409),
        ("old 0\n" + "A" * 43 + "=\n\n{checkpoint}", 422),  # a proof from nothing
        ("old 0\n\n{empty}", 422),  # an empty tree with a made-up root
    ],
)
def test_what_is_wrong_gets_the_status_of_the_specification(tmp_path: Path, body: str, status: int):
    origin = ORIGINS[0]
    key = signer(origin)
    root = b"\1" * 32
    fresh = "west.example/log/4"
    texts = {
        "checkpoint": sign_note(str(Checkpoint(origin, 5, root)), key),
        "forged": sign_note(str(Checkpoint(origin, 5, root)), NoteSigner(origin, bytes(32))),
        "flipped": sign_note(str(Checkpoint(origin, 5, root)), key).replace("\n5\n", "\n6\n"),
        "unknown": sign_note(str(Checkpoint(fresh, 5, root)), signer(fresh)),
        "empty": sign_note(str(Checkpoint(origin, 0, root)), key),
    }
    assert alone(tmp_path, origin).respond(body.format(**texts)).status == status


def alone(state: Path, origin: str) -> Witness:
    """A witness of one log, in this process."""
    return Witness(witness(WITNESSES[0]), {origin: [signer(origin).verifier]}, FileWitnessState(state), lambda: 9)


def test_over_http_another_path_and_a_body_that_is_too_long_are_turned_away(three: list[Running]):
    assert post(three[0].port, "x", "/other")[0] == 404
    connection = http.client.HTTPConnection("127.0.0.1", three[0].port, timeout=10)
    connection.putrequest("POST", "/add-checkpoint")
    connection.putheader("Content-Length", str(10**9))
    connection.endheaders()
    assert connection.getresponse().status == 413
    connection.close()


def test_killed_between_storing_and_answering_it_never_signs_another_tree_of_that_size(tmp_path: Path):
    log = new_log(ORIGINS[0], tmp_path / "log", 6)
    fork = new_log(ORIGINS[0], tmp_path / "fork", 6, 1)
    state = tmp_path / "state"
    process = start_bare(WITNESSES[0], state, "dies")
    assert process.stdout
    port = int(process.stdout.readline().strip()[1:])
    with pytest.raises((ConnectionError, http.client.HTTPException)):
        post(port, log.witness_request(0))
    assert process.wait(10) == -9

    again = alone(state, ORIGINS[0])
    assert again.respond(fork.witness_request(0)).body == "6\n"  # 409: it remembers
    assert again.respond(fork.witness_request(6)).split.is_proven
    assert again.respond(log.witness_request(6)).status == 200  # and the lost cosignature can be asked for again


def test_a_damaged_memory_cosigns_nothing(tmp_path: Path):
    log = new_log(ORIGINS[0], tmp_path / "log", 3)
    unit = alone(tmp_path, ORIGINS[0])
    assert unit.respond(log.witness_request(0)).status == 200
    (kept,) = tmp_path.glob("log-*.json")
    kept.write_text(kept.read_text()[:20])
    with pytest.raises(LogCorrupt):
        FileWitnessState(tmp_path).latest(ORIGINS[0])
    assert unit.respond(log.witness_request(0)).status == 500
