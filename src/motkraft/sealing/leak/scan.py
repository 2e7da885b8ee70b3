"""Where in a PDF a word can hide, and the walk through all of it."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

import pikepdf
import pypdf
from asn1crypto import core  # type: ignore[import-untyped]

from motkraft.sealing.errors import ScanImpossible
from motkraft.sealing.leak.terms import Form, Term, as_texts, find, is_clean_text, prepare

_STREAM: Final = re.compile(rb"stream\r?\n(.*?)\r?\n?endstream", re.DOTALL)
_END: Final = re.compile(rb"%%EOF[ \t]*\r?\n?")
_MAX_INFLATED: Final = 64 * 1024 * 1024
_MAX_DEPTH: Final = 3
_FONT_PARTS: Final = frozenset({"/FontFile", "/FontFile2", "/FontFile3", "/CIDSet"})


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

    ``other_texts`` are texts that the file shows as a picture and the scan cannot read, by a name for the
    place: give the QR code's content here. Words shorter than seven letters must stand as words of their own;
    longer ones are found inside other words and across spaces too. Words with fewer than two letters or
    digits are ignored. Raises ScanImpossible when the file is encrypted, damaged, or too large when unpacked.
    """
    terms = prepare(protected_terms)
    found: set[Leak] = set()
    texts = [("file name", file_name), *(other_texts or {}).items()]
    for where, text in texts:
        found.update(Leak(index, where, form) for index, form in find(text, terms))
    found.update(_scan_pdf(pdf, terms, "", 0))
    return sorted(found)


def _scan_pdf(pdf: bytes, terms: list[Term], prefix: str, depth: int) -> Iterator[Leak]:
    yield from _scan_bytes(pdf, terms, f"{prefix}raw bytes")
    yield from _scan_loose_streams(pdf, terms, prefix)
    ends = [match.end() for match in _END.finditer(pdf)]
    cuts = sorted({*ends[:-1], len(pdf)})
    for number, cut in enumerate(cuts, start=1):
        last = cut == len(pdf)
        place = prefix if last else f"{prefix}earlier revision {number}: "
        try:
            yield from _scan_revision(pdf[:cut], terms, place, depth)
        except Exception as error:  # parsers meet hostile bytes here; unreadable is never clean
            # An end mark inside a stream cuts at a place that is no revision; only the whole file must be
            # readable.
            if last or isinstance(error, ScanImpossible):
                raise ScanImpossible(
                    "The PDF cannot be read to the end (damaged or encrypted), so it cannot be released."
                ) from error


def _scan_bytes(data: bytes, terms: list[Term], where: str, *, noisy: bool = True) -> Iterator[Leak]:
    for text in as_texts(data):
        for index, form in find(text, terms, noisy=noisy):
            yield Leak(index, where, form)


def _scan_loose_streams(pdf: bytes, terms: list[Term], prefix: str) -> Iterator[Leak]:
    """Unpack every Flate stream that stands in the bytes, referenced or not."""
    for number, match in enumerate(_STREAM.finditer(pdf), start=1):
        unpacker = zlib.decompressobj()
        try:
            data = unpacker.decompress(match.group(1), _MAX_INFLATED)
        except zlib.error:
            continue
        if unpacker.unconsumed_tail:
            raise ScanImpossible("A stream in the PDF unpacks to more than 64 MiB, so it cannot be scanned.")
        yield from _scan_bytes(data, terms, f"{prefix}packed stream {number}")


def _scan_revision(pdf: bytes, terms: list[Term], prefix: str, depth: int) -> Iterator[Leak]:
    with pikepdf.open(io.BytesIO(pdf), attempt_recovery=False) as document:
        for key, value in document.docinfo.items():
            yield from _scan_text(f"{key} {value}", terms, f"{prefix}document information")
        fonts = _font_programs(document)
        for item in document.objects:
            if isinstance(item, pikepdf.Object) and (not item.is_indirect or item.objgen not in fonts):
                yield from _scan_object(item, terms, prefix)
        for number, (name, attachment) in enumerate(document.attachments.items(), start=1):
            label = f"{prefix}attachment {number}"
            names = f"{name}\n{attachment.filename}\n{attachment.description}"
            yield from _scan_text(names, terms, f"{label} name")
            yield from _scan_file(attachment.get_file().read_bytes(), terms, label, depth)
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    pages = [page.extract_text() for page in reader.pages]
    for number, text in enumerate(pages, start=1):
        yield from _scan_text(text, terms, f"{prefix}text of page {number}")
    yield from _scan_text("\n".join(pages), terms, f"{prefix}text of all pages")


