"""No word typed into a form of decisions leaves it: not in columns, events, addresses, titles, mails or logs."""

from __future__ import annotations

import datetime as dt
import random
import re
from typing import Any

import pytest
import time_machine
from django.conf import settings as django_settings
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from decisions.conftest import new_town
from factories import Colleague, colleague
from incidents.test_leaks import SCRIPTS, TROUBLES, Trail, Walker, letters, logged
from letterbox import mail_server
from motkraft.decisions import actions
from motkraft.decisions.actions import disclosure, police_help, time_limits
from motkraft.decisions.jobs import watch_limits
from motkraft.decisions.models import (
    DisclosurePart,
    DisclosureRequest,
    HandOver,
    HelpAgreement,
    HelpShare,
    LimitReminder,
    Mandate,
    PoliceHelp,
    SubmissionDrill,
    TimeMark,
)
from motkraft.decisions.queries.time_limits import my_cases
from motkraft.decisions.rules.rights import CONFLICTS
from motkraft.decisions.rules.time_limits import DRILL_STEPS, drills, events_for
from motkraft.people import contacts
from motkraft.people.access import Role, acting, system
from motkraft.people.models import Experience, Membership, SamePerson

pytestmark = pytest.mark.django_db
DAY = dt.timedelta(days=1)
#: What no form takes as it stands: a line break, and what is longer than a line.
TYPED = [trouble for trouble in TROUBLES if "\n" not in trouble and len(trouble) < 12]


class Words:
    """A fresh word for each field, in one of three scripts, with something troublesome in its middle."""

    def __init__(self) -> None:
        self.given: dict[str, str] = {}
        self.chance = random.Random(20261120)

    def __getitem__(self, field: str) -> str:
        if field not in self.given:
            letters, number = SCRIPTS[len(self.given) % 3], len(self.given)
            halves = ("".join(self.chance.choices(letters, k=11)) for _ in range(2))
            self.given[field] = TYPED[number % len(TYPED)].join(halves)
        return self.given[field]


class Room:
    """The pages of decisions, and who opens them."""

    def __init__(self, trail: Trail) -> None:
        self.town, self.other = new_town(), new_town()
        self.trail, self.words, self.walkers = trail, Words(), {}
        self.admin = colleague(self.town.organisation, Role.ADMINISTRATOR)

    def by(self, who: Colleague) -> Walker:
        return self.walkers.setdefault(who.person.pk, Walker(who, self.trail))

    def send(self, who: Colleague, name: str, *at: Any, **given: Any) -> str:
        """Post a form with these words; where it leads, which is opened too."""
        path = reverse(name, args=at)
        self.by(who).get(path)
        answer = self.by(who).post(path, given)
        assert answer.status_code == 302, (name, answer.status_code, _problems(answer))
        self.by(who).get(answer.url)
        return str(answer.url)

    def read(self, who: Colleague, model: Any, **where: Any) -> Any:
        with acting(who.actor):
            return model.objects.get(**where)


def _problems(answer: Any) -> list[str]:
    return re.findall(r'class="[^"]*error[^"]*"[^>]*>(.*?)<', answer.content.decode(), re.DOTALL)[:5]


def test_no_word_that_is_typed_is_found_outside_its_form(settings, no_scan):
    trail = Trail()
    with mail_server(settings) as post, logged(trail):
        room = Room(trail)
        for who in (room.town.manager, room.town.registrar):
            with acting(who.actor):
                contacts.set_work_mail(who.actor, "kontoret@exempel.test")
        documents(room)
        levels(room)
        police_and_limits(room)
        lists(room)
        with time_machine.travel(timezone.now() + 30 * DAY, tick=False):
            watch_limits(timestamp=0)
        for page in ("decision_list", "limit_list", "disclosure_list", "police_help_list", "hand_over_list"):
            for who in (room.town.manager, room.town.registrar):
                room.by(who).get(reverse(page))
                room.by(who).get(f"{reverse(page)}?format=csv")
        trail.note("health", Client().get(reverse("health")).content.decode())
        trail.rows(room.town.organisation.pk, room.other.organisation.pk)
    letters(trail, post)
    stored = django_settings.MOTKRAFT_FOLDERS.files
    trail.note("files", *(path.relative_to(stored) for path in stored.rglob("*")))
    assert trail.left["mails"] and trail.left["logs"] and len(room.words.given) > 35
    assert trail.holds(room.town.case.reference), "what stands in the clear is found"
    found = {field: trail.holds(word) for field, word in room.words.given.items() if trail.holds(word)}
    assert found == {}


