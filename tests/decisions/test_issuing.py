"""Issuing: what leaves the house, what is sealed, and what is left on the server afterwards."""

from __future__ import annotations

import datetime as dt
import json

import pytest
import time_machine
from django.conf import settings
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test import Client
from django.urls import reverse

from motkraft.decisions import actions, queries
from motkraft.decisions.models import Decision, DecisionPerson, NoticeAssessment, PublishedProof, SealedRecord
from motkraft.decisions.rules import DecisionError, LeakFound, NotReady, State, open_offline
from motkraft.decisions.rules.verification import Witnessed
from motkraft.decisions.views import public
from motkraft.ledger.models import Event
from motkraft.people.access import acting
from motkraft.people.actions import protect
from motkraft.people.models import DetailKind
from motkraft.sealing import SealingError, scan, verify_pdf


def notice_of(town, decision) -> bytes:
    with acting(town.worker.actor):
        return queries.notice_file(Decision.objects.get(pk=decision.pk)).read_bytes()


def record_of(town, decision, kind="original") -> bytes:
    with acting(town.worker.actor):
        return bytes(SealedRecord.objects.get(decision=decision, kind=kind).record)


def everything(town) -> bytes:
    """Every text and byte of every table that this organisation's people can read, and every file."""
    found = []
    with acting(town.worker.actor), connection.cursor() as cursor:
        cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        for (table,) in cursor.fetchall():
            try:
                with transaction.atomic():
                    cursor.execute(f'SELECT t::text FROM "{table}" t')
                    found += [row[0].encode() for row in cursor.fetchall()]
            except DatabaseError:
                continue
    blob = b"\n".join(found)
    hexed = b"".join(bytes.fromhex(part.split('"')[0].split(",")[0].split(")")[0]) for part in _bytea(blob))
    files = [path.read_bytes() for path in settings.MOTKRAFT_FOLDERS.files.rglob("*") if path.is_file()]
    assert files
    for file in files:
        assert scan(file, town.names) == []
    return blob + hexed + b"".join(files)


def _bytea(blob: bytes) -> list[str]:
    import re

    return [match.decode() for match in re.findall(rb"\\x((?:[0-9a-f]{2})+)", blob)]


def test_a_name_free_notice_holds_no_protected_name_anywhere(town):
    decision = town.issued()
    notice = notice_of(town, decision)
    assert scan(notice, [*town.names, "Lindqvistpåhitt-Demo", "O'Harapåhitt-Demo"]) == []
    assert verify_pdf(notice, now=decision.issued_at).intact


def test_a_notice_with_names_names_the_persons_and_cites_no_omission(town):
    decision = town.issued(level=0)
    found = {leak.term for leak in scan(notice_of(town, decision), town.names)}
    assert found == {0, 1, 2}


def test_the_original_holds_every_name_that_the_record_must_show(town):
    decision = town.issued()
    opened = open_offline(record_of(town, decision), identities=town.identities[:2])
    assert {leak.term for leak in scan(opened.payload, town.names)} == {0, 1, 2}


def test_after_sealing_database_and_files_hold_no_name_and_no_link_to_the_persons(town):
    decision = town.issued()
    blob = everything(town)
    assert decision.reference.encode() in blob  # the dump does hold the decision
    for name in town.names:
        assert name.encode() not in blob
    ids = [str(who.person.pk) for who in (town.worker, town.second, town.chair)]
    with acting(town.worker.actor):
        rows = [str(row.__dict__) for row in Decision.objects.filter(pk=decision.pk)]
        rows += [str(row.__dict__) for row in DecisionPerson.objects.filter(decision=decision)]
        rows += [str(row.__dict__) for row in decision.approvals.all()]
        rows += [str(row.__dict__) for row in decision.viewings.all()]
        rows += [str(row.__dict__) for row in NoticeAssessment.objects.filter(subject__decision=decision)]
        rows += [str(row.__dict__) for row in PublishedProof.objects.all()]
        rows += [str(row.__dict__) for row in Event.objects.filter(subject_id=decision.pk)]
        assert Decision.objects.get(pk=decision.pk).trace_key is None
        assert Decision.objects.get(pk=decision.pk).decider_body == "sealed"  # there is one chair
    assert not [row for row in rows if "chair" in row]
    assert not [one for one in ids if any(one in row for row in rows)]


