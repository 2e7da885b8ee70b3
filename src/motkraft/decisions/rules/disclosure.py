"""Requests to read a document: the states, the secrecy test, the redacted copy, and who gets to know what.

Every provision and its test come from the law data. Times are passed in.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import re
import secrets
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from motkraft import law
from motkraft.decisions.rules.errors import DecisionError, NotReady, WrongState
from motkraft.ledger.rules import event_type

for _name, _sv, _en in (
    ("disclosure.requested", "Begäran kom in", "Request came in"),
    ("disclosure.track_set", "Rätt att begära bestämd", "Right to ask settled"),
    ("disclosure.part_added", "Handling tillagd", "Document added"),
    ("disclosure.tested", "Sekretess prövad", "Secrecy tested"),
    ("disclosure.part_settled", "Handling bedömd", "Document settled"),
    ("disclosure.copy_made", "Kopia gjord", "Copy made"),
    ("disclosure.answered", "Begäran besvarad", "Request answered"),
    ("disclosure.decision_asked", "Skriftligt beslut begärt", "Written decision asked for"),
    ("disclosure.refused", "Beslut att inte lämna ut", "Decision not to release"),
    ("disclosure.reopened", "Prövas igen", "Tested again"),
    ("disclosure.withdrawn", "Begäran återkallad", "Request withdrawn"),
    ("disclosure.fetched", "Kopia hämtad", "Copy fetched"),
    ("disclosure.retention_set", "Gallringstid bestämd", "Retention time decided"),
    ("disclosure.hold_set", "Gallringsstopp satt", "Legal hold set"),
    ("disclosure.hold_lifted", "Gallringsstopp upphävt", "Legal hold lifted"),
    ("disclosure.erasure_proposed", "Gallring av begäranden föreslagen", "Erasing of requests proposed"),
    ("disclosure.erasure_run", "Gallring av begäranden gjord", "Requests erased"),
    ("disclosure.erased", "Begäran gallrad", "Request erased"),
):
    event_type(_name, sv=_sv, en=_en)


class Track(StrEnum):
    """On which right somebody asks: everyone's, or a party's."""

    PUBLIC = "public"
    PARTY = "party"


class Came(StrEnum):
    """How a request came in."""

    PAGE = "page"
    MAIL = "mail"
    PHONE = "phone"
    LETTER = "letter"
    VISIT = "visit"


class Step(StrEnum):
    """Where a request stands."""

    RECEIVED = "received"
    TESTING = "testing"
    RELEASED = "released"
    TOLD = "told"  # told that something is withheld, and that a written decision can be asked for
    DECISION_ASKED = "decision_asked"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"


class Outcome(StrEnum):
    """What becomes of one document."""

    RELEASE = "release"
    REDACT = "redact"
    WITHHOLD = "withhold"


class PartKind(StrEnum):
    """What is asked for: a document, a decision made here, or the names of a sealed record."""

    DOCUMENT = "document"
    DECISION = "decision"
    SEALED_NAMES = "sealed_names"


OPEN_STEPS = frozenset({Step.RECEIVED, Step.TESTING, Step.DECISION_ASKED})
#: How a request ends; each is a line of the organisation's table of how long requests are kept.
ENDED_STEPS = (Step.RELEASED, Step.TOLD, Step.REFUSED, Step.WITHDRAWN)
_MOVES: Mapping[tuple[Step, str], Step] = MappingProxyType(
    {
        (Step.RECEIVED, "work"): Step.TESTING,
        (Step.TESTING, "work"): Step.TESTING,
        (Step.TESTING, "answer_all"): Step.RELEASED,
        (Step.TESTING, "answer_some"): Step.TOLD,
        (Step.TOLD, "ask_decision"): Step.DECISION_ASKED,
        (Step.TOLD, "reopen"): Step.TESTING,
        (Step.DECISION_ASKED, "reopen"): Step.TESTING,
        (Step.DECISION_ASKED, "refuse"): Step.REFUSED,
        **{(step, "withdraw"): Step.WITHDRAWN for step in (Step.RECEIVED, Step.TESTING, Step.DECISION_ASKED)},
    }
)


def next_step(step: str, deed: str) -> Step:
    """Where a deed leads. Raises WrongState when it cannot be done as the request stands."""
    try:
        return _MOVES[(Step(step), deed)]
    except KeyError:
        raise WrongState("This cannot be done with the request as it stands now.", state=step, deed=deed) from None


# -- the secrecy test

#: How a provision's test leans: key of the law data, (Swedish, English).
BURDENS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "presumed-secret": ("Omvänt skaderekvisit: hemligt om det inte står klart", "Reversed: secret unless clear"),
        "presumed-open": ("Rakt skaderekvisit: offentligt om inte men kan antas", "Straight: open unless harm"),
        "special-reason": ("Särskild anledning krävs för att hemlighålla", "A special reason is needed for secrecy"),
        "absolute": ("Absolut: ingen skadeprövning", "Absolute: no test of harm"),
    }
)


def provisions(day: dt.date) -> tuple[law.SecrecyRule, ...]:
    """The secrecy rules of a day that can make something secret, each with a test of harm."""
    return tuple(rule for rule in law.library().on(day).secrecy_rules() if rule.test in BURDENS)


def provision(rule_id: str, day: dt.date) -> law.SecrecyRule:
    """One of them. Raises DecisionError for any other."""
    for rule in provisions(day):
        if rule.id == rule_id:
            return rule
    raise DecisionError("That is no provision of secrecy for this day. Choose one of those offered.", rule=rule_id)


@dataclass(frozen=True, slots=True)
class Tested:
    """One provision tried on one document: its id, and whether it makes something there secret."""

    rule_id: str
    is_secret: bool


def check_outcome(
    outcome: Outcome,
    tests: Collection[Tested],
    *,
    track: Track,
    kind: PartKind,
    text: str = "",
    opened: bool = False,
    day: dt.date,
    code: str = "",
) -> None:
    """Let a document get this outcome, or say what is missing or forbids it.

    Raises NotReady with the missing key, or DecisionError with a citation. A party always sees the decision of the own
    case; a sealed name is released only after two custodians opened it; withholding needs a provision found to apply;
    releasing everything needs that none was. ``code`` is the type of a decision: one on custody is not withheld whole.
    """
    secret = [each.rule_id for each in tests if each.is_secret]
    is_own_decision = track is Track.PARTY and kind is not PartKind.DOCUMENT
    if outcome is not Outcome.RELEASE and is_own_decision:
        rule = law.library().on(day)["party_access"]
        raise DecisionError(
            "A party always sees the decision in the case, so it cannot be withheld or redacted (%(citation)s).",
            citation=rule.citation,
        )
    public = law.library().on(day)["custody_decision_public"]
    if (
        outcome is Outcome.WITHHOLD
        and kind is PartKind.DECISION
        and isinstance(public, law.DocumentRule)
        and code in public.decision_types
    ):
        raise DecisionError(
            "A decision on custody is in principle public, so it is not withheld whole. Redact what another provision "
            "makes secret (%(citation)s).",
            citation=public.citation,
        )
    if outcome is Outcome.RELEASE and secret and not is_own_decision:
        raise DecisionError("A provision was found to make something secret here. Redact, withhold or test again.")
    if outcome is not Outcome.RELEASE and not secret:
        raise NotReady("Test at least one provision and find that it applies first.", missing=["outcome"])
    if outcome is Outcome.RELEASE and not tests and not is_own_decision:
        raise NotReady("Test the document against at least one provision first.", missing=["outcome"])
    if outcome is not Outcome.WITHHOLD and kind is PartKind.SEALED_NAMES and not opened:
        raise NotReady("Two custodians must open the sealed record first.", missing=["outcome"])
    if outcome is Outcome.REDACT:
        if not text.strip():
            raise NotReady("Write the text with what is secret marked.", missing=["text"])
        found = {passage.rule_id for passage in passages(text) if passage.rule_id}
        if not found:
            raise NotReady("Mark at least one passage as secret, or release the whole.", missing=["text"])
        if unknown := found - set(secret):
            raise NotReady(
                "A passage names a provision that was not found to apply: %(rules)s.",
                missing=["text"],
                rules=", ".join(sorted(unknown)),
            )


def summed(outcomes: Iterable[str]) -> str:
    """How a whole request ended: "release", "redact" (part of it) or "withhold" (nothing)."""
    found = set(outcomes)
    if found == {Outcome.RELEASE}:
        return Outcome.RELEASE
    return Outcome.WITHHOLD if found == {Outcome.WITHHOLD} else Outcome.REDACT


# -- the redacted copy: made anew, without what is secret

_MARK = re.compile(r"\[\[(?P<text>.+?)\|(?P<rule>[a-z0-9_]+)\]\]", re.DOTALL)
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a text: kept, or secret on a provision."""

    text: str
    rule_id: str = ""


