"""What stands in pictures: every page is drawn and searched for square and bar codes, and so is every picture file.

PDFium draws; zxing reads. Words that are drawn as a picture are not read: no program reads all handwriting.
"""

from __future__ import annotations

import io
import threading
from typing import Final

import pypdfium2 as pdfium  # type: ignore[import-untyped]
import zxingcpp
from PIL import Image, UnidentifiedImageError

_SCALE: Final = 2.0  # 144 dots an inch: the smallest module of a readable code is more than two dots
_LARGEST: Final = 40_000_000  # dots of one picture
_PDFIUM = threading.Lock()  # PDFium is not made for several threads at once


def text_and_codes(pdf: bytes) -> list[tuple[int, str, list[str]]]:
    """Give for each page its number from 1, its text as PDFium lays it out, and the contents of its codes."""
    found = []
    with _PDFIUM:
        document = pdfium.PdfDocument(pdf, autoclose=True)
        try:
            for number in range(len(document)):
                page = document[number]
                text = page.get_textpage().get_text_range()
                width, height = page.get_size()
                scale = min(_SCALE, (_LARGEST / max(width * height, 1)) ** 0.5)
                picture = page.render(scale=scale, grayscale=True).to_numpy()
                found.append((number + 1, text, codes_in(picture)))
        finally:
            document.close()
    return found


def codes_in(picture: object) -> list[str]:
    """Give the contents of the square and bar codes in a picture (a numpy array or a Pillow image)."""
    found = zxingcpp.read_barcodes(picture)
    return [code.text for code in found if code.text]


def codes_in_file(data: bytes) -> list[str]:
    """Give the contents of the codes in a picture file, and its own texts; nothing when it is no picture."""
    try:
        with Image.open(io.BytesIO(data)) as image:
            if image.width * image.height > _LARGEST:
                return []
            texts = [str(value) for value in image.info.values() if isinstance(value, str)]
            return texts + codes_in(image.convert("L"))
    except (UnidentifiedImageError, OSError, ValueError, Image.DecompressionBombError):
        return []
