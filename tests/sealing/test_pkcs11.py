"""A seal key in a hardware token."""

from __future__ import annotations

import pytest

from motkraft.sealing import Authority, Signer, eseal, verify_pdf
from motkraft.sealing.errors import SealingFailed
from sealing import token as tokens
from sealing.conftest import NOW


@pytest.fixture(scope="module")
def certificate(authority: Authority) -> bytes:
    """A token with one imported seal key; gives its certificate (PEM)."""
    tokens.need()
    return tokens.put(authority.issue_eseal("Exempelkommun", now=NOW), "eseal", "01")


def _signer(certificate: bytes, *, pin: str = tokens.PIN, token: str = tokens.LABEL, key: str = "eseal") -> Signer:
    assert tokens.MODULE is not None
    return Signer.from_pkcs11(tokens.MODULE, token=token, key=key, pin=pin, certificate=certificate)


def test_a_key_in_a_token_seals(certificate: bytes, plain_pdf: bytes, authority: Authority) -> None:
    signer = _signer(certificate)
    assert signer.organisation == "Exempelkommun"
    for _ in range(2):  # the token is opened anew for each seal
        pdf = eseal(plain_pdf, signer, reason="Beslut", now=NOW)
        assert verify_pdf(pdf, now=NOW, trust_roots=[authority.pem]).trusted


def test_a_wrong_pin_token_or_key_is_said_plainly(certificate: bytes, plain_pdf: bytes) -> None:
    for wrong in ({"token": "finns-ej"}, {"key": "finns-ej"}, {"pin": "0000"}):
        with pytest.raises(SealingFailed, match="token"):
            eseal(plain_pdf, _signer(certificate, **wrong), reason="x", now=NOW)
