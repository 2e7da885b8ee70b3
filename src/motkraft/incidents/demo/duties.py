"""The demo's paused duty, receipts of the safety representative, reminders, and an address for mail."""

from __future__ import annotations

import datetime as dt

from motkraft.incidents.actions import pauses, reminders, told
from motkraft.incidents.demo.world import World, at
from motkraft.incidents.models import Duty, DutyReceipt
from motkraft.incidents.rules import DutyState
from motkraft.people import contacts
from motkraft.people.access import acting, system


def load(world: World) -> None:
    """Add to what the thread has made."""
    manager, representative = world.actor("0114.manager"), world.actor("0114.safety_representative")
    with acting(representative):
        waiting = DutyReceipt.objects.filter(
            organisation_id=representative.organisation_id, representative_id=representative.person_id
        ).order_by("told_at")
        confirmed = [(row.duty_id, row.told_at) for row in waiting][:-1]
    for duty_id, told_at in confirmed:
        with at(told_at + dt.timedelta(hours=3)), acting(representative):
            told.receipt(representative, duty_id)
    with at(world.now - dt.timedelta(hours=20)), acting(manager):
        talk = Duty.objects.filter(
            organisation_id=manager.organisation_id,
            rule_id="follow_up_talk",
            state=DutyState.OPEN,
            due_at__gt=world.now,
        ).first()
        if talk is not None:
            pauses.pause_duty(manager, talk.pk, reason="Ledig till nästa vecka. Vill prata igen då.")
        contacts.set_work_mail(manager, "enhetschef@exempel.invalid")
    with acting(system(manager.organisation_id)):
        reminders.mark_breaches(system(manager.organisation_id), world.now)
        reminders.remind(system(manager.organisation_id), world.now)
