"""One who has no account reads their safety plan on paper, and a yes holds for the paper they signed."""

from __future__ import annotations

import datetime as dt
import io

import pikepdf
import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from factories import colleague, organisation
from motkraft.incidents import actions as incident_actions
from motkraft.incidents.actions import markings, packs, plans_paper
from motkraft.incidents.actions import plans as actions
from motkraft.incidents.models import Incident
from motkraft.incidents.models.plan import SafetyPlan
from motkraft.incidents.queries import packs as pack_queries
from motkraft.incidents.queries import plans as queries
from motkraft.incidents.rules import NotReady, Report, WrongState
from motkraft.incidents.rules.plans import paper_code
from motkraft.incidents.rules.states import PlanState
from motkraft.law.calendar import STOCKHOLM
from motkraft.ledger.models import Event
from motkraft.people.access import NotAllowed, Role, acting
from motkraft.people.models import ProtectedDetail, ProtectedPerson

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=STOCKHOLM)
TODAY = NOON.date()
DAY = dt.timedelta(days=1)
NAME = "Nyanställd Hotad-Demo"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=True) as moving:
        yield moving


@pytest.fixture
def house():
    class House:
        org = organisation()
        worker = colleague(org, Role.SOCIAL_WORKER)
        manager = colleague(org, Role.MANAGER)
        coordinator = colleague(org, Role.SECURITY_COORDINATOR)
        stranger = colleague(organisation(), *Role)

    return House


@pytest.fixture
def plan(house) -> SafetyPlan:
    who = house.coordinator.actor
    with acting(who):
        made = actions.open_plan_for_name(who, NAME, summary="Hotet kom före första dagen. هاتف")
        actions.add_measure(who, made.pk, title="Larm", detail="Bärbart", owner_id=who.person_id, due_on=TODAY + DAY)
    return made


def against(house, plan) -> Incident:
    """An incident that concerns the one the plan is for."""
    with acting(house.worker.actor):
        incident = incident_actions.report_incident(house.worker.actor, Report(kind="threat"))
        Incident.objects.filter(pk=incident.pk).update(protected_person_id=plan.protected_person_id, person=None)
    return incident


def visitor(who) -> Client:
    client = Client()
    with acting(who.actor):
        client.force_login(who.person, backend="motkraft.people.login.Door")
    return client


def printed(house, plan) -> str:
    """Print it, and read the number that stands on the paper."""
    with acting(house.coordinator.actor):
        plans_paper.print_plan(house.coordinator.actor, plan.pk)
        plan.refresh_from_db()
        return paper_code(queries.digest_of(plan))


def answer(house, plan, **given):
    with acting(house.coordinator.actor):
        return plans_paper.note_answer(house.coordinator.actor, plan.pk, **{"is_yes": True, "signed_on": TODAY} | given)


def test_they_come_under_protection_and_the_name_is_kept_encrypted_and_stands_in_no_event(house, plan):
    with acting(house.coordinator.actor):
        protected = ProtectedPerson.objects.get(pk=plan.protected_person_id)
        assert (protected.person_id, plan.person_id) == (None, None)
        assert [row.value for row in ProtectedDetail.objects.filter(protected_person=protected)] == [NAME]
        assert queries.name_of(house.coordinator.actor, plan, purpose="test") == NAME
        with pytest.raises(WrongState):
            actions.open_plan(house.coordinator.actor, None, protected_person_id=protected.pk)
        assert NAME not in str(list(Event.objects.values_list("data", flat=True)))
    for who, refused in ((house.worker, NotAllowed), (house.stranger, NotReady)):
        with acting(who.actor), pytest.raises(refused):
            actions.open_plan(who.actor, None, protected_person_id=protected.pk)


