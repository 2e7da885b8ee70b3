"""Reporting without a connection: the page that a phone keeps, and what takes the report in."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from pathlib import Path

from django.contrib.staticfiles import finders
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils.crypto import salted_hmac
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from motkraft.errors import MotkraftError
from motkraft.incidents.actions import reporting as actions
from motkraft.incidents.forms.offline import OfflineForm
from motkraft.incidents.queries.reporting import can_hide
from motkraft.incidents.rules import Status
from motkraft.people import queries as people
from motkraft.people.access import Actor, Permission, public, requires

TEMPLATE = "incidents/reporting/offline.html"
_CANNOT_HIDE = gettext_lazy(
    "Your name cannot be left out here: nobody else is security coordinator, so nobody could contact you. Take that"
    " tick away to send it. It is not sent yet."
)
_FILES = re.compile(r'(?:href|src)="(/static/[^"#?]+)')


def _context() -> dict[str, object]:
    return {"title": _("Report without a connection"), "form": OfflineForm(), "scope": reverse("incident_report_start")}


@public
@require_GET
def page(request: HttpRequest) -> HttpResponse:
    """The one page that a phone keeps: questions, and not a word about anybody."""
    return render(request, TEMPLATE, _context())


@public
@require_GET
def worker(request: HttpRequest) -> HttpResponse:
    """The script that keeps the page; it changes when the page or anything that draws it does."""
    shell = render_to_string(TEMPLATE, _context())
    files = sorted(set(_FILES.findall(shell)))
    digest = hashlib.sha256(shell.encode())
    for url in files:
        digest.update(_bytes(url.removeprefix(static(""))))
    script = _bytes("incidents/report-worker.js").decode()
    for name, value in {
        "version": digest.hexdigest()[:16],
        "page": reverse("incident_report_offline"),
        "files": " ".join(files),
    }.items():
        script = script.replace("{" + name + "}", value)
    response = HttpResponse(script, content_type="text/javascript; charset=utf-8")
    response["Service-Worker-Allowed"] = reverse("incident_report_start")
    return response


@public
@require_GET
def manifest(request: HttpRequest) -> HttpResponse:
    """What a phone needs to put the report among its apps."""
    start = reverse("incident_report_start")
    return JsonResponse(
        {
            "name": _("Report – Motkraft"),
            "short_name": _("Report"),
            "lang": request.LANGUAGE_CODE,  # type: ignore[attr-defined]
            "start_url": start,
            "scope": start,
            "id": start,
            "display": "minimal-ui",
            "background_color": "#fbf9f4",
            "theme_color": "#fbf9f4",
            "icons": [{"src": static("motkraft/favicon.svg"), "sizes": "any", "type": "image/svg+xml"}],
        },
        content_type="application/manifest+json",
    )


@require_http_methods(["GET", "POST"])
@requires(Permission.INCIDENT_REPORT)
def receive(request: HttpRequest) -> HttpResponse:
    """GET says who is signed in, as a number, and their office's alarm routine; POST takes a report in: once.

    201 is said when the report stands in the database (the transaction is committed before the answer leaves), and then
    the phone forgets it. The same ``client_id`` again gets the same answer.
    """
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if request.method == "GET":
        return JsonResponse({"csrf": get_token(request), "who": _who(actor), "alarm": _alarm(request, actor)})
    form = OfflineForm(_given(request))
    errors = []
    if form.is_valid() and form.cleaned_data["hide_identity"] and not can_hide(actor):
        form.add_error("hide_identity", _CANNOT_HIDE)
    if form.is_valid():
        mine = request.seat.offices  # type: ignore[attr-defined]
        try:
            incident = actions.report_once(
                actor,
                form.cleaned_data["client_id"] or uuid.uuid4(),
                form.given(),
                office_id=mine[0] if mine else None,
            )
            name = "incident_report_continue" if incident.status == Status.DRAFT else "incident_report_sent"
            answer = {
                "reference": incident.reference,
                "url": reverse(name, args=[incident.pk]),
                "upload": reverse("upload_begin", args=[incident.pk]),  # for what was chosen beside the words
            }
            return JsonResponse(answer, status=201)
        except MotkraftError as error:
            errors = [_(error.message)]
    errors += [str(words) for each in form.errors.values() for words in each]
    return JsonResponse({"errors": errors}, status=400)


def _alarm(request: HttpRequest, actor: Actor) -> list[dict[str, str]]:
    """What to do at an alarm at one's own office; at all of them for who has none."""
    mine = request.seat.offices  # type: ignore[attr-defined]
    offices = [office for office in people.offices(actor) if office.alarm_routine]
    own = [office for office in offices if office.pk in mine]
    return [{"office": each.name, "routine": each.alarm_routine, "phone": each.phone or ""} for each in own or offices]


def _given(request: HttpRequest) -> dict[str, str]:
    try:
        found = json.loads(request.body)
    except ValueError:
        return {}
    if not isinstance(found, dict):
        return {}
    return {str(key): value for key, value in found.items() if isinstance(value, str) and "\0" not in value}


def _who(actor: Actor) -> str:
    return salted_hmac("motkraft.report", f"{actor.organisation_id}:{actor.person_id}", algorithm="sha256").hexdigest()


def _bytes(name: str) -> bytes:
    path = finders.find(name)
    return Path(str(path)).read_bytes() if path else b""
