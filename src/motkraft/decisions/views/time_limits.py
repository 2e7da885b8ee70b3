"""What falls due: the board, a case, marking what has happened and withdrawing it."""

from __future__ import annotations

import itertools
import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from motkraft.decisions import queries
from motkraft.decisions.actions import time_limits as actions
from motkraft.decisions.actions.steps import note_viewing
from motkraft.decisions.forms import in_language
from motkraft.decisions.forms.time_limits import CaseForm, MarkForm, WithdrawForm
from motkraft.decisions.models import Decision, TimeMark
from motkraft.decisions.queries import time_limits as limit_queries
from motkraft.decisions.rules.time_limits import LimitState, events_for
from motkraft.decisions.views.time_limits_shown import ShownLimit, event_title, shown, shown_marks
from motkraft.decisions.views.words import form_step
from motkraft.incidents.actions import open_case
from motkraft.incidents.models import Case
from motkraft.people.access import Actor, Permission, requires
from motkraft.people.actions import record_reading
from motkraft.web import htmx
from motkraft.web.dates import day
from motkraft.web.lists import Choice, Column, Filter, Listing, csv_response, listing, wants_csv
from motkraft.web.parts import Action, Crumb, Empty, WeekItem

P = Permission
OPEN = (LimitState.RUNNING, LimitState.SOON, LimitState.LATE, LimitState.WAITING)
GROUPS: dict[str, tuple[LimitState, ...]] = {
    "sen": (LimitState.LATE, LimitState.MISSED, LimitState.FALLEN),
    "snart": (LimitState.SOON,),
    "loper": (LimitState.RUNNING,),
    "vantar": (LimitState.WAITING,),
}


