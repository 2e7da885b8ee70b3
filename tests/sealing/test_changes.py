"""What was written after a seal: judged as pyHanko judges it, also where its walk through the document is left out."""

from __future__ import annotations

import datetime as dt
import io
from collections import Counter
from collections.abc import Callable

import pytest
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.reader import HistoricalResolver, PdfFileReader
from pyhanko.sign.diff_analysis import DEFAULT_DIFF_POLICY, DiffResult

from motkraft.sealing import Authority, Signer, TimestampTransport, Validation, archive, changes, eseal, verify_pdf
from motkraft.sealing.authority import local_timestamper
from motkraft.sealing.errors import BrokenSeal
from sealing.conftest import NOW

SECOND = dt.timedelta(seconds=1)
Change = Callable[[IncrementalPdfFileWriter], object]


@pytest.fixture(scope="module")
def stamps(authority: Authority) -> TimestampTransport:
    """A timestamp service."""
    return local_timestamper(authority.issue_timestamper(now=NOW), lambda: NOW + SECOND)


@pytest.fixture(scope="module")
def known(authority: Authority) -> Validation:
    """Nobody was revoked."""
    return Validation([authority.pem], [authority.crl(now=NOW)])


def _reader(pdf: bytes) -> PdfFileReader:
    return PdfFileReader(io.BytesIO(pdf), strict=True)


def _changed(pdf: bytes, change: Change) -> bytes:
    writer = IncrementalPdfFileWriter(io.BytesIO(pdf))
    change(writer)
    output = io.BytesIO()
    writer.write(output)
    return output.getvalue()


def _both(pdf: bytes) -> tuple[bool, bool]:
    """Whether ours and pyHanko's own policy allow what came after the seal."""
    found = []
    for policy in (changes.ArchivePolicy(pdf), DEFAULT_DIFF_POLICY):
        (seal, *_) = _reader(pdf).embedded_signatures
        seal.compute_integrity_info(policy)
        found.append(isinstance(seal.diff_result, DiffResult))
    return found[0], found[1]


def test_an_archived_seal_is_judged_without_the_walk(
    plain_pdf: bytes, signer: Signer, stamps: TimestampTransport, known: Validation, monkeypatch: pytest.MonkeyPatch
) -> None:
    pdf = eseal(plain_pdf, signer, reason="x", now=NOW, timestamper=stamps, validation=known)
    assert _both(pdf) == (True, True)
    walked: list[int] = []
    walk = HistoricalResolver._load_reverse_xref_cache

    def counted(resolver: HistoricalResolver) -> None:
        if resolver._indirect_object_access_cache is None:
            walked.append(resolver.revision)
        walk(resolver)

    monkeypatch.setattr(HistoricalResolver, "_load_reverse_xref_cache", counted)
    assert verify_pdf(pdf, now=NOW + SECOND).modification_level == "lta_updates"
    assert walked == []


def test_names_of_objects_are_counted_as_pyhanko_reads_them(sealed_pdf: bytes) -> None:
    reader = _reader(sealed_pdf)
    old = reader.get_historical_resolver(1)
    read = Counter(changes._in_trailer(old.trailer_view))
    for revision in (0, 1):
        for ref in reader.xrefs.explicit_refs_in_revision(revision):
            if revision or ref not in reader.xrefs.explicit_refs_in_revision(1):
                read.update(changes._in_trailer(old(ref)))
    assert changes._named(sealed_pdf, reader, old) == read


def _other_words(writer: IncrementalPdfFileWriter) -> None:
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Contents"] = writer.add_object(generic.StreamObject(stream_data=b"BT ET"))
    writer.update_container(page)


def _words_in_place(writer: IncrementalPdfFileWriter) -> None:
    stream = writer.root["/Pages"]["/Kids"][0]["/Contents"]
    stream._data, stream._encoded_data = b"BT ET", None
    writer.mark_update(stream.container_ref)


def _a_note_on_the_page(writer: IncrementalPdfFileWriter) -> None:
    note = generic.DictionaryObject({generic.pdf_name("/Type"): generic.pdf_name("/Annot")})
    note["/Subtype"] = generic.pdf_name("/FreeText")
    note["/Rect"] = generic.ArrayObject(map(generic.NumberObject, (0, 0, 500, 500)))
    page = writer.root["/Pages"]["/Kids"][0]
    page["/Annots"].append(writer.add_object(note))
    writer.update_container(page)


def _another_language(writer: IncrementalPdfFileWriter) -> None:
    writer.root["/Lang"] = generic.pdf_string("en")
    writer.update_root()


def _more_in_the_form(writer: IncrementalPdfFileWriter) -> None:
    form = writer.root["/AcroForm"]
    form["/Motkraft"] = generic.pdf_string("x")
    writer.update_container(form)


@pytest.mark.parametrize(
    "change", [_other_words, _words_in_place, _a_note_on_the_page, _another_language, _more_in_the_form]
)
def test_a_change_before_an_archive_timestamp_is_found(
    plain_pdf: bytes, signer: Signer, stamps: TimestampTransport, known: Validation, change: Change
) -> None:
    sealed = eseal(plain_pdf, signer, reason="x", now=NOW, timestamper=stamps, validation=known, archived=False)
    pdf = archive(_changed(sealed, change), timestamper=stamps, validation=known, now=NOW)
    assert _both(pdf) == (False, False)
    with pytest.raises(BrokenSeal):
        verify_pdf(pdf, now=NOW + SECOND)


def test_a_form_that_is_something_else_too_is_not_let_through(
    plain_pdf: bytes, signer: Signer, stamps: TimestampTransport, known: Validation
) -> None:
    """Prepared before the seal: what an archive timestamp may change in a form would change elsewhere as well."""

    def prepare(writer: IncrementalPdfFileWriter) -> None:
        form = writer.add_object(generic.DictionaryObject({generic.pdf_name("/Fields"): generic.ArrayObject()}))
        writer.root["/AcroForm"] = writer.root["/PieceInfo"] = form
        writer.update_root()

    prepared = _changed(plain_pdf, prepare)
    pdf = eseal(prepared, signer, reason="x", now=NOW, timestamper=stamps, validation=known)
    seal = _reader(pdf).embedded_signatures[0]
    assert changes._uses(pdf, _reader(pdf), seal.signed_revision) is None
    assert _both(pdf) == (False, False)


def test_an_object_named_before_it_was_there_is_not_let_through(
    plain_pdf: bytes, signer: Signer, stamps: TimestampTransport, known: Validation
) -> None:
    """Prepared before the seal: a place that is empty under it would be filled by what comes later."""
    later: list[int] = []

    def sealed() -> bytes:
        def prepare(writer: IncrementalPdfFileWriter) -> None:
            named = (generic.IndirectObject(number, 0, writer) for number in later)
            writer.root["/PieceInfo"] = generic.ArrayObject(named)
            writer.update_root()

        prepared = _changed(plain_pdf, prepare)
        return eseal(prepared, signer, reason="x", now=NOW, timestamper=stamps, validation=known)

    xrefs = _reader(sealed()).xrefs
    later += [ref.idnum for ref in xrefs.explicit_refs_in_revision(3) if xrefs.get_historical_ref(ref, 2) is None]
    pdf = sealed()
    assert later and changes._uses(pdf, _reader(pdf), 2) is None
    with pytest.raises(BrokenSeal):
        verify_pdf(pdf, now=NOW + SECOND)
