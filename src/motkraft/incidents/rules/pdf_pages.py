"""Draws a page of a PDF as a picture, or counts the pages, in a process of its own that may do little else.

Run as a program: ``python -I pdf_pages.py count < a.pdf`` and ``python -I pdf_pages.py 3 < a.pdf``, pages from 1. It
reads the PDF from its input and writes a number or a PNG. Before it looks at a byte it gives up root if it has it, new
processes, new files, and all but so much memory and time. Scripts in a PDF are not run: this PDFium has none.
"""

from __future__ import annotations

import os
import resource
import sys

MOST_SECONDS = 20  # of a processor, for one page
_MEMORY = 2 * 1024**3
_EDGE = 1600  # pixels of the longer side
_LARGEST_SCALE = 4.0  # pixels a point: a page the size of a stamp is not drawn larger
_NOBODY = 65534
LOCKED, BROKEN = 3, 4  # exit statuses


def _confine() -> None:
    """Keep the process from doing anything but reading, drawing and answering."""
    for what, most in (
        (resource.RLIMIT_AS, _MEMORY),
        (resource.RLIMIT_CPU, MOST_SECONDS),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    if os.geteuid() == 0:
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))


def main(asked: str) -> int:
    """Answer ``count``, or a page's number from 1; the exit status says why there is no answer."""
    import pypdfium2  # type: ignore[import-untyped]
    from PIL import Image

    Image.preinit()  # what writes PNG is read before nothing can be opened any more
    _confine()
    try:
        document = pypdfium2.PdfDocument(sys.stdin.buffer.read())
    except pypdfium2.PdfiumError as error:
        return LOCKED if "password" in str(error).casefold() else BROKEN
    if asked == "count":
        print(len(document), flush=True)
        return 0
    try:
        page = document[int(asked) - 1]
        width, height = page.get_size()
        scale = min(_EDGE / max(width, height, 1.0), _LARGEST_SCALE)
        picture = page.render(scale=scale, may_draw_forms=False).to_pil().convert("RGB")
    except (pypdfium2.PdfiumError, ValueError, IndexError, MemoryError):
        return BROKEN
    picture.save(sys.stdout.buffer, "PNG")
    sys.stdout.buffer.flush()
    return 0


if __name__ == "__main__":
    os._exit(main(sys.argv[1]) if len(sys.argv) == 2 else 2)
