"""Custodians: request files, sealing again to other custodians, and drills."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from motkraft.decisions import actions, queries
from motkraft.decisions.actions.custodians import sheets_used
from motkraft.decisions.forms import DrillForm, ResealedForm, in_language
from motkraft.decisions.models import CustodianDrill, SealedRecord
from motkraft.decisions.rules import NotReady
from motkraft.decisions.rules.custodians import DRILLS, DrillKind, is_drill_due
from motkraft.decisions.views.words import told
from motkraft.errors import MotkraftError
from motkraft.people.access import Actor, NotAllowed, Permission, Role, requires
from motkraft.people.models import Person
from motkraft.people.queries import members
from motkraft.sealing import SealedRecord as Sealed
from motkraft.sealing.requests import bundle_resealed
from motkraft.web.parts import Crumb

P = Permission
CHECKED = "resealed-fetched"  # in the session: which records were fetched to be checked


def _json(data: bytes, name: str) -> HttpResponse:
    response = HttpResponse(data, content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="{name}.json"'
    response["Cache-Control"] = "no-store"
    return response


@requires(P.SEAL_OPEN)
def request_file(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Fetch the request of an opening, to give shares on a machine without network."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row = get_object_or_404(queries.openings(actor), pk=request_id)
    return _json(actions.request_file(actor, row).to_json(), f"begaran-{row.reference}")


@requires(P.SEAL_REQUEST, P.SEAL_OPEN)
def custodians(request: HttpRequest) -> HttpResponse:
    """Who the custodians are, which records are sealed to others, what waits to be checked, and the drills."""
    return _page(request, ResealedForm())


def _page(request: HttpRequest, form: ResealedForm) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = timezone.now()
    try:
        stale = len(actions.to_reseal(actor))
        few = ""
    except NotReady as error:
        stale, few = 0, told(error)
    waiting = actions.unconfirmed(actor)
    drills = list(CustodianDrill.objects.filter(organisation_id=actor.organisation_id))
    done = [row for row in drills if row.finished_at]
    names, sheets = _names(actor), sheets_used(actor)
    for row in drills:
        row.sheet = names.get(sheets.get(row.pk, ""), "")  # type: ignore[attr-defined]
        row.words = in_language(DRILLS[DrillKind(row.kind)])  # type: ignore[attr-defined]
        row.who = [names.get(each, _("somebody who has left")) for each in row.took_part]  # type: ignore[attr-defined]
    context = {
        "title": _("Custodians and drills"),
        "lead": _("Two custodians open a sealed record together. Nobody else can, and neither can the server."),
        "crumbs": [Crumb(_("Openings"), reverse("opening_list"))],
        "people": members(actor, Role.CUSTODIAN),
        "few": few,
        "records": SealedRecord.objects.filter(organisation_id=actor.organisation_id).count(),
        "stale": stale,
        "waiting": len(waiting),
        "may_confirm": actor.can(P.SEAL_OPEN) and any(row.by_id != actor.person_id for row in waiting),
        "is_custodian": actor.can(P.SEAL_OPEN),
        "form": form,
        "drills": drills,
        "drill_due": is_drill_due(max((row.finished_at for row in done), default=None), now),
        "has_drilled": bool(done),
    }
    return render(request, "decisions/custodians.html", context, status=422 if form.errors else 200)


def _names(actor: Actor) -> dict[str, str]:
    return {str(person.pk): person.username for person in members(actor, Role.CUSTODIAN)}


@requires(P.SEAL_OPEN)
def reseal_file(request: HttpRequest) -> HttpResponse:
    """Fetch the records that are to be sealed to today's custodians."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    try:
        asked = actions.reseal_file(actor)
    except NotAllowed:
        raise
    except MotkraftError as error:
        messages.error(request, told(error))
        return redirect("custodians")
    return _json(asked.to_json(), f"omforsegling-{asked.reference}")


@require_POST
@requires(P.SEAL_OPEN)
def take(request: HttpRequest) -> HttpResponse:
    """Take back the resealed records."""
    form = ResealedForm(request.POST, request.FILES)
    if form.is_valid():
        try:
            made = actions.take_resealed(request.actor, form.cleaned_data["file"].read())  # type: ignore[attr-defined]
        except NotAllowed:
            raise
        except MotkraftError as error:
            form.add_error("file", told(error))
        else:
            words = _("%(n)s records are taken in. They count when another custodian has checked them.")
            messages.success(request, words % {"n": len(made)})
            return redirect("custodians")
    return _page(request, form)


