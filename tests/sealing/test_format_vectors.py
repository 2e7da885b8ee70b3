"""Files of custodians, recovery sheets and sign-offs: every published vector, and the pages that show them."""

from __future__ import annotations

import datetime as dt
import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from motkraft.sealing import SealingError, identity_from_words, open_share, recipient_of
from motkraft.sealing.custodians import decrypt_with
from motkraft.sealing.requests import CustodianRequest, CustodianShares, give_shares, read_resealed
from motkraft.sealing.sign_off import SignOff, verify_sign_off

FORMATS = Path(__file__).resolve().parents[2] / "docs/formats"
VECTORS = Path(__file__).parent / "vectors"
CUSTODIAN, SIGN_OFF = VECTORS / "custodian", VECTORS / "sign-off"
KEYS = json.loads((CUSTODIAN / "keys.json").read_text())
ASKER, CUSTODIAN_1 = KEYS["identities"]["the request's key"], KEYS["identities"]["custodian-1"]


def _request(data: bytes) -> CustodianRequest:
    """Read a request and answer it, as custodian-1 would on that day."""
    asked = CustodianRequest.from_json(data)
    now = dt.datetime.fromisoformat(KEYS["now"])
    give_shares(asked, lambda record: ("custodian-1", open_share(record, "custodian-1", CUSTODIAN_1)), now=now)
    return asked


def _shares(data: bytes) -> CustodianShares:
    """Read a share file and open it with the request's key."""
    given = CustodianShares.from_json(data)
    assert set(given.opened(lambda share: decrypt_with(ASKER, share)).values()) == {KEYS["words"]}
    return given


READERS: dict[str, Callable[[bytes], Any]] = {"request": _request, "shares": _shares, "resealed": read_resealed}


def _reader(path: Path) -> Callable[[bytes], Any]:
    return READERS[path.stem.split("-")[1]]


@pytest.mark.parametrize("path", sorted(CUSTODIAN.glob("good-*.json")), ids=lambda path: path.stem)
def test_each_good_file_of_a_custodian_is_read(path: Path) -> None:
    found = _reader(path)(path.read_bytes())
    if isinstance(found, CustodianRequest | CustodianShares):
        assert found.to_json() == path.read_bytes()


@pytest.mark.parametrize("path", sorted(CUSTODIAN.glob("bad-*.json")), ids=lambda path: path.stem)
def test_each_bad_file_of_a_custodian_is_refused_with_the_stated_error(path: Path) -> None:
    with pytest.raises(SealingError) as caught:
        _reader(path)(path.read_bytes())
    assert caught.value.code == KEYS["bad"][path.stem]["error"], KEYS["bad"][path.stem]["why"]


def test_the_share_file_answers_the_request_and_the_page_shows_both() -> None:
    page = (FORMATS / "custodian-files.md").read_text(encoding="utf-8")
    for kind, file in (("shares", "good-shares.json"), ("request", "good-request-open.json")):
        shown = re.search(rf"```{kind}\n(.*?)```", page, re.DOTALL)
        assert shown and json.loads(shown[1]) == json.loads((CUSTODIAN / file).read_bytes())
    asked = _request((CUSTODIAN / "good-request-open.json").read_bytes())
    given = _shares((CUSTODIAN / "good-shares.json").read_bytes())
    assert given.request == asked.request and asked.recipient == recipient_of(ASKER)
    assert set(given.shares) == {record.sha256 for record in asked.records}
    for code in {each["error"] for each in KEYS["bad"].values()}:
        assert f"| `{code}` |" in page


@pytest.mark.parametrize("case", json.loads((VECTORS / "recovery-sheet/good.json").read_text()), ids=lambda c: c["why"])
def test_the_words_of_a_sheet_are_its_key(case: dict[str, str]) -> None:
    assert identity_from_words(case["text"]) == case["identity"]


@pytest.mark.parametrize("case", json.loads((VECTORS / "recovery-sheet/bad.json").read_text()), ids=lambda c: c["why"])
def test_words_that_are_no_sheet_are_refused(case: dict[str, str]) -> None:
    with pytest.raises(SealingError) as caught:
        identity_from_words(case["text"])
    assert caught.value.code == case["error"]


def test_each_sign_off_is_what_its_vector_says() -> None:
    parsed = json.loads((SIGN_OFF / "good.json").read_text())
    (shown,) = re.findall(r"```sign-off\n(.*?)```", (FORMATS / "sign-off.md").read_text(encoding="utf-8"), re.DOTALL)
    assert json.loads(shown) == parsed
    good = SignOff.from_parsed(parsed)
    assert verify_sign_off(good).statement["decision"] == "7K3MZ9QXW2T4B8HN"
    told = json.loads((SIGN_OFF / "bad.json").read_text())
    assert set(told) == {path.stem for path in SIGN_OFF.glob("bad-*.json")}
    for name, expected in told.items():
        with pytest.raises(SealingError) as caught:
            verify_sign_off(SignOff.from_parsed(json.loads((SIGN_OFF / f"{name}.json").read_text())))
        assert (caught.value.code, caught.value.data["why"]) == (expected["error"], expected["reason"]), name
