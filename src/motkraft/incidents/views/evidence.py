"""Evidence: handing in, the chain of custody, originals and share copies out, the custody report and the package."""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from motkraft.errors import MotkraftError
from motkraft.incidents import actions, queries
from motkraft.incidents.actions import evidence as handling
from motkraft.incidents.actions import packages
from motkraft.incidents.actions.evidence import Fetched
from motkraft.incidents.actions.files import digest_of, path_of
from motkraft.incidents.actions.sharing import can_be_shared
from motkraft.incidents.forms.evidence import EvidenceForm, HandOverForm, LinkForm, PurposeForm
from motkraft.incidents.models import CustodyAction, CustodyEvent, Evidence, SourceClass
from motkraft.incidents.queries import Seen
from motkraft.incidents.queries.sight import hidden_from
from motkraft.incidents.rules import Status as Stage
from motkraft.incidents.rules import View
from motkraft.incidents.rules.archives import listing
from motkraft.incidents.rules.evidence import LINK, MAIL, OUTLOOK, ZIP
from motkraft.incidents.rules.previews import way_of
from motkraft.incidents.views import showing
from motkraft.incidents.views.closed import closed_page
from motkraft.incidents.views.seen import crumbs, seen_or_404
from motkraft.incidents.views.sending import attachment
from motkraft.people.access import Actor, Permission, requires
from motkraft.people.actions import record_reading
from motkraft.web.parts import Crumb, Fact, FileLink, Station, Status
from motkraft.web.steps import do_step, form_step, tell

READ = (Permission.INCIDENT_READ, Permission.INCIDENT_READ_OWN)
COMPARED_AT_ONCE = 64 * 1024 * 1024  # bytes; a larger file is compared when somebody asks
MOST_LISTED = 200  # names of a zip on its page


def _evidence(request: HttpRequest, incident_id: uuid.UUID, evidence_id: uuid.UUID) -> tuple[Seen, Evidence]:
    seen = seen_or_404(request, incident_id, View.OWN, View.MANAGE)
    for item in queries.evidence(request.actor, seen.incident):  # type: ignore[attr-defined]
        if item.pk == evidence_id:
            return seen, item
    raise Http404


@requires(*READ)
def add(request: HttpRequest, incident_id: uuid.UUID) -> HttpResponse:
    """Hand in files to a sent report: in pieces with the page's script, whole without."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    seen = seen_or_404(request, incident_id, View.OWN, View.MANAGE)
    if (answer := closed_page(request, seen)) is not None:
        return answer
    form = EvidenceForm(*((request.POST, request.FILES) if request.method == "POST" else ()))
    if request.method == "POST" and form.is_valid():
        source, taken = SourceClass(form.cleaned_data["source"]), 0
        for file in form.cleaned_data["files"]:
            try:
                actions.add_evidence(actor, seen.incident.pk, actions.HandedIn(file, file.name, source))
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
        "incident": seen.incident,
        "crumbs": crumbs(seen),
        "upload_url": reverse("upload_begin", args=[incident_id]),
        "done_url": reverse("incident", args=[incident_id]),
    }
    return render(request, "incidents/evidence/add.html", context, status=422 if form.errors else 200)


@requires(*READ)
def add_link(request: HttpRequest, incident_id: uuid.UUID) -> HttpResponse:
    """Keep an address as evidence."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    seen = seen_or_404(request, incident_id, View.OWN, View.MANAGE)
    if (answer := closed_page(request, seen)) is not None:
        return answer
    return form_step(
        request,
        LinkForm(request.POST if request.method == "POST" else None),
        lambda given: handling.add_link(actor, seen.incident.pk, given["link"], note_text=given["note"]),
        title=_("Add an address"),
        back=reverse("incident", args=[incident_id]),
        crumbs=crumbs(seen),
        submit=_("Add"),
        done=_("The address is kept."),
    )


