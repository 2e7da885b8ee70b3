"""Swedish first: every text that a person may read has its Swedish words."""

from __future__ import annotations

import io
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.extract import extract
from babel.messages.pofile import read_po
from django.utils.translation.template import templatize

ROOMS = Path(__file__).resolve().parents[2] / "src" / "motkraft"
WORDS = {
    "_": None, "gettext": None, "gettext_lazy": None, "ngettext": (1, 2), "ngettext_lazy": (1, 2), "gettext_noop": None,
    "pgettext": ((1, "c"), 2), "pgettext_lazy": ((1, "c"), 2),
}  # fmt: skip


@cache
def used() -> tuple[tuple[str, str, str], ...]:
    """Each text marked for translation: where, message, context."""
    return tuple(_used())


def _used() -> Iterator[tuple[str, str, str]]:
    for path in sorted([*ROOMS.rglob("*.py"), *ROOMS.rglob("*.html"), *ROOMS.rglob("*.txt")]):
        if "migrations" in path.parts or {"locale", "locales"} & set(path.parts):
            continue
        source = path.read_text(encoding="utf-8")
        if path.suffix != ".py":
            source = templatize(source, origin=str(path))
        for line, _function, message, context in _found(source):
            for each in [message] if isinstance(message, str) else list(message)[:1]:
                if each:
                    yield f"{path.relative_to(ROOMS)}:{line}", each, context or ""


def _found(source: str) -> Iterator[tuple[int, str, object, str | None]]:
    for line, message, _comments, context in extract("python", io.BytesIO(source.encode()), keywords=WORDS):
        yield line, "", message, context


@cache
def swedish() -> dict[tuple[str, str], tuple[str, bool]]:
    """All Swedish words of all rooms, with whether each is unsure."""
    words = {}
    for path in ROOMS.rglob("sv/LC_MESSAGES/django.po"):
        with path.open("rb") as file:
            for message in read_po(file):
                key = message.id if isinstance(message.id, str) else message.id[0]
                text = message.string if isinstance(message.string, str) else " ".join(message.string)
                words[key, message.context or ""] = (text, message.fuzzy)
    return words


@pytest.mark.parametrize("room", sorted(path.name for path in ROOMS.iterdir() if (path / "__init__.py").exists()))
def test_every_text_has_its_swedish_words(room):
    words = swedish()
    missing = []
    for where, message, context in used():
        if not where.startswith(f"{room}/"):
            continue
        text, is_unsure = words.get((message, context), ("", False))
        if not text.strip() or is_unsure:
            missing.append(f"{where}: {message!r}")
    assert not missing, "\n".join(missing)


def test_the_check_finds_texts_at_all():
    assert len(list(used())) > 200


def test_a_text_means_the_same_in_every_catalogue():
    """Django merges all catalogues: two with other words for one text need a context each."""
    said: dict[tuple[str, str], dict[str, str]] = {}
    for path in sorted(ROOMS.rglob("sv/LC_MESSAGES/django.po")):
        where = str(path.relative_to(ROOMS))
        with path.open("rb") as file:
            for message in read_po(file):
                key = message.id if isinstance(message.id, str) else message.id[0]
                if key:
                    said.setdefault((key, message.context or ""), {})[where] = str(message.string)
    wrong = {key: words for key, words in said.items() if len(set(words.values())) > 1}
    assert not wrong, "\n".join(f"{key[0]!r}: {words}" for key, words in wrong.items())
