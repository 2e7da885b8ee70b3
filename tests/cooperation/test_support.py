"""A support request is its two sides' and nobody else's."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse

from factories import colleague, organisation
from motkraft.cooperation import actions, queries
from motkraft.cooperation.models import SupportMessage, SupportRequest
from motkraft.cooperation.rules.support import AIM, TRANSITIONS, NotNow, Side, Status, SupportError, Urgency, step
from motkraft.ledger.models import Event
from motkraft.people.access import NotAllowed, Role, acting
from motkraft.people.models import Kind, Person

pytestmark = pytest.mark.django_db


class Two:
    """A municipality, a knowledge unit, and the people on both sides."""

    def __init__(self) -> None:
        self.municipality = organisation()
        self.unit = organisation(kind=Kind.KNOWLEDGE_UNIT)
        self.worker = colleague(self.municipality, Role.SOCIAL_WORKER).actor
        self.colleague = colleague(self.municipality, Role.SOCIAL_WORKER).actor
        self.manager = colleague(self.municipality, Role.MANAGER).actor
        self.advisor = colleague(self.unit, Role.KNOWLEDGE_ADVISOR).actor

    def ask(self, **fields: object) -> SupportRequest:
        with acting(self.worker):
            return actions.ask_for_support(
                self.worker, **{"knowledge_unit": self.unit, "subject": "Rubriken", "question": "Frågan", **fields}
            )


@pytest.fixture
def two() -> Two:
    return Two()


def readable(actor) -> list[str]:
    with acting(actor):
        return [r.reference for r in queries.requests(actor)]


@pytest.mark.parametrize("name", TRANSITIONS)
@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("side", Side)
def test_a_step_is_only_the_sides_and_states_of_the_table(name, status, side):
    found = TRANSITIONS[name]
    if side in found.sides and status in found.before:
        assert step(name, status, side) is (found.after or status)
    else:
        with pytest.raises(NotNow):
            step(name, status, side)


def test_a_question_is_asked_answered_asked_again_closed_and_opened(two):
    request = two.ask(urgency=Urgency.TODAY)
    assert request.due_at - request.asked_at == AIM[Urgency.TODAY]
    with acting(two.advisor):
        actions.take_request(two.advisor, request.pk)
        actions.answer_request(two.advisor, request.pk, text="Så här")
    with acting(two.worker):
        actions.ask_more(two.worker, request.pk, text="Men då?")
        assert SupportRequest.objects.get(pk=request.pk).state is Status.TAKEN
        actions.close_request(two.worker, request.pk)
        actions.reopen_request(two.worker, request.pk)
        assert [m.from_unit for m in SupportMessage.objects.filter(request=request)] == [True, False]
        assert SupportRequest.objects.get(pk=request.pk).closed_at is None


def test_the_unit_reads_only_what_was_asked_of_it(two):
    other, request = Two(), two.ask()
    assert readable(two.advisor) == [request.reference]
    assert readable(other.advisor) == []
    with acting(other.advisor):
        assert not SupportRequest.objects.exists()
        with pytest.raises(SupportRequest.DoesNotExist):
            actions.answer_request(other.advisor, request.pk, text="x")


def test_the_unit_sees_nothing_else_of_the_municipality(two):
    two.ask()
    with acting(two.advisor):
        assert not Person.objects.filter(pk=two.worker.person_id).exists()
        assert not Event.objects.filter(organisation=two.municipality).exists()


def test_another_municipality_cannot_read_or_write_in_a_thread(two):
    request, other = two.ask(), Two()
    with acting(other.manager):
        assert not SupportRequest.objects.exists()
        with pytest.raises(DatabaseError), transaction.atomic():
            SupportMessage.objects.create(
                organisation=other.municipality, knowledge_unit=two.unit, request=request, from_unit=False,
                written_as="manager", text="x", at=dt.datetime.now(dt.UTC),
            )  # fmt: skip


def test_a_colleague_sees_nothing_the_manager_sees_it(two):
    request = two.ask()
    assert readable(two.colleague) == []
    assert readable(two.manager) == readable(two.worker) == [request.reference]


def test_the_unit_cannot_ask_in_a_municipalitys_name(two):
    with acting(two.advisor), pytest.raises(DatabaseError), transaction.atomic():
        SupportRequest.objects.create(
            organisation=two.municipality, knowledge_unit=two.unit, reference="ST-9", subject="x", question="x",
            urgency="calm", asked_as="manager", asked_at=dt.datetime.now(dt.UTC), due_at=dt.datetime.now(dt.UTC),
        )  # fmt: skip


def test_what_was_asked_cannot_be_changed_afterwards(two):
    request = two.ask()
    with acting(two.advisor), pytest.raises(DatabaseError, match="does not change"), transaction.atomic():
        changed = SupportRequest.objects.get(pk=request.pk)
        changed.question = "En annan fråga"
        changed.save()
    with acting(two.worker):
        assert str(SupportRequest.objects.get(pk=request.pk).question) == "Frågan"


def test_a_message_that_was_sent_stays_as_it_was(two):
    request = two.ask()
    with acting(two.advisor):
        message = actions.answer_request(two.advisor, request.pk, text="Så här")
        with pytest.raises(DatabaseError, match="not changed"), transaction.atomic():
            message.delete()


def test_support_is_asked_of_a_knowledge_unit_only(two):
    other = Two().municipality
    with acting(two.worker), pytest.raises(SupportError):
        actions.ask_for_support(two.worker, knowledge_unit=other, subject="a", question="b")


def test_two_advisors_who_take_the_same_request_do_not_both_get_it(two):
    request = two.ask()
    with acting(two.advisor):
        actions.take_request(two.advisor, request.pk)
        with pytest.raises(NotNow):
            actions.take_request(two.advisor, request.pk)


def test_only_those_with_the_right_answer(two):
    request = two.ask()
    communicator = colleague(two.unit, Role.COMMUNICATOR).actor
    with acting(communicator):
        with pytest.raises(SupportRequest.DoesNotExist):
            actions.answer_request(communicator, request.pk, text="x")
        with pytest.raises(SupportError):
            actions.ask_for_support(communicator, knowledge_unit=two.unit, subject="a", question="b")
    registrar = colleague(two.municipality, Role.REGISTRAR).actor
    with acting(registrar), pytest.raises(NotAllowed):
        actions.ask_for_support(registrar, knowledge_unit=two.unit, subject="a", question="b")


def test_the_question_is_encrypted_and_stands_in_no_ledger(two):
    from django.db import connection

    request = two.ask(question="Ett mycket särskilt ord")
    with acting(two.worker):
        with connection.cursor() as cursor:
            cursor.execute("SELECT question FROM cooperation_supportrequest WHERE id = %s", [request.pk])
            assert "särskilt".encode() not in bytes(cursor.fetchone()[0])
        assert "särskilt" not in json.dumps([e.data for e in Event.objects.filter(subject_id=request.pk)])


def test_what_there_is_to_do_stands_with_whoever_should_do_it(two):
    now = dt.datetime.now(dt.UTC)
    request = two.ask()
    with acting(two.advisor):
        (item,) = queries.todo(two.advisor, now)
        assert item.due_at == request.due_at
        actions.answer_request(two.advisor, request.pk, text="Så här")
        assert queries.todo(two.advisor, now) == []
    with acting(two.worker):
        assert [item.reference for item in queries.todo(two.worker, now)] == [request.reference]


# -- the pages


def signed_in(actor) -> Client:
    client = Client()
    with acting(actor):
        client.force_login(Person.objects.get(pk=actor.person_id))
    return client


def test_asking_and_answering_by_hand(two):
    worker, advisor = signed_in(two.worker), signed_in(two.advisor)
    empty = worker.post(reverse("support_ask"), {"subject": "", "question": "Kvar", "urgency": "soon"})
    assert empty.status_code == 422 and "Kvar" in empty.content.decode()
    made = worker.post(
        reverse("support_ask"),
        {"subject": "O'Hara <b>", "question": "سؤال", "urgency": "soon", "knowledge_unit": two.unit.pk},
    )
    assert made.status_code == 302
    body = advisor.get(made["Location"]).content.decode()
    assert "&lt;b&gt;" in body and "سؤال" in body and 'dir="auto"' in body
    assert two.municipality.name in body
    assert advisor.post(made["Location"], {"do": "take"}).status_code == 302
    assert advisor.post(made["Location"], {"do": "write", "text": ""}).status_code == 422
    assert advisor.post(made["Location"], {"do": "write", "text": "Svaret"}).status_code == 302
    assert "Svaret" in worker.get(made["Location"]).content.decode()
    assert worker.post(made["Location"], {"do": "close"}).status_code == 302
    assert worker.post(made["Location"], {"do": "reopen"}).status_code == 302
    assert signed_in(two.colleague).get(made["Location"]).status_code == 404
    assert signed_in(Two().advisor).get(made["Location"]).status_code == 404


def test_both_sides_have_a_list(two):
    two.ask()
    for actor in (two.worker, two.manager, two.advisor):
        body = signed_in(actor).get(reverse("support_list")).content.decode()
        assert f"ST-{two.municipality.code}-0001" in body
    assert signed_in(colleague(two.municipality, Role.REGISTRAR).actor).get(reverse("support_list")).status_code == 404
