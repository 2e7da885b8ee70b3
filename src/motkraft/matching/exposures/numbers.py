"""Finds protected telephone numbers, personal identity numbers, e-mail addresses and number plates.

Digits of every script are read; spaces, dots and hyphens within a number do not hide it. Telephone numbers
are read by phonenumbers (E.164); personal identity numbers are compared by their last ten digits (SKV 704);
plates are three letters, two digits and a digit or letter (Transportstyrelsen), compared without spaces.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

import phonenumbers

from motkraft.matching.errors import RegisterError
from motkraft.matching.exposures.register import ProtectedEntry

_DIGITS = re.compile(r"\+?\d(?:[\s.\-–()/·_]{0,3}\d){5,19}")
_EMAIL = re.compile(
    r"(?<![\w.+\-])[\w.+\-]{1,64}\s*(?:@|\(at\)|\[at\]|\(a\)|\[a\]|\bsnabel-?a\b|\bat\b)\s*[\w\-]+(?:\s*(?:\.|\(dot\)|\[dot\]|\(punkt\)|\bdot\b|\bpunkt\b)\s*[\w\-]+)+",
    re.IGNORECASE,
)
_AT = re.compile(r"\s*(?:@|\(at\)|\[at\]|\(a\)|\[a\]|\bsnabel-?a\b|\bat\b)\s*", re.IGNORECASE)
_DOT = re.compile(r"\s*(?:\.|\(dot\)|\[dot\]|\(punkt\)|\bdot\b|\bpunkt\b)\s*", re.IGNORECASE)
_PLATE = re.compile(r"(?<!\w)[A-Za-z]{3}[\s\-]?\d{2}[\s\-]?[A-Za-z0-9](?!\w)")
_REGION = "SE"


def key_of(entry: ProtectedEntry, value: str) -> str:
    """The comparable form of a number-like value. Raises RegisterError, without the value, when it is
    none."""
    key = {"phone": _phone, "personal_number": _personal, "email": _email, "plate": _plate}[entry.kind](value)
    if not key:
        raise RegisterError(
            "A protected entry cannot be read as what it is said to be.", entry=entry.id, kind=entry.kind
        )
    return key


def find_numbers(text: str) -> Iterator[tuple[str, str, int, int]]:
    """Kind, comparable form and place (in the given text) of everything that may be such a value."""
    plain = "".join(str(unicodedata.digit(c)) if unicodedata.category(c) == "Nd" else c for c in text)
    for match in _DIGITS.finditer(plain):
        phone = _phone(match.group())
        if phone:
            yield "phone", phone, *match.span()
        personal = _personal(match.group())
        if personal:
            yield "personal_number", personal, *match.span()
    for match in _EMAIL.finditer(plain):
        yield "email", _email(match.group()), *match.span()
    for match in _PLATE.finditer(plain):
        yield "plate", _plate(match.group()), *match.span()


def _phone(value: str) -> str:
    digits = ("+" if value.strip().startswith("+") else "") + "".join(c for c in value if c.isdigit())
    try:
        number = phonenumbers.parse(digits, _REGION)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _personal(value: str) -> str:
    digits = "".join(str(unicodedata.digit(c)) for c in value if unicodedata.category(c) == "Nd")
    return digits[-10:] if len(digits) in (10, 12) else ""


def _email(value: str) -> str:
    return _DOT.sub(".", _AT.sub("@", value.strip(), count=1)).casefold()


def _plate(value: str) -> str:
    return "".join(c for c in value if c.isalnum()).upper()
