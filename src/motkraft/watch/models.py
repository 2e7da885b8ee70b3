"""Columns and constraints of the watch.

What people wrote, where it stands and who wrote it is encrypted or a keyed hash: a copy of the database tells neither
authors nor texts. ``Post.raw``, the record as it was collected, holds the author's handle; it is kept encrypted so that
the evidence of an exposure is complete, and forgotten when its exposures are judged or after ``rules.RAW_KEPT``.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from motkraft.people.models import EncryptedTextField, ProtectedPerson, TenantModel
from motkraft.watch.rules import Dismissal, ExposureState, ImportStatus, LearningState, State, Verdict

PERSON = settings.AUTH_USER_MODEL
HASH = 64  # characters of a keyed hash in hex


def _known(column: str, values: type, name: str, *, also: tuple[str, ...] = ()) -> models.CheckConstraint:
    return models.CheckConstraint(condition=Q(**{f"{column}__in": [*also, *(v.value for v in values)]}), name=name)


class Import(TenantModel):
    """A file of posts that is being read in. The file is deleted when the import ends; what was read is in the rows."""

    file_name = EncryptedTextField()
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    format = models.CharField(max_length=10)  # ndjson or csv
    status = models.CharField(max_length=10, default=ImportStatus.WAITING.value)
    total = models.IntegerField(default=0)  # lines of the file
    line = models.IntegerField(default=0)  # the last line that is dealt with: where to go on
    read = models.IntegerField(default=0)  # posts read
    new = models.IntegerField(default=0)
    duplicate = models.IntegerField(default=0)
    unreadable = models.IntegerField(default=0)
    progress = models.SmallIntegerField(default=0)  # 0 to 100
    attempts = models.SmallIntegerField(default=0)
    error = models.CharField(max_length=40, blank=True)  # a code
    started_by = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    moved_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-started_at"]
        constraints = [_known("status", ImportStatus, "import_status_known")]
        indexes = [
            models.Index(fields=["organisation", "status"]),
            models.Index(fields=["organisation", "-started_at"]),
        ]


class UnreadableLine(TenantModel):
    """A line that did not become a post: its number, why, and the line itself, which is kept."""

    of_import = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="unreadable_lines")
    line = models.IntegerField()
    reason = models.CharField(max_length=30)
    field = models.CharField(max_length=40, blank=True)  # the field that was missing
    raw = EncryptedTextField()

    class Meta:
        ordering = ["line"]
        constraints = [models.UniqueConstraint(fields=["of_import", "line"], name="unreadable_line_once")]


class Post(TenantModel):
    """A public post or comment that was collected. Hashes are keyed: equal things match, nothing can be read back."""

    platform = models.CharField(max_length=30)
    key = models.CharField(max_length=HASH)  # of platform and post id
    author = models.CharField(max_length=HASH, blank=True)  # the pseudonym; empty when the record tells no author
    thread = models.CharField(max_length=HASH, blank=True)
    shared_of = models.CharField(max_length=HASH, blank=True)  # what it shares: an object of coordinated patterns
    media = models.JSONField(default=list)  # keyed hashes of media ids
    tags = models.JSONField(default=list)  # keyed hashes of hashtags, which may hold names
    post_id = EncryptedTextField()
    url = EncryptedTextField(null=True)  # holds the handle on most platforms
    text = EncryptedTextField()
    raw = EncryptedTextField(null=True)
    language = models.CharField(max_length=8)
    stance = models.CharField(max_length=12)
    posted_at = models.DateTimeField(null=True)
    collected_ms = models.BigIntegerField(null=True)
    is_partial = models.BooleanField(default=False)
    metrics = models.JSONField(default=dict)  # likes, comments, shares, views; null is unknown, which is not zero
    of_import = models.ForeignKey(Import, null=True, on_delete=models.SET_NULL, related_name="posts")
    found_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-found_at"]
        constraints = [models.UniqueConstraint(fields=["organisation", "platform", "key"], name="post_once")]
        indexes = [
            models.Index(fields=["organisation", "-found_at"]),
            models.Index(fields=["organisation", "-posted_at"]),
            models.Index(fields=["organisation", "author"]),
        ]


class Match(TenantModel):
    """A claim that a post may repeat. The machine proposes, a person decides; both stay on record."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="matches")
    claim_id = models.CharField(max_length=20)
    wording_id = models.CharField(max_length=40)
    score = models.FloatField()  # calibrated probability, 0 to 1
    level = models.CharField(max_length=10)  # suggest or confirm
    stance = models.CharField(max_length=12)
    words = models.JSONField(default=list)  # offsets in the text of the words that carried it
    reasons = models.JSONField(default=list)  # codes with parameters, no words of the post
    state = models.CharField(max_length=10, default=State.PROPOSED.value)
    verdict = models.CharField(max_length=12, blank=True)  # what it is instead, when rejected
    judged_by = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    judged_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-score"]
        constraints = [
            models.UniqueConstraint(fields=["post", "claim_id"], name="match_once"),
            _known("state", State, "match_state_known"),
            _known("verdict", Verdict, "match_verdict_known", also=("",)),
            models.CheckConstraint(
                condition=Q(state=State.PROPOSED.value) | Q(judged_at__isnull=False),
                name="match_judged_has_time",
            ),
        ]
        indexes = [
            models.Index(fields=["organisation", "state", "-score"]),
            models.Index(fields=["organisation", "claim_id", "state"]),
        ]


