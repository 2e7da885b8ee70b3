"""Demo data: two support requests, and a year of made-up figures from three municipalities."""

from __future__ import annotations

import datetime as dt
from typing import Protocol

from django.utils import timezone

from motkraft.cooperation.actions import answer_request, ask_for_support, share_figures, take_request
from motkraft.cooperation.rules.disclosure import months_before
from motkraft.cooperation.rules.support import Urgency
from motkraft.people.access import Actor, acting
from motkraft.people.models import Organisation


class World(Protocol):
    """What the loader of the demo gives: the time, the organisations by code, and the actor of a demo person."""

    now: dt.datetime
    organisations: dict[str, Organisation]

    def actor(self, key: str) -> Actor:
        """The actor of a demo person, such as "0114.manager"."""


#: Made-up figures, oldest month first: (incidents, reported to the police, support talk in time).
FIGURES = {
    "0114": [(14, 6, 8), (9, 3, 5), (17, 7, 9), (21, 9, 13), (12, 6, 6), (8, 2, 4), (15, 8, 8), (19, 10, 12),
             (24, 13, 16), (18, 9, 11), (22, 14, 15)],
    "1262": [(3, 1, 2), (5, 2, 3), (2, 0, 1), (4, 2, 2), (6, 3, 3), (1, 0, 1), (0, 0, 0), (7, 4, 4), (3, 1, 1),
             (5, 5, 4), (2, 2, 2)],
    "2580": [(11, 5, 5), (10, 5, 5), (13, 6, 7), (16, 5, 10), (9, 4, 4), (12, 6, 6), (14, 7, 7), (10, 3, 6),
             (18, 9, 9), (21, 8, 13), (16, 10, 8)],
}  # fmt: skip


def load(world: World) -> None:
    """Ask, answer, and share figures; the last month is left for the demo's user to share."""
    unit, advisor = world.organisations["NKE"], world.actor("NKE.knowledge_advisor")
    manager = world.actor("0114.manager")
    with acting(manager):
        first = ask_for_support(
            manager,
            knowledge_unit=unit,
            subject="När hoten kommer från flera konton samtidigt",
            question="En handläggare får många likadana meddelanden samma kväll, från konton hen inte känner igen."
            " Ska vi anmäla varje meddelande för sig eller serien? Vad bör vi spara?",
            urgency=Urgency.SOON,
        )
    with acting(advisor):
        take_request(advisor, first.pk)
        answer_request(
            advisor,
            first.pk,
            text="Rapportera serien som en händelse och lägg till varje meddelande som bevis, med tid och länk."
            " Spara hela skärmen, inte bara texten. Polisanmäl serien samlad.",
        )
    coordinator = world.actor("2580.security_coordinator")
    with acting(coordinator):
        ask_for_support(
            coordinator,
            knowledge_unit=unit,
            subject="Ordningsvakter vid kontoret",
            question="Vi vill ansöka om ordningsvakter för två kvällar i veckan. Vad brukar en ansökan sakna?",
            urgency=Urgency.CALM,
        )
    months = sorted(months_before(timezone.localdate(world.now), 12))[:-1]
    for code, figures in FIGURES.items():
        director = world.actor(f"{code}.director")
        with acting(director):
            for month, (incidents, police, support) in zip(months, figures, strict=True):
                share_figures(
                    director,
                    month,
                    counts={"incidents": incidents, "police_reported": police, "support_in_time": support},
                )
