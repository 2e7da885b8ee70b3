"""Languages that answers are written in: their own names and directions. Pure data and functions."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Language:
    """A language of answers. ``direction`` is "ltr" or "rtl"; names: its own, Swedish, English."""

    code: str
    own: str
    sv: str
    en: str
    direction: str = "ltr"


#: In the order in which they are offered. The first three are those of the campaign's answers.
LANGUAGES: dict[str, Language] = {
    language.code: language
    for language in (
        Language("sv", "Svenska", "svenska", "Swedish"),
        Language("en", "English", "engelska", "English"),
        Language("ar", "العربية", "arabiska", "Arabic", "rtl"),
        Language("so", "Soomaali", "somaliska", "Somali"),
        Language("fa", "فارسی", "persiska", "Persian", "rtl"),
        Language("ckb", "کوردیی ناوەندی", "centralkurdiska", "Central Kurdish", "rtl"),
        Language("ku", "Kurmancî", "nordkurdiska", "Northern Kurdish"),
        Language("tr", "Türkçe", "turkiska", "Turkish"),
        Language("ti", "ትግርኛ", "tigrinska", "Tigrinya"),
        Language("ru", "Русский", "ryska", "Russian"),
        Language("uk", "Українська", "ukrainska", "Ukrainian"),
        Language("bs", "Bosanski", "bosniska", "Bosnian"),
        Language("es", "Español", "spanska", "Spanish"),
        Language("de", "Deutsch", "tyska", "German"),
        Language("fr", "Français", "franska", "French"),
        Language("fi", "Suomi", "finska", "Finnish"),
        Language("pl", "Polski", "polska", "Polish"),
        Language("rmf", "Kaale", "romska (kale)", "Romani (Kalo)"),
    )
}


def direction(code: str) -> str:
    """The direction of a language's script: "ltr" or "rtl"; "ltr" for a language that is not listed."""
    found = LANGUAGES.get(code)
    return found.direction if found else "ltr"


# A run that reads left to right: begins and ends with a Latin letter or a digit; spaces, points, colons,
# slashes,
# hyphens, percent and section signs may stand inside.
_LEFT_TO_RIGHT = re.compile(
    r"[0-9A-Za-z\u00C0-\u024F][0-9A-Za-z\u00C0-\u024F\u00A7%.,:/\u2013 -]*[0-9A-Za-z\u00C0-\u024F\u00A7%]"
    r"|[0-9A-Za-z\u00C0-\u024F]"
)


def runs(text: str, code: str) -> Iterator[tuple[str, bool]]:
    """Cut a text into (run, is foreign) so that Latin words and figures can be set apart in a right-to-left
    text.

    In a left-to-right language the whole text is one run. Joined, the runs are the text itself.
    """
    if direction(code) != "rtl":
        if text:
            yield text, False
        return
    end = 0
    for match in _LEFT_TO_RIGHT.finditer(text):
        if match.start() > end:
            yield text[end : match.start()], False
        yield match[0], True
        end = match.end()
    if end < len(text):
        yield text[end:], False
