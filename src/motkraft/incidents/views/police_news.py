"""What came after the report: the list of reports, one report with its contacts and decisions, and the figures."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from motkraft.errors import MotkraftError
from motkraft.incidents.actions import police_news as news_actions
from motkraft.incidents.forms.police import (
    CLOSING_WORDS,
    CONTACT_WORDS,
    DECISION_WORDS,
    WITHHELD_WORDS,
    ContactForm,
    DecisionForm,
    WithholdForm,
)
from motkraft.incidents.models import PoliceReport
from motkraft.incidents.queries import police as police_queries
from motkraft.incidents.queries import police_figures
from motkraft.incidents.rules import Status as State
from motkraft.incidents.rules import rule_of
from motkraft.incidents.rules.police import FACTS, NEXT_DECISIONS, Decided
from motkraft.incidents.rules.states import ReportState
from motkraft.incidents.views import showing
from motkraft.incidents.views.police import filing_or_404, state_status
from motkraft.incidents.views.seen import crumbs
from motkraft.people.access import Actor, Permission, requires
from motkraft.people.actions import record_reading
from motkraft.web import charts, htmx, lists
from motkraft.web.dates import day_and_clock
from motkraft.web.parts import Crumb, Empty, Fact, FileLink
from motkraft.web.steps import form_step, tell

OUTCOME_WORDS = {
    "filed": gettext_lazy("No decision yet"),
    "opened": gettext_lazy("Investigated"),
    "closed": gettext_lazy("Closed by the police"),
    "charged": gettext_lazy("Charges are brought"),
    "judged": gettext_lazy("There is a judgment"),
}


@requires(Permission.INCIDENT_POLICE)
def reports(request: HttpRequest) -> HttpResponse:
    """Every report to the police: where it stands, and when to ask for news."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = timezone.now()
    listing = lists.listing(
        request,
        police_queries.reports(actor),
        [
            lists.Column("reference", _("Reference"), "incident__reference"),
            lists.Column("filed", _("Filed"), "filed_at"),
            lists.Column("state", _("State"), "state"),
            lists.Column("number", _("The number from the police")),
            lists.Column("news", _("Last news"), "news_at"),
        ],
        filters=[
            lists.Filter(
                "skede",
                _("State"),
                [lists.Choice(state.value, state_status(state).label) for state in ReportState],
                lambda found, value: found.filter(state=value),
            )
        ],
        search=lambda found, words: police_queries.searched(actor, found, words),
        sort="-filed",
    )
    if lists.wants_csv(request):
        heads = [_("Reference"), _("Filed"), _("State"), _("The number from the police"), _("Last news")]
        return lists.csv_response("polisanmalningar", heads, (_cells(row) for row in listing.rows))
    for row in listing.page.object_list:
        row.shown_state = state_status(row.state)
        due = police_queries.news_due(row)
        row.ask = due if due and due <= now else None
    context = {
        "title": _("Police"),
        "lead": _("What was reported, what the police has answered, and what nobody has answered yet."),
        "listing": listing,
        "row_template": "incidents/police/_row.html",
        "search_label": _("Search reference or number"),
        "now": now,
        "empty": Empty(
            _("Nothing is reported to the police yet"),
            _("A report is made from the page of an incident. Then it is followed up here."),
            icon="siren",
        ),
        "figures_url": reverse("police_figures") if actor.can(Permission.INCIDENT_FIGURES) else "",
    }
    return htmx.render(request, "incidents/police/list.html", context, fragment="web/_list.html")


def _cells(row: PoliceReport) -> list[object]:
    news = row.news_at  # type: ignore[attr-defined]
    return [
        f"{row.incident.reference} P{row.number}",
        timezone.localtime(row.filed_at).isoformat(timespec="minutes"),
        state_status(row.state).label,
        row.case_number or "",
        timezone.localtime(news).isoformat(timespec="minutes") if news else "",
    ]


def _or_404(request: HttpRequest, report_id: uuid.UUID) -> PoliceReport:
    row = police_queries.report(request.actor, report_id)  # type: ignore[attr-defined]
    if row is None:
        raise Http404
    return row


@requires(Permission.INCIDENT_POLICE)
def report(request: HttpRequest, report_id: uuid.UUID) -> HttpResponse:
    """One report: what was told and on what basis, the contacts, the decisions. Opening it is recorded."""
    return _page(request, _or_404(request, report_id))


