"""A custodian whose key is in a hardware token: sealed to, and opened, through the age program and its plugin."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, derive_private_key
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from typer.testing import CliRunner

from motkraft.cli.custodian import _opener
from motkraft.cli.main import app
from motkraft.errors import MotkraftError
from motkraft.sealing import SealedRecord, bech32, generate_custodian, open_record, open_share, recipients, reseal, seal
from motkraft.sealing.custodians import decrypt_with, secret_of
from motkraft.sealing.errors import CustodianRejected, PluginAway
from motkraft.sealing.recipients import parse_recipient, parse_x25519
from motkraft.sealing.requests import CustodianRequest, CustodianShares

SECRET = b"\x11" * 32
IN_TOKEN = bech32.encode("age1demo", X25519PrivateKey.from_private_bytes(SECRET).public_key().public_bytes_raw())
needs_age = pytest.mark.skipif(shutil.which("age") is None, reason="the program age is not installed")


@pytest.fixture
def token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The token's identity file; its plugin is on PATH and holds SECRET."""
    plugin = tmp_path / "age-plugin-demo"
    plugin.write_text(f"#!{sys.executable}\n{Path(__file__).with_name('age_plugin.py').read_text()}")
    plugin.chmod(0o755)
    (tmp_path / "token").write_bytes(SECRET)
    identity = tmp_path / "token.txt"
    identity.write_text(bech32.encode("age-plugin-demo-", bytes(4)).upper() + "\n")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    return identity


@needs_age
def test_a_share_is_opened_through_an_age_plugin_and_not_with_another_token(token: Path):
    keys = [generate_custodian() for _ in range(2)]
    (token.parent / "token").write_bytes(secret_of(keys[0][0]))
    record = seal(b"the original", {f"c{number}": recipient for number, (_identity, recipient) in enumerate(keys)})

    custodian, words = _opener(token)(record)

    assert custodian == "c0"
    assert open_record(record, [words, open_share(record, "c1", keys[1][0])]).payload == b"the original"
    (token.parent / "token").write_bytes(b"\7" * 32)
    with pytest.raises(MotkraftError, match="belongs to no custodian"):
        _opener(token)(record)


@needs_age
def test_a_record_is_sealed_to_a_key_that_only_a_plugin_knows_and_opened_with_the_token(token: Path, tmp_path: Path):
    identity, recipient = generate_custodian()
    record = seal(b"the original", {"in-token": IN_TOKEN, "on-paper": recipient}, record_id="B-1")
    record = SealedRecord.from_json(record.to_json())

    now = dt.datetime.now(dt.UTC)
    asked = CustodianRequest("r", "O-1", recipient, now + dt.timedelta(hours=1), (record,))
    (tmp_path / "request.json").write_bytes(asked.to_json())
    run = CliRunner().invoke(
        app,
        ["custodian", "open", str(tmp_path / "request.json"), "--identity", str(token), "-o", str(tmp_path / "out")],
    )
    assert run.exit_code == 0, run.output
    given = CustodianShares.from_json((tmp_path / "out").read_bytes())
    assert given.custodian == "in-token"
    (words,) = given.opened(lambda share: decrypt_with(identity, share)).values()
    assert open_record(record, [words, open_share(record, "on-paper", identity)]).payload == b"the original"

    new = {"in-token": IN_TOKEN, "another": generate_custodian()[1]}
    again = reseal(record, [words, open_share(record, "on-paper", identity)], new)
    assert _opener(token)(again)[0] == "in-token"


def test_a_missing_or_silent_plugin_is_named_and_nothing_is_sealed(token: Path, monkeypatch: pytest.MonkeyPatch):
    (token.parent / "age").write_text("#!/bin/sh\nsleep 30\n")
    (token.parent / "age").chmod(0o755)
    monkeypatch.setattr(recipients, "PATIENCE", 0.3)
    with pytest.raises(PluginAway, match="age-plugin-demo did not answer"):
        parse_recipient(IN_TOKEN).encrypt(b"x")
    (token.parent / "age-plugin-demo").unlink()
    with pytest.raises(PluginAway, match="needs the program age-plugin-demo"):
        parse_recipient(IN_TOKEN).encrypt(b"x")
    monkeypatch.setenv("PATH", str(token))
    with pytest.raises(PluginAway, match="needs the program age,"):
        parse_recipient(IN_TOKEN).encrypt(b"x")


def test_a_key_in_a_token_of_the_common_kind_needs_no_plugin_where_it_is_sealed_to():
    public = derive_private_key(7, SECP256R1()).public_key().public_bytes(Encoding.X962, PublicFormat.CompressedPoint)
    tagged = bech32.encode("age1tag", public)
    assert parse_recipient(tagged).plugin == ""
    sealed = parse_recipient(f" {tagged}\n").encrypt(b"x")
    assert b"-> p256tag " in sealed
    with pytest.raises(CustodianRejected):
        parse_x25519(tagged)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "age1",
        IN_TOKEN[:-1] + ("q" if IN_TOKEN[-1] != "q" else "p"),
        IN_TOKEN.replace("demo", "../demo"),
        bech32.encode("age1-r", bytes(4)),
        "ssh-ed25519 AAAA",
    ],
)
def test_a_line_that_is_no_recipient_is_refused(line: str):
    with pytest.raises(CustodianRejected):
        parse_recipient(line)
