"""What somebody tries who runs a log of their own, or who holds a genuine receipt and may write it anew."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import random
from pathlib import Path

import pytest
import rfc8785

from motkraft.decisions.rules import DecisionError, publication_from_receipt, verify_log
from motkraft.tlog import TlogError, TlogProof
from motkraft.tlog.checkpoint import Checkpoint, open_checkpoint
from motkraft.tlog.cosign import add_cosignatures, cosign
from motkraft.tlog.errors import MalformedCheckpoint, MalformedNote, UnknownLog, UnverifiedNote
from motkraft.tlog.log import Log
from motkraft.tlog.note import NoteSigner, sign_note
from motkraft.tlog.policy import Policy
from motkraft.tlog.proof import verify_proof
from motkraft.tlog.store import TileStore
from motkraft.tlog.tree import leaf_hash
from tlog.keys import ORIGIN, signer, witness

SALT = bytes(range(32))
HOME, OTHER = ORIGIN, "motkraft.example/log/0114"


def event(organisation: str = "1480") -> dict[str, object]:
    digest = hashlib.sha256(b"notice").hexdigest()
    data = dict.fromkeys(("notice_sha256", "commitment", "certificate_sha256"), digest)
    data |= {"public_id": "7K3MZ9QXW2T4B8HN", "type": "OMH", "decided_on": str(dt.date(2026, 11, 2))}
    return {"type": "decision.issued", "organisation": organisation, "data": data}


def receipt(told: dict[str, object], by: NoteSigner) -> str:
    """A receipt of an event in a log of one entry."""
    entry = hashlib.sha256(SALT + rfc8785.dumps(told)).digest()
    checkpoint = sign_note(str(Checkpoint(by.name, 1, leaf_hash(entry))), by)
    return str(TlogProof(0, (), checkpoint, rfc8785.dumps({"event": told, "salt": SALT.hex()})))


def judged(text: str, *trusted: NoteSigner) -> str:
    policy = "".join(f"log {each.verifier}\n" for each in trusted) + "quorum none\n"
    return verify_log(publication_from_receipt(text, "", policy))[0]


def test_one_organisation_s_log_vouches_for_no_other_s_decision() -> None:
    """A reader may trust both logs; only the own one says what an organisation decided."""
    home, other = signer(HOME), signer(OTHER)
    assert judged(receipt(event("1480"), home), home, other) == "logged"
    assert judged(receipt(event("0114"), other), home, other) == "logged"
    assert judged(receipt(event("1480"), other), home, other) == "failed"
    for organisation in (None, 1480, "", "log/1480", ["1480"]):
        assert judged(receipt(event() | {"organisation": organisation}, home), home) == "failed"


@pytest.mark.parametrize(
    "name",
    [
        "mоtkraft.example/log/1480",  # a Cyrillic o
        "motkraft.example/log/１480",
        "motkraft.example/log/1480\u200b",
        "\u202emotkraft.example/log/1480",
        "motkraft.example/log/1480/",
        "Motkraft.example/log/1480",
        "motkraft.example\u2215log/1480",
    ],
)
def test_a_log_whose_name_looks_alike_is_another_log(name: str) -> None:
    home, alike = signer(HOME), NoteSigner(name, bytes(32))
    forged = receipt(event(), alike)
    assert judged(forged, home) == "failed"
    with pytest.raises(UnknownLog):
        verify_proof(forged, hashlib.sha256(SALT + rfc8785.dumps(event())).digest(), _policy(home))
    # Under the true name, with the false name's key or signature.
    checkpoint = str(Checkpoint(HOME, 1, bytes(32)))
    with pytest.raises(UnverifiedNote):
        open_checkpoint(sign_note(checkpoint, alike), HOME, [home.verifier])


def _policy(*trusted: NoteSigner) -> Policy:
    return Policy.parse("".join(f"log {each.verifier}\n" for each in trusted) + "quorum none\n")


def test_lines_after_the_root_change_nothing_and_cannot_be_added_later() -> None:
    """A log may sign further lines: they are neither a second root nor a signature, and a witness signs them too."""
    home, unit = signer(HOME), witness()
    root, false = hashlib.sha256(b"root").digest(), hashlib.sha256(b"false").digest()
    lines = (HOME, "9", base64.b64encode(false).decode(), f"— {unit.name} AAAA")
    signed = sign_note(str(Checkpoint(HOME, 3, root, lines)), home)
    cosigned = add_cosignatures(signed, str(cosign(signed, unit, 1_700_000_000)), [unit.verifier]).text
    opened = open_checkpoint(cosigned, HOME, [home.verifier], [unit.verifier])
    assert (opened.checkpoint.size, opened.checkpoint.root, opened.checkpoint.extensions) == (3, root, lines)
    assert [each.name for each in opened.cosignatures] == [unit.name]
    plain = sign_note(str(Checkpoint(HOME, 3, root)), home)
    (body, signatures) = plain.split("\n\n")
    for changed in (
        f"{body}\nmore\n\n{signatures}",
        f"{body}\n\n\n{signatures}",
        f"{body}\n\n— a AAAAAAAA\n\n{signatures}",
        f"{HOME}\n9\n{base64.b64encode(false).decode()}\n\n{plain}",
        f"{plain}{signatures.replace(HOME, OTHER)}\n",
    ):
        with pytest.raises(TlogError):
            open_checkpoint(changed, HOME, [home.verifier])


def test_a_checkpoint_of_an_empty_line_or_a_second_spelling_is_malformed() -> None:
    root = base64.b64encode(bytes(32)).decode()
    for size in ("03", "+3", "3 ", "３", "٣", "0x3", "9223372036854775808"):
        with pytest.raises(MalformedCheckpoint):
            Checkpoint.parse(f"{HOME}\n{size}\n{root}\n")
    for other in (root[:-2] + "B=", root.rstrip("="), root + "=", f" {root}", root.replace("A", "-", 1)):
        with pytest.raises(MalformedCheckpoint):
            Checkpoint.parse(f"{HOME}\n3\n{other}\n")
    with pytest.raises(MalformedNote):
        open_checkpoint(sign_note(str(Checkpoint(HOME, 3, bytes(32))), signer()).replace("\n", "\r\n"), HOME, [])


def test_what_a_receipt_carries_has_one_spelling_and_no_depth() -> None:
    home = signer()
    proof = TlogProof.parse(receipt(event(), home))
    good = proof.extra.decode()
    assert judged(str(proof), home) == "logged"
    twice = good.replace('"organisation":"1480"', '"organisation":"0114","organisation":"1480"')
    spaced, escaped = good.replace('":"', '": "', 1), good.replace("OMH", "\\u004fMH")
    deep = '{"event":' + "[" * 100_000 + "]" * 100_000 + ',"salt":""}'
    nested = json.dumps({"event": event(), "salt": ""}).replace('"OMH"', "[" * 900 + "]" * 900)
    half = good.replace("OMH", "\\ud800")
    for extra in (twice, spaced, escaped, deep, nested, half, "NaN", "[]", "{}", '{"event":1}'):
        changed = TlogProof(proof.index, proof.hashes, proof.checkpoint, extra.encode())
        with pytest.raises((DecisionError, TlogError)):
            publication_from_receipt(str(changed), "", f"log {home.verifier}\nquorum none\n")


def test_every_flipped_byte_of_a_receipt_is_refused(tmp_path: Path) -> None:
    """One bit of each byte, under a policy that asks for the witness: else a stranger's signature is passed over."""
    home, unit, dice = signer(), witness(), random.Random(20)
    entries = [hashlib.sha256(b"%d" % number).digest() for number in range(5)]
    log = Log(TileStore(tmp_path), home)
    log.append(entries)
    signed = (tmp_path / "checkpoint").read_text()
    cosigned = add_cosignatures(signed, str(cosign(signed, unit, 1_700_000_000)), [unit.verifier]).text
    whole = log.proof(3, checkpoint=cosigned).encode()
    policy = Policy.parse(f"log {home.verifier}\nwitness w {unit.verifier}\nquorum w\n")
    assert verify_proof(whole, entries[3], policy).index == 3
    for place in range(len(whole)):
        changed = bytearray(whole)
        changed[place] ^= 1 << dice.randrange(8)
        with pytest.raises(TlogError):
            verify_proof(bytes(changed), entries[3], policy)
