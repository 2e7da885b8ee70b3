"""The demo's safety plans, messages, escalations."""

from __future__ import annotations

import datetime as dt
import uuid

from motkraft.incidents import queries
from motkraft.incidents.actions import escalations, packs, plans
from motkraft.incidents.actions import messages as message_actions
from motkraft.incidents.demo.world import World, at, days, hours
from motkraft.incidents.models import Incident
from motkraft.incidents.queries import plans as plan_queries
from motkraft.incidents.rules.escalations import items_digest
from motkraft.incidents.rules.plans import templates
from motkraft.law.calendar import local_day
from motkraft.people.access import Actor, acting


def load(world: World) -> None:
    """Add to what the thread has made."""
    _plan(world)
    _messages(world)
    _escalation(world)


def _plan(world: World) -> None:
    """The plan of the threatened worker: agreed to, one measure done, one to come, one paper made."""
    key = "0114.security_coordinator"
    actor, person = world.actor(key), world.people["0114.social_worker"]
    managing, manager = world.actor("0114.manager"), world.people["0114.manager"]
    own = world.actor("0114.social_worker")
    today = local_day(world.now)
    with at(world.now - days(8)), acting(actor):
        plan = plans.open_plan(
            actor,
            person.pk,
            summary="Filmad vid kontoret och mordhot per sms. Någon vet var hon arbetar och att hon har barn.",
            review_on=today + days(6),
        )
        first = _measure(actor, plan.pk, "company", manager.pk, today - days(6))
        _measure(actor, plan.pk, "phone_switchboard", manager.pk, today - days(5))
        _measure(actor, plan.pk, "school", manager.pk, today + days(2))
        _measure(actor, plan.pk, "protected_registration", actor.person_id, today + days(5))
        plans.show_plan(actor, plan.pk)
    with at(world.now - days(7)), acting(own):
        sha256 = plan_queries.digest_of(plan_queries.own(own).get(pk=plan.pk))
        plans.agree(own, plan.pk, sha256, words="Bra. Jag vill själv prata med förskolan.")
    with at(world.now - days(6)), acting(managing):
        plans.measure_done(managing, first)
    with at(world.now - hours(6)), acting(actor):
        chosen = [row.pk for row in packs.queries.incidents(actor, plan)]
        packs.make_pack(
            actor,
            plan.pk,
            kind="protected_registration",
            grounds="Hoten har gått från filmning vid arbetet till mordhot och frågor om barnet. De som hotar vet "
            "var hon arbetar. Polisen har tagit emot en anmälan.",
            incident_ids=chosen,
            family="Maken och ett barn",
        )


def _measure(actor: Actor, plan_id: uuid.UUID, key: str, owner_id: uuid.UUID | None, due_on: dt.date) -> uuid.UUID:
    template = templates()[key]
    added = plans.add_measure(
        actor,
        plan_id,
        template=key,
        title=template.title_sv,
        detail="\n".join(template.steps_sv),
        owner_id=owner_id,
        due_on=due_on,
        check_days=template.check_days,
    )
    return uuid.UUID(str(added.pk))


def _newest(world: World, key: str, kind: str) -> Incident:
    actor = world.actor(key)
    with acting(actor):
        return queries.own(actor).filter(kind=kind).order_by("-reported_at").first()  # type: ignore[return-value]


def _messages(world: World) -> None:
    incident = _newest(world, "0114.social_worker", "threat_to_relatives")
    manager, worker = world.actor("0114.manager"), world.actor("0114.social_worker")
    with acting(manager):
        message_actions.write_message(
            manager, incident.pk, text="Hur mår ni i dag? Vill du att vi byter lämningstid?", asks=True
        )
    with acting(worker):
        message_actions.write_message(worker, incident.pk, text="Tack. Ja, gärna tidigare på morgonen.")


def _escalation(world: World) -> None:
    """Somebody whose employer was late goes past them; the unit has taken it and not answered yet."""
    key = "1262.social_worker2"
    actor, advisor = world.actor(key), world.actor("NKE.knowledge_advisor")
    incident = _newest(world, key, "complaint_campaign")
    given = {
        "share": ["kind", "when", "overdue"],
        "own_words": "Jag har frågat min chef två gånger. Vad kan jag begära?",
    }
    with at(world.now - days(1)), acting(actor):
        shown = escalations.to_share(actor, incident_id=incident.pk, **given)  # type: ignore[arg-type]
        opened = escalations.escalate(
            actor,
            incident.pk,
            knowledge_unit_id=world.organisations["NKE"].pk,
            seen_sha256=items_digest(shown),
            **given,  # type: ignore[arg-type]
        )
    with at(world.now - hours(3)), acting(advisor):
        escalations.take_escalation(advisor, opened.pk)
