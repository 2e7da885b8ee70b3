"""A safety plan has owners, days and checks; the one it is for sees all of it, and a yes holds for what was read."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from factories import colleague, office, organisation
from motkraft.incidents import actions as incident_actions
from motkraft.incidents.actions import plans as actions
from motkraft.incidents.models.plan import PlanMeasure, SafetyPlan
from motkraft.incidents.queries import plans as queries
from motkraft.incidents.rules import NotReady, Report, WrongState
from motkraft.incidents.rules.states import MeasureState, PlanState
from motkraft.law.calendar import STOCKHOLM
from motkraft.ledger.models import Event
from motkraft.people.access import NotAllowed, Role, acting, system
from motkraft.people.queries import readings

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=STOCKHOLM)
TODAY = NOON.date()
DAY = dt.timedelta(days=1)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as moving:
        yield moving


@pytest.fixture
def house():
    class House:
        org = organisation()
        here = office(org)
        worker = colleague(org, Role.SOCIAL_WORKER, name="Viveka Hotad-Demo", office=here)
        other_worker = colleague(org, Role.SOCIAL_WORKER)
        manager = colleague(org, Role.MANAGER, office=here)
        coordinator = colleague(org, Role.SECURITY_COORDINATOR)
        representative = colleague(org, Role.SAFETY_REPRESENTATIVE)
        director = colleague(org, Role.DIRECTOR)
        stranger = colleague(organisation(), *Role)

    return House


@pytest.fixture
def plan(house) -> SafetyPlan:
    who = house.coordinator.actor
    with acting(who):
        made = actions.open_plan(who, house.worker.person.pk, summary="Hot per telefon, O'Brien سلام")
        actions.add_measure(
            who,
            made.pk,
            template="company",
            title="Sällskap till bilen",
            detail="Vakten följer med.",
            owner_id=house.manager.person.pk,
            due_on=TODAY + 2 * DAY,
            check_days=14,
        )
        return made


def fresh(plan) -> SafetyPlan:
    with acting(system(plan.organisation_id)):
        return SafetyPlan.objects.select_related("person").get(pk=plan.pk)


def only_measure(plan) -> PlanMeasure:
    with acting(system(plan.organisation_id)):
        return PlanMeasure.objects.get(plan=plan)


def digest(plan) -> str:
    with acting(system(plan.organisation_id)):
        return queries.digest_of(SafetyPlan.objects.get(pk=plan.pk))


def visitor(who) -> Client:
    client = Client()
    with acting(who.actor):
        client.force_login(who.person, backend="motkraft.people.login.Door")
    return client


def show(house, plan):
    with acting(house.coordinator.actor):
        actions.show_plan(house.coordinator.actor, plan.pk)


def agree(house, plan, words=""):
    with acting(house.worker.actor):
        return actions.agree(house.worker.actor, plan.pk, digest(plan), words=words)


def test_the_person_sees_nothing_before_it_is_shown_and_all_of_it_after(house, plan):
    url = reverse("my_protection")
    before = visitor(house.worker).get(url).content.decode()
    assert "Sällskap till bilen" not in before
    show(house, plan)
    after = visitor(house.worker).get(url).content.decode()
    for words in ("Sällskap till bilen", "Vakten följer med.", "O&#x27;Brien سلام", house.manager.person.username):
        assert words in after


def test_a_yes_puts_it_in_force_once_everything_is_in_place(house, plan):
    show(house, plan)
    agree(house, plan, words="Bra")
    assert fresh(plan).state == PlanState.AGREED
    with acting(house.manager.actor):
        actions.measure_done(house.manager.actor, only_measure(plan).pk)
    assert fresh(plan).state == PlanState.ACTIVE
    assert only_measure(plan).check_on == TODAY + 14 * DAY


def test_a_yes_holds_only_for_what_was_read(house, plan):
    show(house, plan)
    old = digest(plan)
    with acting(house.coordinator.actor):
        actions.change_measure(
            house.coordinator.actor,
            only_measure(plan).pk,
            title="Sällskap till bilen",
            detail="Ingen följer med.",
            owner_id=house.manager.person.pk,
            due_on=TODAY + 2 * DAY,
            check_days=14,
        )
    with acting(house.worker.actor), pytest.raises(WrongState):
        actions.agree(house.worker.actor, plan.pk, old)
    assert fresh(plan).agreed_at is None


@pytest.mark.parametrize("change", ["add", "change", "drop"])
def test_every_change_after_a_yes_asks_again(house, plan, change):
    who = house.coordinator.actor
    with acting(who):
        actions.add_measure(who, plan.pk, title="Larm", owner_id=who.person_id, due_on=TODAY)
    show(house, plan)
    agree(house, plan)
    with acting(who):
        row = PlanMeasure.objects.filter(plan=plan).first()
        if change == "add":
            actions.add_measure(who, plan.pk, title="Ny", owner_id=who.person_id, due_on=TODAY)
        elif change == "change":
            actions.change_measure(who, row.pk, title="Annat", owner_id=row.owner_id, due_on=row.due_on)
        else:
            actions.drop_measure(who, row.pk, reason="Behövs inte")
    found = fresh(plan)
    assert found.state == PlanState.SHOWN
    assert found.agreed_at is None
    assert found.agreed_sha256 == ""
    with acting(house.worker.actor):
        assert [item.reference for item in queries.todo(house.worker.actor, NOON)] == [plan.reference]


def test_saving_a_measure_unchanged_asks_nobody(house, plan):
    show(house, plan)
    agree(house, plan)
    row = only_measure(plan)
    with acting(house.coordinator.actor):
        actions.change_measure(
            house.coordinator.actor,
            row.pk,
            title=row.title,
            detail=row.detail,
            owner_id=row.owner_id,
            due_on=row.due_on,
            check_days=row.check_days,
        )
    assert fresh(plan).state == PlanState.AGREED


def test_a_no_says_what_should_be_otherwise_and_reaches_those_who_made_it(house, plan):
    show(house, plan)
    with acting(house.worker.actor):
        with pytest.raises(NotReady):
            actions.decline(house.worker.actor, plan.pk, words=" ")
        actions.decline(house.worker.actor, plan.pk, words="Inte vakten, en kollega")
    with acting(house.coordinator.actor):
        assert [item.reference for item in queries.todo(house.coordinator.actor, NOON)] == [plan.reference]
    page = visitor(house.coordinator).get(reverse("plan", args=[plan.pk])).content.decode()
    assert "Inte vakten, en kollega" in page


def test_nobody_but_the_person_answers(house, plan):
    show(house, plan)
    for who in (house.manager, house.coordinator, house.other_worker, house.stranger):
        with acting(who.actor):
            with pytest.raises(NotAllowed):
                actions.agree(who.actor, plan.pk, digest(plan))
            with pytest.raises(NotAllowed):
                actions.decline(who.actor, plan.pk, words="x")
        assert visitor(who).post(reverse("my_plan_answer", args=[plan.pk]), {"answer": "yes"}).status_code == 404


def test_only_those_who_answer_for_safety_make_and_read_plans(house, plan):
    row = only_measure(plan)
    for who in (house.worker, house.other_worker, house.representative, house.director, house.stranger):
        client = visitor(who)
        for url in (
            reverse("plan", args=[plan.pk]),
            reverse("plan_measure_add", args=[plan.pk]),
            reverse("plan_end", args=[plan.pk]),
            reverse("plan_measure", args=[row.pk]),
            reverse("plan_measure_change", args=[row.pk]),
            reverse("plan_measure_drop", args=[row.pk]),
        ):
            assert client.get(url).status_code == 404
        with acting(who.actor):
            assert not queries.plans(who.actor).filter(pk=plan.pk).exists()
            for do in (
                lambda who=who: actions.show_plan(who.actor, plan.pk),
                lambda who=who: actions.end_plan(who.actor, plan.pk),
                lambda who=who: actions.measure_done(who.actor, row.pk),
                lambda who=who: actions.drop_measure(who.actor, row.pk, reason="x"),
            ):
                with pytest.raises(NotAllowed):
                    do()


def test_whoever_sees_to_a_measure_gets_it_to_do_and_sees_only_it(house, plan, clock):
    who = house.coordinator.actor
    with acting(who):
        row = actions.add_measure(
            who, plan.pk, title="Ta bort bilden", owner_id=house.director.person.pk, due_on=TODAY + DAY, check_days=30
        )
    client = visitor(house.director)
    with acting(house.director.actor):
        (item,) = queries.todo(house.director.actor, NOON)
        assert item.url == reverse("plan_measure", args=[row.pk])
    page = client.get(item.url).content.decode()
    assert "Ta bort bilden" in page
    assert house.worker.person.username not in page
    assert client.get(reverse("plan", args=[plan.pk])).status_code == 404
    assert client.post(reverse("plan_measure_done", args=[row.pk])).status_code == 302
    with acting(house.director.actor):
        assert not queries.todo(house.director.actor, NOON)
    clock.shift(30 * DAY)
    with acting(house.director.actor):
        (item,) = queries.todo(house.director.actor, NOON + 30 * DAY)
        actions.check_measure(house.director.actor, row.pk)
        assert not queries.todo(house.director.actor, NOON + 30 * DAY)


def test_a_plan_is_gone_through_again(house, plan, clock):
    clock.shift(31 * DAY)
    now = NOON + 31 * DAY
    with acting(house.coordinator.actor):
        assert plan.reference in [item.reference for item in queries.todo(house.coordinator.actor, now)]
        for wrong in (now.date(), now.date() + 400 * DAY):
            with pytest.raises(NotReady):
                actions.review_plan(house.coordinator.actor, plan.pk, review_on=wrong)
        actions.review_plan(house.coordinator.actor, plan.pk, review_on=now.date() + 14 * DAY)
        assert not queries.todo(house.coordinator.actor, now)


def test_what_is_ended_or_empty_goes_no_further(house, plan):
    who = house.coordinator.actor
    with acting(who):
        with pytest.raises(WrongState):
            actions.open_plan(who, house.worker.person.pk)
        empty = actions.open_plan(who, house.other_worker.person.pk)
        with pytest.raises(NotReady):
            actions.show_plan(who, empty.pk)
        with pytest.raises(NotReady):
            actions.open_plan(who, house.stranger.person.pk)
        with pytest.raises(NotReady):
            actions.add_measure(who, plan.pk, title="x", owner_id=house.stranger.person.pk)
        actions.end_plan(who, plan.pk)
        with pytest.raises(WrongState):
            actions.measure_done(who, only_measure(plan).pk)
        with pytest.raises(WrongState):
            actions.show_plan(who, plan.pk)
        again = actions.open_plan(who, house.worker.person.pk)
    assert again.reference != plan.reference


def test_what_was_dropped_keeps_its_reason_and_is_no_longer_agreed_to(house, plan):
    who = house.coordinator.actor
    row = only_measure(plan)
    with acting(who):
        with pytest.raises(NotReady):
            actions.drop_measure(who, row.pk, reason="")
        actions.drop_measure(who, row.pk, reason="Vakten slutade")
        with pytest.raises(WrongState):
            actions.change_measure(who, row.pk, title="x")
    assert only_measure(plan).state == MeasureState.DROPPED
    assert "Vakten slutade" in visitor(house.coordinator).get(reverse("plan", args=[plan.pk])).content.decode()


def test_each_opening_is_recorded_and_the_person_sees_who(house, plan):
    show(house, plan)
    visitor(house.manager).get(reverse("plan", args=[plan.pk]))
    with acting(house.worker.actor):
        assert house.manager.person.pk in {row.reader_id for row in readings(house.worker.actor, "safetyplan", plan.pk)}
    assert house.manager.person.username in visitor(house.worker).get(reverse("my_protection")).content.decode()


def test_no_word_of_a_plan_reaches_the_ledger_or_the_list(house, plan):
    show(house, plan)
    with acting(system(house.org.pk)):
        told = str([event.data for event in Event.objects.filter(subject_id=plan.pk)])
    page = visitor(house.manager).get(reverse("plan_list")).content.decode()
    assert plan.reference in page
    for words in ("Sällskap", "O'Brien", "Hotad-Demo"):
        assert words not in told
        assert words not in page


def test_a_plan_is_made_page_by_page(house):
    with acting(house.worker.actor):
        incident = incident_actions.report_incident(house.worker.actor, Report(kind="threat"))
    client = visitor(house.manager)
    page = client.get(reverse("incident", args=[incident.pk])).content.decode()
    new = f"{reverse('plan_new')}?handelse={incident.pk}"
    assert new in page
    assert house.worker.person.username in client.get(new).content.decode()
    assert "Ingen som arbetar här" in client.post(new, {"person": "finns-inte"}).content.decode()
    to_plan = client.post(new, {"person": house.worker.person.username, "summary": "Hot"}).url
    add = reverse("plan_measure_add", args=[to_plan.rsplit("/", 1)[1]]) + "?mall=protected_registration"
    form = client.get(add).content.decode()
    assert "Skyddad folkbokföring" in form
    given = {
        "title": "Skyddad folkbokföring",
        "detail": "Steg",
        "owner": str(house.manager.person.pk),
        "due_on": "2026-12-01",
        "check_days": "60",
    }
    assert client.post(add, given | {"check_days": "999"}).status_code == 422
    assert client.post(add, given).url == to_plan
    page = client.get(to_plan).content.decode()
    assert "Folkbokföringslagen 16 §" in page
    assert client.post(to_plan + "/visa").url == to_plan
    mine = visitor(house.worker)
    page = mine.get(reverse("my_protection")).content.decode()
    assert "Skyddad folkbokföring" in page
    plan_id = to_plan.rsplit("/", 1)[1]
    with acting(house.manager.actor):
        seen = queries.digest_of(queries.plans(house.manager.actor).get(pk=plan_id))
    answer = reverse("my_plan_answer", args=[plan_id])
    wrong = mine.post(answer, {"answer": "yes", "seen": "0" * 64, "words": "mina ord"}).content.decode()
    assert "mina ord" in wrong
    assert mine.post(answer, {"answer": "yes", "seen": seen}).url == reverse("my_protection")
    with acting(house.manager.actor):
        assert queries.plans(house.manager.actor).get(pk=plan_id).state == PlanState.AGREED
    assert client.get(to_plan + "/avsluta").status_code == 200
    client.post(to_plan + "/avsluta")
    assert "Avslutad" in client.get(to_plan).content.decode()
