"""The page docs/formats/log.md shows a whole example; here it is held to its word."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import rfc8785

from motkraft.decisions.rules import publication_from_receipt, verify_log, witnessed
from motkraft.errors import MotkraftError
from motkraft.tlog import AddCheckpoint, VerifierKey, add_cosignatures, errors, open_checkpoint
from motkraft.tlog.errors import TlogError
from motkraft.tlog.policy import Policy
from motkraft.tlog.proof import TlogProof, verify_proof
from tlog import vectors

PAGE_OF_WITNESS = Path(__file__).parents[2] / "docs" / "formats" / "witness.md"
PAGE = (Path(__file__).parents[2] / "docs" / "formats" / "log.md").read_text(encoding="utf-8")


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{re.escape(language)}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


def _block(language: str) -> str:
    (block,) = _blocks(language)
    return block


RECEIPT, POLICY = _block("tlog-proof"), _block("policy")
ENTRY = bytes.fromhex(_block("entry").strip())


def test_the_entry_is_the_salted_commitment_of_the_event() -> None:
    event = _block("json").removesuffix("\n").encode()

    assert rfc8785.dumps(json.loads(event)) == event
    assert hashlib.sha256(bytes.fromhex(_block("salt").strip()) + event).digest() == ENTRY


def test_the_receipt_holds_under_the_policy_as_the_page_says() -> None:
    found = verify_proof(RECEIPT, ENTRY, Policy.parse(POLICY))

    assert (found.origin, found.index, found.size) == ("motkraft.example/log/1480", 3, 7)
    assert (found.quorum, len(found.cosigned_by)) == ("two-of-three", 2)


def test_the_python_lines_of_the_page_print_the_root() -> None:
    code = next(block for block in _blocks("python") if "def node" in block)
    printed = io.StringIO()

    with contextlib.redirect_stdout(printed):
        exec(code, {})

    root_line = TlogProof.parse(RECEIPT).checkpoint.split("\n")[2]
    assert printed.getvalue().strip() == root_line


@pytest.mark.skipif(
    not all(map(shutil.which, ("sh", "openssl", "xxd", "base64"))), reason="openssl or xxd is not installed"
)
def test_the_shell_lines_of_the_page_verify_entry_and_signature(tmp_path: Path) -> None:
    outputs = [
        subprocess.run(["sh", "-c", block], cwd=tmp_path, capture_output=True, check=True, text=True).stdout
        for block in _blocks("sh")
    ]

    assert outputs[0].split()[0] == ENTRY.hex()
    assert "Verified Successfully" in outputs[1]


def test_every_code_that_the_page_names_exists() -> None:
    known = {
        each.code for each in vars(errors).values() if isinstance(each, type) and issubclass(each, TlogError)
    }

    named = set(re.findall(r"`(tlog\.[a-z]+\.[a-z-]+)`", PAGE))
    assert named
    assert named <= known


def test_no_two_errors_share_a_code() -> None:
    classes = [
        each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, TlogError)
    ]

    assert len({each.code for each in classes}) == len(classes)


def test_the_witness_page_shows_a_request_and_the_answer_that_it_gets() -> None:
    page = PAGE_OF_WITNESS.read_text(encoding="utf-8")
    request, line, keys = (
        re.search(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL).group(1)
        for language in ("add-checkpoint", "cosignature", "vkey")
    )
    log, unit = map(VerifierKey.parse, keys.splitlines())
    asked = AddCheckpoint.parse(request)
    opened = open_checkpoint(asked.checkpoint + line, log.name, [log], [unit])

    assert str(asked) == request
    assert (asked.old_size, opened.checkpoint.size) == (3, 5)
    assert [signature.timestamp for signature in opened.cosignatures] == [1790000000]
    for place in range(len(line) - 2):  # no flipped character of the answer passes
        flipped = line[:place] + ("A" if line[place] != "A" else "B") + line[place + 1 :]
        with pytest.raises(TlogError):
            add_cosignatures(asked.checkpoint, flipped, [unit])


def test_every_code_that_the_witness_page_names_exists() -> None:
    known = {each.code for each in vars(errors).values() if isinstance(each, type) and issubclass(each, TlogError)}
    named = set(re.findall(r"`(tlog\.[a-z.-]+)`", PAGE_OF_WITNESS.read_text(encoding="utf-8")))

    assert named and named <= known


def _of_receipt(language: str) -> str:
    page = (PAGE_OF_WITNESS.parent / "receipt.md").read_text(encoding="utf-8")
    return re.search(rf"^```{language}\n(.*?)^```$", page, re.MULTILINE | re.DOTALL).group(1)


def test_the_receipt_page_shows_a_receipt_that_two_of_three_witnesses_stand_behind() -> None:
    publication = publication_from_receipt(_of_receipt("tlog-proof"), "", _of_receipt("policy"))
    state, logged = verify_log(publication)
    told = witnessed(publication, logged)

    assert (state, logged.index, publication.public_id) == ("logged", 3, "7K3MZ9QXW2T4B8HN")
    assert (len(told.names), told.of, told.needed, told.holds) == (2, 3, 2, True)


def test_a_changed_byte_of_the_receipt_page_s_receipt_is_refused() -> None:
    receipt, policy = _of_receipt("tlog-proof").encode(), _of_receipt("policy")
    for place in range(0, len(receipt), 11):
        changed = receipt[:place] + bytes([receipt[place] ^ 1]) + receipt[place + 1 :]
        try:
            found = publication_from_receipt(changed, "", policy)
        except (TlogError, MotkraftError):
            continue
        state, logged = verify_log(found)
        held = witnessed(found, logged) if state == "logged" else None
        assert held is None or not held.holds, place


def _told(case: dict[str, str]) -> dict[str, object]:
    try:
        found = publication_from_receipt(case["text"], "", case["policy"])
    except MotkraftError as error:
        return {"error": error.code}
    state, logged = verify_log(found)
    if logged is None or state != "logged":
        return {"log_state": state}
    seen = witnessed(found, logged)
    return {
        "log_state": state,
        "index": logged.index,
        "witnesses": len(seen.names) if seen else 0,
        "quorum_holds": seen.holds if seen else None,
    }


@pytest.mark.parametrize("case", vectors.cases("receipt/good"))
def test_a_receipt_of_a_decision_says_what_its_vector_says(case: dict[str, str]) -> None:
    assert _told(case) == case["says"]


@pytest.mark.parametrize("case", vectors.cases("receipt/bad"))
def test_a_bad_receipt_of_a_decision_is_refused_as_its_vector_says(case: dict[str, str]) -> None:
    assert _told(case) == case["refused"]
