"""Sealed records: a payload that only a threshold of custodians can open together.

The payload is age-encrypted to a one-time X25519 key; the key's 32 bytes are split by SLIP-39 into one share
per custodian; each share is age-encrypted to its custodian. A record can be opened with ``age`` and any
SLIP-39 tool, without Motkraft: docs/formats/sealed-record.md says how. The server never holds an identity.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, islice
from typing import Any, Final

import pyrage  # type: ignore[import-untyped]
import rfc8785
import shamir_mnemonic  # type: ignore[import-untyped]

from motkraft.sealing.commitment import Commitment, commit, verify_commitment
from motkraft.sealing.custodians import identity_from_secret, parse_identity
from motkraft.sealing.errors import (
    CommitmentMismatch,
    CustodianRejected,
    MalformedRecord,
    NotEnoughShares,
    SealingError,
    SharesRejected,
    TamperedRecord,
)
from motkraft.sealing.recipients import Recipient, parse_recipient, parse_x25519

FORMAT: Final = "motkraft.sealed-record/1"
RESEALED: Final = "motkraft.sealed-record/2"
"""A record whose key was split anew for other custodians; payload, ciphertext and commitment are those of the first."""
MAX_CUSTODIANS: Final = 16
_CHOICES = 120  # of the shares given that are tried at most: all pairs of MAX_CUSTODIANS
"""SLIP-39 has four bits for the member index."""
_CUSTODIAN_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_DIGEST = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class SealedShare:
    """One custodian's part: id, age recipient, and the age-encrypted mnemonic."""

    custodian: str
    recipient: str
    ciphertext: bytes


@dataclass(frozen=True, slots=True)
class FirstSealing:
    """To whom a resealed record was sealed at first, as its ciphertext repeats it.

    ``key`` is the public half of the one-time key (an age recipient): whoever combines new shares sees that they give
    the same key. ``replaces`` is the SHA-256, in hex, of the record that was resealed.
    """

    threshold: int
    custodians: tuple[tuple[str, str], ...]
    key: str
    replaces: str


@dataclass(frozen=True, slots=True)
class SealedRecord:
    """A sealed record as it is stored; nothing in it is secret, nothing in it is readable.

    ``commitment`` is the 32-byte public digest; ``threshold`` custodians of ``shares`` open ``ciphertext``.
    """

    record_id: str
    commitment: bytes
    threshold: int
    shares: tuple[SealedShare, ...]
    ciphertext: bytes
    first: FirstSealing | None = None

    @property
    def custodians(self) -> tuple[str, ...]:
        """The custodians' ids, sorted."""
        return tuple(share.custodian for share in self.shares)

    def header(self) -> dict[str, Any]:
        """Give the part that is repeated inside the ciphertext.

        Format, id, commitment, and the threshold and custodians of the first sealing.
        """
        now = {share.custodian: share.recipient for share in self.shares}
        return {
            "format": FORMAT,
            "record_id": self.record_id,
            "commitment": self.commitment.hex(),
            "threshold": self.first.threshold if self.first else self.threshold,
            "custodians": dict(self.first.custodians) if self.first else now,
        }

    def to_json(self) -> bytes:
        """Write the record as canonical JSON (RFC 8785), closed by a SHA-256 over all the rest."""
        body = self.header()
        if self.first is not None:
            body |= {
                "format": RESEALED,
                "threshold": self.threshold,
                "custodians": {share.custodian: share.recipient for share in self.shares},
                "first": {
                    "threshold": self.first.threshold,
                    "custodians": dict(self.first.custodians),
                    "key": self.first.key,
                    "replaces": self.first.replaces,
                },
            }
        body |= {
            "shares": {share.custodian: _b64(share.ciphertext) for share in self.shares},
            "ciphertext": _b64(self.ciphertext),
            "ciphertext_sha256": hashlib.sha256(self.ciphertext).hexdigest(),
        }
        return rfc8785.dumps(body | {"sha256": hashlib.sha256(rfc8785.dumps(body)).hexdigest()})

    @property
    def sha256(self) -> str:
        """SHA-256 of the whole record as written, in hex; log this."""
        return hashlib.sha256(self.to_json()).hexdigest()

    @classmethod
    def from_json(cls, data: bytes) -> SealedRecord:
        """Read a record.

        Raises MalformedRecord for another format and TamperedRecord when a byte was changed.
        """
        try:
            parsed = json.loads(data)
        except (ValueError, RecursionError):
            raise MalformedRecord("This is not a sealed record: it is not JSON in UTF-8.") from None
        if not isinstance(parsed, dict) or parsed.get("format") not in (FORMAT, RESEALED):
            raise MalformedRecord(f'This is not a sealed record of format "{FORMAT}".')
        try:
            record = cls._from_parsed(parsed)
            canonical = record.to_json()
        except (KeyError, TypeError, ValueError, AttributeError, binascii.Error, SealingError):
            raise MalformedRecord("A field of the sealed record is missing or has the wrong form.") from None
        if canonical != data:
            raise TamperedRecord(
                "The sealed record was changed after it was made (its checksum or its canonical form is not "
                "right). "
                "Fetch it again from the backup and compare with the logged SHA-256."
            )
        return record

    @classmethod
    def _from_parsed(cls, parsed: dict[str, Any]) -> SealedRecord:
        if not _DIGEST.fullmatch(parsed["commitment"]) or type(parsed["threshold"]) is not int:
            raise ValueError
        custodians, shares = parsed["custodians"], parsed["shares"]
        if sorted(custodians) != sorted(shares):
            raise ValueError
        record = cls(
            record_id=parsed["record_id"],
            commitment=bytes.fromhex(parsed["commitment"]),
            threshold=parsed["threshold"],
            shares=tuple(SealedShare(c, custodians[c], _unb64(shares[c])) for c in sorted(custodians)),
            ciphertext=_unb64(parsed["ciphertext"]),
            first=_first(parsed["first"]) if parsed["format"] == RESEALED else None,
        )
        _check_policy(record.record_id, {s.custodian: s.recipient for s in record.shares}, record.threshold)
        return record


