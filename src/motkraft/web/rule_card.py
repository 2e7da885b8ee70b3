"""What the law chip shows of a rule, read from its attributes: this room does not know the law room."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import get_language


def get(thing: Any, name: str, default: Any = None) -> Any:
    """Read a name from a mapping or an attribute."""
    if isinstance(thing, Mapping):
        return thing.get(name, default)
    return getattr(thing, name, default)


def in_language(thing: Any, name: str) -> str:
    """Read `name_sv` or `name_en` after the language of the page, else `name` itself when that is a text."""
    language = (get_language() or "sv")[:2]
    for code in (language, "en" if language != "sv" else "sv", "sv", "en"):
        if value := get(thing, f"{name}_{code}"):
            return str(value)
    value = get(thing, name)
    return value if isinstance(value, str) else ""


def rule_card(rule: Any, label: str = "") -> dict[str, Any]:
    """Give what the chip's template draws.

    Reads citation, title, plain, wording, note, valid_from, valid_to, expected_from, checked_on, source (an
    object with title and url, or a text), status ("in-force", "proposed", "repealed") and is_verified (or
    verified). Without a word on verification, a rule counts as verified when it has a day on which it was
    checked. A text instead of a rule is shown as it is, without a chip.
    """
    if isinstance(rule, str):
        return {"rule": rule, "label": rule, "text_only": True}
    source = get(rule, "source")
    name = source if isinstance(source, str) else in_language(source, "title") if source else ""
    url = get(rule, "source_url") or ("" if isinstance(source, str) else get(source, "url", "")) or ""
    if name.startswith(("https://", "http://")):
        url, name = name, ""
    verified = get(rule, "is_verified")
    if verified is None:
        verified = get(rule, "verified")
    if verified is None:
        verified = bool(get(rule, "checked_on"))
    status = str(get(rule, "status") or "in-force")
    citation = get(rule, "citation") or label
    return {
        "rule": rule,
        "label": label or citation,
        "citation": citation,
        "title": in_language(rule, "title"),
        "plain": in_language(rule, "plain"),
        "wording": in_language(rule, "wording"),
        "note": in_language(rule, "note"),
        "valid_from": get(rule, "valid_from"),
        "valid_to": get(rule, "valid_to"),
        "expected_from": get(rule, "expected_from"),
        "checked_on": get(rule, "checked_on"),
        "verified": verified not in (False, "unverified", ""),
        "proposed": status == "proposed",
        "repealed": status == "repealed",
        "source_url": url,
        "source_name": name,
    }
