"""All safety plans, and beginning one."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from motkraft.incidents import queries as incident_queries
from motkraft.incidents.actions import plans as actions
from motkraft.incidents.forms.plans import PlanForm
from motkraft.incidents.models.plan import SafetyPlan
from motkraft.incidents.queries import plans as queries
from motkraft.incidents.queries.sight import hidden_from
from motkraft.incidents.rules import NotReady
from motkraft.incidents.rules.states import PlanState
from motkraft.incidents.views.plans.shown import for_whom, plan_status
from motkraft.law.calendar import local_day
from motkraft.people import queries as people
from motkraft.people.access import Actor, Permission, requires
from motkraft.web import htmx, lists
from motkraft.web.parts import Action, Crumb, Empty
from motkraft.web.steps import form_step


@requires(Permission.PLAN_MANAGE)
def plan_list(request: HttpRequest) -> HttpResponse:
    """Every safety plan, by reference and employee id; no names."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    states = {
        "nej": (_("The person said no"), {"state": PlanState.DRAFT, "shown_at__isnull": False}),
        "utkast": (_("Draft"), {"state": PlanState.DRAFT, "shown_at__isnull": True}),
        "visad": (_("Waits for the person's answer"), {"state": PlanState.SHOWN}),
        "galler": (_("Agreed to"), {"state__in": (PlanState.AGREED, PlanState.ACTIVE)}),
        "avslutad": (_("Plan ended"), {"state": PlanState.ENDED}),
    }
    listing = lists.listing(
        request,
        queries.plans(actor),
        [
            lists.Column("reference", _("Reference"), "reference"),
            lists.Column("person", _("For"), "person__username"),
            lists.Column("state", _("Status"), "state"),
            lists.Column("review", _("Go through it again"), "review_on"),
        ],
        filters=[
            lists.Filter(
                "lage",
                _("Status"),
                [lists.Choice(key, words) for key, (words, _where) in states.items()],
                lambda rows, value: rows.filter(**states[value][1]),
            )
        ],
        search=lambda rows, words: rows.filter(
            Q(reference__icontains=words)
            | Q(person__username__icontains=words)
            | Q(protected_person__reference__icontains=words, person=None)
        ),
        sort="review",
    )
    for row in listing.page.object_list:
        row.shown_status = plan_status(row)
        row.shown_for = for_whom(row)
    context = {
        "title": _("Safety plans"),
        "lead": _("What protects somebody who is threatened: what, who sees to it, by when, and whether it holds."),
        "listing": listing,
        "row_template": "incidents/plans/_row.html",
        "search_label": _("Search reference or employee id"),
        "list_action": Action(_("Make a safety plan"), reverse("plan_new"), icon="plus"),
        "today": local_day(timezone.now()),
        "empty": Empty(
            _("No safety plans yet"),
            _("Make one when somebody is threatened. The one it is for sees it and says yes or no."),
            Action(_("Make a safety plan"), reverse("plan_new")),
            icon="shield-check",
        ),
    }
    return htmx.render(request, "web/list_page.html", context, fragment="web/_list.html")


@requires(Permission.PLAN_MANAGE)
def plan_new(request: HttpRequest) -> HttpResponse:
    """Begin a plan, for the one an incident concerns when one comes from there."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    offered = [(str(one.pk), one.reference) for one in queries.without_account(actor)]
    form = PlanForm(request.POST or None, initial=_exposed(request, actor), offered=offered)
    back = reverse("plan_list")
    return form_step(
        request,
        form,
        lambda given: reverse("plan", args=[_opened(actor, given).pk]),
        title=_("Make a safety plan"),
        lead=_("Say whom it is for, in one of the ways. You choose measures in the next step."),
        back=back,
        crumbs=[Crumb(_("Safety plans"), back)],
        submit=_("Continue"),
    )


def _opened(actor: Actor, given: dict[str, Any]) -> SafetyPlan:
    """Begin the plan for whom the form names, in one of its three ways."""
    more = {"summary": given["summary"], "review_on": given["review_on"]}
    if given["name"]:
        return actions.open_plan_for_name(actor, given["name"], **more)
    if given.get("protected"):
        return actions.open_plan(actor, None, protected_person_id=given["protected"], **more)
    wanted = given["person"].strip().casefold()
    found = next((person for person in people.members(actor) if person.username.casefold() == wanted), None)
    if found is None:
        raise NotReady("Nobody who works here has that employee id.", field="person")
    return actions.open_plan(actor, found.pk, **more)


def _exposed(request: HttpRequest, actor: Actor) -> dict[str, str]:
    """Whom the incident in the address concerns, as the form asks for it, unless it must not be told."""
    try:
        seen = incident_queries.find(actor, uuid.UUID(request.GET.get("handelse", "")))
    except ValueError:
        return {}
    if seen is None or not seen.shows_words:
        return {}
    protected = seen.incident.protected_person
    person = seen.incident.person or (protected.person if protected else None)
    if person is None:
        return {"protected": str(protected.pk)} if protected else {}
    return {"person": person.username} if person.pk not in hidden_from(actor, seen.incident) else {}
