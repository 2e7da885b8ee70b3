"""Share copies: the same to see and hear, without place, camera, author and other hidden data."""

from __future__ import annotations

import io
import struct
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

import pikepdf
from django.conf import settings
from PIL import Image, ImageOps

from motkraft.incidents.rules import EvidenceRefused
from motkraft.incidents.rules.films import clean_film
from motkraft.incidents.rules.matroska import clean_matroska
from motkraft.incidents.rules.sounds import SOUNDS, clean_sound

MOST_PIXELS = 80_000_000  # of an image that a share copy is made of: a decompression bomb is larger
LARGEST_TEXT = 5 * 1024 * 1024  # bytes of a text that a share copy is made of
LARGEST_SHOWN = 1600  # pixels each way of a picture on the screen
_SCALED = frozenset({"L", "LA", "RGB", "RGBA", "CMYK"})  # modes that are made smaller as they are
LARGEST_PDF = 100 * 1024 * 1024
MATROSKA = frozenset({"video/webm", "audio/webm", "video/x-matroska"})
FILMS = frozenset({"video/mp4", "video/quicktime", "video/3gpp", "video/x-m4v", "audio/mp4", "audio/m4a"})
_STREAMED = FILMS | MATROSKA | SOUNDS  # copied in pieces
#: What Pillow raises for pictures, and for what stands beside their pixels, that are not as they should be.
_BROKEN = (
    OSError,
    ValueError,
    SyntaxError,
    struct.error,
    KeyError,
    IndexError,
    TypeError,
    Image.DecompressionBombError,
)
#: What a PDF tells beside its pages, wherever it stands.
_TELLING = ("/Metadata", "/PieceInfo", "/LastModified", "/AF", "/AA", "/OpenAction", "/Collection", "/SpiderInfo")
_TELLING_NOTES = ("/T", "/M", "/CreationDate", "/NM", "/RC", "/Subj")
_ACTING = frozenset({"/FileAttachment", "/Sound", "/Movie", "/Screen", "/RichMedia", "/3D"})


def can_be_shared(content_type: str) -> bool:
    """Whether a share copy can be made of this kind."""
    return content_type.split("/")[0] in ("image", "text") or content_type in _STREAMED | {"application/pdf"}


@contextmanager
def without_metadata(path: Path, content_type: str) -> Iterator[tuple[BinaryIO, str]]:
    """A stream of the copy, and its content type. Raises EvidenceRefused with advice for what no copy is made of."""
    if content_type.startswith("image/"):
        content, kind = _image(path)
        yield io.BytesIO(content), kind
    elif content_type.startswith("text/") and path.stat().st_size <= LARGEST_TEXT:
        yield io.BytesIO(path.read_text(encoding="utf-8-sig").encode()), "text/plain"
    elif content_type == "application/pdf" and path.stat().st_size <= LARGEST_PDF:
        yield io.BytesIO(_pdf(path)), content_type
    elif content_type in _STREAMED:
        with path.open("rb") as source, tempfile.TemporaryFile(dir=settings.MOTKRAFT_FOLDERS.files) as target:
            if content_type in FILMS:
                clean_film(source, target)
            elif content_type in MATROSKA:
                clean_matroska(source, target)
            else:
                clean_sound(source, target, content_type)
            target.seek(0)
            yield target, content_type
    else:
        raise EvidenceRefused(
            "A share copy can be made of pictures, films, recordings, PDF and text. Make one of this file yourself and"
            " add it."
        )


def tool_for(content_type: str, name: str) -> str:
    """What made the copy, for the chain of custody."""
    if content_type.startswith("image/"):
        import PIL

        return f"{name}, Pillow {PIL.__version__}"
    return f"{name}, pikepdf {pikepdf.__version__}" if content_type == "application/pdf" else name


def shown_picture(path: Path) -> tuple[bytes, str]:
    """A picture for the screen: its pixels drawn anew, at most 1,600 each way. Raises EvidenceRefused."""
    return _image(path, edge=LARGEST_SHOWN)


def _image(path: Path, *, edge: int = 0) -> tuple[bytes, str]:
    """Draw the pixels anew: what is not pixels (place, camera, owner, thumbnails) does not come along."""
    try:
        with Image.open(path) as image:
            if image.width * image.height > MOST_PIXELS:
                raise EvidenceRefused("The picture is too large for a share copy here. Make a smaller one and add it.")
            is_jpeg = image.format == "JPEG"
            if edge and image.mode in _SCALED:
                image.thumbnail((edge, edge))  # before anything else is drawn: a large one takes much memory
            ImageOps.exif_transpose(image, in_place=True)
            has_alpha = "A" in image.getbands() or "transparency" in image.info
            drawn = image.convert("RGBA" if has_alpha and not is_jpeg else "RGB")
            if edge:
                drawn.thumbnail((edge, edge))
            clean = Image.new(drawn.mode, drawn.size)
            clean.paste(drawn)
    except _BROKEN as error:
        raise EvidenceRefused("The picture cannot be read. Take a screenshot of it and add that.") from error
    out = io.BytesIO()
    if is_jpeg:
        clean.save(out, "JPEG", quality=92)
        return out.getvalue(), "image/jpeg"
    clean.save(out, "PNG")
    return out.getvalue(), "image/png"


def _pdf(path: Path) -> bytes:
    """Write the pages anew: without author, tools, times, attachments, scripts and the metadata of pictures in it."""
    try:
        with pikepdf.open(path) as source, pikepdf.new() as clean:
            if source.is_encrypted:
                raise _locked()
            clean.pages.extend(source.pages)
            for thing in list(clean.objects):
                if isinstance(thing, pikepdf.Stream | pikepdf.Dictionary):
                    _strip(thing)
            out = io.BytesIO()
            clean.remove_unreferenced_resources()
            clean.save(out, deterministic_id=True)
            return out.getvalue()
    except pikepdf.PasswordError as error:
        raise _locked() from error
    except (pikepdf.PdfError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise EvidenceRefused("The PDF cannot be read. Print it to a new PDF, and add that.") from error


def _locked() -> EvidenceRefused:
    return EvidenceRefused("The PDF has a password. Print it to a new PDF, and add that.")


def _strip(thing: Any) -> None:
    for name in _TELLING:
        if name in thing:
            del thing[name]
    if "/Annots" in thing:
        kept = [note for note in thing["/Annots"] if str(note.get("/Subtype", "")) not in _ACTING]
        for note in kept:
            for name in (*_TELLING_NOTES, *(("/A",) if str(note.get("/A", {}).get("/S", "")) != "/URI" else ())):
                if name in note:
                    del note[name]
        thing["/Annots"] = pikepdf.Array(kept)
    if isinstance(thing, pikepdf.Stream) and thing.get("/Filter") == "/DCTDecode":
        content = thing.read_raw_bytes()
        thing.write(_jpeg(content), filter=pikepdf.Name("/DCTDecode"))


def _jpeg(content: bytes) -> bytes:
    """A JPEG without its application segments but JFIF, ICC and Adobe's, and without comments."""
    out, at = bytearray(content[:2]), 2
    while at + 4 <= len(content) and content[at] == 0xFF and content[at + 1] != 0xDA:
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4], "big")
        if marker not in (0xE1, *range(0xE3, 0xEE), 0xEF, 0xFE):
            out += content[at : at + 2 + length]
        at += 2 + length
    return bytes(out + content[at:])
