"""Writes a batch of records: pseudonyms for authors, ciphertext for words, proposals instead of verdicts."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from django.db import connection
from django.utils import timezone

from motkraft.matching import Analysis, PostIn
from motkraft.matching.formats import Post as Read
from motkraft.people.access import Actor
from motkraft.people.models.encryption import vault
from motkraft.watch import models
from motkraft.watch.actions.analysing import Register, analyse
from motkraft.watch.actions.records import Record, whole
from motkraft.watch.rules import Place, Scored, State, is_newer, kept_matches, main_place

#: Where an author is known by handle in every format; elsewhere by id, since the shown name is not unique.
_BY_HANDLE = frozenset({"tiktok", "instagram"})


@dataclass(frozen=True)
class Counts:
    """What a batch held."""

    read: int = 0
    new: int = 0
    duplicate: int = 0
    unreadable: int = 0


@dataclass
class Batch:
    """Records to write, with their analyses by key. Posts of the same key are brought down to the newest."""

    organisation_id: uuid.UUID
    records: Sequence[Record]
    posts: dict[tuple[str, str], Record] = field(default_factory=dict)
    analyses: dict[tuple[str, str], Analysis] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for record in self.records:
            if record.post is None:
                continue
            key = (record.post.platform, self.hash("post", _base(record.post), record.post.post_id))
            held = self.posts.get(key)
            if held is None or held.post is None or _replaces(held.post, record.post):
                self.posts[key] = record

    def hash(self, what: str, *parts: str) -> str:
        """A keyed hash of the organisation's own: equal things match, nothing can be read back."""
        return vault().blind_index("\x1f".join(parts), f"watch.{what}:{self.organisation_id}").hex()

    def stored(self) -> dict[tuple[str, str], models.Post]:
        """The posts that are there already, by key."""
        rows = models.Post.objects.filter(
            organisation_id=self.organisation_id, key__in=[key for _platform, key in self.posts]
        )
        return {(row.platform, row.key): row for row in rows}

    def prepare(self, register: Register) -> None:
        """Analyse what is new or has new words; outside the writing transaction, since it takes its time."""
        stored = self.stored()
        wanted = [
            (key, record.post)
            for key, record in self.posts.items()
            if record.post is not None and (key not in stored or stored[key].text != record.post.text)
        ]
        inputs = [
            PostIn(str(place), post.text, post.lang_guess, post.day)
            for place, (_key, post) in enumerate(wanted)
        ]
        self.analyses = {key: found for (key, _), found in zip(wanted, analyse(register, inputs), strict=True)}


