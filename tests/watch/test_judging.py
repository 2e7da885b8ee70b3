"""What judging promises: the machine proposes, a person decides, and nothing is decided unseen."""

from __future__ import annotations

import datetime as dt
import hashlib
import json

import pytest
from django.utils import timezone
from posts import DENIES, HANDLE, SPREADS, ndjson, tiktok

from conftest import PROTECTED
from factories import colleague, organisation
from motkraft.incidents.actions import path_of as kept_at
from motkraft.incidents.models import Evidence, Incident
from motkraft.incidents.rules import KINDS
from motkraft.ledger.models import Event
from motkraft.people.access import NotAllowed, Role, acting
from motkraft.people.models import Reading
from motkraft.watch import actions, queries
from motkraft.watch.models import Exposure, Match, Post, ThreatSignal
from motkraft.watch.rules import (
    EXPOSURE_TRANSITIONS,
    MATCH_TRANSITIONS,
    Dismissal,
    ExposureState,
    Place,
    State,
    Verdict,
    WrongState,
    incident_kind,
    main_place,
    next_exposure,
    next_match,
)

pytestmark = pytest.mark.django_db
ARABIC = "انغريد ليندكفيست تخطف أطفال المسلمين في السويد، نعرف أين تسكن"


def read_in(actor, *rows):
    with acting(actor):
        started = actions.start_import(actor, ndjson(*rows), "a.ndjson")
    return actions.run_import(actor, started.pk)


@pytest.fixture
def match(house):
    read_in(house.communicator.actor, tiktok(1, SPREADS, playCount=900))
    with acting(house.communicator.actor):
        return Match.objects.get()


@pytest.fixture
def exposure(house):
    read_in(house.communicator.actor, tiktok(1, ARABIC))
    with acting(house.communicator.actor):
        return Exposure.objects.select_related("post").get()


# -- what is never proposed


@pytest.mark.parametrize(
    "text",
    [
        DENIES,
        "Faktagranskning: nej, socialtjänsten kidnappar inte barn. Påståendet är falskt.",
        "Stämmer det att socialtjänsten kidnappar muslimska barn?",
        "Min son placerades i ett familjehem i våras och jag saknar honom varje dag",
        "JO kritiserar socialnämnden för brister i utredningen av LVU",
    ],
)
def test_a_denial_a_question_a_story_or_criticism_is_never_proposed_as_spreading(house, text):
    done = read_in(house.communicator.actor, tiktok(1, text), tiktok(2, SPREADS))
    with acting(house.communicator.actor):
        assert done.new == 2
        assert [found.post.text for found in Match.objects.select_related("post")] == [SPREADS]


# -- matches


def test_a_match_is_only_proposed_until_a_person_has_judged_it(house, match):
    actor = house.communicator.actor
    assert match.state == "proposed"
    with acting(actor):
        judged = actions.judge_match(actor, match.pk, State.CONFIRMED)
        assert (judged.state, judged.judged_by_id) == ("confirmed", actor.person_id)
        event = Event.objects.get(type="match.confirmed")
        assert event.data == {"claim": "N01", "verdict": "", "score": round(match.score, 4)}


def test_a_rejection_says_what_the_post_is_instead_and_can_be_undone(house, match):
    actor = house.communicator.actor
    with acting(actor):
        assert actions.judge_match(actor, match.pk, State.REJECTED, Verdict.CRITICISM).verdict == "criticism"
        undone = actions.undo_judgement(actor, match.pk)
        assert (undone.state, undone.verdict, undone.judged_at) == ("proposed", "", None)
        assert [e.type for e in Event.objects.filter(subject_kind="match").order_by("sequence")] == [
            "match.rejected",
            "match.undone",
        ]


def test_a_match_is_judged_once(house, match):
    actor = house.communicator.actor
    with acting(actor):
        actions.judge_match(actor, match.pk, State.CONFIRMED)
        with pytest.raises(WrongState):
            actions.judge_match(actor, match.pk, State.REJECTED)


def test_only_a_communicator_judges_and_never_across_organisations(house, match):
    elsewhere = colleague(organisation(), Role.COMMUNICATOR).actor
    for actor in (house.worker.actor, house.manager.actor, house.coordinator.actor, elsewhere):
        with pytest.raises(NotAllowed), acting(actor):
            actions.judge_match(actor, match.pk, State.CONFIRMED)


