"""Late duties marked, somebody reminded, and a mail sent that says nothing but that something waits."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from typing import Any

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import models, transaction
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from motkraft.incidents.models import Duty, Reminder
from motkraft.incidents.queries import answering as duty_queries
from motkraft.incidents.rules import DutyState, Status, duty_rule
from motkraft.incidents.rules.answering import role_that_acts
from motkraft.incidents.rules.reminders import MOST_TRIES, Moment, moments, next_reminder
from motkraft.incidents.rules.states import MailState
from motkraft.ledger.actions import append
from motkraft.people.access import Actor, NotAllowed
from motkraft.people.contacts import address_of
from motkraft.web.dates import clock, day

#: Reminders older than this are not mailed any more, such as those from before a mail server was set.
MAIL_WITHIN = dt.timedelta(days=7)
log = logging.getLogger("motkraft.incidents.mail")


@transaction.atomic
def mark_breaches(actor: Actor, now: dt.datetime) -> int:
    """Write down, once each, the duties whose time has passed undone. The number of new ones."""
    late = (
        duty_queries.running(actor)
        .filter(due_at__lt=now, breached_at__isnull=True)
        .select_for_update(skip_locked=True, of=("self",))
    )
    count = 0
    for duty in late:
        duty.breached_at = duty.due_at
        duty.save(update_fields=["breached_at"])
        append(actor, "duty.breached", duty.incident, data={"duty": duty.rule_id, "due_at": duty.due_at.isoformat()})
        count += 1
    return count


@transaction.atomic
def remind(actor: Actor, now: dt.datetime) -> list[Reminder]:
    """Remind whoever answers for each duty whose moment has come: one reminder a person and moment."""
    made: list[Reminder] = []
    by_role: dict[str, set[uuid.UUID]] = {}
    for holder in duty_queries.holders(actor):
        by_role.setdefault(holder.role, set()).add(holder.person_id)
    here = {person for people in by_role.values() for person in people}
    waiting = duty_queries.running(actor).select_for_update(skip_locked=True, of=("self",))
    for duty in waiting.prefetch_related("reminders"):
        moment = _moment(duty, now)
        if moment is None:
            continue
        named = {duty.person_id} & here  # somebody who has left is nobody to remind
        for person_id in sorted(named or by_role.get(role_that_acts(duty.responsible), set())):
            made.append(
                Reminder(
                    organisation_id=actor.organisation_id,
                    duty=duty,
                    person_id=person_id,
                    moment=moment.kind.value,
                    at=moment.at,
                )
            )
            append(actor, "duty.reminded", duty.incident, data={"duty": duty.rule_id, "moment": moment.kind.value})
    return Reminder.objects.bulk_create(made, ignore_conflicts=True)


def _moment(duty: Duty, now: dt.datetime) -> Moment | None:
    reported = duty.incident.reported_at or now
    rule = duty_rule(duty.rule_id, reported)
    return next_reminder(moments(duty.due_at, rule, reported), (row.at for row in duty.reminders.all()), now)


def waiting_mail(actor: Actor, now: dt.datetime, kind: type[models.Model] = Reminder) -> list[uuid.UUID]:
    """The reminders that a mail shall go out for: not sent, not tried too often, not seen, not from long ago.

    ``kind``: the table of reminders, of duties or of another room; all have the same columns for their mail.
    """
    if not settings.MOTKRAFT_SENDS_MAIL:
        return []
    rows = kind._default_manager.filter(
        organisation_id=actor.organisation_id,
        mail_state=MailState.NONE,
        tries__lt=MOST_TRIES,
        seen_at__isnull=True,
        at__gte=now - MAIL_WITHIN,
    )
    return list(rows.order_by("at").values_list("pk", flat=True)[:500])


@transaction.atomic
def send_reminder(actor: Actor, reminder_id: uuid.UUID, now: dt.datetime) -> bool:
    """Mail one reminder to the address its person has left, if any. True when the mail server took it.

    The row is locked meanwhile, so that no other worker sends it too.
    """
    reminder = (
        Reminder.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(pk=reminder_id, organisation_id=actor.organisation_id, mail_state=MailState.NONE)
        .select_related("duty__incident", "person")
        .first()
    )
    if reminder is None:
        return False
    duty = reminder.duty
    is_open = duty.state == DutyState.OPEN and not duty.paused_at and duty.incident.status != Status.CLOSED
    return mail_reminder(reminder, address_of(actor, reminder.person_id) if is_open else None, duty.due_at, now)


def mail_reminder(reminder: Any, address: str | None, due_at: dt.datetime, now: dt.datetime) -> bool:
    """Mail a locked reminder, of any room, and write down how it went; without an address no mail ever goes out.

    A failure is counted; after ``MOST_TRIES`` it is shown in the product instead.
    """
    if address is None:
        reminder.tries = MOST_TRIES
        reminder.save(update_fields=["tries"])
        return False
    reminder.tries += 1
    try:
        language = reminder.person.language or "sv"
        mail_that_something_waits(address, due_at, now, language=language, mail_id=reminder.pk)
    except Exception as error:
        # Whatever a mail server does, the reminder stands in the product. The kind of fault only: its words may hold
        # the address.
        log.warning("mail of reminder %s was not taken: %s", reminder.pk, type(error).__name__)
        if reminder.tries >= MOST_TRIES:
            reminder.mail_state = MailState.FAILED
        reminder.save(update_fields=["mail_state", "tries"])
        return False
    reminder.mail_state, reminder.mailed_at = MailState.SENT, now
    reminder.save(update_fields=["mail_state", "mailed_at", "tries"])
    return True


def mail_that_something_waits(
    address: str, due_at: dt.datetime, now: dt.datetime, *, language: str, mail_id: uuid.UUID
) -> None:
    """Send a mail: plain text, no reference, no kind, no name; the same words for whatever waits.

    ``mail_id`` makes the mail's own id, the same when it is tried again. Raises whatever the mail server does.
    """
    with translation.override(language):
        body = render_to_string(
            "incidents/mail/reminder.txt",
            {
                "is_late": due_at < now,
                "due": f"{day(due_at, weekday=True)}, {clock(due_at)}",
                "url": f"{settings.MOTKRAFT_PUBLIC_URL}/",
            },
        )
        subject = _("Something waits for you in Motkraft")
    host = settings.MOTKRAFT_MAIL_FROM.rpartition("@")[2] or "localhost"
    EmailMessage(
        subject,
        body,
        settings.MOTKRAFT_MAIL_FROM,
        [address],
        headers={"Message-ID": f"<{mail_id}@{host}>", "Auto-Submitted": "auto-generated"},
        connection=get_connection(fail_silently=False),
    ).send()


@transaction.atomic
def see_reminders(actor: Actor) -> int:
    """Say that the actor has seen their reminders: no mail goes out for them any more. The number of new ones."""
    if actor.person_id is None:
        raise NotAllowed("Only a person has reminders.")
    return Reminder.objects.filter(
        organisation_id=actor.organisation_id, person_id=actor.person_id, seen_at__isnull=True
    ).update(seen_at=timezone.now())
