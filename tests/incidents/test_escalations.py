"""Whoever reported can go past their employer, who can neither see nor stop it; the unit sees what was shared."""

from __future__ import annotations

import datetime as dt
import re
import uuid

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from factories import colleague, office, organisation
from motkraft.incidents import actions
from motkraft.incidents.actions import escalations
from motkraft.incidents.actions import messages as message_actions
from motkraft.incidents.models import Incident
from motkraft.incidents.models.escalation import Escalation, EscalationItem, EscalationMessage, Message
from motkraft.incidents.queries import escalations as queries
from motkraft.incidents.queries import messages as message_queries
from motkraft.incidents.rules import NotReady, Report, WrongState
from motkraft.incidents.rules.escalations import items_digest
from motkraft.incidents.rules.states import EscalationReason, EscalationState
from motkraft.law.calendar import STOCKHOLM
from motkraft.ledger.models import Event
from motkraft.people.access import NotAllowed, Role, acting, system
from motkraft.people.models import Kind

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=STOCKHOLM)  # a Friday
DAYS = dt.timedelta(days=1)
REPORTER = "Viveka Rapportör-Demo"
WORDS = "Jag vet var du bor, O'Brien سأجدك"
KEPT = "hemlig-beskrivning-777"


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON, tick=False) as moving:
        yield moving


@pytest.fixture
def house():
    class House:
        org = organisation()
        unit = organisation(kind=Kind.KNOWLEDGE_UNIT)
        other_unit = organisation(kind=Kind.KNOWLEDGE_UNIT)
        here = office(org)
        worker = colleague(org, Role.SOCIAL_WORKER, name=REPORTER, office=here)
        other_worker = colleague(org, Role.SOCIAL_WORKER)
        manager = colleague(org, Role.MANAGER, office=here)
        coordinator = colleague(org, Role.SECURITY_COORDINATOR)
        representative = colleague(org, Role.SAFETY_REPRESENTATIVE)
        director = colleague(org, Role.DIRECTOR)
        advisor = colleague(unit, Role.KNOWLEDGE_ADVISOR)
        other_advisor = colleague(other_unit, Role.KNOWLEDGE_ADVISOR)
        stranger = colleague(organisation(), *Role)

    return House


@pytest.fixture
def incident(house):
    with acting(house.worker.actor):
        return actions.report_incident(
            house.worker.actor,
            Report(kind="threat", exact_words=WORDS, description=KEPT, office_id=house.here.pk, hide_identity=True),
        )


def visitor(who) -> Client:
    client = Client()
    with acting(who.actor):
        client.force_login(who.person, backend="motkraft.people.login.Door")
    return client


def escalate(house, incident, share=("kind", "words"), **more) -> Escalation:
    who = house.worker.actor
    with acting(who):
        written = {key: more[key] for key in ("own_words", "contact") if key in more}
        seen = items_digest(escalations.to_share(who, incident_id=incident.pk, share=share, **written))
        return escalations.escalate(
            who, incident.pk, knowledge_unit_id=house.unit.pk, share=share, seen_sha256=seen, **more
        )


def test_the_unit_sees_what_was_shared_and_nothing_else(house, incident):
    escalation = escalate(house, incident, own_words="Ingen gör något")
    page = visitor(house.advisor).get(reverse("escalation", args=[escalation.pk])).content.decode()
    assert "Jag vet var du bor, O&#x27;Brien سأجدك" in page
    assert "Ingen gör något" in page
    for secret in (KEPT, REPORTER, incident.reference, house.worker.person.username, str(incident.pk)):
        assert secret not in page
    with acting(house.advisor.actor):
        assert {item.field for item in EscalationItem.objects.all()} == {"kind", "words", "own_words"}
        assert not Incident.objects.filter(pk=incident.pk).exists()


def test_the_unit_meets_nothing_of_the_incident_itself(house, incident):
    escalate(house, incident)
    client = visitor(house.advisor)
    for name in ("incident", "incident_message", "escalate", "evidence_add", "police_report"):
        assert client.get(reverse(name, args=[incident.pk])).status_code == 404


def test_nobody_at_work_sees_it_and_the_incident_says_nothing_of_it(house, incident):
    escalation = escalate(house, incident)
    for who in (house.manager, house.coordinator, house.director, house.representative, house.other_worker):
        assert visitor(who).get(reverse("escalation", args=[escalation.pk])).status_code == 404
        with acting(who.actor):
            assert not queries.escalations(who.actor).exists()
            with pytest.raises(NotAllowed):
                escalations.close_escalation(who.actor, escalation.pk)
    page = visitor(house.manager).get(reverse("incident", args=[incident.pk])).content.decode()
    assert escalation.reference not in page
    assert "kunskapsenheten" not in page.casefold()
    with acting(system(house.org.pk)):
        assert not Event.objects.filter(subject_id=incident.pk, type__startswith="escalation").exists()


