"""Who was revoked, asked where the certificates say (OCSP): what is answered goes into the file, and bounds hold."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from cryptography import x509
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.validation.dss import DocumentSecurityStore

from motkraft.sealing import Authority, Signer, Validation, eseal, generate_test_authority, revocation, verify_pdf
from motkraft.sealing.authority import local_timestamper
from motkraft.sealing.errors import CertificateRejected, CertificateRevoked
from sealing.services import Answer, now, serving


class Town:
    """An authority with an OCSP responder, a timestamp service, and a seal by it."""

    def __init__(self, url: str) -> None:
        self.authority: Authority = generate_test_authority(now=now(), ocsp_url=f"{url}/ocsp")
        self.signer = Signer.from_pkcs12(self.authority.issue_eseal("Exempelkommun", now=now()))
        self.stamps = local_timestamper(self.authority.issue_timestamper(now=now()), now)
        self.revoked: list[x509.Certificate] = []
        self.asked = 0

    def answer(self, body: bytes) -> Answer:
        self.asked += 1
        said = self.authority.ocsp(body, now=now(), revoked=self.revoked)
        return 200, {"Content-Type": "application/ocsp-response"}, said

    def seal(self, pdf: bytes, *, archived: bool = True) -> bytes:
        known = Validation([self.authority.pem], online=True)
        return eseal(
            pdf, self.signer, reason="x", now=now(), timestamper=self.stamps, validation=known, archived=archived
        )


@contextmanager
def _town() -> Iterator[Town]:
    towns: list[Town] = []
    with serving(lambda asked, body, headers: towns[0].answer(body)) as url:
        towns.append(Town(url))
        yield towns[0]


@pytest.mark.parametrize("level", ["PAdES B-LT", "PAdES B-LTA"])
def test_answers_on_single_certificates_stand_in_the_file(plain_pdf: bytes, level: str) -> None:
    with _town() as town:
        pdf = town.seal(plain_pdf, archived=level == "PAdES B-LTA")
        assert town.asked
    store = DocumentSecurityStore.read_dss(PdfFileReader(io.BytesIO(pdf)))
    assert len(store.ocsps) >= 2 and not store.crls  # of the seal, and of its timestamp
    seal = verify_pdf(pdf, now=now(), trust_roots=[town.authority.pem])  # the responder is gone
    assert (seal.level, seal.trusted) == (level, True)


def test_a_certificate_that_the_responder_says_is_revoked_seals_nothing(plain_pdf: bytes) -> None:
    with _town() as town:
        town.revoked.append(x509.load_pem_x509_certificate(town.signer.certificate_pem))
        with pytest.raises(CertificateRevoked):
            town.seal(plain_pdf)


def test_an_answer_that_is_too_large_is_none(plain_pdf: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revocation, "LARGEST", 100)
    with _town() as town, pytest.raises(CertificateRejected, match="standing"):
        town.seal(plain_pdf)


def test_a_responder_that_takes_its_time_is_not_waited_for(plain_pdf: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(revocation, "PATIENCE", 0.05)
    with _town() as town:
        right = town.answer

        def slow(body: bytes) -> Answer:
            time.sleep(0.5)
            return right(body)

        town.answer = slow  # type: ignore[method-assign]
        with pytest.raises(CertificateRejected, match="standing"):
            town.seal(plain_pdf)
