"""The words around an answer on its public page, per language."""

from __future__ import annotations

import tomllib
from functools import lru_cache
from importlib.resources import files

from motkraft.answers.rules.approval import LibraryFault

FALLBACK = "en"


@lru_cache(maxsize=1)
def _all() -> dict[str, dict[str, str]]:
    found: dict[str, dict[str, str]] = {}
    folder = files("motkraft.answers").joinpath("phrases")
    for path in sorted((p for p in folder.iterdir() if p.name.endswith(".toml")), key=lambda p: p.name):
        words = tomllib.loads(path.read_text("utf-8"))
        found[path.name.removesuffix(".toml")] = words
    lacking = {
        code: sorted(found[FALLBACK].keys() - words.keys())
        for code, words in found.items()
        if found[FALLBACK].keys() - words.keys()
    }
    if lacking:
        raise LibraryFault("The words of a public page are not complete.", lacking=lacking)
    return found


def languages() -> tuple[str, ...]:
    """The languages that have words of their own."""
    return tuple(_all())


def phrases(language: str) -> dict[str, str]:
    """The words in a language, or in English where there are none; ``language`` among them says which
    they are.
    """
    code = language if language in _all() else FALLBACK
    return {**_all()[code], "language": code}
