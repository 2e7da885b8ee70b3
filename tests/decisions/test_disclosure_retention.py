"""Requests for documents go when the organisation's time is over, by two persons; a leaf that says nothing stays."""

from __future__ import annotations

import datetime as dt

import pytest
import time_machine
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from factories import colleague
from motkraft.decisions.actions import disclosure
from motkraft.decisions.actions.disclosure import retention
from motkraft.decisions.models import DisclosureErasure, DisclosurePart, DisclosureRequest, SecrecyTest
from motkraft.decisions.queries import disclosure as queries
from motkraft.decisions.queries import disclosure_retention
from motkraft.decisions.rules import NotReady, WrongState
from motkraft.errors import MotkraftError
from motkraft.incidents.actions import path_of
from motkraft.ledger import queries as ledger
from motkraft.ledger.actions import publish
from motkraft.ledger.models import Event
from motkraft.people.access import NotAllowed, Role, acting, system

BASIS = "Dokumenthanteringsplanen 2026, p. 12"


def login(who) -> Client:
    client = Client()
    with acting(who.actor):
        client.force_login(who.person, backend="motkraft.people.login.Door")
    return client


@pytest.fixture
def town(town, no_scan):
    """The town with an administrator, the second who erases."""
    town.admin = colleague(town.organisation, Role.ADMINISTRATOR)
    return town


def answered(town) -> DisclosureRequest:
    """A request that was answered with a copy."""
    row = town.run(town.registrar, disclosure.register, asked="Beslutet om Påhittad-Demo.", came="phone")
    part = town.run(town.registrar, disclosure.add_part, row, label="Beslut", text="Beslutet togs i mars.")
    tried = {"rule_id": "client_data", "is_secret": False, "assessment": "Ingen skada."}
    town.run(town.registrar, disclosure.try_provision, part, **tried)
    town.run(town.registrar, disclosure.settle_part, part, outcome="release")
    return town.run(town.registrar, disclosure.answer, row, told="Här är kopian.")


def dry(town, who=None):
    who = who or town.registrar
    with acting(who.actor):
        return disclosure_retention.dry_run(who.actor, timezone.localdate())


def test_nothing_is_due_without_a_table_and_a_month_is_counted_by_hand(town):
    with time_machine.travel(dt.datetime(2026, 1, 30, 12, tzinfo=dt.UTC), tick=False):
        answered(town)
    with time_machine.travel(dt.datetime(2026, 12, 1, tzinfo=dt.UTC), tick=False):
        assert dry(town) == []
    with pytest.raises(MotkraftError, match="rests on"):
        town.run(town.registrar, retention.set_line, "released", months=1, basis=" ")
    with pytest.raises(NotReady):
        town.run(town.registrar, retention.set_line, "testing", months=1, basis=BASIS)
    with pytest.raises(NotAllowed):
        town.run(town.chair, retention.set_line, "released", months=1, basis=BASIS)
    town.run(town.registrar, retention.set_line, "released", months=1, basis=BASIS)
    for today, due in (("2026-02-27", 0), ("2026-02-28", 1), ("2026-03-30", 1)):  # February has no 30th
        with time_machine.travel(dt.datetime.fromisoformat(f"{today}T12:00:00+00:00"), tick=False):
            assert len(dry(town)) == due, today
    assert dry(town, town.chair) == []


def test_two_persons_erase_and_a_leaf_that_says_nothing_is_left(town, django_capture_on_commit_callbacks):
    with time_machine.travel(timezone.now() - dt.timedelta(days=90)):
        row, kept = answered(town), answered(town)
        opened = town.run(town.registrar, disclosure.register, asked="En annan handling.", came="letter")
    town.run(town.registrar, retention.set_line, "released", months=2, basis=BASIS)
    town.run(town.registrar, retention.set_hold, kept, reason="Överklagat.")
    publish(town.organisation.pk)
    with acting(town.registrar.actor):
        copy = path_of(town.organisation.pk, DisclosurePart.objects.get(request=row).copy_sha256)
        before = list(Event.objects.filter(subject_id=row.pk).values_list("pk", "entry"))
    assert copy.is_file() and [line.is_held for line in dry(town)] == [False, True]
    run = town.run(town.registrar, retention.propose)
    with pytest.raises(NotReady, match="two persons"):
        town.run(town.registrar, retention.erase, run)
    with django_capture_on_commit_callbacks(execute=True):
        assert town.run(town.admin, retention.erase, run) == 1
    with pytest.raises(WrongState):
        town.run(town.admin, retention.erase, run)
    assert not copy.exists()
    with acting(town.registrar.actor):
        row = DisclosureRequest.objects.get(pk=row.pk)
        assert (row.asked, row.told, row.answer_to, row.registered_by_id) == ("", None, None, None)
        assert row.reference and row.step == "released" and row.outcome == "release" and row.erased_at
        assert not DisclosurePart.objects.filter(request=row).exists()
        assert SecrecyTest.objects.count() == 1, "the one that is held keeps its own"
        after = {event.pk: event for event in Event.objects.filter(subject_id=row.pk)}
        assert all(after[pk].entry == entry and not after[pk].data and after[pk].salt is None for pk, entry in before)
        assert ledger.receipt(town.registrar.actor, after[before[0][0]]), "its leaf can still be proven"
        assert DisclosureRequest.objects.get(pk=opened.pk).asked and DisclosureRequest.objects.get(pk=kept.pk).asked
        (gone,) = DisclosureErasure.objects.all()
        assert (gone.by_id, gone.confirmed_by_id, gone.files) == (town.registrar.person.pk, town.admin.person.pk, 1)
        assert queries.requests(town.registrar.actor).count() == 3, "the figures stand"
        with pytest.raises(DatabaseError), transaction.atomic():
            DisclosureErasure.objects.update(files=9)
    with pytest.raises(WrongState, match="erased"):
        town.run(town.registrar, retention.set_hold, row, reason="För sent.")
    page = login(town.registrar).get(reverse("disclosure", args=[row.pk]))
    assert page.status_code == 200 and "Påhittad" not in page.content.decode()


def test_the_pages_lead_through_and_show_no_word_of_what_was_asked(town):
    with time_machine.travel(timezone.now() - dt.timedelta(days=90)):
        row = answered(town)
    first, second, address = login(town.registrar), login(town.admin), reverse("disclosure_retention")
    assert first.post(f"{address}/released", {"months": "2", "basis": ""}).status_code == 422
    assert first.post(f"{address}/released", {"months": "2", "basis": BASIS}).status_code == 302
    page = first.get(address).content.decode()
    assert row.reference in page and BASIS in page and "Påhittad" not in page
    hold = reverse("disclosure_hold", args=[row.pk])
    assert first.post(hold, {"reason": "Överklagat."}).status_code == 302
    assert ">Gallringsstopp<" in first.get(address).content.decode()
    assert first.post(reverse("disclosure_hold_lift", args=[row.pk])).status_code == 302
    assert first.post(f"{address}/foresla").status_code == 302
    with acting(system(town.organisation.pk)):
        waiting = disclosure_retention.proposal(system(town.organisation.pk), timezone.now())
    with acting(town.admin.actor):
        assert any(item.url == address for item in queries.todo(town.admin.actor, timezone.now()))
    run = reverse("disclosure_retention_run", args=[waiting.run])
    assert second.get(run).status_code == 200
    assert second.post(run).status_code == 302
    assert row.reference in second.get(address).content.decode()
    with acting(town.registrar.actor):
        assert DisclosureRequest.objects.get(pk=row.pk).erased_at
