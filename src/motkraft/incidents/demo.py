"""Synthetic incidents for the demo, made through the actions at the times when they would have been made."""

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
from motkraft.incidents.models import Channel, Incident, SourceClass
from motkraft.incidents.rules import DutyState, Report, suggested_offences
from motkraft.people.access import Actor, acting
from motkraft.people.models import Office

#: The case of the demo's thread: its worker is exposed, its threat level rises, its next decision leaves names out.
THREAD_CASE = "Ä-2026-0001"


class World(Protocol):
    """What the demo hands to each room."""

    offices: dict[str, list[Office]]
    now: dt.datetime

    def actor(self, key: str) -> Actor:
        """The actor of a demo person, such as "0114.manager"."""


@contextmanager
def at(moment: dt.datetime) -> Iterator[None]:
    """Let it be another moment, so that demo data has a past."""
    with mock.patch("django.utils.timezone.now", lambda: moment):
        yield


def load(world: World) -> None:
    """Load incidents in different states for three municipalities; oldest first, as it happened."""
    _upplands_vasby(world)
    _lomma(world)
    _lulea(world)


def _report(world: World, key: str, ago: dt.timedelta, report: Report, *evidence: actions.HandedIn) -> Incident:
    actor = world.actor(key)
    with at(world.now - ago), acting(actor):
        return actions.report_incident(actor, report, evidence=evidence)


def _meet(
    world: World, key: str, incident: Incident, notes: dict[str, str], *, after: dt.timedelta = dt.timedelta(minutes=40)
) -> None:
    actor = world.actor(key)
    assert incident.reported_at is not None
    with at(incident.reported_at + after), acting(actor):
        for duty in queries.duties(actor, incident):
            if duty.rule_id in notes:
                actions.meet_duty(actor, duty.pk, note=notes[duty.rule_id])


def _meet_rest(world: World, key: str, incident: Incident, *, but: Iterable[str] = ()) -> None:
    actor = world.actor(key)
    kept = set(but)
    with acting(actor):
        waiting = [duty for duty in queries.duties(actor, incident) if duty.state == DutyState.OPEN]
    for duty in waiting:
        if duty.rule_id in kept:
            continue
        with acting(actor):
            latest = queries.events(actor, incident)[-1].at
        with at(min(max(duty.due_at - dt.timedelta(hours=2), latest), world.now)), acting(actor):
            actions.meet_duty(actor, duty.pk)


def _police(world: World, key: str, incident: Incident, after: dt.timedelta, number: str) -> None:
    actor = world.actor(key)
    assert incident.reported_at is not None
    moment = incident.reported_at + after
    with at(moment), acting(actor):
        offences = [offence.id for offence in suggested_offences(incident.kind, incident.deed_at, moment)][:1]
        basis = [rule.id for rule in disclosure_rules(moment)][:1]
        report = actions.file_police_report(actor, incident.pk, offences=offences, basis_rules=basis)
        actions.add_case_number(actor, report.pk, number)


def _close(world: World, key: str, incident: Incident, ago: dt.timedelta) -> None:
    actor = world.actor(key)
    with at(world.now - ago), acting(actor):
        actions.close_incident(actor, incident.pk)


def _case(world: World, key: str, reference: str, ago: dt.timedelta, office: Office | None = None) -> Report:
    """A report that holds only its case and office."""
    actor = world.actor(key)
    with at(world.now - ago), acting(actor):
        case = actions.open_case(actor, reference, office_id=office.pk if office else None)
    return Report(case_id=case.pk, office_id=office.pk if office else None)


def _assess(world: World, key: str, reference: str, ago: dt.timedelta, level: str, grounds: str) -> None:
    actor = world.actor(key)
    with at(world.now - ago), acting(actor):
        case = queries.case_by_reference(actor, reference)
        assert case is not None
        actions.assess_threat(actor, case.pk, level=level, grounds=grounds)


def _screenshot(*lines: str) -> bytes:
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


def _hours(number: float) -> dt.timedelta:
    return dt.timedelta(hours=number)


def _days(number: float) -> dt.timedelta:
    return dt.timedelta(days=number)


