"""What the command promises to those who have a file, a receipt or a share, and no database and no network."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
import rfc8785
from click.testing import Result
from typer.testing import CliRunner

from motkraft.cli import verify as _commands
from motkraft.cli.frame import app
from motkraft.errors import MotkraftError
from motkraft.ledger.rules import commitment, policy_text
from motkraft.sealing import Signer, eseal, generate_test_authority, seal, verify_pdf
from motkraft.tlog import COSIGNATURE, Log, NoteSigner, TileStore, TlogProof, cosign, generate
from sealing.conftest import pdf_of

ORIGINAL = "Beslutet med namn, påhittat: Birgitta Sandgren-Demo.".encode()
ORIGIN = "motkraft.example/log/1480"

Run = Callable[..., Result]


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Run:
    """Call the command; the database must not be asked for."""

    def unwanted(*_args: object, **_values: object) -> None:
        raise AssertionError("the database was asked for")

    monkeypatch.setattr("motkraft.cli.verify.database", unwanted)
    return lambda *arguments: CliRunner().invoke(app, [str(each) for each in arguments])


def refusal(result: Result) -> str:
    """The one line with which the command refused."""
    assert isinstance(result.exception, MotkraftError), (result.exception, result.output)
    return result.exception.message


# --- custodians ------------------------------------------------------------------------------------------------


@dataclass
class Sealed:
    """A record sealed to two custodians, as files."""

    folder: Path
    record: Path
    keys: list[Path]


@pytest.fixture
def sealed(run: Run, tmp_path: Path) -> Sealed:
    """Two custodians make their keys with the command; a record is sealed to both."""
    keys = [tmp_path / f"custodian{number}.txt" for number in (1, 2)]
    recipients = {path.stem: run("custodian", "new", path).output.strip() for path in keys}
    record = tmp_path / "record.json"
    record.write_bytes(seal(ORIGINAL, recipients, 2, record_id="B-2026-0001").to_json())
    return Sealed(tmp_path, record, keys)


def test_a_new_key_is_read_by_its_owner_only_and_never_overwritten(run: Run, sealed: Sealed):
    key = sealed.keys[0]
    before = key.read_bytes()
    assert key.stat().st_mode & 0o077 == 0
    assert "never overwritten" in refusal(run("custodian", "new", key))
    assert key.read_bytes() == before


def test_two_custodians_open_with_their_keys(run: Run, sealed: Sealed):
    target = sealed.folder / "original"
    first, second = sealed.keys
    said = run("custodian", "open", sealed.record, "--identity", first, "--identity", second, "-o", target)
    assert said.exit_code == 0, said.output
    assert target.read_bytes() == ORIGINAL
    assert target.stat().st_mode & 0o077 == 0


def test_two_custodians_open_with_shares_and_no_key_leaves_its_owner(run: Run, sealed: Sealed):
    target, files = sealed.folder / "original", []
    for key in sealed.keys:
        said = run("custodian", "share", sealed.record, "--identity", key)
        assert said.exit_code == 0, said.output
        assert len(said.stdout.split()) == 33
        assert "AGE-SECRET-KEY" not in said.output
        files.append(key.with_suffix(".share"))
        files[-1].write_text(said.stdout)
    said = run("custodian", "open", sealed.record, "--share", files[0], "--share", files[1], "-o", target)
    assert said.exit_code == 0, said.output
    assert target.read_bytes() == ORIGINAL


def test_a_share_and_a_key_of_two_custodians_open_together(run: Run, sealed: Sealed):
    words, target = sealed.folder / "words", sealed.folder / "original"
    words.write_text(run("custodian", "share", sealed.record, "--identity", sealed.keys[0]).stdout.upper())
    said = run("custodian", "open", sealed.record, "--share", words, "--identity", sealed.keys[1], "-o", target)
    assert said.exit_code == 0, said.output
    assert target.read_bytes() == ORIGINAL


def test_one_custodian_alone_opens_nothing(run: Run, sealed: Sealed):
    target = sealed.folder / "original"
    said = run("custodian", "open", sealed.record, "--identity", sealed.keys[0], "-o", target)
    assert isinstance(said.exception, MotkraftError)
    assert not target.exists()


def test_opening_without_any_custodian_says_what_to_give(run: Run, sealed: Sealed):
    assert "--identity" in refusal(run("custodian", "open", sealed.record, "-o", sealed.folder / "original"))


def test_a_strangers_key_has_no_share(run: Run, sealed: Sealed):
    stranger = sealed.folder / "stranger.txt"
    run("custodian", "new", stranger)
    assert "belongs to no custodian" in refusal(run("custodian", "share", sealed.record, "--identity", stranger))


def test_a_file_without_a_key_is_named(run: Run, sealed: Sealed):
    empty = sealed.folder / "empty.txt"
    empty.write_text("# nothing here\n")
    assert f"{empty} holds 0 keys" in refusal(run("custodian", "share", sealed.record, "--identity", empty))


def test_words_that_are_no_share_open_nothing(run: Run, sealed: Sealed):
    words, target = sealed.folder / "words", sealed.folder / "original"
    words.write_text("thirty three words that are no share")
    said = run("custodian", "open", sealed.record, "--share", words, "--identity", sealed.keys[1], "-o", target)
    assert isinstance(said.exception, MotkraftError), said.exception
    assert not target.exists()


def test_a_damaged_record_gives_no_share(run: Run, sealed: Sealed):
    sealed.record.write_bytes(sealed.record.read_bytes()[:-20])
    assert isinstance(run("custodian", "share", sealed.record, "--identity", sealed.keys[0]).exception, MotkraftError)


# --- a notice and its receipt --------------------------------------------------------------------------------------


@dataclass
class Issued:
    """A sealed notice with its receipt, as files, and the log's key."""

    folder: Path
    notice: Path
    receipt: Path
    log_key: str


