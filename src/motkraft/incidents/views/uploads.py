"""Files in pieces: a tus 1.0.0 server (tus.io/protocols/resumable-upload), with creation, termination, checksum and
expiration. It says what is wrong in plain text, for the page that sent the piece to show."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import uuid

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import http_date
from django.utils.translation import gettext as _

from motkraft.errors import MotkraftError
from motkraft.incidents.actions import uploads
from motkraft.incidents.models import SourceClass
from motkraft.incidents.models.evidence import Upload
from motkraft.incidents.rules import EvidenceChanged
from motkraft.people.access import Actor, NotAllowed, Permission, requires

VERSION = "1.0.0"
PIECE = "application/offset+octet-stream"
ASKED = (Permission.INCIDENT_REPORT, Permission.INCIDENT_MANAGE)


@requires(*ASKED)
def begin(request: HttpRequest, incident_id: uuid.UUID) -> HttpResponse:
    """OPTIONS says what this server does; POST begins a file and gives its address."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if request.method == "OPTIONS":
        return _answer(
            204,
            {
                "Tus-Version": VERSION,
                "Tus-Extension": "creation,termination,checksum,expiration",
                "Tus-Max-Size": str(settings.MOTKRAFT_LARGEST_FILE),
                "Tus-Checksum-Algorithm": "sha256",
            },
        )
    if request.method != "POST":
        return _answer(405, {"Allow": "OPTIONS, POST"})
    if (refusal := _wrong_version(request)) is not None:
        return refusal
    size, told = _number(request, "Upload-Length"), _metadata(request.headers.get("Upload-Metadata", ""))
    if size is None:
        return _answer(400, text="Upload-Length")
    source = told.get("source", "")
    try:
        upload = uploads.start_upload(
            actor,
            incident_id,
            size=size,
            name=told.get("filename", ""),
            source_class=SourceClass(source) if source in CHOSEN else SourceClass.OWN_UPLOAD,
        )
    except NotAllowed:
        raise
    except MotkraftError as error:
        return _answer(413 if "largest" in error.data else 422, text=_(error.message))
    address = reverse("upload", args=[incident_id, upload.pk])
    return _answer(201, {"Location": address, "Upload-Offset": "0"} | _expires(upload))


#: What the one who sends a file may say that it is; the rest is judged by content.
CHOSEN = frozenset(
    {
        SourceClass.OWN_UPLOAD.value,
        SourceClass.SCREENSHOT.value,
        SourceClass.CHAT.value,
        SourceClass.VOICEMAIL.value,
        SourceClass.EMAIL.value,
    }
)


@requires(*ASKED)
def piece(request: HttpRequest, incident_id: uuid.UUID, upload_id: uuid.UUID) -> HttpResponse:
    """HEAD says how much has come in, PATCH adds a piece, DELETE throws it away. POST finishes what was cut off."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if (refusal := _wrong_version(request)) is not None:
        return refusal
    try:
        match request.method:
            case "HEAD":
                return _state(uploads.find_upload(actor, incident_id, upload_id))
            case "PATCH":
                return _patch(request, actor, incident_id, upload_id)
            case "POST":
                return _finished(actor, incident_id, uploads.find_upload(actor, incident_id, upload_id))
            case "DELETE":
                uploads.stop_upload(actor, incident_id, upload_id)
                return _answer(204)
    except NotAllowed:
        raise
    except uploads.OffsetDiffers as error:
        return _answer(409, {"Upload-Offset": str(error.data["offset"])}, _(error.message))
    except EvidenceChanged as error:
        return _answer(410, text=_(error.message))
    except MotkraftError as error:
        return _answer(422, text=_(error.message))
    return _answer(405, {"Allow": "HEAD, PATCH, POST, DELETE"})


def _patch(request: HttpRequest, actor: Actor, incident_id: uuid.UUID, upload_id: uuid.UUID) -> HttpResponse:
    if request.content_type != PIECE:
        return _answer(415, text=PIECE)
    offset, length = _number(request, "Upload-Offset"), _number(request, "Content-Length")
    if offset is None or length is None:
        return _answer(400, text="Upload-Offset, Content-Length")
    if length > uploads.LARGEST_PIECE:
        return _answer(413, text=str(uploads.LARGEST_PIECE))
    content = request.read(length)
    if len(content) < length:  # the connection was lost; a piece is kept whole or not at all
        return _answer(400)
    told = request.headers.get("Upload-Checksum", "")
    if told:
        algorithm, _space, digest = told.partition(" ")
        if algorithm != "sha256":
            return _answer(400, text="Upload-Checksum: sha256")
        if not hmac.compare_digest(base64.b64encode(hashlib.sha256(content).digest()).decode(), digest):
            return _answer(460, text="Upload-Checksum")
    upload = uploads.write_piece(actor, incident_id, upload_id, offset=offset, piece=content)
    return _finished(actor, incident_id, upload) if upload.offset == upload.size else _state(upload, 204)


def _finished(actor: Actor, incident_id: uuid.UUID, upload: Upload) -> HttpResponse:
    """Make evidence of a whole file. What is refused is thrown away at once, and why is said."""
    try:
        evidence = uploads.finish_upload(actor, incident_id, upload.pk)
    except (NotAllowed, uploads.OffsetDiffers, EvidenceChanged):
        raise
    except MotkraftError as error:
        uploads.stop_upload(actor, incident_id, upload.pk)
        return _answer(422, text=_(error.message))
    upload.evidence = evidence
    return _state(upload, 204)


def _state(upload: Upload, status: int = 200) -> HttpResponse:
    told = {"Upload-Offset": str(upload.offset), "Upload-Length": str(upload.size)} | _expires(upload)
    if upload.evidence_id is not None:
        told["Content-Location"] = reverse("evidence", args=[upload.incident_id, upload.evidence_id])
    return _answer(status, told)


def _expires(upload: Upload) -> dict[str, str]:
    return {} if upload.finished_at else {"Upload-Expires": http_date(upload.expires_at.timestamp())}


def _wrong_version(request: HttpRequest) -> HttpResponse | None:
    if request.headers.get("Tus-Resumable") == VERSION:
        return None
    return _answer(412, {"Tus-Version": VERSION}, f"Tus-Resumable: {VERSION}")


def _answer(status: int, headers: dict[str, str] | None = None, text: str = "") -> HttpResponse:
    response = HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")
    response["Tus-Resumable"] = VERSION
    response["Cache-Control"] = "no-store"
    for name, value in (headers or {}).items():
        response[name] = value
    return response


def _number(request: HttpRequest, name: str) -> int | None:
    told = request.headers.get(name, "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 16 else None


def _metadata(header: str) -> dict[str, str]:
    """What tus calls metadata: "key base64,key base64"; what cannot be read is left out."""
    found = {}
    for pair in header.split(",")[:10]:
        key, _space, value = pair.strip().partition(" ")
        try:
            found[key] = base64.b64decode(value, validate=True).decode()[:1000]
        except (binascii.Error, UnicodeDecodeError):
            continue
    return found