@requires(P.DECISION_READ)
def board(request: HttpRequest) -> HttpResponse:
    """Everything of the organisation that falls due, by day or by case."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = timezone.now()
    rows = shown(actor, limit_queries.limits(actor, now))
    found = _narrowed(request, rows, limit_queries.my_cases(actor))
    if wants_csv(request):
        return _csv(found.rows)
    by_case = found.sorted_by == "arende"
    for _key, group in itertools.groupby(
        found.listing.page.object_list, key=lambda row: row.row.case.pk if by_case else row.limit.raw
    ):
        first = next(group)
        first.heading = _("Case %(reference)s") % {"reference": first.row.case.reference} if by_case else first.last_day
    may_mark = actor.can(P.DEADLINE_MARK)
    open_case_action = Action(_("Open a case"), reverse("limit_case_open"), icon="folder-open")
    context = {
        "title": _("Time limits"),
        "listing": found.listing,
        "always": [row for row in found.listing.filters if row.key in ("lage", "vems")],
        "more": [row for row in found.listing.filters if row.key not in ("lage", "vems")],
        "more_in_use": bool(request.GET.get("slag") or request.GET.get("kontor")),
        "order": [header for header in found.listing.headers if header.url],
        "search_label": _("Search reference of decision or case"),
        "week": [
            WeekItem(row.limit.at, f"{row.row.reference} {row.title}", row.url)
            for row in rows
            if row.limit.is_open and row.limit.is_ours
        ][:60],
        "reminders": [
            {
                "title": _clock_title(rows, each.clock),
                "reminder": each,
                "url": reverse("limit_case", args=[each.case_id]),
            }
            for each in limit_queries.reminders(actor)[:20]
        ],
        "calendar": Action(_("Mail and calendar"), reverse("reminder_list"), icon="calendar") if may_mark else None,
        "drills": Action(_("Drill a missed submission"), reverse("drill_list"), icon="siren"),
        "list_action": open_case_action if may_mark else None,
        "empty": Empty(
            _("Nothing falls due"),
            _("When a decision is made its time limits stand here, soonest first, with what starts and meets each."),
            open_case_action if may_mark else None,
            icon="calendar-days",
        ),
        "now": now,
    }
    return htmx.render(request, "decisions/limits.html", context, fragment="decisions/_limits_list.html")


def _clock_title(rows: list[ShownLimit], clock_id: str) -> str:
    return next((row.title for row in rows if row.clock.id == clock_id), clock_id)


class _Found:
    """The board as the address narrows it, and how it is sorted."""

    def __init__(self, listing: Listing, sorted_by: str) -> None:
        self.listing, self.sorted_by, self.rows = listing, sorted_by, list(listing.rows)


def _narrowed(request: HttpRequest, rows: list[ShownLimit], mine: set[uuid.UUID]) -> _Found:
    finished = [row for row in rows if not row.limit.is_open]
    waiting = [row for row in rows if row.limit.is_open]
    chosen = finished if request.GET.get("lage") == "klara" else waiting
    kinds = {row.clock.id: row.title for row in chosen}
    offices = {str(row.row.case.office_id): row.office for row in chosen if row.office}

    def count(states: tuple[LimitState, ...]) -> int:
        return sum(row.limit.state in states for row in waiting)

    filters = [
        Filter(
            "lage",
            _("State"),
            [
                Choice("sen", _("Late or missed"), count(GROUPS["sen"])),
                Choice("snart", _("Soon"), count(GROUPS["snart"])),
                Choice("loper", _("Running"), count(GROUPS["loper"])),
                Choice("vantar", _("Waits for the court's answer"), count(GROUPS["vantar"])),
                Choice("klara", _("Met or ended"), len(finished)),
            ],
            lambda found, value: [row for row in found if value == "klara" or row.limit.state in GROUPS[value]],
        ),
        Filter(
            "vems",
            _("Whose"),
            [
                Choice("mina", _("Cases I have had a hand in")),
                Choice("namnden", _("The organisation acts")),
                Choice("andra", _("The court or a party acts")),
            ],
            lambda found, value: [
                row
                for row in found
                if (row.row.case.pk in mine if value == "mina" else row.limit.is_ours == (value == "namnden"))
            ],
        ),
        Filter(
            "slag",
            _("Kind"),
            [Choice(key, title) for key, title in sorted(kinds.items(), key=lambda item: item[1])],
            lambda found, value: [row for row in found if row.clock.id == value],
        ),
    ]
    if len(offices) > 1:
        filters.append(
            Filter(
                "kontor",
                _("Office"),
                [Choice(key, name) for key, name in sorted(offices.items(), key=lambda item: item[1])],
                lambda found, value: [row for row in found if str(row.row.case.office_id) == value],
            )
        )
    found = listing(
        request,
        chosen,
        [
            Column("dag", _("By day"), "day"),
            Column("arende", _("By case"), "case"),
            Column("slag", _("By kind"), "kind"),
            Column("lage", _("By state"), "state"),
        ],
        filters=filters,
        search=_search,
        sort="dag",
        sort_key=_sort_key,
        per_page=200,  # a page is what is printed
    )
    order = request.GET.get("sort", "dag").lstrip("-")
    return _Found(found, order)


def _search(rows: list[ShownLimit], words: str) -> list[ShownLimit]:
    wanted = words.casefold()
    return [row for row in rows if wanted in f"{row.row.reference} {row.row.case.reference}".casefold()]


def _sort_key(row: ShownLimit, name: str) -> Any:
    first = {
        "day": row.limit.raw.isoformat(),
        "case": row.row.case.reference,
        "kind": row.title,
        "state": list(LimitState).index(row.limit.state),
    }[name]
    return (first, row.limit.raw, row.row.reference)


def _csv(rows: list[ShownLimit]) -> HttpResponse:
    heads = [
        _("Last day"),
        _("Alarm"),
        _("Accepted until"),
        _("Kind"),
        _("State"),
        _("Case"),
        _("Decision"),
        _("Office"),
    ]
    return csv_response(
        "frister",
        [*heads, _("Section"), _("If it is missed")],
        (
            [
                row.limit.raw,
                row.limit.alarm,
                row.limit.extended,
                row.title,
                row.status.label,
                row.row.case.reference,
                row.row.decision.reference if row.row.decision else "",
                row.office,
                row.clock.citation,
                row.consequence,
            ]
            for row in rows
        ),
    )


@require_POST
@requires(P.DECISION_READ)
def reminders_seen(request: HttpRequest) -> HttpResponse:
    """Say that one's reminders have been seen."""
    actions.see_reminders(request.actor)  # type: ignore[attr-defined]
    return redirect("limit_list")


@requires(P.DEADLINE_MARK)
def open_a_case(request: HttpRequest) -> HttpResponse:
    """Open a case by its reference, to mark what belongs to no decision."""
    return form_step(
        request,
        CaseForm(request.POST or None),
        lambda given: reverse("limit_case", args=[open_case(request.actor, given["case"]).pk]),  # type: ignore[attr-defined]
        title=_("Which case?"),
        lead=_("A report of concern, an investigation or a transfer has its time limits on the case."),
        back=reverse("limit_list"),
        crumbs=[Crumb(_("Time limits"), reverse("limit_list"))],
        submit=_("Open"),
    )


def _case(actor: Actor, case_id: uuid.UUID) -> Case:
    return get_object_or_404(Case.objects.filter(organisation_id=actor.organisation_id), pk=case_id)