def test_a_second_import_does_not_touch_what_was_judged(house, match):
    actor = house.communicator.actor
    with acting(actor):
        actions.judge_match(actor, match.pk, State.REJECTED, Verdict.OWN_STORY)
    read_in(actor, tiktok(1, SPREADS, collected=1_770_000_000_000, playCount=5))
    with acting(actor):
        assert Match.objects.get().state == "rejected"


# -- the morning list


def test_the_morning_list_ranks_claims_and_never_counts_unknown_reach_as_none(house):
    actor = house.communicator.actor
    read_in(
        actor,
        tiktok(1, SPREADS, playCount=500),
        tiktok(2, "Sweden kidnaps Muslim children, stop the kidnapping, share this everywhere"),
        tiktok(3, "I familjehemmet ger de våra barn griskött och öl varje dag, dela så att alla får se"),
    )
    with acting(actor):
        now = timezone.now()
        rows = queries.morning(actor, now)
        assert rows[0].claim_id == "N01"
        assert (rows[0].new, rows[0].reach, rows[0].reach_known) == (2, 500, 1)
        assert set(rows[0].languages) == {"sv", "en"}
        pork = next(row for row in rows if row.claim_id == "N03")
        assert (pork.reach, pork.reach_known) == (None, 0)
        assert queries.morning(actor, now + dt.timedelta(days=3)) == []


def test_a_rejected_match_leaves_the_morning_list(house, match):
    actor = house.communicator.actor
    with acting(actor):
        actions.judge_match(actor, match.pk, State.REJECTED, Verdict.UNRELATED)
        assert queries.morning(actor, timezone.now()) == []


def test_posts_are_found_by_claim_language_platform_state_and_time(house, match):
    actor = house.communicator.actor
    with acting(actor):
        found = queries.posts(actor, claim_id="N01", state="proposed", language="sv", platform="tiktok")
        assert found.get().text == SPREADS
        assert not queries.posts(actor, claim_id="N02")
        assert not queries.posts(actor, since=timezone.now())
        assert queries.posts(actor, until=timezone.now()).count() == 1


# -- exposures


def test_a_name_in_arabic_letters_is_found_and_only_proposed(house, exposure):
    with acting(house.communicator.actor):
        assert (exposure.protected_person_id, exposure.kind, exposure.state) == (house.protected.pk, "name", "proposed")
        assert exposure.post.text[exposure.start : exposure.end].startswith("انغريد")
        assert exposure.incident_id is None
        assert not Incident.objects.exists()


def test_a_confirmed_exposure_is_an_incident_whose_evidence_verifies(house, exposure):
    actor = house.communicator.actor
    with acting(actor):
        confirmed = actions.confirm_exposure(actor, exposure.pk)
        incident = Incident.objects.get(pk=confirmed.incident_id)
        assert incident.protected_person_id == house.protected.pk
        assert incident.person_id == house.worker.person.pk
        assert (incident.source, incident.source_id) == ("exposure", exposure.pk)
        assert incident.exact_words == ARABIC
        assert incident.kind in KINDS
        assert incident.reference
        kept = Evidence.objects.get(incident=incident)
    content = kept_at(actor.organisation_id, kept.sha256).read_bytes()
    assert hashlib.sha256(content).hexdigest() == kept.sha256
    told = json.loads(content)
    assert (told["format"], told["text"], told["url"]) == (
        "motkraft-post/1",
        ARABIC,
        f"https://www.tiktok.com/@{HANDLE}/video/7400000000000000001",
    )
    record = json.loads(told["record"])
    assert record["data"]["author"]["uniqueId"] == HANDLE
    assert "user_agent" not in record
    assert kept.source_class == "collected_post"


def test_after_confirming_the_handle_is_kept_only_in_the_evidence(house, exposure):
    actor = house.communicator.actor
    with acting(actor):
        assert HANDLE in Post.objects.get().raw
        actions.confirm_exposure(actor, exposure.pk)
        assert Post.objects.get().raw is None


def test_an_exposure_becomes_one_incident_and_no_second(house, exposure):
    actor = house.communicator.actor
    with acting(actor):
        actions.confirm_exposure(actor, exposure.pk)
        with pytest.raises(WrongState):
            actions.confirm_exposure(actor, exposure.pk)
        with pytest.raises(WrongState):
            actions.undo_dismissal(actor, exposure.pk)
        assert Incident.objects.count() == 1


