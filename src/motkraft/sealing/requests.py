"""What travels between the server and a custodian's own machine: a request out, shares or resealed records back.

Three JSON files, on any medium; none holds anything that opens a record. docs/formats/sealed-record.md.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import rfc8785

from motkraft.sealing.errors import CustodianRejected, MalformedRecord, SealingError
from motkraft.sealing.recipients import parse_recipient
from motkraft.sealing.record import SealedRecord, check_share, reseal

REQUEST: Final = "motkraft.custodian-request/1"
SHARES: Final = "motkraft.custodian-shares/1"
RESEALED: Final = "motkraft.custodian-resealed/1"
MAX_RECORDS: Final = 500
MAX_BYTES: Final = 100_000_000
_AGE: Final = b"age-encryption.org/v1\n"
_MAX_SHARE: Final = 4_000
Read = TypeVar("Read")
OpenShare = Callable[[SealedRecord], tuple[str, str]]
"""Opens the custodian's own share of a record: (custodian id, words)."""
Decrypt = Callable[[bytes], bytes | None]
"""Decrypts an age file with a key of one's own; None when it is for another key."""


@dataclass(frozen=True, slots=True)
class CustodianRequest:
    """What custodians are asked: to give shares of these records to ``recipient`` (age), until ``expires_at``.

    ``custodians`` and ``threshold`` say to whom the records are to be resealed; empty when they are to be opened.
    """

    request: str
    reference: str
    recipient: str
    expires_at: dt.datetime
    records: tuple[SealedRecord, ...]
    custodians: tuple[tuple[str, str], ...] = ()
    threshold: int = 0

    @property
    def is_reseal(self) -> bool:
        """True when the records are to be sealed to other custodians."""
        return bool(self.custodians)

    def to_json(self) -> bytes:
        """Write the request as canonical JSON."""
        body: dict[str, Any] = {
            "format": REQUEST,
            "request": self.request,
            "reference": self.reference,
            "recipient": self.recipient,
            "expires_at": self.expires_at.astimezone(dt.UTC).isoformat(timespec="seconds"),
            "records": [_b64(record.to_json()) for record in self.records],
        }
        if self.is_reseal:
            body["reseal_to"] = {"custodians": dict(self.custodians), "threshold": self.threshold}
        return rfc8785.dumps(body)

    @classmethod
    def from_json(cls, data: bytes) -> CustodianRequest:
        """Read a request. Raises MalformedRecord, and as ``SealedRecord.from_json`` for its records."""
        return _read(data, REQUEST, cls._parsed)

    @classmethod
    def _parsed(cls, parsed: dict[str, Any]) -> CustodianRequest:
        to = parsed.get("reseal_to") or {"custodians": {}, "threshold": 0}
        if type(to["threshold"]) is not int:
            raise ValueError
        for recipient in (parsed["recipient"], *to["custodians"].values()):
            parse_recipient(recipient)
        expires_at = dt.datetime.fromisoformat(parsed["expires_at"])
        if expires_at.tzinfo is None:
            raise ValueError
        return cls(
            request=_text(parsed["request"]),
            reference=_text(parsed["reference"]),
            recipient=parsed["recipient"],
            expires_at=expires_at,
            records=_records(parsed["records"]),
            custodians=tuple(sorted(to["custodians"].items())),
            threshold=to["threshold"],
        )


