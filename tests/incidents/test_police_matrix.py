"""Who may tell the police, note what they answer, and assess a threat: each step for each role, here and elsewhere."""

from __future__ import annotations

import pytest
from django.utils import timezone

from factories import colleague, office, organisation
from motkraft.incidents import actions
from motkraft.incidents.actions import police_news
from motkraft.incidents.actions.police import disclosure_rules, fetch_police_data
from motkraft.incidents.actions.threat import assess, confirm_threat
from motkraft.incidents.rules import Report, suggested_offences
from motkraft.incidents.rules.threat import Subject, SubjectKind
from motkraft.ledger.models import Event
from motkraft.people.access import NotAllowed, Role, acting

pytestmark = pytest.mark.django_db
ALLOWED = {Role.MANAGER, Role.SECURITY_COORDINATOR}


class Scene:
    """A reported incident that the police was told of, another that it was not, and an office under severe threat."""

    def __init__(self) -> None:
        self.org = organisation()
        worker = colleague(self.org, Role.SOCIAL_WORKER).actor
        self.first = colleague(self.org, Role.MANAGER).actor
        self.office = Subject(SubjectKind.OFFICE, office(self.org).pk)
        with acting(worker):
            self.told = actions.report_incident(worker, Report(kind="threat"))
            self.untold = actions.report_incident(worker, Report(kind="threat"))
        now = timezone.now()
        with acting(self.first):
            self.report = actions.file_police_report(
                self.first,
                self.told.pk,
                offences=[suggested_offences("threat", now, now)[0].id],
                basis_rules=[disclosure_rules(now)[0].id],
            )
            self.severe = assess(self.first, self.office, level="severe", grounds="x")


DOINGS = {
    "number": lambda actor, s: actions.add_case_number(actor, s.report.pk, "5000-K1-26"),
    "data": lambda actor, s: fetch_police_data(actor, s.report.pk),
    "contact": lambda actor, s: police_news.add_contact(actor, s.report.pk, how="phone", note="x"),
    "decision": lambda actor, s: police_news.add_decision(
        actor, s.report.pk, state="opened", decided_on=timezone.localdate()
    ),
    "withhold": lambda actor, s: police_news.withhold(actor, s.untold.pk, reason_key="other", reason="x"),
    "assess": lambda actor, s: assess(actor, s.office, level="low", grounds="x"),
    "confirm": lambda actor, s: confirm_threat(actor, s.severe.pk),
}


def test_no_role_but_those_that_manage_does_any_of_it_and_none_from_elsewhere():
    scene, elsewhere = Scene(), organisation()
    strangers = [colleague(scene.org, role).actor for role in sorted(set(Role) - ALLOWED)]
    strangers += [colleague(elsewhere, role).actor for role in Role]
    with acting(scene.first):
        before = Event.objects.count()
    for actor in strangers:
        for name, do in DOINGS.items():
            with acting(actor), pytest.raises(NotAllowed):
                do(actor, scene)
                pytest.fail(f"{sorted(actor.roles)} did {name}")
    with acting(scene.first):
        assert Event.objects.count() == before


@pytest.mark.parametrize("role", sorted(ALLOWED))
def test_those_that_manage_do_all_of_it(role):
    scene = Scene()
    actor = colleague(scene.org, role).actor
    for name in ("number", "data", "contact", "decision", "withhold", "confirm", "assess"):
        with acting(actor):
            DOINGS[name](actor, scene)