@requires(*READ)
def evidence(request: HttpRequest, incident_id: uuid.UUID, evidence_id: uuid.UUID) -> HttpResponse:
    """One piece of evidence: what it is, its fingerprint, and everyone who has handled it. Opening it is a step."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    seen, item = _evidence(request, incident_id, evidence_id)
    handling.view_evidence(actor, item.pk)
    return _evidence_page(request, actor, seen, item, PurposeForm())


def _evidence_page(request: HttpRequest, actor: Actor, seen: Seen, item: Evidence, form: PurposeForm) -> HttpResponse:
    record_reading(actor, "evidence", item.pk, purpose=seen.view.value)
    path = path_of(actor.organisation_id, item.sha256)
    is_large = item.size > COMPARED_AT_ONCE
    unchanged = path.is_file() and (is_large or digest_of(path) == item.sha256)
    state = Status(_("Unchanged since it came in"), "success", "shield-check")
    if not unchanged:
        state = Status(_("The file is not what came in"), "danger", "triangle-alert")
    elif is_large:
        state = Status(_("A large file: compare it when you need to"), "info", "shield-check")
    names = listing(path.open("rb")) if item.content_type == ZIP and path.is_file() else []
    by_id = {other.pk: other for other in queries.evidence(actor, seen.incident)}
    context = {
        "title": _("Evidence %(reference)s") % {"reference": item.reference},
        "crumbs": crumbs(seen),
        "item": item,
        "incident": seen.incident,
        "facts": _facts(item),
        "parent": by_id.get(item.parent_id) if item.parent_id else None,
        "parts": file_links(seen, [other for other in by_id.values() if other.parent_id == item.pk]),
        "names": names[:MOST_LISTED],
        "names_left": max(0, len(names) - MOST_LISTED),
        "state": state,
        "is_large": is_large,
        "stamps": list(item.timestamps.all()),
        "stations": chain(
            queries.custody(actor, item),
            item.sha256,
            unchanged=unchanged,
            hidden=hidden_from(actor, seen.incident),
        ),
        "can_copy": can_be_shared(item.content_type),
        "can_show": way_of(item.content_type) is not None,
        "may_hand_over": seen.view is View.MANAGE,
        "form": form,
    }
    return render(request, "incidents/evidence.html", context, status=422 if form.errors else 200)


def _facts(item: Evidence) -> list[Fact]:
    rows = [
        (_("File"), item.file_name if item.content_type != LINK else ""),
        (_("Address"), item.link or ""),
        (_("What is there?"), item.note or ""),
        (_("Kind"), f"{type_words(item.content_type)} ({item.content_type})"),
        (_("How it came"), item.get_source_class_display()),
    ]
    return [Fact(label, value) for label, value in rows if value]


def type_words(content_type: str) -> str:
    """What kind of file it is, in words."""
    words = {MAIL: _("E-mail"), OUTLOOK: _("E-mail"), ZIP: _("Zip archive"), LINK: _("Address")}
    return words.get(content_type) or showing.type_words(content_type)


def file_links(seen: Seen, items: Iterable[Evidence]) -> list[FileLink]:
    """Evidence as a list of files, each leading to its own page."""
    return showing.evidence_links(seen.incident, items)


def chain(
    events: Iterable[CustodyEvent], sha256: str, *, unchanged: bool, hidden: frozenset[uuid.UUID] = frozenset()
) -> list[Station]:
    """The chain of custody as stations. Persons that the reader must not know are shown by their role alone."""
    stations = []
    for event in events:
        after = event.sha256_after or event.sha256_before
        role = packages.role_words(event.actor_role) if event.actor_role else ""
        who = role or showing.title_of(event.actor)
        if event.actor_id is not None and event.actor_id not in hidden:
            who = showing.title_of(event.actor)
        elif event.actor_id is not None and not role:
            who = _("Not shown")
        told = [packages.purpose_words(event), event.basis, event.tool]
        stations.append(
            Station(
                at=event.at,
                title=str(CustodyAction(event.action).label),
                who=f"{who} → {event.counterparty}" if event.counterparty else who,
                text=" · ".join(part for part in told if part),
                sha256=after,
                verified=(unchanged if after == sha256 else None),
            )
        )
    return stations


@require_POST
@requires(*READ)
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
@requires(*READ)
def share_copy(request: HttpRequest, incident_id: uuid.UUID, evidence_id: uuid.UUID) -> HttpResponse:
    """Make the copy without metadata if there is none, and fetch it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    _seen, item = _evidence(request, incident_id, evidence_id)

    def made() -> object:
        actions.make_share_copy(actor, item.pk)
        return attachment(actions.fetch_share_copy(actor, item.pk))

    return do_step(request, made, onward=reverse("evidence", args=[incident_id, evidence_id]))


