"""Finds protected telephone numbers, personal identity numbers, e-mail addresses and number plates.

Digits of every script are read; spaces, dots and hyphens within a number do not hide it. Telephone numbers
are read by phonenumbers (E.164); personal identity numbers are compared by their last ten digits (SKV 704);
plates are three letters, two digits and a digit or letter (Transportstyrelsen), compared without spaces.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterator

import phonenumbers
from ahocorasick_rs import AhoCorasick

from motkraft.matching.errors import RegisterError
from motkraft.matching.exposures.register import ProtectedEntry

NUMBER_KINDS = ("phone", "email", "plate", "personal_number")


class _AsciiDigits(dict[int, str]):
    """For ``str.translate``: digits of every script as 0 to 9, everything else as it is."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        digit = str(unicodedata.digit(character)) if unicodedata.category(character) == "Nd" else character
        self[code] = digit
        return digit


_ASCII_DIGITS = _AsciiDigits()
_HALF = re.compile("[\ud800-\udfff]")  # surrogates, which are no text
_OTHER_DIGIT = re.compile(r"[^\D0-9]")  # of another script
_TWO_DIGITS = re.compile(r"\d[\s.\-–()/·_]{0,3}\d")
_DIGITS = re.compile(r"\+?\d(?:[\s.\-–()/·_]{0,3}\d){5,19}")
_EMAIL = re.compile(
    r"(?<![\w.+\-])[\w.+\-]{1,64}\s*(?:@|\(at\)|\[at\]|\(a\)|\[a\]|\bsnabel-?a\b|\bat\b)\s*[\w\-]+(?:(?:\.|\s*(?:\(dot\)|\[dot\]|\(punkt\)|\bdot\b|\bpunkt\b)\s*)[\w\-]+)+",
    re.IGNORECASE,
)
_AT = re.compile(r"\s*(?:@|\(at\)|\[at\]|\(a\)|\[a\]|\bsnabel-?a\b|\bat\b)\s*", re.IGNORECASE)
_DOT = re.compile(r"\s*(?:\.|\(dot\)|\[dot\]|\(punkt\)|\bdot\b|\bpunkt\b)\s*", re.IGNORECASE)
_PLATE = re.compile(r"(?<!\w)[A-Za-z]{3}[\s\-]?\d{2}[\s\-]?[A-Za-z0-9](?!\w)")
_REGION = "SE"
_TAIL = 6


class NumberIndex:
    """The number-like values of a register by their comparable form."""

    def __init__(self) -> None:
        self._entries: dict[tuple[str, str], list[ProtectedEntry]] = defaultdict(list)
        self._tails: set[str] = set()  # last digits of telephone numbers: reading a number in full is slow
        self._mailboxes: set[str] = set()
        self._mailbox = AhoCorasick([])

    def add(self, entry: ProtectedEntry, value: str) -> None:
        """Adds a value. Raises RegisterError, without it, when it cannot be read as what it is said to be."""
        key = {"phone": _phone, "personal_number": _personal, "email": _email, "plate": _plate}[entry.kind](value)
        if not key:
            raise RegisterError(
                "A protected entry cannot be read as what it is said to be.", entry=entry.id, kind=entry.kind
            )
        self._entries[(entry.kind, key)].append(entry)
        if entry.kind == "phone":
            self._tails.add(key[-_TAIL:])
        if entry.kind == "email":
            self._mailboxes.add(key.split("@")[0])
            self._mailbox = AhoCorasick(sorted(self._mailboxes))

    def may_hold(self, text: str) -> bool:
        """Whether ``find`` finds anything; quick where there are no two digits and no mailbox of the register."""
        if not self._entries:
            return False
        if not _TWO_DIGITS.search(text) and not (
            self._mailboxes and self._mailbox.find_matches_as_indexes(plain_digits(text).casefold())
        ):
            return False
        return next(self.find(text), None) is not None

    def find(self, text: str) -> Iterator[tuple[ProtectedEntry, int, int]]:
        """Entry and place of every value of the register in a text as it was written."""
        if not self._entries:
            return
        plain = plain_digits(text)
        for kind, key, start, end in self._candidates(plain):
            for entry in self._entries.get((kind, key), ()):
                yield entry, start, end

    def _candidates(self, plain: str) -> Iterator[tuple[str, str, int, int]]:
        if _TWO_DIGITS.search(plain):
            for match in _DIGITS.finditer(plain):
                digits = "".join(c for c in match.group() if c.isdigit())
                if digits[-_TAIL:] in self._tails:
                    yield "phone", _phone(match.group()), *match.span()
                if len(digits) in (10, 12):
                    yield "personal_number", digits[-10:], *match.span()
            for match in _PLATE.finditer(plain):
                yield "plate", _plate(match.group()), *match.span()
        if self._mailboxes and self._mailbox.find_matches_as_indexes(plain.casefold()):
            for match in _EMAIL.finditer(plain):
                yield "email", _email(match.group()), *match.span()


def plain_digits(text: str) -> str:
    """A text of the same length with the digits of every script as 0 to 9, and a space for half a character."""
    if text.isascii():
        return text
    whole = _HALF.sub(" ", text)
    return whole.translate(_ASCII_DIGITS) if _OTHER_DIGIT.search(whole) else whole


def _phone(value: str) -> str:
    plain = value.translate(_ASCII_DIGITS)
    digits = ("+" if plain.strip().startswith("+") else "") + "".join(c for c in plain if c.isdigit())
    try:
        number = phonenumbers.parse(digits, _REGION)
    except phonenumbers.NumberParseException:
        return ""
    if not phonenumbers.is_possible_number(number):
        return ""
    return str(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))


def _personal(value: str) -> str:
    digits = "".join(c for c in value.translate(_ASCII_DIGITS) if c.isdigit())
    return digits[-10:] if len(digits) in (10, 12) else ""


def _email(value: str) -> str:
    return _DOT.sub(".", _AT.sub("@", value.strip(), count=1)).casefold()


def _plate(value: str) -> str:
    return "".join(c for c in value if c.isalnum()).upper()
