"""The cases, and a case: its threat level, why, and who has confirmed it."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from motkraft.incidents import actions, queries
from motkraft.incidents.forms import LEVEL_WORDS, CaseForm
from motkraft.incidents.models import Case
from motkraft.incidents.queries.sight import hidden_from
from motkraft.incidents.rules import HIGHEST
from motkraft.incidents.views import showing
from motkraft.incidents.views.threat import history_rows
from motkraft.ledger import queries as ledger
from motkraft.people import queries as people
from motkraft.people.access import Actor, Permission, requires
from motkraft.people.actions import record_reading
from motkraft.web import htmx, lists
from motkraft.web.dates import day
from motkraft.web.parts import Action, Crumb, Empty, NextStep
from motkraft.web.steps import form_step


@requires(Permission.CASE_READ, Permission.THREAT_ASSESS)
def cases(request: HttpRequest) -> HttpResponse:
    """The cases with their threat level; reference numbers and nothing else."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = timezone.now()
    listing = lists.listing(
        request,
        queries.cases(actor),
        [
            lists.Column("reference", _("Reference"), "reference"),
            lists.Column("level", _("Threat level"), "threat_level"),
            lists.Column("incidents", _("Incidents"), "incident_count", numeric=True),
            lists.Column("again", _("Assess again"), "assess_again_at"),
            lists.Column("office", _("Office"), "office__name"),
        ],
        filters=[
            lists.Filter(
                "niva",
                _("Threat level"),
                [lists.Choice(level.value, str(words)) for level, words in LEVEL_WORDS.items()],
                lambda found, value: found.filter(threat_level=value),
            )
        ],
        search=lambda found, words: found.filter(reference__icontains=words),
        sort="reference",
    )
    if lists.wants_csv(request):
        heads = [_("Reference"), _("Threat level"), _("Incidents"), _("Assess again"), _("Office")]
        return lists.csv_response("arenden", heads, (_case_cells(case) for case in listing.rows))
    for case in listing.page.object_list:
        case.shown_level = showing.level_status(case.threat_level)
    context = {
        "title": _("Cases"),
        "lead": _("Only reference numbers and protection. Nothing about children or parents is kept here."),
        "listing": listing,
        "row_template": "incidents/_case_row.html",
        "search_label": _("Search reference"),
        "list_action": Action(_("Add a case"), reverse("case_new"), icon="plus"),
        "today": timezone.localdate(now),
        "empty": Empty(
            _("No cases yet"),
            _("A case comes here when somebody gives its reference number in a report, or adds it."),
            Action(_("Add a case"), reverse("case_new")),
            icon="folder",
        ),
    }
    return htmx.render(request, "incidents/list.html", context, fragment="web/_list.html")


def _case_cells(case: Case) -> list[object]:
    return [
        case.reference,
        str(showing.level_status(case.threat_level).label),
        case.incident_count,  # type: ignore[attr-defined]
        case.assess_again_at.isoformat() if case.assess_again_at else "",
        case.office.name if case.office else "",
    ]


def case_or_404(request: HttpRequest, case_id: uuid.UUID) -> Case:
    """The case as the actor may see it; 404 when they may not."""
    case = queries.case(request.actor, case_id)  # type: ignore[attr-defined]
    if case is None:
        raise Http404
    return case


@requires(Permission.CASE_READ, Permission.THREAT_ASSESS)
def case(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """The page of a case. Grounds are shown to those who assess; opening it is recorded."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found, now = case_or_404(request, case_id), timezone.now()
    readings = list(people.readings(actor, "case", found.pk)[:300])
    record_reading(actor, "case", found.pk)
    assesses = actor.can(Permission.THREAT_ASSESS)
    history = list(queries.assessments(actor, found))
    latest = history[0] if history else None
    waits = latest is not None and latest.level == HIGHEST and latest.confirmed_at is None
    proposal = queries.proposal(actor, found, now)
    log = ledger.log(actor)
    incidents = list(queries.incidents_of(actor, found))
    visible = [row for row in incidents if queries.view_for(actor, row)]
    hidden = frozenset[uuid.UUID]().union(*(hidden_from(actor, row) for row in incidents))  # they open cases too
    context = {
        "title": _("Threat picture"),
        "reference": found.reference,
        "kind": _("Case"),
        "status": showing.level_status(found.threat_level),
        "crumbs": [Crumb(_("Cases"), reverse("case_list"))],
        "case": found,
        "assesses": assesses,
        "facts": showing.case_facts(found),
        "history": history_rows(history),
        "waits": waits,
        "may_confirm": waits and assesses and latest is not None and latest.assessed_by_id != actor.person_id,
        "confirm_url": reverse("case_confirm", args=[found.pk, latest.pk]) if latest else "",
        "proposal": showing.level_status(proposal.level.value),
        "grounds": [showing.GROUND_WORDS[key]() for key, _count in proposal.grounds],
        "incidents": [
            {"incident": row, "kind": showing.kind_name(row.kind), "status": showing.status(row)} for row in visible
        ],
        "next_step": _next_step(actor, found, waits, proposal.level.rank, found.threat_level),
        "events": showing.timeline(
            ledger.events(actor, "case", found.pk).select_related("actor"),
            log.size if log else 0,
            (),
            shows_who=assesses,
            hidden=hidden,
        ),
        "who_sees": _("those who work on cases, managers, the security coordinator and those who decide."),
        "viewers": [],
        "has_seen": showing.has_seen(row for row in readings if row.reader_id not in hidden),
    }
    return render(request, "incidents/case.html", context)


def _next_step(actor: Actor, case: Case, waits: bool, proposed_rank: int, level: str) -> NextStep | None:
    if not actor.can(Permission.THREAT_ASSESS):
        return None
    assess = Action(_("Assess the threat"), reverse("case_assess", args=[case.pk]), icon="gauge")
    if waits:
        return NextStep(
            _("A second person must confirm the highest level"),
            _("Until then the case counts as high. Whoever assessed cannot confirm."),
            None,
            others=[assess],
        )
    if case.assess_again_at is None:
        return NextStep(_("Nobody has assessed the threat yet"), "", assess)
    if case.assess_again_at <= timezone.localdate():
        return NextStep(_("It is time to assess again"), "", assess)
    if proposed_rank > list(showing.LEVEL_WORDS).index(showing.Level(level)):
        return NextStep(_("What has happened speaks for a higher level"), "", assess)
    until = _("Assess again by %(day)s, or as soon as something happens.") % {"day": day(case.assess_again_at)}
    return NextStep(_("The assessment stands"), until, None, others=[assess])


@requires(Permission.CASE_READ, Permission.THREAT_ASSESS)
def new(request: HttpRequest) -> HttpResponse:
    """Add a case by its reference number."""
    return form_step(
        request,
        CaseForm(request.POST or None),
        lambda given: reverse("case", args=[actions.open_case(request.actor, **given).pk]),  # type: ignore[attr-defined]
        title=_("Add a case"),
        lead=_("Only the reference number. Nothing about the child or the parents is kept here."),
        back=reverse("case_list"),
        submit=_("Add"),
    )