@pytest.fixture(scope="module")
def issued(tmp_path_factory: pytest.TempPathFactory) -> Issued:
    """A notice that was sealed today and stands second in a signed log."""
    folder, now = tmp_path_factory.mktemp("issued"), dt.datetime.now(dt.UTC)
    signer = Signer.from_pkcs12(generate_test_authority(now=now).issue_eseal("Exempelkommun", now=now))
    notice = eseal(pdf_of(), signer, reason="Underrättelse", now=now)
    event = {
        "type": "decision.issued",
        "organisation": "1480",
        "data": {
            "public_id": "0123456789ABCDEF",
            "type": "OMH",
            "decided_on": "2026-11-21",
            "notice_sha256": hashlib.sha256(notice).hexdigest(),
            "commitment": "00" * 32,
            "certificate_sha256": verify_pdf(notice, now=now).certificate_sha256,
        },
    }
    salt = bytes(range(32))
    secret, public = generate(ORIGIN)
    log = Log(TileStore(folder / "log"), NoteSigner.parse(secret))
    log.append([b"an earlier event", commitment(salt, rfc8785.dumps(event))])
    receipt = log.proof(1, extra=rfc8785.dumps({"event": event, "salt": salt.hex()}))
    (folder / "notice.pdf").write_bytes(notice)
    (folder / "notice.tlog-proof").write_text(receipt)
    return Issued(folder, folder / "notice.pdf", folder / "notice.tlog-proof", public)


def checked(run: Run, notice: Path, receipt: Path, key: str) -> tuple[int, dict[str, object]]:
    """Exit status and facts of a verification with a receipt."""
    said = run("verify", notice, "--receipt", receipt, "--log-key", key, "--json")
    assert said.exception is None or isinstance(said.exception, SystemExit), said.exception
    return said.exit_code, json.loads(said.stdout)


def test_a_notice_verifies_with_its_receipt_and_no_database(run: Run, issued: Issued):
    status, facts = checked(run, issued.notice, issued.receipt, issued.log_key)
    assert (status, facts["verdict"]) == (0, "genuine")
    assert (facts["log"], facts["log_index"], facts["log_size"]) == ("logged", 1, 2)
    assert facts["test_certificate"] is True


