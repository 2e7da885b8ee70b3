"""What writing, approving and publishing promise."""

from __future__ import annotations

import datetime as dt
import json

import pytest
from django.db import DatabaseError, connection, transaction

from answers.rooms import Room
from factories import colleague
from motkraft.answers import actions, queries
from motkraft.answers.models import Answer, Fact
from motkraft.answers.rules import (
    ChangedMeanwhile,
    Channel,
    FactsMissing,
    LibraryFault,
    NotNow,
    ProtectedWord,
    SamePerson,
    Status,
)
from motkraft.ledger.models import Event
from motkraft.people import actions as people
from motkraft.people.access import NotAllowed, Role, acting, system
from motkraft.people.models import DetailKind, Kind

pytestmark = pytest.mark.django_db


@pytest.fixture
def room() -> Room:
    return Room()


def as_public(claim: str = "N10", language: str = "sv") -> queries.PublicAnswer | None:
    with acting(None):
        return queries.public_answer(claim, language, day=dt.date(2026, 11, 21))


def test_a_published_answer_is_everyones_to_read(room):
    room.published()
    found = as_public()
    assert found.answer.title == "Rubrik"
    assert [fact.citation for fact in found.facts] == ["LVU 4 §"]


def test_the_author_cannot_approve_even_with_the_right_to(room):
    fact = room.fact()
    with acting(room.both):
        answer = actions.write_answer(room.both, claim_id="N10", language="sv", title="R", body="T", facts=[fact])
        actions.submit_answer(room.both, answer.pk)
        with pytest.raises(SamePerson):
            actions.approve_answer(room.both, answer.pk)


def test_whoever_changes_a_draft_is_its_author_from_then_on(room):
    fact = room.fact()
    answer = room.draft(fact)
    with acting(room.both):
        actions.change_answer(
            room.both, answer.pk, revision=1, title="Ny", body="Text", facts=[fact], claim_id="N10",
            language="sv",
            channel=Channel.PAGE, audience="public", is_language_reviewed=False, review_by=None,
        )  # fmt: skip
        actions.submit_answer(room.both, answer.pk)
        with pytest.raises(SamePerson):
            actions.approve_answer(room.both, answer.pk)


def test_the_database_refuses_an_approval_by_the_author(room):
    answer = room.draft(room.fact())
    with acting(room.author), pytest.raises(DatabaseError), transaction.atomic():
        Answer.objects.filter(pk=answer.pk).update(
            status="approved",
            approver_id=answer.author_id,
            approved_at=answer.created_at,
            approved_hash="0" * 64,
        )


def test_a_communicator_cannot_approve_and_a_director_cannot_write(room):
    answer = room.draft(room.fact())
    with acting(room.author):
        actions.submit_answer(room.author, answer.pk)
    other = colleague(room.organisation, Role.COMMUNICATOR).actor
    with acting(other), pytest.raises(NotAllowed):
        actions.approve_answer(other, answer.pk)
    with acting(room.approver), pytest.raises(NotAllowed):
        actions.write_answer(room.approver, claim_id="N10", language="sv", title="R", body="T", facts=[])


def test_a_fact_is_verified_by_another_person_than_its_author(room):
    with acting(room.both):
        fact = actions.add_fact(
            room.both, key="own", statement_sv="A", statement_en="A", source_title="S", citation="LVU 1 §",
            checked_on=dt.date(2026, 4, 27),
        )  # fmt: skip
        with pytest.raises(SamePerson):
            actions.verify_fact(room.both, fact.pk)


def test_an_answer_on_an_unverified_fact_is_never_approved(room):
    answer = room.draft(room.fact(), room.fact("loose", verified=False))
    with acting(room.author):
        actions.submit_answer(room.author, answer.pk)
    with acting(room.approver), pytest.raises(FactsMissing):
        actions.approve_answer(room.approver, answer.pk)
    assert as_public() is None


