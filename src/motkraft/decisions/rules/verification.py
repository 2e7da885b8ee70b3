"""What a file proves: its seal, its hash against what was published, and its place in the signed log.

Pure: the file, what was published and the log's key are given; nothing is fetched and nothing is kept.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import rfc8785
from shamir_mnemonic import MnemonicError, Share  # type: ignore[import-untyped]

from motkraft.decisions.rules.errors import DecisionError
from motkraft.ledger.rules import commitment as entry_of
from motkraft.sealing import (
    OpenedRecord,
    PdfSeal,
    SealedRecord,
    SealingError,
    identity_from_words,
    open_record,
    open_share,
    recipient_of,
    verify_pdf,
)
from motkraft.sealing.errors import UntrustedSeal
from motkraft.tlog import Policy, ProofVerification, TlogError, TlogProof, verify_proof
from motkraft.tlog.policy import NO_QUORUM

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: no letter is taken for a figure."""
ISSUED = "decision.issued"  # the kind of event that a publication rests on
PUBLIC_ID_LENGTH = 16  # characters of 5 bits: 80 bits cannot be guessed
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1", "U": "V", "-": None, " ": None})


def new_public_id() -> str:
    """Draw a public id: 16 characters of Crockford's base 32, 80 random bits."""
    return "".join(secrets.choice(ALPHABET) for _ in range(PUBLIC_ID_LENGTH))


def normal_public_id(typed: str) -> str:
    """Read a public id as a person typed it: any case, hyphens, O for 0, I and L for 1. Empty when it cannot be one."""
    found = typed.strip().upper().translate(_READ_AS)
    return found if len(found) == PUBLIC_ID_LENGTH and set(found) <= set(ALPHABET) else ""


@dataclass(frozen=True, slots=True)
class Publication:
    """What an organisation has made public about one decision: no names.

    ``event`` is the canonical JSON of its event in the log and ``salt`` what opens the log entry to it; ``receipt``
    the inclusion proof, empty until the log is signed next; ``log_key`` the log's verifier key. A ``policy`` counts
    in the place of ``log_key``.
    """

    public_id: str
    organisation: str
    title_sv: str
    title_en: str
    decided_on: dt.date
    notice_sha256: str
    commitment: str
    certificate_sha256: str
    status: Literal["issued", "replaced", "revoked"]
    event: bytes
    salt: bytes
    log_key: str
    receipt: str = ""
    policy: str = ""  # c2sp.org/tlog-policy: the log, its witnesses and how many must have cosigned

    @property
    def entry(self) -> bytes:
        """The log entry that event and salt give: SHA-256(salt || event)."""
        return entry_of(self.salt, self.event)

    def to_receipt(self) -> str:
        """The receipt file (.tlog-proof) with the event and its salt as extra data, so that it verifies alone."""
        proof = TlogProof.parse(self.receipt)
        extra = rfc8785.dumps({"event": json.loads(self.event), "salt": self.salt.hex()})
        return str(TlogProof(proof.index, proof.hashes, proof.checkpoint, extra))


SealState = Literal["none", "intact", "broken", "not_pdf", "unchecked"]
LogState = Literal["logged", "waiting", "failed", "unknown"]
Verdict = Literal[
    "genuine", "replaced", "revoked", "changed", "not_this", "unknown", "no_seal", "not_pdf", "log_failed", "too_big"
]


@dataclass(frozen=True, slots=True)
class FileVerification:
    """What was found about a file. ``verdict`` sums it up; each part can be shown on its own.

    ``seal`` is None unless the e-seal is intact; ``published_hash`` is True when the file's SHA-256 is the published
    one, None when nothing was published to compare with; ``own_certificate`` tells whether the seal was made with the
    certificate that the organisation issued this decision with; ``logged`` is the verified place in the log.
    """

    sha256: str
    size: int
    verdict: Verdict
    seal_state: SealState
    seal: PdfSeal | None
    published_hash: bool | None
    own_certificate: bool | None
    log_state: LogState
    logged: ProofVerification | None
    publication: Publication | None
    problem: str = ""

    @property
    def is_test(self) -> bool:
        """True when the seal's certificate says itself that it has no legal effect."""
        return self.seal is not None and self.seal.is_test


@dataclass(frozen=True, slots=True)
class Witnessed:
    """How many of the policy's witnesses have cosigned what a receipt rests on, and whether that is enough.

    ``needed`` is 0 when the policy asks for none; then nothing is said about witnesses.
    """

    names: tuple[str, ...]
    of: int
    needed: int
    holds: bool


