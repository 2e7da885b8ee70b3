"""Typst templates and data in; PDF/A-3a and PDF/UA-1 out. Knows no other engine."""

from motkraft.documents.attached import attached
from motkraft.documents.errors import DocumentError, InvalidData, RenderingFailed, UnknownTemplate
from motkraft.documents.rendering import (
    LANGUAGES,
    Attachment,
    house_words,
    plain_words,
    preview,
    qr_svg,
    render,
)
from motkraft.documents.schemas import SCHEMAS

__all__ = [
    "LANGUAGES",
    "SCHEMAS",
    "Attachment",
    "DocumentError",
    "InvalidData",
    "RenderingFailed",
    "UnknownTemplate",
    "attached",
    "house_words",
    "plain_words",
    "preview",
    "qr_svg",
    "render",
]
