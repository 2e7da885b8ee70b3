"""Evidence: handing in, the chain of custody, originals and share copies out."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from motkraft.errors import MotkraftError
from motkraft.incidents import actions, queries
from motkraft.incidents.actions.files import digest_of, path_of
from motkraft.incidents.forms import EvidenceForm, PurposeForm, tell
from motkraft.incidents.models import Evidence
from motkraft.incidents.queries import Seen
from motkraft.incidents.rules import View
from motkraft.incidents.views import showing
from motkraft.incidents.views.seen import crumbs, seen_or_404
from motkraft.incidents.views.sending import attachment
from motkraft.people.access import Actor, Permission, requires
from motkraft.people.actions import record_reading
from motkraft.web.parts import Fact, Status


def _evidence(request: HttpRequest, incident_id: uuid.UUID, evidence_id: uuid.UUID) -> tuple[Seen, Evidence]:
    seen = seen_or_404(request, incident_id, View.OWN, View.MANAGE)
    for item in queries.evidence(request.actor, seen.incident):  # type: ignore[attr-defined]
        if item.pk == evidence_id:
            return seen, item
    raise Http404


@requires(Permission.INCIDENT_READ, Permission.INCIDENT_READ_OWN)
def add(request: HttpRequest, incident_id: uuid.UUID) -> HttpResponse:
    """Hand in files to a sent report."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    seen = seen_or_404(request, incident_id, View.OWN, View.MANAGE)
    form = EvidenceForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if request.method == "POST" and form.is_valid():
        taken = 0
        for file in form.cleaned_data["files"]:
            try:
                actions.add_evidence(actor, seen.incident.pk, actions.HandedIn(file, file.name))
                taken += 1
            except MotkraftError as error:
                form.add_error("files", f"{file.name}: {_(error.message)}")
        if taken:
            messages.success(request, _("The files are kept, with their fingerprints."))
        if not form.errors:
            return redirect("incident", incident_id)
    context = {
        "title": _("Add pictures, messages or files"),
        "form": form,
        "submit_label": _("Add"),
        "cancel_url": reverse("incident", args=[incident_id]),
        "crumbs": crumbs(seen),
    }
    return render(request, "web/form_page.html", context)


@requires(Permission.INCIDENT_READ, Permission.INCIDENT_READ_OWN)
def evidence(request: HttpRequest, incident_id: uuid.UUID, evidence_id: uuid.UUID) -> HttpResponse:
    """One piece of evidence: what it is, its fingerprint compared now, and everyone who has handled it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    seen, item = _evidence(request, incident_id, evidence_id)
    return _evidence_page(request, actor, seen, item, PurposeForm())


def _evidence_page(
    request: HttpRequest, actor: Actor, seen: Seen, item: Evidence, form: PurposeForm, status: int = 200
) -> HttpResponse:
    record_reading(actor, "evidence", item.pk, purpose=seen.view.value)
    path = path_of(actor.organisation_id, item.sha256)
    unchanged = path.is_file() and digest_of(path) == item.sha256
    can_copy = item.content_type.split("/")[0] in ("image", "text")
    context = {
        "title": _("Evidence %(reference)s") % {"reference": item.reference},
        "crumbs": crumbs(seen),
        "item": item,
        "incident": seen.incident,
        "facts": [
            Fact(_("File"), item.file_name),
            Fact(_("Kind"), f"{showing.type_words(item.content_type)} ({item.content_type})"),
            Fact(_("How it came"), item.get_source_class_display()),
        ],
        "state": Status(_("Unchanged since it came in"), "success", "shield-check")
        if unchanged
        else Status(_("The file is not what came in"), "danger", "triangle-alert"),
        "stations": showing.chain(queries.custody(actor, item), item.sha256, unchanged=unchanged),
        "can_copy": can_copy,
        "form": form,
    }
    return render(request, "incidents/evidence.html", context, status=status)


@require_POST
@requires(Permission.INCIDENT_READ, Permission.INCIDENT_READ_OWN)
def original(request: HttpRequest, incident_id: uuid.UUID, evidence_id: uuid.UUID) -> HttpResponse:
    """Fetch the original, for a purpose that is written down."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    seen, item = _evidence(request, incident_id, evidence_id)
    form = PurposeForm(request.POST)
    if form.is_valid():
        try:
            return attachment(actions.fetch_original(actor, item.pk, purpose=form.cleaned_data["purpose"]))
        except MotkraftError as error:
            tell(form, error)
    return _evidence_page(request, actor, seen, item, form)


@require_POST
@requires(Permission.INCIDENT_READ, Permission.INCIDENT_READ_OWN)
def share_copy(request: HttpRequest, incident_id: uuid.UUID, evidence_id: uuid.UUID) -> HttpResponse:
    """Make the copy without metadata if there is none, and fetch it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    _seen, item = _evidence(request, incident_id, evidence_id)
    try:
        actions.make_share_copy(actor, item.pk)
        return attachment(actions.fetch_share_copy(actor, item.pk))
    except MotkraftError as error:
        messages.error(request, _(error.message))
        return redirect("evidence", incident_id, evidence_id)
