"""The thread of the demo: incidents in different states for three municipalities; oldest first, as it happened."""

from __future__ import annotations

from motkraft.incidents import actions, queries
from motkraft.incidents.demo.world import (
    World,
    assess,
    at,
    case,
    close,
    days,
    hours,
    meet,
    meet_rest,
    police,
    report,
    screenshot,
)
from motkraft.incidents.models import Channel, SourceClass
from motkraft.incidents.rules import Report
from motkraft.people.access import acting

#: The case of the demo's thread: its worker is exposed, its threat level rises, its next decision leaves names out.
THREAD_CASE = "Ä-2026-0001"


def load(world: World) -> None:
    """Load incidents in different states for three municipalities; oldest first, as it happened."""
    _upplands_vasby(world)
    _lomma(world)
    _lulea(world)


def _upplands_vasby(world: World) -> None:
    north, centre = world.offices["0114"][0], world.offices["0114"][-1]
    manager, worker, colleague = "0114.manager", "0114.social_worker", "0114.social_worker2"

    calls = report(
        world,
        colleague,
        days(40),
        Report(
            kind="harassment",
            happened_at=world.now - days(41),
            channel=Channel.PHONE,
            office_id=centre.pk,
            description="Samma person har ringt elva gånger på två dagar och skrikit.",
        ),
    )
    meet(world, manager, calls, {"safety_now": "Växeln spärrar numret.", "support_talk": "Samtal samma eftermiddag."})
    meet_rest(world, manager, calls, by=world.now - days(8))
    close(world, manager, calls, days(8))

    place = case(world, worker, THREAD_CASE, days(22), north)
    filmed = report(
        world,
        worker,
        days(21),
        Report(
            kind="filming",
            happened_at=world.now - days(21) - hours(3),
            channel=Channel.IN_PERSON,
            place="Parkeringen utanför kontoret",
            office_id=place.office_id,
            case_id=place.case_id,
            description="Två personer filmade när jag gick till bilen och ropade mitt namn.",
            witnesses="Vakten i receptionen",
        ),
    )
    meet(
        world,
        manager,
        filmed,
        {"safety_now": "Följde med till bilen.", "support_talk": "Samtal. Sällskap till bilen i en vecka."},
    )
    actor = world.actor(manager)
    with at(world.now - days(21) + hours(20)), acting(actor):
        for duty in queries.duties(actor, filmed):
            if duty.rule_id == "police_report_assessment":
                actions.set_aside_duty(
                    actor, duty.pk, reason="Filmning på allmän plats är inget brott i sig. Vi sparar uppgifterna."
                )
    meet_rest(world, manager, filmed, but=["incident_investigation"])

    death_threat = report(
        world,
        worker,
        days(9),
        Report(
            kind="death_threat",
            happened_at=world.now - days(9) - hours(1),
            channel=Channel.TEXT,
            office_id=place.office_id,
            case_id=place.case_id,
            exact_words="سنجدك أينما كنت. أيامك معدودة.",
            description="Sms till jobbtelefonen från ett okänt nummer, tre stycken inom tio minuter.",
            suspect="Okänt nummer",
        ),
        actions.HandedIn(screenshot("Vi hittar dig.", "Dina dagar är räknade."), "skärmbild.jpg"),
        actions.HandedIn("سنجدك أينما كنت. أيامك معدودة.\n".encode(), "sms.txt", SourceClass.TEXT),
    )
    meet(
        world,
        manager,
        death_threat,
        {
            "safety_now": "Fick taxi hem. Byter kontor två veckor.",
            "support_talk": "Samtal med mig och företagshälsan.",
            "work_environment_report": "Anmält på anmalarbetsskada.se.",
        },
    )
    police(world, manager, death_threat, hours(5), "5000-K000001-26 (exempel)")
    meet_rest(world, manager, death_threat, but=["incident_investigation", "follow_up_talk"])
    assess(
        world,
        "0114.security_coordinator",
        THREAD_CASE,
        days(8),
        "high",
        "Filmad vid kontoret, därefter mordhot per sms. Någon vet var hon arbetar. Nästa besök görs av två.",
    )

    relatives = report(
        world,
        worker,
        hours(26),
        Report(
            kind="threat_to_relatives",
            happened_at=world.now - hours(27),
            channel=Channel.PHONE,
            office_id=place.office_id,
            case_id=place.case_id,
            exact_words="Kom din dotter hem från förskolan?",
            description="Ringde från dolt nummer, sa bara det och lade på.",
            relatives_meant=True,
            relatives="Min dotter",
        ),
    )
    meet(world, manager, relatives, {"safety_now": "Hämtade från förskolan tillsammans med partnern."})

    writing = world.actor(colleague)
    with at(world.now - hours(2)), acting(writing):
        draft = actions.start_draft(writing, office_id=centre.pk)
        actions.save_draft(writing, draft.pk, kind="veiled_threat", channel=Channel.EMAIL)


