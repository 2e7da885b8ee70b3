"""Every write of facts and answers: drafts, and the steps to publication."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection, transaction
from django.db.models import Max
from django.utils import timezone

from motkraft.answers.models import Answer, AnswerFact, Fact
from motkraft.answers.rules import (
    LANGUAGES,
    TRANSITIONS,
    AnswerError,
    Audience,
    ChangedMeanwhile,
    Channel,
    FactStatus,
    NotNow,
    ProtectedWord,
    Status,
    as_approved,
    claims,
    fingerprint,
    ready,
    second_pair_of_eyes,
    step,
)
from motkraft.ledger import actions as ledger
from motkraft.people import queries as people
from motkraft.people.access import Actor, Permission, system
from motkraft.sealing.leak.terms import find, prepare

# -- facts


@transaction.atomic
def add_fact(
    actor: Actor,
    *,
    key: str,
    statement_sv: str,
    statement_en: str,
    source_title: str,
    checked_on: dt.date,
    source_url: str = "",
    citation: str = "",
    rule_id: str = "",
    translations: Mapping[str, str] | None = None,
) -> Fact:
    """Add a fact; it is unverified until a colleague has read the source.

    Raises AnswerError when the key is taken.
    """
    actor.require(Permission.ANSWER_WRITE)
    _can_be_looked_up(source_url, citation)
    _alone(actor, "facts")
    if Fact.objects.filter(organisation_id=actor.organisation_id, key=key).exists():
        raise AnswerError("There is a fact with that short name already. Choose another.", key=key)
    fact = Fact.objects.create(
        organisation_id=actor.organisation_id,
        key=key,
        statement_sv=statement_sv.strip(),
        statement_en=statement_en.strip(),
        translations=dict(translations or {}),
        source_title=source_title.strip(),
        source_url=source_url.strip(),
        citation=citation.strip(),
        rule_id=rule_id.strip(),
        checked_on=checked_on,
        added_by_id=actor.person_id,
    )
    ledger.append(actor, "fact.added", fact, data={"key": key})
    return fact


@transaction.atomic
def change_fact(actor: Actor, fact_id: uuid.UUID, **fields: Any) -> Fact:
    """Change an unverified fact; whoever changes it counts as its author.

    Raises NotNow for a verified one.
    """
    actor.require(Permission.ANSWER_WRITE)
    fact = _own_fact(actor, fact_id)
    if fact.state is not FactStatus.UNVERIFIED:
        raise NotNow("A verified fact is not changed. Retire it and add a new one.")
    allowed = {
        "statement_sv", "statement_en", "translations", "source_title", "source_url", "citation", "rule_id",
        "checked_on",
    }  # fmt: skip
    for name in fields.keys() & allowed:
        setattr(fact, name, fields[name])
    _can_be_looked_up(fact.source_url, fact.citation)
    fact.added_by_id = actor.person_id
    fact.save()
    ledger.append(actor, "fact.changed", fact, data={"key": fact.key})
    return fact


@transaction.atomic
def verify_fact(actor: Actor, fact_id: uuid.UUID) -> Fact:
    """Say that the source was read and says so.

    Raises SamePerson for whoever wrote it, NotNow when it is verified.
    """
    actor.require(Permission.ANSWER_APPROVE)
    fact = _own_fact(actor, fact_id)
    if fact.state is not FactStatus.UNVERIFIED:
        raise NotNow("This fact is verified already, or no longer used.", status=fact.status)
    second_pair_of_eyes(actor.person_id, fact.added_by_id)
    fact.status, fact.verified_by_id, fact.verified_at = (
        FactStatus.VERIFIED.value,
        actor.person_id,
        timezone.now(),
    )
    fact.save(update_fields=["status", "verified_by", "verified_at"])
    ledger.append(actor, "fact.verified", fact, data={"key": fact.key})
    return fact


@transaction.atomic
def retire_fact(actor: Actor, fact_id: uuid.UUID, *, reason: str) -> Fact:
    """Take a fact out of use: it disappears from public pages at once, and every answer on it is shown as
    under review.
    """
    actor.require(Permission.ANSWER_APPROVE, Permission.ANSWER_WRITE)
    fact = _own_fact(actor, fact_id)
    if fact.state is FactStatus.RETIRED:
        raise NotNow("This fact is out of use already.")
    if not reason.strip():
        raise AnswerError("Say why.")
    fact.status, fact.retired_at, fact.retired_reason = (
        FactStatus.RETIRED.value,
        timezone.now(),
        reason.strip(),
    )
    fact.save(update_fields=["status", "retired_at", "retired_reason"])
    ledger.append(actor, "fact.retired", fact, data={"key": fact.key})
    return fact


# -- answers


@transaction.atomic
def write_answer(
    actor: Actor,
    *,
    claim_id: str,
    language: str,
    title: str,
    body: str,
    facts: Sequence[Fact],
    channel: Channel = Channel.PAGE,
    audience: Audience = Audience.PUBLIC,
    is_language_reviewed: bool = False,
    review_by: dt.date | None = None,
    replaces: Answer | None = None,
) -> Answer:
    """Begin a draft. Raises AnswerError for an unknown claim or language."""
    actor.require(Permission.ANSWER_WRITE)
    _known_place(claim_id, language)
    _alone(actor, "answers")
    last = Answer.objects.filter(organisation_id=actor.organisation_id).aggregate(last=Max("reference"))["last"]
    number = int(last.rsplit("-", 1)[1]) + 1 if last else 1
    now = timezone.now()
    answer = Answer.objects.create(
        organisation_id=actor.organisation_id,
        reference=f"SV-{number:05d}",
        claim_id=claim_id,
        language=language,
        channel=Channel(channel).value,
        audience=Audience(audience).value,
        title=title.strip(),
        body=_clean(body),
        is_language_reviewed=is_language_reviewed,
        review_by=review_by,
        author_id=actor.person_id,
        created_at=now,
        changed_at=now,
        replaces=replaces,
    )
    _set_facts(actor, answer, facts)
    ledger.append(actor, "answer.written", answer, data={"claim": claim_id, "language": language})
    return answer


@transaction.atomic
def change_answer(
    actor: Actor,
    answer_id: uuid.UUID,
    *,
    revision: int,
    title: str,
    body: str,
    facts: Sequence[Fact],
    claim_id: str,
    language: str,
    channel: Channel,
    audience: Audience,
    is_language_reviewed: bool,
    review_by: dt.date | None,
) -> Answer:
    """Save a draft again. Whoever saves it is its author from then on, and cannot approve it.

    Raises NotNow for anything but a draft and ChangedMeanwhile when somebody saved after ``revision`` was
    opened.
    """
    actor.require(Permission.ANSWER_WRITE)
    answer = _own(actor, answer_id)
    if answer.state is not Status.DRAFT:
        raise NotNow("Only a draft can be changed. Take the answer back first.", status=answer.status)
    if answer.revision != revision:
        raise ChangedMeanwhile(
            "Somebody saved this answer after you opened it. Your text is still here; compare before you save again.",
            revision=answer.revision,
        )
    _known_place(claim_id, language)
    answer.claim_id, answer.language = claim_id, language
    answer.channel, answer.audience = Channel(channel).value, Audience(audience).value
    answer.title, answer.body = title.strip(), _clean(body)
    answer.is_language_reviewed, answer.review_by = is_language_reviewed, review_by
    answer.revision += 1
    answer.author_id, answer.changed_at = actor.person_id, timezone.now()
    answer.save()
    _set_facts(actor, answer, facts)
    ledger.append(actor, "answer.changed", answer, data={"revision": answer.revision})
    return answer


@transaction.atomic
def submit_answer(actor: Actor, answer_id: uuid.UUID) -> Answer:
    """Send a draft to somebody else's eyes. Raises FactsMissing when it rests on nothing."""
    answer = _own(actor, answer_id)
    text = answer.as_text()
    if not text.facts or not text.title.strip() or not text.body.strip():
        ready(text)
    return _take(actor, answer, "submit", note=None)


