"""Numbers, base64 and hashes as the C2SP texts write them: one spelling each, everything else refused."""

from __future__ import annotations

import base64
import binascii
import re

from motkraft.tlog.errors import TlogError

MAX_SIZE = 2**63 - 1
"""Largest tree size, index or POSIX time that any of the formats may carry."""

HASH_SIZE = 32
"""Bytes of a SHA-256 hash."""

_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}", re.ASCII)


def parse_decimal(text: str, error: type[TlogError], what: str) -> int:
    """Read an ASCII decimal from 0 to 2^63-1: no sign, no leading zero, no space.

    Raises ``error`` for anything else; ``what`` names the number in its message.
    """
    if not _DECIMAL.fullmatch(text) or (number := int(text)) > MAX_SIZE:
        raise error(f"{what} must be a decimal from 0 to 2^63-1 without leading zeros", found=text[:40])
    return number


def parse_base64(text: str, error: type[TlogError], what: str) -> bytes:
    """Read standard base64 (RFC 4648 section 4) with padding, in its one canonical spelling.

    Raises ``error`` for anything else, stray bits in the last character included.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise error(f"{what} is not base64", found=text[:80]) from None
    if to_base64(data) != text:
        raise error(f"{what} is not base64 in its canonical spelling", found=text[:80])
    return data


def parse_hash(text: str, error: type[TlogError], what: str) -> bytes:
    """Read one base64 SHA-256 hash. Raises ``error`` unless it is exactly 32 bytes."""
    data = parse_base64(text, error, what)
    if len(data) != HASH_SIZE:
        raise error(f"{what} must be a SHA-256 hash of 32 bytes, not {len(data)}", found=text[:80])
    return data


def to_base64(data: bytes) -> str:
    """Write standard base64 with padding."""
    return base64.b64encode(data).decode("ascii")


def as_text(data: str | bytes, error: type[TlogError], what: str, limit: int) -> str:
    """Decode UTF-8 and refuse what no C2SP text may hold: control characters other than newline, or too much.

    ``limit`` is in bytes. Raises ``error``.
    """
    try:
        raw = data.encode() if isinstance(data, str) else bytes(data)
        text = raw.decode()
    except UnicodeError:
        raise error(f"{what} is not UTF-8") from None
    if len(raw) > limit:
        raise error(f"{what} is longer than {limit} bytes", size=len(raw))
    if any(character < " " and character != "\n" for character in text):
        raise error(f"{what} holds a control character other than newline")
    return text