class Learning(TenantModel):
    """What was learned from the organisation's judgements: constants and wordings, and their measured effect.

    Constants and wordings are there for as long as they are in use and not a moment longer; the figures stay.
    """

    state = models.CharField(max_length=10, default=LearningState.WAITING.value)
    calibration = EncryptedTextField(null=True)  # a calibration file, as matching reads it
    wordings = EncryptedTextField(null=True)  # a JSON list of matching's Wording
    effect = models.JSONField(default=list)  # [what, [part, whole] before, [part, whole] after]
    confirmed = models.IntegerField(default=0)  # judgements that it rests on, copies of a post counted once
    rejected = models.IntegerField(default=0)
    new_wordings = models.IntegerField(default=0)
    started_by = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-started_at"]
        constraints = [
            _known("state", LearningState, "learning_state_known"),
            models.CheckConstraint(
                condition=Q(state=LearningState.USED.value) | Q(calibration__isnull=True, wordings__isnull=True),
                name="learning_kept_while_used",
            ),
            models.UniqueConstraint(
                fields=["organisation"], condition=Q(state=LearningState.USED.value), name="learning_one_in_use"
            ),
            models.UniqueConstraint(
                fields=["organisation"], condition=Q(state=LearningState.WAITING.value), name="learning_one_waits"
            ),
        ]


class Exposure(TenantModel):
    """A post that names or locates a protected person: every place of it, judged as one thing."""

    post = models.ForeignKey(Post, on_delete=models.PROTECT, related_name="exposures")
    protected_person = models.ForeignKey(ProtectedPerson, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=20)  # of the gravest place
    start = models.IntegerField()
    end = models.IntegerField()
    score = models.FloatField()  # a rating of the evidence, 0 to 1, not a probability
    reason = models.CharField(max_length=60)
    places = models.JSONField(default=list)  # every place: kind, start, end, score, reasons
    state = models.CharField(max_length=10, default=ExposureState.PROPOSED.value)
    dismissal = models.CharField(max_length=20, blank=True)
    incident_id = models.UUIDField(null=True)
    found_at = models.DateTimeField(default=timezone.now)
    judged_by = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    judged_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["-found_at"]
        constraints = [
            models.UniqueConstraint(fields=["post", "protected_person"], name="exposure_once"),
            _known("state", ExposureState, "exposure_state_known"),
            _known("dismissal", Dismissal, "exposure_dismissal_known", also=("",)),
            models.CheckConstraint(
                condition=~Q(state=ExposureState.CONFIRMED.value) | Q(incident_id__isnull=False),
                name="exposure_confirmed_has_incident",
            ),
        ]
        indexes = [models.Index(fields=["organisation", "state", "-found_at"])]


class ThreatSignal(TenantModel):
    """Words of a post that threaten, hint at a threat, incite or call people to a place."""

    post = models.ForeignKey(Post, on_delete=models.CASCADE, related_name="threats")
    kind = models.CharField(max_length=12)
    severity = models.CharField(max_length=10)
    pattern = models.CharField(max_length=40)
    start = models.IntegerField()
    end = models.IntegerField()

    class Meta:
        ordering = ["start"]


STATE_LABELS = {
    State.PROPOSED: _("Proposed"),
    State.CONFIRMED: _("Confirmed"),
    State.REJECTED: _("Rejected"),
}