def _upplands_vasby(world: World) -> None:
    north, centre = world.offices["0114"][0], world.offices["0114"][-1]
    manager, worker, colleague = "0114.manager", "0114.social_worker", "0114.social_worker2"

    calls = _report(
        world,
        colleague,
        _days(40),
        Report(
            kind="harassment",
            happened_at=world.now - _days(41),
            channel=Channel.PHONE,
            office_id=centre.pk,
            description="Samma person har ringt elva gånger på två dagar och skrikit.",
        ),
    )
    _meet(world, manager, calls, {"safety_now": "Växeln spärrar numret.", "support_talk": "Samtal samma eftermiddag."})
    _meet_rest(world, manager, calls)
    _close(world, manager, calls, _days(8))

    place = _case(world, worker, THREAD_CASE, _days(22), north)
    filmed = _report(
        world,
        worker,
        _days(21),
        Report(
            kind="filming",
            happened_at=world.now - _days(21) - _hours(3),
            channel=Channel.IN_PERSON,
            place="Parkeringen utanför kontoret",
            office_id=place.office_id,
            case_id=place.case_id,
            description="Två personer filmade när jag gick till bilen och ropade mitt namn.",
            witnesses="Vakten i receptionen",
        ),
    )
    _meet(
        world,
        manager,
        filmed,
        {"safety_now": "Följde med till bilen.", "support_talk": "Samtal. Sällskap till bilen i en vecka."},
    )
    actor = world.actor(manager)
    with at(world.now - _days(21) + _hours(20)), acting(actor):
        for duty in queries.duties(actor, filmed):
            if duty.rule_id == "police_report_assessment":
                actions.set_aside_duty(
                    actor, duty.pk, reason="Filmning på allmän plats är inget brott i sig. Vi sparar uppgifterna."
                )
    _meet_rest(world, manager, filmed, but=["incident_investigation"])

    death_threat = _report(
        world,
        worker,
        _days(9),
        Report(
            kind="death_threat",
            happened_at=world.now - _days(9) - _hours(1),
            channel=Channel.TEXT,
            office_id=place.office_id,
            case_id=place.case_id,
            exact_words="سنجدك أينما كنت. أيامك معدودة.",
            description="Sms till jobbtelefonen från ett okänt nummer, tre stycken inom tio minuter.",
            suspect="Okänt nummer",
        ),
        actions.HandedIn(_screenshot("Vi hittar dig.", "Dina dagar är räknade."), "skärmbild.jpg"),
        actions.HandedIn("سنجدك أينما كنت. أيامك معدودة.\n".encode(), "sms.txt", SourceClass.TEXT),
    )
    _meet(
        world,
        manager,
        death_threat,
        {
            "safety_now": "Fick taxi hem. Byter kontor två veckor.",
            "support_talk": "Samtal med mig och företagshälsan.",
            "work_environment_report": "Anmält på anmalarbetsskada.se.",
        },
    )
    _police(world, manager, death_threat, _hours(5), "5000-K000001-26 (exempel)")
    _meet_rest(world, manager, death_threat, but=["incident_investigation", "follow_up_talk"])
    _assess(
        world,
        "0114.security_coordinator",
        THREAD_CASE,
        _days(8),
        "high",
        "Filmad vid kontoret, därefter mordhot per sms. Någon vet var hon arbetar. Nästa besök görs av två.",
    )

    relatives = _report(
        world,
        worker,
        _hours(26),
        Report(
            kind="threat_to_relatives",
            happened_at=world.now - _hours(27),
            channel=Channel.PHONE,
            office_id=place.office_id,
            case_id=place.case_id,
            exact_words="Kom din dotter hem från förskolan?",
            description="Ringde från dolt nummer, sa bara det och lade på.",
            relatives_meant=True,
            relatives="Min dotter",
        ),
    )
    _meet(world, manager, relatives, {"safety_now": "Hämtade från förskolan tillsammans med partnern."})

    writing = world.actor(colleague)
    with at(world.now - _hours(2)), acting(writing):
        draft = actions.start_draft(writing, office_id=centre.pk)
        actions.save_draft(writing, draft.pk, kind="veiled_threat", channel=Channel.EMAIL)


def _lomma(world: World) -> None:
    (office, *_more) = world.offices["1262"]
    manager = "1262.manager"
    car = _report(
        world,
        "1262.social_worker",
        _days(45),
        Report(
            kind="damage",
            happened_at=world.now - _days(45) - _hours(9),
            time_is_known=False,
            place="Personalparkeringen",
            office_id=office.pk,
            description="Alla fyra däcken på min bil var sönderskurna när jag skulle hem.",
        ),
        actions.HandedIn(_screenshot("Däck, personalparkeringen"), "bilen.jpg"),
    )
    _meet(world, manager, car, {"safety_now": "Skjuts hem.", "support_talk": "Samtal samma dag."})
    _police(world, manager, car, _hours(3), "5000-K000002-26 (exempel)")
    _meet_rest(world, manager, car)
    _close(world, manager, car, _days(10))

    complaints = _report(
        world,
        "1262.social_worker2",
        _days(5),
        Report(
            kind="complaint_campaign",
            channel=Channel.EMAIL,
            office_id=office.pk,
            description="Trettio likalydande klagomål på mig inom en timme, från olika adresser.",
        ),
    )
    _meet(world, manager, complaints, {"support_talk": "Samtal, men för sent."}, after=_hours(30))


def _lulea(world: World) -> None:
    river, hill = world.offices["2580"][0], world.offices["2580"][-1]
    coordinator, worker = "2580.security_coordinator", "2580.social_worker"
    place = _case(world, worker, "Ä-2026-0014", _days(3), river)
    pushed = _report(
        world,
        worker,
        _days(2),
        Report(
            kind="violence",
            happened_at=world.now - _days(2) - _hours(1),
            channel=Channel.IN_PERSON,
            place="Besöksrum 2",
            office_id=place.office_id,
            case_id=place.case_id,
            exact_words="Nästa gång tar jag med kniven.",
            description="Tog tag i min arm och knuffade mig mot dörren.",
            weapon=True,
            danger_now=True,
            witnesses="Kollegan i rummet bredvid",
        ),
    )
    _meet(
        world,
        coordinator,
        pushed,
        {"safety_now": "Vakt på plats, mötet avbröts.", "support_talk": "Samtal och läkarbesök."},
    )
    _police(world, "2580.manager", pushed, _hours(2), "5000-K000003-26 (exempel)")
    _meet(world, "2580.manager", pushed, {"work_environment_report": "Anmält."}, after=_hours(6))
    _assess(
        world,
        coordinator,
        "Ä-2026-0014",
        _days(1),
        "severe",
        "Våld i besöksrummet och tal om kniv. Alla möten med vakt tills vidare.",
    )
    _report(
        world,
        "2580.social_worker2",
        _hours(3),
        Report(
            kind="threat",
            happened_at=world.now - _hours(3.5),
            channel=Channel.PHONE,
            office_id=hill.pk,
            exact_words="Du ska få ångra det här.",
        ),
    )