def test_a_yes_on_paper_holds_for_the_plan_that_was_printed(house, plan):
    code = printed(house, plan)
    for wrong in (
        {"code": "00000000"},
        {"code": code, "signed_on": TODAY + DAY},
        {"code": code, "signed_on": TODAY - DAY},
        {"code": code, "is_yes": False, "words": " "},
    ):
        with pytest.raises(NotReady):
            answer(house, plan, **wrong)
    agreed = answer(house, plan, code=code.lower(), words="Bra")
    assert agreed.state == PlanState.AGREED and agreed.agreed_text == "Bra"
    with acting(house.coordinator.actor):
        event = Event.objects.get(type="plan.agreed")
        assert event.data == {"on_paper": True, "signed_on": TODAY.isoformat(), "plan_sha256": agreed.agreed_sha256}
    with pytest.raises(WrongState):
        answer(house, plan, code=code)


def test_a_plan_that_has_changed_is_printed_again(house, plan):
    code = printed(house, plan)
    with acting(house.coordinator.actor):
        assert queries.printed(house.coordinator.actor, plan) is not None
        actions.add_measure(house.coordinator.actor, plan.pk, title="Sällskap")
        plan.refresh_from_db()
        assert queries.printed(house.coordinator.actor, plan) is None
    with pytest.raises(NotReady):
        answer(house, plan, code=code)
    assert answer(house, plan, code=printed(house, plan), is_yes=False, words="Inte larmet").state == PlanState.DRAFT


def test_a_page_from_before_the_yes_does_not_wipe_it_and_a_no_takes_the_paper_back(house, plan):
    code = printed(house, plan)
    answer(house, plan, code=code, is_yes=False, words="Inte larmet")
    with acting(house.coordinator.actor):
        plan.refresh_from_db()
        assert queries.printed(house.coordinator.actor, plan) is None
    agreed = answer(house, plan, code=printed(house, plan))
    with acting(house.coordinator.actor):
        with pytest.raises(WrongState):
            plans_paper.print_plan(house.coordinator.actor, plan.pk)
        plan.refresh_from_db()
        assert (plan.state, plan.agreed_sha256) == (PlanState.AGREED, agreed.agreed_sha256)


def test_somebody_with_an_account_answers_there_and_not_on_paper(house):
    with acting(house.coordinator.actor):
        made = actions.open_plan(house.coordinator.actor, house.worker.person.pk)
        actions.add_measure(house.coordinator.actor, made.pk, title="Larm")
        with pytest.raises(WrongState):
            plans_paper.print_plan(house.coordinator.actor, made.pk)
        actions.show_plan(house.coordinator.actor, made.pk)
    with pytest.raises(WrongState):
        answer(house, made, code="x")


def test_they_can_be_marked_and_get_the_papers_for_their_applications(house, plan):
    incident, who = against(house, plan), house.coordinator.actor
    with acting(who):
        plan.refresh_from_db()
        assert [row.pk for row in pack_queries.incidents(who, plan)] == [incident.pk]
        made = packs.make_pack(who, plan.pk, kind="secrecy_marking", grounds="Hot", incident_ids=[incident.pk])
        assert made.attachments == [incident.reference]
        marking = markings.mark(
            who, plan.pk, provision="staff_personal_circumstances", marked_on=TODAY, authority="X", reason="Hot"
        )
        assert marking.protected_person_id == plan.protected_person_id


def test_it_is_made_page_by_page(house):
    client = visitor(house.manager)
    new = reverse("plan_new")
    assert client.post(new, {}).status_code == 200, "somebody must be named"
    assert client.post(new, {"person": "x", "name": NAME}).status_code == 422, "and in one way only"
    page = client.post(new, {"name": NAME, "summary": "Hot"}, follow=True)
    plan = page.context["plan"]
    assert NAME in page.content.decode()
    measure = {"title": "Larm", "owner": str(house.manager.person.pk), "due_on": (TODAY + DAY).isoformat()}
    client.post(reverse("plan_measure_add", args=[plan.pk]), measure)
    url, noted = (reverse(name, args=[plan.pk]) for name in ("plan", "plan_paper_answer"))
    assert client.get(noted).status_code == 404
    client.post(reverse("plan_show", args=[plan.pk]))
    page = client.get(url)
    assert noted in page.content.decode()
    paper = reverse("paper", args=[page.context["paper"].pk])
    fetched = client.get(paper)
    assert fetched.status_code == 200 and "Nyanst" not in fetched["Content-Disposition"]
    with pikepdf.open(io.BytesIO(b"".join(fetched.streaming_content))) as pdf:
        assert len(pdf.pages) == 1
    assert visitor(house.worker).get(paper).status_code == 404
    assert visitor(house.stranger).get(noted).status_code == 404
    with acting(house.manager.actor):
        code = paper_code(queries.digest_of(SafetyPlan.objects.get(pk=plan.pk)))
    given = {"answer": "yes", "code": code, "signed_on": TODAY.isoformat()}
    assert client.post(noted, given | {"code": "fel"}).status_code == 422
    assert client.post(noted, given).status_code == 302
    assert "Godkänd" in client.get(url).content.decode()
    listed = client.get(reverse("plan_list")).content.decode()
    assert plan.reference in listed and NAME not in listed


