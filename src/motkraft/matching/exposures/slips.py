"""What is wrong with a misspelt word: which slip of the pen, where, and whether it gives another name."""

from __future__ import annotations

from rapidfuzz.distance import OSA

from motkraft.matching.exposures.wordlists import word_list

_FIRST_HALVES = word_list("first_halves")


def one_slip(written: str, target: str) -> bool:
    """Whether a folded word is another with one letter left out, added, exchanged with its neighbour or wrong."""
    return OSA.distance(written, target, score_cutoff=1) == 1


def slip(written: str, target: str) -> tuple[str, ...]:
    """The slip that makes a folded word of another (``exchanged``, ``left_out``, ``doubled``, ``added``,
    ``another_vowel`` or ``another_letter``), then ``first_letter`` or ``last_letter`` for its place and
    ``another_name`` where it gives a surname of the same build (Lundberg, Lindberg)."""
    shorter = min(len(written), len(target))
    at = next((n for n in range(shorter) if written[n] != target[n]), shorter)
    if len(written) < len(target):
        kind, last = "left_out", at >= len(target) - 1
    elif len(written) > len(target):
        kind, last = "doubled" if at and written[at] == written[at - 1] else "added", at >= len(written) - 1
    elif sorted(written) == sorted(target):
        kind, last = "exchanged", False
    else:
        vowels = written[at] in "aeiouy" and target[at] in "aeiouy"
        kind, last = "another_vowel" if vowels else "another_letter", at >= len(written) - 1
    found = [kind]
    if at == 0:
        found.append("first_letter")
    elif last:
        found.append("last_letter")
    if another_name(written, target):
        found.append("another_name")
    return tuple(found)


def another_name(written: str, target: str) -> bool:
    """Whether both are surnames put together of a known first half and the same rest. Svenson is no other name than
    Svensson."""
    for end in range(len(target) - 1, 2, -1):
        rest = target[end:]
        half = written[: len(written) - len(rest)]
        if target[:end] in _FIRST_HALVES and written.endswith(rest):
            return half in _FIRST_HALVES and half.rstrip("s") != target[:end].rstrip("s")
    return False


def deletions(word: str) -> set[str]:
    """The word and every form with one letter left out: two words within one edit share such a form."""
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}
