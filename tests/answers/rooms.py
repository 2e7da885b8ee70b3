"""An organisation that writes and approves answers, for tests."""

from __future__ import annotations

import datetime as dt

from factories import colleague, organisation
from motkraft.answers import actions
from motkraft.answers.models import Answer, Fact
from motkraft.people.access import Role, acting
from motkraft.people.models import Kind


class Room:
    """An organisation with someone who writes and someone who approves."""

    def __init__(self, kind: Kind = Kind.MUNICIPALITY) -> None:
        self.organisation = organisation(kind=kind)
        self.author = colleague(self.organisation, Role.COMMUNICATOR).actor
        self.approver = colleague(self.organisation, Role.DIRECTOR).actor
        self.both = colleague(self.organisation, Role.COMMUNICATOR, Role.DIRECTOR).actor

    def fact(self, key: str = "court", *, verified: bool = True) -> Fact:
        with acting(self.author):
            if there := Fact.objects.filter(organisation=self.organisation, key=key).first():
                return there
        with acting(self.author):
            fact = actions.add_fact(
                self.author, key=key, statement_sv="Domstolen beslutar.", statement_en="The court decides.",
                source_title="Lag (1990:52)", citation="LVU 4 §", source_url="https://lagen.nu/1990:52",
                checked_on=dt.date(2026, 4, 27), translations={"ar": "المحكمة تقرر."},
            )  # fmt: skip
        if verified:
            with acting(self.approver):
                fact = actions.verify_fact(self.approver, fact.pk)
        return fact

    def draft(self, *facts: Fact, **fields: object) -> Answer:
        with acting(self.author):
            return actions.write_answer(
                self.author,
                **{
                    "claim_id": "N10",
                    "language": "sv",
                    "title": "Rubrik",
                    "body": "Text",
                    "facts": facts,
                    **fields,
                },
            )

    def published(self, *facts: Fact, **fields: object) -> Answer:
        answer = self.draft(*(facts or (self.fact(),)), **fields)
        with acting(self.author):
            actions.submit_answer(self.author, answer.pk)
        with acting(self.approver):
            actions.approve_answer(self.approver, answer.pk)
            return actions.publish_answer(self.approver, answer.pk)
