"""Pure rules of answers: the one table of transitions, what an approval binds, and when an answer may be
published.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import rfc8785

from motkraft.errors import MotkraftError
from motkraft.ledger.rules import event_type
from motkraft.people.access import Permission


class AnswerError(MotkraftError):
    """Something about an answer or a fact cannot be done as asked."""

    code = "answer"


class NotNow(AnswerError):
    """The answer is in a state from which this step does not lead."""

    code = "answer-state"


class SamePerson(AnswerError):
    """Two pairs of eyes: whoever wrote it cannot be the one who approves it."""

    code = "answer-same-person"


class ChangedMeanwhile(AnswerError):
    """Somebody else saved the text after it was opened."""

    code = "answer-changed-meanwhile"


class NotAsApproved(AnswerError):
    """The text is not the one that was approved."""

    code = "answer-not-as-approved"


class FactsMissing(AnswerError):
    """An answer needs at least one fact, and every fact must be verified."""

    code = "answer-facts"


class ProtectedWord(AnswerError):
    """The text holds a name, number or address of a protected person.

    ``data`` tells which reference, never the word.
    """

    code = "answer-protected-word"


class LibraryFault(AnswerError):
    """A file of the answer library cannot be read."""

    code = "answer-library"


class Status(StrEnum):
    """Where an answer stands."""

    DRAFT = "draft"
    REVIEW = "review"
    APPROVED = "approved"
    PUBLISHED = "published"
    WITHDRAWN = "withdrawn"


class FactStatus(StrEnum):
    """How far a fact can be trusted. Only a verified one is ever shown to the public."""

    UNVERIFIED = "unverified"
    VERIFIED = "verified"
    RETIRED = "retired"


class Channel(StrEnum):
    """Where an answer is meant to be read."""

    PAGE = "page"
    SHORT = "short"


class Audience(StrEnum):
    """For whom an answer is written."""

    PUBLIC = "public"
    PARENTS = "parents"
    PRESS = "press"
    STAFF = "staff"


@dataclass(frozen=True)
class Transition:
    """One step of an answer: from which states, to which, with which permission (one of them), and by
    whom.
    """

    name: str
    before: frozenset[Status]
    after: Status
    permissions: tuple[Permission, ...]
    other_person: bool = False
    needs_reason: bool = False


_WRITE, _APPROVE = Permission.ANSWER_WRITE, Permission.ANSWER_APPROVE

#: Every step there is. What is not here cannot be done.
TRANSITIONS: dict[str, Transition] = {
    step.name: step
    for step in (
        Transition("submit", frozenset({Status.DRAFT}), Status.REVIEW, (_WRITE,)),
        Transition("take_back", frozenset({Status.REVIEW, Status.APPROVED}), Status.DRAFT, (_WRITE,)),
        Transition("send_back", frozenset({Status.REVIEW}), Status.DRAFT, (_APPROVE,), needs_reason=True),
        Transition("approve", frozenset({Status.REVIEW}), Status.APPROVED, (_APPROVE,), other_person=True),
        Transition("publish", frozenset({Status.APPROVED}), Status.PUBLISHED, (_WRITE, _APPROVE)),
        Transition("withdraw", frozenset({Status.PUBLISHED}), Status.WITHDRAWN, (_WRITE, _APPROVE), needs_reason=True),
    )
}


def step(
    name: str,
    status: Status,
    *,
    actor_id: uuid.UUID | None,
    author_id: uuid.UUID | None,
    reason: str = "",
) -> Status:
    """The state after a step.

    Raises NotNow when the step does not lead from ``status``, SamePerson when the step needs another person
    than the author (an actor without a person is nobody, and cannot be the second pair of eyes), AnswerError
    without a reason where one is needed.
    """
    found = TRANSITIONS[name]
    if status not in found.before:
        raise NotNow(
            "This cannot be done with the answer as it stands now. Somebody may have been quicker: load "
            "the page again.",
            step=name,
            status=status.value,
        )
    if found.other_person and (actor_id is None or actor_id == author_id):
        raise SamePerson("Another person than the author approves an answer. Ask a colleague.", step=name)
    if found.needs_reason and not reason.strip():
        raise AnswerError("Say why.", step=name)
    return found.after


def steps_from(status: Status) -> tuple[Transition, ...]:
    """The steps that lead from a state, in the order of the table."""
    return tuple(found for found in TRANSITIONS.values() if status in found.before)


def second_pair_of_eyes(actor_id: uuid.UUID | None, author_id: uuid.UUID | None) -> None:
    """Raise SamePerson unless the actor is a person and another one than the author."""
    if actor_id is None or actor_id == author_id:
        raise SamePerson("Another person than the author verifies a fact. Ask a colleague.")


@dataclass(frozen=True)
class FactText:
    """A fact as an approval binds it."""

    id: str
    statement: str
    source: str
    url: str
    checked_on: dt.date
    status: FactStatus = FactStatus.VERIFIED


@dataclass(frozen=True)
class AnswerText:
    """Everything that an approval binds."""

    claim_id: str
    language: str
    channel: str
    audience: str
    title: str
    body: str
    is_language_reviewed: bool
    facts: tuple[FactText, ...]


def fingerprint(text: AnswerText) -> str:
    """SHA-256 (hex) over the canonical JSON (RFC 8785) of all that a reader will see of an answer."""
    value: dict[str, Any] = {
        "claim": text.claim_id,
        "language": text.language,
        "channel": text.channel,
        "audience": text.audience,
        "title": text.title,
        "body": text.body,
        "language_reviewed": text.is_language_reviewed,
        "facts": [[f.id, f.statement, f.source, f.url, f.checked_on.isoformat()] for f in text.facts],
    }
    return hashlib.sha256(rfc8785.dumps(value)).hexdigest()


def ready(text: AnswerText) -> None:
    """Raise unless the answer may be shown to anyone: a title, a text, at least one fact, all of them
    verified.
    """
    if not text.title.strip() or not text.body.strip():
        raise AnswerError("The answer needs a heading and a text.")
    if not text.facts:
        raise FactsMissing("An answer rests on at least one fact with a source. Choose one.", missing=True)
    unverified = [fact.id for fact in text.facts if fact.status is not FactStatus.VERIFIED]
    if unverified:
        raise FactsMissing(
            "Not every fact is verified. Have it verified by a colleague, or leave it out.", facts=unverified
        )


def as_approved(text: AnswerText, approved: str) -> None:
    """Raise NotAsApproved unless ``text`` is the very text whose fingerprint was approved."""
    if not approved or fingerprint(text) != approved:
        raise NotAsApproved("The text or one of its facts changed after the approval. Send it for review again.")


def review_is_due(review_by: dt.date | None, day: dt.date) -> bool:
    """True from the day by which an answer should have been read through again."""
    return review_by is not None and review_by <= day


def best(candidates: Sequence[tuple[bool, dt.datetime | None, str]]) -> int:
    """Which of several organisations' answers to show first: the knowledge unit's, then the newest, then by
    code.

    ``candidates`` are (is the knowledge unit's, published at, organisation code); returns an index.
    """
    early = dt.datetime.min.replace(tzinfo=dt.UTC)
    return min(
        range(len(candidates)),
        key=lambda n: (
            not candidates[n][0],
            -((candidates[n][1] or early) - early).total_seconds(),
            candidates[n][2],
        ),
    )


event_type("answer.written", sv="Svar skrivet", en="Answer written")
event_type("answer.changed", sv="Svar ändrat", en="Answer changed")
event_type("answer.submit", sv="Svar skickat för granskning", en="Answer sent for review")
event_type("answer.take_back", sv="Svar taget tillbaka", en="Answer taken back")
event_type("answer.send_back", sv="Svar skickat tillbaka", en="Answer sent back")
event_type("answer.approve", sv="Svar godkänt", en="Answer approved")
event_type("answer.publish", sv="Svar publicerat", en="Answer published")
event_type("answer.withdraw", sv="Svar tillbakadraget", en="Answer withdrawn")
event_type("fact.added", sv="Faktauppgift tillagd", en="Fact added")
event_type("fact.changed", sv="Faktauppgift ändrad", en="Fact changed")
event_type("fact.verified", sv="Faktauppgift verifierad", en="Fact verified")
event_type("fact.retired", sv="Faktauppgift tagen ur bruk", en="Fact retired")
