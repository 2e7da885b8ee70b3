"""The organisation's e-seal: where its key is, which services stand behind it, and keeping seals provable.

A seal that needs a service elsewhere may break off half-way. What was laid out is kept until the decision is issued,
and taken up again: for one decision, one document is ever sent to be signed.
"""

from __future__ import annotations

import base64
import datetime as dt
import functools
import hashlib
import json
import os
import tomllib
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import Request

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from rfc8785 import dumps

from motkraft import outside, sealing
from motkraft.decisions.actions.steps import record
from motkraft.decisions.models import Decision, RecordKind
from motkraft.decisions.rules import DecisionError
from motkraft.incidents.actions import keep, path_of
from motkraft.ledger.models import Event
from motkraft.people.access import Actor, acting, system
from motkraft.people.models import Organisation
from motkraft.sealing import SealingError
from motkraft.sealing.authority import Authority, generate_test_authority, local_timestamper
from motkraft.sealing.errors import CertificateRejected, CertificateRevoked, TimestampRejected
from motkraft.sealing.remote import remote_signer

ARCHIVED = "decision.archived"
RENEW_BEFORE = dt.timedelta(days=180)
"""How long before the last timestamp's certificate ends the next archive timestamp is added."""
PATIENCE = 10  # seconds for one answer of a timestamp service
LARGEST_ANSWER = 100_000  # bytes
_ALGORITHM_ENDS = dt.timedelta(days=5 * 365)  # even a long certificate is stamped anew: hashes age too


def seal_certificate(organisation: Organisation, now: dt.datetime) -> sealing.Signer:
    """The organisation's e-seal from ``secrets/eseals/<code>.p12``, or from the token or service in ``<code>.toml``.

    A passphrase, PIN or token, if there is one, stands in ``<code>.passphrase`` beside it. In a demo a test certificate
    is made on first use. Raises DecisionError when there is none, or when the settings are incomplete.
    """
    folders = settings.MOTKRAFT_FOLDERS
    secret: Path = folders.secrets / "eseals" / f"{organisation.code}.passphrase"
    passphrase = secret.read_bytes().strip() if secret.exists() else None
    elsewhere = folders.secrets / "eseals" / f"{organisation.code}.toml"
    if elsewhere.exists():
        return _elsewhere(elsewhere, (passphrase or b"").decode())
    name = f"eseals/{organisation.code}.p12"
    if not (folders.secrets / name).exists() and not settings.MOTKRAFT_DEMO:
        raise DecisionError(
            "Your organisation has no e-seal here yet. The administrator puts its PKCS#12 file at "
            "secrets/eseals/%(code)s.p12.",
            code=organisation.code,
        )
    held = folders.secret(name, make=lambda: _test_authority(now).issue_eseal(organisation.name[:64], now=now))
    return sealing.Signer.from_pkcs12(held, passphrase)


def is_elsewhere(organisation: Organisation) -> bool:
    """Tell whether the key is in a token or with a service: then sealing may break off half-way."""
    found: Path = settings.MOTKRAFT_FOLDERS.secrets / "eseals" / f"{organisation.code}.toml"
    return found.exists()


def _elsewhere(file: Path, secret: str) -> sealing.Signer:
    try:
        told = tomllib.loads(file.read_text(encoding="utf-8"))
        certificate = (file.parent / told["certificate"]).read_bytes()
        if told["kind"] == "pkcs11":
            return sealing.Signer.from_pkcs11(
                told["module"], token=told["token"], key=told["key"], pin=secret, certificate=certificate
            )
        if told["kind"] == "service":
            roots = (file.parent / told["roots"]).read_bytes() if "roots" in told else b""
            return remote_signer(told["url"], certificate=certificate, token=secret, roots=roots)
    except (KeyError, TypeError, ValueError, OSError) as error:
        raise DecisionError(
            "The e-seal's settings in %(file)s are incomplete. See docs/how-to/eseal.md.", file=file.name
        ) from error
    raise DecisionError("The e-seal's settings in %(file)s are incomplete. See docs/how-to/eseal.md.", file=file.name)


def services(now: dt.datetime) -> tuple[sealing.TimestampTransport | None, sealing.Validation | None]:
    """The timestamp service and what shows that certificates were valid, as far as they are set; they make the level.

    ``MOTKRAFT_TIMESTAMP_URL`` alone gives B-T; with ``MOTKRAFT_ESEAL_ROOTS`` too, B-LTA. In a demo both are a test
    authority in this process.
    """
    if settings.MOTKRAFT_TIMESTAMP_URL:
        roots = eseal_roots()
        return _ask, sealing.Validation(roots, online=True) if roots else None
    if settings.MOTKRAFT_DEMO:
        authority = _test_authority(now)
        bundle = settings.MOTKRAFT_FOLDERS.secret(
            "eseals/test-timestamps.p12", make=lambda: authority.issue_timestamper(now=now)
        )
        return _test_timestamper(bundle), sealing.Validation([authority.pem], [authority.crl(now=now)])
    return None, None


