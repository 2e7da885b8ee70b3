"""Synthetic demo data: decisions in different states and what belongs to them, made as their people would."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any, Protocol

from django.utils import timezone

from motkraft.decisions import actions
from motkraft.decisions.actions import disclosure, police_help, protection, protection_help, time_limits
from motkraft.decisions.models import Decision
from motkraft.decisions.queries import text_sha256
from motkraft.decisions.rules.protection import HELP, NO_NAMES, TRANSFER
from motkraft.decisions.rules.protection_help import Task
from motkraft.incidents.actions import assess_threat, open_case
from motkraft.incidents.models import Case
from motkraft.people.access import Actor, Role, acting, system
from motkraft.people.models import Organisation
from motkraft.people.queries import memberships
from motkraft.people.same_person import mark_experienced

TOWN = "0114"
TOWNS = ("0114", "1262", "2580")
#: As what the demo's people sit on the organisation's list.
SEATS = {
    "chair": ("chair", "subcommittee"),
    "committee_member": ("committee", "subcommittee"),
    "committee_member2": ("committee", "subcommittee"),
    "appointed_member": ("appointed_member",),
    "social_worker2": ("appointed_official",),
}
CHANNEL = "Socialnämndens registrator, vardagar 9-15"
DELEGATION = "Delegationsordning. Utskottet beslutar om vårdens innehåll och umgänge. Påhittat exempel."
FACTS = (
    "Exempel: flera kommentarer under ett inlägg om ärendet pekar ut handläggare och skriver att de ska få besök hemma."
)


class World(Protocol):
    """What the demo hands to each room."""

    def actor(self, key: str) -> Actor:
        """The actor of a demo person, such as "0114.manager"."""


def load(world: World) -> None:
    """Make one decision without names, one with names, one ready to be decided and one with the handlers."""
    _Demo(world).load()


class _Demo:
    def __init__(self, world: World) -> None:
        self.world = world

    def run(self, key: str, action: Callable[..., Any], *args: Any, town: str = TOWN, **fields: Any) -> Any:
        """Do one action as a demo person."""
        actor = self.world.actor(f"{town}.{key}")
        with acting(actor):
            if action in (actions.approve, actions.decide, actions.concur):
                actions.declare(actor, args[0], conflict=False)
            return action(actor, *args, **fields)

    def lists(self, town: str) -> None:
        """Seats of the committee, an experienced handler, and a demo's sign-offs without passkeys."""
        registrar = self.world.actor(f"{town}.registrar")
        since = timezone.localdate() - dt.timedelta(days=700)
        with acting(registrar):
            for key, bodies in SEATS.items():
                for body in bodies:
                    actions.add_mandate(
                        registrar,
                        person_id=self.world.actor(f"{town}.{key}").person_id,  # type: ignore[arg-type]
                        body=body,
                        reference="KF § 112 (påhittat)",
                        given_on=since,
                        valid_from=since,
                    )
            actions.set_policy(
                registrar,
                handlers=2,
                experienced_from="severe",
                handlers_sign=False,
                deciders_sign=False,
                reason="Demo: alla kan prova utan egen passkey. På riktigt signerar handläggare och beslutsfattare.",
            )
        admin = self.world.actor(f"{town}.administrator")
        second = self.world.actor(f"{town}.social_worker2").person_id
        with acting(admin):
            role = memberships(admin).get(person_id=second, role=Role.SOCIAL_WORKER.value)
            mark_experienced(admin, role, grounds="Tio år med omhändertaganden. Påhittat exempel.", valid_from=since)

    def load(self) -> None:
        for town in TOWNS:
            self.lists(town)
        threatened = self.threatened_case()
        calm = self.run("social_worker", open_case, "Ä-2026-0388")
        issued = self.approved(
            "OMH",
            threatened,
            "Barnet omhändertas omedelbart enligt 6 § LVU.",
            "Utredningen visar att det är sannolikt att barnet behöver vård enligt 2 § LVU. Rättens beslut om vård kan "
            "inte avvaktas med hänsyn till risken för barnets hälsa. Påhittat exempel.",
            ["LVU 6 §", "LVU 2 §"],
        )
        self.run(
            "chair",
            actions.decide,
            issued,
            body="chair",
            urgency="Nämnden kan inte samlas samma kväll. Påhittat exempel.",
            text_sha256=self.text(issued),
        )
        self.run(
            "social_worker",
            protection.set_protection,
            issued,
            level=NO_NAMES,
            reasons="Handläggare har hotats med namn i ärendet. Påhittat exempel.",
        )
        self.assess(issued)
        self.run("social_worker", actions.finalise, issued)

        named = self.approved(
            "UMG",
            calm,
            "Umgänget ska ske varannan lördag klockan 10-14 med en kontaktperson närvarande.",
            "Det är nödvändigt med hänsyn till ändamålet med vården att umgänget är tryggt. Påhittat exempel.",
            ["LVU 14 § 2 st 1 p"],
        )
        self.run(
            "committee_member",
            actions.decide,
            named,
            body="subcommittee",
            minutes="Exempelutskottet § 42",
            text_sha256=self.text(named),
        )
        self.run("committee_member2", actions.concur, named)
        self.run("social_worker", actions.finalise, named)

        self.approved(
            "PLAC",
            threatened,
            "Barnet ska vistas i det familjehem som anges i vårdplanen.",
            "Familjehemmet motsvarar barnets behov och ligger nära skolan. Påhittat exempel.",
            ["LVU 11 §"],
        )
        waiting = self.draft(
            "ANS",
            threatened,
            "Nämnden ansöker hos förvaltningsrätten om vård enligt 2 § LVU.",
            "Omhändertagandet har verkställts och behovet av vård kvarstår enligt utredningen. Påhittat exempel.",
            ["LVU 4 §", "LVU 2 §"],
        )
        self.run("social_worker", actions.submit, waiting)
        self.run("social_worker", actions.approve, waiting, text_sha256=self.text(waiting))
        self.requests(issued)
        self.marks(issued)
        self.between_towns()
        self.run(
            "registrar",
            actions.request_opening,
            issued,
            legal_basis="supervision",
            reason="Tillsynen begär att få veta vem som fattade beslutet. Påhittat exempel. Vill du pröva hela vägen, "
            "gör en egen begäran: nyckeln finns bara i webbläsaren hos den som begär.",
        )

    def marks(self, custody: Decision) -> None:
        """Custody was carried out and the court has been told; in two other cases something is due, or was."""
        today = timezone.localdate()
        for who, event in (("social_worker", "custody_executed"), ("registrar", "custody_reached_court")):
            self.run(who, time_limits.mark_event, custody.case, decision=custody, event=event, on=today)
        for reference, event, days in (("Ä-2026-0402", "report_received", 11), ("Ä-2026-0371", "report_received", 16)):
            case = self.run("social_worker", open_case, reference)
            self.run("registrar", time_limits.mark_event, case, event=event, on=today - dt.timedelta(days=days))

    def between_towns(self) -> None:
        """One town is asked to take over a case, helps another with a text, and waits for an answer on help."""
        own, second, third = (Organisation.objects.get(code=code) for code in TOWNS)
        today = timezone.localdate()

        def text(town: str, reference: str) -> Decision:
            return self.run(
                "social_worker",
                actions.draft_decision,
                town=town,
                type_code="UMG",
                case=self.run("social_worker", open_case, reference, town=town),
                content="Umgänget ska ske en gång i månaden med en kontaktperson närvarande.",
                reasons="Barnet har mått dåligt efter umgänget utan stöd. Påhittat exempel.",
                provisions=["LVU 14 § 2 st 1 p"],
            )

        for number, (frm, to) in enumerate(((TOWN, second), (TOWNS[2], own))):
            self.run(
                "social_worker",
                protection.set_protection,
                text(frm, f"Ä-2026-043{number}"),
                town=frm,
                level=TRANSFER,
                reasons="Familjen har flyttat och alla på kontoret är kända för den. Påhittat exempel.",
                to=to,
                grounds="Barnet bor sedan i våras hos er och har sin skola där. Påhittat exempel.",
            )
        terms = {
            "valid_from": today,
            "valid_to": today + dt.timedelta(days=365),
            "basis": "Exempelnämnden § 58",
        }
        helps = self.run(
            "director",
            protection_help.make_agreement,
            town=TOWNS[1],
            helper=own,
            tasks=[Task.INVESTIGATE, Task.PRESENT],
            **terms,
        )
        self.run("director", protection_help.accept_agreement, helps)
        self.run("director", protection_help.make_agreement, helper=third, tasks=[Task.COMMUNICATE], **terms)
        self.run(
            "social_worker",
            protection.set_protection,
            text(TOWNS[1], "Ä-2026-0440"),
            town=TOWNS[1],
            level=HELP,
            reasons="Alla handläggare i kommunen är hotade i ärendet. Påhittat exempel.",
            to=own,
        )

    def requests(self, decision: Decision) -> None:
        """Somebody asks for a document from the public page; the police were asked for help, and declined."""
        organisation = self.world.actor(f"{TOWN}.registrar").organisation_id
        with acting(system(organisation)):
            asked, _code = disclosure.receive(
                system(organisation), asked="Beslutet om umgänge från i mars. Påhittat exempel.", wants_decision=True
            )
        part = self.run("registrar", disclosure.add_part, asked, label="Beslut", text=decision.content)
        self.run(
            "registrar",
            disclosure.try_provision,
            part,
            rule_id="client_data",
            is_secret=True,
            assessment="Uppgifter om barnets umgänge. Det står inte klart att de kan röjas utan men. Påhittat exempel.",
        )
        with acting(system(organisation)):
            simple, _code = disclosure.receive(
                system(organisation), asked="Nämndens delegationsordning. Påhittat exempel."
            )
        open_part = self.run("registrar", disclosure.add_part, simple, label="Delegationsordning", text=DELEGATION)
        self.run(
            "registrar",
            disclosure.try_provision,
            open_part,
            rule_id="client_data",
            is_secret=False,
            assessment="Handlingen rör ingen enskild. Påhittat exempel.",
        )
        self.run("registrar", disclosure.settle_part, open_part, outcome="release")
        self.run("registrar", disclosure.answer, simple)
        help_asked = self.run(
            "appointed_member",
            police_help.ask_police,
            case=decision.case,
            decision=decision,
            purpose="carry_out",
            mandate="appointed_member",
            mandate_basis="Exempelutskottet § 12",
            condition="special_powers",
            facts="Vid förra besöket spärrades dörren och hot uttalades. Påhittat exempel.",
            wanted_at=timezone.now() + dt.timedelta(days=2),
            place="Exempelgatan 2",
            needs="Närvaro när beslutet genomförs.",
            contact="Socialjouren, 000-00 00 00",
            unnamed="Handläggare har hotats med namn i ärendet. Påhittat exempel.",
        )
        self.run(
            "appointed_member",
            police_help.note_answer,
            help_asked,
            answer="refused",
            answer_reason="Inga resurser den dagen. Påhittat exempel.",
        )

    def threatened_case(self) -> Case:
        """The case with the highest threat in the demo; one is made when there is none."""
        actor = self.world.actor(f"{TOWN}.security_coordinator")
        with acting(actor):
            for level in ("severe", "high"):
                found = Case.objects.filter(organisation_id=actor.organisation_id, threat_level=level).first()
                if found is not None:
                    return found
        made = self.run("social_worker", open_case, "Ä-2026-0417")
        self.run("security_coordinator", assess_threat, made.pk, level="high", grounds=FACTS)
        with acting(actor):
            return Case.objects.get(pk=made.pk)

    def draft(self, code: str, case: Case, content: str, reasons: str, provisions: list[str]) -> Decision:
        """A draft by the social worker."""
        return self.run(
            "social_worker",
            actions.draft_decision,
            type_code=code,
            case=case,
            content=content,
            reasons=reasons,
            provisions=provisions,
        )

    def approved(self, *text: Any) -> Decision:
        """A text that two handlers have approved."""
        decision = self.draft(*text)
        self.run("social_worker", actions.submit, decision)
        for key in ("social_worker", "social_worker2"):
            self.run(key, actions.approve, decision, text_sha256=self.text(decision))
        return decision

    def text(self, decision: Decision) -> str:
        """The SHA-256 of a decision's text now."""
        actor = self.world.actor(f"{TOWN}.social_worker")
        with acting(actor):
            return text_sha256(Decision.objects.get(pk=decision.pk))

    def assess(self, decision: Decision) -> None:
        """The coordinator assesses each name."""
        actor = self.world.actor(f"{TOWN}.security_coordinator")
        with acting(actor):
            for person in decision.persons.all():
                actions.assess_notice(
                    actor,
                    decision,
                    person,
                    feared=["threat", "harassment"],
                    facts=FACTS,
                    review_on=timezone.localdate() + dt.timedelta(days=90),
                    contact_channel=CHANNEL,
                )