@requires(P.SEAL_OPEN)
def check_file(request: HttpRequest) -> HttpResponse:
    """Fetch the resealed records that wait to be checked with `motkraft custodian check`."""
    rows = actions.unconfirmed(request.actor)  # type: ignore[attr-defined]
    if not rows:
        raise Http404
    request.session[CHECKED] = [row.sha256 for row in rows]
    return _json(bundle_resealed([Sealed.from_json(bytes(row.record)) for row in rows]), "kontrollera")


@requires(P.SEAL_OPEN)
def confirm(request: HttpRequest) -> HttpResponse:
    """Say that two new shares open the resealed records, after a question."""
    if request.method == "POST":
        try:
            done = actions.confirm_resealed(request.actor, request.session.get(CHECKED, []))  # type: ignore[attr-defined]
        except NotAllowed:
            raise
        except MotkraftError as error:
            messages.error(request, told(error))
        else:
            messages.success(request, _("%(n)s records are sealed to the new custodians from now on.") % {"n": done})
        return redirect("custodians")
    back = reverse("custodians")
    context = {
        "title": _("Have two new custodians opened the records?"),
        "lead": _(
            "Say yes only when the check on your own machine said so for every record. From then on the former shares "
            "no longer count here. Who kept copies of two of them can still open a copy of the old record."
        ),
        "submit_label": _("Yes, the new shares open them"),
        "back_url": back,
        "cancel_url": back,
    }
    return render(request, "web/confirm_page.html", context)


@require_POST
@requires(P.SEAL_REQUEST, P.SEAL_OPEN)
def drill_new(request: HttpRequest) -> HttpResponse:
    """Begin a drill."""
    kind = request.POST.get("kind", "")
    if kind not in set(DrillKind):
        raise Http404
    try:
        row = actions.start_drill(request.actor, kind)  # type: ignore[attr-defined]
    except NotAllowed:
        raise
    except MotkraftError as error:
        messages.error(request, told(error))
        return redirect("custodians")
    return redirect("custodian_drill", row.pk)


def _drill(request: HttpRequest, drill_id: uuid.UUID) -> tuple[Actor, CustodianDrill]:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor, get_object_or_404(CustodianDrill, pk=drill_id, organisation_id=actor.organisation_id)


@requires(P.SEAL_REQUEST, P.SEAL_OPEN)
def drill(request: HttpRequest, drill_id: uuid.UUID) -> HttpResponse:
    """One drill: fetch its record, open it, type the code."""
    actor, row = _drill(request, drill_id)
    if row.finished_at:
        return redirect("custodians")
    ids = Sealed.from_json(bytes(row.record)).custodians
    people = {str(person.pk): person.username for person in Person.objects.filter(pk__in=ids)}
    listed = sorted(((each, people.get(each, each)) for each in ids), key=lambda pair: pair[1])
    form = DrillForm(request.POST or None, custodians=listed, has_sheet=row.kind == DrillKind.LOSS)
    if request.method == "POST" and form.is_valid():
        try:
            actions.finish_drill(actor, row, **form.cleaned_data)
        except NotAllowed:
            raise
        except MotkraftError as error:
            form.add_error(None, told(error))
        else:
            messages.success(request, _("The exercise is done and written down. The keys work."))
            return redirect("custodians")
    context: dict[str, Any] = {
        "title": in_language(DRILLS[DrillKind(row.kind)]),
        "form": form,
        "drill": row,
        "crumbs": [
            Crumb(_("Openings"), reverse("opening_list")),
            Crumb(_("Custodians and drills"), reverse("custodians")),
        ],
        "back_url": reverse("custodians"),
        "submit_label": _("Finish the exercise"),
    }
    return render(request, "decisions/custodian_drill.html", context, status=422 if form.is_bound else 200)


@requires(P.SEAL_REQUEST, P.SEAL_OPEN)
def drill_file(request: HttpRequest, drill_id: uuid.UUID) -> HttpResponse:
    """Fetch the record of a drill."""
    _actor, row = _drill(request, drill_id)
    return _json(bytes(row.record), "ovning")
