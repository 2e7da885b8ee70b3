"""The police report: made, fetched, and given the number of the police."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from motkraft.documents import DocumentError
from motkraft.errors import MotkraftError
from motkraft.incidents import actions, queries
from motkraft.incidents.actions.police import disclosure_rules
from motkraft.incidents.forms import CaseNumberForm, PoliceForm, tell
from motkraft.incidents.queries import Seen
from motkraft.incidents.rules import Status as State
from motkraft.incidents.rules import View, offered_offences, suggested_offences
from motkraft.incidents.views import showing
from motkraft.incidents.views.seen import crumbs, seen_or_404
from motkraft.incidents.views.sending import attachment
from motkraft.people.access import Actor, Permission, requires
from motkraft.web.parts import FileLink


def links(actor: Actor, seen: Seen) -> list[dict[str, object]]:
    """What was filed, for the page of the incident."""
    if not seen.shows_words:
        return []
    return [
        {
            "report": report,
            "file": FileLink(
                _("Police report P%(number)s") % {"number": report.number},
                reverse("police_report_file", args=[seen.incident.pk, report.pk]),
                report.size,
                "file-text",
                "PDF/A",
                report.sha256,
            ),
            "offences": [offence["citation"] for offence in report.offences],
        }
        for report in queries.police_reports(actor, seen.incident)
    ]


@requires(Permission.INCIDENT_POLICE)
def report(request: HttpRequest, incident_id: uuid.UUID) -> HttpResponse:
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
        "crumbs": crumbs(seen),
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
def report_file(request: HttpRequest, incident_id: uuid.UUID, report_id: uuid.UUID) -> HttpResponse:
    """Fetch the PDF as it was filed."""
    seen_or_404(request, incident_id, View.MANAGE)
    return attachment(actions.fetch_police_report(request.actor, report_id))  # type: ignore[attr-defined]


@require_POST
@requires(Permission.INCIDENT_POLICE)
def number(request: HttpRequest, incident_id: uuid.UUID, report_id: uuid.UUID) -> HttpResponse:
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
