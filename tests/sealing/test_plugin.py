"""A custodian whose key is in a hardware token: the share is opened through the age program and its plugin."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from motkraft.cli.custodian import _opener
from motkraft.errors import MotkraftError
from motkraft.sealing import generate_custodian, open_record, open_share, seal
from motkraft.sealing.custodians import _bech32, secret_of


@pytest.mark.skipif(shutil.which("age") is None, reason="the program age is not installed")
def test_a_share_is_opened_through_an_age_plugin_and_not_with_another_token(tmp_path: Path, monkeypatch):
    keys = [generate_custodian() for _ in range(2)]
    record = seal(b"the original", {f"c{number}": recipient for number, (_identity, recipient) in enumerate(keys)})
    plugin = tmp_path / "age-plugin-demo"
    plugin.write_text(f"#!{sys.executable}\n{Path(__file__).with_name('age_plugin.py').read_text()}")
    plugin.chmod(0o755)
    (tmp_path / "token").write_bytes(secret_of(keys[0][0]))
    identity = tmp_path / "token.txt"
    identity.write_text(_bech32("age-plugin-demo-", bytes(4)).upper() + "\n")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    custodian, words = _opener(identity)(record)

    assert custodian == "c0"
    assert open_record(record, [words, open_share(record, "c1", keys[1][0])]).payload == b"the original"
    (tmp_path / "token").write_bytes(b"\7" * 32)
    with pytest.raises(MotkraftError, match="belongs to no custodian"):
        _opener(identity)(record)