@functools.lru_cache(maxsize=8)
def _test_timestamper(bundle: bytes) -> sealing.TimestampTransport:
    """The demo's timestamp service, its key loaded once: that takes longer than many answers."""
    return local_timestamper(bundle, lambda: timezone.now())


def eseal_roots() -> list[bytes]:
    """The roots that seals and timestamps are trusted by: MOTKRAFT_ESEAL_ROOTS, in a demo the test authority's."""
    if settings.MOTKRAFT_ESEAL_ROOTS:
        found = [Path(settings.MOTKRAFT_ESEAL_ROOTS).read_bytes()]
        if settings.MOTKRAFT_TIMESTAMP_ROOTS:
            found.append(Path(settings.MOTKRAFT_TIMESTAMP_ROOTS).read_bytes())
        return found
    if settings.MOTKRAFT_DEMO and not settings.MOTKRAFT_TIMESTAMP_URL:
        held = settings.MOTKRAFT_FOLDERS.secrets / "eseals" / "test-authority.p12"
        return [Authority.from_pkcs12(held.read_bytes()).pem] if held.exists() else []
    return []


def _test_authority(now: dt.datetime) -> Authority:
    held = settings.MOTKRAFT_FOLDERS.secret(
        "eseals/test-authority.p12", make=lambda: generate_test_authority(now=now).to_pkcs12()
    )
    return Authority.from_pkcs12(held)


@dataclass(frozen=True)
class UnderWay:
    """A decision laid out and about to be sealed: the moment, what it was made of, the seal but for its signature, and
    the sealed records as JSON. ``facts`` is a SHA-256 of what the original says.
    """

    moment: dt.datetime
    facts: str
    prepared: sealing.Prepared
    records: dict[RecordKind, sealing.SealedRecord]

    def to_json(self) -> bytes:
        """The form to keep; the records are sealed already, so nothing in it can be opened here."""
        return json.dumps(
            {
                "moment": self.moment.isoformat(),
                "facts": self.facts,
                "prepared": base64.b64encode(self.prepared.to_json()).decode(),
                "records": {kind.value: base64.b64encode(one.to_json()).decode() for kind, one in self.records.items()},
            }
        ).encode()

    @classmethod
    def from_json(cls, data: bytes) -> UnderWay:
        """Read what was kept."""
        read = json.loads(data)
        return cls(
            dt.datetime.fromisoformat(read["moment"]),
            read["facts"],
            sealing.Prepared.from_json(base64.b64decode(read["prepared"])),
            {
                RecordKind(kind): sealing.SealedRecord.from_json(base64.b64decode(one))
                for kind, one in read["records"].items()
            },
        )


def facts_of(data: dict[str, Any], level: int) -> str:
    """What an original says and the notice leaves out, in one hash."""
    return hashlib.sha256(dumps(json.loads(json.dumps([data, level], default=str)))).hexdigest()


def take_up(decision: Decision) -> UnderWay | None:
    """What was laid out for this decision before something broke off, None without."""
    file = _file(decision)
    return UnderWay.from_json(file.read_bytes()) if file.exists() else None