def test_a_dismissed_exposure_says_why_and_can_be_taken_up_again(house, exposure):
    actor = house.coordinator.actor
    with acting(actor):
        assert actions.dismiss_exposure(actor, exposure.pk, Dismissal.ANOTHER_PERSON).dismissal == "another_person"
        assert actions.undo_dismissal(actor, exposure.pk).state == "proposed"
        assert not Incident.objects.exists()


def test_a_text_that_a_person_judged_is_not_judged_for_them_again(house, exposure):
    actor = house.communicator.actor
    with acting(actor):
        actions.dismiss_exposure(actor, exposure.pk, Dismissal.HARMLESS)
    read_in(actor, tiktok(1, f"{ARABIC} 2", collected=1_770_000_000_000))
    with acting(actor):
        assert Exposure.objects.get().state == "dismissed"
        assert Post.objects.get().text == ARABIC


def test_an_exposure_holds_no_name_and_no_ledger_data_does(house, exposure):
    actor = house.communicator.actor
    with acting(actor):
        actions.confirm_exposure(actor, exposure.pk)
        exposure.refresh_from_db()
        told = json.dumps([exposure.reason, exposure.places, [e.data for e in Event.objects.all()]], ensure_ascii=False)
    for word in ("Ingrid", "Lindqvist", "انغريد", HANDLE):
        assert word not in told


def test_reading_an_exposure_is_written_down(house, exposure):
    actor = house.coordinator.actor
    with acting(actor):
        queries.open_exposure(actor, exposure.pk)
        assert Reading.objects.get(subject_kind="exposure").reader_id == actor.person_id


def test_only_those_who_may_confirm_see_exposures(house, exposure):
    elsewhere = colleague(organisation(), Role.COMMUNICATOR).actor
    for actor in (house.worker.actor, house.manager.actor, house.director.actor, elsewhere):
        with acting(actor), pytest.raises(NotAllowed):
            queries.open_exposure(actor, exposure.pk)
        with acting(actor), pytest.raises(NotAllowed):
            actions.confirm_exposure(actor, exposure.pk)


def test_what_waits_stands_under_to_do_exposures_first(house):
    read_in(house.communicator.actor, tiktok(1, f"{SPREADS} {PROTECTED}"))
    with acting(house.communicator.actor):
        waiting = list(queries.todo(house.communicator.actor, timezone.now()))
    assert waiting[0].reference == house.protected.reference
    assert len(waiting) == 2
    with acting(house.worker.actor):
        assert list(queries.todo(house.worker.actor, timezone.now())) == []


def test_threatening_words_are_kept_as_signals(house):
    read_in(house.communicator.actor, tiktok(1, f"{PROTECTED}, vi vet var du bor och var dina barn går i skolan"))
    with acting(house.communicator.actor):
        assert ThreatSignal.objects.filter(kind="veiled").exists()
        exposure = Exposure.objects.get()
        confirmed = actions.confirm_exposure(house.communicator.actor, exposure.pk)
        assert Incident.objects.get(pk=confirmed.incident_id).kind == "veiled_threat"


# -- the rules behind


def test_states_move_only_along_their_tables():
    for table, states, move in (
        (MATCH_TRANSITIONS, State, next_match),
        (EXPOSURE_TRANSITIONS, ExposureState, next_exposure),
    ):
        for now in states:
            for wanted in states:
                if wanted in table[now]:
                    assert move(now, wanted) is wanted
                else:
                    with pytest.raises(WrongState):
                        move(now, wanted)


@pytest.mark.parametrize(
    ("signals", "kind"),
    [
        ([], "naming"),
        ([("gathering", "medium", "sv.gathering")], "veiled_threat"),
        ([("veiled", "medium", "ar.veiled")], "veiled_threat"),
        ([("explicit", "high", "sv.violence")], "threat"),
        ([("veiled", "medium", "sv.veiled"), ("explicit", "high", "ar.death")], "death_threat"),
        ([("incitement", "medium", "model.incitement")], "veiled_threat"),
        ([("explicit", "low", "ar.death")], "naming"),
    ],
)
def test_the_kind_of_incident_follows_the_gravest_signal(signals, kind):
    assert incident_kind(signals) == kind
    assert kind in KINDS


def test_an_exposure_is_called_after_the_gravest_place():
    name, address = Place("name", 0, 5, 0.99), Place("address", 9, 20, 0.6)
    assert main_place([name, address]) == address
