"""The pages on the e-seal and on signing services, held against the vectors they speak of."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import re
from pathlib import Path

import pytest

from motkraft.sealing import SealingError, Signer, verify_pdf
from motkraft.sealing.remote import remote_signer
from sealing.services import Answer, serving

ROOT = Path(__file__).resolve().parents[2]
FORMATS = ROOT / "docs/formats"
SEALS = Path(__file__).parent / "vectors/eseal"
HASHES = Path(__file__).parent / "vectors/sign-hash"


def _block(page: str, kind: str) -> str:
    found = re.search(rf"```{kind}\n(.*?)```", (FORMATS / page).read_text(encoding="utf-8"), re.DOTALL)
    assert found
    return found[1]


@pytest.mark.parametrize("line", _block("eseal.md", "vectors").splitlines())
def test_each_file_is_what_the_page_says(line: str) -> None:
    name, day, expected = line.split(maxsplit=2)
    now = dt.datetime.fromisoformat(f"{day}T12:01:00+00:00")
    try:
        seal = verify_pdf((SEALS / name).read_bytes(), now=now, trust_roots=[(SEALS / "roots.pem").read_bytes()])
    except SealingError as error:
        assert error.code == expected
    else:
        assert (seal.level, seal.trusted) == (expected, True)


def test_the_page_names_every_vector() -> None:
    told = {line.split()[0] for line in _block("eseal.md", "vectors").splitlines()}
    assert told == {path.name for path in SEALS.glob("*.pdf")}


def test_the_exchange_on_the_page_is_the_vectors() -> None:
    request = json.loads(_block("sign-hash.md", "request"))
    assert request == json.loads((HASHES / "request.json").read_text())
    assert json.loads(_block("sign-hash.md", "answer")) == json.loads((HASHES / "good.json").read_text())
    assert request["hash"] == hashlib.sha256((HASHES / "attributes.der").read_bytes()).hexdigest()


def _answered(file: Path) -> bytes:
    def route(asked: str, body: bytes, headers: dict[str, str]) -> Answer:
        assert json.loads(body) == json.loads((HASHES / "request.json").read_text())
        return 200, {}, file.read_bytes()

    with serving(route) as url:
        signer: Signer = remote_signer(
            url, certificate=(HASHES / "certificate.pem").read_bytes(), token="hemlig", patience=0
        )
        return signer.sign((HASHES / "attributes.der").read_bytes(), "0XK3V9QZ7M2A4B8C")


def test_good_answers_are_taken_and_bad_ones_refused() -> None:
    good = json.loads((HASHES / "good.json").read_text())["signature"]
    assert _answered(HASHES / "good.json") == base64.b64decode(good)
    bad = sorted(HASHES.glob("bad-*.json"))
    assert len(bad) == 5
    for file in bad:
        with pytest.raises(SealingError):
            _answered(file)
