"""An exposure is judged: confirmed, it is an incident with the post preserved as evidence; dismissed, it says why."""

from __future__ import annotations

import uuid

import rfc8785
from django.db import transaction
from django.utils import timezone

from motkraft.incidents.actions import HandedIn, report_incident
from motkraft.incidents.models import Channel, Origin, SourceClass
from motkraft.incidents.rules import Report
from motkraft.ledger.actions import append
from motkraft.people.access import Actor, NotAllowed, Permission
from motkraft.watch.models import Exposure, Post
from motkraft.watch.rules import Dismissal, ExposureState, incident_kind, next_exposure

EVIDENCE_FORMAT = "motkraft-post/1"


@transaction.atomic
def confirm_exposure(actor: Actor, exposure_id: uuid.UUID, *, description: str = "") -> Exposure:
    """Confirm an exposure: the employer gets an incident, with the post as evidence. Raises WrongState.

    The incident concerns the protected person. Its kind follows from the post's threat signals; a manager may see it
    otherwise. Confirming twice makes one incident.
    """
    exposure = _load(actor, exposure_id)
    exposure.state = next_exposure(exposure.state, ExposureState.CONFIRMED).value
    post, person, now = exposure.post, exposure.protected_person, timezone.now()
    signals = list(post.threats.values_list("kind", "severity", "pattern"))
    incident = report_incident(
        actor,
        Report(
            kind=incident_kind(signals),
            happened_at=post.posted_at if post.posted_at and post.posted_at <= now else None,
            channel=Channel.SOCIAL_MEDIA.value,
            exact_words=post.text,
            description=description,
            link=post.url or "",
            office_id=person.office_id,
            person_id=person.person_id,
            protected_person_id=person.pk,
            source=Origin.EXPOSURE.value,
            source_id=exposure.pk,
        ),
        evidence=[HandedIn(evidence_of(post), f"inlagg-{post.platform}.json", SourceClass.COLLECTED_POST)],
    )
    exposure.incident_id = incident.pk
    exposure.judged_by_id, exposure.judged_at = actor.person_id, now
    exposure.save(update_fields=["state", "incident_id", "judged_by", "judged_at"])
    append(
        actor,
        "exposure.confirmed",
        exposure,
        data={"incident": str(incident.pk), "kind": exposure.kind, "score": round(exposure.score, 4)},
    )
    _forget_raw_when_judged(post)
    return exposure


@transaction.atomic
def dismiss_exposure(actor: Actor, exposure_id: uuid.UUID, reason: Dismissal) -> Exposure:
    """Dismiss a proposed exposure, saying why. Raises WrongState."""
    exposure = _load(actor, exposure_id)
    exposure.state = next_exposure(exposure.state, ExposureState.DISMISSED).value
    exposure.dismissal = Dismissal(reason).value
    exposure.judged_by_id, exposure.judged_at = actor.person_id, timezone.now()
    exposure.save(update_fields=["state", "dismissal", "judged_by", "judged_at"])
    append(actor, "exposure.dismissed", exposure, data={"reason": exposure.dismissal, "kind": exposure.kind})
    return exposure


@transaction.atomic
def undo_dismissal(actor: Actor, exposure_id: uuid.UUID) -> Exposure:
    """Propose a dismissed exposure again. A confirmed one is an incident and is handled there: WrongState."""
    exposure = _load(actor, exposure_id)
    exposure.state = next_exposure(exposure.state, ExposureState.PROPOSED).value
    exposure.dismissal, exposure.judged_by_id, exposure.judged_at = "", None, None
    exposure.save(update_fields=["state", "dismissal", "judged_by", "judged_at"])
    append(actor, "exposure.undone", exposure)
    return exposure


def evidence_of(post: Post) -> bytes:
    """The post as evidence: canonical JSON (RFC 8785) of its words, times and address, and the record as collected.

    The record is kept as the text that it was, so that nothing is lost in reading it; it is empty when the retention
    time had passed before somebody judged.
    """
    return rfc8785.dumps(
        {
            "format": EVIDENCE_FORMAT,
            "platform": post.platform,
            "post_id": post.post_id,
            "url": post.url,
            "text": post.text,
            "language": post.language,
            "posted_at": post.posted_at.isoformat() if post.posted_at else None,
            "collected_ms": post.collected_ms,
            "imported_at": post.found_at.isoformat(),
            "import_sha256": post.of_import.sha256 if post.of_import else None,
            "metrics": dict(post.metrics),
            "record": post.raw or "",
        }
    )


def _forget_raw_when_judged(post: Post) -> None:
    """The evidence holds the record now; here it goes when no other exposure of the post waits for it."""
    if not post.exposures.filter(state=ExposureState.PROPOSED.value).exists():
        Post.objects.filter(pk=post.pk).update(raw=None)


def _load(actor: Actor, exposure_id: uuid.UUID) -> Exposure:
    actor.require(Permission.EXPOSURE_CONFIRM)
    exposure = (
        Exposure.objects.select_for_update(of=("self",))
        .select_related("post", "post__of_import", "protected_person")
        .filter(pk=exposure_id, organisation_id=actor.organisation_id)
        .first()
    )
    if exposure is None:
        raise NotAllowed("There is no such exposure for you.")
    return exposure