def test_the_trail_gives_the_persons_back_to_two_custodians(town):
    decision = town.issued()
    trail = json.loads(open_offline(record_of(town, decision, "trail"), identities=town.identities[1:]).payload)
    parts = {person["part"]: person["person"] for person in trail["persons"]}
    assert parts["decider"] == str(town.chair.person.pk)
    assert parts["rapporteur"] == str(town.worker.person.pk)
    assert trail["assessments"][0]["facts"] and trail["decided_as"] == "chair"


def test_a_decision_with_names_keeps_its_persons(town):
    decision = town.issued(level=0)
    with acting(town.worker.actor):
        assert None not in set(decision.persons.values_list("person_id", flat=True))
        assert SealedRecord.objects.filter(decision=decision, kind="trail").exists(), "the sign-offs stand in it"


def test_one_custodian_cannot_open_and_two_can(town):
    decision = town.issued()
    with pytest.raises(SealingError):
        open_offline(record_of(town, decision), identities=town.identities[:1])
    opened = open_offline(record_of(town, decision), identities=town.identities[1:])
    assert opened.payload.startswith(b"%PDF-")


def test_what_is_sealed_or_published_cannot_be_changed(town):
    decision = town.issued()
    for statement in (
        "UPDATE decisions_sealedrecord SET commitment = 'x'",
        "DELETE FROM decisions_sealedrecord",
        "UPDATE decisions_publishedproof SET notice_sha256 = 'x'",
        "DELETE FROM decisions_publishedproof",
    ):
        with pytest.raises(DatabaseError), acting(town.worker.actor), connection.cursor() as cursor:
            cursor.execute(statement)
    assert decision.state == State.ISSUED


@pytest.mark.parametrize("field", ["content", "reasons"])
def test_a_protected_word_in_the_text_blocks_and_the_error_says_where_not_what(town, field):
    decision = town.decided(**{field: "Beslutet föredrogs av Ingrid Lindqvistpåhitt-Demo."})
    town.assess_all(decision)
    with pytest.raises(LeakFound) as error:
        town.run(town.worker, actions.finalise, decision)
    assert error.value.data["where"]
    assert "Lindqvist" not in error.value.message + str(error.value.data)
    with acting(town.worker.actor):
        assert Decision.objects.get(pk=decision.pk).state == State.DECIDED
        assert not PublishedProof.objects.exists()


def test_a_leak_is_told_on_the_page_without_the_word(town):
    decision = town.decided(content="Föredragande: Ingrid Lindqvistpåhitt-Demo.")
    town.assess_all(decision)
    client = Client()
    with acting(town.worker.actor):
        client.force_login(town.worker.person, backend="motkraft.people.login.Door")
    response = client.post(reverse("decision_finalise", args=[decision.pk]))
    assert response.status_code == 422
    assert "Lindqvist" not in response.content.decode()


def test_a_protected_phone_number_blocks_a_notice_with_names_too(town):
    with acting(town.coordinator.actor):
        protect(town.coordinator.actor, person=town.worker.person, details={DetailKind.PHONE: "070-555 01 99"})
    decision = town.decided(content="Ring 070-555 01 99.")
    town.run(town.worker, actions.set_protection, decision, level=0, reasons="Namnen får stå.")
    with pytest.raises(LeakFound):
        town.run(town.worker, actions.finalise, decision)


def test_every_person_left_out_needs_an_assessment(town):
    decision = town.decided()
    town.run(town.worker, actions.set_protection, decision, level=1, reasons="Vald nivå.")
    with pytest.raises(NotReady) as error:
        town.run(town.worker, actions.finalise, decision)
    assert error.value.data["count"] == 3


