"""Every read of the watch, scoped by the actor."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from django.db.models import BigIntegerField, Count, Exists, OuterRef, Q, QuerySet
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from motkraft.matching import Claim, Wording
from motkraft.matching.learning import FEWEST
from motkraft.people.access import Actor, NotAllowed, Permission
from motkraft.people.actions import record_reading
from motkraft.watch.actions.analysing import lessons_of, library, library_of
from motkraft.watch.actions.learning import judged_matches
from motkraft.watch.models import Exposure, Import, Learning, Match, Post, UnreadableLine
from motkraft.watch.rules import ExposureState, ImportStatus, State
from motkraft.web.parts import Todo

LIVE = (State.PROPOSED.value, State.CONFIRMED.value)
WEEKS = 8  # shown on a claim's page


# -- imports


def imports(actor: Actor) -> QuerySet[Import]:
    """The organisation's imports, newest first."""
    actor.require(Permission.WATCH_IMPORT)
    return Import.objects.filter(organisation_id=actor.organisation_id)


def unreadable_lines(actor: Actor, row: Import) -> QuerySet[UnreadableLine]:
    """The lines of an import that could not be read, in their order."""
    actor.require(Permission.WATCH_IMPORT)
    return UnreadableLine.objects.filter(organisation_id=actor.organisation_id, of_import=row)


# -- claims


def claims() -> tuple[Claim, ...]:
    """The claims of the library that posts are matched with; not what is kept apart, not incitement."""
    return tuple(claim for claim in library().claims if claim.kind == "claim")


def claim(claim_id: str) -> Claim | None:
    """A claim by its id; None when the library has no such claim."""
    return next((claim for claim in claims() if claim.id == claim_id), None)


def title_of(claim_id: str) -> str:
    """A claim's title in the language of the page; its id when it has left the library."""
    found = claim(claim_id)
    if found is None:
        return claim_id
    return found.title_sv if (get_language() or "sv").startswith("sv") else found.title_en


def wordings(actor: Actor, claim_id: str) -> dict[str, list[Wording]]:
    """The wordings of a claim by language, those that the organisation has learned among them."""
    actor.require(Permission.WATCH_READ)
    found: dict[str, list[Wording]] = defaultdict(list)
    for wording in library_of(lessons_of(actor)).of_claim(claim_id):
        found[wording.language].append(wording)
    return dict(found)


@dataclass(frozen=True)
class ClaimCount:
    """A claim with how many posts repeat it: confirmed, waiting, rejected."""

    id: str
    title: str
    confirmed: int = 0
    proposed: int = 0
    rejected: int = 0

    @property
    def live(self) -> int:
        """Posts that are confirmed or wait to be judged."""
        return self.confirmed + self.proposed


def claim_counts(actor: Actor) -> list[ClaimCount]:
    """Every claim of the library with its counts, the most repeated first."""
    actor.require(Permission.WATCH_READ)
    counted: dict[str, dict[str, int]] = defaultdict(dict)
    rows = (
        Match.objects.filter(organisation_id=actor.organisation_id).values("claim_id", "state").annotate(n=Count("pk"))
    )
    for row in rows.order_by():
        counted[row["claim_id"]][row["state"]] = row["n"]
    found = [ClaimCount(one.id, title_of(one.id), **counted.get(one.id, {})) for one in claims()]
    return sorted(found, key=lambda one: (-one.live, one.id))


def spread(actor: Actor, claim_id: str, now: dt.datetime) -> dict[str, list[tuple[dt.date, int]]]:
    """Confirmed and waiting posts of a claim by language and week (its Monday), the last weeks, the largest first."""
    actor.require(Permission.WATCH_READ)
    this_week = _monday(now)
    weeks = [this_week - dt.timedelta(weeks=back) for back in reversed(range(WEEKS))]
    rows = Match.objects.filter(organisation_id=actor.organisation_id, claim_id=claim_id, state__in=LIVE).values_list(
        "post__language", "post__posted_at", "post__found_at"
    )
    counted: dict[str, dict[dt.date, int]] = defaultdict(lambda: dict.fromkeys(weeks, 0))
    for language, posted_at, found_at in rows:
        week = _monday(posted_at or found_at)
        if week in counted[language]:
            counted[language][week] += 1
    ordered = sorted(counted.items(), key=lambda one: (-sum(one[1].values()), one[0]))
    return {language: list(points.items()) for language, points in ordered if sum(points.values())}


def _monday(moment: dt.datetime) -> dt.date:
    day = timezone.localtime(moment).date()
    return day - dt.timedelta(days=day.weekday())


# -- the morning list