def test_a_plan_from_an_incident_is_for_the_protected_person_it_concerns(house, plan):
    with acting(house.coordinator.actor):
        actions.end_plan(house.coordinator.actor, plan.pk)
    incident = against(house, plan)
    client = visitor(house.manager)
    page = client.get(reverse("plan_new"), {"handelse": str(incident.pk)})
    assert page.context["form"].initial == {"protected": str(plan.protected_person_id)}
    assert client.post(reverse("plan_new"), {"protected": str(plan.protected_person_id)}).status_code == 302
    with acting(house.manager.actor):
        there = queries.plans(house.manager.actor).exclude(state=PlanState.ENDED).get()
    assert reverse("plan", args=[there.pk]) in client.get(reverse("incident", args=[incident.pk])).content.decode()


def test_a_plan_on_paper_is_linked_to_the_account_that_its_person_gets_and_they_are_asked_anew(house, plan):
    answer(house, plan, code=printed(house, plan))
    hired = colleague(house.org, Role.SOCIAL_WORKER, name=NAME)
    url, boss = reverse("plan_link", args=[plan.pk]), visitor(house.coordinator)
    assert url in boss.get(reverse("plan", args=[plan.pk])).content.decode()
    for nobody in ("finns-inte", house.stranger.person.username):
        assert "Ingen som arbetar här" in boss.post(url, {"person": nobody, "sure": "on"}).content.decode()
    asked = boss.post(url, {"person": hired.person.username.upper()}).content.decode()
    assert "Är det samma person?" in asked and asked.count(NAME) == 2
    with acting(house.coordinator.actor):
        plan.refresh_from_db()
        assert plan.person_id is None, "asked first"
    assert boss.post(url, {"person": hired.person.username, "sure": "True"}).status_code == 302
    with acting(house.coordinator.actor):
        plan.refresh_from_db()
        assert (plan.person_id, plan.state, plan.agreed_at) == (hired.person.pk, PlanState.SHOWN, None)
        assert ProtectedPerson.objects.get(pk=plan.protected_person_id).person_id == hired.person.pk
        assert not queries.without_account(house.coordinator.actor)
        assert Event.objects.get(type="plan.linked").data == {}
    mine = visitor(hired).get(reverse("my_protection")).content.decode()
    assert plan.reference in mine and "Larm" in mine
    with acting(hired.actor):
        agreed = actions.agree(hired.actor, plan.pk, queries.digest_of(plan))
        assert agreed.state == PlanState.AGREED
    assert boss.get(url).status_code == 404, "once"


def test_only_who_answers_for_plans_links_one_and_never_to_somebody_who_has_one(house, plan):
    url = reverse("plan_link", args=[plan.pk])
    given = {"person": house.worker.person.username, "sure": "True"}
    for who in (house.worker, house.stranger):
        assert visitor(who).post(url, given).status_code == 404
    with acting(house.coordinator.actor):
        actions.open_plan(house.coordinator.actor, house.worker.person.pk)
    assert "Avsluta en av dem först" in visitor(house.coordinator).post(url, given).content.decode()
    with acting(house.coordinator.actor):
        plan.refresh_from_db()
        assert plan.person_id is None
