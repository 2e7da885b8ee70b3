"""Pure rules of the watch: states, what an import may be called, what an exposure becomes, what is kept how long.

The machine proposes and a person decides: nothing here confirms anything. A post that denies a claim, asks, criticises
or tells a story of one's own is never proposed as spreading it; the matching engine keeps it apart and this room keeps
only what the engine proposes.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from motkraft.errors import MotkraftError
from motkraft.ledger.rules import event_type

#: How long the raw record, which holds the author's handle, is kept encrypted when nobody judges it. A record that a
#: waiting exposure rests on is kept until that is judged. Our own figure: a month to find an exposure and to act on it.
RAW_KEPT = dt.timedelta(days=30)

BATCH = 100  #: records that are read, analysed and written in one transaction
LONGEST_TEXT = 50_000  #: characters of one post; no platform lets people write more, a broken file may
MOST_MATCHES = 3  #: claims proposed for one post; beyond the first only those that are more likely than not
MOST_LEARNED = 5_000  #: judgements that are learned from, the latest
ATTEMPTS = 5  #: times that an import is taken up again before it is given up
STALLED_AFTER = dt.timedelta(seconds=90)  #: an import that has not moved for so long has lost its worker


class WatchError(MotkraftError):
    """Something about posts cannot be done as asked."""

    code = "watch"


class ImportRefused(WatchError):
    """A file cannot be read in; the message says why and how to mend it."""

    code = "watch.import-refused"


class TooFewJudgements(WatchError):
    """There is too little to learn from; ``data``: ``confirmed``, ``rejected``, and ``needed`` of each."""

    code = "watch.too-few-judgements"


class WrongState(WatchError):
    """The thing is not in a state that allows this; ``data`` has ``state`` and ``wanted``."""

    code = "watch.wrong-state"


# -- states: one table for each thing that has states


class ImportStatus(StrEnum):
    """Where an import stands."""

    WAITING = "waiting"
    READING = "reading"
    ANALYSING = "analysing"
    DONE = "done"
    FAILED = "failed"


class State(StrEnum):
    """Where a match stands: the machine proposed it, a person confirmed or rejected it."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    REJECTED = "rejected"


class ExposureState(StrEnum):
    """Where an exposure stands."""

    PROPOSED = "proposed"
    CONFIRMED = "confirmed"
    DISMISSED = "dismissed"


class Verdict(StrEnum):
    """Why a match was rejected: what the post is instead."""

    CRITICISM = "criticism"
    OWN_STORY = "own_story"
    DENIES = "denies"
    UNRELATED = "unrelated"


class LearningState(StrEnum):
    """Where what was learned from the judgements stands: at most one of an organisation's is in use, and only that one
    holds constants and wordings. Refused: it was worse on judgements that it was not learned from."""

    WAITING = "waiting"
    USED = "used"
    LEFT = "left"
    FAILED = "failed"
    REFUSED = "refused"


class Dismissal(StrEnum):
    """Why an exposure was dismissed."""

    ANOTHER_PERSON = "another_person"
    NOT_A_NAME = "not_a_name"
    HARMLESS = "harmless"


IMPORT_TRANSITIONS: dict[ImportStatus, frozenset[ImportStatus]] = {
    ImportStatus.WAITING: frozenset({ImportStatus.READING, ImportStatus.FAILED}),
    ImportStatus.READING: frozenset({ImportStatus.ANALYSING, ImportStatus.DONE, ImportStatus.FAILED}),
    ImportStatus.ANALYSING: frozenset({ImportStatus.READING, ImportStatus.DONE, ImportStatus.FAILED}),
    ImportStatus.DONE: frozenset(),
    ImportStatus.FAILED: frozenset(),
}
MATCH_TRANSITIONS: dict[State, frozenset[State]] = {
    State.PROPOSED: frozenset({State.CONFIRMED, State.REJECTED}),
    State.CONFIRMED: frozenset({State.PROPOSED}),
    State.REJECTED: frozenset({State.PROPOSED}),
}
#: A confirmed exposure has become an incident and stays: the incident is handled where incidents are.
EXPOSURE_TRANSITIONS: dict[ExposureState, frozenset[ExposureState]] = {
    ExposureState.PROPOSED: frozenset({ExposureState.CONFIRMED, ExposureState.DISMISSED}),
    ExposureState.DISMISSED: frozenset({ExposureState.PROPOSED}),
    ExposureState.CONFIRMED: frozenset(),
}
LEARNING_TRANSITIONS: dict[LearningState, frozenset[LearningState]] = {
    LearningState.WAITING: frozenset({LearningState.USED, LearningState.FAILED, LearningState.REFUSED}),
    LearningState.USED: frozenset({LearningState.LEFT}),
    LearningState.LEFT: frozenset(),
    LearningState.FAILED: frozenset(),
    LearningState.REFUSED: frozenset(),
}
RUNNING = (ImportStatus.WAITING, ImportStatus.READING, ImportStatus.ANALYSING)


def next_import(now: str, wanted: ImportStatus) -> ImportStatus:
    """Return ``wanted`` when the table allows it, else raise WrongState."""
    if wanted not in IMPORT_TRANSITIONS[ImportStatus(now)]:
        raise WrongState(f"An import that is {now} cannot become {wanted}.", state=now, wanted=str(wanted))
    return wanted


def next_match(now: str, wanted: State) -> State:
    """Return ``wanted`` when the table allows it, else raise WrongState."""
    if wanted not in MATCH_TRANSITIONS[State(now)]:
        raise WrongState(f"A match that is {now} cannot become {wanted}.", state=now, wanted=str(wanted))
    return wanted