def passages(text: str) -> tuple[Passage, ...]:
    """Cut a text at its marks: ``[[what is secret|provision]]``. Raises NotReady for a mark that is not whole."""
    found, at = [], 0
    for match in _MARK.finditer(text):
        if match.start() > at:
            found.append(Passage(text[at : match.start()]))
        found.append(Passage(match["text"], match["rule"]))
        at = match.end()
    if at < len(text):
        found.append(Passage(text[at:]))
    if any("[[" in each.text or "]]" in each.text for each in found):
        raise NotReady("A mark is not whole. Write [[what is secret|provision]].", missing=["text"])
    return tuple(found)


def redacted(text: str, citations: Mapping[str, str]) -> str:
    """The text with each secret passage gone and its provision in its place."""
    return "".join(
        each.text if not each.rule_id else f"[{citations.get(each.rule_id, each.rule_id)}]" for each in passages(text)
    )


def secret_words(text: str, never: str = "") -> list[str]:
    """What must not stand in the copy: each secret passage whole and line by line, and the lines of ``never``."""
    found = set()
    for each in passages(text):
        if each.rule_id:
            found |= {each.text, *each.text.splitlines()}
    found |= set(never.splitlines())
    return sorted(word for word in (each.strip() for each in found) if len(word) >= _SHORTEST)


# -- following a request

_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_CODE_LENGTH = 20  # 100 bits: no guessing, so a plain hash is enough to keep
_TYPED = str.maketrans({"O": "0", "I": "1", "L": "1"})


def new_code() -> str:
    """A secret code to follow a request by, in groups that can be read aloud."""
    raw = "".join(secrets.choice(_ALPHABET) for _ in range(_CODE_LENGTH))
    return "-".join(raw[at : at + 5] for at in range(0, _CODE_LENGTH, 5))


def code_sha256(code: str) -> str:
    """What is kept of a code: SHA-256 in hex of the code as typed without dashes and spaces."""
    plain = re.sub(r"[^0-9A-Z]", "", code.upper()).translate(_TYPED)
    return hashlib.sha256(plain.encode()).hexdigest()


def is_code(code: str, kept: str) -> bool:
    """Whether a typed code is the one that was given."""
    return bool(kept) and hmac.compare_digest(code_sha256(code), kept)


# -- figures


def median_days(spans: Sequence[dt.timedelta]) -> int | None:
    """The median time in whole days, None when there is none."""
    if not spans:
        return None
    return sorted(spans)[len(spans) // 2].days