def _page(
    request: HttpRequest,
    row: PoliceReport,
    *,
    contact: ContactForm | None = None,
    decision: DecisionForm | None = None,
) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now, incident = timezone.now(), row.incident
    record_reading(actor, "policereport", row.pk, purpose="follow-up")
    decided = police_queries.decisions(actor, row)
    offered = _offered(decided[-1].state if decided else None)
    context = {
        "title": _("Police report P%(number)s") % {"number": row.number},
        "reference": incident.reference,
        "kind": _("Police"),
        "status": state_status(row.state),
        "crumbs": [Crumb(_("Police"), reverse("police_list"))],
        "report": row,
        "incident": incident,
        "now": now,
        "facts": _facts(row, now),
        "files": _files(row),
        "told": _told(row),
        "offences": _offences(row),
        "contacts": [
            {
                "how": CONTACT_WORDS.get(each.how, each.how),
                "by": showing.title_of(each.person),
                "row": each,
            }
            for each in police_queries.contacts(actor, row)
        ],
        "decided": [
            {
                "row": each,
                "what": DECISION_WORDS[Decided(each.state)],
                "why": CLOSING_WORDS.get(each.reason_key, ""),
                "by": showing.title_of(each.person),
            }
            for each in decided
        ],
        "contact_form": contact or ContactForm(),
        "decision_form": decision or (DecisionForm(offered=offered, today=timezone.localdate()) if offered else None),
        "ask": police_queries.news_due(row),
    }
    return render(request, "incidents/police/report.html", context, status=422 if contact or decision else 200)


def _offered(last: str | None) -> list[Decided]:
    return [state for state in Decided if state in NEXT_DECISIONS[Decided(last) if last else None]]


def _facts(row: PoliceReport, now: dt.datetime) -> list[Fact]:
    facts = [
        Fact(_("Filed"), day_and_clock(row.filed_at, now)),
        Fact(_("On what basis"), row.basis),
    ]
    if row.case_number:
        facts.insert(1, Fact(_("The number from the police"), row.case_number))
    if row.outcome_reason:
        facts.append(Fact(_("The reason, as the police wrote it"), row.outcome_reason))
    return facts


def _files(row: PoliceReport) -> list[FileLink]:
    files = [
        FileLink(
            _("Police report P%(number)s") % {"number": row.number},
            reverse("police_report_file", args=[row.incident_id, row.pk]),
            row.size,
            "file-text",
            "PDF/A",
            row.sha256,
        )
    ]
    if row.data_sha256:
        files.append(
            FileLink(
                _("The same as structured data"),
                reverse("police_report_data", args=[row.incident_id, row.pk]),
                None,
                "file",
                "JSON",
                row.data_sha256,
            )
        )
    return files


def _told(row: PoliceReport) -> list[dict[str, object]]:
    """Each fact that was added, with the rule that lets it out; the employer's own reasons stand in the document."""
    found = {fact["field"]: fact.get("rule", "") for fact in row.facts}
    return [
        {
            "what": police_queries.FACT_WORDS[key],
            "rule": rule_of(found[key], row.filed_at) if found[key] else None,
        }
        for key in FACTS
        if key in found
    ]


def _offences(row: PoliceReport) -> list[dict[str, object]]:
    swedish = showing.is_swedish()
    shown = []
    for told in row.offences:
        rule = rule_of(told["rule"], row.incident.deed_at) or rule_of(told["rule"], row.filed_at)
        speaks_for = getattr(rule, "speaks_for_sv" if swedish else "speaks_for_en", ())
        against = getattr(rule, "speaks_against_sv" if swedish else "speaks_against_en", ())
        shown.append(
            {
                "rule": rule or told["citation"],
                "title": (rule.title_sv if swedish else rule.title_en) if rule else told["citation"],
                "for": [speaks_for[n] for n in told.get("holds", ()) if n < len(speaks_for)],
                "against": [against[n] for n in told.get("against", ()) if n < len(against)],
            }
        )
    return shown


@require_POST
@requires(Permission.INCIDENT_POLICE)
def contact(request: HttpRequest, report_id: uuid.UUID) -> HttpResponse:
    """Write down a contact with the police."""
    row = _or_404(request, report_id)
    form = ContactForm(request.POST)
    done = _("The contact is noted.")
    return _noted(request, row, form, news_actions.add_contact, done) or _page(request, row, contact=form)


