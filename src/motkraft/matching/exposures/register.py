"""What is protected. A value goes in and never comes out again: not by repr, not by an error."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

from motkraft.matching.errors import RegisterError
from motkraft.matching.model import ProtectedKind


@dataclass(frozen=True, slots=True, repr=False)
class ProtectedEntry:
    """One protected thing: its id, what it is, its value, and other ways to write it that are known.

    A name's value begins with a given name: ``Ingrid Lindqvist-Demo``. Variants may be in any script. Raises
    RegisterError, naming id and kind only, when the kind is unknown or the value empty.
    """

    id: str
    kind: ProtectedKind
    value: str
    variants: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.kind not in get_args(ProtectedKind):
            raise RegisterError("A protected entry has an unknown kind.", entry=self.id)
        if not self.value.strip():
            raise RegisterError("A protected entry has no value.", entry=self.id, kind=self.kind)

    def __repr__(self) -> str:
        return f"ProtectedEntry(id={self.id!r}, kind={self.kind!r}, value=<hidden>)"

    __str__ = __repr__
