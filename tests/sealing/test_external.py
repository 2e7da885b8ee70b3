"""A signing service elsewhere: only a hash leaves, and no crash makes it sign two documents."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from motkraft.sealing import Authority, Prepared, Signer, complete, prepare, verify_pdf
from motkraft.sealing.errors import CertificateRejected, SealingFailed, SigningAway, SigningRefused
from motkraft.sealing.remote import remote_signer
from sealing.conftest import NOW, pdf_of
from sealing.services import HashService, serving


@pytest.fixture
def service(authority: Authority) -> HashService:
    """A service that holds a seal's key."""
    return HashService(authority.issue_eseal("Exempelkommun", now=NOW), "hemlig")


@pytest.fixture
def far(service: HashService) -> Iterator[Signer]:
    """The seal whose key the service holds."""
    with serving(service) as url:
        yield _signer(service, url)


def _signer(service: HashService, url: str, token: str = "hemlig") -> Signer:
    return remote_signer(url, certificate=service.certificate, token=token, timeout=2, patience=1)


def _prepared(far: Signer, text: str = "Nämnden har beslutat.") -> Prepared:
    return prepare(pdf_of(text), far, reason="Beslut", now=NOW)


def test_only_the_hash_leaves(service: HashService, far: Signer, authority: Authority) -> None:
    prepared = _prepared(far)
    pdf = complete(prepared, far, far.sign(prepared.attributes, "B-1"))
    assert verify_pdf(pdf, now=NOW, trust_roots=[authority.pem]).organisation == "Exempelkommun"
    (body,) = service.bodies
    sent = json.loads(body)
    assert set(sent) == {"format", "certificate_sha256", "hash", "hash_algorithm"}
    assert sent["hash"] == prepared.digest.hex() and len(body) < 400


def test_after_a_crash_the_same_document_is_signed(service: HashService, far: Signer) -> None:
    prepared = _prepared(far)
    kept = prepared.to_json()
    service.lost = 1  # the service signed, and the answer never came
    with pytest.raises(SigningAway):
        far.sign(prepared.attributes, "B-1")
    again = Prepared.from_json(kept)
    first = complete(again, far, far.sign(again.attributes, "B-1"))
    second = complete(again, far, far.sign(again.attributes, "B-1"))
    assert first == second and len(service.signatures) == 1


def test_a_second_document_under_one_name_is_never_signed(service: HashService, far: Signer) -> None:
    far.sign(_prepared(far).attributes, "B-1")
    with pytest.raises(SigningRefused, match="refused") as caught:
        far.sign(_prepared(far, "Något annat.").attributes, "B-1")
    assert caught.value.data["reason"] == "this name has another hash"
    assert len(service.signatures) == 1


def test_a_service_that_takes_its_time_is_waited_for_and_asked_again(service: HashService, far: Signer) -> None:
    prepared = _prepared(far)
    service.waits = 3
    far.sign(prepared.attributes, "B-1")
    service.waits = 1000
    with pytest.raises(SigningAway, match="not signed yet"):
        far.sign(prepared.attributes, "B-2")
    service.waits = 0
    far.sign(prepared.attributes, "B-2")


def test_a_service_that_is_away_or_refuses_is_said_plainly(service: HashService, far: Signer) -> None:
    prepared = _prepared(far)
    service.down = 1
    with pytest.raises(SigningAway):
        far.sign(prepared.attributes, "B-1")
    with serving(service) as url, pytest.raises(SigningRefused, match="nothing was signed"):
        _signer(service, url, "fel").sign(prepared.attributes, "B-1")
    with pytest.raises(SigningAway):  # nobody listens there any more
        _signer(service, url).sign(prepared.attributes, "B-1")
    with pytest.raises(SigningRefused, match="name"):
        far.sign(prepared.attributes, "../B-1")
    with pytest.raises(CertificateRejected, match="https"):
        _signer(service, "http://signatur.example")


def test_a_signature_by_another_key_is_not_taken(service: HashService, far: Signer, signer: Signer) -> None:
    prepared = _prepared(far)
    with pytest.raises(SealingFailed, match="do not belong together"):
        complete(prepared, far, signer.sign(prepared.attributes))


def test_what_was_kept_must_hold_together(far: Signer) -> None:
    kept = json.loads(_prepared(far).to_json())
    for bad in (b"", b"{}", json.dumps({**kept, "hole": [5, 6]}).encode()):
        with pytest.raises(SealingFailed):
            Prepared.from_json(bad)