def write(actor: Actor, row: models.Import, batch: Batch, register: Register) -> Counts:
    """Write a prepared batch in the running transaction, one import of the organisation at a time."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"{actor.organisation_id}:watch.posts"]
        )
    stored = batch.stored()
    now = timezone.now()
    new: list[models.Post] = []
    for key, record in batch.posts.items():
        if key in stored:
            _renew(stored[key], batch, key, record, register)
        else:
            new.append(_post(row, batch, key, record, now))
    models.Post.objects.bulk_create(new)
    _write_findings([(post, batch.analyses[post.platform, post.key]) for post in new], register)
    unreadable = [record.unreadable for record in batch.records if record.unreadable is not None]
    models.UnreadableLine.objects.bulk_create(
        models.UnreadableLine(
            organisation_id=actor.organisation_id,
            of_import=row,
            line=line.line,
            reason=line.reason,
            field=dict(line.params).get("field", "")[:40],
            raw=whole(line.raw),
        )
        for line in unreadable
    )
    read = sum(record.post is not None for record in batch.records)
    return Counts(read, len(new), read - len(new), len(unreadable))


def _base(post: Read) -> str:
    return post.platform.removesuffix("-comments")


def _replaces(held: Read, post: Read) -> bool:
    same = (held.partial, held.collected_ms or 0) == (post.partial, post.collected_ms or 0)
    return same or is_newer(held.partial, held.collected_ms, post.partial, post.collected_ms)


def _post(row: models.Import, batch: Batch, key: tuple[str, str], record: Record, now: dt.datetime) -> models.Post:
    read, found = record.post, batch.analyses[key]
    assert read is not None
    base = _base(read)
    names = [read.author_handle, read.author_id]
    author = next(filter(None, names if base in _BY_HANDLE else reversed(names)), None)
    return models.Post(
        organisation_id=row.organisation_id,
        platform=key[0],
        key=key[1],
        author=batch.hash("author", base, author.casefold()) if author else "",
        thread=batch.hash("post", base, read.thread_id) if read.thread_id else "",
        shared_of=batch.hash("post", base, read.shared_of) if read.shared_of else "",
        media=[batch.hash("media", base, medium) for medium in read.media_ids],
        tags=[batch.hash("tag", tag.casefold()) for tag in read.hashtags],
        post_id=whole(read.post_id),
        url=whole(read.url) if read.url else None,
        text=read.text,
        raw=record.raw,
        language=found.language.code,
        stance=found.stance.label,
        posted_at=_moment(read.unix_timestamp),
        collected_ms=read.collected_ms,
        is_partial=read.partial,
        metrics=_metrics(read),
        of_import=row,
        found_at=now,
    )


def _moment(seconds: int | None) -> dt.datetime | None:
    """The moment; None where it is not known, or lies where no calendar reaches."""
    try:
        return None if seconds is None else dt.datetime.fromtimestamp(seconds, dt.UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _metrics(read: Read) -> dict[str, int | None]:
    told = read.metrics
    return {"likes": told.likes, "comments": told.comments, "shares": told.shares, "views": told.views}


def _renew(stored: models.Post, batch: Batch, key: tuple[str, str], record: Record, register: Register) -> None:
    """Take over a newer record of a stored post. What a person has judged stays; what is only proposed is made anew."""
    read = record.post
    assert read is not None
    if not is_newer(stored.is_partial, stored.collected_ms, read.partial, read.collected_ms):
        return
    told = _metrics(read)
    stored.metrics = {name: stored.metrics.get(name) if told[name] is None else told[name] for name in told}
    stored.collected_ms, stored.is_partial = read.collected_ms, read.partial
    stored.posted_at = _moment(read.unix_timestamp) or stored.posted_at
    columns = ["metrics", "collected_ms", "is_partial", "posted_at"]
    found = batch.analyses.get(key)
    if found is not None and stored.text != read.text:
        judged = stored.exposures.exclude(state="proposed").exists()
        if judged:  # the offsets of what was judged belong to the words as they were
            stored.save(update_fields=columns)
            return
        stored.text, stored.raw = read.text, record.raw
        stored.language, stored.stance = found.language.code, found.stance.label
        columns += ["text", "raw", "language", "stance"]
        stored.matches.filter(state=State.PROPOSED.value).delete()
        stored.exposures.all().delete()
        stored.threats.all().delete()
        stored.save(update_fields=columns)
        _write_findings([(stored, found)], register)
        return
    stored.save(update_fields=columns)


def _write_findings(found: Iterable[tuple[models.Post, Analysis]], register: Register) -> None:
    matches: list[models.Match] = []
    exposures: list[models.Exposure] = []
    threats: list[models.ThreatSignal] = []
    for post, analysis in found:
        matches += _matches(post, analysis)
        exposures += _exposures(post, analysis, register)
        threats += _threats(post, analysis)
    models.Match.objects.bulk_create(matches, ignore_conflicts=True)  # a judged match of a renewed post stays
    models.Exposure.objects.bulk_create(exposures)
    models.ThreatSignal.objects.bulk_create(threats)


def _matches(post: models.Post, analysis: Analysis) -> list[models.Match]:
    """What the engine proposes as spreading a claim. Denials, criticism, stories and questions are not among it."""
    proposed = {match.claim_id: match for match in analysis.proposed if match.kind == "claim"}
    kept = kept_matches([Scored(match.claim_id, match.score) for match in proposed.values()])
    return [
        models.Match(
            organisation_id=post.organisation_id,
            post=post,
            claim_id=claim_id,
            wording_id=proposed[claim_id].wording_id,
            score=proposed[claim_id].score,
            level=proposed[claim_id].level,
            stance=analysis.stance.label,
            words=[[span.start, span.end] for span in proposed[claim_id].words],
            reasons=[{"code": reason.code, **reason.data} for reason in proposed[claim_id].reasons],
        )
        for claim_id in kept
    ]


def _exposures(post: models.Post, analysis: Analysis, register: Register) -> list[models.Exposure]:
    by_person: dict[uuid.UUID, list[Place]] = {}
    for one in analysis.exposures:
        person = register.people[one.entry_id]
        reasons = tuple(reason.code for reason in one.reasons)
        by_person.setdefault(person, []).append(Place(one.kind, one.start, one.end, one.score, reasons))
    rows = []
    for person, places in by_person.items():
        main = main_place(places)
        rows.append(
            models.Exposure(
                organisation_id=post.organisation_id,
                post=post,
                protected_person_id=person,
                kind=main.kind,
                start=main.start,
                end=main.end,
                score=max(place.score for place in places),
                reason=(main.reasons or ("",))[0],
                places=[
                    {
                        "kind": p.kind,
                        "start": p.start,
                        "end": p.end,
                        "score": p.score,
                        "reasons": list(p.reasons),
                    }
                    for p in places
                ],
            )
        )
    return rows


def _threats(post: models.Post, analysis: Analysis) -> list[models.ThreatSignal]:
    return [
        models.ThreatSignal(
            organisation_id=post.organisation_id,
            post=post,
            kind=signal.kind,
            severity=signal.severity,
            pattern=signal.pattern_id,
            start=signal.start,
            end=signal.end,
        )
        for signal in analysis.threats
    ]
