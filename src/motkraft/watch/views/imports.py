"""Importing posts: the list, the form, one import with its lines that could not be read."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from motkraft.people.access import Actor, Permission, requires
from motkraft.watch import actions, queries
from motkraft.watch.forms import ImportForm, refusal
from motkraft.watch.models import Exposure, Import, Match
from motkraft.watch.rules import RUNNING, ImportRefused
from motkraft.watch.views import showing
from motkraft.web import parts
from motkraft.web.htmx import render
from motkraft.web.lists import Column, csv_response, listing, wants_csv
from motkraft.web.numbers import number, size

SHOWN_LINES = 50


def _begin() -> parts.Action:
    return parts.Action(_("Import a file"), reverse("import_new"), icon="upload")


@requires(Permission.WATCH_IMPORT)
def import_list(request: HttpRequest) -> HttpResponse:
    """All imports, newest first."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    columns = [
        Column("started", _("Started"), "started_at"),
        Column("file", _("File")),
        Column("status", _("Status"), "status"),
        Column("new", _("New posts"), "new", numeric=True),
        Column("duplicate", _("Already here"), "duplicate", numeric=True),
        Column("unreadable", _("Could not be read"), "unreadable", numeric=True),
    ]
    found = listing(request, queries.imports(actor), columns, sort="-started")
    if wants_csv(request):
        heads = [_("Started"), _("Status"), _("New posts"), _("Already here"), _("Could not be read"), "SHA-256"]
        rows = ((r.started_at.isoformat(), r.status, r.new, r.duplicate, r.unreadable, r.sha256) for r in found.rows)
        return csv_response("importer", heads, rows)
    for row in found.page:
        row.badge = showing.import_status(row)
    context = {
        "title": _("Imports"),
        "listing": found,
        "row_template": "watch/_import_row.html",
        "list_action": _begin(),
        "empty": parts.Empty(
            _("No file has been imported yet"),
            _("Posts that you have collected come in here, and are compared with the claims."),
            _begin(),
            icon="upload",
        ),
    }
    return render(request, "watch/import_list.html", context, fragment="web/_list.html")


@requires(Permission.WATCH_IMPORT)
def import_new(request: HttpRequest) -> HttpResponse:
    """Hand a file in; a worker reads it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    form = ImportForm(request.POST or None, request.FILES or None) if request.method == "POST" else ImportForm()
    if request.method == "POST" and form.is_valid():
        file = form.cleaned_data["file"]
        try:
            row = actions.start_import(actor, file, file.name or "", in_background=True)
        except ImportRefused as error:
            form.add_error("file", refusal(error))
        else:
            return redirect("import", row.pk)
    context = {
        "title": _("Import a file"),
        "form": form,
        "submit_label": _("Import"),
        "back_url": reverse("import_list"),
        "largest": size(settings.MOTKRAFT_LARGEST_FILE),
    }
    return render(request, "watch/import_new.html", context, status=422 if form.errors else 200)


@requires(Permission.WATCH_IMPORT)
def item(request: HttpRequest, import_id: uuid.UUID) -> HttpResponse:
    """One import: how far it is, what it gave, which lines could not be read."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row = get_object_or_404(queries.imports(actor), pk=import_id)
    is_running = row.status in RUNNING
    matches = Match.objects.filter(organisation_id=actor.organisation_id, post__of_import=row)
    exposed = Exposure.objects.filter(organisation_id=actor.organisation_id, post__of_import=row)
    waiting, waiting_exposures = matches.filter(state="proposed").count(), exposed.filter(state="proposed").count()
    lines = [
        {"line": line.line, "why": showing.UNREADABLE.get(line.reason, line.reason), "field": line.field,
         "start": line.raw[:160]}
        for line in queries.unreadable_lines(actor, row)[:SHOWN_LINES]
    ]  # fmt: skip
    context = {
        "title": row.file_name,
        "reference": _("Import"),
        "row": row,
        "is_running": is_running,
        "status": showing.import_status(row),
        "bar": parts.Progress(row.progress, 100, _("%(percent)s %% read") % {"percent": row.progress}),
        "error": showing.ERRORS.get(row.error, row.error),
        "counts": [
            parts.Fact(_("Posts read"), number(row.read)),
            parts.Fact(_("New posts"), number(row.new)),
            parts.Fact(_("Already here"), number(row.duplicate), _("Counted, not doubled.") if row.duplicate else ""),
            parts.Fact(_("Could not be read"), number(row.unreadable)),
            parts.Fact(_("Matches proposed"), number(matches.count())),
            parts.Fact(_("Possible exposures"), number(exposed.count())),
        ],
        "lines": lines,
        "more_lines": max(0, row.unreadable - len(lines)),
        "next_step": _next(waiting, waiting_exposures, is_running),
        "file_facts": [
            parts.Fact(_("Size"), size(row.size)),
            parts.Fact(_("Lines"), number(row.total)),
            parts.Fact(_("Format"), "NDJSON" if row.format == "ndjson" else "CSV"),
        ],
    }
    return render(request, "watch/import.html", context, fragment="watch/_import_state.html")


def _next(matches: int, exposures: int, is_running: bool) -> parts.NextStep | None:
    review = parts.Action(_("Review the matches"), reverse("watch_review"))
    look = parts.Action(_("Look at the exposures"), reverse("exposure_list"))
    if exposures:
        return parts.NextStep(
            _("Judge the possible exposures first"),
            ngettext("One post may expose a colleague.", "%(n)s posts may expose a colleague.", exposures)
            % {"n": exposures},
            look,
            others=[review] if matches else [],
        )
    if matches:
        return parts.NextStep(
            _("Review what is proposed"),
            ngettext("One match waits.", "%(n)s matches wait.", matches) % {"n": matches},
            review,
        )
    if is_running:
        return parts.NextStep(
            _("You can leave this page"), _("The reading goes on, and this page shows how far it has come.")
        )
    return None


@requires(Permission.WATCH_IMPORT)
def lines(request: HttpRequest, import_id: uuid.UUID) -> HttpResponse:
    """Fetch every line that could not be read, with why."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row: Import = get_object_or_404(queries.imports(actor), pk=import_id)
    rows = (
        (line.line, str(showing.UNREADABLE.get(line.reason, line.reason)), line.field, line.raw)
        for line in queries.unreadable_lines(actor, row).iterator(chunk_size=500)
    )
    return csv_response("olasliga-rader", [_("Line"), _("Why"), _("Field"), _("The line")], rows)