@transaction.atomic
def take_back_answer(actor: Actor, answer_id: uuid.UUID) -> Answer:
    """Take an answer back to change it; an approval ends with it."""
    return _take(actor, _own(actor, answer_id), "take_back", approver_id=None, approved_at=None, approved_hash="")


@transaction.atomic
def send_back_answer(actor: Actor, answer_id: uuid.UUID, *, note: str) -> Answer:
    """Ask the author for changes."""
    return _take(actor, _own(actor, answer_id), "send_back", reason=note, note=note.strip())


@transaction.atomic
def approve_answer(actor: Actor, answer_id: uuid.UUID, *, seen: str = "") -> Answer:
    """Approve the very words and facts as they stand.

    ``seen`` is the fingerprint of the text that the approver had on the screen. Raises SamePerson for the
    author, FactsMissing for an unverified fact and ChangedMeanwhile when the text is not the one that was
    seen.
    """
    answer = _own(actor, answer_id)
    text = answer.as_text()
    if seen and seen != fingerprint(text):
        raise ChangedMeanwhile("The text was changed after you opened it. Read it again before you approve it.")
    ready(text)
    return _take(
        actor,
        answer,
        "approve",
        approver_id=actor.person_id,
        approved_at=timezone.now(),
        approved_hash=fingerprint(text),
    )


