"""Every read of cooperation: support requests by side, and the national picture."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from motkraft.cooperation.models import NationalFigure, SupportRequest
from motkraft.cooperation.rules.disclosure import Cell, Measure, Range, months_before, sharers, total
from motkraft.cooperation.rules.published import measures, municipalities
from motkraft.cooperation.rules.support import Status
from motkraft.people.access import Actor, Permission
from motkraft.people.models import Kind, Organisation
from motkraft.web.parts import Todo

OPEN = (Status.ASKED.value, Status.TAKEN.value)


def knowledge_units() -> QuerySet[Organisation]:
    """The knowledge units; that they exist is public."""
    return Organisation.objects.filter(kind=Kind.KNOWLEDGE_UNIT.value)


def sees_all(actor: Actor) -> bool:
    """True for those who see every request of their organisation: manager, director, security coordinator."""
    return actor.can(Permission.INCIDENT_MANAGE) or actor.can(Permission.FIGURES_SHARE)


def requests(actor: Actor) -> QuerySet[SupportRequest]:
    """The requests that the actor may read: own ones, all of the organisation for those who lead, and what was asked
    of the actor's unit."""
    mine = Q(organisation_id=actor.organisation_id)
    if not sees_all(actor):
        mine &= Q(asked_by_id=actor.person_id)
    asked = Q(pk__in=[])
    if actor.can(Permission.SUPPORT_ANSWER):
        asked = Q(knowledge_unit_id=actor.organisation_id)
    return SupportRequest.objects.filter(mine | asked).select_related("organisation", "knowledge_unit")


def todo(actor: Actor, now: dt.datetime) -> list[Todo]:
    """What the actor has to do here: answer at the unit, read answers, share last month's figures."""
    found: list[Todo] = []
    if actor.can(Permission.SUPPORT_ANSWER):
        for request in requests(actor).filter(knowledge_unit_id=actor.organisation_id, status__in=OPEN):
            found.append(
                Todo(
                    what=_("Answer a municipality"),
                    reference=f"{request.reference} · {request.organisation.name}",
                    url=reverse("support", args=[request.pk]),
                    action_label=_("Answer it"),
                    due_at=request.due_at,
                    tone="danger" if request.due_at < now else "neutral",
                )
            )
    if actor.can(Permission.SUPPORT_ASK):
        for request in requests(actor).filter(
            organisation_id=actor.organisation_id, asked_by_id=actor.person_id, status=Status.ANSWERED.value
        ):
            found.append(
                Todo(
                    what=_("The knowledge unit has answered you"),
                    reference=request.reference,
                    url=reverse("support", args=[request.pk]),
                    action_label=_("Read the answer"),
                )
            )
    if actor.can(Permission.FIGURES_SHARE) and is_municipality(actor):
        (last,) = months_before(timezone.localdate(now), 1)
        if not figures_of(actor).filter(month=last).exists():
            found.append(
                Todo(
                    what=_("Share last month's figures"),
                    reference=last.strftime("%Y-%m"),
                    url=reverse("share_figures"),
                    action_label=_("See and share"),
                )
            )
    return sorted(found, key=lambda item: (item.due_at is None, item.due_at or now))


def is_municipality(actor: Actor) -> bool:
    """True when the actor acts for a municipality of the register."""
    return Organisation.objects.filter(pk=actor.organisation_id, kind=Kind.MUNICIPALITY.value).exists()


def request_counts(actor: Actor) -> dict[Status, int]:
    """How many requests the actor may read stand where."""
    counted = Counter(requests(actor).values_list("status", flat=True))
    return {status: counted[status.value] for status in Status}


def figures_of(actor: Actor) -> QuerySet[NationalFigure]:
    """What the organisation has shared."""
    return NationalFigure.objects.filter(organisation_id=actor.organisation_id)


# -- the national picture: the same for everyone


@dataclass(frozen=True)
class Row:
    """A county or the country: how many municipalities, how many have shared, and each measure's total as a range."""

    name: str
    municipalities: int
    shared: int
    totals: tuple[Range, ...]


@dataclass(frozen=True)
class Picture:
    """The national picture over some months. ``least`` gives each municipality's known figure for the map."""

    months: tuple[dt.date, ...]
    measures: tuple[Measure, ...]
    cells: tuple[Cell, ...]
    country: Row
    counties: tuple[Row, ...]
    least: dict[str, int]
    sharing: int
    by_hand: int


def picture(today: dt.date, *, number: int = 12) -> Picture:
    """The last months that are over, as everyone may see them. Made from published figures only."""
    months = tuple(sorted(months_before(today, number)))
    rows = list(NationalFigure.objects.filter(month__in=months).select_related("organisation"))
    cells = tuple(row.as_cell(row.organisation.code) for row in rows)
    counted = measures()
    register = municipalities()
    by_county: dict[str, list[str]] = {}
    for place in register:
        by_county.setdefault(place.county, []).append(place.code)
    there = sharers(cells)

    def row(name: str, codes: list[str]) -> Row:
        inside = [cell for cell in cells if cell.code in set(codes)]
        return Row(name, len(codes), len(there & set(codes)), tuple(total(inside, measure) for measure in counted))

    least: dict[str, int] = {}
    for cell in cells:
        if cell.measure == counted[0].key and cell.value is not None:
            least[cell.code] = least.get(cell.code, 0) + cell.value
    return Picture(
        months=months,
        measures=counted,
        cells=cells,
        country=row("", [place.code for place in register]),
        counties=tuple(row(name, codes) for name, codes in by_county.items()),
        least=least,
        sharing=len(there),
        by_hand=len({(r.organisation_id, r.month) for r in rows if r.by_hand}),
    )
