"""A hardware token for the tests: SoftHSM2 stands for it. In CI it must be there."""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, pkcs12

MODULES = [Path("/usr/lib/softhsm/libsofthsm2.so"), *Path("/usr/lib").glob("*/softhsm/libsofthsm2.so")]
MODULE = next((path for path in MODULES if path.exists()), None)
LABEL, PIN = "kommun", "4321"
_kept: list[tempfile.TemporaryDirectory[str]] = []  # removed when the process ends


def need() -> None:
    """Skip the test where SoftHSM2 is not installed; in CI that fails."""
    if MODULE is None or shutil.which("softhsm2-util") is None:
        if os.environ.get("CI") == "true":
            pytest.fail("softhsm2 is not installed: scripts/tools installs it", pytrace=False)
        pytest.skip("SoftHSM2 is not installed: keys in tokens are NOT tested")


@functools.cache
def _folder() -> Path:
    """The one token of this process: the library reads its settings once."""
    kept = tempfile.TemporaryDirectory(prefix="token-")
    folder = Path(kept.name)
    _kept.append(kept)
    (folder / "tokens").mkdir()
    (folder / "softhsm2.conf").write_text(f"directories.tokendir = {folder}/tokens\nlog.level = ERROR\n")
    os.environ["SOFTHSM2_CONF"] = str(folder / "softhsm2.conf")
    _run("--init-token", "--free", "--label", LABEL, "--so-pin", "12345678", "--pin", PIN)
    return folder


def put(bundle: bytes, key: str, number: str) -> bytes:
    """Put the key of a PKCS#12 file into the token by a label and an id (hex); gives its certificate (PEM)."""
    held = pkcs12.load_pkcs12(bundle, None)
    assert held.key is not None and held.cert is not None
    file = _folder() / "key.pem"
    file.write_bytes(held.key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    _run("--import", str(file), "--token", LABEL, "--label", key, "--id", number, "--pin", PIN)
    file.unlink()
    return held.cert.certificate.public_bytes(Encoding.PEM)


def _run(*arguments: str) -> None:
    subprocess.run(["softhsm2-util", *arguments], check=True, capture_output=True)