@dataclass
class MorningRow:
    """A claim on the morning list: new posts since yesterday, by language, and how far they have reached."""

    claim_id: str
    title: str
    confirmed: int = 0
    proposed: int = 0
    languages: dict[str, int] = field(default_factory=dict)
    reach: int | None = None  # views, of the posts whose views are known; None when none is
    reach_known: int = 0  # posts whose views are known
    per_day_before: float | None = None  # the seven days before; None when nothing had come in by then

    @property
    def new(self) -> int:
        """New posts that are confirmed or wait to be judged."""
        return self.confirmed + self.proposed

    @property
    def is_rising(self) -> bool:
        """At least three new posts, and more than twice as many as on a usual day before."""
        return self.per_day_before is not None and self.new >= 3 and self.new > 2 * self.per_day_before


def since_yesterday(now: dt.datetime) -> dt.datetime:
    """The beginning of yesterday in Sweden."""
    local = timezone.localtime(now)
    day = local.date() - dt.timedelta(days=1)
    return timezone.make_aware(dt.datetime.combine(day, dt.time.min))


def morning(actor: Actor, now: dt.datetime) -> list[MorningRow]:
    """Claims with new posts since yesterday, the most first; then by reach. Unknown reach never counts as none."""
    actor.require(Permission.WATCH_READ)
    since = since_yesterday(now)
    rows: dict[str, MorningRow] = {}
    live = Match.objects.filter(organisation_id=actor.organisation_id, state__in=LIVE)
    for claim_id, state, language, views in live.filter(post__found_at__gte=since).values_list(
        "claim_id",
        "state",
        "post__language",
        Cast(KeyTextTransform("views", "post__metrics"), BigIntegerField()),
    ):
        row = rows.setdefault(claim_id, MorningRow(claim_id, title_of(claim_id)))
        if state == State.CONFIRMED:
            row.confirmed += 1
        else:
            row.proposed += 1
        row.languages[language] = row.languages.get(language, 0) + 1
        if views is not None:
            row.reach = (row.reach or 0) + views
            row.reach_known += 1
    if Post.objects.filter(organisation_id=actor.organisation_id, found_at__lt=since).exists():
        week = live.filter(post__found_at__lt=since, post__found_at__gte=since - dt.timedelta(days=7))
        before = {old["claim_id"]: old["n"] for old in week.values("claim_id").annotate(n=Count("pk")).order_by()}
        for row in rows.values():
            row.per_day_before = before.get(row.claim_id, 0) / 7
    for row in rows.values():
        row.languages = dict(sorted(row.languages.items(), key=lambda one: (-one[1], one[0])))
    return sorted(rows.values(), key=lambda row: (-row.new, -(row.reach or 0), row.claim_id))


# -- review


def review_queue(actor: Actor, *, claim_id: str = "") -> QuerySet[Match]:
    """What waits to be judged, the likeliest first."""
    actor.require(Permission.WATCH_JUDGE)
    rows = Match.objects.filter(organisation_id=actor.organisation_id, state=State.PROPOSED.value)
    if claim_id:
        rows = rows.filter(claim_id=claim_id)
    return rows.select_related("post").order_by("-score", "pk")


def review_progress(actor: Actor, now: dt.datetime, *, claim_id: str = "") -> tuple[int, int]:
    """How many matches this person has judged today, and that with what still waits."""
    start = timezone.localtime(now).replace(hour=0, minute=0, second=0, microsecond=0)
    judged = Match.objects.filter(
        organisation_id=actor.organisation_id, judged_by_id=actor.person_id, judged_at__gte=start
    )
    if claim_id:
        judged = judged.filter(claim_id=claim_id)
    done = judged.count()
    return done, done + review_queue(actor, claim_id=claim_id).count()


def last_judged(actor: Actor, now: dt.datetime) -> Match | None:
    """The match that this person judged last, within a day: what undo takes back."""
    if actor.person_id is None:
        return None
    return (
        Match.objects.filter(
            organisation_id=actor.organisation_id,
            judged_by_id=actor.person_id,
            judged_at__gte=now - dt.timedelta(days=1),
        )
        .order_by("-judged_at")
        .first()
    )


# -- learning


@dataclass(frozen=True)
class Judgements:
    """How many matches are confirmed and rejected, and how many of each are needed to learn from them."""

    confirmed: int
    rejected: int
    needed: int

    @property
    def are_enough(self) -> bool:
        """Whether there may be enough; copies of a post count once, which only shows in learning."""
        return min(self.confirmed, self.rejected) >= self.needed