@require_POST
@requires(Permission.INCIDENT_POLICE)
def decision(request: HttpRequest, report_id: uuid.UUID) -> HttpResponse:
    """Write down what the police decided."""
    row = _or_404(request, report_id)
    decided = police_queries.decisions(request.actor, row)  # type: ignore[attr-defined]
    offered = _offered(decided[-1].state if decided else None)
    form = DecisionForm(request.POST, offered=offered, today=timezone.localdate())
    done = _("The decision is noted. The one who reported sees it.")
    return _noted(request, row, form, news_actions.add_decision, done) or _page(request, row, decision=form)


def _noted(
    request: HttpRequest, row: PoliceReport, form: forms.Form, act: Callable[..., object], done: str
) -> HttpResponse | None:
    """Write down what was told; nothing comes back when the form or a rule refuses it."""
    if not form.is_valid():
        return None
    try:
        act(request.actor, row.pk, **form.cleaned_data)  # type: ignore[attr-defined]
    except MotkraftError as error:
        tell(form, error)
        return None
    messages.success(request, done)
    return redirect("police_item", row.pk)


@requires(Permission.INCIDENT_POLICE)
def withhold(request: HttpRequest, incident_id: uuid.UUID) -> HttpResponse:
    """Say that an incident is not reported, and why."""
    seen = filing_or_404(request, incident_id)
    incident = seen.incident
    if incident.status == State.CLOSED or incident.police_reports.exists():
        raise Http404
    return form_step(
        request,
        WithholdForm(request.POST or None),
        lambda given: news_actions.withhold(request.actor, incident.pk, **given),  # type: ignore[attr-defined]
        title=_("Not report %(reference)s to the police?") % {"reference": incident.reference},
        lead=_("You can report later all the same. What you write here cannot be changed."),
        back=reverse("incident", args=[incident.pk]),
        crumbs=crumbs(seen),
        submit=_("Note that it is not reported"),
        done=_("It is noted why this is not reported."),
    )


PERIODS = {"12": 12, "24": 24, "alla": 0}


@requires(Permission.INCIDENT_FIGURES)
def figures(request: HttpRequest) -> HttpResponse:
    """How much is reported, and what came of it. Small numbers only for those who file."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    period = request.GET.get("tid", "12")
    months = PERIODS.get(period, 12)
    since = timezone.now() - dt.timedelta(days=round(months * 30.44)) if months else None
    found = police_figures.police_outcomes(actor, since=since)
    shows_small = actor.can(Permission.INCIDENT_POLICE)

    def shown(number: int) -> int | None:
        return number if shows_small or number == 0 or number >= police_figures.SMALLEST else None

    outcomes = [(str(words), shown(found.outcomes[key])) for key, words in OUTCOME_WORDS.items()]
    reasons = [(str(words), shown(found.closed.get(key, 0))) for key, words in CLOSING_WORDS.items()]
    withheld = [(str(words), shown(found.withheld.get(key, 0))) for key, words in WITHHELD_WORDS.items()]
    heads = (_("Outcome"), _("Incidents"))
    context = {
        "title": _("What came of the police reports"),
        "crumbs": [Crumb(_("Police"), reverse("police_list"))] if shows_small else [],
        "found": found,
        "should": shown(found.should),
        "reported": shown(found.reported),
        "share": _share(found, shows_small=shows_small),
        "periods": [
            {"value": "12", "label": _("The last year"), "current": months == 12},
            {"value": "24", "label": _("The last two years"), "current": months == 24},
            {"value": "alla", "label": _("Since the beginning"), "current": months == 0},
        ],
        "charts": [
            charts.bars(
                outcomes,
                title=_("Where the reported incidents stand"),
                summary=_("Reported in this time: %(n)s") % {"n": "–" if (n := shown(found.reported)) is None else n},
                heads=heads,
            )
        ]
        if found.reported
        else [],
        "reasons": reasons,
        "withheld": withheld,
        "hides": not shows_small,
    }
    return render(request, "incidents/police/figures.html", context)


def _share(found: police_figures.PoliceFigures, *, shows_small: bool) -> str:
    if not found.should or (not shows_small and found.should < police_figures.SMALLEST):
        return ""
    return f"{round(100 * found.reported_of_should / found.should)} %"
