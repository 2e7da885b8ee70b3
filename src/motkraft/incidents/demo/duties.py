"""The demo's paused duty, receipts of the safety representative, reminders, and an address for mail."""

from __future__ import annotations

import datetime as dt

from motkraft.incidents import queries
from motkraft.incidents.actions import pauses, reminders, told
from motkraft.incidents.demo.world import World, at
from motkraft.incidents.models import Duty, DutyReceipt
from motkraft.incidents.rules import DutyState
from motkraft.people import contacts
from motkraft.people.access import Actor, acting, system


def load(world: World) -> None:
    """Add to what the thread has made."""
    manager, representative = world.actor("0114.manager"), world.actor("0114.safety_representative")
    with acting(representative):
        waiting = DutyReceipt.objects.filter(
            organisation_id=representative.organisation_id, representative_id=representative.person_id
        ).order_by("told_at")
        confirmed = list(waiting.select_related("duty__incident"))[:-1]
    for row in confirmed:
        with at(_after(manager, row.duty, row.told_at + dt.timedelta(hours=3))), acting(representative):
            told.receipt(representative, row.duty_id)
    with acting(manager):
        talk = Duty.objects.filter(
            organisation_id=manager.organisation_id,
            rule_id="follow_up_talk",
            state=DutyState.OPEN,
            due_at__gt=world.now,
        ).first()
    if talk is not None:
        with at(_after(manager, talk, world.now - dt.timedelta(hours=20))), acting(manager):
            pauses.pause_duty(manager, talk.pk, reason="Ledig till nästa vecka. Vill prata igen då.")
    with acting(manager):
        contacts.set_work_mail(manager, "enhetschef@exempel.invalid")
    with acting(system(manager.organisation_id)):
        reminders.mark_breaches(system(manager.organisation_id), world.now)
        reminders.remind(system(manager.organisation_id), world.now)


def _after(manager: Actor, duty: Duty, moment: dt.datetime) -> dt.datetime:
    """The moment, or when something last happened with the incident, if that was later."""
    with acting(manager):
        return max(moment, queries.events(manager, duty.incident)[-1].at)
