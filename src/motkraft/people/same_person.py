"""Who is the same natural person, and who is experienced: marks on accounts, and the one answer that checks read.

Wherever two persons are needed (handlers, whoever decides, custodians, those who erase), ask ``humans``: two accounts
that it gives the same answer for are one person.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from motkraft.people.access import Actor, Permission, Role, at_the_door, happened
from motkraft.people.actions import PeopleError
from motkraft.people.models import DetailKind, Experience, Membership, Person, ProtectedDetail, SamePerson
from motkraft.people.rules import is_current

#: Claims of a single sign-on in which a personal number comes, by their usual names.
PERSONAL_NUMBER_CLAIMS = (
    "personal_number",
    "personalnumber",
    "personalidentitynumber",
    "urn:oid:1.2.752.29.4.13",
    "https://id.oidc.se/claim/personalidentitynumber",
)
_DIGITS = (10, 12)


def humans(actor: Actor, accounts: Iterable[uuid.UUID | None]) -> dict[uuid.UUID, uuid.UUID]:
    """For each account, one account that stands for its natural person: the same for all accounts of one person.

    Accounts are one person when they are marked so here, or when a personal number, an identity of the single sign-on
    or a passkey is the same in both. Nothing of this is shown; it only answers.
    """
    asked = {account for account in accounts if account is not None}
    if len(asked) < 2:
        return {account: account for account in asked}
    groups = _Groups()
    marks = SamePerson.objects.filter(organisation_id=actor.organisation_id, lifted_at=None)
    for first, second in marks.values_list("first_id", "second_id"):
        groups.join(first, second)
    known = asked | groups.members()
    for same in _coinciding(actor, known):
        for other in same[1:]:
            groups.join(same[0], other)
    return {account: groups.head(account) for account in asked}


def is_same(actor: Actor, one: uuid.UUID | None, others: Iterable[uuid.UUID | None]) -> bool:
    """True when one of the others is the same natural person as ``one``."""
    rest = [other for other in others if other is not None]
    if one is None or not rest:
        return False
    found = humans(actor, [one, *rest])
    return found[one] in {found[other] for other in rest}


class _Groups:
    """Sets of accounts that are one person; a set is known by its lowest id."""

    def __init__(self) -> None:
        self.parent: dict[uuid.UUID, uuid.UUID] = {}

    def head(self, account: uuid.UUID) -> uuid.UUID:
        while account in self.parent:
            account = self.parent[account]
        return account

    def join(self, one: uuid.UUID, other: uuid.UUID) -> None:
        first, second = sorted((self.head(one), self.head(other)))
        if first != second:
            self.parent[second] = first

    def members(self) -> set[uuid.UUID]:
        return {*self.parent, *self.parent.values()}


def _coinciding(actor: Actor, accounts: set[uuid.UUID]) -> list[list[uuid.UUID]]:
    """Accounts in which something that belongs to one person alone is the same."""
    found: dict[tuple[str, str], list[uuid.UUID]] = {}

    def seen(kind: str, value: str, account: uuid.UUID) -> None:
        if value and account not in found.setdefault((kind, value), []):
            found[kind, value].append(account)

    details = ProtectedDetail.objects.filter(
        organisation_id=actor.organisation_id,
        kind=DetailKind.PERSONAL_NUMBER,
        protected_person__person_id__in=accounts,
    ).select_related("protected_person")
    for detail in details:
        seen("personal number", _personal_number(str(detail.value)), detail.protected_person.person_id)
    with at_the_door():
        identities = list(SocialAccount.objects.filter(user_id__in=accounts))
        passkeys = list(Authenticator.objects.filter(user_id__in=accounts, type=Authenticator.Type.WEBAUTHN))
    for identity in identities:
        claims = identity.extra_data if isinstance(identity.extra_data, dict) else {}
        for name, value in claims.items():
            if str(name).lower() in PERSONAL_NUMBER_CLAIMS:
                for one in value if isinstance(value, list) else [value]:
                    seen("personal number", _personal_number(str(one)), identity.user_id)
        seen("identity", f"{identity.provider} {identity.uid}", identity.user_id)
    for passkey in passkeys:
        credential = passkey.wrap().authenticator_data.credential_data
        if credential is not None:
            seen("passkey", bytes(credential.credential_id).hex(), passkey.user_id)
            seen("passkey key", repr(sorted(credential.public_key.items())), passkey.user_id)
    return [same for same in found.values() if len(same) > 1]


def _personal_number(text: str) -> str:
    """The last ten digits of a personal number, however it is written; empty when it is none."""
    digits = "".join(char for char in text if char.isdecimal())
    return digits[-10:] if len(digits) in _DIGITS else ""


@transaction.atomic
def mark_same(actor: Actor, first: Person, second: Person, *, reason: str) -> SamePerson:
    """Say that two accounts are one natural person; both must work in the actor's organisation."""
    actor.require(Permission.PEOPLE_MANAGE)
    here = Membership.objects.filter(organisation_id=actor.organisation_id, person_id__in=[first.pk, second.pk])
    if first.pk == second.pk or len({row.person_id for row in here.select_for_update()}) < 2:
        raise PeopleError("Name another account of somebody who works in your organisation.")
    if not reason.strip():
        raise PeopleError("Say how you know that it is the same person.")
    if is_marked(actor, first.pk, second.pk):
        raise PeopleError("These two accounts are marked already.")
    mark = SamePerson.objects.create(
        organisation_id=actor.organisation_id,
        first=first,
        second=second,
        reason=reason.strip(),
        marked_at=timezone.now(),
        marked_by_id=actor.person_id,
    )
    happened.send(sender=mark_same, actor=actor, type="person.same_marked", subject=mark, data={})
    return mark