def documents(room: Room) -> None:
    """A request from the public page to the written refusal."""
    town, words, visitor = room.town, room.words, Client()
    given = {"organisation": town.organisation.code, "asked": words["asked"], "answer_to": words["answer_to"]}
    made = visitor.post(reverse("disclosure_ask"), given)
    room.trail.response(made, reverse("disclosure_ask"))
    reference, code = re.findall(r'<code dir="ltr">([^<]+)</code>', made.content.decode())
    keys = {"reference": reference, "code": code}
    room.words.given["code"] = code
    row = room.read(town.registrar, DisclosureRequest)
    room.send(town.registrar, "disclosure_track", row.pk, track="party", identity=words["identity"])
    room.send(
        town.registrar, "disclosure_part", row.pk, label=words["label"], kind="document", text=words["document text"]
    )
    part = room.read(town.registrar, DisclosurePart)
    tried = {"rule_id": "client_data", "finding": "applies", "assessment": words["assessment"]}
    room.send(town.registrar, "disclosure_test", row.pk, part.pk, **tried)
    marked = f"Inledning. [[{words['marked']}|client_data]]"
    room.send(town.registrar, "disclosure_settle", row.pk, part.pk, outcome="redact", text=marked, never=words["never"])
    room.trail.response(room.by(town.registrar).get(reverse("disclosure_copy", args=[row.pk, part.pk])), "copy")
    room.send(town.registrar, "disclosure_answer", row.pk, told=words["told"])
    for path, more in (("disclosure_follow", {"do": "decision"}), ("disclosure_fetch", {"what": "1"})):
        answer = visitor.post(reverse(path), keys | more)
        assert answer.status_code == 200 and not answer.cookies
        room.trail.response(answer, reverse(path))
    room.send(town.chair, "disclosure_refuse", row.pk, reasons=words["refused"], delegation=words["delegation"])
    assert not visitor.cookies
    registered = {"came": "letter", "track": "public", "asked": words["letter"], "answer_to": words["letter to"]}
    room.send(town.registrar, "disclosure_register", **registered)


def levels(room: Room) -> None:
    """A joint board that declines, and a municipality that helps."""
    town, other, words = room.town, room.other, room.words
    decision = town.draft()
    asked = {"level": "4", "reasons": words["level"], "to": other.organisation.code, "grounds": words["grounds"]}
    room.send(town.worker, "decision_level", decision.pk, **asked)
    row = room.read(other.worker, HandOver)
    room.send(other.worker, "hand_over_answer", row.pk, accept="no", answer=words["declined"])
    terms: dict[str, Any] = {
        "helper": other.organisation.code,
        "tasks": ["investigate", "present"],
        "basis": words["basis"],
    }
    room.send(
        town.director,
        "help_agreement_new",
        valid_from=timezone.localdate(),
        valid_to=timezone.localdate() + DAY,
        **terms,
    )
    agreement = room.read(town.director, HelpAgreement)
    room.send(other.director, "help_agreement_accept", agreement.pk)
    room.send(town.worker, "decision_level", decision.pk, level="2", reasons=words["help"], to=other.organisation.code)
    share = room.read(town.worker, HelpShare)
    room.send(other.worker, "help_text", share.pk, content=words["help content"], reasons=words["help reasons"])
    room.send(other.worker, "help_present", share.pk, conflict="no")
    assessed = {"feared": ["threat"], "facts": words["presenter"], "review_on": timezone.localdate() + DAY}
    room.send(town.coordinator, "help_assess", share.pk, **assessed)
    room.send(town.worker, "help_take", share.pk)
    town.run(town.worker, actions.submit, decision)
    out = {"conflict": "yes", "ground": next(iter(CONFLICTS)), "facts": words["conflict"]}
    room.send(town.second, "decision_approve", decision.pk, text_sha256=town.text(decision), **out)
    replaced = {"person": town.worker.person.pk, "reason": words["replaced"], "rapporteur": town.manager.person.pk}
    room.send(town.manager, "decision_replace_handler", decision.pk, **replaced)


