"""Every protected word in a PDF: all its texts are read first, then all words are looked for at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from motkraft.sealing.leak.reading import Piece, pieces_of
from motkraft.sealing.leak.terms import Form, Terms, find, prepare

_BETWEEN = "\n|\n"
"""Stands between two pieces: no name goes over it, no hyphen before it joins two words."""


@dataclass(frozen=True, slots=True, order=True)
class Leak:
    """A protected word was found: ``term`` is its index in the caller's list (never the word), ``where``
    names the place, ``form`` how it stood there (plain, spaced out, reversed, encoded)."""

    term: int
    where: str
    form: Form


def scan(
    pdf: bytes,
    protected_terms: Iterable[str],
    file_name: str = "",
    *,
    other_texts: Mapping[str, str] | None = None,
) -> list[Leak]:
    """Find every protected word in a PDF; an empty list means that none was found.

    ``other_texts`` are texts beside the file that go out with it, by a name for the place. Words shorter than seven
    letters must stand as words of their own; longer ones are found inside other words and across spaces too. A name
    is found with its words in another order too. Words with fewer than two letters or digits are ignored. Raises
    ScanImpossible when the file is encrypted, damaged, or too large when unpacked.
    """
    terms = prepare(protected_terms)
    beside = [Piece("file name", file_name), *(Piece(where, text) for where, text in (other_texts or {}).items())]
    return sorted({*_search(beside, terms), *_search(pieces_of(pdf), terms)})


def _search(pieces: Iterable[Piece], terms: Terms) -> set[Leak]:
    """Look through all texts at once; only where something stands is each one looked through by itself."""
    found: set[Leak] = set()
    by_noise: dict[bool, list[Piece]] = {False: [], True: []}
    for piece in pieces:
        by_noise[piece.noisy].append(piece)
    for noisy, group in by_noise.items():
        if any(find(_BETWEEN.join(piece.text for piece in group), terms, noisy=noisy)):
            for piece in group:
                found.update(Leak(index, piece.where, form) for index, form in find(piece.text, terms, noisy=noisy))
    return found
