"""A seal key in a hardware token: SoftHSM2 stands for it. In CI nothing is skipped."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12

from motkraft.sealing import Authority, Signer, eseal, verify_pdf
from motkraft.sealing.errors import SealingFailed
from sealing.conftest import NOW

MODULES = [Path("/usr/lib/softhsm/libsofthsm2.so"), *Path("/usr/lib").glob("*/softhsm/libsofthsm2.so")]
MODULE = next((path for path in MODULES if path.exists()), None)
if MODULE is None or shutil.which("softhsm2-util") is None:
    if os.environ.get("CI") == "true":
        pytest.fail("softhsm2 is not installed: scripts/tools installs it", pytrace=False)
    pytest.skip("SoftHSM2 is not installed: keys in tokens are NOT tested", allow_module_level=True)


@pytest.fixture(scope="module")
def certificate(authority: Authority, tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """A token with one imported seal key; gives its certificate (PEM)."""
    folder = tmp_path_factory.mktemp("token")
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    held = pkcs12.load_pkcs12(authority.issue_eseal("Exempelkommun", now=NOW), None)
    assert held.key is not None and held.cert is not None
    key = folder / "key.pem"
    key.write_bytes(held.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    for command in (
        ["--init-token", "--free", "--label", "kommun", "--so-pin", "12345678", "--pin", "4321"],
        ["--import", str(key), "--token", "kommun", "--label", "eseal", "--id", "01", "--pin", "4321"],
    ):
        subprocess.run(["softhsm2-util", *command], check=True, capture_output=True)
    key.unlink()
    return held.cert.certificate.public_bytes(Encoding.PEM)


def _signer(certificate: bytes, *, pin: str = "4321", token: str = "kommun", key: str = "eseal") -> Signer:
    assert MODULE is not None
    return Signer.from_pkcs11(MODULE, token=token, key=key, pin=pin, certificate=certificate)


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
