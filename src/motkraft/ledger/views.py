"""The public log as static files, receipts, the witness's endpoint, and the administrator's page of witnesses."""

from __future__ import annotations

import json
import re
import uuid
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from motkraft.ledger import actions, queries
from motkraft.ledger.forms import LogForm, QuorumForm, WitnessForm
from motkraft.ledger.models import Event, SplitView, Witness, WitnessedLog
from motkraft.ledger.rules import PROBLEMS, Cosigned, WitnessRejected
from motkraft.people.access import Actor, Permission, acting, public, requires, system
from motkraft.people.models import Organisation
from motkraft.tlog.witness import MAX_REQUEST_BYTES
from motkraft.web.parts import Crumb, Fact, Status

CODE = re.compile(r"[A-Za-z0-9-]{1,16}")
PATH = re.compile(r"checkpoint|tile/(?:\d{1,2}|entries)/(?:x\d{3}/)*\d{3}(?:\.p/\d{1,3})?")


@public
def tile(request: HttpRequest, code: str, path: str) -> HttpResponse:
    """Serve a checkpoint, tile or entry bundle (c2sp.org/tlog-tiles). A full tile never changes."""
    if not (CODE.fullmatch(code) and PATH.fullmatch(path)):
        raise Http404
    file = settings.MOTKRAFT_FOLDERS.logs / code / path
    try:
        stream = file.open("rb")
    except OSError:
        raise Http404 from None
    is_checkpoint = path == "checkpoint"
    response = FileResponse(
        stream, content_type="text/plain; charset=utf-8" if is_checkpoint else "application/octet-stream"
    )
    lasting = not is_checkpoint and ".p/" not in path
    response["Cache-Control"] = "public, max-age=31536000, immutable" if lasting else "no-cache"
    response["Access-Control-Allow-Origin"] = "*"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    return response


@public
def policy(request: HttpRequest, code: str) -> HttpResponse:
    """Serve a log's trust policy (c2sp.org/tlog-policy): its key, its witnesses, how many must have cosigned."""
    actor = _system_of(code)
    with acting(actor):
        text = queries.policy(actor)
    if not text:
        raise Http404
    return HttpResponse(text, content_type="text/plain; charset=utf-8", headers={"Cache-Control": "no-cache"})


@csrf_exempt
@require_POST
@public
def add_checkpoint(request: HttpRequest, code: str) -> HttpResponse:
    """Cosign somebody else's checkpoint (c2sp.org/tlog-witness). The answer leaves after the state is committed."""
    length = request.headers.get("Content-Length", "")
    if not (length.isascii() and length.isdigit()):
        return _plain("Say the length of the request.\n", 411)
    if int(length) > MAX_REQUEST_BYTES:
        return _plain("The request is too long.\n", 413)
    answer = actions.respond(_system_of(code).organisation_id, request.body)
    return _plain(answer.body, answer.status, answer.content_type)


def _plain(body: str, status: int, kind: str = "text/plain; charset=utf-8") -> HttpResponse:
    return HttpResponse(body, status=status, content_type=kind, headers={"Cache-Control": "no-store"})


def _system_of(code: str) -> Actor:
    if not CODE.fullmatch(code):
        raise Http404
    return system(get_object_or_404(Organisation, code=code).pk)