def witnessed(publication: Publication, logged: ProofVerification | None) -> Witnessed | None:
    """Count the witnesses behind a verified place in the log; None without a policy that asks for any."""
    if logged is None or not publication.policy:
        return None
    policy = Policy.parse(publication.policy)
    if policy.quorum == NO_QUORUM:
        return None
    names = [each.name for each in logged.cosigned_by]
    needed = policy.groups[policy.quorum].threshold if policy.quorum in policy.groups else 1
    keys = tuple(each.key_name for each in logged.cosigned_by)
    return Witnessed(keys, len(policy.witnesses), needed, policy.holds(names))


def verify_log(publication: Publication) -> tuple[LogState, ProofVerification | None]:
    """Prove that a publication stands in its organisation's signed log; never trusts the stored entry."""
    told = _event_data(publication.event)
    said = {
        "public_id": publication.public_id,
        "notice_sha256": publication.notice_sha256,
        "commitment": publication.commitment,
        "certificate_sha256": publication.certificate_sha256,
    }
    if any(told.get(key) != value for key, value in said.items()):
        return "failed", None
    if not publication.receipt:
        return "waiting", None
    try:
        policy = Policy.parse(publication.policy or f"log {publication.log_key}\nquorum none\n").without_quorum()
        found = verify_proof(publication.receipt, publication.entry, policy)
    except TlogError:
        return "failed", None
    if found.origin.rpartition("/")[2] != json.loads(publication.event).get("organisation"):
        return "failed", None  # one organisation's log vouches for no other's decision
    return "logged", found


def verify_file(
    data: bytes,
    publication: Publication | None,
    *,
    now: dt.datetime,
    largest: int | None = None,
    roots: Sequence[bytes] = (),
) -> FileVerification:
    """Say what a file proves, alone or against a publication.

    Never raises for the file's content, however hostile: a file that is no PDF, has no seal or was changed gives a
    result that says so. The certificate is compared with the one that the log names for the decision. ``roots`` (PEM or
    DER) tell whose seals and timestamps to trust; without them neither times nor issuers are proven. A file counts as
    the published one too when it only has archive timestamps after it. ``largest`` is how many bytes
    of a file that was not published are worth parsing (verdict "too_big" above it): parsers are slow on hostile bytes.
    """
    sha256 = hashlib.sha256(data).hexdigest()
    matches = None if publication is None else publication.notice_sha256 == sha256
    seal, seal_state, problem = _seal(data, now, largest=None if matches else largest, roots=roots)
    if publication is not None and seal is not None:
        matches = publication.notice_sha256 in (sha256, *seal.revisions)
    own = None if publication is None or seal is None else publication.certificate_sha256 == seal.certificate_sha256
    log_state, logged = ("unknown", None) if publication is None else verify_log(publication)
    return FileVerification(
        sha256=sha256,
        size=len(data),
        verdict=_verdict(publication, seal_state, matches, own, log_state),
        seal_state=seal_state,
        seal=seal,
        published_hash=matches,
        own_certificate=own,
        log_state=log_state,
        logged=logged,
        publication=publication,
        problem=problem,
    )


def _seal(
    data: bytes, now: dt.datetime, *, largest: int | None, roots: Sequence[bytes]
) -> tuple[PdfSeal | None, SealState, str]:
    if data.lstrip()[:5] != b"%PDF-":
        return None, "not_pdf", "not-pdf"
    if largest is not None and len(data) > largest:
        return None, "unchecked", "too-big"
    # Cheap looks first: a parser that searches 20 MB of hostile bytes for what is not there takes its time.
    if b"/ByteRange" not in data:  # a signature's place in the file is always written plainly (ISO 32000-2, 12.8.1)
        return None, "none", "sealing.no-seal"
    if b"startxref" not in data[-2048:]:
        return None, "broken", "sealing.broken-seal"
    try:
        try:
            return verify_pdf(data, now=now, trust_roots=roots), "intact", ""
        except UntrustedSeal as error:
            return verify_pdf(data, now=now), "intact", error.code
    except SealingError as error:
        return None, "none" if error.code == "sealing.no-seal" else "broken", error.code