@transaction.atomic
def publish_answer(actor: Actor, answer_id: uuid.UUID, *, valid_from: dt.date | None = None) -> Answer:
    """Publish what was approved, word for word; the answer that stood at the same place is withdrawn as
    replaced.

    Raises NotAsApproved when text or facts differ from the approval, FactsMissing for an unverified fact, and
    ProtectedWord when the text holds a detail of a protected person.
    """
    answer = _own(actor, answer_id)
    text = answer.as_text()
    step("publish", answer.state, actor_id=actor.person_id, author_id=answer.author_id)
    ready(text)
    as_approved(text, answer.approved_hash)
    _scan(actor, f"{answer.title}\n{answer.body}")
    _alone(actor, "publish")
    now = timezone.now()
    for old in Answer.objects.select_for_update().filter(
        organisation_id=actor.organisation_id,
        claim_id=answer.claim_id,
        language=answer.language,
        channel=answer.channel,
        audience=answer.audience,
        status=Status.PUBLISHED.value,
    ):
        _take(actor, old, "withdraw", reason="replaced", withdrawn_at=now, withdrawn_reason="")
        answer.replaces = old
    return _take(
        actor,
        answer,
        "publish",
        published_at=now,
        valid_from=valid_from or timezone.localdate(),
        replaces=answer.replaces,
    )


@transaction.atomic
def withdraw_answer(actor: Actor, answer_id: uuid.UUID, *, reason: str) -> Answer:
    """Withdraw a published answer. The reason is public: it stands where the answer stood."""
    answer = _own(actor, answer_id)
    _scan(actor, reason)
    return _take(
        actor,
        answer,
        "withdraw",
        reason=reason,
        withdrawn_at=timezone.now(),
        withdrawn_reason=reason.strip()[:300],
    )


@transaction.atomic
def revise_answer(actor: Actor, answer_id: uuid.UUID) -> Answer:
    """Begin a new draft from a published or withdrawn answer; what is public stays until the new one is
    published.
    """
    actor.require(Permission.ANSWER_WRITE)
    old = _own(actor, answer_id)
    if old.state not in (Status.PUBLISHED, Status.WITHDRAWN):
        raise NotNow("A new version begins from a published or withdrawn answer.", status=old.status)
    return write_answer(
        actor,
        claim_id=old.claim_id,
        language=old.language,
        title=old.title,
        body=old.body,
        facts=[fact for fact in old.ordered_facts() if fact.state is FactStatus.VERIFIED],
        channel=Channel(old.channel),
        audience=Audience(old.audience),
        is_language_reviewed=old.is_language_reviewed,
        review_by=None,
        replaces=old,
    )


# -- inside


def _take(actor: Actor, answer: Answer, name: str, *, reason: str = "", **fields: Any) -> Answer:
    actor.require(*TRANSITIONS[name].permissions)
    after = step(name, answer.state, actor_id=actor.person_id, author_id=answer.author_id, reason=reason)
    for field, value in fields.items():
        setattr(answer, field, value)
    answer.status = after.value
    answer.save()
    ledger.append(actor, f"answer.{name}", answer, data={"fingerprint": answer.approved_hash, "claim": answer.claim_id})
    return answer


def _own(actor: Actor, answer_id: uuid.UUID) -> Answer:
    return Answer.objects.select_for_update().get(pk=answer_id, organisation_id=actor.organisation_id)


def _own_fact(actor: Actor, fact_id: uuid.UUID) -> Fact:
    return Fact.objects.select_for_update().get(pk=fact_id, organisation_id=actor.organisation_id)


def _set_facts(actor: Actor, answer: Answer, facts: Sequence[Fact]) -> None:
    AnswerFact.objects.filter(answer=answer, organisation_id=actor.organisation_id).delete()
    AnswerFact.objects.bulk_create(
        AnswerFact(organisation_id=actor.organisation_id, answer=answer, fact=fact, position=position)
        for position, fact in enumerate(facts, 1)
    )


def _known_place(claim_id: str, language: str) -> None:
    if claims.by_id(claim_id) is None:
        raise AnswerError("There is no such claim to answer.", claim=claim_id)
    if language not in LANGUAGES:
        raise AnswerError("Answers are not written in that language.", language=language)


def _can_be_looked_up(url: str, citation: str) -> None:
    if not (url or citation):
        raise AnswerError("Give the source's address or its reference, so that anyone can look it up.")
    if url and not url.startswith(("https://", "http://")):
        raise AnswerError("The source's address begins with https://.")


def _clean(body: str) -> str:
    return "\n".join(line.rstrip() for line in body.replace("\r\n", "\n").strip().split("\n"))


def _scan(actor: Actor, text: str) -> None:
    """An answer is an outward text: no detail of a protected person of the organisation may stand in it."""
    details = people.protected_details(system(actor.organisation_id), purpose="leak scan of an answer")
    hits = [index for index, _form in find(text, prepare(str(detail.value) for detail in details))]
    if hits:
        raise ProtectedWord(
            "The text holds a detail of a protected person. Take it out before it is published.",
            references=sorted({details[index].protected_person.reference for index in hits}),
        )


def _alone(actor: Actor, what: str) -> None:
    """Let one transaction at a time number the organisation's rows."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{what}:{actor.organisation_id}"])
