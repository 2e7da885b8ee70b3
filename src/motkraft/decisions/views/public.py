"""The public verification: a file or an id in, plain words out. No cookie, no script, nothing kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.core.exceptions import ValidationError
from django.core.files.uploadhandler import MemoryFileUploadHandler
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy
from django.views.decorators.csrf import csrf_exempt

from motkraft.decisions import queries
from motkraft.decisions.forms import LARGEST_CHECKED, TOO_BIG, FileForm, IdForm, in_language
from motkraft.decisions.rules import FileVerification, Publication, verify_log, witnessed
from motkraft.people.access import public
from motkraft.sealing import PdfSeal
from motkraft.tlog import ProofVerification
from motkraft.web.dates import clock, day

LARGEST_PARSED = 4 * 1024 * 1024  # bytes; a notice with the longest texts is far smaller
OVERHEAD = 64 * 1024  # bytes around the file in a form


UNTRUSTED = "sealing.untrusted-seal"
WHY = _lazy("It has ended, was revoked, or its issuer is not among those that are trusted here.")
ICONS = {"proven": "circle-check", "open": "circle-help", "note": "triangle-alert", "wrong": "octagon-alert"}


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at: proven, open, worth a note, or wrong; in plain words."""

    state: str
    title: str
    text: str = ""

    @property
    def icon(self) -> str:
        """The icon that underlines the state."""
        return ICONS[self.state]


class InMemory(MemoryFileUploadHandler):
    """Keeps an uploaded file in memory whatever its size; the body's length is checked before it is read."""

    def handle_raw_input(self, *args: Any, **kwargs: Any) -> None:
        """Take every file."""
        self.activated = True


@csrf_exempt
@public
def verify(request: HttpRequest) -> HttpResponse:
    """Verify a notice: choose the file or type the id."""
    if request.method == "POST" and not _is_upload(request):
        by_id = IdForm(request.POST)
        if by_id.is_valid():
            found = queries.published(by_id.cleaned_data["public_id"])
            if found is not None:
                return redirect("verify_decision", found.public_id)
            by_id.add_error("public_id", _("No decision here has that id. Look at the notice and type it again."))
        form, result = FileForm(), None
    else:
        by_id = IdForm()
        form, result = _read(request)
    context: dict[str, Any] = {
        "title": _("Verify a decision"),
        "lead": _(
            "Is the notice from the social services genuine and unchanged? Check it here. "
            "The file is read in memory and is not kept."
        ),
        "form": form,
        "id_form": by_id,
        "form_url": reverse("verify"),
    }
    if result is not None:
        context |= _shown(result)
    return _page(request, context, 422 if form.errors or by_id.errors else 200)


@csrf_exempt
@public
def verify_decision(request: HttpRequest, public_id: str) -> HttpResponse:
    """What was published about one decision, and the place to compare a file with it."""
    row = queries.published(public_id)
    if row is None:
        raise Http404
    publication = queries.publication(row)
    form, result = _read(request, row.public_id)
    context: dict[str, Any] = {
        "title": _("Verify a decision"),
        "form": form,
        "form_url": reverse("verify_decision", args=[row.public_id]),
        "publication": publication,
        "published_title": in_language((row.title_sv, row.title_en)),
        "row": row,
        "replaced_url": reverse("verify_decision", args=[row.replaced_by]) if row.replaced_by else "",
    }
    context |= _shown(result) if result is not None else {"findings": _of_publication(publication)}
    return _page(request, context, 422 if form.errors else 200)