def _verdict(
    publication: Publication | None, seal: SealState, matches: bool | None, own: bool | None, log: LogState
) -> Verdict:
    if seal == "not_pdf":
        return "not_pdf"
    if publication is not None and matches:
        if seal != "intact" or not own:
            return "changed"
        if log == "failed":
            return "log_failed"
        return "genuine" if publication.status == "issued" else publication.status
    if seal == "broken":
        return "changed"
    if publication is not None:
        return "not_this"
    if seal == "unchecked":
        return "too_big"
    return "no_seal" if seal == "none" else "unknown"


def _event_data(event: bytes) -> dict[str, Any]:
    try:
        parsed = json.loads(event)
        kind, data = parsed["type"], parsed["data"]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {}
    return data if kind == ISSUED and isinstance(data, dict) else {}


def publication_from_receipt(receipt: str | bytes, log_key: str, policy: str = "") -> Publication:
    """Read a receipt file with its event into a publication, to verify a notice without any database.

    A receipt tells how things stood when it was fetched: that a decision was revoked since, only the page knows.
    Raises DecisionError when the receipt carries no event of an issued decision, TlogError when it is no receipt.
    """
    proof = TlogProof.parse(receipt)
    try:
        extra = json.loads(proof.extra or b"")
        event, salt = extra["event"], bytes.fromhex(extra["salt"])
        if rfc8785.dumps({"event": event, "salt": salt.hex()}) != proof.extra:
            raise ValueError  # one spelling: no byte of a receipt can be changed
        data = _event_data(rfc8785.dumps(event))
        return Publication(
            public_id=data["public_id"],
            organisation=event["organisation"],
            title_sv=data["type"],
            title_en=data["type"],
            decided_on=dt.date.fromisoformat(data["decided_on"]),
            notice_sha256=data["notice_sha256"],
            commitment=data["commitment"],
            certificate_sha256=data["certificate_sha256"],
            status="issued",
            event=rfc8785.dumps(event),
            salt=salt,
            log_key=log_key,
            receipt=str(TlogProof(proof.index, proof.hashes, proof.checkpoint)),
            policy=policy,
        )
    except (ValueError, KeyError, TypeError, RecursionError):
        raise DecisionError(
            "This receipt does not carry the event of an issued decision. Fetch the receipt from the verification page."
        ) from None


def open_offline(record: bytes, *, identities: Sequence[str] = (), shares: Sequence[str] = ()) -> OpenedRecord:
    """Open a sealed record (JSON) with custodians' age identities, SLIP-39 shares, or both; nothing leaves the machine.

    Each identity opens the share that was sealed to it. Raises SealingError: damaged record, an identity that is
    nobody's here, or too few of them.
    """
    sealed = SealedRecord.from_json(record)
    by_recipient = {share.recipient: share.custodian for share in sealed.shares}
    opened = list(shares)
    for number, identity in enumerate(identities, start=1):
        custodian = by_recipient.get(recipient_of(identity))
        if custodian is None:
            raise DecisionError("Identity number %(number)s belongs to no custodian of this record.", number=number)
        opened.append(open_share(sealed, custodian, identity))
    return open_record(sealed, opened)


def share_offline(record: bytes, identity: str) -> str:
    """Open one custodian's share of a sealed record (JSON); gives its 33 words, for whoever opens the record.

    Raises SealingError for a damaged record or key, DecisionError when the key belongs to no custodian of it.
    """
    sealed = SealedRecord.from_json(record)
    wanted = recipient_of(identity)
    for share in sealed.shares:
        if share.recipient == wanted:
            return open_share(sealed, share.custodian, identity)
    raise DecisionError("Identity number %(number)s belongs to no custodian of this record.", number=1)


def share_from_input(text: str) -> str:
    """Read the words of a share that a custodian opened on a machine of their own.

    A key has nothing to do on a server, so one is refused, and it is said that it is to be replaced. Raises
    DecisionError for a key, and for words that are no share.
    """
    if is_key(text):
        raise DecisionError(
            "This is your key, and a key belongs on no server. Nothing was kept and no share was given. Make a new "
            "key, register it, and have the records sealed again."
        )
    words = " ".join(text.lower().split())
    try:
        Share.from_mnemonic(words)
    except (MnemonicError, ValueError):
        raise DecisionError("This is neither a file of shares nor the 33 words of a share. Nothing was kept.") from None
    return words


def is_key(text: str) -> bool:
    """Whether a text holds a custodian's secret key: its line, a recovery sheet's words, or a token's identity."""
    if "AGE-SECRET-KEY-" in text.upper() or "AGE-PLUGIN-" in text.upper():
        return True
    try:
        return bool(identity_from_words(text))  # a sheet's words look like a share's
    except SealingError:
        return False
