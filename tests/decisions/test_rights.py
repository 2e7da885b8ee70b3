"""Who may decide what: the law, the organisation's list, and the section in each refusal."""

from __future__ import annotations

import datetime as dt
import itertools

import pytest
from django.db import DatabaseError, transaction
from django.urls import reverse
from django.utils import timezone

from decisions.conftest import seat
from decisions.test_pages import login
from motkraft import law
from motkraft.decisions import actions
from motkraft.decisions.forms.rights import MandateForm
from motkraft.decisions.models import Mandate
from motkraft.decisions.rules import BODIES, DecisionError, NotReady, WrongDecider
from motkraft.decisions.rules.rights import OFFICIALS, SITS_IN, Term, check_right, check_term, check_types, policy_for
from motkraft.people.access import NotAllowed, Role, acting, system

TODAY = dt.date(2026, 11, 22)
DAY = dt.timedelta(days=1)
CODES = [kind.code for kind in law.library().on(TODAY).decision_types()]
#: Who decides what by law.md 1.1, written by hand: by office, by delegation, or in the committee's place.
COMMITTEE = {"committee", "subcommittee"}
URGENT = {"OMH", "OMH-INT", "PLAC", "TFLYTT", "TUTRES"}
TERMS = {
    "current": {"valid_from": TODAY - DAY, "valid_to": None},
    "last day": {"valid_from": TODAY - DAY, "valid_to": TODAY},
    "expired": {"valid_from": TODAY - 9 * DAY, "valid_to": TODAY - DAY},
    "ended today": {"valid_from": TODAY - 9 * DAY, "valid_to": None, "ended_on": TODAY},
    "not begun": {"valid_from": TODAY + DAY, "valid_to": None},
    "none": None,
}
RIGHT = {"current", "last day"}
WORDS = {"expired": "has ended", "ended today": "has ended", "not begun": "has not begun", "none": "does not name you"}


@pytest.mark.parametrize("code", CODES)
def test_every_type_role_and_term(code):
    """Every type of the law data, every role, every state of a term: allowed, or refused with its section."""
    for body, (name, fields) in itertools.product(BODIES, TERMS.items()):
        terms = [Term(body, reference="§ 1", given_on=TODAY - 9 * DAY, **fields)] if fields else []
        said = (code, body, BODIES[body], terms, (TODAY,))
        answer = law.may_decide(law.library().on(TODAY), code, body)
        lawful = answer.allowed and answer.mode != "court"
        if code in URGENT:
            assert lawful == (body in COMMITTEE | {"chair", "appointed_member"}), (code, body)
        if body in OFFICIALS and code not in ("LÄK", "HANDR"):
            assert not lawful, "an official decides none of what the law keeps for the committee"
        if lawful and name in RIGHT:
            assert check_right(*said, urgency="I kväll")[1] == terms[0]
            continue
        with pytest.raises(WrongDecider) as refused:
            check_right(*said, urgency="I kväll")
        assert "§" in refused.value.data["citation"] and refused.value.data["citation"] in refused.value.message
        if lawful:
            assert WORDS[name] in refused.value.message, (body, name)


def test_the_committees_own_chair_sits_in_the_committee_but_not_by_that_in_the_subcommittee():
    assert "chair" in SITS_IN["committee"] and "chair" not in SITS_IN["subcommittee"]


def test_a_member_chosen_anew_confirms_in_the_new_term_what_was_decided_in_the_old():
    old = Term("subcommittee", dt.date(2023, 1, 1), dt.date(2026, 12, 31), "KF § 1", dt.date(2022, 12, 1))
    new = Term("subcommittee", dt.date(2027, 1, 1), dt.date(2030, 12, 31), "KF § 2", dt.date(2026, 12, 1))
    days = (dt.date(2026, 12, 30), dt.date(2027, 1, 2))
    assert check_term("UMG", "subcommittee", [new, old], days, citation="x") is old
    for one in (old, new):
        with pytest.raises(WrongDecider):
            check_term("UMG", "subcommittee", [one], days, citation="x")


def test_a_delegation_for_other_types_is_refused():
    term = Term("subcommittee", TODAY - DAY, None, "§ 1", TODAY - DAY, types=("PLAC",))
    with pytest.raises(WrongDecider, match="does not cover"):
        check_right("OMH", "subcommittee", [Role.COMMITTEE_MEMBER], [term], (TODAY,), urgency="")


@pytest.mark.parametrize("body", sorted(OFFICIALS))
def test_no_delegation_gives_an_official_what_the_law_keeps_for_the_committee(body):
    with pytest.raises(WrongDecider) as refused:
        check_types(body, ["OMH"], TODAY)
    assert "SoL 30 kap. 7 §" in refused.value.data["citation"]
    with pytest.raises(NotReady):
        check_types(body, [], TODAY)