@public
def receipt(request: HttpRequest, public_id: str) -> HttpResponse:
    """The receipt of a decision's place in the log, which verifies offline."""
    row = queries.published(public_id)
    publication = queries.publication(row) if row else None
    if publication is None or not publication.receipt:
        raise Http404
    response = HttpResponse(publication.to_receipt(), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{publication.public_id}.tlog-proof"'
    return response


def _page(request: HttpRequest, context: dict[str, Any], status: int) -> HttpResponse:
    return render(request, "decisions/verify.html", context, status=status)


def _is_upload(request: HttpRequest) -> bool:
    return (request.content_type or "") == "multipart/form-data"


def _read(request: HttpRequest, public_id: str = "") -> tuple[FileForm, FileVerification | None]:
    """The form, and what the file proves when one was given; a body that is too big is never read."""
    if request.method != "POST":
        return FileForm(), None
    length = int(request.headers.get("Content-Length") or 0)
    if length > LARGEST_CHECKED + OVERHEAD:
        form = FileForm({}, {})
        form.full_clean()
        form.errors.clear()
        form.add_error("file", ValidationError(TOO_BIG, params={"size": round(length / 1e6)}))
        return form, None
    request.upload_handlers = [InMemory(request)]
    form = FileForm(request.POST, request.FILES)
    if not form.is_valid():
        return form, None
    return form, queries.verify_file(form.cleaned_data["file"].read(), public_id=public_id, largest=LARGEST_PARSED)


VERDICTS = {
    "genuine": ("success", "badge-check"),
    "replaced": ("warning", "repeat"),
    "revoked": ("danger", "ban"),
    "changed": ("danger", "octagon-alert"),
    "not_this": ("danger", "octagon-alert"),
    "log_failed": ("danger", "octagon-alert"),
    "unknown": ("warning", "circle-help"),
    "no_seal": ("warning", "circle-help"),
    "not_pdf": ("warning", "file-x"),
    "too_big": ("warning", "circle-help"),
}


def _verdict(found: FileVerification) -> tuple[str, str]:
    return {
        "genuine": (_("The notice is genuine and unchanged"), ""),
        "replaced": (
            _("The notice is genuine, but the decision has been replaced"),
            _("A later decision applies."),
        ),
        "revoked": (
            _("The notice is genuine, but the decision has been revoked"),
            _("It no longer applies."),
        ),
        "changed": (
            _("The file was changed after it was sealed"),
            _("Do not rely on it. Ask the sender for the notice again."),
        ),
        "not_this": (
            _("This file is not the notice that was published"),
            _("It may be another document, or the notice saved anew. Use the very file that you were sent."),
        ),
        "log_failed": (
            _("The log does not confirm this decision"),
            _("What was published does not follow from the signed log. Tell the organisation."),
        ),
        "unknown": (
            _("The seal is whole, but the document was not published here"),
            _("Somebody sealed the file, and it is unchanged since. Type the id in the notice to compare."),
        ),
        "no_seal": (
            _("The file has no electronic seal"),
            _("A printout, a scan or a copy saved anew loses the seal. Use the very file that you were sent."),
        ),
        "too_big": (
            _("This file is larger than any notice"),
            _("It was not published here. Use the very file that you were sent."),
        ),
        "not_pdf": (
            _("This is not a PDF file"),
            _("Choose the PDF file of the notice."),
        ),
    }[found.verdict]


def _shown(found: FileVerification) -> dict[str, Any]:
    title, text = _verdict(found)
    tone, icon = VERDICTS[found.verdict]
    return {
        "result": found,
        "verdict": {
            "title": title,
            "text": text or (_("But the seal is a test and has no legal effect.") if found.is_test else ""),
            "tone": tone,
            "icon": icon,
        },
        "findings": [*_of_seal(found), *(_of_publication(found.publication) if found.publication else [])],
        "publication": found.publication,
        "published_title": in_language((found.publication.title_sv, found.publication.title_en))
        if found.publication
        else "",
    }


def _of_seal(found: FileVerification) -> list[Finding]:
    findings = []
    if found.seal is not None:
        findings.append(
            Finding(
                "proven",
                _("The seal is intact and covers the whole file"),
                _("Sealed by %(organisation)s on %(day)s. Not one byte has been changed since.")
                % {
                    "organisation": found.seal.organisation,
                    "day": f"{day(found.seal.signed_at)}, {clock(found.seal.signed_at)}",
                },
            )
        )
        findings += _of_time(found.seal)
        if found.problem == UNTRUSTED:
            title = _("The seal's certificate, or its timestamp's, is not trusted here")
            findings.append(Finding("note", title, str(WHY)))
        if found.is_test:
            findings.append(
                Finding(
                    "note",
                    _("The seal was made with a test certificate"),
                    _("It shows that the file is unchanged, but it has no legal effect."),
                )
            )
        if found.own_certificate is None:
            findings.append(Finding("open", _("Whose certificate it is has not been checked")))
        elif found.own_certificate:
            findings.append(Finding("proven", _("The certificate is the one that the log names for this decision")))
        else:
            findings.append(Finding("wrong", _("The certificate is not the one that the log names for this decision")))
    elif found.seal_state == "broken":
        findings.append(
            Finding("wrong", _("The seal is broken"), _("The file was changed, or the seal is not well formed."))
        )
    elif found.seal_state == "none":
        findings.append(Finding("open", _("There is no seal to check")))
    if found.published_hash is True and found.publication and found.publication.notice_sha256 != found.sha256:
        title = _("The file is the one that was published, with archive timestamps added at its end")
        findings.append(Finding("proven", title))
    elif found.published_hash is True:
        findings.append(Finding("proven", _("The file is byte for byte the one that was published")))
    elif found.published_hash is False:
        findings.append(Finding("wrong", _("The file is not the one that was published under this id")))
    return findings


def _of_time(seal: PdfSeal) -> list[Finding]:
    """What the seal proves of its time, what not, and until when."""
    until = _("Provable with this file alone until %(day)s.") % {"day": day(seal.good_until)}
    stamped = seal.timestamped_at or (seal.archived_at[0] if seal.archived_at else None)
    if stamped is None:
        return [
            Finding(
                "open",
                _("Level %(level)s: no timestamp service confirms when it was sealed") % {"level": seal.level},
                until,
            )
        ]
    title = _("Level %(level)s: a timestamp service says that the seal existed on %(day)s") % {
        "level": seal.level,
        "day": f"{day(stamped)}, {clock(stamped)}",
    }
    if not seal.trusted:
        return [Finding("open", title, _("Nothing here shows whether that service can be trusted."))]
    findings = [Finding("proven", title, until)]
    if seal.level in ("PAdES B-LT", "PAdES B-LTA"):
        findings.append(
            Finding("proven", _("No certificate of the seal was revoked then: the answers are in the file"))
        )
    return findings


def _of_witnesses(publication: Publication, logged: ProofVerification | None) -> list[Finding]:
    found = witnessed(publication, logged)
    if found is None:
        title = _("No witness outside has seen the log")
        text = _("So it is not shown that all see the same log. Whoever keeps the receipt can compare it later.")
        return [Finding("open", title, text)] if logged is not None else []
    words = _("%(n)s of %(all)s witnesses have cosigned the log; %(k)s must have.") % {
        "n": len(found.names),
        "all": found.of,
        "k": found.needed,
    }
    if found.holds:
        title = _("Others have seen the same log")
        if found.needed * 2 <= found.of:  # two groups of witnesses with none in common could each see their own history
            return [Finding("open", title, f"{words} {_('Only more than half would show that all see the same.')}")]
        return [Finding("proven", title, f"{words} {_('If they are honest, nobody can be shown another history.')}")]
    title = _("Too few others have seen the log yet")
    return [Finding("open", title, f"{words} {_('Come back later to see whether they have.')}")]


def _of_publication(publication: Publication) -> list[Finding]:
    state, logged = verify_log(publication)
    if state == "logged" and logged is not None:
        place = Finding(
            "proven",
            _("The decision stands in the organisation's log"),
            _(
                "Number %(index)s of %(size)s in %(origin)s. If it is changed or removed, whoever holds a receipt or "
                "an earlier signed state of the log sees it."
            )
            % {"index": logged.index + 1, "size": logged.size, "origin": logged.origin},
        )
    elif state == "waiting":
        place = Finding(
            "open", _("The decision waits for the next signing of the log"), _("Come back in a few minutes.")
        )
    else:
        place = Finding("wrong", _("The log does not confirm the decision"))
    return [
        place,
        *_of_witnesses(publication, logged),
        Finding(
            "proven" if state == "logged" else "open",
            _("At most one original stands behind the notice"),
            _("Its fingerprint was fixed when the decision was issued. Whoever shows another original is found out."),
        ),
        Finding(
            "open",
            _("Not shown here: that the original is there"),
            _("An opening shows it: two key custodians open the sealed original, and the fingerprint is compared."),
        ),
        Finding(
            "open",
            _("Not shown here: who decided, and whether the decision is right"),
            _(
                "The names stand in the sealed original and can be asked for from the organisation. "
                "A court judges the decision."
            ),
        ),
    ]
