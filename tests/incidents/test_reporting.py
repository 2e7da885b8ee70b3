"""Reporting for a colleague, without one's name, once however often it is sent, and all that can be told."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from factories import colleague, office, organisation
from motkraft.incidents import actions, queries
from motkraft.incidents.actions import reporting
from motkraft.incidents.actions.loading import next_number
from motkraft.incidents.models import Incident
from motkraft.incidents.rules import NotReady, Report, View
from motkraft.law.calendar import STOCKHOLM
from motkraft.people.access import NotAllowed, Role, acting

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=STOCKHOLM)


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(NOON):
        yield


def visitor(who) -> Client:
    client = Client()
    with acting(who.actor):
        client.force_login(who.person, backend="motkraft.people.login.Door")
    return client


@pytest.fixture
def house():
    class House:
        org = organisation()
        office = office(org)
        worker = colleague(org, Role.SOCIAL_WORKER, name="Viveka Rapportör-Demo", office=office)
        other = colleague(org, Role.SOCIAL_WORKER, name="Åke Kollega-Demo")
        manager = colleague(org, Role.MANAGER)
        coordinator = colleague(org, Role.SECURITY_COORDINATOR)
        stranger = colleague(organisation(), Role.SOCIAL_WORKER, name="Eva Annan-Demo")

    return House


def begun(client: Client, kind: str = "threat") -> str:
    """The beginning of the addresses of a draft that has its kind."""
    url = client.post(reverse("incident_report_start"), {"danger_now": "no"}).url
    client.post(url, {"kind": kind})
    return url.removesuffix("vad")


def draft_of(who) -> Incident:
    with acting(who.actor):
        return queries.drafts(who.actor).select_related("person").get()


@pytest.mark.parametrize("words", ["Åke Kollega-Demo", "  åke   kollega-demo ", "username"])
def test_a_colleague_is_found_by_whole_name_or_user_name(house, words):
    client = visitor(house.worker)
    base = begun(client)
    given = house.other.person.username if words == "username" else words
    assert client.post(base + "vem", {"whom": "colleague", "colleague": given}).status_code == 302
    draft = draft_of(house.worker)
    assert draft.for_colleague
    assert draft.person == house.other.person
    page = client.get(base + "kontrollera").content.decode()
    assert house.other.person.username in page
    assert "Åke Kollega-Demo" not in page, "what is written is matched, a name is not handed out"


@pytest.mark.parametrize("words", ["Åke", "kollega", "Eva Annan-Demo", "u99999", "%"])
def test_the_staff_cannot_be_listed_by_guessing_parts_of_names(house, words):
    client = visitor(house.worker)
    page = client.post(begun(client) + "vem", {"whom": "colleague", "colleague": words})
    assert page.status_code == 422
    assert 'id="id_colleague_error"' in page.content.decode()
    assert draft_of(house.worker).person is None


def test_two_with_one_name_are_told_apart_by_user_name(house):
    twin = colleague(house.org, Role.SOCIAL_WORKER, name="Åke Kollega-Demo")
    client = visitor(house.worker)
    page = client.post(begun(client) + "vem", {"whom": "colleague", "colleague": "Åke Kollega-Demo"}).content.decode()
    assert twin.person.username in page
    assert house.other.person.username in page


def test_a_colleague_need_not_be_named(house):
    client = visitor(house.worker)
    base = begun(client)
    client.post(base + "vem", {"whom": "colleague", "colleague": ""})
    client.post(base + "kontrollera")
    with acting(house.worker.actor):
        (sent,) = queries.own(house.worker.actor)
    assert sent.person_id is None
    assert sent.for_colleague


def test_the_colleague_follows_what_was_told_for_them(house):
    client = visitor(house.worker)
    base = begun(client)
    client.post(base + "vem", {"whom": "colleague", "colleague": "Åke Kollega-Demo"})
    assert "pratar med den som det hände" in client.post(base + "kontrollera", follow=True).content.decode()
    with acting(house.other.actor):
        (theirs,) = queries.own(house.other.actor)
        assert queries.view_for(house.other.actor, theirs) is View.OWN
    page = visitor(house.other).get(reverse("incident", args=[theirs.pk])).content.decode()
    assert "Någon hotade mig" not in page


def test_changing_ones_mind_makes_it_ones_own_again(house):
    client = visitor(house.worker)
    base = begun(client)
    client.post(base + "vem", {"whom": "colleague", "colleague": "Åke Kollega-Demo", "hide_identity": "on"})
    client.post(base + "vem", {"whom": "me", "colleague": "Åke Kollega-Demo"})
    draft = draft_of(house.worker)
    assert (draft.for_colleague, draft.person, draft.hide_identity) == (False, house.worker.person, False)


def test_hiding_is_offered_only_where_somebody_else_can_reach_one():
    org = organisation()
    worker, _manager = colleague(org, Role.SOCIAL_WORKER), colleague(org, Role.MANAGER)
    client = visitor(worker)
    base = begun(client)
    assert "hide_identity" not in client.get(base + "vem").content.decode()
    client.post(base + "vem", {"whom": "me", "hide_identity": "on"})
    assert not draft_of(worker).hide_identity
    colleague(org, Role.SECURITY_COORDINATOR)
    assert "hide_identity" in client.get(base + "vem").content.decode()


def test_everything_that_can_be_told_is_kept_and_shown_to_who_acts(house):
    client = visitor(house.worker)
    base = begun(client, "damage")
    given = {
        "damage_object": "car",
        "damage_note": "Däcken skurna O'Brien سكين",
        "children_meant": "on",
        "danger_ongoing": "on",
    }
    assert client.post(base + "mer", given).status_code == 302
    client.post(base + "kontrollera")
    with acting(house.manager.actor):
        (incident,) = queries.queue(house.manager.actor)
    page = visitor(house.manager).get(reverse("incident", args=[incident.pk])).content.decode()
    for words in ("En bil", "Däcken skurna O&#x27;Brien سكين", "Faran pågår", "Barn"):
        assert words in page


def test_damage_is_asked_about_only_where_something_was_damaged(house):
    client = visitor(house.worker)
    base = begun(client, "threat")
    assert "damage_object" not in client.get(base + "mer").content.decode()
    client.post(base + "vad", {"kind": "damage"})
    assert "damage_object" in client.get(base + "mer").content.decode()
    client.post(base + "vad", {"kind": "revenge_report"})
    assert "Anmälan gällde mina egna barn" in client.get(base + "mer").content.decode()


def test_nothing_unknown_can_be_damaged(house):
    with acting(house.worker.actor), pytest.raises(NotReady):
        actions.report_incident(house.worker.actor, Report(kind="damage", damage_object="the moon"))


def test_beginning_twice_with_the_same_number_is_one_report(house):
    client, number = visitor(house.worker), str(uuid.uuid4())
    first = client.post(reverse("incident_report_start"), {"danger_now": "no", "client_id": number}).url
    assert client.post(reverse("incident_report_start"), {"danger_now": "no", "client_id": number}).url == first
    client.post(first, {"kind": "threat"})
    check = first.removesuffix("vad") + "kontrollera"
    sent = client.post(check).url
    assert client.post(check).url == sent, "sent again, because no answer came, it leads to what was sent"
    assert client.post(reverse("incident_report_start"), {"danger_now": "no", "client_id": number}).url == sent
    with acting(house.worker.actor):
        assert queries.own(house.worker.actor).count() == 1


def test_another_persons_number_is_ones_own(house):
    number = uuid.uuid4()
    with acting(house.worker.actor):
        one = actions.start_draft(house.worker.actor, client_id=number)
    with acting(house.other.actor):
        other = actions.start_draft(house.other.actor, client_id=number)
    assert one.pk != other.pk


def test_what_was_written_without_a_connection_is_taken_in_once(house):
    number, actor = uuid.uuid4(), house.worker.actor
    given = {"kind": "threat", "exact_words": "سأجدك", "danger_now": True}
    with acting(actor):
        first = reporting.report_once(actor, number, given)
    with acting(actor):
        again = reporting.report_once(actor, number, {"kind": "violence"})
    assert (again.pk, again.reference, again.kind) == (first.pk, first.reference, "threat")
    assert first.danger_now


def test_what_cannot_be_sent_leaves_nothing_behind(house):
    actor = house.worker.actor
    with pytest.raises(NotReady), acting(actor):
        reporting.report_once(actor, uuid.uuid4(), {"kind": "", "exact_words": "x"})
    with acting(actor):
        assert not queries.drafts(actor).exists()
        kept = reporting.report_once(actor, uuid.uuid4(), {"kind": ""}, send=False)
        assert list(queries.drafts(actor)) == [kept]


def test_who_may_not_report_reports_nothing(house):
    advisor = colleague(house.org, Role.KNOWLEDGE_ADVISOR).actor
    with acting(advisor), pytest.raises(NotAllowed):
        reporting.report_once(advisor, uuid.uuid4(), {"kind": "threat"})


def test_the_number_after_9999_is_10000_and_then_10001(house):
    with acting(house.worker.actor):
        last = actions.report_incident(house.worker.actor, Report(kind="threat"))
        Incident.objects.filter(pk=last.pk).update(reference="H-2026-9999")
        sent = [actions.report_incident(house.worker.actor, Report(kind="threat")).reference for _ in range(3)]
    assert sent == ["H-2026-10000", "H-2026-10001", "H-2026-10002"]


def test_each_year_and_each_kind_of_reference_is_numbered_for_itself(house):
    with acting(house.worker.actor):
        taken = Incident.objects.filter(organisation_id=house.org.pk)
        assert next_number(taken, "H-2026-") == 1
        last = actions.report_incident(house.worker.actor, Report(kind="threat"))
        Incident.objects.filter(pk=last.pk).update(reference="H-2025-123456")
        assert (next_number(taken, "H-2025-"), next_number(taken, "H-2026-")) == (123457, 1)
