"""What learning promises: of one's own judgements, for one's own organisation, seen before and after, and undone."""

from __future__ import annotations

import random
from dataclasses import astuple, replace

import numpy as np
import pytest
from django.db import IntegrityError, transaction
from django.test import Client, TestCase
from django.urls import reverse
from posts import ndjson, tiktok

from conftest import PROTECTED
from factories import colleague, organisation
from motkraft.ledger.models import Event
from motkraft.matching import learning
from motkraft.matching.effects import Effect
from motkraft.matching.learning import FEWEST
from motkraft.people.access import NotAllowed, Role, acting
from motkraft.watch import actions, queries
from motkraft.watch.actions import analysing
from motkraft.watch.actions import learning as learning_action
from motkraft.watch.models import Learning, Match, Post
from motkraft.watch.rules import (
    LEARNING_TRANSITIONS,
    LearningState,
    State,
    TooFewJudgements,
    Verdict,
    WrongState,
    next_learning,
)

pytestmark = pytest.mark.django_db
SAID = "Kommunen rövar bort muslimska ungar mitt på blanka dagen i Rosenhill, precis som förra veckan"
OTHER = [
    "Ny lekplats invigdes", "Bussen var sen igen", "Biblioteket har stängt", "Laget vann med tre mål",
    "Det snöar i maj", "Skolmaten blev kall", "Hissen står still", "Cykeln är borta",
    "Katten sprang hem", "Fikat var gott", "Tåget ställdes in", "Vägen är avstängd",
]  # fmt: skip


def posts(actor, texts, verdict=""):
    """Posts with a proposed match each, judged by the actor: confirmed, or rejected as something."""
    for text in texts:
        post = Post.objects.create(
            organisation_id=actor.organisation_id,
            platform="tiktok",
            key=f"{random.getrandbits(200):064x}",
            post_id="1",
            text=text,
            language="sv",
            stance="spreads",
        )
        match = Match.objects.create(
            organisation_id=actor.organisation_id,
            post=post,
            claim_id="N01",
            wording_id="N01.sv.1",
            score=0.8,
            level="suggest",
            stance="spreads",
        )
        if verdict == "confirmed":
            actions.judge_match(actor, match.pk, State.CONFIRMED)
        elif verdict:
            actions.judge_match(actor, match.pk, State.REJECTED, Verdict(verdict))


def judge(actor, confirmed=(), rejected=()):
    """As many judgements as learning needs, those given among them."""
    letters = random.Random(7)
    strange = [" ".join("".join(letters.choices("abdefgikloprst", k=7)) for _ in range(9)) for _ in range(FEWEST)]
    posts(actor, [*confirmed, *(f"{words} soc stjäl barn" for words in strange)], "confirmed")
    posts(actor, [*rejected, *OTHER], "unrelated")


_TAUGHT = {}


def taught(judged, library, embedder, *, register, **more):
    """What judgements teach, worked out once: the same ones teach the same (tests/matching/test_learning.py)."""
    judged = sorted(judged, key=astuple)
    told = tuple(judged), frozenset((entry.kind, entry.value) for entry in register)
    if told not in _TAUGHT:
        _TAUGHT[told] = learning.recalibrate(judged, library, embedder, register=register, **more)
    return _TAUGHT[told]


@pytest.fixture(autouse=True)
def learns_once(monkeypatch):
    monkeypatch.setattr(learning_action, "recalibrate", taught)


@pytest.fixture
def judged(house):
    with acting(house.communicator.actor):
        judge(house.communicator.actor, [SAID, f"Det är {PROTECTED} på soc som stjäl barn från oss invandrare"])
    return house.communicator.actor


@pytest.fixture
def learned(judged):
    with acting(judged):
        started = actions.start_learning(judged)
    return actions.run_learning(judged, started.pk)


def test_what_was_learned_is_used_told_in_figures_and_written_down_without_a_text(judged, learned):
    with acting(judged):
        row = queries.learnings(judged).get()
        assert (row.pk, row.state) == (learned.pk, "used")
        assert (row.confirmed, row.rejected) == (FEWEST + 2, len(OTHER))
        assert {what for what, *_ in row.effect} == {"precision", "sure", "recall", "unrelated"}
        assert "[heads" in row.calibration
        event = Event.objects.get(type="watch.learned")
        assert event.data == {"confirmed": row.confirmed, "rejected": row.rejected, "wordings": row.new_wordings}
        stored = Learning.objects.filter(pk=row.pk).values_list("calibration", "wordings").get()
        assert b"Rosenhill" not in bytes(stored[1]) and b"heads" not in bytes(stored[0])


def test_a_confirmed_post_becomes_a_wording_and_one_that_names_somebody_does_not(judged, learned):
    with acting(judged):
        wordings = {wording.id: wording for wording in queries.wordings(judged, "N01")["sv"]}
        own = [wording.text for wording in wordings.values() if ".learned." in wording.id]
    assert SAID in own
    assert not any(PROTECTED.split()[0] in text for text in own)
    done = read_in(judged, tiktok(1, f"Hörde ni det? {SAID}! Dela vidare innan de tar bort inlägget"))
    with acting(judged):
        match = Match.objects.get(post__of_import=done, claim_id="N01")
        assert wordings[match.wording_id].text == SAID