def is_marked(actor: Actor, one: uuid.UUID, other: uuid.UUID) -> bool:
    """True when a mark that stands says that the two are one person."""
    return SamePerson.objects.filter(
        Q(first_id=one, second_id=other) | Q(first_id=other, second_id=one),
        organisation_id=actor.organisation_id,
        lifted_at=None,
    ).exists()


@transaction.atomic
def lift_same(actor: Actor, mark: SamePerson, *, reason: str) -> None:
    """Say that the two accounts were two persons after all. Nobody lifts a mark on themselves."""
    actor.require(Permission.PEOPLE_MANAGE)
    mark = SamePerson.objects.select_for_update().get(pk=mark.pk, organisation_id=actor.organisation_id)
    if mark.lifted_at is not None:
        raise PeopleError("This mark has been withdrawn already.")
    if not reason.strip():
        raise PeopleError("Say why the mark was wrong.")
    if is_same(actor, actor.person_id, [mark.first_id, mark.second_id]):
        raise PeopleError("Somebody else lifts a mark that is about you.")
    mark.lifted_at, mark.lifted_by_id, mark.lifted_reason = timezone.now(), actor.person_id, reason.strip()
    mark.save(update_fields=["lifted_at", "lifted_by", "lifted_reason"])
    happened.send(sender=lift_same, actor=actor, type="person.same_lifted", subject=mark, data={})


def marks_of(actor: Actor, person_id: uuid.UUID) -> QuerySet[SamePerson]:
    """The marks about one account, lifted ones too."""
    return SamePerson.objects.filter(
        Q(first_id=person_id) | Q(second_id=person_id), organisation_id=actor.organisation_id
    ).select_related("first", "second", "marked_by", "lifted_by")


@transaction.atomic
def mark_experienced(
    actor: Actor,
    membership: Membership,
    *,
    grounds: str,
    valid_from: dt.date | None = None,
    valid_to: dt.date | None = None,
) -> Experience:
    """Mark somebody as experienced in a role they hold here, on grounds. Nobody marks themselves."""
    actor.require(Permission.PEOPLE_MANAGE)
    if membership.organisation_id != actor.organisation_id:
        raise PeopleError("That role is held in another organisation.")
    if is_same(actor, actor.person_id, [membership.person_id]):
        raise PeopleError("Somebody else marks you as experienced.")
    start = valid_from or timezone.localdate()
    if not grounds.strip() or (valid_to is not None and valid_to < start):
        raise PeopleError("Say on what grounds, and let it end after it begins.")
    mark = Experience.objects.create(
        organisation_id=actor.organisation_id,
        membership=membership,
        grounds=grounds.strip(),
        valid_from=start,
        valid_to=valid_to,
        marked_at=timezone.now(),
        marked_by_id=actor.person_id,
    )
    happened.send(sender=mark_experienced, actor=actor, type="person.experience_marked", subject=mark, data={})
    return mark


@transaction.atomic
def end_experience(actor: Actor, mark: Experience, *, reason: str) -> None:
    """Take back a mark of experience, from today."""
    actor.require(Permission.PEOPLE_MANAGE)
    mark = Experience.objects.select_for_update().get(pk=mark.pk, organisation_id=actor.organisation_id)
    if mark.ended_on is not None:
        raise PeopleError("This mark has been withdrawn already.")
    if not reason.strip():
        raise PeopleError("Say why the mark was wrong.")
    mark.ended_on, mark.ended_reason = timezone.localdate(), reason.strip()
    mark.save(update_fields=["ended_on", "ended_reason"])
    happened.send(sender=end_experience, actor=actor, type="person.experience_ended", subject=mark, data={})


def experienced(actor: Actor, person_ids: Iterable[uuid.UUID], roles: Iterable[Role], day: dt.date) -> set[uuid.UUID]:
    """Which of these persons are marked as experienced on a day in one of these roles that they still hold."""
    marks = Experience.objects.filter(
        organisation_id=actor.organisation_id,
        membership__person_id__in=set(person_ids),
        membership__role__in=[role.value for role in roles],
    ).select_related("membership")
    return {
        mark.membership.person_id
        for mark in marks
        if is_current(mark.valid_from, mark.valid_to, day)
        and is_current(mark.membership.valid_from, mark.membership.valid_to, day)
        and not (mark.ended_on and day >= mark.ended_on)
    }
