"""Files that a PDF carries, read back."""

from __future__ import annotations

import io

import pikepdf

from motkraft.documents.errors import DocumentError


def attached(pdf: bytes, file_name: str) -> bytes | None:
    """Give the file of this name that a PDF carries, None when there is none or more than one of it.

    Raises DocumentError for what is not a PDF that can be read.
    """
    try:
        with pikepdf.open(io.BytesIO(pdf)) as document:
            found = [each for each in document.attachments.values() if each.filename.rpartition("/")[2] == file_name]
            return found[0].get_file().read_bytes() if len(found) == 1 else None
    except (pikepdf.PdfError, ValueError):
        raise DocumentError("This file is not a PDF that can be read.") from None