def test_whoever_is_on_no_list_or_was_yesterday_is_refused_at_the_moment_of_the_decision(town):
    decision = town.ready()
    with acting(town.registrar.actor):
        rows = list(Mandate.objects.filter(person=town.chair.person))
    for row in rows:
        town.run(town.registrar, actions.end_mandate, row, reason="Entledigad")
    with pytest.raises(WrongDecider, match=r"has ended .*LVU 6 § 2 st"):
        town.run(town.chair, actions.decide, decision, body="chair", urgency="x", text_sha256=town.text(decision))
    seat(town.chair, "chair", valid_from=timezone.localdate() + DAY)
    with pytest.raises(WrongDecider, match="has ended"):
        town.run(town.chair, actions.decide, decision, body="chair", urgency="x", text_sha256=town.text(decision))
    seat(town.chair, "chair", valid_from=timezone.localdate())
    town.run(town.chair, actions.decide, decision, body="chair", urgency="x", text_sha256=town.text(decision))


def test_the_list_is_kept_by_others_and_never_shortened(town):
    fields = {"reference": "KF § 2", "given_on": timezone.localdate(), "valid_from": timezone.localdate()}
    with pytest.raises(NotAllowed):
        town.run(town.chair, actions.add_mandate, person_id=town.chair.person.pk, body="chair", **fields)
    with pytest.raises(DecisionError, match="themselves"):
        town.run(town.registrar, actions.add_mandate, person_id=town.registrar.person.pk, body="chair", **fields)
    with pytest.raises(DecisionError, match="does not hold the role"):
        town.run(town.registrar, actions.add_mandate, person_id=town.director.person.pk, body="chair", **fields)
    with acting(town.registrar.actor):
        row = Mandate.objects.filter(person=town.chair.person, body="chair").first()
        for tamper in (row.delete, lambda: Mandate.objects.filter(pk=row.pk).update(valid_from=dt.date(2000, 1, 1))):
            with pytest.raises(DatabaseError), transaction.atomic():
                tamper()


def test_nobody_gets_a_right_for_days_before_it_was_given(town):
    with pytest.raises(NotReady) as refused:
        today = timezone.localdate()
        seat(town.appointed, "appointed_member", given_on=today, valid_from=today - DAY)
    assert refused.value.data["missing"] == ["valid_from"]


def test_the_newest_policy_counts_and_one_handler_is_never_enough(town):
    admin = system(town.organisation.pk)
    said = {"experienced_from": "", "handlers_sign": False, "deciders_sign": True, "reason": "x"}
    with acting(admin):
        actions.set_policy(admin, type_code="OMH", handlers=3, **said)
        actions.set_policy(admin, handlers=2, **said)
        with pytest.raises(NotReady):
            actions.set_policy(admin, handlers=1, **said)
    assert town.ready("UMG").state == "ready"
    assert town.ready("OMH").state == "handling", "three handlers for this type"
    assert policy_for("OMH", []).deciders_sign, "passkeys, until the organisation says otherwise"


def test_the_pages_show_the_list_add_to_it_and_end_a_term(town):
    registrar = login(town.registrar)
    page = registrar.get(reverse("mandate_list"))
    assert page.status_code == 200 and town.chair.person.username in page.content.decode()
    assert login(town.worker).get(reverse("mandate_list")).status_code == 404
    fields = {
        "person": str(town.director.person.pk),
        "body": "director",
        "types": ["OMH"],
        "reference": "SN § 4",
        "given_on": "2026-01-01",
        "valid_from": "2026-01-01",
    }
    refused = registrar.post(reverse("mandate_new"), fields)
    assert refused.status_code == 422 and "SoL 30 kap. 7 §" in refused.content.decode()
    made = registrar.post(
        reverse("mandate_new"), fields | {"person": str(town.member.person.pk), "body": "subcommittee", "types": []}
    )
    assert made.status_code == 302
    with acting(town.registrar.actor):
        row = Mandate.objects.get(person=town.member.person, given_on="2026-01-01")
    assert row.reference == "SN § 4"
    assert registrar.get(reverse("mandate", args=[row.pk])).status_code == 200
    assert registrar.post(reverse("mandate_end", args=[row.pk]), {"reason": "Avgick"}).status_code == 302
    assert "Avgick" in registrar.get(reverse("mandate", args=[row.pk])).content.decode()
    assert registrar.get(reverse("policy_list")).status_code == 200
    set_ = {"handlers": "2", "experienced_from": "high", "deciders_sign": "on", "reason": "Beslut SN § 5"}
    assert registrar.post(reverse("policy_new"), set_).status_code == 302
    assert "Beslut SN § 5" in registrar.get(reverse("policy_list")).content.decode()


def test_nobody_is_put_on_the_list_by_a_choice_that_was_not_made():
    form = MandateForm({"person": "", "body": ""}, people=[("one", "The first of all")])
    assert not form.is_valid()
    assert {"person", "body"} <= set(form.errors)
    assert 'value="one" selected' not in str(form)