def read_in(actor, *rows):
    with acting(actor):
        started = actions.start_import(actor, ndjson(*rows), "a.ndjson")
    return actions.run_import(actor, started.pk)


def test_nothing_of_it_reaches_another_organisation(judged, learned):
    other = colleague(organisation(), Role.COMMUNICATOR).actor
    with acting(other):
        assert not queries.learnings(other).exists()
        assert analysing.lessons_of(other) == analysing.Lessons()
        assert not any(".learned." in one.id for one in queries.wordings(other, "N01")["sv"])
        with pytest.raises(NotAllowed):
            actions.run_learning(other, learned.pk)
        with pytest.raises(WrongState):
            actions.unlearn(other)
    with acting(judged):
        mine, theirs = analysing.lessons_of(judged), analysing.Lessons()
        assert analysing.Register((), {}, mine).fingerprint() != analysing.Register((), {}, theirs).fingerprint()


def test_going_back_uses_what_ships_again_and_is_written_down(judged, learned):
    with acting(judged):
        actions.unlearn(judged)
        assert analysing.lessons_of(judged) == analysing.Lessons()
        assert Learning.objects.get().state == "left"
        assert Event.objects.filter(type="watch.unlearned").count() == 1
        assert Match.objects.exclude(state="proposed").count() == FEWEST + 2 + len(OTHER)
        with pytest.raises(WrongState):
            actions.unlearn(judged)


@pytest.fixture
def worsened(monkeypatch):
    """Learning that turns out worse, and in this alone: more own stories are proposed than before."""

    def recalibrate(*args, **more):
        found = taught(*args, **more)
        return replace(found, effect=(Effect("own_story", (0, 4), (3, 4)),))

    monkeypatch.setattr(learning_action, "recalibrate", recalibrate)


def test_what_is_worse_on_held_judgements_is_refused_and_what_was_in_use_stays(house, judged, learned, worsened):
    with acting(judged):
        before = analysing.lessons_of(judged)
        second = actions.start_learning(judged)
    refused = actions.run_learning(judged, second.pk)
    with acting(judged):
        assert (refused.state, refused.calibration, refused.wordings) == ("refused", None, None)
        assert analysing.lessons_of(judged) == before != analysing.Lessons()
        assert dict(Learning.objects.values_list("pk", "state")) == {learned.pk: "used", second.pk: "refused"}
        assert Event.objects.get(type="watch.learning_refused").data == {"worse": "apart"}
    page = browser(house.communicator).get(reverse("watch_learning")).content.decode()
    assert "Förra gången ändrades ingenting" in page and "fler egna berättelser skulle föreslås" in page
    assert "3 av 4" in page and "Används nu" in page


def test_what_is_out_of_use_leaves_no_ciphertext_behind(judged, learned):
    with acting(judged):
        actions.unlearn(judged)
        row = Learning.objects.get()
        assert (row.calibration, row.wordings) == (None, None)
        assert row.confirmed and row.effect and row.finished_at
        third = actions.start_learning(judged)
    actions.run_learning(judged, third.pk)
    with acting(judged):
        fourth = actions.start_learning(judged)
    actions.run_learning(judged, fourth.pk)
    with acting(judged):
        kept = Learning.objects.exclude(calibration=None, wordings=None)
        assert [row.pk for row in kept] == [fourth.pk]


def test_the_database_holds_no_lessons_that_are_out_of_use(judged, learned):
    with acting(judged), pytest.raises(IntegrityError, match="learning_kept_while_used"), transaction.atomic():
        Learning.objects.update(state="left")


def test_vectors_of_an_organisations_own_wordings_stay_off_the_disk(learned, judged, tmp_path):
    with acting(judged):
        lessons = analysing.lessons_of(judged)
    shipped, own = analysing.library(), analysing.library_of(lessons)
    folder = tmp_path / "vectors"
    folder.mkdir()
    (folder / "wordings-old.npy").write_bytes(b"")
    encoder = analysing._Remembering(analysing.embedder()._embedder, folder)
    texts = [wording.text for wording in own.wordings]
    first, again = encoder.embed(texts, "passage"), encoder.embed(texts, "passage")
    assert np.array_equal(first, again) and len(texts) > len(shipped.wordings)
    assert np.allclose(first, analysing.embedder()._embedder.embed(texts, "passage"), atol=1e-5)
    (kept,) = folder.iterdir()
    assert len(np.load(kept)) <= len(shipped.wordings)


