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
from motkraft.incidents.actions.police import disclosure_rules, fetch_police_data
from motkraft.incidents.forms import CaseNumberForm, PoliceForm
from motkraft.incidents.models import Incident
from motkraft.incidents.queries import Seen
from motkraft.incidents.queries import police as police_queries
from motkraft.incidents.rules import Status as State
from motkraft.incidents.rules import View, offered_offences, suggested_offences
from motkraft.incidents.rules.police import FACTS
from motkraft.incidents.rules.states import ReportState
from motkraft.incidents.views import showing
from motkraft.incidents.views.seen import crumbs, seen_or_404
from motkraft.incidents.views.sending import attachment
from motkraft.law import Offence
from motkraft.people.access import Actor, Permission, requires
from motkraft.people.actions import record_reading
from motkraft.web.parts import FileLink, Status
from motkraft.web.steps import tell

#: Proposed for an incident in a series, whatever its kind: several acts against the same person.
SERIES_OFFENCE = "unlawful_persecution"


def links(actor: Actor, seen: Seen) -> list[dict[str, object]]:
    """What was filed and where it stands, for the page of the incident; the file only for those who file."""
    if not seen.shows_words:
        return []
    may_fetch = police_queries.may_file(actor, seen.incident) and seen.view is View.MANAGE
    return [
        {
            "report": report,
            "may_fetch": may_fetch,
            "state": state_status(report.state),
            "decided_on": report.decided_on,
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


STATES = {
    ReportState.FILED: lambda: Status(_("Filed"), "info", "file-check"),
    ReportState.OPENED: lambda: Status(_("Investigated"), "accent", "search"),
    ReportState.CLOSED: lambda: Status(_("Closed by the police"), "neutral", "check"),
    ReportState.COURT: lambda: Status(_("In court"), "warning", "scale"),
}


def state_status(state: str) -> Status:
    """Where a report stands, in words."""
    return STATES[ReportState(state)]()


def filing_or_404(request: HttpRequest, incident_id: uuid.UUID) -> Seen:
    """The incident for somebody who may report it; 404 where the name is hidden from them."""
    seen = seen_or_404(request, incident_id, View.MANAGE)
    if not police_queries.may_file(request.actor, seen.incident):  # type: ignore[attr-defined]
        raise Http404
    return seen


@requires(Permission.INCIDENT_POLICE)
def report(request: HttpRequest, incident_id: uuid.UUID) -> HttpResponse:
    """Make the report: what crimes it may be and what speaks for each, what more is told, and on what basis."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    seen = filing_or_404(request, incident_id)
    incident = seen.incident
    if incident.status == State.CLOSED:
        raise Http404
    swedish, now = showing.is_swedish(), timezone.now()
    suggested, others = _offences(incident)
    offered = {rule.id: rule for rule in (*suggested, *others)}
    rules = {rule.id: rule for rule in disclosure_rules(now)}
    there = police_queries.available_facts(actor, incident)
    form = PoliceForm(
        request.POST or None,
        offences=[(key, rule.title_sv if swedish else rule.title_en) for key, rule in offered.items()],
        elements=[pair for rule in offered.values() for pair in _elements(rule, swedish=swedish)],
        basis=[(key, rule.title_sv if swedish else rule.title_en) for key, rule in rules.items()],
        sections={key: rule.citation for key, rule in rules.items()},
        facts=[key for key in FACTS if key in there],
    )
    if request.method == "POST" and form.is_valid():
        try:
            report = actions.file_police_report(actor, incident.pk, **form.filing())
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
    record_reading(actor, "incident", incident.pk, purpose="police report")
    elements = {str(option.data["value"]): option for option in form["elements"].subwidgets}
    rows = [
        {
            "option": option,
            "rule": rule,
            "penalty": rule.penalty_sv if swedish else rule.penalty_en,
            "when": rule.use_when_sv if swedish else rule.use_when_en,
            "for": [elements[f"{rule.id}:for:{n}"] for n in range(len(rule.speaks_for_sv))],
            "against": [elements[f"{rule.id}:against:{n}"] for n in range(len(rule.speaks_against_sv))],
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
        "least": _least(incident),
        "fact_rows": [_fact_row(form, incident, key) for key in form.facts],
        "basis_rows": [
            {"option": option, "rule": rule, "when": rule.plain_sv if swedish else rule.plain_en}
            for option, rule in zip(form["basis_rules"].subwidgets, rules.values(), strict=True)
        ],
        "submit_label": _("Make the police report"),
        "withhold_url": "" if incident.police_reports.exists() else reverse("police_withhold", args=[incident.pk]),
    }
    return render(request, "incidents/police_report.html", context, status=422 if form.errors else 200)


def _offences(incident: Incident) -> tuple[list[Offence], list[Offence]]:
    """The crimes suggested for this incident, and the others that may be named."""
    now = timezone.now()
    offered = offered_offences(incident.deed_at, now)
    suggested = {rule.id for rule in suggested_offences(incident.kind, incident.deed_at, now)}
    if incident.series_id:
        suggested.add(SERIES_OFFENCE)
    return [r for r in offered if r.id in suggested], [r for r in offered if r.id not in suggested]


def _elements(rule: Offence, *, swedish: bool) -> list[tuple[str, str]]:
    speaks_for = rule.speaks_for_sv if swedish else rule.speaks_for_en
    against = rule.speaks_against_sv if swedish else rule.speaks_against_en
    return [(f"{rule.id}:for:{n}", words) for n, words in enumerate(speaks_for)] + [
        (f"{rule.id}:against:{n}", words) for n, words in enumerate(against)
    ]


def _least(incident: Incident) -> list[str]:
    """What the report always holds."""
    found = [
        _("What kind of incident it is, and when it happened"),
        _("The address and telephone of the workplace"),
        _("The title of the person exposed, not the name"),
    ]
    if incident.exact_words:
        found.append(_("The exact words"))
    if incident.evidence.filter(withdrawn_at__isnull=True).exists():
        found.append(_("The numbers and fingerprints of the evidence, not the files"))
    return found


def _fact_row(form: PoliceForm, incident: Incident, key: str) -> dict[str, object]:
    shown = "" if key in ("name", "earlier", "harm") else getattr(incident, key, "") or ""
    if key == "case_reference" and incident.case:
        shown = incident.case.reference
    if key == "earlier":
        shown = ", ".join(other.reference for other in police_queries.earlier_incidents(incident))
    return {
        "key": key,
        "tick": form[f"fact_{key}"],
        "basis": form[f"basis_{key}"],
        "reason": form[f"reason_{key}"],
        "shown": shown,
        "text": form["harm"] if key == "harm" else None,
    }


@requires(Permission.INCIDENT_POLICE)
def report_file(request: HttpRequest, incident_id: uuid.UUID, report_id: uuid.UUID) -> HttpResponse:
    """Fetch the PDF as it was filed."""
    filing_or_404(request, incident_id)
    return attachment(actions.fetch_police_report(request.actor, report_id))  # type: ignore[attr-defined]


@requires(Permission.INCIDENT_POLICE)
def report_data(request: HttpRequest, incident_id: uuid.UUID, report_id: uuid.UUID) -> HttpResponse:
    """Fetch the structured data as it was filed."""
    filing_or_404(request, incident_id)
    return attachment(fetch_police_data(request.actor, report_id))  # type: ignore[attr-defined]


@require_POST
@requires(Permission.INCIDENT_POLICE)
def number(request: HttpRequest, incident_id: uuid.UUID, report_id: uuid.UUID) -> HttpResponse:
    """Write down the police's number."""
    filing_or_404(request, incident_id)
    form = CaseNumberForm(request.POST)
    try:
        number = form.cleaned_data["case_number"] if form.is_valid() else ""
        actions.add_case_number(request.actor, report_id, number)  # type: ignore[attr-defined]
        messages.success(request, _("The number from the police is noted."))
    except MotkraftError as error:
        messages.error(request, _(error.message))
    if request.POST.get("back") == "report":
        return redirect("police_item", report_id)
    return redirect(reverse("incident", args=[incident_id]) + "#documents")
