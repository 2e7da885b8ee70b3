"""The people and the case that the decisions' promises are about."""

from __future__ import annotations

import contextlib
import datetime as dt
from dataclasses import dataclass, field
from typing import Any

import pytest
from django.utils import timezone

from factories import Colleague, colleague, organisation
from motkraft.decisions import actions
from motkraft.decisions.actions.protection import is_level_chosen
from motkraft.decisions.models import Decision
from motkraft.decisions.queries import text_sha256
from motkraft.errors import MotkraftError
from motkraft.incidents.models import Case
from motkraft.people.access import Role, acting, system
from motkraft.people.models import Organisation
from motkraft.sealing import generate_custodian

FACTS = "Kommentarer med hot under ett inlägg om ärendet."
CHANNEL = "Socialförvaltningens registrator, vardagar 9-15"


@dataclass
class Town:
    """A municipality with everybody who takes part in a decision."""

    organisation: Organisation
    worker: Colleague
    second: Colleague
    manager: Colleague
    director: Colleague
    chair: Colleague
    member: Colleague
    appointed: Colleague
    coordinator: Colleague
    registrar: Colleague
    custodians: list[Colleague]
    identities: list[str]
    case: Case
    names: list[str] = field(default_factory=list)

    def run(self, who: Colleague, action: Any, *args: Any, **kwargs: Any) -> Any:
        """Do one action as a person, in a transaction of its own. Whoever handles or decides is free of conflict."""
        with acting(who.actor):
            if action in (
                actions.approve,
                actions.decide,
                actions.concur,
                actions.revoke,
                actions.confirm_revocation,
            ):
                free_of_conflict(who, args[0])
            return action(who.actor, *args, **kwargs)

    def draft(self, code: str = "OMH", **fields: Any) -> Decision:
        """A draft by the worker."""
        fields = {
            "content": "Barnet omhändertas omedelbart.",
            "reasons": "Det är sannolikt att vård behövs och rättens beslut kan inte avvaktas.",
            "provisions": ["LVU 6 §", "LVU 2 §"],
            **fields,
        }
        return self.run(self.worker, actions.draft_decision, type_code=code, case=self.case, **fields)

    def text(self, decision: Decision) -> str:
        """The SHA-256 of the decision's text now."""
        with acting(self.worker.actor):
            return text_sha256(Decision.objects.get(pk=decision.pk))

    def ready(self, code: str = "OMH", **fields: Any) -> Decision:
        """A text that two handlers have approved."""
        decision = self.draft(code, **fields)
        self.run(self.worker, actions.submit, decision)
        self.run(self.worker, actions.approve, decision, text_sha256=self.text(decision))
        return self.run(self.second, actions.approve, decision, text_sha256=self.text(decision))

    def decided(self, code: str = "OMH", **fields: Any) -> Decision:
        """Decided by the chair, in an urgent case."""
        decision = self.ready(code, **fields)
        return self.run(
            self.chair,
            actions.decide,
            decision,
            body="chair",
            urgency="Nämnden kan inte samlas i kväll.",
            text_sha256=self.text(decision),
        )

    def assess_all(self, decision: Decision) -> None:
        """The coordinator assesses every person; the level is chosen with reasons where nobody has."""
        with acting(self.coordinator.actor):
            for person in decision.persons.all():
                actions.assess_notice(
                    self.coordinator.actor,
                    decision,
                    person,
                    feared=["threat", "harassment"],
                    facts=FACTS,
                    review_on=timezone.localdate() + dt.timedelta(days=90),
                    contact_channel=CHANNEL,
                )
            now = Decision.objects.get(pk=decision.pk)
            is_chosen = is_level_chosen(now)
        if not is_chosen:
            self.run(self.worker, actions.set_protection, now, level=now.protection_level, reasons="Vald nivå.")

    def issued(self, level: int = 1, code: str = "OMH", **fields: Any) -> Decision:
        """Issued, with (0) or without (1) names in the notice."""
        decision = self.decided(code, **fields)
        self.run(self.worker, actions.set_protection, decision, level=level, reasons="Vald nivå.")
        if level:
            self.assess_all(decision)
        return self.run(self.worker, actions.finalise, decision)

    def revoked(self, decision: Decision, reason: str = "Rätten upphävde.") -> Decision:
        """Revoked by the chair, in an urgent case."""
        return self.run(self.chair, actions.revoke, decision, body="chair", reason=reason, urgency="I kväll.")