def police_and_limits(room: Room) -> None:
    """A request to the police, marks, and a drill."""
    town, words = room.town, room.words
    asked = {"case": "2026-118", "purpose": "carry_out", "mandate": "appointed_member", "condition": "special_powers"}
    texts = {name: words[name] for name in ("mandate_basis", "facts", "place", "needs", "contact", "unnamed")}
    room.send(town.appointed, "police_help_new", wanted_at=f"{timezone.localdate() + DAY}T10:00", **asked, **texts)
    row = room.read(town.appointed, PoliceHelp)
    room.send(town.appointed, "police_help_answer", row.pk, answer="refused", answer_reason=words["refusal"])
    room.send(town.appointed, "police_help_end", row.pk, presence="absent", aftermath=words["aftermath"])
    decision = town.decided()
    event = {"on": timezone.localdate(), "reference": words["court"][:38]}
    room.send(town.worker, "limit_mark", decision.pk, "custody_reached_court", **event)
    mark = room.read(town.worker, TimeMark)
    room.send(town.worker, "limit_withdraw", mark.pk, reason=words["mark"])
    answer = room.by(town.registrar).post(reverse("drill_begin"), {"clock": drills(timezone.localdate())[0].id})
    assert answer.status_code == 302
    drill = room.read(town.registrar, SubmissionDrill)
    room.send(town.registrar, "drill", drill.pk, steps=list(DRILL_STEPS), learned=words["learned"])


def lists(room: Room) -> None:
    """Seats, policies, text blocks, and who is whom."""
    town, words, admin = room.town, room.words, room.admin
    with acting(town.registrar.actor):
        mandate = Mandate.objects.filter(person_id=town.member.person.pk).first()
    assert mandate is not None
    room.send(town.registrar, "mandate_end", mandate.pk, reason=words["ended"])
    held = {"person": town.appointed.person.pk, "body": "committee", "reference": words["seat"]}
    room.send(town.registrar, "mandate_new", **held, given_on=timezone.localdate(), valid_from=timezone.localdate())
    policy = {"handlers": "2", "experienced_from": "", "reason": words["policy"]}
    room.send(town.registrar, "policy_new", **policy)
    person = town.worker.person
    same = {"username": town.second.person.username, "reason": words["same"]}
    room.send(admin, "person_same", person.pk, **same)
    room.send(admin, "person_same_lift", person.pk, room.read(admin, SamePerson).pk, reason=words["not the same"])
    held = room.read(admin, Membership, person=person)
    room.send(admin, "person_experience", person.pk, membership=held.pk, grounds=words["skilled"])
    skilled = room.read(admin, Experience)
    room.send(admin, "person_experience_end", person.pk, skilled.pk, reason=words["not skilled"])
    issued = town.issued()
    given = {"conflict": "no", "text_sha256": town.text(issued), "read": "on"}
    given |= {"body": "subcommittee", "reason": words["revoked"], "minutes": words["minutes"]}
    room.send(town.appointed, "decision_revoke", issued.pk, **given)
    room.send(town.worker, "decision_replace", issued.pk, reason=words["replacing"])
    decided = town.ready()
    given |= {"text_sha256": town.text(decided), "minutes": words["decided at"]}
    room.send(town.appointed, "decision_decide", decided.pk, **given)
    assessed = {"feared": ["threat"], "facts": words["feared"], "review_on": timezone.localdate() + DAY}
    with acting(town.coordinator.actor):
        subject = decided.persons.first().pk
    assessed["contact_channel"] = words["channel"]
    room.send(town.coordinator, "decision_assess", decided.pk, subject, **assessed)
    opening = {"legal_basis": "document_request", "reason": words["opening"]}
    room.send(town.registrar, "opening_request", issued.pk, **opening)
    for field in ("title", "text"):
        block = {"place": "questions", "title": "Kontakt", "text": "Ring.", "valid_from": timezone.localdate()}
        named = block | {field: f"Fråga {town.worker.person.name}"}
        answer = room.by(town.registrar).post(reverse("text_block_new"), named)
        assert answer.status_code == 422, "a text block's title stands in its address, and names nobody"
    block = {"place": "questions", "title": "Nytt", "text": "Ring.", "valid_from": timezone.localdate()}
    assert room.send(town.registrar, "text_block_new", **block).endswith("/nytt-2"), "nytt is the form's own address"


def test_the_public_pages_tell_nobody_what_there_is(no_scan):
    room = Room(Trail())
    town, visitor = room.town, Client()
    asked = town.run(town.registrar, disclosure.register, asked="Beslutet.", came="phone")
    issued, draft = town.issued(), town.draft()
    here, code = town.organisation.code, "0" * 20
    seen = set()
    for reference in (f"{here}/{asked.reference}", f"{here}/U-2026-9999", f"9999/{asked.reference}", "U"):
        answer = visitor.post(reverse("disclosure_follow"), {"reference": reference, "code": code})
        assert answer.status_code == 422 and not answer.cookies
        seen.add(answer.content.decode().replace(reference, ""))
        fetched = visitor.post(reverse("disclosure_fetch"), {"reference": reference, "code": code, "what": "1"})
        assert fetched.status_code == 404 and not fetched.cookies
    assert len(seen) == 1, "a request that is there and one that is not look the same"
    pages = []
    for public_id in (draft.public_id, "AAAAAAAAAAAAAAAA"):
        answer = visitor.get(reverse("verify_decision", args=[public_id]))
        assert answer.status_code == 404 and not answer.cookies
        pages.append(answer.content.decode().replace(public_id, ""))
        receipt = visitor.get(reverse("verify_receipt", args=[public_id]))
        assert receipt.status_code == 404 and not receipt.cookies
    assert pages[0] == pages[1], "a decision that is not issued is as one that never was"
    assert visitor.get(reverse("verify_decision", args=[issued.public_id])).status_code == 200
    assert not visitor.cookies


