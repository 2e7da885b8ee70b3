"""Every read of answers: the organisation's own, and what everyone may read."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from motkraft.answers.models import Answer, Fact
from motkraft.answers.rules import (
    LANGUAGES,
    Channel,
    FactStatus,
    NotAsApproved,
    Status,
    as_approved,
    best,
    claims,
    review_is_due,
)
from motkraft.law.library import library
from motkraft.law.rule import Rule
from motkraft.people.access import Actor, Permission
from motkraft.people.models import Kind
from motkraft.web.parts import Todo

REVIEW_AHEAD = dt.timedelta(days=14)  # how long before its review day an answer is put on the list of things to do


def answers(actor: Actor) -> QuerySet[Answer]:
    """The organisation's answers in every state."""
    return Answer.objects.filter(organisation_id=actor.organisation_id)


def facts(actor: Actor) -> QuerySet[Fact]:
    """The facts that the organisation may rest an answer on: its own, and everybody's verified ones."""
    return Fact.objects.filter(
        Q(organisation_id=actor.organisation_id) | Q(status=FactStatus.VERIFIED.value)
    ).select_related("organisation")


def usable_facts(actor: Actor) -> QuerySet[Fact]:
    """Facts that can be chosen for an answer: not the retired ones."""
    return facts(actor).exclude(status=FactStatus.RETIRED.value)


def answers_on(actor: Actor, fact: Fact) -> QuerySet[Answer]:
    """The organisation's published answers that rest on a fact."""
    return answers(actor).filter(links__fact=fact, status=Status.PUBLISHED.value)


def todo(actor: Actor, now: dt.datetime) -> list[Todo]:
    """What the actor has to do with answers: review, publish, mend, read through again. Soonest first."""
    found: list[Todo] = []
    mine = answers(actor)
    if actor.can(Permission.ANSWER_APPROVE):
        found += [
            _todo(answer, _("Review an answer"), _("Review"), _("Another person than the author approves"))
            for answer in mine.filter(status=Status.REVIEW.value).exclude(author_id=actor.person_id)
        ]
    if actor.can(Permission.ANSWER_WRITE):
        found += [
            _todo(answer, _("Publish an approved answer"), _("Publish"), "")
            for answer in mine.filter(status=Status.APPROVED.value)
        ]
        found += [
            _todo(answer, _("Change an answer that was sent back"), _("Change"), "")
            for answer in mine.filter(status=Status.DRAFT.value, note__isnull=False, author_id=actor.person_id)
        ]
        soon = timezone.localdate(now) + REVIEW_AHEAD
        for answer in mine.filter(status=Status.PUBLISHED.value, review_by__lte=soon).order_by("review_by"):
            due_at = dt.datetime.combine(answer.review_by, dt.time(17), tzinfo=timezone.get_current_timezone())
            found.append(
                _todo(answer, _("Read an answer through again"), _("Read"), _("Its review day"), due_at=due_at)
            )
        broken = mine.filter(status=Status.PUBLISHED.value, links__fact__status=FactStatus.RETIRED.value).distinct()
        found += [
            _todo(answer, _("An answer rests on a fact that is no longer used"), _("Mend"), "", tone="warning")
            for answer in broken
        ]
    return sorted(found, key=lambda item: item.due_at or now)


def _todo(
    answer: Answer, what: str, label: str, why: str, due_at: dt.datetime | None = None, tone: Any = "neutral"
) -> Todo:
    return Todo(
        what=what,
        reference=answer.reference,
        url=reverse("answer", args=[answer.pk]),
        action_label=label,
        due_at=due_at,
        why=why or None,
        tone=tone,
    )


# -- what everyone may read


@dataclass(frozen=True)
class PublicFact:
    """A verified fact as a reader sees it. ``language`` is that of the statement."""

    statement: str
    language: str
    source: str
    url: str
    citation: str
    checked_on: dt.date
    rule: Rule | None


@dataclass(frozen=True)
class PublicAnswer:
    """A published answer as a reader sees it; ``withdrawn`` ones show only that, when and why."""

    claim: claims.ClaimPlace
    answer: Answer
    organisation: str
    organisation_code: str
    facts: tuple[PublicFact, ...]
    fact_is_missing: bool
    is_overdue: bool
    is_withdrawn: bool
    others: tuple[tuple[str, str], ...] = ()  # (code, name) of other organisations with an answer here


@dataclass(frozen=True)
class IndexEntry:
    """One answered claim: the heading of its best answer in the reader's language, and all its languages."""

    claim: claims.ClaimPlace
    title: str
    title_language: str
    languages: tuple[str, ...]
    languages_named: tuple[tuple[str, str], ...]


def published(channel: Channel = Channel.PAGE) -> QuerySet[Answer]:
    """Every organisation's published answers for a channel: readable by everyone."""
    return (
        Answer.objects.filter(status=Status.PUBLISHED.value, channel=channel.value, audience__in=["public", "parents"])
        .select_related("organisation")
        .order_by("claim_id", "language")
    )


def index(language: str) -> list[IndexEntry]:
    """The answered claims in the order of the library."""
    by_claim: dict[str, dict[str, list[Answer]]] = {}
    for answer in published():
        by_claim.setdefault(answer.claim_id, {}).setdefault(answer.language, []).append(answer)
    found = []
    for place in claims.places():
        given = by_claim.get(place.id)
        if not given:
            continue
        codes = _in_order(given)
        shown = language if language in given else next((code for code in ("en", "sv") if code in given), codes[0])
        found.append(
            IndexEntry(
                place,
                _best(given[shown]).title,
                shown,
                codes,
                tuple((code, LANGUAGES[code].own) for code in codes),
            )
        )
    return found


