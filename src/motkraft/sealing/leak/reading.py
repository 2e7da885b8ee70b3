"""Where in a PDF a word can hide, and the walk through all of it."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

import pikepdf
from asn1crypto import core  # type: ignore[import-untyped]

from motkraft.sealing.errors import ScanImpossible
from motkraft.sealing.leak.pages import shown
from motkraft.sealing.leak.pictures import codes_in_file, text_and_codes
from motkraft.sealing.leak.terms import as_texts, readings

_STREAM: Final = re.compile(rb"stream\r?\n(.*?)\r?\n?endstream", re.DOTALL)
_END: Final = re.compile(rb"%%EOF[ \t]*\r?\n?")
_TAG: Final = re.compile(r"<[^<>]*>")
_EARLIER: Final = re.compile(r"earlier revision \d+: ")
_MAX_INFLATED: Final = 64 * 1024 * 1024
_MAX_DEPTH: Final = 3
_FONT_PARTS: Final = frozenset({"/FontFile", "/FontFile2", "/FontFile3", "/CIDSet"})
_Read = set[bytes | tuple[tuple[int, int], bytes]]
"""What was read of a file: the packed bytes of its streams, and other objects by number and content."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One text of a file and the place where it stands; ``noisy`` when it came out of bytes that are no text."""

    where: str
    text: str
    noisy: bool = False


def pieces_of(pdf: bytes) -> list[Piece]:
    """Read every text in a PDF; what stands in a later revision too is read there alone.

    Raises ScanImpossible when the file is encrypted, damaged, or too large when unpacked.
    """
    seen: set[tuple[str, str]] = set()
    pieces = []
    for piece in _pdf(pdf, "", 0):
        place = _EARLIER.sub("", piece.where)
        if piece.text and (place, piece.text) not in seen:
            seen.add((place, piece.text))
            pieces.append(piece)
    return pieces


def _pdf(pdf: bytes, prefix: str, depth: int) -> Iterator[Piece]:
    yield from _bytes(pdf, f"{prefix}raw bytes", draws=True)
    read: _Read = set()
    ends = [match.end() for match in _END.finditer(pdf)]
    cuts = sorted({*ends[:-1], len(pdf)}, reverse=True)
    for number, cut in zip(range(len(cuts), 0, -1), cuts, strict=True):
        last = cut == len(pdf)
        place = prefix if last else f"{prefix}earlier revision {number}: "
        try:
            yield from _revision(pdf[:cut], place, depth, read)
        except Exception as error:  # parsers meet hostile bytes here; unreadable is never clean
            # An end mark inside a stream cuts at a place that is no revision; only the whole file must be
            # readable.
            if last or isinstance(error, ScanImpossible):
                raise ScanImpossible(
                    "The PDF cannot be read to the end (damaged or encrypted), so it cannot be released."
                ) from error
    yield from _loose_streams(pdf, prefix, read)


def _bytes(data: bytes, where: str, *, draws: bool = False) -> Iterator[Piece]:
    """Read bytes as text. What draws a page is full of short words of its own: it counts as noise."""
    for text, noisy in readings(data):
        yield Piece(where, text, noisy or draws)


def _loose_streams(pdf: bytes, prefix: str, read: _Read) -> Iterator[Piece]:
    """Unpack every Flate stream that stands in the bytes and that no object led to."""
    for number, match in enumerate(_STREAM.finditer(pdf), start=1):
        if match.group(1).rstrip(b"\r\n") in read:
            continue
        unpacker = zlib.decompressobj()
        try:
            data = unpacker.decompress(match.group(1), _MAX_INFLATED)
        except zlib.error:
            continue
        if unpacker.unconsumed_tail:
            raise ScanImpossible("A stream in the PDF unpacks to more than 64 MiB, so it cannot be scanned.")
        yield from _bytes(data, f"{prefix}packed stream {number}", draws=True)


def _revision(pdf: bytes, prefix: str, depth: int, read: _Read) -> Iterator[Piece]:
    """Read one revision; what is in ``read`` was read in a later one, and what is read here is added."""
    looked = None if read else _beside(pdf)
    with pikepdf.open(io.BytesIO(pdf), attempt_recovery=False) as document:
        for key, value in document.docinfo.items():
            yield Piece(f"{prefix}document information", f"{key} {value}")
        fonts = _font_programs(document)
        drawing = _drawing(document)
        news = False
        for item in document.objects:
            if isinstance(item, pikepdf.Stream):
                raw = item.read_raw_bytes().rstrip(b"\r\n")
                if raw in read:
                    yield from _object(item, prefix, with_data=False)
                    continue
                read.add(raw)
                news = True
            elif isinstance(item, pikepdf.Object):
                if (whole := (item.objgen, item.unparse(resolved=True))) in read:
                    continue
                read.add(whole)
            if isinstance(item, pikepdf.Object):
                with_data = not item.is_indirect or item.objgen not in fonts
                yield from _object(item, prefix, with_data=with_data, draws=item.objgen in drawing)
        for number, (name, attachment) in enumerate(document.attachments.items(), start=1):
            label = f"{prefix}attachment {number}"
            names = f"{name}\n{attachment.filename}\n{attachment.description}"
            yield Piece(f"{label} name", names)
            yield from _file(attachment.get_file().read_bytes(), label, depth)
        drawn = [shown(page.obj, page.get("/Resources")) for page in document.pages] if news else []
        for number, page in enumerate(drawn, start=1):
            for text in page.texts:
                yield Piece(f"{prefix}text of page {number}", text)
        yield Piece(f"{prefix}text of all pages", "\n".join(page.running for page in drawn))
    if news:
        pages = looked.result() if looked else text_and_codes(pdf)
        for number, text, codes in pages:
            yield Piece(f"{prefix}text of page {number}", text)
            for code in codes:
                yield Piece(f"{prefix}code in a picture on page {number}", code)
        yield Piece(f"{prefix}text of all pages", "\n".join(text for _number, text, _codes in pages))