def next_exposure(now: str, wanted: ExposureState) -> ExposureState:
    """Return ``wanted`` when the table allows it, else raise WrongState."""
    if wanted not in EXPOSURE_TRANSITIONS[ExposureState(now)]:
        raise WrongState(f"An exposure that is {now} cannot become {wanted}.", state=now, wanted=str(wanted))
    return wanted


def next_learning(now: str, wanted: LearningState) -> LearningState:
    """Return ``wanted`` when the table allows it, else raise WrongState."""
    if wanted not in LEARNING_TRANSITIONS[LearningState(now)]:
        raise WrongState(f"What is {now} cannot become {wanted}.", state=now, wanted=str(wanted))
    return wanted


# -- imports


def percent(done: int, total: int, status: str) -> int:
    """How far an import has come, 0 to 100; 100 only when it is done."""
    if status == ImportStatus.DONE:
        return 100
    return min(99, done * 100 // total) if total > 0 else 0


def safe_name(name: str) -> str:
    """A file name for people: no folders, no control or direction characters, at most 120 characters."""
    base = re.split(r"[\\/]", name)[-1]
    kept = "".join(sign for sign in base if sign.isprintable() and sign not in '<>:"|?*').strip(" .")
    return kept[-120:] or "fil"


def is_newer(was_partial: bool, was_ms: int | None, is_partial: bool, ms: int | None) -> bool:
    """Whether a record replaces the stored one: a whole one before a partial one, then the later collected one."""
    if was_partial != is_partial:
        return was_partial
    return (ms or 0) > (was_ms or 0)


# -- what is proposed


@dataclass(frozen=True)
class Scored:
    """A claim and how likely a post is about it, 0 to 1."""

    claim_id: str
    score: float


def kept_matches(scored: Sequence[Scored]) -> tuple[str, ...]:
    """The claims to propose for one post: the likeliest, and up to two more that are more likely than not."""
    ordered = sorted(scored, key=lambda one: (-one.score, one.claim_id))[:MOST_MATCHES]
    return tuple(one.claim_id for place, one in enumerate(ordered) if place == 0 or one.score >= 0.5)


# -- exposures


@dataclass(frozen=True)
class Place:
    """Where a post exposes somebody: kind of detail, half-open offsets in the text, rating 0 to 1, reason codes."""

    kind: str
    start: int
    end: int
    score: float
    reasons: tuple[str, ...] = ()


#: The gravest kind first: where somebody lives or can be reached counts more than a name.
KINDS = ("address", "personal_number", "phone", "plate", "email", "name", "office")


def main_place(places: Sequence[Place]) -> Place:
    """The place that an exposure is called after: the gravest kind, then the best rated, then the first."""
    return min(places, key=lambda place: (KINDS.index(place.kind), -place.score, place.start))


def incident_kind(signals: Iterable[tuple[str, str, str]]) -> str:
    """The kind of incident that a confirmed exposure is, from the post's threat signals (kind, severity, pattern).

    A key of law's incident kinds. The gravest signal tells it; without any it is a naming, as where a threat is only
    reported or condemned (severity low). The manager can assess anew.
    """
    found = [signal for signal in signals if signal[1] != "low"]
    if any(kind == "explicit" and pattern.endswith(".death") for kind, _severity, pattern in found):
        return "death_threat"
    if any(kind == "explicit" for kind, _severity, _pattern in found):
        return "threat"
    if any(kind in ("incitement", "veiled", "gathering") for kind, _severity, _pattern in found):
        return "veiled_threat"
    return "naming"


# -- spans for the eye


@dataclass(frozen=True)
class Piece:
    """A piece of a text and what it is marked as: "" for plain text."""

    text: str
    mark: str = ""


def pieces(text: str, spans: Iterable[tuple[int, int, str]]) -> tuple[Piece, ...]:
    """Cut a text at its marked spans (start, end, mark); where they overlap the one that begins first stays."""
    found: list[Piece] = []
    at = 0
    for start, end, mark in sorted(spans, key=lambda span: (span[0], -span[1])):
        start, end = max(start, at), min(end, len(text))
        if start >= end:
            continue
        if start > at:
            found.append(Piece(text[at:start]))
        found.append(Piece(text[start:end], mark))
        at = end
    if at < len(text):
        found.append(Piece(text[at:]))
    return tuple(found)


# -- what happens, by name

event_type("import.started", sv="Import påbörjad", en="Import started")
event_type("import.done", sv="Import klar", en="Import done")
event_type("import.failed", sv="Import avbruten", en="Import failed")
event_type("match.confirmed", sv="Träff bekräftad", en="Match confirmed")
event_type("match.rejected", sv="Träff avvisad", en="Match rejected")
event_type("match.undone", sv="Bedömning av träff ångrad", en="Judgement of match undone")
event_type("watch.learned", sv="Lärt av bedömningar", en="Learned from judgements")
event_type("watch.learning_refused", sv="Lärdom avvisad: sämre än förut", en="Learning refused: worse than before")
event_type("watch.unlearned", sv="Återgått till det som följer med", en="Gone back to what ships")
event_type("exposure.confirmed", sv="Röjande bekräftat", en="Exposure confirmed")
event_type("exposure.dismissed", sv="Röjande avfärdat", en="Exposure dismissed")
event_type("exposure.undone", sv="Avfärdande av röjande ångrat", en="Dismissal of exposure undone")
event_type("watch.raw_forgotten", sv="Råposter glömda", en="Raw records forgotten")
