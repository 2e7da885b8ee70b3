"""The demo's contacts and decisions of the police, threat assessments."""

from __future__ import annotations

from django.utils import timezone

from motkraft.incidents import queries
from motkraft.incidents.actions import police_news
from motkraft.incidents.actions.threat import assess
from motkraft.incidents.demo.world import World, at, days, hours
from motkraft.incidents.queries import police as police_queries
from motkraft.incidents.rules.threat import Subject, SubjectKind
from motkraft.people.access import acting


def load(world: World) -> None:
    """Add to what the thread has made: what the police answered, and who else is under threat."""
    _police(world)
    _threat(world)


def _police(world: World) -> None:
    actor = world.actor("0114.manager")
    with acting(actor):
        reports = list(police_queries.reports(actor).filter(filed_at__lt=world.now - days(7)).order_by("filed_at"))
    for report in reports[:1]:
        with acting(actor):
            before = max(event.at for event in queries.events(actor, report.incident))
        called = max(report.filed_at + days(1), before + hours(1))  # told in the order in which it came
        with at(called), acting(actor):
            police_news.add_contact(
                actor,
                report.pk,
                how="phone",
                with_whom="Utredningsgruppen",
                note="Ärendet är lottat. De hör av sig när numret är spårat.",
            )
        with at(called + hours(20)), acting(actor):
            police_news.add_decision(actor, report.pk, state="opened", decided_on=timezone.localdate(called))


def _threat(world: World) -> None:
    actor = world.actor("0114.security_coordinator")
    worker = Subject(SubjectKind.PERSON, world.people["0114.social_worker"].pk)
    with at(world.now - days(8) + hours(1)), acting(actor):
        assess(
            actor,
            worker,
            level="high",
            grounds="Hoten har gått från filmning till mordhot på tre veckor. Någon vet var kontoret ligger.",
            factors={"history": 2, "intent": 3, "proximity": 1, "exposure": 1, "vulnerability": 2},
            texts={
                "history": "Filmad vid kontoret, sedan tre sms.",
                "intent": "Sms:en säger att dagarna är räknade.",
                "proximity": "Har varit på parkeringen utanför.",
                "vulnerability": "Gör hembesök, delvis ensam.",
            },
        )
    office = Subject(SubjectKind.OFFICE, world.offices["0114"][0].pk)
    with at(world.now - days(80)), acting(actor):
        assess(
            actor,
            office,
            level="elevated",
            grounds="Flera har filmats utanför entrén. Ingen har tagit sig in.",
            factors={"history": 2, "capability": 0, "intent": 1, "proximity": 1, "exposure": 1, "vulnerability": 1},
            texts={"vulnerability": "Receptionen saknar utrymningsväg bakåt."},
        )