def _font_programs(document: pikepdf.Pdf) -> set[tuple[int, int]]:
    """Find the glyph programs; they are binary, and their names are in the font dictionaries."""
    return {
        item[key].objgen
        for item in document.objects
        if isinstance(item, pikepdf.Dictionary)
        for key in _FONT_PARTS
        if key in item
    }


def _scan_object(item: pikepdf.Object, terms: list[Term], prefix: str) -> Iterator[Leak]:
    label = f"{prefix}object {item.objgen[0]}"
    if isinstance(item, pikepdf.Stream):
        kind = str(item.get("/Type", ""))
        if kind == "/Metadata":
            label = f"{prefix}XMP metadata"
        try:
            data = (
                item.read_bytes() if kind != "/XObject" or "/Image" not in str(item.get("/Subtype")) else b""
            )
        except pikepdf.PdfError:
            data = item.read_raw_bytes()
        yield from _scan_bytes(data, terms, label)
    strings: list[str] = []
    for path, value in _strings(item):
        if path == "/Contents" and isinstance(item, pikepdf.Dictionary) and "/ByteRange" in item:
            yield from _scan_signature(bytes(value), terms, prefix)
        elif isinstance(value, pikepdf.String):
            strings += [str(value), *as_texts(bytes(value))]
        else:
            strings.append(str(value))
    for text in strings:
        yield from _scan_text(text, terms, label)
    yield from _scan_text(" ".join(strings), terms, label)


def _strings(item: Any, path: str = "", depth: int = 0) -> Iterator[tuple[str, Any]]:
    """Yield strings and names inside one object, not following references (they are objects of their own)."""
    if depth > 32:
        raise ScanImpossible("An object in the PDF is nested too deep to be scanned.")
    if isinstance(item, pikepdf.Dictionary | pikepdf.Stream):
        for key, value in item.items():
            yield path, key
            if not (isinstance(value, pikepdf.Object) and value.is_indirect):
                yield from _strings(value, str(key), depth + 1)
    elif isinstance(item, pikepdf.Array):
        for value in item:
            if not (isinstance(value, pikepdf.Object) and value.is_indirect):
                yield from _strings(value, path, depth + 1)
    elif isinstance(item, pikepdf.String | pikepdf.Name):
        yield path, item


def _scan_signature(contents: bytes, terms: list[Term], prefix: str) -> Iterator[Leak]:
    """Read every text in the DER of a signature: subjects, issuers, policies, attributes; also joined."""
    label = f"{prefix}signature certificate"
    texts = list(_der_texts(contents))
    yield from _scan_text("\n".join(texts), terms, label)
    yield from _scan_text(" ".join(texts), terms, label)
    yield from _scan_bytes(contents.rstrip(b"\0"), terms, label)


def _der_texts(data: bytes, depth: int = 0) -> Iterator[str]:
    """Walk DER without a schema. Text types decode; octet strings may hold DER again (extensions)."""
    if depth > 40:
        return
    position = 0
    while position < len(data):
        try:
            value = core.load(data[position:])
            length = len(value.dump())
        except (ValueError, TypeError):
            return
        if length <= 0:
            return
        if isinstance(value, core.AbstractString):
            yield str(value.native)
        elif value.method == 1:
            yield from _der_texts(value.contents, depth + 1)
        elif isinstance(value, core.OctetString) or value.class_ == 2:
            inner = value.contents
            yield from _der_texts(inner, depth + 1)
            yield inner.decode("utf-8", errors="replace")
        position += length


def _scan_file(data: bytes, terms: list[Term], label: str, depth: int) -> Iterator[Leak]:
    yield from _scan_bytes(data, terms, label, noisy=not is_clean_text(data))
    if depth >= _MAX_DEPTH:
        raise ScanImpossible("Files are nested too deep inside the PDF to be scanned.")
    if data.startswith(b"%PDF-"):
        yield from _scan_pdf(data, terms, f"{label}: ", depth + 1)
    elif data.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                if sum(member.file_size for member in archive.infolist()) > _MAX_INFLATED:
                    raise ScanImpossible(
                        "An attached archive unpacks to more than 64 MiB, so it cannot be scanned."
                    )
                for number, member in enumerate(archive.infolist(), start=1):
                    inner = f"{label}, file {number}"
                    yield from _scan_text(member.filename, terms, f"{inner} name")
                    yield from _scan_file(archive.read(member), terms, inner, depth + 1)
        except (zipfile.BadZipFile, RuntimeError) as error:
            raise ScanImpossible("An attached archive cannot be read, so it cannot be scanned.") from error


def _scan_text(text: str, terms: list[Term], where: str) -> Iterator[Leak]:
    for index, form in find(text, terms):
        yield Leak(index, where, form)