def test_the_database_refuses_to_publish_an_unverified_fact(room):
    answer = room.draft(room.fact("loose", verified=False))
    with (
        acting(room.approver),
        pytest.raises(DatabaseError, match="verified facts only"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "UPDATE answers_answer SET status='approved', approver_id=%s, approved_at=now(),"
            " approved_hash='x' WHERE id=%s; UPDATE answers_answer SET status='published' WHERE id=%s",
            [room.approver.person_id, answer.pk, answer.pk],
        )


def test_the_public_cannot_read_an_unverified_fact_at_all(room):
    room.fact("loose", verified=False)
    with acting(None):
        assert not Fact.objects.exists()


def test_a_retired_fact_disappears_from_the_page_and_the_page_says_so(room):
    kept, gone = room.fact(), room.fact("second")
    room.published(kept, gone)
    with acting(room.approver):
        actions.retire_fact(room.approver, gone.pk, reason="Källan ändrades")
    found = as_public()
    assert len(found.facts) == 1
    assert found.fact_is_missing
    with acting(room.author):
        assert any("SV-" in item.reference for item in queries.todo(room.author, dt.datetime.now(dt.UTC)))


def test_a_withdrawn_answer_is_shown_as_withdrawn_with_its_reason(room):
    answer = room.published()
    with acting(room.author):
        actions.withdraw_answer(room.author, answer.pk, reason="Lagen ändrades")
    found = as_public()
    assert found.is_withdrawn
    assert found.answer.withdrawn_reason == "Lagen ändrades"
    with acting(None):
        assert queries.index("sv") == []


def test_a_new_version_replaces_the_old_one_at_its_place(room):
    old = room.published()
    with acting(room.author):
        new = actions.revise_answer(room.author, old.pk)
        assert as_public().answer.pk == old.pk
        actions.submit_answer(room.author, new.pk)
    with acting(room.approver):
        actions.approve_answer(room.approver, new.pk)
        actions.publish_answer(room.approver, new.pk)
    assert as_public().answer.pk == new.pk
    with acting(room.author):
        assert Answer.objects.get(pk=old.pk).state is Status.WITHDRAWN


def test_published_words_cannot_be_changed_even_in_the_database(room):
    answer = room.published()
    with (
        acting(room.author),
        pytest.raises(DatabaseError, match="only while it is a draft"),
        transaction.atomic(),
    ):
        Answer.objects.filter(pk=answer.pk).update(body="Något annat")
    with acting(room.author), pytest.raises(NotNow):
        actions.change_answer(
            room.author, answer.pk, revision=1, title="x", body="x", facts=[], claim_id="N10", language="sv",
            channel=Channel.PAGE, audience="public", is_language_reviewed=True, review_by=None,
        )  # fmt: skip


def test_a_verified_fact_cannot_be_reworded(room):
    fact = room.fact()
    with acting(room.author), pytest.raises(DatabaseError, match="not changed"), transaction.atomic():
        Fact.objects.filter(pk=fact.pk).update(statement_sv="Nämnden beslutar.")


def test_two_who_save_the_same_draft_do_not_overwrite_each_other(room):
    fact = room.fact()
    answer = room.draft(fact)
    same = dict(
        revision=1, body="Text", facts=[fact], claim_id="N10", language="sv", channel=Channel.PAGE,
        audience="public",
        is_language_reviewed=False, review_by=None,
    )  # fmt: skip
    with acting(room.author):
        actions.change_answer(room.author, answer.pk, title="Först", **same)
        with pytest.raises(ChangedMeanwhile):
            actions.change_answer(room.author, answer.pk, title="Sedan", **same)
        assert Answer.objects.get(pk=answer.pk).title == "Först"


def test_an_approver_approves_the_text_that_was_on_the_screen(room):
    answer = room.draft(room.fact())
    with acting(room.author):
        actions.submit_answer(room.author, answer.pk)
    with acting(room.approver), pytest.raises(ChangedMeanwhile):
        actions.approve_answer(room.approver, answer.pk, seen="0" * 64)


def test_taking_back_ends_the_approval(room):
    answer = room.draft(room.fact())
    with acting(room.author):
        actions.submit_answer(room.author, answer.pk)
    with acting(room.approver):
        actions.approve_answer(room.approver, answer.pk)
    with acting(room.author):
        back = actions.take_back_answer(room.author, answer.pk)
    assert (back.state, back.approver_id, back.approved_hash) == (Status.DRAFT, None, "")


def test_an_answer_never_holds_a_protected_persons_name(room):
    worker = colleague(room.organisation, Role.SOCIAL_WORKER, name="Astrid O'Hara-Demo")
    admin = system(room.organisation.pk)
    with acting(admin):
        people.protect(admin, person=worker.person, details={DetailKind.NAME: "Astrid O'Hara-Demo"})
    answer = room.draft(room.fact(), body="Fråga Astrid  O’Hara-Demo om beslutet.")
    with acting(room.author):
        actions.submit_answer(room.author, answer.pk)
    with acting(room.approver):
        actions.approve_answer(room.approver, answer.pk)
        with pytest.raises(ProtectedWord) as caught:
            actions.publish_answer(room.approver, answer.pk)
    assert "Hara" not in caught.value.message + json.dumps(caught.value.data)
    assert caught.value.data["references"] == ["SP-0001"]


def test_another_organisation_cannot_read_or_change_a_draft(room):
    answer = room.draft(room.fact())
    other = Room()
    with acting(other.author):
        assert not Answer.objects.filter(pk=answer.pk).exists()
        assert not queries.answers(other.author).exists()
        with pytest.raises(Answer.DoesNotExist):
            actions.submit_answer(other.author, answer.pk)
    with acting(None):
        assert not Answer.objects.exists()


def test_another_organisation_can_read_but_not_change_what_is_published(room):
    answer = room.published()
    other = Room()
    with acting(other.both):
        assert Answer.objects.filter(pk=answer.pk).exists()
        assert Answer.objects.filter(pk=answer.pk).update(withdrawn_reason="x") == 0
        with pytest.raises(Answer.DoesNotExist):
            actions.withdraw_answer(other.both, answer.pk, reason="x")


def test_every_step_is_in_the_ledger_without_a_word_of_the_text(room):
    answer = room.published(title="Hemlig rubrik", body="Ett ord som bara står här")
    with acting(room.author):
        events = list(Event.objects.filter(subject_id=answer.pk).order_by("sequence"))
        kept = json.dumps([event.data for event in events])
    assert [event.type for event in events] == [
        "answer.written",
        "answer.submit",
        "answer.approve",
        "answer.publish",
    ]
    assert "rubrik" not in kept and "bara" not in kept


def test_the_library_loads_once_and_publishes_only_what_is_verified():
    unit = Room(Kind.KNOWLEDGE_UNIT)
    approver = colleague(unit.organisation, Role.KNOWLEDGE_ADVISOR).actor
    first = actions.load_library(unit.author, approver)
    second = actions.load_library(unit.author, approver)
    assert first.published == first.answers >= 8
    assert (second.facts, second.answers, second.published) == (0, 0, 0)
    found = as_public("N10", "ar")
    assert found.answer.is_language_reviewed is False
    assert all(fact.language == "ar" for fact in found.facts)
    with acting(None):
        assert not Fact.objects.filter(key="register-study-2024").exists()
        assert {entry.claim.id for entry in queries.index("sv")} == {"N01", "N08", "N10", "N11"}


def test_every_rule_that_the_library_names_was_law_on_the_day_it_was_checked():
    for entry in actions.read_library(None)["fact"]:
        if entry.get("rule_id"):
            rule = queries.rule_of(entry["rule_id"], entry["checked_on"])
            assert rule is not None and rule.is_verified, entry["key"]


def test_the_library_never_says_that_the_system_does_not_err():
    for entry in actions.read_library(None)["answer"]:
        words = entry["body"].lower()
        assert not any(boast in words for boast in ("aldrig fel", "never wrong", "never makes mistakes", "alltid rätt"))


def test_without_a_second_person_the_library_waits_as_drafts():
    unit = Room(Kind.KNOWLEDGE_UNIT)
    loaded = actions.load_library(unit.author)
    assert loaded.published == 0 < loaded.answers
    assert as_public() is None


def test_a_faulty_library_file_is_named(tmp_path, room):
    (tmp_path / "x.toml").write_text('[[fact]]\nkey = "a"\n')
    with pytest.raises(LibraryFault) as caught:
        actions.load_library(room.author, folder=tmp_path)
    assert caught.value.data["file"] == "x.toml"


def test_the_knowledge_units_answer_stands_before_a_municipalitys():
    room, unit = Room(), Room(Kind.KNOWLEDGE_UNIT)
    unit.published(title="Enhetens")
    room.published(title="Kommunens")
    found = as_public()
    assert found.answer.title == "Enhetens"
    assert [code for code, _ in found.others] == [room.organisation.code]
    with acting(None):
        assert queries.public_answer("N10", "sv", code=room.organisation.code).answer.title == "Kommunens"


def test_what_there_is_to_do_follows_the_steps(room):
    now = dt.datetime(2026, 11, 21, 8, tzinfo=dt.UTC)
    answer = room.draft(room.fact(), review_by=dt.date(2026, 11, 30))

    def todo(actor):
        with acting(actor):
            return [item.reference for item in queries.todo(actor, now)]

    with acting(room.author):
        actions.submit_answer(room.author, answer.pk)
    assert todo(room.approver) == [answer.reference]
    assert todo(room.author) == []
    with acting(room.approver):
        actions.approve_answer(room.approver, answer.pk)
    assert todo(room.author) == [answer.reference]
    with acting(room.author):
        actions.publish_answer(room.author, answer.pk)
        (item,) = queries.todo(room.author, now)
    assert item.due_at.date() == dt.date(2026, 11, 30)
