"""Every read of decisions, scoped by the actor; what is public is read by its public id or its hash alone."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from pathlib import Path

from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from motkraft import law
from motkraft.decisions.actions.eseals import eseal_roots, kept_notice
from motkraft.decisions.actions.issuing import THRESHOLD
from motkraft.decisions.actions.protection import is_level_chosen, is_unit
from motkraft.decisions.actions.revoking import signers
from motkraft.decisions.actions.steps import hash_of
from motkraft.decisions.models import Decision, Declaration, OpeningRequest, PublishedProof, Revocation
from motkraft.decisions.queries import disclosure, protection
from motkraft.decisions.queries.time_limits import open_limits
from motkraft.decisions.rules import (
    BODIES,
    MEMBERS_NEEDED,
    FileVerification,
    Part,
    Publication,
    State,
    bodies_of,
    is_body,
    may_decide,
    normal_public_id,
)
from motkraft.decisions.rules import verify_file as _verify_file
from motkraft.incidents.actions import path_of
from motkraft.ledger import queries as ledger
from motkraft.ledger.models import Event
from motkraft.people.access import Actor, Permission, acting, system
from motkraft.people.models import Organisation
from motkraft.people.same_person import is_same
from motkraft.sealing.container import revisions
from motkraft.web.parts import Todo

#: How far ahead a running time limit stands on the start page.
TODO_AHEAD = dt.timedelta(days=14)
OPEN_STATES = (State.DRAFT.value, State.HANDLING.value, State.READY.value, State.DECIDED.value)


def decisions(actor: Actor) -> QuerySet[Decision]:
    """The decisions of the actor's organisation, newest first."""
    return Decision.objects.filter(organisation_id=actor.organisation_id).select_related("case")


def openings(actor: Actor) -> QuerySet[OpeningRequest]:
    """The requests to open sealed records, newest first."""
    return OpeningRequest.objects.filter(organisation_id=actor.organisation_id).select_related("decision")


def kind_of(decision: Decision) -> law.DecisionType:
    """The type of a decision as the law had it on the day of the decision, or of the draft."""
    return law.library().on(day_of(decision)).decision_type(decision.type_code)


def day_of(decision: Decision) -> dt.date:
    """The day whose law applies to a decision: its own, or today while it is prepared."""
    return decision.decided_on or timezone.localdate()


def text_sha256(decision: Decision) -> str:
    """The SHA-256, in hex, of the text that handlers approve now."""
    return hash_of(decision)


def notice_file(decision: Decision) -> Path | None:
    """The notice's file, None before issuing."""
    return path_of(decision.organisation_id, kept_notice(decision)) if decision.notice_sha256 else None


def todo(actor: Actor, now: dt.datetime) -> list[Todo]:
    """What the actor must do about decisions and openings, soonest first."""
    found = [*_steps_waiting(actor), *_limits(actor, now), *_openings_waiting(actor, now), *_reports_waiting(actor)]
    found += [*disclosure.todo(actor, now), *protection.todo(actor)]
    far = dt.datetime.max.replace(tzinfo=dt.UTC)
    return sorted(found, key=lambda item: item.due_at or far)


def _steps_waiting(actor: Actor) -> list[Todo]:
    if not (actor.can(Permission.DECISION_READ) or actor.can(Permission.NOTICE_ASSESS)):
        return []
    found = []
    rows = decisions(actor).filter(state__in=OPEN_STATES).order_by("created_at")
    for row in rows.prefetch_related("persons__assessment", "approvals", "impartialities", "protection_choices"):
        what = _step_for(actor, row)
        if what:
            url = reverse("decision", args=[row.pk])
            found.append(Todo(what=what, reference=row.reference, url=url, action_label=_("Show"), due_at=None))
    return [*found, *_revocations_waiting(actor)]


def _revocations_waiting(actor: Actor) -> list[Todo]:
    """What another member has begun to revoke, for those who may confirm it."""
    if not actor.can(Permission.DECISION_DECIDE):
        return []
    rows = Revocation.objects.filter(organisation_id=actor.organisation_id, done_at=None).select_related("decision")
    return [
        Todo(
            _("Confirm that the decision is revoked"),
            row.decision.reference,
            reverse("decision", args=[row.decision_id]),
            _("Show"),
        )
        for row in rows.order_by("begun_on")
        if BODIES[row.body] & actor.roles and not is_same(actor, actor.person_id, signers(row.decision))
    ]


def _step_for(actor: Actor, row: Decision) -> str:
    persons = list(row.persons.all())
    out = {each.person_id for each in row.impartialities.all() if each.declared != Declaration.FREE}
    if actor.person_id in out:
        return ""
    mine = {person.part for person in persons if person.person_id == actor.person_id}
    if row.state == State.DRAFT:
        return _("Finish the draft") if Part.RAPPORTEUR in mine and actor.can(Permission.DECISION_PREPARE) else ""
    if row.state == State.HANDLING:
        current = hash_of(row)
        has = any(each.person_id == actor.person_id and each.text_sha256 == current for each in row.approvals.all())
        return "" if has or not actor.can(Permission.DECISION_HANDLE) else _("Read and approve the text")
    if row.state == State.READY:
        if not actor.can(Permission.DECISION_DECIDE):
            return ""
        bodies = bodies_of(actor.roles, in_unit=is_unit(row))
        answers = (may_decide(row.type_code, body, timezone.localdate()) for body in bodies)
        return _("Decide") if any(answer.allowed for answer in answers) else ""
    deciders = [person for person in persons if person.part == Part.DECIDER]
    if is_body(row.decider_body) and len(deciders) < MEMBERS_NEEDED:
        can = actor.can(Permission.DECISION_DECIDE) and Part.DECIDER not in mine
        return _("Confirm that you took part in deciding") if can and BODIES[row.decider_body] & actor.roles else ""
    if not is_level_chosen(row):
        may = actor.can(Permission.DECISION_PREPARE) or actor.can(Permission.NOTICE_ASSESS)
        return _("Choose the level of protection") if may else ""
    open_names = [person for person in persons if row.protection_level and not hasattr(person, "assessment")]
    if open_names:
        others = [person for person in open_names if person.person_id != actor.person_id]
        return _("Assess names in the notice") if others and actor.can(Permission.NOTICE_ASSESS) else ""
    may = actor.can(Permission.DECISION_PREPARE) or Part.DECIDER in mine
    return _("Seal and issue the decision") if may else ""