@requires(P.DECISION_READ)
def case(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """The time limits of one case, and what was marked."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = _case(actor, case_id)
    record_reading(actor, "case", found.pk, purpose="time limits")
    now = timezone.now()
    rows = sorted(
        shown(actor, limit_queries.limits(actor, now, case_id=found.pk)),
        key=lambda row: (not row.limit.is_open, row.limit.raw),
    )
    context = {
        "title": _("Time limits of case %(reference)s") % {"reference": found.reference},
        "lead": _("A case is one child's. Use one reference for each child, or the reviews of siblings become one."),
        "rows": rows,
        "marks": shown_marks(actor, limit_queries.marks(actor, case_id=found.pk)),
        "mark_url": reverse("limit_mark_case_choose", args=[found.pk]) if actor.can(P.DEADLINE_MARK) else "",
        "decisions": queries.decisions(actor).filter(case=found, decided_on__isnull=False),
        "crumbs": [Crumb(_("Time limits"), reverse("limit_list"))],
        "now": now,
    }
    return render(request, "decisions/limits_case.html", context)


@requires(P.DEADLINE_MARK)
def choose(
    request: HttpRequest, decision_id: uuid.UUID | None = None, case_id: uuid.UUID | None = None
) -> HttpResponse:
    """Choose what has happened: only what belongs to this type of decision, or to a case."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found, decision, back = _place(actor, decision_id, case_id)
    events = [
        {
            "title": in_language((event.title_sv, event.title_en)),
            "plain": in_language((event.plain_sv, event.plain_en)),
            "rule": event,
            "url": reverse("limit_mark", args=[decision.pk, event.id])
            if decision
            else reverse("limit_mark_case", args=[found.pk, event.id]),
        }
        for event in events_for(decision.type_code if decision else "", timezone.localdate())
    ]
    context = {
        "title": _("What has happened?"),
        "lead": _("The day decides which time limits start and which are met."),
        "reference": decision.reference if decision else found.reference,
        "events": events,
        "back_url": back,
    }
    return render(request, "decisions/limits_choose.html", context)


def _place(actor: Actor, decision_id: uuid.UUID | None, case_id: uuid.UUID | None) -> tuple[Case, Decision | None, str]:
    if decision_id is None:
        assert case_id is not None, "a mark stands on a decision or on a case"
        return _case(actor, case_id), None, reverse("limit_case", args=[case_id])
    decision = get_object_or_404(queries.decisions(actor).filter(decided_on__isnull=False), pk=decision_id)
    return decision.case, decision, f"{reverse('decision', args=[decision.pk])}#duties"


@requires(P.DEADLINE_MARK)
def mark(
    request: HttpRequest, event: str, decision_id: uuid.UUID | None = None, case_id: uuid.UUID | None = None
) -> HttpResponse:
    """Say when it happened."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found, decision, back = _place(actor, decision_id, case_id)
    offered = events_for(decision.type_code if decision else "", timezone.localdate())
    kind = next((each for each in offered if each.id == event), None)
    if kind is None:
        raise Http404
    if decision is not None:
        note_viewing(actor, decision)
    form = MarkForm(request.POST or None, event=kind, initial={"on": timezone.localdate()})
    return form_step(
        request,
        form,
        lambda given: actions.mark_event(actor, found, event=kind.id, decision=decision, **given),
        title=in_language((kind.title_sv, kind.title_en)),
        lead=in_language((kind.plain_sv, kind.plain_en)),
        back=back,
        submit=_("Mark"),
        rule=kind,
        done=_("Marked: %(what)s.") % {"what": event_title(kind.id, timezone.localdate())},
        template="decisions/limits_mark.html",
        reference=decision.reference if decision else found.reference,
        back_url=reverse("limit_mark_choose", args=[decision.pk])
        if decision
        else reverse("limit_mark_case_choose", args=[found.pk]),
    )


@requires(P.DEADLINE_MARK)
def withdraw(request: HttpRequest, mark_id: uuid.UUID) -> HttpResponse:
    """Withdraw a mark that was wrong, with a reason."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = get_object_or_404(
        TimeMark.objects.filter(organisation_id=actor.organisation_id, withdrawn_at=None), pk=mark_id
    )
    back = reverse("limit_case", args=[found.case_id])
    return form_step(
        request,
        WithdrawForm(request.POST or None),
        lambda given: actions.withdraw_mark(actor, found, reason=given["reason"]),
        title=_("Withdraw a mark"),
        lead=f"{event_title(found.event, found.on)}, {day(found.on, weekday=True)}",
        back=back,
        crumbs=[Crumb(_("Time limits"), reverse("limit_list")), Crumb(found.case.reference, back)],
        submit=_("Withdraw"),
        tone="danger",
        done=_("The mark is withdrawn. It stays on record and counts no more."),
    )
