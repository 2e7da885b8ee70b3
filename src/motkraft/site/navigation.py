"""What stands around every page: navigation by role, for whom one acts, links at the foot."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from motkraft.people.access import Actor, Permission, Role
from motkraft.web.parts import ActingChoice, ActingFor, NavItem, organisation_tone


@dataclass(frozen=True)
class Place:
    """A place that the navigation leads to, for those with one of the permissions."""

    label: str | Promise
    route: str
    icon: str
    permissions: frozenset[Permission] = frozenset()


def _place(label: str | Promise, route: str, icon: str, *permissions: Permission) -> Place:
    return Place(label, route, icon, frozenset(permissions))


P = Permission
PLACES = (
    _place(gettext_lazy("To do"), "start", "list-checks"),
    _place(gettext_lazy("Report"), "incident_report_start", "megaphone", P.INCIDENT_REPORT),
    _place(gettext_lazy("My incidents"), "incident_mine", "shield", P.INCIDENT_READ_OWN),
    _place(gettext_lazy("Incidents"), "incident_list", "folder-open", P.INCIDENT_READ),
    _place(gettext_lazy("Cases"), "case_list", "gauge", P.THREAT_ASSESS),
    _place(gettext_lazy("Influence"), "influence_list", "wind", P.INFLUENCE_READ, P.INFLUENCE_FIGURES),
    _place(gettext_lazy("Threat picture"), "threat_list", "gauge", P.THREAT_ASSESS),
    _place(gettext_lazy("Police"), "police_list", "siren", P.INCIDENT_POLICE),
    _place(gettext_lazy("Safety plans"), "plan_list", "shield-check", P.PLAN_MANAGE),
    _place(gettext_lazy("My protection"), "my_protection", "lock", P.PLAN_READ_OWN),
    _place(gettext_lazy("Escalations"), "escalation_list", "flag", P.ESCALATION_ANSWER),
    _place(gettext_lazy("Reminders"), "reminder_list", "bell", P.INCIDENT_MANAGE, P.GUARD_APPLY),
    _place(gettext_lazy("Offices"), "office_list", "building", P.OFFICE_READ),
    _place(gettext_lazy("My office"), "office_own", "building", P.OFFICE_READ_OWN),
    _place(gettext_lazy("My requests"), "representative_list", "hand", P.REPRESENTATIVE_ACT, P.REPRESENTATIVE_ANSWER),
    _place(gettext_lazy("Figures"), "incident_figures", "chart-column", P.INCIDENT_FIGURES),
    _place(gettext_lazy("Retention"), "retention", "archive", P.RETENTION_MANAGE, P.HOLD_SET),
    _place(gettext_lazy("Decisions"), "decision_list", "scale", P.DECISION_READ),
    _place(gettext_lazy("Text blocks"), "text_block_list", "text-quote", P.TEXT_BLOCK_WRITE),
    _place(gettext_lazy("Time limits"), "limit_list", "calendar-days", P.DECISION_READ),
    _place(gettext_lazy("Help from the police"), "police_help_list", "siren", P.POLICE_HELP_ASK),
    _place(gettext_lazy("Agreements on help"), "help_agreement_list", "handshake", P.AGREEMENT_MANAGE),
    _place(gettext_lazy("Handed over"), "hand_over_list", "share-2", P.DECISION_PREPARE, P.NOTICE_ASSESS),
    _place(gettext_lazy("Openings"), "opening_list", "lock", P.SEAL_REQUEST, P.SEAL_OPEN),
    _place(
        gettext_lazy("Requests for documents"), "disclosure_list", "inbox", P.DISCLOSURE_HANDLE, P.DISCLOSURE_DECIDE
    ),
    _place(gettext_lazy("Morning list"), "watch_morning", "sun", P.WATCH_READ),
    _place(gettext_lazy("Review"), "watch_review", "eye", P.WATCH_JUDGE),
    _place(gettext_lazy("Exposures"), "exposure_list", "user-search", P.EXPOSURE_CONFIRM),
    _place(gettext_lazy("Claims"), "claim_list", "message-square", P.WATCH_READ),
    _place(gettext_lazy("Imports"), "import_list", "upload", P.WATCH_IMPORT),
    _place(gettext_lazy("Answers"), "answer_list", "message-circle", P.ANSWER_WRITE, P.ANSWER_APPROVE),
    _place(gettext_lazy("Support"), "support_list", "life-buoy", P.SUPPORT_ASK, P.SUPPORT_ANSWER),
    _place(gettext_lazy("National picture"), "national", "map", P.SUPPORT_ANSWER, P.FIGURES_SHARE),
    _place(gettext_lazy("Right to decide"), "mandate_list", "gavel", P.RIGHTS_MANAGE),
    _place(gettext_lazy("People"), "people_list", "users", P.PEOPLE_MANAGE),
    _place(gettext_lazy("Witnesses"), "witnesses", "stamp", P.WITNESS_MANAGE),
)
del P


def places(actor: Actor | None) -> list[Place]:
    """The places for an actor, in the order of the day."""
    if actor is None:
        return []
    return [place for place in PLACES if not place.permissions or place.permissions & actor.permissions]


def page(request: HttpRequest) -> dict[str, Any]:
    """What every template may use: navigation, acting, demo, now, footer links."""
    context: dict[str, Any] = {
        "demo": settings.MOTKRAFT_DEMO,
        "now": timezone.now(),
        "home_url": "/",
        "footer_links": _foot(),
    }
    access = getattr(getattr(request, "resolver_match", None), "func", None)
    if getattr(getattr(access, "access", None), "is_public", False):
        context["navigation"] = [
            NavItem(_("Facts"), reverse("facts"), request.path.startswith("/fakta")),
            NavItem(_("Verify"), reverse("verify"), request.path.startswith("/kontrollera")),
            NavItem(_("Sweden"), reverse("national_public"), request.path.startswith("/sverige")),
        ]
        return context
    actor: Actor | None = getattr(request, "actor", None)
    if actor is None:
        return context
    here = request.path
    items = []
    for place in places(actor):
        url = reverse(place.route)
        is_here = here == url if url == "/" else here == url or here.startswith(f"{url.rstrip('/')}/")
        items.append(NavItem(str(place.label), url, is_here, place.icon))
    context["navigation"] = items
    context["hide_url"] = reverse("hide")
    context["acting"] = acting_for(request)
    return context


def acting_for(request: HttpRequest) -> ActingFor:
    """For whom this person acts, and for whom else they may."""
    seat, person = request.seat, request.user  # type: ignore[attr-defined]
    return ActingFor(
        person=person.username,
        role=", ".join(str(role.label) for role in Role if role in seat.roles),
        organisation=seat.organisation.name,
        tone=organisation_tone(seat.organisation.code),
        choices=[
            ActingChoice(str(other.organisation.pk), other.organisation.name, other.organisation == seat.organisation)
            for other in request.seats  # type: ignore[attr-defined]
        ],
        switch_url=reverse("switch"),
        account_url=reverse("account_change_password") if person.has_usable_password() else "",
        logout_url=reverse("leave"),
    )


def _foot() -> list[NavItem]:
    return [
        NavItem(_("Facts"), reverse("facts")),
        NavItem(_("Verify a decision"), reverse("verify")),
        NavItem(_("Sweden in figures"), reverse("national_public")),
        NavItem(_("Ask for a document"), reverse("disclosure_ask")),
    ]