def _limits(actor: Actor, now: dt.datetime) -> list[Todo]:
    see_to_it = (Permission.DECISION_PREPARE, Permission.DECISION_DECIDE, Permission.DEADLINE_MARK)
    if not any(actor.can(permission) for permission in see_to_it):
        return []
    ahead = timezone.localdate(now) + TODO_AHEAD
    found = []
    for each in open_limits(actor, now):
        if not each.limit.is_ours or each.limit.raw > ahead:
            continue
        clock = each.limit.clock
        found.append(
            Todo(
                what=clock.title_sv if (get_language() or "sv").startswith("sv") else clock.title_en,
                reference=each.reference,
                url=reverse("decision", args=[each.decision.pk])
                if each.decision
                else reverse("limit_case", args=[each.case.pk]),
                action_label=_("Show"),
                due_at=each.limit.at,
                why=clock,
                tone="danger" if each.needs else "neutral",
            )
        )
    return found


def _reports_waiting(actor: Actor) -> list[Todo]:
    """What a substitute decided, and the committee has not been told at its meeting."""
    if not (actor.can(Permission.DECISION_PREPARE) or actor.can(Permission.DECISION_DECIDE)):
        return []
    rows = decisions(actor).filter(
        must_report=True, reported_on=None, state__in=[State.DECIDED.value, State.ISSUED.value]
    )
    return [
        Todo(
            _("Report the decision at the committee's next meeting"),
            row.reference,
            reverse("decision_report", args=[row.pk]),
            _("Note the day"),
            why=kind_of(row),
        )
        for row in rows.order_by("decided_on")
    ]


def _openings_waiting(actor: Actor, now: dt.datetime) -> list[Todo]:
    found = []
    if actor.can(Permission.SEAL_OPEN):
        rows = openings(actor).filter(closed_at=None, opened_at=None, expires_at__gt=now)
        rows = rows.exclude(approvals__custodian_id=actor.person_id).exclude(requested_by_id=actor.person_id)
        for row in rows.annotate(given=Count("approvals")).filter(given__lt=THRESHOLD):
            found.append((row, _("Decide whether you give your share")))
    if actor.can(Permission.SEAL_REQUEST):
        rows = openings(actor).filter(closed_at=None, opened_at=None, expires_at__gt=now)
        for row in rows.filter(requested_by_id=actor.person_id).annotate(given=Count("approvals")):
            if row.given >= THRESHOLD:
                found.append((row, _("Open and read the original")))
    return [
        Todo(what, row.reference, reverse("opening", args=[row.pk]), _("Show"), due_at=row.expires_at)
        for row, what in found
    ]


def published(public_id: str) -> PublishedProof | None:
    """What was published under an id as a person typed it; None when there is nothing."""
    wanted = normal_public_id(public_id)
    return PublishedProof.objects.filter(public_id=wanted).first() if wanted else None


def published_file(sha256: str) -> PublishedProof | None:
    """What was published for a file with this SHA-256."""
    return PublishedProof.objects.filter(notice_sha256=sha256).first()


def publication(row: PublishedProof) -> Publication:
    """What everyone may know of a decision, with its receipt as the log stands now.

    Reads one event's place and the log's key as the system of the organisation; both are public in the log itself.
    """
    actor = system(row.organisation_id)
    with acting(actor):
        organisation = Organisation.objects.get(pk=row.organisation_id)
        log = ledger.log(actor)
        event = Event.objects.filter(pk=row.event_id, organisation_id=row.organisation_id).first()
        receipt = ledger.receipt(actor, event) if event else None
        policy = ledger.policy(actor)
    return Publication(
        public_id=row.public_id,
        organisation=organisation.name,
        title_sv=row.title_sv,
        title_en=row.title_en,
        decided_on=row.decided_on,
        notice_sha256=row.notice_sha256,
        commitment=row.commitment,
        certificate_sha256=row.certificate_sha256,
        status=row.status,
        event=bytes(row.event),
        salt=bytes(row.salt),
        log_key=log.verifier_key if log else "",
        receipt=receipt or "",
        policy=policy,
    )


def verify_file(
    data: bytes, *, public_id: str = "", now: dt.datetime | None = None, largest: int | None = None
) -> FileVerification:
    """Verify a file in memory against what was published: under the id, or for exactly these bytes."""
    row = published(public_id) if public_id else published_file(hashlib.sha256(data).hexdigest())
    if row is None and not public_id and (largest is None or len(data) <= largest):  # issued, and archived since
        row = next(filter(None, map(published_file, revisions(data))), None)
    return _verify_file(
        data, publication(row) if row else None, now=now or timezone.now(), largest=largest, roots=eseal_roots()
    )


def decision_or_none(actor: Actor, decision_id: uuid.UUID) -> Decision | None:
    """One decision of the actor's organisation."""
    return decisions(actor).filter(pk=decision_id).first()