def test_who_marked_and_who_asked_the_police_is_sealed_with_the_decision(no_scan):
    room = Room(Trail())
    town, day = room.town, timezone.localdate()
    decision = town.decided()
    mark, wrong = (
        town.run(town.worker, time_limits.mark_event, town.case, decision=decision, event=event, on=day)
        for event in ("custody_executed", "custody_reached_court")
    )
    town.run(town.worker, time_limits.withdraw_mark, wrong, reason="Fel beslut.")
    asked = {name: "Text." for name in ("mandate_basis", "facts", "place", "needs", "contact", "unnamed")}
    asked |= {"purpose": "carry_out", "mandate": "appointed_member", "condition": "special_powers"}
    when = timezone.now() + DAY
    town.run(town.appointed, police_help.ask_police, case=town.case, decision=decision, wanted_at=when, **asked)
    town.run(town.worker, actions.set_protection, decision, level=0, reasons="Ingen är hotad.")
    with acting(system(town.organisation.pk)):
        time_limits.withdraw_mark(town.worker.actor, mark, reason="Fel dag.")
        time_limits.remind_of_limits(system(town.organisation.pk), timezone.now() + 10 * DAY)
        assert LimitReminder.objects.filter(decision=decision, person=town.worker.person).exists()
    town.run(town.worker, actions.set_protection, decision, level=1, reasons="Vald nivå.")
    town.assess_all(decision)
    town.run(town.worker, actions.finalise, decision)
    with acting(town.worker.actor):
        for row in TimeMark.objects.filter(decision=decision):
            assert (row.marked_by_id, row.withdrawn_by_id) == (None, None) and row.marked_at
        assert PoliceHelp.objects.get().asked_by_id is None
        reminded = set(LimitReminder.objects.filter(decision=decision).values_list("person_id", flat=True))
        assert reminded <= {town.manager.person.pk, town.registrar.person.pk} and reminded
        for change in ({"marked_by": town.second.person}, {"withdrawn_at": None}, {"on": day - DAY}):
            with pytest.raises(DatabaseError), transaction.atomic():
                TimeMark.objects.filter(pk=wrong.pk).update(**change)
    page = room.by(town.manager).get(reverse("limit_case", args=[town.case.pk])).content.decode()
    assert town.worker.person.username not in page and page.count("förseglat") == 4
    assert mark.marked_by_id == town.worker.person.pk, "it stood there until then"


def test_who_marks_on_a_case_or_a_sealed_decision_is_encrypted_and_still_told(no_scan):
    town, day = new_town(), timezone.localdate()
    issued = town.issued()
    mark = {"event": "custody_executed", "on": day, "decision": issued}
    on_decision = town.run(town.worker, time_limits.mark_event, town.case, **mark)
    on_case = town.run(town.worker, time_limits.mark_event, town.case, event=events_for("", day)[0].id, on=day)
    town.run(town.second, time_limits.withdraw_mark, on_case, reason="Fel ärende.")
    who = {str(town.worker.person.pk), str(town.second.person.pk)}
    with acting(town.worker.actor), connection.cursor() as cursor:
        cursor.execute("SELECT t::text FROM decisions_timemark t")
        rows = [row for (row,) in cursor.fetchall()]
        assert len(rows) == 2 and not [each for each in who for row in rows if each in row]
        assert TimeMark.objects.get(pk=on_decision.pk).marker == str(town.worker.person.pk)
        assert my_cases(town.worker.actor) == {town.case.pk} and my_cases(town.manager.actor) == set()
        for change in ({"marker_index": "0"}, {"marked_by": town.second.person}):
            with pytest.raises(DatabaseError), transaction.atomic():
                TimeMark.objects.filter(pk=on_case.pk).update(**change)
    walker = Walker(town.manager, Trail())
    page = walker.get(reverse("limit_case", args=[town.case.pk])).content.decode()
    assert town.worker.person.username in page and town.second.person.username in page
