"""The safety representatives told of an incident, and their receipts."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction
from django.utils import timezone

from motkraft.incidents.models import Duty, DutyReceipt
from motkraft.ledger.actions import append
from motkraft.people import queries as people
from motkraft.people.access import Actor, NotAllowed, Permission, Role


def tell_representatives(actor: Actor, duty: Duty, when: dt.datetime) -> list[DutyReceipt]:
    """Note that each safety representative of today has been told by a duty that asks for a receipt."""
    told = [
        DutyReceipt(
            organisation_id=actor.organisation_id, duty=duty, representative=person, told_at=when, method="product"
        )
        for person in people.members(actor, Role.SAFETY_REPRESENTATIVE)
    ]
    made = DutyReceipt.objects.bulk_create(told, ignore_conflicts=True)
    duty.told_at = when
    duty.save(update_fields=["told_at"])
    append(actor, "duty.told", duty.incident, data={"duty": duty.rule_id, "representatives": len(told)})
    return made


@transaction.atomic
def receipt(actor: Actor, duty_id: uuid.UUID) -> DutyReceipt:
    """Confirm, as a safety representative, that one has been told. Confirming twice is once. Raises NotAllowed."""
    actor.require(Permission.REPRESENTATIVE_ACT)
    found = (
        DutyReceipt.objects.select_for_update(of=("self",))
        .filter(duty_id=duty_id, organisation_id=actor.organisation_id, representative_id=actor.person_id)
        .select_related("duty__incident")
        .first()
    )
    if found is None or actor.person_id is None:
        raise NotAllowed("You have not been told of this here.")
    if found.received_at is not None:
        return found
    found.received_at = timezone.now()
    found.save(update_fields=["received_at"])
    duty = found.duty
    if duty.receipt_at is None:
        duty.receipt_at, duty.receipt_by_id = found.received_at, actor.person_id
        duty.save(update_fields=["receipt_at", "receipt_by"])
    append(actor, "duty.receipted", duty.incident, data={"duty": duty.rule_id})
    return found
