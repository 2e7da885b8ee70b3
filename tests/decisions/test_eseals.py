"""The e-seal of issued notices: its level, keeping it provable, and a key that a service elsewhere holds."""

from __future__ import annotations

import datetime as dt
import hashlib
import json

import pytest
from cryptography import x509
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from django.utils import timezone

from decisions.conftest import Town, new_town
from factories import organisation
from motkraft.decisions import actions, queries
from motkraft.decisions.actions import eseals
from motkraft.decisions.models import Decision
from motkraft.decisions.rules.verification import publication_from_receipt, verify_log
from motkraft.errors import MotkraftError
from motkraft.ledger.actions import publish
from motkraft.people.access import acting
from motkraft.sealing import SealingError, Validation, generate_test_authority
from motkraft.sealing.errors import CertificateRevoked, SigningAway
from sealing import token as tokens
from sealing.services import HashService, serving

pytestmark = pytest.mark.django_db


@pytest.fixture
def town() -> Town:
    """A municipality."""
    return new_town()


def _file(town: Town, decision: Decision) -> bytes:
    with acting(town.registrar.actor):
        path = queries.notice_file(Decision.objects.get(pk=decision.pk))
    assert path is not None
    return path.read_bytes()


def test_a_notice_is_sealed_to_last_and_renewed_before_it_ages(town: Town, client: Client) -> None:
    decision = town.issued()
    issued = _file(town, decision)
    found = queries.verify_file(issued)
    assert found.verdict == "genuine" and found.seal is not None
    assert (found.seal.level, found.seal.trusted) == ("PAdES B-LTA", True)
    assert actions.renew(town.organisation.pk) == []

    later = timezone.now() + dt.timedelta(days=2900)
    ((reference, until),) = actions.renew(town.organisation.pk, later)
    assert reference == decision.reference and until > later
    renewed = _file(town, decision)
    assert renewed.startswith(issued) and renewed != issued
    for file in (issued, renewed):  # both are the notice: the party's copy, and the one that the authority keeps
        assert queries.verify_file(file).verdict == "genuine"
    changed = bytearray(renewed)
    changed[-40] ^= 1
    assert queries.verify_file(bytes(changed)).verdict == "changed"

    page = client.post(
        f"/kontrollera/{decision.public_id}",
        {"file": SimpleUploadedFile("beslut.pdf", renewed, content_type="application/pdf")},
        headers={"accept-language": "sv"},
    ).content.decode()
    assert "Nivå PAdES B-LTA" in page and "med arkivtidsstämplar tillagda i slutet" in page


def test_a_file_that_cannot_be_renewed_keeps_no_other_organisation_waiting(db, monkeypatch) -> None:
    first, second = sorted((organisation(), organisation()), key=lambda each: each.code)

    def renewals(pk, _now, broken):
        if pk == first.pk:
            broken.append(SealingError("damaged"))
        elif pk == second.pk:
            yield "B-1", timezone.now()

    monkeypatch.setattr(eseals, "_renewals", renewals)
    done = []
    with pytest.raises(SealingError, match="damaged"):
        for code, _reference, _until in eseals.renew_all():
            done.append(code)
    assert done == [second.code]


def test_a_service_that_is_away_keeps_no_decision_from_being_issued(town: Town) -> None:
    with override_settings(MOTKRAFT_TIMESTAMP_URL="http://127.0.0.1:9/"):
        decision = town.issued()
    issued = _file(town, decision)
    found = queries.verify_file(issued)
    assert found.seal is not None and (found.verdict, found.seal.level) == ("genuine", "PAdES B-B")
    assert len(actions.renew(town.organisation.pk)) == 1  # the service is back
    found = queries.verify_file(_file(town, decision))
    assert found.seal is not None and (found.verdict, found.seal.level) == ("genuine", "PAdES B-LTA")
    assert actions.renew(town.organisation.pk) == []


