"""Demo data: the library that ships, written by the unit's communicator and approved by its advisor.

The facts are real and have their sources; that somebody of the demo wrote and approved them is made up.
"""

from __future__ import annotations

import datetime as dt
from typing import Protocol

from django.utils import timezone

from motkraft.answers.actions import load_library, submit_answer, write_answer
from motkraft.answers.models import Fact
from motkraft.answers.rules import Audience, Channel
from motkraft.people.access import Actor, acting


class World(Protocol):
    """What the loader of the demo gives: the time, and the actor of a demo person."""

    now: dt.datetime

    def actor(self, key: str) -> Actor:
        """The actor of a demo person, such as "NKE.communicator"."""


def load(world: World) -> None:
    """Publish the library for the knowledge unit, and leave one municipality's short answer waiting for
    review.
    """
    load_library(world.actor("NKE.communicator"), world.actor("NKE.knowledge_advisor"))
    author = world.actor("0114.communicator")
    with acting(author):
        facts = list(
            Fact.objects.filter(key__in=["care-is-decided-by-a-court", "public-counsel"], status="verified").order_by(
                "key"
            )
        )
        answer = write_answer(
            author,
            claim_id="N10",
            language="sv",
            channel=Channel.SHORT,
            audience=Audience.PARENTS,
            title="Domstolen beslutar, inte socialsekreteraren",
            body="Vård mot familjens vilja beslutas av en domstol. Ni får ett offentligt biträde som företräder er,"
            " om det inte måste antas att det inte behövs.",
            facts=facts,
            is_language_reviewed=True,
            review_by=timezone.localdate(world.now).replace(month=12, day=15),
        )
        submit_answer(author, answer.pk)
