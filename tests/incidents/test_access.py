"""Who may do what with an incident: every transition for every role, and every table behind its wall."""

from __future__ import annotations

import pytest
from django.apps import apps
from django.db import connection

from factories import colleague, organisation
from motkraft.incidents import actions, queries
from motkraft.incidents.actions.police import disclosure_rules
from motkraft.incidents.rules import Report, suggested_offences
from motkraft.people.access import NotAllowed, Role, acting
from motkraft.people.models import TenantModel

pytestmark = pytest.mark.django_db
MANAGE = {Role.MANAGER, Role.SECURITY_COORDINATOR}


class Scene:
    """A reported incident in a case with evidence, and what can be done with it."""

    def __init__(self) -> None:
        self.org = organisation()
        self.worker = colleague(self.org, Role.SOCIAL_WORKER).actor
        with acting(self.worker):
            self.case = actions.open_case(self.worker, "Ä-2026-0001")
            self.incident = actions.report_incident(
                self.worker,
                Report(kind="threat", case_id=self.case.pk),
                evidence=[actions.HandedIn(b"sms", "sms.txt")],
            )
            self.duty = queries.duties(self.worker, self.incident)[0]
            (self.evidence,) = queries.evidence(self.worker, self.incident)


def _file(actor, scene):
    offences = suggested_offences("threat", scene.incident.deed_at, scene.incident.deed_at)
    basis = disclosure_rules(scene.incident.deed_at)
    actions.file_police_report(actor, scene.incident.pk, offences=[offences[0].id], basis_rules=[basis[0].id])


DOINGS = {
    "take": (MANAGE, lambda actor, s: actions.take_incident(actor, s.incident.pk)),
    "meet": (MANAGE, lambda actor, s: actions.meet_duty(actor, s.duty.pk)),
    "set aside": (MANAGE, lambda actor, s: actions.set_aside_duty(actor, s.duty.pk, reason="x")),
    "close": (MANAGE, lambda actor, s: actions.close_incident(actor, s.incident.pk, reason="x")),
    "police": (MANAGE, _file),
    "assess": (MANAGE, lambda actor, s: actions.assess_threat(actor, s.case.pk, level="high", grounds="x")),
    "link": (MANAGE, lambda actor, s: actions.link_case(actor, s.incident.pk, None)),
    "fetch": (MANAGE, lambda actor, s: actions.fetch_original(actor, s.evidence.pk, purpose="x")),
    "share": (MANAGE, lambda actor, s: actions.make_share_copy(actor, s.evidence.pk)),
    "add": (MANAGE, lambda actor, s: actions.add_evidence(actor, s.incident.pk, actions.HandedIn(b"b", "b.txt"))),
}


@pytest.mark.parametrize("doing", DOINGS)
def test_each_step_is_open_to_its_roles_and_closed_to_all_others(doing):
    scene = Scene()
    allowed, do = DOINGS[doing]
    for role in sorted(set(Role) - allowed):
        actor = colleague(scene.org, role).actor
        with acting(actor), pytest.raises(NotAllowed):
            do(actor, scene)
    for role in sorted(allowed):
        fresh = Scene()
        actor = colleague(fresh.org, role).actor
        with acting(actor):
            do(actor, fresh)


@pytest.mark.parametrize("doing", DOINGS)
def test_nothing_can_be_done_from_another_organisation(doing):
    scene = Scene()
    stranger = colleague(organisation(), *MANAGE).actor
    with acting(stranger), pytest.raises(NotAllowed):
        DOINGS[doing][1](stranger, scene)


def test_every_table_of_incidents_has_row_level_security():
    tables = [
        model._meta.db_table
        for model in apps.get_app_config("incidents").get_models()
        if issubclass(model, TenantModel)
    ]
    with connection.cursor() as cursor:
        cursor.execute("SELECT relname FROM pg_class WHERE relrowsecurity AND relname = ANY(%s)", [tables])
        assert {name for (name,) in cursor.fetchall()} == set(tables)