def test_the_employer_is_told_when_the_reporter_wants_it(house, incident):
    escalation = escalate(house, incident, tell_employer=True)
    page = visitor(house.manager).get(reverse("incident", args=[incident.pk])).content.decode()
    assert "kunskapsenheten" in page
    assert escalation.reference not in page


def test_another_unit_and_another_municipality_see_nothing(house, incident):
    escalation = escalate(house, incident)
    for who in (house.other_advisor, house.stranger):
        assert visitor(who).get(reverse("escalation", args=[escalation.pk])).status_code == 404
        with acting(who.actor):
            assert not Escalation.objects.exists()
            assert not EscalationItem.objects.exists()
            with pytest.raises(NotAllowed):
                escalations.write(who.actor, escalation.pk, text="x")


def test_only_who_reported_or_is_exposed_takes_it_further(house, incident):
    for who in (house.manager, house.coordinator, house.other_worker, house.representative, house.stranger):
        assert visitor(who).get(reverse("escalate", args=[incident.pk])).status_code == 404
        with acting(who.actor), pytest.raises(NotAllowed):
            escalations.escalate(
                who.actor, incident.pk, knowledge_unit_id=house.unit.pk, share=["kind"], seen_sha256=""
            )


def test_an_overdue_duty_offers_it_by_itself(house, incident, clock):
    offer = "Din arbetsgivare är sen med något"
    url = reverse("incident", args=[incident.pk])
    assert offer not in visitor(house.worker).get(url).content.decode()
    clock.shift(3 * DAYS)
    assert offer in visitor(house.worker).get(url).content.decode()
    assert offer not in visitor(house.manager).get(url).content.decode()
    with acting(house.worker.actor):
        assert "overdue" in queries.available(house.worker.actor, incident, NOON + 3 * DAYS)
        escalation = escalate(house, incident, share=["overdue"])
        (item,) = queries.items(escalation)
    assert escalation.reason == EscalationReason.OVERDUE
    assert "skulle ha varit klart" in item.text
    assert offer not in visitor(house.worker).get(url).content.decode()


def test_it_is_sent_page_by_page_and_shown_before(house, incident):
    client = visitor(house.worker)
    url = reverse("escalate", args=[incident.pk])
    page = client.get(url).content.decode()
    assert WORDS.split(",")[0] not in page
    given = {"knowledge_unit": str(house.unit.pk), "share": ["kind", "words"], "own_words": "Hjälp mig"}
    preview = client.post(url, given).content.decode()
    assert "Jag vet var du bor" in preview
    assert KEPT not in preview
    assert "Den som rapporterade vill ha hjälp" in preview, "why it is taken there is seen by the unit too"
    with acting(house.worker.actor):
        assert not Escalation.objects.filter(incident_id=incident.pk).exists()
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', preview).group(1)
    sent = client.post(url, given | {"seen": seen, "send": "1"})
    with acting(house.worker.actor):
        escalation = Escalation.objects.get(incident_id=incident.pk)
    assert sent.url == reverse("escalation", args=[escalation.pk])
    assert client.get(url).url == sent.url


def test_what_was_not_shown_before_is_not_sent(house, incident):
    client = visitor(house.worker)
    url = reverse("escalate", args=[incident.pk])
    given = {"knowledge_unit": str(house.unit.pk), "share": ["kind", "description"]}
    again = client.post(url, given | {"seen": "0" * 64, "send": "1"})
    assert again.status_code == 422
    with acting(house.worker.actor):
        assert not Escalation.objects.filter(incident_id=incident.pk).exists()
    nothing = client.post(url, {"knowledge_unit": str(house.unit.pk)})
    assert "Välj minst en sak" in nothing.content.decode()


def test_the_unit_takes_answers_and_closes(house, incident, clock):
    escalation = escalate(house, incident)
    advisor, worker = house.advisor.actor, house.worker.actor
    assert escalation.due_at == dt.datetime(2026, 11, 24, 23, 59, 59, tzinfo=STOCKHOLM)
    with acting(advisor):
        assert [item.reference for item in queries.todo(advisor, NOON)] == [escalation.reference]
        escalations.take_escalation(advisor, escalation.pk)
        with pytest.raises(WrongState):
            escalations.take_escalation(advisor, escalation.pk)
        with pytest.raises(WrongState):
            escalations.close_escalation(advisor, escalation.pk)
        with pytest.raises(NotReady):
            escalations.write(advisor, escalation.pk, text="  ")
        escalations.write(advisor, escalation.pk, text="Begär åtgärder enligt 6 kap. 6 a §.")
    page = visitor(house.worker).get(reverse("escalation", args=[escalation.pk])).content.decode()
    assert "Begär åtgärder enligt 6 kap. 6 a §." in page
    assert house.advisor.person.username not in page
    clock.shift(4 * DAYS)
    with acting(worker):
        assert [item.reference for item in queries.todo(worker, NOON)] == [escalation.reference]
        escalations.write(worker, escalation.pk, text="De svarar inte.")
        escalation = queries.find(worker, escalation.pk)
        assert escalation.state == EscalationState.TAKEN
        assert escalation.due_at == dt.datetime(2026, 11, 26, 23, 59, 59, tzinfo=STOCKHOLM)
        escalations.close_escalation(worker, escalation.pk)
        with pytest.raises(WrongState):
            escalations.write(worker, escalation.pk, text="x")
    again = escalate(house, incident)
    assert again.reference != escalation.reference


