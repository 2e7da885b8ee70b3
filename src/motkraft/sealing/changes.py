"""What was changed in a PDF after its seal: pyHanko's judgement, without its walk through the whole document.

Before pyHanko allows that an object of the sealed revision is written anew, it wants to know each place where that
object is used, and walks through every object to find them: half the time of a verification. An archive timestamp
writes few objects anew, and of each one thing is enough to know. The catalog and pages are approved wherever they are
used, once all in them but the new field is the same. The form and the store of revocation answers are approved at
their own place alone: so each must be named there, and nowhere else. That is counted here, in the bytes. What is not
as plain as that, or is refused, pyHanko judges by itself.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import Any, Final

from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader, RawPdfPath
from pyhanko.sign.diff_analysis import (
    DEFAULT_DIFF_POLICY,
    DiffPolicy,
    DiffResult,
    SuspiciousModification,
)
from pyhanko.sign.fields import FieldMDPSpec, MDPPerm

_Name = tuple[int, int]
_Uses = dict[generic.Reference, set[RawPdfPath]]

_OWN_PLACES: Final = ("/AcroForm", "/DSS")
_SOMEWHERE: Final = RawPdfPath("/Root")
"""A use that no rule approves by its place: what has it is refused, unless it is approved wherever it is used."""

_SPACE: Final = rb"[\x00\t\n\x0c\r ]"
_REGULAR: Final = rb"[^\x00\t\n\x0c\r ()<>\[\]{}/%]"  # what words are made of (ISO 32000-2, 7.2.3)
_HEAD: Final = re.compile(rb"(\d+)" + _SPACE + rb"+(\d+)" + _SPACE + rb"+obj(?!" + _REGULAR + rb")")
_TOKEN: Final = re.compile(
    rb"""
    (?P<id>\d+) SPACE+ (?P<generation>\d+) SPACE+ R(?!REGULAR)    # an object is named
    | [+-]?(?:\d+\.?\d*|\.\d+)(?!REGULAR)                        # a number
    | (?:SPACE | /REGULAR* | (?:true|false|null)(?!REGULAR) | << | >> | \[ | \]
        | <(?:[0-9A-Fa-f]|SPACE)*+> | \((?:[^()\\]|\\.)*+\))++      # strings without brackets in them
    | (?P<end>(?:endobj|stream)(?!REGULAR))
    """.replace(b"SPACE", _SPACE.replace(b" ", b"\\x20")).replace(b"REGULAR", _REGULAR.replace(b" ", b"\\x20")),
    re.DOTALL | re.VERBOSE,
)


class ArchivePolicy(DiffPolicy):
    """Allows what pyHanko's own policy allows, and finds that out sooner where only archive timestamps were added."""

    def __init__(self, pdf: bytes) -> None:
        self._pdf = pdf

    def review_file(
        self,
        reader: PdfFileReader,
        base_revision: int | HistoricalResolver,
        field_mdp_spec: FieldMDPSpec | None = None,
        doc_mdp: MDPPerm | None = None,
    ) -> DiffResult | SuspiciousModification:
        """Judge all revisions after the sealed one."""
        if isinstance(base_revision, int) and (uses := _uses(self._pdf, reader, base_revision)) is not None:
            sealed = HistoricalResolver(reader, base_revision)
            sealed._indirect_object_access_cache = uses
            found = DEFAULT_DIFF_POLICY.review_file(reader, sealed, field_mdp_spec, doc_mdp)
            if isinstance(found, DiffResult):
                return found
        return DEFAULT_DIFF_POLICY.review_file(reader, base_revision, field_mdp_spec, doc_mdp)


def _uses(pdf: bytes, reader: PdfFileReader, base: int) -> _Uses | None:
    """Where the objects are used that were written anew after a revision; None when only a walk can tell.

    None too when the revision names an object that only came later.
    """
    xrefs, old = reader.xrefs, reader.get_historical_resolver(base)
    later = range(base + 1, xrefs.total_revisions)
    written = {ref for revision in later for ref in xrefs.explicit_refs_in_revision(revision)}
    anew = {ref for ref in written if xrefs.get_historical_ref(ref, base) is not None}
    own = {key: _reference(old.root, key) for key in _OWN_PLACES}
    pages = {ref for ref in anew if _is_page(old(ref))}
    if reader.encrypted or not anew <= {old.root_ref, *own.values(), *pages}:
        return None
    named = _named(pdf, reader, old)
    if named is None or any((ref.idnum, ref.generation) in named for ref in written - anew):
        return None
    uses: _Uses = {ref: {_SOMEWHERE} for ref in anew}
    for key, ref in own.items():
        if ref in anew:
            if named[ref.idnum, ref.generation] != 1 or named[old.root_ref.idnum, old.root_ref.generation] != 1:
                return None
            uses[ref] = {RawPdfPath("/Root", key)}
    return uses


def _reference(dictionary: generic.DictionaryObject, key: str) -> generic.Reference | None:
    value = dictionary.raw_get(key) if key in dictionary else None
    return value.reference if isinstance(value, generic.IndirectObject) else None


def _is_page(item: Any) -> bool:
    return isinstance(item, generic.DictionaryObject) and item.get("/Type") == "/Page"


def _named(pdf: bytes, reader: PdfFileReader, old: HistoricalResolver) -> Counter[_Name] | None:
    """How often each object is named in all objects of a revision, and in its trailer; None when that is not plain."""
    xrefs = reader.xrefs
    found: Counter[_Name] = Counter(_in_trailer(old.trailer_view))
    for ref in {each for revision in range(old.revision + 1) for each in xrefs.explicit_refs_in_revision(revision)}:
        place = xrefs.get_historical_ref(ref, old.revision)
        if place is None:
            continue
        head = _HEAD.match(pdf, place) if isinstance(place, int) else None  # not plain: packed with others
        if head is None or (int(head[1]), int(head[2])) != (ref.idnum, ref.generation):
            return None
        at = head.end()
        while (token := _TOKEN.match(pdf, at)) and not token["end"]:
            at = token.end()
            if token["id"]:
                found[int(token["id"]), int(token["generation"])] += 1
        if token is None:
            return None
    return found


def _in_trailer(item: Any) -> Iterator[_Name]:
    if isinstance(item, generic.IndirectObject):
        yield item.idnum, item.generation
    elif isinstance(item, generic.DictionaryObject):
        for key in item:
            yield from _in_trailer(item.raw_get(key))
    elif isinstance(item, generic.ArrayObject):
        for number in range(len(item)):
            yield from _in_trailer(item.raw_get(number))