def languages_of(claim_id: str) -> tuple[str, ...]:
    """The languages in which a claim is answered, in the order in which languages are offered."""
    return _in_order(set(published().filter(claim_id=claim_id).values_list("language", flat=True)))


def public_answer(claim_id: str, language: str, *, code: str = "", day: dt.date | None = None) -> PublicAnswer | None:
    """The answer to show at a claim's address, or the last withdrawn one, or None.

    Where several organisations have answered: that of ``code``, else the knowledge unit's, else the newest.
    An answer whose words are not the approved ones is not shown. A fact that is not verified any more is
    left out, and said to be. Works without an actor: the database shows only what is public.
    """
    place = claims.by_id(claim_id)
    if place is None:
        return None
    there = [answer for answer in published().filter(claim_id=claim_id, language=language) if _is_sound(answer)]
    chosen = [answer for answer in there if answer.organisation.code == code] or there
    if chosen:
        answer = _best(chosen)
        others = tuple(
            sorted(
                {
                    (a.organisation.code, a.organisation.name)
                    for a in there
                    if a.organisation_id != answer.organisation_id
                }
            )
        )
        return _public(place, answer, day or timezone.localdate(), others)
    gone = (
        Answer.objects.filter(
            status=Status.WITHDRAWN.value, channel=Channel.PAGE.value, claim_id=claim_id, language=language,
            audience__in=["public", "parents"], published_at__isnull=False,
        )
        .select_related("organisation")
        .order_by("-withdrawn_at")
        .first()
    )  # fmt: skip
    return _public(place, gone, day or timezone.localdate(), ()) if gone else None


def rule_of(rule_id: str, day: dt.date) -> Rule | None:
    """The law rule behind a fact, as it applied on a day; None without one."""
    return library().on(day).get(rule_id) if rule_id else None


def public_facts(answer: Answer) -> tuple[PublicFact, ...]:
    """The verified facts of an answer, as a reader sees them."""
    return tuple(
        PublicFact(
            statement=fact.statement(answer.language),
            language=fact.statement_language(answer.language),
            source=fact.source_title,
            url=fact.source_url,
            citation=fact.citation,
            checked_on=fact.checked_on,
            rule=rule_of(fact.rule_id, fact.checked_on),
        )
        for fact in answer.ordered_facts()
        if fact.state is FactStatus.VERIFIED
    )


def _public(
    place: claims.ClaimPlace, answer: Answer, day: dt.date, others: tuple[tuple[str, str], ...]
) -> PublicAnswer:
    shown = public_facts(answer)
    return PublicAnswer(
        claim=place,
        answer=answer,
        organisation=answer.organisation.name,
        organisation_code=answer.organisation.code,
        facts=shown,
        fact_is_missing=len(shown) < answer.links.count(),
        is_overdue=review_is_due(answer.review_by, day),
        is_withdrawn=answer.state is Status.WITHDRAWN,
        others=others,
    )


def _is_sound(answer: Answer) -> bool:
    """True when the words are those that were approved; a retired fact makes a gap, not another text."""
    found = answer.ordered_facts()
    if len(found) < answer.links.count():
        return True  # a fact was retired since: its words cannot be read here, and are not shown
    try:
        as_approved(answer.as_text(found), answer.approved_hash)
    except NotAsApproved:
        return False
    return True


def _best(there: Sequence[Answer]) -> Answer:
    return there[
        best([(a.organisation.kind == Kind.KNOWLEDGE_UNIT.value, a.published_at, a.organisation.code) for a in there])
    ]


def _in_order(codes: Iterable[str]) -> tuple[str, ...]:
    given = set(codes)
    return tuple(code for code in LANGUAGES if code in given)


def claim_review(found: PublicAnswer, *, url: str) -> dict[str, Any]:
    """A published answer as schema.org ClaimReview (JSON-LD). No rating scale: a sentence says what we found.

    Our answers are factual information from an authority, not a ruling on a speaker: no author of the claim
    is named.
    """
    answer = found.answer
    return {
        "@context": "https://schema.org",
        "@type": "ClaimReview",
        "url": url,
        "inLanguage": answer.language,
        "claimReviewed": found.claim.title(answer.language),
        "datePublished": answer.published_at.date().isoformat() if answer.published_at else None,
        "author": {"@type": "GovernmentOrganization", "name": found.organisation},
        "itemReviewed": {"@type": "Claim", "name": found.claim.title(answer.language)},
        "reviewRating": {"@type": "Rating", "alternateName": answer.title},
        "reviewBody": answer.body,
        "citation": [
            {
                "@type": "CreativeWork",
                "name": f"{fact.source} ({fact.citation})" if fact.citation else fact.source,
                "url": fact.url,
            }
            for fact in found.facts
        ],
    }


def same_place(actor: Actor, answer: Answer) -> Answer | None:
    """The organisation's published answer that this one would replace."""
    return (
        answers(actor)
        .filter(
            claim_id=answer.claim_id, language=answer.language, channel=answer.channel,
            audience=answer.audience,
            status=Status.PUBLISHED.value,
        )
        .exclude(pk=answer.pk)
        .first()
    )  # fmt: skip


def note_of(actor: Actor, answer_id: uuid.UUID) -> str:
    """What a reviewer asked the author to change."""
    answer = answers(actor).filter(pk=answer_id).first()
    return str(answer.note or "") if answer else ""