def test_two_at_once_are_one(house, incident):
    escalate(house, incident)
    with pytest.raises(WrongState):
        escalate(house, incident)


def refused(change) -> bool:
    """Whether PostgreSQL refuses a change, or does not show the rows to who wants it."""
    try:
        with transaction.atomic():
            done = change()
    except DatabaseError:
        return True
    return done in (0, (0, {}))


def test_postgresql_lets_nobody_change_what_was_shared(house, incident):
    escalation = escalate(house, incident)
    with acting(house.advisor.actor):
        escalations.write(house.advisor.actor, escalation.pk, text="Svar")
    for who in (house.advisor, house.worker, house.stranger):
        with acting(who.actor):
            for model in (EscalationItem, EscalationMessage, Escalation):
                assert refused(lambda model=model: model.objects.update(organisation_id=house.unit.pk))
            for model in (EscalationItem, EscalationMessage):
                assert refused(lambda model=model: model.objects.all().delete())


def test_no_word_reaches_the_ledger(house, incident):
    escalate(house, incident, own_words="ord-som-ingen-ser", contact="nummer-som-ingen-ser")
    with acting(system(house.org.pk)):
        told = str([event.data for event in Event.objects.all()])
    assert "ingen-ser" not in told
    assert "O'Brien" not in told


# -- messages


def test_both_sides_write_and_questions_wait_until_answered(house, incident):
    worker, manager = house.worker.actor, house.manager.actor
    with acting(manager):
        message_actions.write_message(manager, incident.pk, text="Hur mår du <b>nu</b>?", asks=True)
        assert not message_queries.todo(manager, NOON)
    with acting(worker):
        assert len(message_queries.todo(worker, NOON)) == 1
        message_actions.write_message(worker, incident.pk, text="Bättre. سلام", asks=True)
        assert not message_queries.todo(worker, NOON)
    with acting(manager):
        assert len(message_queries.todo(manager, NOON)) == 1
    page = visitor(house.worker).get(reverse("incident", args=[incident.pk])).content.decode()
    assert "Hur mår du &lt;b&gt;nu&lt;/b&gt;?" in page
    assert "Bättre. سلام" in page


def test_a_message_does_not_tell_who_reported(house, incident):
    with acting(house.worker.actor):
        message_actions.write_message(house.worker.actor, incident.pk, text="Mer att berätta")
    page = visitor(house.manager).get(reverse("incident", args=[incident.pk])).content.decode()
    assert "Mer att berätta" in page
    assert house.worker.person.username not in page
    assert REPORTER not in page


def test_a_representative_learns_that_there_are_messages_not_what_they_say(house, incident):
    with acting(house.worker.actor):
        message_actions.write_message(house.worker.actor, incident.pk, text="Mer att berätta")
    page = visitor(house.representative).get(reverse("incident", args=[incident.pk])).content.decode()
    assert "Mer att berätta" not in page
    assert "1 meddelande har skrivits" in page
    with acting(house.representative.actor), pytest.raises(NotAllowed):
        message_actions.write_message(house.representative.actor, incident.pk, text="x")


def test_nobody_else_writes_or_reads(house, incident):
    for who in (house.other_worker, house.director, house.advisor, house.stranger):
        with acting(who.actor), pytest.raises(NotAllowed):
            message_actions.write_message(who.actor, incident.pk, text="x")
        assert visitor(who).get(reverse("incident_message", args=[incident.pk])).status_code == 404


def test_a_message_is_never_changed_or_removed(house, incident):
    with acting(house.worker.actor):
        written = message_actions.write_message(house.worker.actor, incident.pk, text="Mer")
        for change in ({"side": "employer"}, {"at": NOON - DAYS}, {"author_id": house.manager.person.pk}):
            with pytest.raises(DatabaseError), transaction.atomic():
                Message.objects.filter(pk=written.pk).update(**change)
        with pytest.raises(DatabaseError), transaction.atomic():
            Message.objects.filter(pk=written.pk).delete()


def test_writing_works_page_by_page(house, incident):
    url = reverse("incident_message", args=[incident.pk])
    assert "Skriv något först" not in visitor(house.worker).post(url, {"text": "Hej"}, follow=True).content.decode()
    empty = visitor(house.worker).post(url, {"text": ""})
    assert empty.status_code == 422
    assert visitor(house.worker).get(reverse("incident_message", args=[uuid.UUID(int=7)])).status_code == 404
