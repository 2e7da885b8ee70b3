"""The demo's data: synthetic, and loaded through the same actions as a person's work."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

import psycopg
from psycopg import sql

from motkraft.errors import MotkraftError
from motkraft.site.addresses import Addresses, parts_of
from motkraft.site.folders import Folders

if TYPE_CHECKING:
    from motkraft.people.access import Actor
    from motkraft.people.models import Office, Organisation, Person

DEMO_CODES = ("0114", "1262", "2580", "NKE")
ROOMS = ("incidents", "decisions", "watch", "answers", "cooperation", "ledger")


class DemoError(MotkraftError):
    """The demo cannot start."""

    code = "demo"


@dataclass(frozen=True)
class World:
    """What the rooms' ``demo.load`` get: the organisations, offices and people that they write as."""

    organisations: dict[str, Organisation]
    offices: dict[str, list[Office]]
    people: dict[str, Person]
    now: dt.datetime

    def actor(self, key: str) -> Actor:
        """The actor of a demo person, such as "0114.manager"."""
        from motkraft.people.access import Actor, acting, system
        from motkraft.people.queries import roles_of

        organisation = self.organisations[key.split(".")[0]]
        with acting(system(organisation.pk)):
            roles = roles_of(system(organisation.pk), self.people[key].pk)
        return Actor(self.people[key].pk, organisation.pk, roles)


def load(folders: Folders, addresses: Addresses, *, say: Callable[[str], None] = lambda _text: None) -> bool:
    """Load register and demo data; True when something was loaded, False when all of it was there already.

    One transaction for each room, its mark in the same one: a load that was killed goes on with its first unfinished
    room. Raises DemoError when the data was loaded with other keys than those in ``var/secrets``.
    """
    from django.db import transaction
    from django.utils import timezone

    from motkraft.ledger.demo import sign
    from motkraft.people import demo as people_demo

    done = _marks(addresses)
    keys = hashlib.sha256(b"motkraft demo keys" + folders.secret("vault-key")).hexdigest()[:16]
    if done.get("keys", keys) != keys:
        raise DemoError(
            f"The demo data in this database was loaded with other keys than those in {folders.secrets}, so its names "
            "cannot be read. Put that folder back, or begin anew: make clean, or an empty database in DATABASE_URL."
        )
    if done.keys() >= {"keys", "people", *ROOMS, "signed"}:
        return False
    say("290 municipalities and the knowledge unit")
    with transaction.atomic():
        _mark("keys", keys)
        organisations = people_demo.load_register()
    now = timezone.now()
    if people_demo.is_loaded(organisations[DEMO_CODES[0]]):
        world = _world(organisations, now)
    else:
        say("offices and people")
        with transaction.atomic():
            offices, people = people_demo.load_staff(organisations, folders.secrets)
            _mark("people")
        world = World(organisations, offices, people, now)
    _mark("people")
    for room in ROOMS:
        if room in done:
            continue
        say(room)
        module: Any = import_module(f"motkraft.{room}.demo")
        with transaction.atomic():
            module.load(world)
            _mark(room)
    say("signing the logs, and having them cosigned")
    sign(organisations)
    _mark("signed")
    return True


def _marks(addresses: Addresses) -> dict[str, str]:
    """What of the demo is in this database; the table for it is made by the owner, and in a demo only."""
    role = unquote(parts_of(addresses.application).username or "")
    if addresses.owner == addresses.application:
        raise DemoError("The demo needs the owner's address too: name it in DATABASE_URL.")
    with psycopg.connect(addresses.owner, autocommit=True) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS demo_loaded (part text PRIMARY KEY, mark text NOT NULL)")
        if role:
            connection.execute(sql.SQL("GRANT SELECT, INSERT ON demo_loaded TO {}").format(sql.Identifier(role)))
        return dict(connection.execute("SELECT part, mark FROM demo_loaded").fetchall())


def _mark(part: str, mark: str = "") -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO demo_loaded VALUES (%s, %s) ON CONFLICT DO NOTHING", [part, mark])


def _world(organisations: dict[str, Organisation], now: dt.datetime) -> World:
    from motkraft.people.access import acting, system
    from motkraft.people.models import Membership, Office

    offices: dict[str, list[Office]] = {}
    people: dict[str, Person] = {}
    for code in DEMO_CODES:
        with acting(system(organisations[code].pk)):
            offices[code] = list(Office.objects.filter(organisation=organisations[code]).order_by("-name"))
            for row in Membership.objects.filter(organisation=organisations[code]).select_related("person"):
                people[f"{code}.{row.person.username.split('-', 2)[2].replace('-', '_')}"] = row.person
    return World(organisations, offices, people, now)