@dataclass(frozen=True, slots=True)
class CustodianShares:
    """A custodian's shares for one request, each encrypted to the request's recipient, by the record's SHA-256."""

    request: str
    custodian: str
    shares: Mapping[str, bytes]

    def to_json(self) -> bytes:
        """Write the shares as canonical JSON."""
        shares = {sha256: _b64(share) for sha256, share in self.shares.items()}
        return rfc8785.dumps(
            {"format": SHARES, "request": self.request, "custodian": self.custodian, "shares": shares}
        )

    @classmethod
    def from_json(cls, data: bytes) -> CustodianShares:
        """Read a share file. Raises MalformedRecord."""
        return _read(data, SHARES, cls._parsed)

    @classmethod
    def _parsed(cls, parsed: dict[str, Any]) -> CustodianShares:
        shares = {str(sha256): _unb64(share) for sha256, share in parsed["shares"].items()}
        if not shares or any(not s.startswith(_AGE) or len(s) > _MAX_SHARE for s in shares.values()):
            raise ValueError
        return cls(_text(parsed["request"]), _text(parsed["custodian"]), shares)

    def opened(self, decrypt: Decrypt) -> dict[str, str]:
        """Open the shares with the request's key: record SHA-256 -> words. Raises CustodianRejected."""
        found = {}
        for sha256, share in self.shares.items():
            words = decrypt(share)
            if words is None:
                raise CustodianRejected("These shares were given to another request's key.")
            found[sha256] = words.decode("utf-8", "replace")
        return found


def give_shares(request: CustodianRequest, open_one: OpenShare, *, now: dt.datetime) -> CustodianShares:
    """Open one's own share of every record of a request and encrypt it to the request's key.

    Raises SealingError when the time has run out, SharesRejected when something else than a share stands in a share's
    place, and what ``open_one`` raises.
    """
    if now >= request.expires_at:
        raise SealingError("The time for this request has run out. Ask for a new one.")
    recipient = parse_recipient(request.recipient)
    given: dict[str, bytes] = {}
    owners = set()
    for record in request.records:
        custodian, words = open_one(record)
        check_share(record, words)
        owners.add(custodian)
        given[record.sha256] = recipient.encrypt(words.encode())
    if len(owners) != 1:
        raise CustodianRejected("The records do not have one custodian in common to whom this key belongs.")
    return CustodianShares(request.request, owners.pop(), given)


def reseal_all(request: CustodianRequest, words: Mapping[str, Sequence[str]]) -> bytes:
    """Reseal every record of a request; ``words`` are the shares by the record's SHA-256. Gives the file to bring back.

    Raises SealingError when the request asks for no resealing, and as ``record.reseal``.
    """
    if not request.is_reseal:
        raise SealingError("This request asks to open records, not to reseal them.")
    new = [
        reseal(record, words.get(record.sha256, ()), dict(request.custodians), request.threshold)
        for record in request.records
    ]
    return bundle_resealed(new)


def bundle_resealed(records: Sequence[SealedRecord]) -> bytes:
    """Write resealed records into one file, as ``read_resealed`` reads it."""
    return rfc8785.dumps({"format": RESEALED, "records": [_b64(record.to_json()) for record in records]})


def read_resealed(data: bytes) -> tuple[SealedRecord, ...]:
    """Read the file that ``reseal_all`` wrote. Raises MalformedRecord, and as ``SealedRecord.from_json``."""
    return _read(data, RESEALED, lambda parsed: _records(parsed["records"]))


def is_request(data: bytes) -> bool:
    """Whether a file is a request to custodians, by its format field alone."""
    return f'"format":"{REQUEST}"'.encode() in data


def _read(data: bytes, kind: str, parse: Callable[[dict[str, Any]], Read]) -> Read:
    try:
        parsed = json.loads(data) if len(data) <= MAX_BYTES else None
    except (ValueError, RecursionError):
        parsed = None
    if not isinstance(parsed, dict) or parsed.get("format") != kind:
        raise MalformedRecord(f'This is not a file of format "{kind}".')
    try:
        return parse(parsed)
    except SealingError:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error):
        raise MalformedRecord(f'A field of this "{kind}" is missing or has the wrong form.') from None


def _records(listed: Any) -> tuple[SealedRecord, ...]:
    if not isinstance(listed, list) or not 0 < len(listed) <= MAX_RECORDS:
        raise ValueError
    return tuple(SealedRecord.from_json(_unb64(each)) for each in listed)


def _text(value: Any) -> str:
    if not isinstance(value, str) or not 0 < len(value) <= 200 or not value.isprintable():
        raise ValueError
    return value


def _b64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _unb64(text: Any) -> bytes:
    return base64.b64decode(text, validate=True)