def test_with_a_revoked_certificate_nothing_is_issued(town: Town, monkeypatch) -> None:
    now = timezone.now()
    authority = generate_test_authority(now=now, crl_url="http://127.0.0.1:9/crl")
    bundle = authority.issue_eseal(town.organisation.name, now=now)
    settings.MOTKRAFT_FOLDERS.secret(f"eseals/{town.organisation.code}.p12", make=lambda: bundle)
    certificate = x509.load_pem_x509_certificate(eseals.seal_certificate(town.organisation, now).certificate_pem)
    known = Validation([authority.pem], [authority.crl(now=now, revoked=[certificate])])
    monkeypatch.setattr(eseals, "services", lambda _now: (lambda request: b"", known))
    with pytest.raises(CertificateRevoked):
        town.issued()
    with acting(town.registrar.actor):
        assert not Decision.objects.filter(issued_at__isnull=False).exists()


def test_with_a_signing_service_only_the_hash_leaves_and_a_crash_is_taken_up(
    town: Town, django_capture_on_commit_callbacks
) -> None:
    folder = settings.MOTKRAFT_FOLDERS.secrets / "eseals"
    folder.mkdir()
    code = town.organisation.code
    authority = generate_test_authority(now=timezone.now())
    service = HashService(authority.issue_eseal(town.organisation.name, now=timezone.now()), "hemlig")
    with serving(service) as url:
        (folder / f"{code}.toml").write_text(f'kind = "service"\nurl = "{url}"\ncertificate = "{code}.pem"\n')
        (folder / f"{code}.pem").write_bytes(service.certificate)
        (folder / f"{code}.passphrase").write_text("hemlig\n")
        decision = town.decided()
        town.run(town.worker, actions.set_protection, decision, level=1, reasons="R")
        town.assess_all(decision)
        service.lost = 1  # it signs, and we never hear of it
        with pytest.raises(SigningAway):
            town.run(town.worker, actions.finalise, decision)
        (kept,) = (folder / "under-way").iterdir()
        with django_capture_on_commit_callbacks(execute=True):
            town.run(town.worker, actions.finalise, decision)
    assert not kept.exists()
    assert len(service.signatures) == 1 and len({json.loads(body)["hash"] for body in service.bodies}) == 1
    assert all(len(body) < 400 and b"%PDF" not in body for body in service.bodies)
    pdf = _file(town, decision)
    found = queries.verify_file(pdf)
    assert found.seal is not None and found.verdict == "genuine" and found.own_certificate
    assert hashlib.sha256(pdf).hexdigest() == found.sha256


def test_a_decision_is_sealed_by_a_key_in_a_token(town: Town) -> None:
    tokens.need()
    now, code = timezone.now(), town.organisation.code
    bundle = eseals._test_authority(now).issue_eseal(town.organisation.name, now=now)
    folder = settings.MOTKRAFT_FOLDERS.secrets / "eseals"
    (folder / f"{code}.pem").write_bytes(tokens.put(bundle, f"key-{code}", "02"))
    (folder / f"{code}.passphrase").write_text(f"{tokens.PIN}\n")
    (folder / f"{code}.toml").write_text(
        f'kind = "pkcs11"\nmodule = "{tokens.MODULE}"\ntoken = "{tokens.LABEL}"\nkey = "key-{code}"\n'
        f'certificate = "{code}.pem"\n'
    )
    found = queries.verify_file(_file(town, town.issued()))
    assert found.seal is not None and (found.verdict, found.own_certificate) == ("genuine", True)
    assert (found.seal.level, found.seal.trusted) == ("PAdES B-LTA", True)
    assert not (folder / f"{code}.p12").exists()


def test_every_flipped_bit_of_a_receipt_is_refused(town: Town) -> None:
    decision = town.issued(level=0)
    publish(town.organisation.pk)
    row = queries.published(decision.public_id)
    assert row is not None
    told = queries.publication(row)
    receipt = told.to_receipt().encode()
    assert verify_log(publication_from_receipt(receipt, told.log_key))[0] == "logged"
    passed = []
    for position in range(len(receipt)):
        for bit in (0, 5, 7):
            changed = bytearray(receipt)
            changed[position] ^= 1 << bit
            try:
                state, _ = verify_log(publication_from_receipt(bytes(changed), told.log_key))
            except MotkraftError:
                continue
            if state != "failed":
                passed.append((position, bit))
    assert passed == []
