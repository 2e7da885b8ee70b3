"""Marking, the board, reminders, the calendar and drills, as their people meet them."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.core import mail
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from motkraft.decisions.actions import time_limits as actions
from motkraft.decisions.models import LimitReminder, SubmissionDrill, TimeMark
from motkraft.decisions.queries import time_limits as queries
from motkraft.decisions.rules import DecisionError, NotReady
from motkraft.decisions.rules.time_limits import DRILL_STEPS, LimitState
from motkraft.incidents.actions.reminders import waiting_mail
from motkraft.ledger.models import Event
from motkraft.people.access import NotAllowed, acting, system
from motkraft.people.contacts import set_work_mail

NUMBER = "UM 4711-26"


def states(town: Any) -> dict[str, LimitState]:
    with acting(town.manager.actor):
        return {each.limit.clock.id: each.limit.state for each in queries.limits(town.manager.actor, timezone.now())}


def signed_in(who: Any) -> Client:
    client = Client()
    client.force_login(who.person)
    return client


@pytest.fixture
def decision(town: Any) -> Iterator[Any]:
    yield town.decided()


def test_a_mark_moves_the_limits_and_stays_when_it_is_withdrawn(town, decision):
    today = timezone.localdate()
    run = town.run
    assert states(town) == {"custody_submission": LimitState.RUNNING}
    run(town.worker, actions.mark_event, town.case, decision=decision, event="custody_executed", on=today)
    reached = run(
        town.registrar,
        actions.mark_event,
        town.case,
        decision=decision,
        event="custody_reached_court",
        on=today,
        at=dt.time(14, 30),
        reference=NUMBER,
    )
    assert states(town) == {
        "custody_submission": LimitState.MET,
        "custody_court_review": LimitState.RUNNING,
        "care_application": LimitState.RUNNING,
    }
    with pytest.raises(DecisionError, match="marked on that day already"):
        run(town.worker, actions.mark_event, town.case, decision=decision, event="custody_reached_court", on=today)
    with pytest.raises(NotAllowed):
        run(town.chair, actions.mark_event, town.case, decision=decision, event="custody_lifted", on=today)
    with pytest.raises(NotReady):
        run(town.worker, actions.withdraw_mark, reached, reason=" ")
    run(town.worker, actions.withdraw_mark, reached, reason="Fel beslut")
    assert states(town)["custody_submission"] is LimitState.RUNNING
    with acting(town.worker.actor):
        kept = TimeMark.objects.get(pk=reached.pk)
        assert (kept.reference, kept.withdrawn_reason) == (NUMBER, "Fel beslut")
        for change in (kept.delete, lambda: TimeMark.objects.filter(pk=kept.pk).update(on=today - dt.timedelta(1))):
            with pytest.raises(DatabaseError), transaction.atomic():
                change()
        events = Event.objects.filter(type__startswith="deadline.")
        assert [event.type for event in events.order_by("at")] == ["deadline.marked"] * 2 + ["deadline.withdrawn"]
        assert not events.exclude(actor_id=None).exists()
        assert NUMBER not in str([event.data for event in events])


def test_the_board_the_case_and_the_forms_lead_from_a_limit_to_its_mark(town, decision):
    client = signed_in(town.registrar)
    board = client.get(reverse("limit_list")).content.decode()
    assert decision.reference in board and town.case.reference in board and "LVU 7 § 1 st, 7 § 3 st" in board
    marking = reverse("limit_mark", args=[decision.pk, "custody_reached_court"])
    assert marking in board
    wrong = client.post(marking, {"on": "2020-01-01", "reference": NUMBER})
    assert wrong.status_code == 422 and NUMBER in wrong.content.decode()
    done = client.post(marking, {"on": timezone.localdate().isoformat(), "reference": NUMBER})
    assert done.status_code == 302
    case = client.get(reverse("limit_case", args=[town.case.pk])).content.decode()
    assert NUMBER in case and town.registrar.person.username in case and town.registrar.person.name not in case
    assert client.get(reverse("limit_mark_choose", args=[decision.pk])).status_code == 200
    assert 'id="custody_submission' in client.get(reverse("limit_list") + "?lage=klara&sort=arende").content.decode()
    found = client.get(reverse("limit_list") + "?format=csv")
    assert found["Content-Type"].startswith("text/csv") and NUMBER not in found.content.decode()
    assert 'id="custody_court_review' not in client.get(reverse("limit_list") + "?vems=namnden").content.decode()
    page = client.get(reverse("decision", args=[decision.pk])).content.decode()
    assert reverse("limit_mark_choose", args=[decision.pk]) in page
    with acting(town.registrar.actor):
        mark = TimeMark.objects.get()
    assert client.post(reverse("limit_withdraw", args=[mark.pk]), {"reason": "Fel"}).status_code == 302
    opened = client.post(reverse("limit_case_open"), {"case": "Ä-2026-9001"})
    report = f"{opened['Location']}/markera/report_received"
    assert client.post(report, {"on": timezone.localdate().isoformat()}).status_code == 302
    assert 'id="report_preliminary_assessment' in client.get(opened["Location"]).content.decode()
    assert signed_in(town.coordinator).get(reverse("limit_list")).status_code == 404
    assert signed_in(town.chair).get(marking).status_code == 404


def test_an_empty_board_says_what_would_stand_there(town):
    assert "mk-empty" in signed_in(town.director).get(reverse("limit_list")).content.decode()


def test_who_sees_to_limits_is_reminded_before_and_after_and_a_mail_tells_nothing(town, decision, settings):
    settings.MOTKRAFT_SENDS_MAIL = True
    town.run(town.manager, set_work_mail, "chef@demo.example", wants_reminders=True)
    everything = system(town.organisation.pk)
    now = timezone.now()

    def at(days: int) -> dt.datetime:
        return now + dt.timedelta(days=days)

    with acting(everything):
        assert actions.remind_of_limits(everything, now) == []
        first = actions.remind_of_limits(everything, at(7).replace(hour=12))
        assert {row.person_id for row in first} == {town.manager.person.pk, town.registrar.person.pk}
        assert actions.remind_of_limits(everything, at(7).replace(hour=13)) == []
        for waiting in waiting_mail(everything, at(7), LimitReminder):
            actions.send_reminder(everything, waiting, at(7))
        assert actions.remind_of_limits(everything, at(40)), "after the last day too"
        assert LimitReminder.objects.count() >= 4
    (sent,) = mail.outbox
    for word in (decision.reference, town.case.reference, "omhänder", "LVU", *town.names):
        assert word not in sent.subject + sent.body
    client = signed_in(town.manager)
    assert 'id="reminders"' in client.get(reverse("limit_list")).content.decode()
    client.post(reverse("limit_reminders_seen"))
    assert 'id="reminders"' not in client.get(reverse("limit_list")).content.decode()


def test_the_calendar_holds_the_last_days_and_says_nothing_of_them(town, decision):
    client = signed_in(town.registrar)
    page = client.post(reverse("calendar_make")).content.decode()
    (path,) = re.findall(r"/kalender/[0-9a-f-]{36}/[\w-]+\.ics", page)
    feed = Client().get(path).content.decode()
    last = timezone.localdate() + dt.timedelta(days=7)
    assert f"DTSTART;VALUE=DATE:{last:%Y%m%d}" in feed
    for word in (decision.reference, town.case.reference, "LVU", "omhänder"):
        assert word not in feed


def test_a_drill_is_played_to_its_end_and_stands_nowhere_else(town):
    client = signed_in(town.manager)
    begun = client.post(reverse("drill_begin"), {"clock": "custody_submission"})
    page = client.get(begun["Location"]).content.decode()
    assert "LVU 7 § 1 st, 7 § 3 st" in page
    assert client.post(begun["Location"], {"steps": ["stop"]}).status_code == 422
    assert client.post(begun["Location"], {"steps": list(DRILL_STEPS), "learned": "Larmet"}).status_code == 302
    with acting(town.manager.actor):
        drill = SubmissionDrill.objects.get()
        assert (drill.done_by_id, drill.learned) == (town.manager.person.pk, "Larmet")
        assert queries.limits(town.manager.actor, timezone.now()) == []
        with pytest.raises(DatabaseError), transaction.atomic():
            drill.delete()
    assert drill.reference in client.get(reverse("drill_list")).content.decode()
    assert drill.reference not in client.get(reverse("limit_list")).content.decode()
    with pytest.raises(DecisionError, match="done already"):
        town.run(town.manager, actions.finish_drill, drill, steps=DRILL_STEPS)
