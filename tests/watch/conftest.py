"""An organisation with someone to protect, and those who watch for it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from factories import colleague, office, organisation
from motkraft.people.access import Role, acting
from motkraft.people.actions import protect
from motkraft.people.models import DetailKind

PROTECTED = "Ingrid Lindqvist-Demo"


@pytest.fixture
def house():
    """Made-up people; the social worker is protected."""

    class House:
        org = organisation()
        office = office(org)
        worker = colleague(org, Role.SOCIAL_WORKER, office=office)
        communicator = colleague(org, Role.COMMUNICATOR)
        coordinator = colleague(org, Role.SECURITY_COORDINATOR)
        manager = colleague(org, Role.MANAGER, office=office)
        director = colleague(org, Role.DIRECTOR)

    admin = House.coordinator.actor
    with acting(admin):
        House.protected = protect(
            admin, person=House.worker.person, office=House.office, details={DetailKind.NAME: PROTECTED}
        )
    return House
