"""Permits for guards: the need, the application to the police, the decision, and the renewal in time."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from motkraft.incidents.actions.issuer import bases, issuer
from motkraft.incidents.actions.loading import lock_numbers, next_number
from motkraft.incidents.actions.papers import LANGUAGE, keep_paper, paper_kind
from motkraft.incidents.models import Paper
from motkraft.incidents.models.office import GuardPermit
from motkraft.incidents.rules import NotReady, WrongState
from motkraft.incidents.rules.guards import (
    APPLICATION,
    PERMIT,
    RENEWAL,
    Required,
    check_validity,
    guard_rule,
    missing,
    next_permit_state,
    permit_reference,
    renewed_in_time,
    required,
)
from motkraft.incidents.rules.states import PermitState
from motkraft.law.calendar import local_day
from motkraft.ledger.actions import append
from motkraft.people import queries as people
from motkraft.people.access import Actor, NotAllowed, Permission
from motkraft.web.dates import day as day_words

APPLICATION_PAPER = "guard_application"
SUBJECT = "guardpermit"
TEXTS = ("need", "place", "extent", "suitability", "police_lead", "other")


def _may_read(actor: Actor, paper: Paper) -> bool:
    return paper.subject_kind == SUBJECT and actor.can(Permission.OFFICE_READ)


paper_kind(APPLICATION_PAPER, "ansokan-ordningsvakt", _may_read)


@transaction.atomic
def note_need(actor: Actor, office_id: uuid.UUID, **texts: str) -> GuardPermit:
    """Note that an office needs guards, and why. Raises NotReady."""
    actor.require(Permission.OFFICE_MANAGE)
    if not people.offices(actor).filter(pk=office_id).exists():
        raise NotAllowed("There is no such office for you.")
    _check_texts(texts)
    return _open(actor, office_id, texts, None)


@transaction.atomic
def change_need(actor: Actor, permit_id: uuid.UUID, **texts: str) -> GuardPermit:
    """Change what an application says, before it is sent. What was made as PDF must be made again."""
    actor.require(Permission.OFFICE_MANAGE, Permission.GUARD_APPLY)
    permit = _load(actor, permit_id)
    if permit.state != PermitState.NEED:
        raise WrongState("The application has been sent and stays as it was.", state=permit.state, wanted="need")
    _check_texts(texts)
    for name in TEXTS:
        setattr(permit, name, texts.get(name, "").strip())
    permit.paper = None
    permit.save(update_fields=[*TEXTS, "paper"])
    append(actor, "guard.need_changed", permit, data={"reference": permit.reference})
    return permit


@transaction.atomic
def make_application(actor: Actor, permit_id: uuid.UUID, *, organisation_number: str, postal_address: str) -> Paper:
    """Make the application to the police as PDF. Raises NotReady while anything that it must hold is missing."""
    actor.require(Permission.GUARD_APPLY)
    permit = _load(actor, permit_id)
    if permit.state != PermitState.NEED:
        raise WrongState("The application has been sent and stays as it was.", state=permit.state, wanted="need")
    if not organisation_number.strip():
        raise NotReady("Write the organisation number.", field="organisation_number")
    if not postal_address.strip():
        raise NotReady("Write the postal address.", field="postal_address")
    now = timezone.now()
    today = local_day(now)
    organisation = people.organisation(actor)
    applicant = f"{organisation.name}, {organisation_number.strip()}, {postal_address.strip()}"
    content = {**{name: getattr(permit, name) for name in TEXTS}, "applicant": applicant}
    lacking = missing(content, today)
    if lacking:
        raise NotReady("Something that the application must hold is missing. Write it first.", field=lacking[0].column)
    with translation.override(LANGUAGE):
        data = {
            "organisation": {**issuer(organisation), "address": postal_address.strip()},
            "reference": permit.reference,
            "issued_at": now,
            "title": _("Application for a longer permit for guards")
            if permit.previous_id
            else _("Application for a permit for guards"),
            "addressee": "Polismyndigheten",
            "sections": _sections(permit, content, required(today)),
            "signatures": [_("For the applicant")],
        }
    permit.paper = keep_paper(actor, data, kind=APPLICATION_PAPER, subject_kind=SUBJECT, subject_id=permit.pk)
    permit.save(update_fields=["paper"])
    return permit.paper


@transaction.atomic
def applied(actor: Actor, permit_id: uuid.UUID, *, applied_on: dt.date) -> GuardPermit:
    """Note the day the application came in to the police. A renewal in time keeps the permit before it running."""
    actor.require(Permission.GUARD_APPLY)
    permit = _load(actor, permit_id)
    next_permit_state(permit.state, PermitState.APPLIED)
    if permit.paper_id is None:
        raise NotReady("Make the application first.", field="applied_on")
    if applied_on > local_day(timezone.now()):
        raise NotReady("It cannot have come in on a day to come.", field="applied_on")
    permit.state, permit.applied_on = PermitState.APPLIED.value, applied_on
    permit.save(update_fields=["state", "applied_on"])
    kind = "guard.renewal_applied" if permit.previous_id else "guard.applied"
    append(actor, kind, permit, data={"reference": permit.reference, "on": applied_on.isoformat()})
    if permit.previous_id:
        before = _load(actor, permit.previous_id)
        if before.valid_to and before.state == PermitState.GRANTED and renewed_in_time(applied_on, before.valid_to):
            _move(before, PermitState.RENEWING)
    return permit


@transaction.atomic
def decide(
    actor: Actor,
    permit_id: uuid.UUID,
    *,
    granted: bool,
    decided_on: dt.date,
    valid_from: dt.date | None = None,
    valid_to: dt.date | None = None,
    conditions: str = "",
    police_number: str = "",
) -> GuardPermit:
    """Note what the police decided: a permit with its days and conditions, or none. Raises NotReady."""
    actor.require(Permission.GUARD_APPLY)
    permit = _load(actor, permit_id)
    wanted = PermitState.GRANTED if granted else PermitState.REFUSED
    next_permit_state(permit.state, wanted)
    if decided_on > local_day(timezone.now()):
        raise NotReady("It cannot have been decided on a day to come.", field="decided_on")
    if permit.applied_on and decided_on < permit.applied_on:
        raise NotReady("The decision cannot come before the application.", field="decided_on")
    if granted:
        check_validity(valid_from, valid_to)
        permit.valid_from, permit.valid_to, permit.conditions = valid_from, valid_to, conditions.strip()
    permit.state, permit.decided_on, permit.police_number = wanted.value, decided_on, police_number.strip() or None
    permit.save()
    append(actor, "guard.decided", permit, data={"state": wanted.value, "reference": permit.reference})
    if permit.previous_id:
        before = _load(actor, permit.previous_id)
        if before.state == PermitState.RENEWING:
            _move(before, PermitState.EXPIRED)
    return permit


@transaction.atomic
def renew(actor: Actor, permit_id: uuid.UUID) -> GuardPermit:
    """Begin the renewal of a permit, with the texts of the one before. Beginning twice gives the same renewal."""
    actor.require(Permission.GUARD_APPLY)
    permit = _load(actor, permit_id)
    there = permit.renewals.exclude(state=PermitState.REFUSED).first()
    if there is not None:
        return there  # type: ignore[no-any-return]
    if permit.state != PermitState.GRANTED:
        raise WrongState("Only a permit in force can be renewed.", state=permit.state, wanted="renew")
    return _open(actor, permit.office_id, {name: getattr(permit, name) or "" for name in TEXTS}, permit)


def _sections(
    permit: GuardPermit, content: dict[str, str | None], needed: tuple[Required, ...]
) -> list[dict[str, object]]:
    """Each thing the application must hold under the words of the law data, then the permit before, then the rules."""
    sections: list[dict[str, object]] = [
        {"heading": one.words_sv, "text": (content[one.column] or "").strip()} for one in needed
    ]
    before = permit.previous
    if before is not None and before.valid_to:
        rows = [
            {"label": _("Reference"), "value": before.police_number or before.reference},
            {"label": _("Valid to"), "value": day_words(before.valid_to)},
        ]
        sections.append({"heading": _("The permit that is to be longer"), "rows": rows})
    today = local_day(timezone.now())
    ids = (APPLICATION, PERMIT, RENEWAL) if before else (APPLICATION, PERMIT)
    return [*sections, {"heading": _("Legal basis"), "bases": bases(*(guard_rule(one, today) for one in ids))}]


def _open(actor: Actor, office_id: uuid.UUID, texts: dict[str, str], previous: GuardPermit | None) -> GuardPermit:
    lock_numbers(actor, "guardpermit")
    now = timezone.now()
    year = local_day(now).year
    mine = GuardPermit.objects.filter(organisation_id=actor.organisation_id)
    permit = GuardPermit(
        organisation_id=actor.organisation_id,
        office_id=office_id,
        reference=permit_reference(year, next_number(mine, f"OV-{year}-")),
        opened_at=now,
        opened_by_id=actor.person_id,
        previous=previous,
        **{name: texts.get(name, "").strip() for name in TEXTS},
    )
    permit.save(force_insert=True)
    append(actor, "guard.need_noted", permit, data={"reference": permit.reference, "office": str(office_id)})
    return permit


def _check_texts(texts: dict[str, str]) -> None:
    if not texts.get("need", "").strip():
        raise NotReady("Write why guards are needed.", field="need")
    if not texts.get("place", "").strip():
        raise NotReady("Write where the guards are to be.", field="place")


def _move(permit: GuardPermit, state: PermitState) -> None:
    permit.state = next_permit_state(permit.state, state).value
    permit.save(update_fields=["state"])


def _load(actor: Actor, permit_id: uuid.UUID) -> GuardPermit:
    found = (
        GuardPermit.objects.select_for_update(of=("self",))
        .filter(organisation_id=actor.organisation_id, pk=permit_id)
        .first()
    )
    if found is None:
        raise NotAllowed("There is no such permit for you.")
    return found
