"""The library that posts are matched against: claims, their wordings, and the classes that are kept apart.

A claim library is a folder of TOML files, so that a municipality can add its own beside the seed library. A
claim's title describes what is claimed; it never asserts it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar, get_args

from motkraft.matching.errors import LibraryError
from motkraft.matching.model import ClaimKind

KEPT_APART: frozenset[str] = frozenset({"criticism", "own_story", "question"})


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim, a call to violence, or a class that is kept apart from claims.

    ``head`` names what was trained for it (heads.py), if anything was; ``first_seen`` is the day it was first
    told or answered, where that is known.
    """

    id: str
    title_sv: str
    title_en: str
    kind: ClaimKind
    narrative: str
    head: str | None = None
    first_seen: date | None = None

    @property
    def kept_apart(self) -> bool:
        """True for criticism, own stories and questions: never proposed as spreading."""
        return self.kind in KEPT_APART


@dataclass(frozen=True, slots=True)
class Wording:
    """One way to say a claim, in one language, by whom, and whether a native speaker has reviewed it."""

    id: str
    claim_id: str
    language: str
    text: str
    author: str
    reviewed: bool


_Entry = TypeVar("_Entry", Claim, Wording)


@dataclass(frozen=True)
class ClaimLibrary:
    """Claims and wordings, each in the order of their ids. Raises LibraryError when ids clash or do not
    meet."""

    claims: tuple[Claim, ...]
    wordings: tuple[Wording, ...]
    _of_claim: dict[str, tuple[Wording, ...]] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        claims = _unique(self.claims, "claim")
        _unique(self.wordings, "wording")
        for wording in self.wordings:
            if wording.claim_id not in claims:
                raise LibraryError("A wording names a claim that is not in the library.", wording=wording.id)
            if not wording.text.strip():
                raise LibraryError("A wording is empty.", wording=wording.id)
        object.__setattr__(self, "claims", tuple(sorted(self.claims, key=lambda claim: claim.id)))
        object.__setattr__(self, "wordings", tuple(sorted(self.wordings, key=lambda wording: wording.id)))
        grouped: dict[str, list[Wording]] = {claim.id: [] for claim in self.claims}
        for wording in self.wordings:
            grouped[wording.claim_id].append(wording)
        object.__setattr__(self, "_of_claim", {claim: tuple(found) for claim, found in grouped.items()})

    def of_claim(self, claim_id: str) -> tuple[Wording, ...]:
        """The wordings of a claim, in the order of their ids; none when there is no such claim."""
        return self._of_claim.get(claim_id, ())

    def claim(self, claim_id: str) -> Claim:
        """The claim with this id; raises LibraryError when there is none."""
        for claim in self.claims:
            if claim.id == claim_id:
                return claim
        raise LibraryError("There is no such claim in the library.", claim=claim_id)

    @classmethod
    def load(cls, path: Path) -> ClaimLibrary:
        """Reads a file, or every ``*.toml`` of a folder. Raises LibraryError naming file and entry."""
        paths = sorted(path.glob("*.toml")) if path.is_dir() else [path]
        if not paths:
            raise LibraryError("The folder holds no claim library (*.toml).", folder=path.name)
        return cls._read((path.name, _text(path)) for path in paths)

    @classmethod
    def seed(cls) -> ClaimLibrary:
        """The library that ships: N01-N16 claims, N17 incitement, N90-N92 kept apart."""
        folder = files("motkraft.matching").joinpath("library")
        entries = sorted((e for e in folder.iterdir() if e.name.endswith(".toml")), key=lambda e: e.name)
        return cls._read((entry.name, entry.read_text("utf-8")) for entry in entries)

    def with_wordings(self, wordings: Iterable[Wording]) -> ClaimLibrary:
        """This library and further wordings of its claims. Raises LibraryError as the class does."""
        return ClaimLibrary(self.claims, (*self.wordings, *wordings))

    def with_file(self, path: Path) -> ClaimLibrary:
        """This library and what one more library file holds, such as learned.toml. Raises LibraryError."""
        return self._read([(path.name, _text(path))], self)

    @classmethod
    def _read(cls, sources: Iterable[tuple[str, str]], beside: ClaimLibrary | None = None) -> ClaimLibrary:
        claims = list(beside.claims) if beside else []
        wordings = list(beside.wordings) if beside else []
        for name, text in sources:
            try:
                data = tomllib.loads(text)
            except tomllib.TOMLDecodeError as error:
                raise LibraryError(
                    f"{name} is not valid TOML: {error}. See reference/matching.md for what a library looks like.",
                    file=name,
                    where=str(error),
                ) from error
            defaults = data.get("defaults", {})
            for entry in data.get("claim", []):
                claims.append(_claim(entry, name))
                for language, texts in sorted(entry.get("wordings", {}).items()):
                    for number, wording in enumerate(texts, 1):
                        identifier = f"{entry['id']}.{language}.{number}"
                        wordings.append(_wording(identifier, entry["id"], language, wording, defaults, name))
            for entry in data.get("wording", []):
                values = {**defaults, **entry}
                try:
                    fields = (entry["id"], entry["claim"], entry["language"], entry["text"])
                except KeyError as error:
                    raise LibraryError("A wording lacks a field.", file=name, field=str(error)) from error
                wordings.append(_wording(*fields, values, name))
        return cls(tuple(claims), tuple(wordings))


def _text(path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise LibraryError(f"{path.name} cannot be read as UTF-8 text.", file=path.name) from error


def _claim(entry: dict[str, Any], file: str) -> Claim:
    try:
        claim = Claim(
            entry["id"],
            entry["title_sv"],
            entry["title_en"],
            entry["kind"],
            entry["narrative"],
            entry.get("head"),
            entry.get("first_seen"),
        )
    except KeyError as error:
        raise LibraryError(
            "A claim lacks a field.", file=file, claim=entry.get("id"), field=str(error)
        ) from error
    if claim.kind not in get_args(ClaimKind):
        raise LibraryError("A claim has an unknown kind.", file=file, claim=claim.id, kind=claim.kind)
    return claim


def _wording(
    identifier: str, claim_id: str, language: str, text: str, values: dict[str, Any], file: str
) -> Wording:
    author = values.get("author")
    if not author or not isinstance(values.get("reviewed"), bool):
        raise LibraryError(
            "A wording must tell its author and whether it is reviewed.", file=file, wording=identifier
        )
    return Wording(identifier, claim_id, language, text, author, values["reviewed"])


def _unique(entries: tuple[_Entry, ...], what: str) -> dict[str, _Entry]:
    found: dict[str, _Entry] = {}
    for entry in entries:
        if entry.id in found:
            raise LibraryError(f"Two {what}s have the same id.", id=entry.id)
        found[entry.id] = entry
    return found