def _first(parsed: dict[str, Any]) -> FirstSealing:
    if type(parsed["threshold"]) is not int or not _DIGEST.fullmatch(parsed["replaces"]):
        raise ValueError
    _check_policy("", parsed["custodians"], parsed["threshold"])
    parse_x25519(parsed["key"])
    custodians = tuple(sorted(parsed["custodians"].items()))
    return FirstSealing(parsed["threshold"], custodians, parsed["key"], parsed["replaces"])


@dataclass(frozen=True, slots=True)
class OpenedRecord:
    """An opened record, proven to be the committed one.

    The payload, and the salt that proves it to a court.
    """

    record_id: str
    payload: bytes
    commitment: Commitment

    def __repr__(self) -> str:
        return f"OpenedRecord(record_id={self.record_id!r}, payload=<{len(self.payload)} bytes>)"


def seal(
    payload: bytes,
    recipients: Mapping[str, str],
    threshold: int = 2,
    *,
    record_id: str = "",
    commitment: Commitment | None = None,
) -> SealedRecord:
    """Seal a payload to custodians so that ``threshold`` of them can open it together, and fewer cannot.

    ``recipients`` maps a custodian id (letters, digits, ``._:-``, at most 64; never a person's name) to an
    age recipient, its own or a plugin's. Give ``commitment`` when it was made earlier (to print its digest on a
    notice); it must be a commitment to this very payload. ``record_id`` (a reference, at most 200 characters, never
    a name) is bound into the ciphertext. Raises SealingError for an impossible threshold, CustodianRejected for a
    bad recipient, PluginAway, CommitmentMismatch.
    """
    _check_policy(record_id, recipients, threshold)
    parsed = {custodian: parse_recipient(recipient) for custodian, recipient in sorted(recipients.items())}
    if commitment is None:
        commitment = commit(payload)
    verify_commitment(payload, salt=commitment.salt, digest=commitment.digest)

    secret = secrets.token_bytes(32)
    shares = _split(secret, parsed, threshold)
    draft = SealedRecord(record_id, commitment.digest, threshold, shares, b"")
    inner = rfc8785.dumps({"header": draft.header(), "payload": _b64(payload), "salt": commitment.salt.hex()})
    ciphertext = pyrage.encrypt(inner, [identity_from_secret(secret).to_public()])
    return SealedRecord(record_id, commitment.digest, threshold, shares, ciphertext)


def _split(secret: bytes, recipients: Mapping[str, Recipient], threshold: int) -> tuple[SealedShare, ...]:
    """Split a secret and encrypt each share to its custodian, once every share is seen to give the secret again."""
    # The secret is uniformly random and has no passphrase, so the slow derivation of SLIP-39 would add nothing.
    (mnemonics,) = shamir_mnemonic.generate_mnemonics(
        1, [(threshold, len(recipients))], secret, b"", extendable=True, iteration_exponent=0
    )
    for start in range(len(mnemonics)):
        some = [mnemonics[(start + step) % len(mnemonics)] for step in range(threshold)]
        if not hmac.compare_digest(shamir_mnemonic.combine_mnemonics(some, b""), secret):
            raise SealingError("The new shares do not give the key again; nothing was sealed.")
    return tuple(
        SealedShare(custodian, str(recipient), recipient.encrypt(mnemonic.encode()))
        for (custodian, recipient), mnemonic in zip(recipients.items(), mnemonics, strict=True)
    )