def test_nobody_assesses_the_own_name(town):
    decision = town.decided()
    with acting(town.manager.actor):
        subject = decision.persons.get(part="rapporteur")
        DecisionPerson.objects.filter(pk=subject.pk).update(person=town.manager.person)
        subject.refresh_from_db()
    with pytest.raises(DecisionError, match="own name"):
        town.run(
            town.manager,
            actions.assess_notice,
            decision,
            subject,
            feared=["threat"],
            facts="x",
            review_on=dt.date(2099, 1, 1),
            contact_channel="x",
        )


@pytest.mark.parametrize(
    "wrong",
    [
        {"feared": []},
        {"feared": ["dislike"]},
        {"facts": " "},
        {"contact_channel": ""},
        {"review_on": dt.date(2020, 1, 1)},
    ],
)
def test_an_assessment_says_what_is_feared_on_what_facts_until_when_and_how_to_reach_us(town, wrong):
    decision = town.decided()
    with acting(town.coordinator.actor):
        subject = decision.persons.first()
    good = {
        "feared": ["threat"],
        "facts": "x",
        "review_on": dt.date(2099, 1, 1),
        "contact_channel": "Registrator",
    }
    with pytest.raises(NotReady):
        town.run(town.coordinator, actions.assess_notice, decision, subject, **(good | wrong))


def test_before_the_rule_was_law_no_notice_leaves_names_out(make_town):
    with time_machine.travel(dt.datetime(2025, 7, 1, 10, tzinfo=dt.UTC), tick=False):
        town = make_town()
        decision = town.decided()
        with pytest.raises(DecisionError, match=r"FL 33 § 4 st applies from 2025-07-02"):
            town.assess_all(decision)
        with pytest.raises(DecisionError, match="must name the persons"):
            town.run(town.worker, actions.finalise, decision)
        town.run(town.worker, actions.set_protection, decision, level=0, reasons="Namnen får stå.")
        assert town.run(town.worker, actions.finalise, decision).state == State.ISSUED


def test_without_two_custodians_nothing_is_sealed(town):
    decision = town.decided()
    town.assess_all(decision)
    for who in town.custodians[1:]:
        with acting(who.actor):
            who.person.recipient = ""
            who.person.save(update_fields=["recipient"])
    with pytest.raises(NotReady) as error:
        town.run(town.worker, actions.finalise, decision)
    assert error.value.data["missing"] == ["custodians"]


def test_a_new_decision_replaces_the_old_one_for_all_to_see(town):
    old = town.issued()
    new = town.issued(replaces=old, reason="Fel paragraf.")
    with acting(town.worker.actor):
        assert Decision.objects.get(pk=old.pk).state == State.REPLACED
    assert queries.published(old.public_id).status == "replaced"
    assert queries.published(old.public_id).replaced_by == new.public_id
    page = Client().get(f"/kontrollera/{old.public_id}").content.decode()
    assert "ersatts" in page and f"/kontrollera/{new.public_id}" in page
    with acting(town.worker.actor):
        notice = queries.notice_file(Decision.objects.get(pk=old.pk)).read_bytes()
    found = queries.verify_file(notice)
    assert found.verdict == "replaced"


def test_text_in_arabic_and_with_apostrophes_is_issued_whole(town):
    decision = town.issued(content="القرار: رعاية الطفل. L'enfant d'abord ‘ja’.")
    assert decision.state == State.ISSUED


def test_without_a_demo_an_organisation_needs_its_own_seal(town, settings):
    settings.MOTKRAFT_DEMO = False
    decision = town.decided()
    town.assess_all(decision)
    with pytest.raises(DecisionError, match="no e-seal"):
        town.run(town.worker, actions.finalise, decision)


@pytest.mark.parametrize(
    ("needed", "of", "state"), [(2, 3, "proven"), (1, 1, "proven"), (1, 2, "open"), (2, 4, "open")]
)
def test_the_page_claims_one_history_only_when_no_two_groups_of_witnesses_could_see_two(monkeypatch, needed, of, state):
    monkeypatch.setattr(public, "witnessed", lambda *_of: Witnessed(("w.example",) * needed, of, needed, holds=True))
    (found,) = public._of_witnesses(None, None)
    assert found.state == state