def judgements(actor: Actor) -> Judgements:
    """The organisation's judgements so far."""
    actor.require(Permission.WATCH_JUDGE)
    confirmed = judged_matches(actor).filter(state=State.CONFIRMED.value).count()
    return Judgements(confirmed, judged_matches(actor).count() - confirmed, FEWEST)


def learnings(actor: Actor) -> QuerySet[Learning]:
    """What was learned, the latest first."""
    actor.require(Permission.WATCH_JUDGE)
    return Learning.objects.filter(organisation_id=actor.organisation_id).order_by("-started_at")


# -- posts


def posts(
    actor: Actor,
    *,
    claim_id: str = "",
    state: str = "",
    language: str = "",
    platform: str = "",
    since: dt.datetime | None = None,
    until: dt.datetime | None = None,
) -> QuerySet[Post]:
    """Posts by claim, state of the match, language, platform and time. Their words are encrypted: no search in them."""
    actor.require(Permission.WATCH_READ)
    rows = Post.objects.filter(organisation_id=actor.organisation_id)
    if claim_id or state:
        wanted = Q(post=OuterRef("pk"))
        wanted &= Q(claim_id=claim_id) if claim_id else Q()
        wanted &= Q(state=state) if state else Q()
        rows = rows.filter(Exists(Match.objects.filter(wanted, organisation_id=actor.organisation_id)))
    if language:
        rows = rows.filter(language=language)
    if platform:
        rows = rows.filter(platform=platform)
    if since is not None:
        rows = rows.filter(Q(posted_at__gte=since) | Q(posted_at__isnull=True, found_at__gte=since))
    if until is not None:
        rows = rows.filter(Q(posted_at__lt=until) | Q(posted_at__isnull=True, found_at__lt=until))
    return rows


def claim_matches(actor: Actor, claim_id: str) -> QuerySet[Match]:
    """The matches of a claim with their posts, the newest first."""
    actor.require(Permission.WATCH_READ)
    return (
        Match.objects.filter(organisation_id=actor.organisation_id, claim_id=claim_id)
        .select_related("post")
        .order_by("-post__found_at", "-score")
    )


def values_of(rows: QuerySet[Any], column: str) -> list[tuple[str, int]]:
    """The values of a column with how often each is there, the most first; for filters."""
    counted = rows.order_by().values(column).annotate(n=Count("pk"))
    return sorted(((row[column], row["n"]) for row in counted), key=lambda one: (-one[1], one[0]))


# -- exposures


def exposures(actor: Actor) -> QuerySet[Exposure]:
    """The organisation's exposures with post and protected person, what waits first."""
    actor.require(Permission.EXPOSURE_CONFIRM)
    return (
        Exposure.objects.filter(organisation_id=actor.organisation_id)
        .select_related("post", "protected_person", "judged_by")
        .annotate(is_judged=~Q(state=ExposureState.PROPOSED.value))
        .order_by("is_judged", "-found_at", "-score")
    )


def open_exposure(actor: Actor, exposure_id: uuid.UUID) -> Exposure:
    """An exposure to read; the reading is written down. Raises NotAllowed."""
    found = exposures(actor).filter(pk=exposure_id).first()
    if found is None:
        raise NotAllowed("There is no such exposure for you.")
    record_reading(actor, "exposure", found.pk, purpose="watch")
    return found


# -- to do


def todo(actor: Actor, now: dt.datetime) -> Iterable[Todo]:
    """What waits for this actor: exposures one by one, then the review queue, then imports that went wrong."""
    if actor.can(Permission.EXPOSURE_CONFIRM):
        for row in exposures(actor).filter(state=ExposureState.PROPOSED.value)[:20]:
            yield Todo(
                what=_("Judge whether a post exposes a colleague"),
                reference=row.protected_person.reference,
                url=reverse("exposure", args=[row.pk]),
                action_label=_("Look at the post"),
                tone="danger",
            )
    if actor.can(Permission.WATCH_JUDGE) and (count := review_queue(actor).count()):
        yield Todo(
            what=_("Review proposed matches"),
            reference=_("%(count)s wait") % {"count": count},
            url=reverse("watch_review"),
            action_label=_("Review"),
        )
    if actor.can(Permission.WATCH_IMPORT):
        recent = imports(actor).filter(status=ImportStatus.FAILED.value, finished_at__gte=now - dt.timedelta(days=2))
        for failed in recent[:5]:
            yield Todo(
                what=_("An import stopped"),
                reference=timezone.localtime(failed.started_at).strftime("%H:%M"),
                url=reverse("import", args=[failed.pk]),
                action_label=_("See why"),
                tone="warning",
            )
