"""Whoever applies for guards is reminded of a renewal, before its last day and after; a mail tells nothing of it."""

from __future__ import annotations

import datetime as dt
import logging
import uuid
from dataclasses import dataclass

from django.conf import settings
from django.db import transaction

from motkraft.incidents.actions.reminders import mail_that_something_waits
from motkraft.incidents.models.office import GuardPermit
from motkraft.incidents.queries.offices import REMINDED, to_renew
from motkraft.incidents.queries.plans import end_of
from motkraft.incidents.rules.guards import permit_moments, renew_by
from motkraft.incidents.rules.reminders import next_reminder
from motkraft.law.calendar import local_day
from motkraft.ledger import queries as ledger
from motkraft.ledger.actions import append
from motkraft.people import queries as people
from motkraft.people.access import ACCESS, Actor, Permission
from motkraft.people.contacts import address_of
from motkraft.people.models import Person

log = logging.getLogger("motkraft.incidents.mail")


@dataclass(frozen=True)
class PermitMail:
    """A mail to one person about one permit; ``mail_id`` is the same when it is tried again."""

    permit_id: uuid.UUID
    person_id: uuid.UUID
    mail_id: uuid.UUID


@transaction.atomic
def remind_of_permits(actor: Actor, now: dt.datetime) -> list[PermitMail]:
    """Write down, once a moment, that a permit is to be renewed, and say whom to mail of it: who may apply.

    What stands in the ledger has been reminded of; in the product the permit stands among what is to be done anyway.
    """
    waiting: list[PermitMail] = []
    rows = to_renew(actor, local_day(now)).select_for_update(skip_locked=True, of=("self",))
    for permit in rows:
        assert permit.valid_to is not None, "a permit in force has a last day"
        come = permit_moments(permit.decided_on or permit.valid_from or permit.valid_to, permit.valid_to)
        moment = next_reminder(come, _reminded(actor, permit), now)
        if moment is None:
            continue
        what = {"reference": permit.reference, "moment": moment.kind.value, "at": moment.at.isoformat()}
        event = append(actor, REMINDED, permit, data=what)
        if settings.MOTKRAFT_SENDS_MAIL:
            waiting += [
                PermitMail(permit.pk, person.pk, uuid.uuid5(event.pk, str(person.pk))) for person in _who_applies(actor)
            ]
    return waiting


def mail_permit(actor: Actor, mail: PermitMail, now: dt.datetime) -> bool:
    """Mail one person that something waits. True when the mail server took it; False when there is nothing to mail.

    Raises ConnectionError, with nothing of the mail in it, when the server did not take it: try again.
    """
    permit = to_renew(actor, local_day(now)).filter(pk=mail.permit_id).first()
    person = next((one for one in _who_applies(actor) if one.pk == mail.person_id), None)
    address = address_of(actor, mail.person_id)
    if permit is None or permit.valid_to is None or person is None or address is None:
        return False  # applied for, left or turned off since
    by = end_of(renew_by(permit.valid_to))
    assert by is not None, "a day has an end"
    try:
        mail_that_something_waits(address, by, now, language=person.language or "sv", mail_id=mail.mail_id)
    except Exception as error:
        # The words of a mail server's fault may hold the address: only its kind goes on.
        log.warning("mail of a permit was not taken: %s", type(error).__name__)
        raise ConnectionError("The mail server did not take a mail.") from None
    return True


def _who_applies(actor: Actor) -> list[Person]:
    return people.members(actor, *ACCESS[Permission.GUARD_APPLY])


def _reminded(actor: Actor, permit: GuardPermit) -> list[dt.datetime]:
    told = ledger.events(actor, str(permit._meta.model_name), permit.pk).filter(type=REMINDED)
    return [dt.datetime.fromisoformat(event.data["at"]) for event in told if "at" in event.data]
