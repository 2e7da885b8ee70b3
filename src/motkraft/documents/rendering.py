"""Typst template and data in, PDF/A-3a and PDF/UA-1 out; the same data always gives the same bytes."""

from __future__ import annotations

import dataclasses
import datetime as dt
import io
import json
import re
import shutil
import tempfile
import tomllib
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

import segno
import typst

from motkraft.documents.errors import DocumentError, InvalidData, RenderingFailed, UnknownTemplate
from motkraft.documents.glyphs import FONT_DIR, settable, tight
from motkraft.documents.reading import read
from motkraft.documents.schemas import SCHEMAS, Document, Notice, Quote

TEMPLATE_DIR: Final = Path(__file__).parent / "templates"
LANGUAGES: Final = ("sv", "en", "ar", "so", "tr", "fa")
"""What a paper can be set in; the others are set in Swedish and English."""
_ZONE: Final = ZoneInfo("Europe/Stockholm")
_MONTHS: Final = {
    "sv": [
        "januari",
        "februari",
        "mars",
        "april",
        "maj",
        "juni",
        "juli",
        "augusti",
        "september",
        "oktober",
        "november",
        "december",
    ],
    "en": [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ],
}
_FILE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_MIME: Final = re.compile(r"[a-z]+/[a-z0-9][a-z0-9.+-]*")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file to carry inside the PDF (PDF/A-3, associated file).

    ``file_name`` is plain ASCII and holds no name of a person; ``relationship`` is that of ISO 32000-2.
    """

    file_name: str
    data: bytes
    mime_type: str
    description: str
    relationship: Literal["source", "data", "alternative", "supplement"] = "supplement"


def render(
    template: str,
    data: Mapping[str, Any] | Document,
    *,
    language: str = "sv",
    attachments: Sequence[Attachment] = (),
) -> bytes:
    """Render a document to PDF/A-3a and PDF/UA-1 bytes, both at once.

    ``template`` is a key of ``SCHEMAS``; ``data`` follows that schema; ``language`` is ``sv`` or ``en``, and for a
    paper any of ``LANGUAGES``. Times are shown in Europe/Stockholm. Data reaches the template as JSON and is never
    read as markup. The file's dates are ``issued_at``, so equal input gives equal bytes. Only the vendored fonts are
    used, and no author is written. Raises UnknownTemplate, InvalidData (naming the field), RenderingFailed.
    """
    document, inputs = _prepared(template, data, language, attachments)
    with _workspace(attachments) as root:
        return _compile(root / f"{template}.typ", root, inputs, document.issued_at)


def preview(template: str, data: Mapping[str, Any] | Document, *, language: str = "sv", dots: int = 80) -> list[bytes]:
    """Draw each page as PNG, ``dots`` to the inch, by the same template as ``render``; nothing is stored.

    The caller says ``draft: true`` in the data, so that every page says that it is one.
    """
    _document, inputs = _prepared(template, data, language, ())
    with _refusing(template):
        drawn = typst.compile(
            TEMPLATE_DIR / f"{template}.typ",
            root=TEMPLATE_DIR,
            font_paths=_fonts(),
            ignore_system_fonts=True,
            format="png",
            ppi=dots,
            sys_inputs=inputs,
        )
    return drawn if isinstance(drawn, list) else [drawn]


def _prepared(
    template: str, data: Mapping[str, Any] | Document, language: str, attachments: Sequence[Attachment]
) -> tuple[Document, dict[str, str]]:
    schema = SCHEMAS.get(template)
    if schema is None:
        raise UnknownTemplate(f'There is no template "{template}"; there are {", ".join(SCHEMAS)}.')
    if language not in (LANGUAGES if template == "paper" else _MONTHS):
        raise InvalidData('The language must be "sv" or "en".', field="language")
    document = read(schema, data)
    shown = _shown(document, language)
    if isinstance(document, Notice):
        shown["qr"] = qr_svg(document.verification_url)
    return document, {
        "data": json.dumps(shown, ensure_ascii=False),
        "language": language,
        "attachments": json.dumps([_described(attachment) for attachment in attachments]),
    }


def qr_svg(content: str) -> str:
    """Draw a QR code as SVG (error correction M, two modules of quiet zone).

    The same content gives the same code.
    """
    buffer = io.BytesIO()
    segno.make(content, error="m", micro=False).save(buffer, kind="svg", border=2, xmldecl=False, dark="#00323a")
    return buffer.getvalue().decode("utf-8")


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONT_DIR])


def _compile(main: Path, root: Path, inputs: dict[str, str], moment: dt.datetime) -> bytes:
    with _refusing(main.stem):
        return typst.compile(
            main,
            root=root,
            font_paths=_fonts(),
            ignore_system_fonts=True,
            format="pdf",
            sys_inputs=inputs,
            pdf_standards=["a-3a", "ua-1"],
            timestamp=moment.astimezone(dt.UTC).replace(microsecond=0),
        )


@contextmanager
def _refusing(template: str) -> Iterator[None]:
    try:
        yield
    except typst.TypstError as error:
        # Typst's diagnostics may quote the data, so they stay in the chained error and out of the message.
        raise RenderingFailed(f'The template "{template}" could not be set. See the chained error.') from error


@contextmanager
def _workspace(attachments: Sequence[Attachment]) -> Iterator[Path]:
    """Give a folder that holds the templates, and the attachments where there are any."""
    for attachment in attachments:
        if not _FILE_NAME.fullmatch(attachment.file_name):
            raise DocumentError("An attachment's file name is letters, digits, dots, - and _, at most 100.")
        if not _MIME.fullmatch(attachment.mime_type):
            raise DocumentError("An attachment's media type looks like application/json.")
    if len({attachment.file_name for attachment in attachments}) != len(attachments):
        raise DocumentError("Two attachments have the same file name.")
    if not attachments:
        yield TEMPLATE_DIR
        return
    with tempfile.TemporaryDirectory(prefix="motkraft-") as folder:
        root = Path(folder) / "documents"
        shutil.copytree(TEMPLATE_DIR, root)
        (root / "attached").mkdir()
        for attachment in attachments:
            (root / "attached" / attachment.file_name).write_bytes(attachment.data)
        yield root


def _described(attachment: Attachment) -> dict[str, str]:
    return {
        "name": attachment.file_name,
        "type": attachment.mime_type,
        "description": settable(attachment.description),
        "relationship": attachment.relationship,
    }


def _shown(value: Any, language: str) -> Any:
    """Turn a schema into what the template shows: dates written out, text settable, None kept."""
    if isinstance(value, Quote):
        return {name: None if text is None else settable(text) for name, text in dataclasses.asdict(value).items()}
    if dataclasses.is_dataclass(value):
        return {f.name: _shown(getattr(value, f.name), language) for f in dataclasses.fields(value)}
    if isinstance(value, tuple):
        return [_shown(item, language) for item in value]
    if isinstance(value, dt.datetime):
        local = value.astimezone(_ZONE)
        return f"{_day(local.date(), language)}, {local:%H:%M}"
    if isinstance(value, dt.date):
        return _day(value, language)
    if isinstance(value, str):
        return value if _DIGEST.fullmatch(value) else tight(settable(value))
    return value


def _day(day: dt.date, language: str) -> str:
    if language not in _MONTHS:
        return f"{day:%Y-%m-%d}"
    return f"{day.day}\u00a0{_MONTHS[language][day.month - 1]} {day.year}"


@cache
def plain_words() -> dict[str, dict[str, Any]]:
    """Give the texts of the plain-language page, by language; ``reviewed`` says whether a native speaker read them."""
    return tomllib.loads((TEMPLATE_DIR / "plain.toml").read_text("utf-8"))


@cache
def house_words(language: str = "sv") -> frozenset[str]:
    """Give the words, in lower case and without accents, that the templates themselves say in a language.

    Every document holds some of them, so that none of them alone gives a person away.
    """
    texts = tomllib.loads((TEMPLATE_DIR / "words.toml").read_text("utf-8"))[language].values()
    flat = unicodedata.normalize("NFKD", " ".join(texts).casefold())
    return frozenset(re.findall(r"\w+", "".join(c for c in flat if not unicodedata.combining(c))))