def test_a_policy_counts_the_witnesses_and_too_few_fail(run: Run, issued: Issued, tmp_path: Path):
    secrets = [generate(f"{name}.example/w", COSIGNATURE) for name in ("unit", "neighbour", "third")]
    policy = tmp_path / "policy"
    policy.write_text(policy_text(issued.log_key, [public for _secret, public in secrets], 2))
    proof = TlogProof.parse(issued.receipt.read_text())
    for number, expected in ((0, 1), (1, 1), (2, 0)):
        lines = "".join(str(cosign(proof.checkpoint, NoteSigner.parse(key), 9)) for key, _public in secrets[:number])
        receipt = tmp_path / f"{number}.tlog-proof"
        receipt.write_text(str(TlogProof(proof.index, proof.hashes, proof.checkpoint + lines, proof.extra)))
        said = run("verify", issued.notice, "--receipt", receipt, "--policy", policy, "--json")
        facts = json.loads(said.stdout)
        assert (said.exit_code, facts["verdict"]) == (expected, "genuine")
        assert (facts["witnesses"], facts["witnesses_known"], facts["quorum"]) == (number, 3, 2)
        assert facts["quorum_holds"] is (expected == 0)
    said = run("verify", issued.notice, "--receipt", issued.receipt, "--policy", policy)
    assert "Only 0 witnesses have cosigned the log; 2 must" in said.output


def test_the_words_say_what_is_not_proven(run: Run, issued: Issued):
    said = run("verify", issued.notice, "--receipt", issued.receipt, "--log-key", issued.log_key)
    assert "Not proven" in said.output
    assert "no legal effect" in said.output


def test_the_words_say_what_the_log_shows_of_the_original_and_what_not(run: Run, issued: Issued):
    said = run("verify", issued.notice, "--receipt", issued.receipt, "--log-key", issued.log_key)
    words = " ".join(said.output.split())
    assert "original's fingerprint " + "00" * 32 in words
    assert "Proven: at most one original stands behind the notice" in words
    assert "Not proven: that the original is there" in words
    assert "Not proven: that all see the same log. No witness" in words
    assert "the decision stands in it" in words and "log logged" not in words and "True" not in words
    assert json.loads(run("verify", issued.notice, "--receipt", issued.receipt, "--log-key", issued.log_key,
                          "--json").stdout)["commitment"] == "00" * 32  # fmt: skip


