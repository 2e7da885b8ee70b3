"""Work from another municipality: exactly what the agreement says, while it says so; the committee at home decides."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.utils import timezone

from motkraft.decisions import actions
from motkraft.decisions.actions import protection_help
from motkraft.decisions.models import Decision, DecisionPerson, HelpAgreement, HelpShare
from motkraft.decisions.queries import todo
from motkraft.decisions.rules import DecisionError, NotReady, WrongState
from motkraft.incidents.models import Case
from motkraft.people.access import NotAllowed, acting
from motkraft.people.models import Reading


def login(who) -> Client:
    client = Client()
    with acting(who.actor):
        client.force_login(who.person, backend="motkraft.people.login.Door")
    return client


def agree(town, helper, tasks=("investigate", "present", "communicate"), accept=True, **fields) -> HelpAgreement:
    today = timezone.localdate()
    given = {"valid_from": today, "valid_to": today + dt.timedelta(days=90), "basis": "KS § 12", **fields}
    made = town.run(
        town.director, protection_help.make_agreement, helper=helper.organisation, tasks=list(tasks), **given
    )
    if accept:
        helper.run(helper.director, protection_help.accept_agreement, made)
    return made


def help_with(town, decision, helper) -> HelpShare:
    fields = {"level": 2, "reasons": "Alla här är hotade.", "to": helper.organisation}
    town.run(town.worker, actions.set_protection, decision, **fields)
    with acting(town.worker.actor):
        return HelpShare.objects.get(decision=decision, ended_at=None)


def test_help_needs_an_agreement_that_both_made_and_that_is_in_force(town, make_town):
    helper, decision = make_town(), town.draft()
    today = timezone.localdate()
    with pytest.raises(NotReady, match="KL 9 kap"):
        help_with(town, decision, helper)
    agree(town, helper, accept=False)
    agree(town, helper, valid_from=today + dt.timedelta(days=1))
    with pytest.raises(NotReady):
        help_with(town, decision, helper)
    with pytest.raises(NotAllowed):
        town.run(town.worker, protection_help.make_agreement, helper=helper.organisation, tasks=["present"],
                 valid_from=today, valid_to=today, basis="B")  # fmt: skip
    with pytest.raises(NotReady):
        agree(town, helper, tasks=["decide"])
    made = agree(town, helper)
    with pytest.raises(DecisionError):
        town.run(town.director, protection_help.accept_agreement, made)
    assert help_with(town, decision, helper).tasks == made.tasks


def test_the_helper_works_in_one_row_and_home_decides_with_the_presenter_on_record(town, make_town, monkeypatch):
    helper, third = make_town(), make_town()
    agree(town, helper)
    decision = town.draft()
    shared = help_with(town, decision, helper)
    page = f"/hjalp/{shared.pk}"
    theirs = login(helper.worker)
    with acting(helper.worker.actor):
        assert shared.reference in [each.reference for each in todo(helper.worker.actor, timezone.now())]
    assert login(third.worker).get(page).status_code == 404
    assert "Barnet omhändertas" in theirs.get(page).content.decode()
    with acting(helper.worker.actor):
        assert not (Decision.objects.exists() or DecisionPerson.objects.exists())
        assert list(Case.objects.values_list("organisation_id", flat=True)) == [helper.organisation.pk]
    assert theirs.get(f"/beslut/{decision.pk}").status_code == 404
    assert login(helper.chair).get(f"/beslut/{decision.pk}/besluta").status_code == 404
    written = {"content": "Barnet omhändertas. Ny text.", "reasons": "Skäl från utredningen."}
    assert theirs.post(f"{page}/text", written).status_code == 302
    with acting(town.worker.actor):
        assert "Ny text" not in Decision.objects.get(pk=decision.pk).content
    assert login(town.worker).post(f"{page}/hamta-text").status_code == 302
    with acting(town.worker.actor):
        assert "Ny text" in Decision.objects.get(pk=decision.pk).content
    decided = _decided(town, decision)
    town.assess_all(decided)
    with pytest.raises(NotReady, match="presents"):
        town.run(town.worker, actions.finalise, decided)
    refused = theirs.post(f"{page}/foredra", {"conflict": "yes"})
    assert refused.status_code == 422 and "FL 17 §" in refused.content.decode()
    assert theirs.post(f"{page}/foredra", {"conflict": "no"}).status_code == 302
    with pytest.raises(NotReady, match="presenter"):
        town.run(town.worker, actions.finalise, decided)
    given = {"feared": "threat", "facts": "Hot i kommentarer.", "review_on": "2099-01-01"}
    assert login(town.coordinator).post(f"{page}/bedom", given).status_code == 302
    originals = _originals(monkeypatch)
    town.run(town.worker, actions.finalise, decided)
    [original] = originals
    assert original["rapporteur"]["name"] == str(helper.worker.person.name)
    assert helper.organisation.name in original["rapporteur"]["title"]
    assert str(town.worker.person.name) in [each["name"] for each in original["participants"]]
    with acting(town.worker.actor):
        shared.refresh_from_db()
        assert (shared.presenter_id, shared.presenter_name, shared.facts, shared.shared_by_id) == (None,) * 4
        assert not Reading.objects.filter(subject_id=shared.pk).exists()
    assert theirs.get(f"{page}/underrattelse.pdf").status_code == 404
    assert login(town.worker).post(f"{page}/lamna").status_code == 302
    notice = theirs.get(f"{page}/underrattelse.pdf")
    assert notice.content.startswith(b"%PDF-") and str(helper.worker.person.name).encode() not in notice.content
    assert theirs.post(f"{page}/delgiven", {"on": timezone.localdate().isoformat()}).status_code == 302
    with acting(helper.worker.actor):
        assert todo(helper.worker.actor, timezone.now()) == []


def _decided(town, decision) -> Decision:
    town.run(town.worker, actions.submit, decision)
    for who in (town.worker, town.second):
        town.run(who, actions.approve, decision, text_sha256=town.text(decision))
    return town.run(
        town.chair, actions.decide, decision, body="chair", urgency="Kväll.", text_sha256=town.text(decision)
    )


def _originals(monkeypatch) -> list[dict]:
    from motkraft.decisions.actions import issuing

    found, real = [], issuing.original_data
    monkeypatch.setattr(issuing, "original_data", lambda *given: found.append(real(*given)) or found[-1])
    return found


def test_the_helper_loses_sight_when_the_agreement_ends_and_has_no_more_than_its_tasks(town, make_town):
    helper = make_town()
    made = agree(town, helper, tasks=["present"])
    decision = town.draft()
    shared = help_with(town, decision, helper)
    with pytest.raises(DecisionError, match="does not let"):
        helper.run(helper.worker, protection_help.write_text, shared, content="C", reasons="R")
    assert login(helper.worker).get(f"/hjalp/{shared.pk}/text").status_code == 404
    with pytest.raises(NotAllowed):
        helper.run(helper.chair, protection_help.present, shared, conflict="no")
    for rows in (HelpShare.objects, HelpAgreement.objects):
        with acting(helper.worker.actor), pytest.raises(DatabaseError), transaction.atomic():
            rows.update(tasks=["investigate", "present", "communicate"])
    helper.run(helper.director, protection_help.end_agreement, made)
    assert login(helper.worker).get(f"/hjalp/{shared.pk}").status_code == 404
    with acting(helper.worker.actor):
        assert not HelpShare.objects.exists()
    with pytest.raises(DecisionError):
        helper.run(helper.worker, protection_help.present, shared, conflict="no")
    agree(town, helper)
    again = help_with(town, decision, helper)
    town.run(town.worker, actions.set_protection, decision, level=1, reasons="R")
    with acting(helper.worker.actor):
        assert not HelpShare.objects.filter(pk=again.pk).exists()
    with pytest.raises(WrongState):
        town.run(town.worker, actions.set_protection, town.decided(), level=2, reasons="R", to=helper.organisation)


def test_the_pages_of_agreements(town, make_town):
    helper = make_town()
    director, theirs = login(town.director), login(helper.director)
    today = timezone.localdate()
    given = {"helper": helper.organisation.code, "tasks": ["present"], "valid_from": today, "valid_to": today,
             "basis": "KS § 12"}  # fmt: skip
    assert director.post("/hjalpavtal/nytt", {**given, "tasks": []}).status_code == 422
    page = director.post("/hjalpavtal/nytt", given)["Location"]
    assert "Godkänn avtalet" in theirs.get(page).content.decode()
    assert "Godkänn avtalet" not in director.get(page).content.decode()
    assert theirs.post(f"{page}/godkann").status_code == 302
    assert "HA-" in director.get("/hjalpavtal?format=csv").content.decode()
    assert login(make_town().director).get(page).status_code == 404
    assert login(town.worker).get("/hjalpavtal/nytt").status_code == 404
    assert director.post(f"{page}/avsluta").status_code == 302
    assert "Avslutat" in theirs.get(page).content.decode()
