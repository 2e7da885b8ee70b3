"""Keys, certificates and a small tagged PDF for the sealing tests; all of it synthetic."""

from __future__ import annotations

import datetime as dt

import pytest
import typst

from motkraft.sealing import Authority, Signer, eseal, generate_custodian, generate_test_authority

NOW = dt.datetime(2026, 11, 21, 12, 0, tzinfo=dt.UTC)


@pytest.fixture(scope="session")
def custodians() -> dict[str, tuple[str, str]]:
    """Five custodians: id to (identity, recipient)."""
    return {f"custodian-{n}": generate_custodian() for n in range(1, 6)}


@pytest.fixture(scope="session")
def recipients(custodians: dict[str, tuple[str, str]]) -> dict[str, str]:
    """The five custodians' public recipients."""
    return {name: recipient for name, (_, recipient) in custodians.items()}


@pytest.fixture(scope="session")
def authority() -> Authority:
    """A test certificate authority, valid at NOW."""
    return generate_test_authority(now=NOW)


@pytest.fixture(scope="session")
def signer(authority: Authority) -> Signer:
    """A seal key for a made-up municipality."""
    return Signer.from_pkcs12(authority.issue_eseal("Exempelkommun", now=NOW, passphrase=b"p"), b"p")


def pdf_of(text: str = "Nämnden har beslutat.", title: str = "Underrättelse") -> bytes:
    """A PDF/A-3a, PDF/UA-1 page that shows a text."""
    source = (
        '#set document(title: sys.inputs.title)\n#set text(lang: "sv")\n= #sys.inputs.title\n#sys.inputs.text'
    )
    return typst.compile(
        source.encode(),
        sys_inputs={"text": text, "title": title},
        pdf_standards=["a-3a", "ua-1"],
        timestamp=NOW,
        ignore_system_fonts=True,
    )


@pytest.fixture(scope="session")
def plain_pdf() -> bytes:
    """An unsealed page."""
    return pdf_of()


@pytest.fixture(scope="session")
def sealed_pdf(plain_pdf: bytes, signer: Signer) -> bytes:
    """The same page, sealed."""
    return eseal(plain_pdf, signer, reason="Underrättelse om beslut", now=NOW)
