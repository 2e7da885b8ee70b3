"""The library that posts are matched against: claims, their wordings, and the classes that are kept apart.

A claim library is a folder of TOML files, so that a municipality can add its own beside the seed library. A
claim's title describes what is claimed; it never asserts it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any, TypeVar, get_args

from motkraft.matching.errors import LibraryError
from motkraft.matching.model import ClaimKind

KEPT_APART: frozenset[str] = frozenset({"criticism", "own_story", "question"})


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim, a call to violence, or a class that is kept apart from claims."""

    id: str
    title_sv: str
    title_en: str
    kind: ClaimKind
    narrative: str

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

    def claim(self, claim_id: str) -> Claim:
        """The claim with this id; raises LibraryError when there is none."""
        for claim in self.claims:
            if claim.id == claim_id:
                return claim
        raise LibraryError("There is no such claim in the library.", claim=claim_id)

    @classmethod
    def load(cls, folder: Path) -> ClaimLibrary:
        """Reads every ``*.toml`` of a folder. Raises LibraryError naming file and entry."""
        paths = sorted(folder.glob("*.toml"))
        if not paths:
            raise LibraryError("The folder holds no claim library (*.toml).", folder=folder.name)
        return cls._read((path.name, path.read_text("utf-8")) for path in paths)

    @classmethod
    def seed(cls) -> ClaimLibrary:
        """The library that ships: N01-N16 claims, N17 incitement, N90-N92 kept apart."""
        folder = files("motkraft.matching").joinpath("library")
        entries = sorted((e for e in folder.iterdir() if e.name.endswith(".toml")), key=lambda e: e.name)
        return cls._read((entry.name, entry.read_text("utf-8")) for entry in entries)

    @classmethod
    def _read(cls, sources: Iterable[tuple[str, str]]) -> ClaimLibrary:
        claims: list[Claim] = []
        wordings: list[Wording] = []
        for name, text in sources:
            try:
                data = tomllib.loads(text)
            except tomllib.TOMLDecodeError as error:
                raise LibraryError(
                    "A library file is not valid TOML.", file=name, where=str(error)
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


def _claim(entry: dict[str, Any], file: str) -> Claim:
    try:
        claim = Claim(entry["id"], entry["title_sv"], entry["title_en"], entry["kind"], entry["narrative"])
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