def hold(decision: Decision, under_way: UnderWay) -> None:
    """Keep what was laid out until this transaction is committed; written before anything is sent to be signed."""
    file = _file(decision)
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    temporary = file.with_suffix(f".{uuid.uuid4().hex}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as stream:
        stream.write(under_way.to_json())
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(temporary, file)


def let_go(decision: Decision) -> None:
    """Forget what was laid out once the decision is issued."""
    file = _file(decision)
    transaction.on_commit(lambda: file.unlink(missing_ok=True))


def _file(decision: Decision) -> Path:
    folder: Path = settings.MOTKRAFT_FOLDERS.secrets / "eseals" / "under-way"
    return folder / f"{decision.pk}.json"


def lay_out(
    pdf: bytes, signer: sealing.Signer, now: dt.datetime, reason: str = "Underrättelse om beslut"
) -> sealing.Prepared:
    """Lay out a seal with as much as the services give now; one that is away keeps no paper from going out.

    Raises CertificateRevoked when the seal's certificate was: whoever is asked online would find the seal void.
    """
    timestamper, validation = services(now)
    try:
        return sealing.prepare(pdf, signer, reason=reason, now=now, timestamper=timestamper, validation=validation)
    except CertificateRevoked:
        raise
    except (TimestampRejected, CertificateRejected):
        return sealing.prepare(pdf, signer, reason=reason, now=now)


def complete(prepared: sealing.Prepared, signer: sealing.Signer, request: str, now: dt.datetime) -> bytes:
    """Have the hash signed and give the sealed file, at the level that the services allow now.

    What is missing of timestamps is added later by ``renew``. Raises what the key's holder raises.
    """
    timestamper, validation = services(now)
    signature = signer.sign(prepared.attributes, request)
    try:
        sealed = sealing.complete(prepared, signer, signature, timestamper=timestamper)
    except SealingError:
        return sealing.complete(prepared, signer, signature)
    if timestamper is None or validation is None:
        return sealed
    try:
        return sealing.archive(sealed, timestamper=timestamper, validation=validation, now=now)
    except SealingError:
        return sealed


def kept_notice(decision: Decision) -> str:
    """SHA-256 of the notice as it is kept now: as issued, or with the archive timestamps added since."""
    last = Event.objects.filter(type=ARCHIVED, subject_id=decision.pk).order_by("-at").first()
    return str(last.data["sha256"]) if last is not None and last.data else decision.notice_sha256


def renew(organisation_id: uuid.UUID, now: dt.datetime | None = None) -> list[tuple[str, dt.datetime]]:
    """Add an archive timestamp to each notice that needs one; gives reference and until when it is provable then.

    Needed where a seal is below B-LTA, where the last timestamp's certificate ends within 180 days, and every five
    years. What was issued stays the beginning of the file, byte for byte. Raises TimestampRejected when the service is
    away, and at the end SealingError for a file that cannot be renewed; what was done until then stays done.
    """
    broken: list[SealingError] = []
    done = list(_renewals(organisation_id, now or timezone.now(), broken))
    if broken:
        raise broken[0]
    return done


def renew_all(now: dt.datetime | None = None) -> Iterator[tuple[str, str, dt.datetime]]:
    """``renew`` for every organisation, one notice after another: the organisation's code, reference, until when.

    A file that cannot be renewed keeps no other from it, in no organisation. Raises as ``renew``.
    """
    broken: list[SealingError] = []
    for pk, code in Organisation.objects.order_by("code").values_list("pk", "code"):
        for reference, until in _renewals(pk, now or timezone.now(), broken):
            yield code, reference, until
    if broken:
        raise broken[0]


def _renewals(
    organisation_id: uuid.UUID, now: dt.datetime, broken: list[SealingError]
) -> Iterator[tuple[str, dt.datetime]]:
    actor = system(organisation_id)
    with acting(actor):
        timestamper, validation = services(now)
        if timestamper is None or validation is None:
            return
        waiting = list(
            Decision.objects.filter(organisation_id=organisation_id, issued_at__isnull=False).order_by("issued_at")
        )
    for decision in waiting:
        try:
            with acting(actor):
                until = _renew(actor, decision, timestamper, validation, now)
        except TimestampRejected:
            raise  # the service is away for the others too
        except SealingError as error:
            broken.append(error)
            continue
        if until is not None:
            yield str(decision.reference), until


def _renew(
    actor: Actor,
    decision: Decision,
    timestamper: sealing.TimestampTransport,
    validation: sealing.Validation,
    now: dt.datetime,
) -> dt.datetime | None:
    path = path_of(actor.organisation_id, kept_notice(decision))
    if path is None or not path.exists():
        return None
    pdf = path.read_bytes()
    seal = sealing.verify_pdf(pdf, now=now)
    last = seal.archived_at[-1] if seal.archived_at else None
    if last is not None and seal.good_until - now > RENEW_BEFORE and now - last < _ALGORITHM_ENDS:
        return None
    longer = sealing.archive(pdf, timestamper=timestamper, validation=validation, now=now)
    found = sealing.verify_pdf(longer, now=now)
    with transaction.atomic():
        kept = keep(actor.organisation_id, longer, content_type="application/pdf")
        record(actor, ARCHIVED, decision, sha256=kept.sha256, good_until=found.good_until.isoformat())
    return found.good_until


def _ask(request: bytes) -> bytes:
    """Post a DER request to the service that is set. Raises OSError when it is away."""
    asked = Request(  # noqa: S310 -- the operator's own setting
        settings.MOTKRAFT_TIMESTAMP_URL, data=request, headers={"Content-Type": "application/timestamp-query"}
    )
    status, _headers, answer = outside.ask(asked, patience=PATIENCE, largest=LARGEST_ANSWER)
    if status != 200:
        raise OSError(f"the timestamp service answered {status}")
    return answer
