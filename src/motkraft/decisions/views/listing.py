"""The list of decisions, and beginning a new one."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from motkraft import law
from motkraft.decisions import actions, queries
from motkraft.decisions.forms import NewDecisionForm, in_language
from motkraft.decisions.models import Decision
from motkraft.decisions.views.words import LEVELS, STATES, status, tell, title_of
from motkraft.errors import MotkraftError
from motkraft.incidents.actions import open_case
from motkraft.law import vocabulary
from motkraft.people.access import Actor, Permission, Role, requires
from motkraft.people.queries import members
from motkraft.web import htmx
from motkraft.web.lists import Choice, Column, Filter, csv_response, listing, wants_csv
from motkraft.web.parts import Action, Empty, Progress

STEPS = 3


@requires(Permission.DECISION_READ, Permission.NOTICE_ASSESS)
def decisions(request: HttpRequest) -> HttpResponse:
    """List the organisation's decisions."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    rules = law.library().on(timezone.localdate())
    types = {kind.code: kind for kind in rules.decision_types()}
    rows = queries.decisions(actor)
    filters = [
        Filter(
            "status",
            _("State"),
            [Choice(str(state), str(words[0])) for state, words in STATES.items()],
            lambda found, value: found.filter(state=value),
        ),
        Filter(
            "skydd",
            _("Names"),
            [Choice(str(level), str(words)) for level, words in LEVELS.items()],
            lambda found, value: found.filter(protection_level=int(value)),
        ),
    ]
    columns = [
        Column("reference", _("Reference"), "reference"),
        Column("type", _("Decision"), "type_code"),
        Column("case", _("Case"), "case__reference"),
        Column("state", _("State"), "state"),
        Column("level", _("Names"), "protection_level"),
        Column("decided", _("Decided"), "decided_on"),
        Column("created", _("Begun"), "created_at"),
    ]

    def search(found: Any, words: str) -> Any:
        codes = [code for code, kind in types.items() if words.lower() in title_of(kind).lower()]
        return found.filter(
            Q(reference__icontains=words) | Q(case__reference__icontains=words) | Q(type_code__in=codes)
        )

    found = listing(request, rows, columns, filters=filters, search=search, sort="-created")
    if wants_csv(request):
        return csv_response("beslut", [column.label for column in columns], (_line(row, types) for row in found.rows))
    for row in found.page:
        row.shown_type = title_of(types[row.type_code]) if row.type_code in types else row.type_code
        row.shown_state, row.shown_level = status(row.state), LEVELS[row.protection_level]
    begin = Action(_("New decision"), reverse("decision_new"), icon="plus")
    may_begin = actor.can(Permission.DECISION_PREPARE)
    context = {
        "title": _("Decisions"),
        "listing": found,
        "search_label": _("Search reference, case or type"),
        "row_template": "decisions/_decision_row.html",
        "list_action": begin if may_begin else None,
        "empty": Empty(
            _("No decisions yet"),
            _("Decisions of your organisation stand here, from draft to issued."),
            begin if may_begin else None,
            icon="scale",
        ),
    }
    return htmx.render(request, "web/list_page.html", context, fragment="web/_list.html")


def _line(row: Decision, types: dict[str, law.DecisionType]) -> list[Any]:
    return [
        row.reference,
        title_of(types[row.type_code]) if row.type_code in types else row.type_code,
        row.case.reference,
        str(STATES[row.state][0]),
        str(LEVELS[row.protection_level]),
        row.decided_on or "",
        timezone.localdate(row.created_at),
    ]


def slug_of(kind: law.DecisionType) -> str:
    """A type's place in addresses: plain letters."""
    return kind.id.removeprefix("decision_").replace("_", "-")


def who_decides(kind: law.DecisionType) -> str:
    """Who may decide, in words."""
    column = 0 if in_language(("sv", "en")) == "sv" else 1
    join = vocabulary.join_sv if column == 0 else vocabulary.join_en
    words = join(vocabulary.ROLES[role][column] for role in (*kind.deciders, *kind.delegable_to))
    words = words[:1].upper() + words[1:]
    if kind.is_application:
        return _("%(who)s decide to apply. The court decides the matter.") % {"who": words}
    if kind.urgent_substitutes:
        urgent = join(vocabulary.ROLES[role][column] for role in kind.urgent_substitutes)
        return _("%(who)s. When that cannot be awaited: %(urgent)s.") % {"who": words, "urgent": urgent}
    return f"{words}."


@requires(Permission.DECISION_PREPARE)
def choose_type(request: HttpRequest) -> HttpResponse:
    """First step of a new decision: which type, and who may decide it."""
    rules = law.library().on(timezone.localdate())
    own, court, police = [], [], []
    for kind in rules.decision_types():
        entry = {
            "kind": kind,
            "title": title_of(kind),
            "who": who_decides(kind),
            "url": reverse("decision_new_case", args=[slug_of(kind)]),
        }
        (court if kind.is_application else police if kind.code.startswith("HANDR") else own).append(entry)
    groups = [
        (_("The committee decides"), own),
        (_("The committee applies, the court decides"), court),
        (_("Help from the police"), police),
    ]
    return render(
        request,
        "decisions/choose_type.html",
        {
            "title": _("What is to be decided?"),
            "lead": _("The law of today says who may decide. Open a section mark to read the rule."),
            "groups": groups,
            "caveats": [in_language((each.text_sv, each.text_en)) for each in rules.caveats()],
            "progress": Progress(1, STEPS),
            "back_url": reverse("decision_list"),
        },
    )


@requires(Permission.DECISION_PREPARE)
def new(request: HttpRequest, kind: str) -> HttpResponse:
    """Second step: case, rapporteur, ground. Makes the draft."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    rules = law.library().on(timezone.localdate())
    found = next((each for each in rules.decision_types() if slug_of(each) == kind), None)
    if found is None:
        raise Http404
    people = members(actor, Role.SOCIAL_WORKER, Role.MANAGER)
    choices = [
        (
            str(person.pk),
            _("You") if person.pk == actor.person_id else f"{person.title} {person.username}".strip(),
        )
        for person in people
    ]
    form = NewDecisionForm(
        request.POST or None, kind=found, rapporteurs=choices, initial={"rapporteur": str(actor.person_id)}
    )
    if request.method == "POST" and form.is_valid():
        data = form.cleaned_data
        try:
            with transaction.atomic():
                case = open_case(actor, data["case"])
                decision = actions.draft_decision(
                    actor,
                    type_code=found.code,
                    case=case,
                    provisions=[found.citation, *data.get("grounds", [])],
                    rapporteur=next(person.pk for person in people if str(person.pk) == data["rapporteur"]),
                )
        except MotkraftError as error:
            tell(form, error)
        else:
            return redirect("decision_text", decision.pk)
    return render(
        request,
        "decisions/new.html",
        {
            "title": title_of(found),
            "lead": who_decides(found),
            "kind": found,
            "plain": in_language((found.plain_sv, found.plain_en)),
            "form": form,
            "progress": Progress(2, STEPS),
            "back_url": reverse("decision_new"),
            "submit_label": _("Continue to the text"),
        },
        status=422 if form.is_bound else 200,
    )