def test_a_changed_notice_fails(run: Run, issued: Issued, tmp_path: Path):
    changed = bytearray(issued.notice.read_bytes())
    changed[len(changed) // 2] ^= 1
    (tmp_path / "changed.pdf").write_bytes(changed)
    status, facts = checked(run, tmp_path / "changed.pdf", issued.receipt, issued.log_key)
    assert status == 1
    assert facts["verdict"] in ("changed", "not_this")


def test_another_file_fails(run: Run, issued: Issued, tmp_path: Path):
    (tmp_path / "letter.txt").write_text("Not a notice.")
    assert checked(run, tmp_path / "letter.txt", issued.receipt, issued.log_key)[1]["verdict"] == "not_pdf"
    (tmp_path / "plain.pdf").write_bytes(pdf_of("Something else."))
    status, facts = checked(run, tmp_path / "plain.pdf", issued.receipt, issued.log_key)
    assert (status, facts["hash_is_published"]) == (1, False)


def test_a_key_of_another_log_proves_nothing(run: Run, issued: Issued):
    _secret, other = generate(ORIGIN)
    status, facts = checked(run, issued.notice, issued.receipt, other)
    assert (status, facts["verdict"], facts["log"]) == (1, "log_failed", "failed")


def test_a_key_or_policy_with_a_slip_of_the_pen_is_not_called_a_forgery(run: Run, issued: Issued, tmp_path: Path):
    assert "key" in refusal(run("verify", issued.notice, "--receipt", issued.receipt, "--log-key", "no key at all"))
    (tmp_path / "policy").write_text("log nothing\n")
    given = ("--receipt", issued.receipt, "--policy", tmp_path / "policy")
    assert "policy" in refusal(run("verify", issued.notice, *given))


def test_roots_that_the_seal_does_not_lead_to_fail_and_it_is_said(run: Run, issued: Issued, tmp_path: Path):
    other = tmp_path / "other.pem"
    other.write_bytes(generate_test_authority(now=dt.datetime.now(dt.UTC)).pem)
    given = ("--receipt", issued.receipt, "--log-key", issued.log_key, "--seal-roots", other)
    said = run("verify", issued.notice, *given)
    assert said.exit_code == 1
    assert "does not lead to the roots" in said.output.replace("\n", " ").replace("  ", " ")
    assert json.loads(run("verify", issued.notice, *given, "--json").stdout)["problem"] == "sealing.untrusted-seal"


@pytest.mark.parametrize("option", ["--log-key", "--policy", "--seal-roots"])
def test_whom_to_trust_is_not_passed_over_without_a_receipt(run: Run, issued: Issued, option: str):
    assert "--receipt" in refusal(run("verify", issued.notice, option, issued.receipt))


def test_a_receipt_does_not_claim_that_the_decision_still_applies(run: Run, issued: Issued):
    said = run("verify", issued.notice, "--receipt", issued.receipt, "--log-key", issued.log_key)
    assert "still applies" in said.output


def test_a_receipt_without_the_logs_key_is_not_trusted_by_itself(run: Run, issued: Issued):
    assert "--log-key" in refusal(run("verify", issued.notice, "--receipt", issued.receipt))


def test_a_receipt_with_another_event_proves_nothing(run: Run, issued: Issued, tmp_path: Path):
    lines = issued.receipt.read_text().splitlines()
    short = tmp_path / "short.tlog-proof"
    short.write_text("\n".join(line for line in lines if not line.startswith("extra ")) + "\n")
    assert "does not carry the event" in refusal(
        run("verify", issued.notice, "--receipt", short, "--log-key", issued.log_key)
    )


@pytest.mark.parametrize("content", [b"", b"not a receipt\n", b"\xff\xfe\x00"])
def test_a_file_that_is_no_receipt_is_refused_in_one_line(run: Run, issued: Issued, tmp_path: Path, content: bytes):
    file = tmp_path / "none.tlog-proof"
    file.write_bytes(content)
    assert refusal(run("verify", issued.notice, "--receipt", file, "--log-key", issued.log_key))


def test_a_receipt_that_is_not_there_is_refused(run: Run, issued: Issued, tmp_path: Path):
    missing = run("verify", issued.notice, "--receipt", tmp_path / "gone", "--log-key", issued.log_key)
    assert missing.exit_code == 2


def test_every_verdict_has_its_words():
    from typing import get_args

    from motkraft.decisions.rules.verification import Verdict

    assert set(_commands.VERDICTS) == set(get_args(Verdict))


def test_a_list_that_nobody_signed_is_not_said_to_hold(run: Run, tmp_path: Path):
    trail = tmp_path / "handled.json"
    trail.write_text(json.dumps({"text": {}, "public_id": "X", "reference": "B-1", "sign_offs": []}))
    said = run("verify", trail)
    assert said.exit_code == 1 and "Nobody signed by passkey" in said.output and "Every signature" not in said.output
    assert json.loads(run("verify", trail, "--json").stdout)["verdict"] == "unsigned"


def test_what_a_file_says_of_itself_paints_no_verdict(run: Run, tmp_path: Path):
    """Escape codes in a name, such as a certificate's or a signer's, could overwrite what the command has said."""
    trail = tmp_path / "handled.json"
    text = {"public_id": "\x1b[2J\x1b[32mEvery signature holds.", "reference": "B-1", "text": {}, "sign_offs": []}
    trail.write_text(json.dumps(text))
    assert "\x1b[2J" not in run("verify", trail).output
