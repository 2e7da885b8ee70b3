"""What fear did to a decision: told with or without a name, read by those who hold that right alone."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction
from django.utils import timezone

from motkraft.incidents.actions.loading import lock_numbers, next_number
from motkraft.incidents.models import InfluenceReport
from motkraft.incidents.rules.influence import check_influence, day_only, influence_reference
from motkraft.law.calendar import local_day
from motkraft.ledger.actions import append
from motkraft.people.access import Actor, NotAllowed, Permission, acting, system
from motkraft.people.actions import record_reading

READING = "influence"


@transaction.atomic
def report_influence(
    actor: Actor,
    *,
    effect: str,
    area: str,
    month: dt.date,
    text: str = "",
    with_name: bool = False,
    report_id: uuid.UUID | None = None,
) -> InfluenceReport:
    """Tell of a decision that fear avoided, delayed or changed. Raises NotReady.

    Without a name nothing says who told: no person in the row, none in the ledger, no draft, no reading, and of the
    time only the day. The same ``report_id`` again returns the report there is: a double press makes one.
    """
    actor.require(Permission.INFLUENCE_REPORT)
    now = timezone.now()
    check_influence(effect, area, month, now)
    teller = actor if with_name else system(actor.organisation_id)
    with acting(teller):
        lock_numbers(teller, "influence")
        wanted = report_id or uuid.uuid4()
        there = InfluenceReport.objects.filter(pk=wanted, organisation_id=actor.organisation_id).first()
        if there is not None:
            return there
        report = InfluenceReport(
            pk=wanted,
            organisation_id=actor.organisation_id,
            reference=_next_reference(actor, now),
            effect=effect,
            area=area,
            month=month,
            text=text.strip(),
            reporter_id=actor.person_id if with_name else None,
            reported_at=now if with_name else day_only(now),
        )
        report.save(force_insert=True)
        append(teller, "influence.reported", report, data={"reference": report.reference})
    return report


@transaction.atomic
def read_influence(actor: Actor, report_id: uuid.UUID) -> InfluenceReport:
    """Open a report: the reading is noted, and when it was first read. Raises NotAllowed."""
    actor.require(Permission.INFLUENCE_READ)
    report = (
        InfluenceReport.objects.select_for_update(of=("self",))
        .filter(pk=report_id, organisation_id=actor.organisation_id)
        .first()
    )
    if report is None:
        raise NotAllowed("There is no such report for you.")
    record_reading(actor, READING, report.pk)
    if report.read_by_at is None:
        report.read_by_at = timezone.now()
        report.save(update_fields=["read_by_at"])
    return report


def _next_reference(actor: Actor, now: dt.datetime) -> str:
    year = local_day(now).year
    taken = InfluenceReport.objects.filter(organisation_id=actor.organisation_id)
    return influence_reference(year, next_number(taken, influence_reference(year, 0)[:-4]))
