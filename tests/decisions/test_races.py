"""Two clicks, two browsers, two organisations at once: one of them counts, and the other is told why in words."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.utils import timezone

from decisions.conftest import Town, new_town
from factories import Colleague, colleague
from motkraft.decisions import actions
from motkraft.decisions.actions import disclosure, protection, protection_help, text_blocks, time_limits
from motkraft.decisions.models import Decision, HandOver, Mandate, TextBlock, TimeMark
from motkraft.decisions.rules.time_limits import events_for
from motkraft.errors import MotkraftError
from motkraft.ledger import actions as ledger
from motkraft.ledger.models import Event, Witness
from motkraft.people import same_person
from motkraft.people.access import Role, acting, system
from motkraft.people.models import Kind, SamePerson
from motkraft.tlog import COSIGNATURE, generate

Step = tuple[Colleague, Callable[..., Any]]


def at_once(*steps: Step) -> list[str]:
    """Do each in a transaction and a connection of its own; "done", or the message that it was refused with."""
    told: list[str] = [""] * len(steps)
    start = threading.Barrier(len(steps))

    def do(number: int, who: Colleague, act: Callable[..., Any]) -> None:
        try:
            start.wait()
            with acting(who.actor):
                act(who.actor)
            told[number] = "done"
        except MotkraftError as error:
            told[number] = error.message
        except Exception as error:
            told[number] = f"{type(error).__name__}: {error}"
        finally:
            connection.close()

    threads = [threading.Thread(target=do, args=(number, *step)) for number, step in enumerate(steps)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return told


def only_one(told: list[str], why: str) -> None:
    """One was done; whatever came at the same time was refused in words."""
    others = [words for words in told if words != "done"]
    assert len(others) == len(told) - 1 and all(why in words for words in others), told


def twice(who: Colleague, act: Callable[..., Any]) -> list[str]:
    return at_once(*[(who, act)] * 3)


def test_of_what_is_done_at_once_one_counts_and_nothing_breaks(django_db_blocker):
    """In transactions of their own, as requests are; what it makes stays in this run's database."""
    with django_db_blocker.unblock():
        town = new_town()
        deciding(town)
        handing_over(town)
        asking_for_documents(town)
        lists(town)
        connection.close()


def deciding(town: Town) -> None:
    decision = town.draft()
    town.run(town.worker, actions.submit, decision)
    text = town.text(decision)
    for who in (town.worker, town.second):
        town.run(who, actions.declare, decision, conflict=False)
    only_one(twice(town.worker, lambda actor: actions.approve(actor, decision, text_sha256=text)), "approved")
    assert twice(town.second, lambda actor: actions.approve(actor, decision, text_sha256=text)).count("done") == 1
    for who in (town.chair, town.appointed):
        town.run(who, actions.declare, decision, conflict=False)

    def decide(body: str) -> Callable[..., Any]:
        return lambda actor: actions.decide(actor, decision, body=body, text_sha256=text, urgency="I kväll.")

    told = at_once(
        (town.chair, decide("chair")), (town.chair, decide("chair")), (town.appointed, decide("appointed_member"))
    )
    assert told.count("done") == 1 and not [words for words in told if "Error" in words], told
    with acting(town.worker.actor):
        assert decision.persons.filter(part="decider").count() == 1
        assert decision.sign_offs.filter(part="decider").count() == 1