@require_POST
@requires(*READ)
def compare(request: HttpRequest, incident_id: uuid.UUID, evidence_id: uuid.UUID) -> HttpResponse:
    """Compute the fingerprint of what is stored anew."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    _seen, item = _evidence(request, incident_id, evidence_id)
    return do_step(
        request,
        lambda: handling.compare_evidence(actor, item.pk),
        onward=reverse("evidence", args=[incident_id, evidence_id]),
        done=_("Compared now: the file is what came in."),
    )


@requires(Permission.INCIDENT_MANAGE)
def hand_over(request: HttpRequest, incident_id: uuid.UUID, evidence_id: uuid.UUID) -> HttpResponse:
    """Write down that a piece of evidence was handed over."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    seen = seen_or_404(request, incident_id, View.MANAGE)
    _seen, item = _evidence(request, incident_id, evidence_id)
    back = reverse("evidence", args=[incident_id, evidence_id])
    return form_step(
        request,
        HandOverForm(request.POST if request.method == "POST" else None),
        lambda given: handling.hand_over(actor, item.pk, **given),
        title=_("Hand over %(reference)s") % {"reference": item.reference},
        lead=_("Write down to whom the evidence was handed over. The step cannot be changed afterwards."),
        back=back,
        crumbs=[*crumbs(seen), Crumb(item.reference, back)],
        submit=_("Write it down"),
        done=_("It is written in the chain of custody."),
    )


@require_POST
@requires(*READ)
def custody_report(request: HttpRequest, incident_id: uuid.UUID) -> HttpResponse:
    """Make the custody report of all evidence, or of the pieces that are chosen, and fetch it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    seen = seen_or_404(request, incident_id, View.OWN, View.MANAGE)
    wanted = [
        item.pk for item in queries.evidence(actor, seen.incident) if str(item.pk) in request.POST.getlist("bevis")
    ]
    try:
        paper = packages.make_custody_report(actor, seen.incident.pk, wanted)
    except MotkraftError as error:
        messages.error(request, _(error.message))
        return redirect("incident", incident_id)
    record_reading(actor, "evidence", paper.pk, purpose="custody report")
    name = f"{seen.incident.reference}-beviskedja.pdf"
    return attachment(Fetched(path_of(actor.organisation_id, paper.sha256), "application/pdf", name))


@requires(*READ)
def package(request: HttpRequest, incident_id: uuid.UUID) -> HttpResponse:
    """What an evidence package is, those that have been made, and making one."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    seen = seen_or_404(request, incident_id, View.OWN, View.MANAGE)
    if request.method == "POST":
        try:
            paper = packages.make_package(actor, seen.incident.pk)
        except MotkraftError as error:
            messages.error(request, _(error.message))
            return redirect("evidence_package", incident_id)
        record_reading(actor, "evidence", paper.pk, purpose="evidence package")
        messages.success(request, _("The package is made. It can be fetched as soon as the log is signed."))
        return redirect("evidence_package", incident_id)
    items = queries.evidence(actor, seen.incident)
    context = {
        "title": _("Evidence package"),
        "incident": seen.incident,
        "crumbs": crumbs(seen),
        "packages": packages.papers(actor, seen.incident, packages.PACKAGE),
        "count": len(items),
        "size": sum(item.size for item in items),
        "is_closed": seen.incident.status == Stage.CLOSED,
    }
    return render(request, "incidents/evidence/package.html", context)


@require_POST
@requires(*READ)
def package_file(request: HttpRequest, incident_id: uuid.UUID, paper_id: uuid.UUID) -> HttpResponse:
    """Fetch an evidence package."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    seen = seen_or_404(request, incident_id, View.OWN, View.MANAGE)
    try:
        file = packages.write_package(actor, seen.incident.pk, paper_id)
    except packages.PackageWaiting as error:
        messages.info(request, _(error.message))
        return redirect("evidence_package", incident_id)
    except MotkraftError as error:
        if error.code == "not-allowed":
            raise
        messages.error(request, _(error.message))
        return redirect("evidence_package", incident_id)
    record_reading(actor, "evidence", paper_id, purpose="evidence package")
    file.seek(0, 2)
    size = file.tell()
    file.seek(0)
    response = FileResponse(file, as_attachment=True, filename=f"{seen.incident.reference}-bevispaket.zip")
    response["Content-Type"], response["Content-Length"] = "application/zip", str(size)
    response["X-Content-Type-Options"] = "nosniff"
    return response