def reseal(
    sealed: SealedRecord, shares: Sequence[str], recipients: Mapping[str, str], threshold: int = 2
) -> SealedRecord:
    """Split a record's key anew for other custodians; ciphertext and commitment stay as they are.

    SLIP-39 shares cannot be exchanged without combining them once, so this runs on a custodian's machine, with
    ``threshold`` of the present shares, never on the server. The record is opened to prove that it is whole, and its
    content is dropped. Who kept copies of enough old shares can still open the record. Raises as ``open_record`` and
    ``seal``.
    """
    _check_policy(sealed.record_id, recipients, threshold)
    parsed = {custodian: parse_recipient(recipient) for custodian, recipient in sorted(recipients.items())}
    secret = _opened_with(sealed, shares)[0]
    first = FirstSealing(
        threshold=sealed.header()["threshold"],
        custodians=tuple(sorted(sealed.header()["custodians"].items())),
        key=str(identity_from_secret(secret).to_public()),
        replaces=sealed.sha256,
    )
    new = _split(secret, parsed, threshold)
    return SealedRecord(sealed.record_id, sealed.commitment, threshold, new, sealed.ciphertext, first)


def check_resealed(old: SealedRecord, new: SealedRecord) -> None:
    """Check all that can be seen without opening: that ``new`` is ``old``, sealed to others.

    That the new shares give the key is seen only by combining them (``open_record``): the custodians do. Raises
    TamperedRecord naming what differs.
    """
    if new.first is None or new.first.replaces != old.sha256:
        raise TamperedRecord("The resealed record does not replace this one.", field="replaces")
    same = {
        "record_id": new.record_id == old.record_id,
        "commitment": new.commitment == old.commitment,
        "ciphertext": new.ciphertext == old.ciphertext,
        "first": new.header() == old.header(),
        "key": old.first is None or old.first.key == new.first.key,
    }
    for field, is_same in same.items():
        if not is_same:
            raise TamperedRecord("The resealed record is not the one that was sealed.", field=field)


def open_share(sealed: SealedRecord, custodian_id: str, identity: str) -> str:
    """Open one custodian's share with that custodian's age identity; gives the SLIP-39 mnemonic (33 words).

    Raises CustodianRejected when the custodian is not in the record or the identity is not theirs, SharesRejected when
    what it opens is no share.
    """
    share = next((s for s in sealed.shares if s.custodian == custodian_id), None)
    if share is None:
        raise CustodianRejected(
            f'"{custodian_id}" is not a custodian of this record.', custodians=list(sealed.custodians)
        )
    try:
        mnemonic: str = pyrage.decrypt(share.ciphertext, [parse_identity(identity)]).decode()
    except (pyrage.DecryptError, UnicodeDecodeError):
        raise CustodianRejected(
            f'This identity does not open the share of "{custodian_id}". Use the key that belongs to '
            f"{share.recipient}.",
            custodian=custodian_id,
        ) from None
    check_share(sealed, mnemonic)
    return mnemonic


def check_share(sealed: SealedRecord, mnemonic: str) -> None:
    """Refuse what is no share of a key that was split as this record's.

    Whoever puts a record together could else have a custodian decrypt whatever was encrypted to the same key. A share
    of another record that was split alike passes: nothing in a share names its record. Raises SharesRejected.
    """
    try:
        share = shamir_mnemonic.Share.from_mnemonic(mnemonic)
    except (shamir_mnemonic.MnemonicError, ValueError):
        share = None
    split = share and (share.group_threshold, share.group_count, share.member_threshold, len(share.value))
    if share is None or split != (1, 1, sealed.threshold, 32) or share.index >= len(sealed.shares):
        raise SharesRejected(
            "What is encrypted to this key is no share of this record: somebody has put the record together anew. "
            "Give nothing, and compare the record with the one that was logged."
        )


def open_sealed(sealed: SealedRecord, shares: Sequence[str]) -> bytes:
    """Open a record with at least ``threshold`` mnemonics; gives the payload. Raises as ``open_record``."""
    return open_record(sealed, shares).payload