def _lomma(world: World) -> None:
    (office, *_more) = world.offices["1262"]
    manager = "1262.manager"
    car = report(
        world,
        "1262.social_worker",
        days(45),
        Report(
            kind="damage",
            happened_at=world.now - days(45) - hours(9),
            time_is_known=False,
            place="Personalparkeringen",
            office_id=office.pk,
            description="Alla fyra däcken på min bil var sönderskurna när jag skulle hem.",
        ),
        actions.HandedIn(screenshot("Däck, personalparkeringen"), "bilen.jpg"),
    )
    meet(world, manager, car, {"safety_now": "Skjuts hem.", "support_talk": "Samtal samma dag."})
    police(world, manager, car, hours(3), "5000-K000002-26 (exempel)")
    meet_rest(world, manager, car, by=world.now - days(10))
    close(world, manager, car, days(10))

    complaints = report(
        world,
        "1262.social_worker2",
        days(5),
        Report(
            kind="complaint_campaign",
            channel=Channel.EMAIL,
            office_id=office.pk,
            description="Trettio likalydande klagomål på mig inom en timme, från olika adresser.",
        ),
    )
    meet(world, manager, complaints, {"support_talk": "Samtal, men för sent."}, after=hours(30))


def _lulea(world: World) -> None:
    river, hill = world.offices["2580"][0], world.offices["2580"][-1]
    coordinator, worker = "2580.security_coordinator", "2580.social_worker"
    place = case(world, worker, "Ä-2026-0014", days(3), river)
    pushed = report(
        world,
        worker,
        days(2),
        Report(
            kind="violence",
            happened_at=world.now - days(2) - hours(1),
            channel=Channel.IN_PERSON,
            place="Besöksrum 2",
            office_id=place.office_id,
            case_id=place.case_id,
            exact_words="Nästa gång tar jag med kniven.",
            description="Tog tag i min arm och knuffade mig mot dörren.",
            weapon=True,
            danger_now=True,
            witnesses="Kollegan i rummet bredvid",
        ),
    )
    meet(
        world,
        coordinator,
        pushed,
        {"safety_now": "Vakt på plats, mötet avbröts.", "support_talk": "Samtal och läkarbesök."},
    )
    police(world, "2580.manager", pushed, hours(2), "5000-K000003-26 (exempel)")
    meet(world, "2580.manager", pushed, {"work_environment_report": "Anmält."}, after=hours(6))
    assess(
        world,
        coordinator,
        "Ä-2026-0014",
        days(1),
        "severe",
        "Våld i besöksrummet och tal om kniv. Alla möten med vakt tills vidare.",
    )
    report(
        world,
        "2580.social_worker2",
        hours(3),
        Report(
            kind="threat",
            happened_at=world.now - hours(3.5),
            channel=Channel.PHONE,
            office_id=hill.pk,
            exact_words="Du ska få ångra det här.",
        ),
    )