def test_learning_anew_takes_the_place_of_what_was_learned_before(judged, learned):
    with acting(judged):
        posts(judged, ["Soc stjäl barn på löpande band i Ekbacka, varenda vecka samma sak"], "confirmed")
        second = actions.start_learning(judged)
    actions.run_learning(judged, second.pk)
    assert actions.run_learning(judged, second.pk).state == "used"  # a second worker changes nothing
    with acting(judged):
        states = dict(Learning.objects.values_list("pk", "state"))
        assert states == {learned.pk: "left", second.pk: "used"}
        assert queries.learnings(judged).get(pk=second.pk).confirmed == FEWEST + 3
        with pytest.raises(IntegrityError), transaction.atomic():
            Learning.objects.filter(pk=learned.pk).update(state="used")


def test_too_few_judgements_are_not_learned_from(house):
    actor = house.communicator.actor
    with acting(actor):
        posts(actor, OTHER[: FEWEST - 1], "confirmed")
        posts(actor, OTHER, "denies")
        with pytest.raises(TooFewJudgements) as caught:
            actions.start_learning(actor)
        assert not Learning.objects.exists()
    assert caught.value.data == {"confirmed": FEWEST - 1, "rejected": len(OTHER), "needed": FEWEST}


def test_copies_of_one_post_are_too_few_and_change_nothing(house):
    actor = house.communicator.actor
    with acting(actor):
        posts(actor, [f"{SAID}{'!' * n}" for n in range(FEWEST)], "confirmed")
        posts(actor, OTHER, "unrelated")
        started = actions.start_learning(actor)
    row = actions.run_learning(actor, started.pk)
    with acting(actor):
        assert (row.state, row.confirmed, row.rejected) == ("failed", 1, len(OTHER))
        assert analysing.lessons_of(actor) == analysing.Lessons()
    page = browser(house.communicator).get(reverse("watch_learning")).content.decode()
    assert "är 1 inlägg bekräftade och 12 avvisade" in page


def test_judgements_of_a_claim_that_has_left_the_library_do_not_count(house):
    actor = house.communicator.actor
    with acting(actor):
        judge(actor)
        Match.objects.update(claim_id="N99")
        assert queries.judgements(actor).confirmed == 0


@pytest.mark.parametrize("who", ["worker", "manager", "coordinator", "director"])
def test_only_those_who_judge_may_teach(house, who):
    actor = getattr(house, who).actor
    with acting(house.communicator.actor):
        judge(house.communicator.actor)
    for action in (actions.start_learning, actions.unlearn, queries.learnings, queries.judgements):
        with acting(actor), pytest.raises(NotAllowed):
            action(actor)
    client = browser(getattr(house, who))
    assert client.get(reverse("watch_learning")).status_code == 404
    assert client.post(reverse("watch_learn")).status_code == 404
    assert client.post(reverse("watch_unlearn")).status_code == 404


def test_every_transition_is_the_tables():
    for now in LearningState:
        for wanted in LearningState:
            if wanted in LEARNING_TRANSITIONS[now]:
                assert next_learning(now, wanted) is wanted
            else:
                with pytest.raises(WrongState):
                    next_learning(now, wanted)


# -- the page


def browser(colleague) -> Client:
    client = Client()
    with acting(colleague.actor):
        client.force_login(colleague.person)
    return client


def test_the_page_says_what_is_missing(house):
    page = browser(house.communicator).get(reverse("watch_learning")).content.decode()
    assert f"Minst {FEWEST} bekräftade och {FEWEST} avvisade träffar behövs." in page
    assert "Lär av våra bedömningar" not in page


def test_the_button_asks_a_worker_and_the_page_shows_the_effect_and_the_way_back(house, judged):
    from procrastinate.contrib.django.models import ProcrastinateJob

    from motkraft.watch.jobs import learn

    client = browser(house.communicator)
    assert "Lära av era bedömningar?" in client.get(reverse("watch_learning")).content.decode()
    assert client.get(reverse("watch_learn")).status_code == 404
    with TestCase.captureOnCommitCallbacks(execute=True):
        client.post(reverse("watch_learn"))
        client.post(reverse("watch_learn"))
    job = ProcrastinateJob.objects.get(task_name="watch.learn")
    assert "Inlärningen pågår" in client.get(reverse("watch_learning")).content.decode()
    learn.func(**job.args)
    page = client.get(reverse("watch_learning")).content.decode()
    assert "Bekräftade inlägg som föreslås" in page
    assert f"av {FEWEST + 2} (" in page
    assert PROTECTED not in page
    assert SAID in client.get(reverse("claim", args=["N01"])).content.decode()
    back = client.post(reverse("watch_unlearn"), follow=True).content.decode()
    assert "Inlägg som kommer in från och med nu jämförs som de gjorde före" in back
    assert "Används nu" not in back
    assert "Det var redan ångrat." in client.post(reverse("watch_unlearn"), follow=True).content.decode()


def test_claims_lead_to_it_for_those_who_judge(house):
    address = reverse("watch_learning")
    assert address in browser(house.communicator).get(reverse("claim_list")).content.decode()
    assert address not in browser(house.coordinator).get(reverse("claim_list")).content.decode()
