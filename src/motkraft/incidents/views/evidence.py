"""Evidence and the police report: handing in, the chain of custody, and files out, always as attachments."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from motkraft.documents import DocumentError
from motkraft.errors import MotkraftError
from motkraft.incidents import actions, queries
from motkraft.incidents.actions.evidence import Fetched
from motkraft.incidents.actions.files import digest_of, path_of
from motkraft.incidents.actions.police import disclosure_rules
from motkraft.incidents.forms import CaseNumberForm, EvidenceForm, PoliceForm, PurposeForm, tell
from motkraft.incidents.models import Evidence
from motkraft.incidents.queries import Seen
from motkraft.incidents.rules import Status as State
from motkraft.incidents.rules import View, offered_offences, suggested_offences
from motkraft.incidents.views import showing
from motkraft.incidents.views.items import seen_or_404
from motkraft.people.access import Actor, Permission, requires
from motkraft.people.actions import record_reading
from motkraft.web.parts import Crumb, Fact, Status


def attachment(fetched: Fetched) -> FileResponse:
    """Send a file to be saved: never shown inline, its type never guessed by the browser, never run."""
    response = FileResponse(
        fetched.path.open("rb"),
        as_attachment=True,
        filename=fetched.file_name,
        content_type=fetched.content_type,
    )
    response["X-Content-Type-Options"] = "nosniff"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def _evidence(request: HttpRequest, incident_id: uuid.UUID, evidence_id: uuid.UUID) -> tuple[Seen, Evidence]:
    seen = seen_or_404(request, incident_id, View.OWN, View.MANAGE)
    for item in queries.evidence(request.actor, seen.incident):  # type: ignore[attr-defined]
        if item.pk == evidence_id:
            return seen, item
    raise Http404


def _crumbs(seen: Seen) -> list[Crumb]:
    return [Crumb(seen.incident.reference, reverse("incident", args=[seen.incident.pk]))]


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
        "crumbs": _crumbs(seen),
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
        "crumbs": _crumbs(seen),
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


# -- the police report


@requires(Permission.INCIDENT_POLICE)
def police_report(request: HttpRequest, incident_id: uuid.UUID) -> HttpResponse:
    """Make the report: which crimes it may be, by the law of that day, and on what basis the police is told."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    seen = seen_or_404(request, incident_id, View.MANAGE)
    incident = seen.incident
    if incident.status == State.CLOSED:
        raise Http404
    swedish = showing.is_swedish()
    now = timezone.now()
    suggested = suggested_offences(incident.kind, incident.deed_at, now)
    others = [rule for rule in offered_offences(incident.deed_at, now) if rule not in suggested]
    offered = {rule.id: rule for rule in (*suggested, *others)}
    rules = {rule.id: rule for rule in disclosure_rules(now)}
    form = PoliceForm(
        request.POST or None,
        offences=[(key, rule.title_sv if swedish else rule.title_en) for key, rule in offered.items()],
        basis=[(key, rule.title_sv if swedish else rule.title_en) for key, rule in rules.items()],
    )
    if request.method == "POST" and form.is_valid():
        try:
            report = actions.file_police_report(actor, incident.pk, **form.cleaned_data)
        except DocumentError:
            form.add_error(None, _("The document could not be made. Shorten the texts and try again."))
        except MotkraftError as error:
            tell(form, error)
        else:
            messages.success(
                request,
                _("Police report P%(number)s is made. Hand it to the police, and write their number here.")
                % {"number": report.number},
            )
            return redirect(reverse("incident", args=[incident.pk]) + "#documents")
    rows = [
        {
            "option": option,
            "rule": rule,
            "penalty": rule.penalty_sv if swedish else rule.penalty_en,
            "when": rule.use_when_sv if swedish else rule.use_when_en,
        }
        for option, rule in zip(form["offences"].subwidgets, offered.values(), strict=True)
    ]
    context = {
        "title": _("Report to the police"),
        "lead": _("You report, not the person exposed. The police reaches the person through you, at your address."),
        "crumbs": _crumbs(seen),
        "cancel_url": reverse("incident", args=[incident.pk]),
        "form": form,
        "offence_rows": rows[: len(suggested)],
        "other_rows": rows[len(suggested) :],
        "basis_rows": [
            {"option": option, "rule": rule, "when": rule.plain_sv if swedish else rule.plain_en}
            for option, rule in zip(form["basis_rules"].subwidgets, rules.values(), strict=True)
        ],
        "submit_label": _("Make the police report"),
    }
    return render(request, "incidents/police_report.html", context)


@requires(Permission.INCIDENT_POLICE)
def police_report_file(request: HttpRequest, incident_id: uuid.UUID, report_id: uuid.UUID) -> HttpResponse:
    """Fetch the PDF as it was filed."""
    seen_or_404(request, incident_id, View.MANAGE)
    return attachment(actions.fetch_police_report(request.actor, report_id))  # type: ignore[attr-defined]


@require_POST
@requires(Permission.INCIDENT_POLICE)
def police_number(request: HttpRequest, incident_id: uuid.UUID, report_id: uuid.UUID) -> HttpResponse:
    """Write down the police's number."""
    seen_or_404(request, incident_id, View.MANAGE)
    form = CaseNumberForm(request.POST)
    try:
        number = form.cleaned_data["case_number"] if form.is_valid() else ""
        actions.add_case_number(request.actor, report_id, number)  # type: ignore[attr-defined]
        messages.success(request, _("The number from the police is noted."))
    except MotkraftError as error:
        messages.error(request, _(error.message))
    return redirect(reverse("incident", args=[incident_id]) + "#documents")
