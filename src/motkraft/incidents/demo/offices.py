"""The demo's risks, alarms, drills, guards, the safety representative."""

from __future__ import annotations

from motkraft.incidents.actions import guards, offices, representatives
from motkraft.incidents.demo.world import World, at, days
from motkraft.law.calendar import local_day
from motkraft.people.access import acting

CODE = "0114"


def load(world: World) -> None:
    """Add to what the thread has made."""
    _office(world)
    _guards(world)
    _representative(world)


def _office(world: World) -> None:
    """One heavy risk, an alarm test that worked partly and the next one, a rule on lone work."""
    actor, office = world.actor(f"{CODE}.manager"), world.offices[CODE][0]
    today = local_day(world.now)
    with at(world.now - days(30)), acting(actor):
        offices.note_risk(
            actor,
            office.pk,
            text="Besökare kan följa efter personal genom dörren till arbetsrummen.",
            likelihood=3,
            consequence=3,
            measure="Sluss med två dörrar. Till dess: vakt i entrén under besökstid.",
            due_on=today + days(20),
        )
        offices.decide_lone_work(
            actor,
            office.pk,
            task="Hembesök i ärenden med förhöjd hotbild",
            allowed="never",
        )
        check = offices.plan_check(actor, office.pk, kind="alarm", planned_on=today - days(10))
    with at(world.now - days(10)), acting(actor):
        offices.check_done(
            actor,
            check.pk,
            outcome="partly",
            done_on=today - days(10),
            note="Larmet hördes inte i mötesrum 2. En högtalare till är beställd.",
            next_on=today + days(4),
        )


def _guards(world: World) -> None:
    """A permit that ends in ten weeks: its renewal is among what is to be done."""
    actor, office = world.actor(f"{CODE}.security_coordinator"), world.offices[CODE][0]
    then = world.now - days(290)
    day = local_day(then)
    with at(then), acting(actor):
        permit = guards.note_need(
            actor,
            office.pk,
            need="Tre hot och en våldshändelse i receptionen på ett halvår. Väktare och larm har prövats.",
            place="Entrén och väntrummet på kontoret",
            extent="Två ordningsvakter under besökstid, vardagar 9 till 16",
            suitability="Hoten sker öppet i väntrummet och behöver mötas genast av någon som får avvisa.",
            police_lead="Kontaktperson hos lokalpolisområdet, avstämning varje månad",
            other="Inget mer",
        )
        guards.make_application(
            actor, permit.pk, organisation_number="212000-0000", postal_address="Exempelgatan 1, 000 00 Exempelstad"
        )
        guards.applied(actor, permit.pk, applied_on=day)
    with at(then + days(20)), acting(actor):
        first = local_day(then + days(20))
        guards.decide(
            actor,
            permit.pk,
            granted=True,
            decided_on=first,
            valid_from=first,
            valid_to=local_day(world.now + days(70)),
            conditions="Högst två ordningsvakter åt gången",
            police_number="A000.000/2026",
        )


def _representative(world: World) -> None:
    """A request that waits for its answer."""
    actor = world.actor(f"{CODE}.safety_representative")
    with at(world.now - days(2)), acting(actor):
        representatives.ask(
            actor,
            measures="Sätt in en högtalare för larmet i mötesrum 2 och håll en övning med alla på kontoret.",
            office_id=world.offices[CODE][0].pk,
        )