@requires(Permission.LEDGER_READ)
def receipt(request: HttpRequest, event_id: uuid.UUID) -> HttpResponse:
    """Download the proof that an event is in the signed log."""
    actor = request.actor  # type: ignore[attr-defined]
    event = get_object_or_404(Event, pk=event_id, organisation_id=actor.organisation_id)
    proof = queries.receipt(actor, event)
    if proof is None:
        raise Http404
    response = HttpResponse(proof, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{event.pk}.tlog-proof"'
    return response


# --- witnesses, for the administrator


@requires(Permission.WITNESS_MANAGE)
def witnesses(request: HttpRequest) -> HttpResponse:
    """Who cosigns the organisation's log, what is outstanding, whose logs it cosigns, and split views."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    code = actions.organisation_code(actor.organisation_id)
    log, told, rows = queries.log(actor), queries.cosigned(actor), queries.witnesses(actor)
    splits = queries.split_views(actor)
    size = log.size if log else 0
    for row in rows:
        row.status = _status(row, size)  # type: ignore[attr-defined]
    key = actions.witness_key(code).verifier
    context = {
        "title": _("Witnesses"),
        "lead": _("They see the log grow. When more than half say so, and are honest, all see the same log."),
        "log": log,
        "size": size,
        "rows": rows,
        "quorum": _quorum(told, len(rows), log.quorum if log else None),
        "logs": queries.witnessed_logs(actor),
        "splits": splits,
        "proven": [row for row in splits if row.is_proven],
        "own": [
            Fact(_("Address for others to ask"), f"{settings.MOTKRAFT_PUBLIC_URL}/witness/{code}"),
            Fact(_("Your public key as a witness"), str(key)),
            *([Fact(_("Your log's public key"), log.verifier_key)] if log else []),
        ],
    }
    return render(request, "ledger/witnesses.html", context)


def _status(row: Witness, size: int) -> Status:
    if row.problem:
        problem = PROBLEMS[row.problem]
        words = problem.sv if (get_language() or "sv").startswith("sv") else problem.en
        tone, icon = ("danger", "octagon-alert") if problem.is_grave else ("warning", "clock")
        return Status(words, tone, icon)
    if row.cosigned_size >= size:
        return Status(_("Has cosigned everything"), "success", "check")
    return Status(_("Is asked soon"), "info", "clock")


def _quorum(told: Cosigned | None, witnesses: int, needed: int | None) -> Status:
    if told is None or needed is None:
        return Status(_("Nothing is signed yet"), "neutral", "clock")
    if told.witnesses < needed:
        words = _("There are %(n)s witnesses and %(k)s must cosign: add more") % {"n": witnesses, "k": needed}
        return Status(words, "warning", "triangle-alert")
    words = _("%(n)s of %(all)s have cosigned the first %(size)s events; %(k)s must") % {
        "n": told.count,
        "all": told.witnesses,
        "size": told.size,
        "k": needed,
    }
    return Status(words, "success" if told.holds else "warning", "check" if told.holds else "clock")


@requires(Permission.WITNESS_MANAGE)
def witness_new(request: HttpRequest) -> HttpResponse:
    """Add a witness to ask."""
    form = WitnessForm(request.POST or None)
    words = {
        "title": _("Add a witness"),
        "lead": _("Another municipality or the knowledge unit. The witness must know your log's key too."),
        "submit_label": _("Add the witness"),
    }
    return _entered(request, form, actions.add_witness, words, _("The witness is asked from now on."))


@requires(Permission.WITNESS_MANAGE)
def log_new(request: HttpRequest) -> HttpResponse:
    """Add a log to cosign."""
    form = LogForm(request.POST or None)
    words = {
        "title": _("Cosign a log"),
        "lead": _("You promise to remember how far it has grown, and to sign no other history of it."),
        "submit_label": _("Cosign the log"),
    }
    return _entered(request, form, actions.add_log, words, _("The log is cosigned from now on."))


@requires(Permission.WITNESS_MANAGE)
def quorum(request: HttpRequest) -> HttpResponse:
    """Say how many witnesses must have cosigned."""
    log = queries.log(request.actor)  # type: ignore[attr-defined]
    form = QuorumForm(request.POST or None, initial={"quorum": log.quorum if log else 2})
    words = {"title": _("How many must cosign"), "submit_label": _("Save")}
    return _entered(request, form, actions.set_quorum, words, _("Saved."))


def _entered(request: HttpRequest, form: forms.Form, action: Any, words: dict[str, Any], done: str) -> HttpResponse:
    if request.method == "POST" and form.is_valid():
        try:
            action(request.actor, **form.cleaned_data)  # type: ignore[attr-defined]
        except WitnessRejected as error:
            form.add_error(error.data["field"], _(error.message))
        else:
            messages.success(request, done)
            return redirect("witnesses")
    back = reverse("witnesses")
    context = {**words, "form": form, "crumbs": [Crumb(_("Witnesses"), back)], "back_url": back}
    return render(request, "web/form_page.html", context, status=422 if form.is_bound else 200)


@requires(Permission.WITNESS_MANAGE)
def witness_end(request: HttpRequest, witness_id: uuid.UUID) -> HttpResponse:
    """Ask a witness no longer, after a question."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row = get_object_or_404(Witness, pk=witness_id, organisation_id=actor.organisation_id, ended_at=None)
    if request.method == "POST":
        actions.end_witness(actor, row)
        messages.success(request, _("The witness is asked no longer."))
        return redirect("witnesses")
    words = {
        "title": _("Ask %(name)s no longer?") % {"name": row.name},
        "lead": _("What it has cosigned no longer counts towards how many must."),
        "submit_label": _("Ask no longer"),
    }
    return _asked(request, words)


@requires(Permission.WITNESS_MANAGE)
def log_end(request: HttpRequest, log_id: uuid.UUID) -> HttpResponse:
    """Cosign a log no longer, after a question."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row = get_object_or_404(WitnessedLog, pk=log_id, organisation_id=actor.organisation_id, ended_at=None)
    if request.method == "POST":
        actions.end_log(actor, row)
        messages.success(request, _("The log is cosigned no longer."))
        return redirect("witnesses")
    words = {
        "title": _("Cosign the log of %(name)s no longer?") % {"name": row.name},
        "lead": _("Tell them first: without you they may lack a witness. How far it had grown is remembered."),
        "submit_label": _("Cosign no longer"),
    }
    return _asked(request, words)


def _asked(request: HttpRequest, words: dict[str, Any]) -> HttpResponse:
    back = reverse("witnesses")
    context = {**words, "submit_tone": "danger", "back_url": back, "cancel_url": back}
    return render(request, "web/confirm_page.html", context)


@requires(Permission.WITNESS_MANAGE)
def evidence(request: HttpRequest, split_id: uuid.UUID) -> HttpResponse:
    """Download a split view: both checkpoints, verbatim, for whoever must be shown them."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row = get_object_or_404(SplitView, pk=split_id, organisation_id=actor.organisation_id)
    told = {
        "origin": row.log.origin,
        "log_key": row.log.verifier_key,
        "is_proven": row.is_proven,
        "at": row.at.isoformat(),
        "cosigned": row.cosigned,
        "refused": row.refused,
    }
    response = HttpResponse(json.dumps(told, indent=1, ensure_ascii=False), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="split-{row.size}.json"'
    return response