def handing_over(town: Town) -> None:
    board = new_town()
    board.organisation.kind = Kind.JOINT_BOARD
    board.organisation.save(update_fields=["kind"])
    decision = town.ready()
    text = town.text(decision)
    asked = {"reasons": "Alla här är hotade.", "grounds": "Hot.", "to": board.organisation}
    only_one(twice(town.worker, lambda actor: actions.set_protection(actor, decision, level=3, **asked)), "handed over")
    with acting(town.worker.actor):
        row = HandOver.objects.get(decision=decision)
    town.run(town.chair, actions.declare, decision, conflict=False)
    told = at_once(
        (town.chair, lambda a: actions.decide(a, decision, body="chair", text_sha256=text, urgency="I kväll.")),
        (board.worker, lambda actor: protection.answer_hand_over(actor, row, accept=True)),
    )
    assert sorted(words == "done" for words in told) == [False, True], told
    with acting(town.worker.actor):
        is_decided = Decision.objects.get(pk=decision.pk).state == "decided"
        assert HandOver.objects.get(pk=row.pk).state == ("ended" if is_decided else "accepted")
    with acting(board.worker.actor):
        assert Decision.objects.count() == (0 if is_decided else 1), "it is decided in one place"
    today = timezone.localdate()
    made = town.run(
        town.director,
        protection_help.make_agreement,
        helper=new_town().organisation,
        tasks=["present"],
        valid_from=today,
        valid_to=today,
        basis="KS § 1",
    )
    only_one(twice(town.director, lambda actor: protection_help.end_agreement(actor, made)), "ended already")


def asking_for_documents(town: Town) -> None:
    asked = town.run(town.registrar, disclosure.register, asked="Beslutet.", came="phone")
    part = town.run(town.registrar, disclosure.add_part, asked, label="Beslut", text="Text.")
    given = {"rule_id": "client_data", "is_secret": True, "assessment": "Men."}
    assert twice(town.registrar, lambda actor: disclosure.try_provision(actor, part, **given)) == ["done"] * 3
    town.run(town.registrar, disclosure.settle_part, part, outcome="withhold")
    told = at_once(
        (town.registrar, disclosure_step("answer", asked)), (town.registrar, disclosure_step("withdraw", asked))
    )
    assert "done" in told and not [words for words in told if "Error" in words], told


def disclosure_step(name: str, request: Any) -> Callable[..., Any]:
    return lambda actor: getattr(disclosure, name)(actor, request)


def lists(town: Town) -> None:
    today, admin = timezone.localdate(), colleague(town.organisation, Role.ADMINISTRATOR)
    event = events_for("", today)[0].id
    only_one(
        twice(town.worker, lambda actor: time_limits.mark_event(actor, town.case, event=event, on=today)), "already"
    )
    with acting(town.worker.actor):
        mark = TimeMark.objects.get()
    only_one(twice(town.worker, lambda actor: time_limits.withdraw_mark(actor, mark, reason="Fel.")), "already")
    given = {"reference": "KF § 9", "given_on": today, "valid_from": today, "body": "committee"}
    who = town.member.person.pk
    only_one(twice(admin, lambda actor: actions.add_mandate(actor, person_id=who, **given)), "already")
    with acting(admin.actor):
        mandate = Mandate.objects.get(person_id=who, valid_from=today)
    only_one(twice(admin, lambda actor: actions.end_mandate(actor, mandate, reason="Slut.")), "already")
    block = {"place": "questions", "title": "Kontakt", "text": "Ring oss."}
    assert twice(town.registrar, lambda actor: text_blocks.write_block(actor, **block)) == ["done"] * 3
    with acting(town.registrar.actor):
        assert TextBlock.objects.values("key").distinct().count() == 3, "three new blocks, none over another"
    key = str(generate("annan.exempel/w", COSIGNATURE)[1])
    address = {"name": "Grannen", "verifier_key": key, "url": "https://annan.exempel"}
    only_one(twice(admin, lambda actor: ledger.add_witness(actor, **address)), "already")
    with acting(admin.actor):
        row = Witness.objects.get()
    assert twice(admin, lambda actor: ledger.end_witness(actor, row)) == ["done"] * 3
    with acting(system(town.organisation.pk)):
        assert Event.objects.filter(type="witness.ended").count() == 1
    one, other = town.worker.person, town.second.person
    only_one(twice(admin, lambda actor: same_person.mark_same(actor, one, other, reason="Samma.")), "already")
    with acting(admin.actor):
        same = SamePerson.objects.get()
    only_one(twice(admin, lambda actor: same_person.lift_same(actor, same, reason="Fel.")), "already")
