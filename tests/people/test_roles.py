"""Roles begin, end, and leave no organisation without an administrator."""

from __future__ import annotations

import datetime as dt

import pytest
from django.utils import timezone

from factories import colleague, organisation
from motkraft.people import actions, queries
from motkraft.people.access import NotAllowed, Role, acting
from motkraft.people.models import Membership

pytestmark = pytest.mark.django_db


@pytest.fixture
def administrator():
    return colleague(organisation(), Role.ADMINISTRATOR)


def role_of(someone) -> Membership:
    return Membership.objects.get(person=someone.person, organisation_id=someone.actor.organisation_id)


def test_the_last_administrator_stays_until_another_has_the_role(administrator):
    with acting(administrator.actor):
        with pytest.raises(actions.LastAdministrator):
            actions.end_role(administrator.actor, role_of(administrator))
        other = actions.add_person(administrator.actor, username="u-next", name="Nästa Person-Demo")
        actions.give_role(administrator.actor, other, Role.ADMINISTRATOR)
        actions.end_role(administrator.actor, role_of(administrator))
        assert role_of(administrator).valid_to == timezone.localdate()


def test_a_role_cannot_end_before_it_begins(administrator):
    with acting(administrator.actor):
        other = actions.add_person(administrator.actor, username="u-other", name="Annan Person-Demo")
        held = actions.give_role(administrator.actor, other, Role.MANAGER)
        with pytest.raises(actions.PeopleError, match="before it begins"):
            actions.end_role(administrator.actor, held, last_day=held.valid_from - dt.timedelta(days=1))


def test_a_role_counts_on_its_last_day_and_not_the_day_after(administrator):
    with acting(administrator.actor):
        other = actions.add_person(administrator.actor, username="u-third", name="Tredje Person-Demo")
        held = actions.give_role(administrator.actor, other, Role.MANAGER)
        actions.end_role(administrator.actor, held)
        assert queries.roles_of(administrator.actor, other.pk) == {Role.MANAGER}
        yesterday = timezone.localdate() - dt.timedelta(days=1)
        Membership.objects.filter(pk=held.pk).update(valid_from=yesterday, valid_to=yesterday)
        assert queries.roles_of(administrator.actor, other.pk) == frozenset()


def test_only_the_administrator_gives_roles(administrator):
    manager = colleague(organisation(), Role.MANAGER)
    with acting(manager.actor), pytest.raises(NotAllowed):
        actions.give_role(manager.actor, manager.person, Role.ADMINISTRATOR)