def free_of_conflict(who: Colleague, decision: Decision) -> None:
    """Answer the question about conflict of interest with no, where it can be answered."""
    with contextlib.suppress(MotkraftError):
        actions.declare(who.actor, decision, conflict=False)


def seat(who: Colleague, *bodies: str, **fields: Any) -> None:
    """Put a person on the organisation's list."""
    admin = system(who.actor.organisation_id)
    since = timezone.localdate() - dt.timedelta(days=365)
    fields = {"reference": "KF § 1", "given_on": since, "valid_from": since, **fields}
    with acting(admin):
        for body in bodies:
            actions.add_mandate(admin, person_id=who.person.pk, body=body, **fields)


def without_passkeys(place: Organisation) -> None:
    """Let an organisation sign off without passkeys, and without experienced handlers."""
    admin = system(place.pk)
    with acting(admin):
        actions.set_policy(
            admin, handlers=2, experienced_from="", handlers_sign=False, deciders_sign=False, reason="Övning"
        )


def new_town(threat_level: str = "high") -> Town:
    """A new municipality."""
    place = organisation(code="")
    custodians, identities = [], []
    for number in range(3):
        who = colleague(place, Role.CUSTODIAN, name=f"Nyckel Vaktare{number}-Demo")
        identity, recipient = generate_custodian()
        with acting(who.actor):
            actions.register_key(who.actor, recipient=recipient)
        custodians.append(who)
        identities.append(identity)
    worker = colleague(place, Role.SOCIAL_WORKER, name="Ingrid Lindqvistpåhitt-Demo")
    with acting(worker.actor):
        case = Case.objects.create(organisation=place, reference="2026-118", threat_level=threat_level)
    without_passkeys(place)
    town = Town(
        organisation=place,
        worker=worker,
        second=colleague(place, Role.SOCIAL_WORKER, name="Sven O'Harapåhitt-Demo"),
        manager=colleague(place, Role.MANAGER, name="Mona Chefspåhitt-Demo"),
        director=colleague(place, Role.DIRECTOR, name="Dag Ledarpåhitt-Demo"),
        chair=colleague(place, Role.CHAIR, name="Ulla Ordförandepåhitt-Demo"),
        member=colleague(place, Role.COMMITTEE_MEMBER, name="Leif Ledamotspåhitt-Demo"),
        appointed=colleague(place, Role.APPOINTED_MEMBER, name="Asta Förordnadpåhitt-Demo"),
        coordinator=colleague(place, Role.SECURITY_COORDINATOR, name="Siv Samordnarpåhitt-Demo"),
        registrar=colleague(place, Role.REGISTRAR, name="Rut Registratorspåhitt-Demo"),
        custodians=custodians,
        identities=identities,
        case=case,
        names=["Ingrid Lindqvistpåhitt-Demo", "Sven O'Harapåhitt-Demo", "Ulla Ordförandepåhitt-Demo"],
    )
    seat(town.chair, "chair", "subcommittee")
    seat(town.member, "committee", "subcommittee")
    seat(town.appointed, "appointed_member", "subcommittee")
    return town


@pytest.fixture
def town(db: None) -> Town:
    """A municipality whose case has a high threat."""
    return new_town()


@pytest.fixture
def make_town(db: None) -> Any:
    """Makes another municipality."""
    return new_town


@pytest.fixture
def no_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    """Issue without the second that searching the notice takes; only where what is promised is something else."""
    monkeypatch.setattr("motkraft.sealing.scan", lambda *_args, **_fields: [])