def _beside(pdf: bytes) -> Future[list[tuple[int, str, list[str]]]]:
    """Begin to draw the pages and to search them for codes, outside Python's lock, while the rest is read."""
    pool = ThreadPoolExecutor(1, "leak")  # of its own: a process that is forked off inherits no thread
    try:
        return pool.submit(text_and_codes, pdf)
    finally:
        pool.shutdown(wait=False)


def _font_programs(document: pikepdf.Pdf) -> set[tuple[int, int]]:
    """Find the glyph programs; they are binary, and their names are in the font dictionaries."""
    return {
        item[key].objgen
        for item in document.objects
        if isinstance(item, pikepdf.Dictionary)
        for key in _FONT_PARTS
        if key in item
    }


def _drawing(document: pikepdf.Pdf) -> set[tuple[int, int]]:
    """Find the streams that draw pages."""
    found = set()
    for page in document.pages:
        contents = page.obj.get("/Contents", pikepdf.Array())
        parts = contents if isinstance(contents, pikepdf.Array) else [contents]
        found |= {part.objgen for part in parts if isinstance(part, pikepdf.Object)}
    return found


def _object(item: pikepdf.Object, prefix: str, *, with_data: bool, draws: bool = False) -> Iterator[Piece]:
    label = f"{prefix}object {item.objgen[0]}"
    if isinstance(item, pikepdf.Stream):
        kind = str(item.get("/Type", ""))
        if kind == "/Metadata":
            label, draws = f"{prefix}XMP metadata", True
            yield Piece(label, _TAG.sub("\n|\n", item.read_bytes().decode("utf-8", errors="replace")))
        if with_data:
            yield from _stream(item, label, draws=draws)
    strings: list[str] = []
    for path, value in _strings(item):
        if path == "/Contents" and isinstance(item, pikepdf.Dictionary) and "/ByteRange" in item:
            yield from _signature(bytes(value), prefix)
        elif isinstance(value, pikepdf.String):
            strings += [str(value), *as_texts(bytes(value))]
        else:
            strings.append(str(value))
    if strings:
        yield Piece(label, "\n|\n".join(strings))
        yield Piece(label, " ".join(strings))


def _stream(item: pikepdf.Stream, label: str, *, draws: bool) -> Iterator[Piece]:
    """Read the data of a stream: as bytes, and as drawing instructions or a picture where it is one."""
    is_picture = str(item.get("/Subtype", "")) == "/Image"
    try:
        data = b"" if is_picture else item.read_bytes()
    except pikepdf.PdfError:
        data = item.read_raw_bytes()
    yield from _bytes(data, label, draws=draws or str(item.get("/Subtype", "")) == "/Form")
    if str(item.get("/Subtype", "")) == "/Form" or "/PatternType" in item:
        for text in shown(item, item.get("/Resources")).texts:
            yield Piece(label, text)


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


def _signature(contents: bytes, prefix: str) -> Iterator[Piece]:
    """Read every text in the DER of a signature: subjects, issuers, policies, attributes; also joined."""
    label = f"{prefix}signature certificate"
    texts = list(_der_texts(contents))
    yield Piece(label, "\n".join(texts))
    yield Piece(label, " ".join(texts))
    yield from _bytes(contents.rstrip(b"\0"), label)


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


def _file(data: bytes, label: str, depth: int) -> Iterator[Piece]:
    yield from _bytes(data, label)
    if depth >= _MAX_DEPTH:
        raise ScanImpossible("Files are nested too deep inside the PDF to be scanned.")
    for code in codes_in_file(data):
        yield Piece(f"{label}: code in a picture", code)
    if data.startswith(b"%PDF-"):
        yield from _pdf(data, f"{label}: ", depth + 1)
    elif data.startswith(b"PK\x03\x04"):
        try:
            with zipfile.ZipFile(io.BytesIO(data)) as archive:
                if sum(member.file_size for member in archive.infolist()) > _MAX_INFLATED:
                    raise ScanImpossible("An attached archive unpacks to more than 64 MiB, so it cannot be scanned.")
                for number, member in enumerate(archive.infolist(), start=1):
                    inner = f"{label}, file {number}"
                    yield Piece(f"{inner} name", member.filename)
                    yield from _file(archive.read(member), inner, depth + 1)
        except (zipfile.BadZipFile, RuntimeError) as error:
            raise ScanImpossible("An attached archive cannot be read, so it cannot be scanned.") from error
