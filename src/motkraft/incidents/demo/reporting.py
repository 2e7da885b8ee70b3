"""The demo's reports for colleagues, series, influence reports."""

from __future__ import annotations

from motkraft.incidents import queries
from motkraft.incidents.actions import influence as influence_actions
from motkraft.incidents.actions import series as series_actions
from motkraft.incidents.demo.thread import THREAD_CASE
from motkraft.incidents.demo.world import World, at, days, hours, report
from motkraft.incidents.models import Channel
from motkraft.incidents.rules import Report
from motkraft.incidents.rules.influence import month_of
from motkraft.people.access import acting

#: What staff have told, oldest first: how many days ago, what fear did, to what. Enough for one figure to be shown.
TOLD = (
    (70, "delayed", "investigation", ""),
    (61, "avoided", "compulsory_care", "Vi skrev aldrig ansökan. Ingen ville stå med sitt namn."),
    (48, "avoided", "follow_up", "Hembesöket blev ett telefonsamtal, tre gånger i rad."),
    (33, "avoided", "compulsory_care", ""),
    (29, "changed", "contact", "Umgänget blev längre än vi tyckte var bra för barnet."),
    (17, "avoided", "documentation", "Hotet mot kollegan skrevs inte in i akten."),
    (9, "avoided", "investigation", ""),
    (2, "delayed", "placement", "Beslutet väntade tills bilderna på kollegan hade slutat spridas."),
)


def load(world: World) -> None:
    """A hidden name, a damaged car, a report for a colleague, a series, and what fear did to decisions."""
    north = world.offices["0114"][0]
    report(
        world,
        "0114.social_worker2",
        days(3),
        Report(
            kind="damage",
            happened_at=world.now - days(3) - hours(2),
            place="Personalparkeringen",
            office_id=north.pk,
            damage_object="car",
            damage_note="Två däck skurna, en lapp under torkaren.",
            exact_words="Sluta, annars blir det huset nästa gång.",
            danger_ongoing=True,
            hide_identity=True,
        ),
    )
    report(
        world,
        "0114.social_worker2",
        days(1),
        Report(
            kind="revenge_report",
            channel=Channel.LETTER,
            office_id=north.pk,
            person_id=world.people["0114.social_worker"].pk,
            for_colleague=True,
            children_meant=True,
            description="En anonym anmälan om kollegans egna barn, två dagar efter förhandlingen.",
        ),
    )
    manager = world.actor("0114.manager")
    with at(world.now - hours(20)), acting(manager):
        case = queries.case_by_reference(manager, THREAD_CASE)
        assert case is not None
        series_actions.open_series(
            manager,
            [incident.pk for incident in queries.incidents_of(manager, case)],
            kind="person",
            title="Filmningen och det som följde",
            note="Samma ärende, samma kollega. Börjar med filmningen vid bilen.",
        )
    teller = world.actor("0114.social_worker")
    for ago, effect, area, text in TOLD:
        moment = world.now - days(ago)
        with at(moment), acting(teller):
            influence_actions.report_influence(teller, effect=effect, area=area, month=month_of(moment), text=text)