def open_record(sealed: SealedRecord, shares: Sequence[str]) -> OpenedRecord:
    """Open a record and prove that its payload is the committed one, and its key the one that was sealed.

    Raises NotEnoughShares (fewer distinct shares than the threshold), SharesRejected (damaged, or of another
    record), TamperedRecord (ciphertext or header changed), CommitmentMismatch.
    """
    return _opened_with(sealed, shares)[1]


def _opened_with(sealed: SealedRecord, shares: Sequence[str]) -> tuple[bytes, OpenedRecord]:
    distinct = _distinct_shares(shares)
    if len(distinct) < sealed.threshold:
        raise NotEnoughShares(
            f"{sealed.threshold} different shares are needed and {len(distinct)} were given. Ask another "
            "custodian.",
            needed=sealed.threshold,
            given=len(distinct),
        )
    refused: list[SealingError] = []
    for some in islice(combinations(distinct, sealed.threshold), _CHOICES):
        try:
            return _opened_with_these(sealed, some)
        except (SharesRejected, TamperedRecord, CommitmentMismatch) as error:
            refused.append(error)  # one share that is of something else does not stop the others
    raise refused[0]


def _opened_with_these(sealed: SealedRecord, shares: Sequence[str]) -> tuple[bytes, OpenedRecord]:
    """The secret and the record, by exactly as many shares as are needed."""
    try:
        secret = shamir_mnemonic.combine_mnemonics(list(shares), b"")
        inner = pyrage.decrypt(sealed.ciphertext, [identity_from_secret(secret)])
    except (shamir_mnemonic.MnemonicError, ValueError, SealingError):
        raise SharesRejected(
            "These shares do not belong together. Check that all are from this record."
        ) from None
    except pyrage.DecryptError:
        raise TamperedRecord(
            "The shares fit each other but do not open this ciphertext: it was changed, or they are of "
            "another record."
        ) from None
    if sealed.first is not None and str(identity_from_secret(secret).to_public()) != sealed.first.key:
        raise TamperedRecord("The key is not the one that this record names.")
    return secret, _opened(sealed, inner)


def _opened(sealed: SealedRecord, inner: bytes) -> OpenedRecord:
    try:
        content = json.loads(inner)
        header, payload, salt = content["header"], _unb64(content["payload"]), bytes.fromhex(content["salt"])
        opened = OpenedRecord(sealed.record_id, payload, Commitment(salt, sealed.commitment))
        verify_commitment(payload, salt=salt, digest=bytes.fromhex(header["commitment"]))
        sealed_as = rfc8785.dumps(header)
    except CommitmentMismatch:
        raise
    except (KeyError, TypeError, ValueError, RecursionError, SealingError):
        raise TamperedRecord("The opened content is not in the documented form.") from None
    if not hmac.compare_digest(sealed_as, rfc8785.dumps(sealed.header())):
        raise TamperedRecord(
            "The record's open part (id, commitment, threshold or custodians) is not the one that was sealed."
        )
    return opened


def _distinct_shares(shares: Sequence[str]) -> list[str]:
    """Normalise spaces and case, check each share's own checksum, and drop repeated ones."""
    distinct: dict[str, None] = {}
    for number, share in enumerate(shares, start=1):
        mnemonic = " ".join(share.lower().split())
        try:
            shamir_mnemonic.Share.from_mnemonic(mnemonic)
        except (shamir_mnemonic.MnemonicError, ValueError):
            raise SharesRejected(
                f"Share number {number} is not a valid SLIP-39 share: a word is missing, misspelt or out of "
                "place.",
                number=number,
            ) from None
        distinct[mnemonic] = None
    return list(distinct)


def _check_policy(record_id: str, recipients: Mapping[str, str], threshold: int) -> None:
    if len(record_id) > 200 or not record_id.isprintable():
        raise SealingError("A record id is at most 200 printable characters, on one line.")
    if not 2 <= threshold <= len(recipients) <= MAX_CUSTODIANS:
        raise SealingError(
            f"A record needs 2 to {MAX_CUSTODIANS} custodians and a threshold from 2 up to their number.",
            threshold=threshold,
            custodians=len(recipients),
        )
    if len({recipient.strip().lower() for recipient in recipients.values()}) != len(recipients):
        raise CustodianRejected("Two custodians have the same age recipient; one person could open alone.")
    for custodian in recipients:
        if not _CUSTODIAN_ID.fullmatch(custodian):
            raise CustodianRejected(
                "A custodian id is 1 to 64 letters, digits or . _ : - and begins with a letter or a digit."
            )


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _unb64(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
