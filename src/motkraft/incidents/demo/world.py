"""What the demo's parts share: the world they get, the past, and the usual steps through the actions."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Protocol
from unittest import mock

from PIL import Image, ImageDraw

from motkraft.incidents import actions, queries
from motkraft.incidents.actions.police import disclosure_rules
from motkraft.incidents.models import Incident
from motkraft.incidents.rules import DutyState, Report, suggested_offences
from motkraft.people.access import Actor, acting
from motkraft.people.models import Office, Organisation, Person


class World(Protocol):
    """What the demo hands to each room."""

    offices: dict[str, list[Office]]
    organisations: dict[str, Organisation]
    people: dict[str, Person]
    now: dt.datetime

    def actor(self, key: str) -> Actor:
        """The actor of a demo person, such as "0114.manager"."""


@contextmanager
def at(moment: dt.datetime) -> Iterator[None]:
    """Let it be another moment, so that demo data has a past."""
    with mock.patch("django.utils.timezone.now", lambda: moment):
        yield


def report(world: World, key: str, ago: dt.timedelta, report: Report, *evidence: actions.HandedIn) -> Incident:
    """Report as somebody, some time ago."""
    actor = world.actor(key)
    with at(world.now - ago), acting(actor):
        return actions.report_incident(actor, report, evidence=evidence)


def meet(
    world: World, key: str, incident: Incident, notes: dict[str, str], *, after: dt.timedelta = dt.timedelta(minutes=40)
) -> None:
    """Meet the duties that have notes."""
    actor = world.actor(key)
    assert incident.reported_at is not None
    with at(incident.reported_at + after), acting(actor):
        for duty in queries.duties(actor, incident):
            if duty.rule_id in notes:
                actions.meet_duty(actor, duty.pk, note=notes[duty.rule_id])


def meet_rest(
    world: World, key: str, incident: Incident, *, but: Iterable[str] = (), by: dt.datetime | None = None
) -> None:
    """Meet what is left, before its time: all of it ``by`` a moment, or only what is due by now."""
    actor = world.actor(key)
    kept = set(but)
    with acting(actor):
        waiting = [duty for duty in queries.duties(actor, incident) if duty.state == DutyState.OPEN]
    for duty in waiting:
        if duty.rule_id in kept or (by is None and duty.due_at > world.now):
            continue
        with acting(actor):
            latest = queries.events(actor, incident)[-1].at
        with at(min(max(duty.due_at - dt.timedelta(hours=2), latest), by or world.now)), acting(actor):
            actions.meet_duty(actor, duty.pk)


def police(world: World, key: str, incident: Incident, after: dt.timedelta, number: str) -> None:
    """File with the police and note their number."""
    actor = world.actor(key)
    assert incident.reported_at is not None
    moment = incident.reported_at + after
    with at(moment), acting(actor):
        offences = [offence.id for offence in suggested_offences(incident.kind, incident.deed_at, moment)][:1]
        basis = [rule.id for rule in disclosure_rules(moment)][:1]
        report = actions.file_police_report(actor, incident.pk, offences=offences, basis_rules=basis)
        actions.add_case_number(actor, report.pk, number)


def close(world: World, key: str, incident: Incident, ago: dt.timedelta) -> None:
    """Close an incident, some time ago."""
    actor = world.actor(key)
    with at(world.now - ago), acting(actor):
        actions.close_incident(actor, incident.pk)


def case(world: World, key: str, reference: str, ago: dt.timedelta, office: Office | None = None) -> Report:
    """A report that holds only its case and office."""
    actor = world.actor(key)
    with at(world.now - ago), acting(actor):
        case = actions.open_case(actor, reference, office_id=office.pk if office else None)
    return Report(case_id=case.pk, office_id=office.pk if office else None)


def assess(world: World, key: str, reference: str, ago: dt.timedelta, level: str, grounds: str) -> None:
    """Assess the threat of a case, some time ago."""
    actor = world.actor(key)
    with at(world.now - ago), acting(actor):
        case = queries.case_by_reference(actor, reference)
        assert case is not None
        actions.assess_threat(actor, case.pk, level=level, grounds=grounds)


def screenshot(*lines: str) -> bytes:
    """A picture of a made-up message, with a made-up camera in its metadata for the share copy to lose."""
    image = Image.new("RGB", (720, 360), "#e8ecef")
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((40, 60, 640, 110 + 44 * len(lines)), 24, fill="#ffffff")
    pen.text((60, 20), "EXEMPEL", fill="#5a6872", font_size=22)
    for number, line in enumerate(lines):
        pen.text((70, 84 + 44 * number), line, fill="#1c2b33", font_size=30)
    exif = Image.Exif()
    exif[0x010F], exif[0x0131] = "Exempelkamera", "Exempeltelefon 1"
    out = io.BytesIO()
    image.save(out, "JPEG", quality=88, exif=exif)
    return out.getvalue()


def hours(number: float) -> dt.timedelta:
    """So many hours."""
    return dt.timedelta(hours=number)


def days(number: float) -> dt.timedelta:
    """So many days."""
    return dt.timedelta(days=number)
