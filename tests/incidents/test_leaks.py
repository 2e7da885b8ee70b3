"""No word of an incident leaves it: not in mails, logs, addresses, file names, jobs, the ledger or the health page."""

from __future__ import annotations

import datetime as dt
import io
import json
import logging
import re
import unicodedata
import uuid
from contextlib import contextmanager
from email import message_from_bytes, policy
from html import unescape
from urllib.parse import unquote, unquote_plus
from zipfile import ZipFile

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from factories import colleague, office, organisation
from incidents.matrix.test_routes import ROWS, client_of
from incidents.matrix.town import Town
from letterbox import Post, mail_server
from motkraft.incidents import actions
from motkraft.incidents.actions import escalations, pauses
from motkraft.incidents.actions.police import disclosure_rules
from motkraft.incidents.jobs.duties import watch_clocks
from motkraft.incidents.models import Duty, Evidence, Incident
from motkraft.incidents.rules import Report, suggested_offences
from motkraft.incidents.rules.escalations import items_digest
from motkraft.law.calendar import STOCKHOLM
from motkraft.people import contacts
from motkraft.people.access import Role, acting, system
from motkraft.people.models import Kind

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=STOCKHOLM)
SCRIPTS = ("abcdefghijklmnopqrstuvwxyzåäö", "ابتثجحخدذرزسشصضطظعغفقكلمنهوي", "абвгдежзиклмнопрстуфхцчшщыэюя")
FIELDS = (
    "name", "exact_words", "description", "place", "suspect", "witnesses", "relatives", "link", "file_name",
    "file_words", "note", "pause", "aside", "basis", "case_number", "own_words",
)  # fmt: skip
#: A fresh word for each free text of an incident, in one of three scripts. Eleven letters: no page has it by chance.
WORDS = st.fixed_dictionaries(
    {
        # letter by letter: a text as such may be one that the product's own code holds, which Hypothesis looks for
        field: st.sampled_from(SCRIPTS).flatmap(
            lambda letters: st.lists(st.sampled_from(letters), min_size=11, max_size=11).map("".join)
        )
        for field in FIELDS
    }
).filter(lambda words: len(set(words.values())) == len(FIELDS))
OTHERS = (
    Role.SECURITY_COORDINATOR, Role.SAFETY_REPRESENTATIVE, Role.DIRECTOR, Role.ADMINISTRATOR, Role.REGISTRAR,
    Role.COMMUNICATOR,
)  # fmt: skip
ADDRESSES = re.compile(r"""(?:href|action|src|formaction|hx-get|hx-post|data-[\w-]*url)\s*=\s*["']([^"']*)""")


#: What stands in the middle of a word that means harm: to addresses, file names, headers, logs, pages, directions.
TROUBLES = (
    "'", "’", " ", "\u0301", "\u0650", "\u200d", "\u202e", "/", "\\", "../", ".exe", "%2F", "%0d%0a", "%", "\n", "\r\n",
    "?q=", "#", "&amp;", '"', "<b>", ";", ",", "{}", "a" * 60,
)  # fmt: skip
SHAPES = st.builds(
    lambda letters, trouble, numbers: (
        "".join(letters[n] for n in numbers[:9]) + trouble + "".join(letters[n] for n in numbers[9:])
    ),
    st.sampled_from(SCRIPTS),
    st.sampled_from(TROUBLES),
    st.lists(st.integers(0, 25), min_size=18, max_size=18),
)
_ESCAPED = re.compile(r"\\u([0-9a-fA-F]{4})")


def folded(text: str) -> str:
    """Small letters, no marks above them, all escapes undone: as somebody looks who wants to find."""
    text = _ESCAPED.sub(lambda found: chr(int(found[1], 16)), unescape(unquote_plus(unquote(text))))
    flat = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in flat if not unicodedata.combining(letter))


class Trail:
    """What an incident leaves outside itself, by where."""

    def __init__(self) -> None:
        self.left: dict[str, list[str]] = {}
        self.noted: set[str] = set()

    def note(self, where: str, *texts: object) -> None:
        self.left.setdefault(where, []).extend(str(text) for text in texts)

    def response(self, response, path: str) -> None:
        """An address that was asked for, and all that the answer leads to; never its words."""
        self.note("addresses", path)
        for header in ("Location", "Content-Disposition", "Link", "Refresh", "Set-Cookie", "ETag"):
            if header in response.headers:
                self.note(f"header {header}", response.headers[header])
        if not response.streaming and response.headers.get("Content-Type", "").startswith("text/html"):
            page = response.content.decode()
            self.note("addresses", *ADDRESSES.findall(page))
            self.note("title", *re.findall(r"<title>(.*?)</title>", page, re.DOTALL))
        if response.headers.get("Content-Type") == "application/zip":
            with ZipFile(io.BytesIO(b"".join(response.streaming_content))) as package:
                self.note("package", package.comment, *package.namelist())
                self.note(
                    "manifest", *(package.read(name).decode() for name in package.namelist() if "manifest" in name)
                )

    def rows(self, *organisations: uuid.UUID) -> None:
        """Every column of every row that the database holds for these organisations and was not noted before."""
        for organisation_id in organisations:
            with acting(system(organisation_id)), connection.cursor() as cursor:
                for table in connection.introspection.table_names(cursor):
                    cursor.execute(f'SELECT row_to_json(t)::text FROM "{table}" t')
                    new = {row[0] for row in cursor.fetchall()} - self.noted
                    self.noted |= new
                    for column, value in (pair for row in new for pair in json.loads(row).items()):
                        self.note(f"column {table}.{column}", value)

    def holds(self, word: str) -> list[str]:
        """Where a word is found, or a long enough piece of it."""
        return [where for where in self.left if self.excerpt(where, word)]

    def excerpt(self, where: str, word: str) -> str:
        """The first text of a place that holds a word, or a long enough piece of it: around it, as it was folded."""
        wanted = re.findall(r"[^\W\d_]{8,}", folded(word)) or [folded(word)]
        for text in map(folded, self.left[where]):
            for piece in wanted:
                if (at := text.find(piece)) >= 0:
                    return text[max(0, at - 120) : at + 80]
        return ""


@contextmanager
def logged(trail: Trail):
    """Keep every line that anything logs, down to the smallest."""

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            trail.note("logs", self.format(record), record.args)

    handler, root = Keep(level=logging.DEBUG), logging.getLogger()
    before, loud = root.level, [name for name in logging.root.manager.loggerDict if name.startswith("motkraft")]
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    for name in loud:
        logging.getLogger(name).setLevel(logging.DEBUG)
    try:
        yield
    finally:
        root.removeHandler(handler)
        root.setLevel(before)
        for name in loud:
            logging.getLogger(name).setLevel(logging.NOTSET)


class Walker:
    """Somebody who opens pages, and leaves a trail."""

    def __init__(self, who, trail: Trail) -> None:
        self.client, self.trail = Client(), trail
        with acting(who.actor):
            self.client.force_login(who.person, backend="motkraft.people.login.Door")

    def get(self, path: str):
        response = self.client.get(path)
        assert response.status_code < 500, path
        self.trail.response(response, path)
        return response

    def post(self, path: str, data: dict | None = None):
        response = self.client.post(path, data or {})
        assert response.status_code < 500, path
        self.trail.response(response, path)
        return response


def live(words: dict[str, str], trail: Trail, post: Post) -> None:
    """One incident from the first tap to the mail about what is late, with ``words`` in every free text."""
    with time_machine.travel(NOON, tick=False):
        org, elsewhere, unit = organisation(), organisation(), organisation(kind=Kind.KNOWLEDGE_UNIT)
        here = office(org)
        worker = colleague(org, Role.SOCIAL_WORKER, name=f"{words['name']} Testsson-Demo", office=here)
        manager = colleague(org, Role.MANAGER, office=here)
        people = [worker, manager, *(colleague(org, role) for role in OTHERS), colleague(elsewhere, Role.MANAGER)]
        with acting(manager.actor):
            contacts.set_work_mail(manager.actor, "chef@exempel.test")
        report = Report(
            kind="threat",
            office_id=here.pk,
            happened_at=NOON - dt.timedelta(hours=2),
            **{
                field: words[field]
                for field in ("exact_words", "description", "place", "suspect", "witnesses", "relatives")
            },
            link=f"https://exempel.test/{words['link']}",
        )
        with acting(worker.actor):
            handed = actions.HandedIn(words["file_words"].encode(), f"{words['file_name']}.txt")
            incident = actions.report_incident(worker.actor, report, evidence=[handed])
        mine = Walker(worker, trail)
        # the same again by the pages, as the phone does it
        url = mine.post(reverse("incident_report_start"), {"danger_now": "no"}).url
        answers = [
            {"kind": "harassment"},
            {"when": "yesterday", "clock": "14:30"},
            {"channel": "phone", "place": words["place"]},
            {"exact_words": words["exact_words"], "description": words["description"]},
            {"whom": "me"},
            {"suspect": words["suspect"], "witnesses": words["witnesses"], "relatives": words["relatives"]},
            {
                "link": f"https://exempel.test/{words['link']}",
                "files": SimpleUploadedFile(f"{words['file_name']}.txt", words["file_words"].encode()),
            },
            {},
        ]
        for answer in answers:
            url = mine.post(url, answer).url
        with acting(worker.actor):
            assert Incident.objects.exclude(status="draft").count() == 2
        with acting(manager.actor):
            duties = {duty.rule_id: duty for duty in Duty.objects.filter(incident=incident)}
            actions.meet_duty(manager.actor, duties["safety_now"].pk, note=words["note"])
            actions.set_aside_duty(manager.actor, duties["work_injury_report"].pk, reason=words["aside"])
            pauses.pause_duty(manager.actor, duties["staffing_review"].pk, reason=words["pause"])
        with acting(manager.actor):
            offence = suggested_offences("threat", NOON, NOON)[0].id
            filed = actions.file_police_report(
                manager.actor,
                incident.pk,
                offences=[offence],
                basis=words["basis"],
                basis_rules=[rule.id for rule in disclosure_rules(NOON)][:1],
            )
            actions.add_case_number(manager.actor, filed.pk, words["case_number"])
        with acting(worker.actor):
            own = {"share": ["kind"], "own_words": words["own_words"]}
            seen = items_digest(escalations.to_share(worker.actor, incident_id=incident.pk, **own))
            taken = escalations.escalate(worker.actor, incident.pk, knowledge_unit_id=unit.pk, seen_sha256=seen, **own)
        advisor = Walker(colleague(unit, Role.KNOWLEDGE_ADVISOR), trail)
        for page in (reverse("escalation", args=[taken.pk]), reverse("escalation_list"), "/"):
            trail.note("the unit's pages", advisor.get(page).content.decode())
    with time_machine.travel(NOON + dt.timedelta(hours=26), tick=False):
        watch_clocks(timestamp=0)
        walkers = [Walker(who, trail) for who in people]  # a session does not last a day
        theirs = walkers[1]
        with acting(system(org.pk)):
            pages = [
                reverse("incident", args=[pk])
                for pk in Incident.objects.exclude(status="draft").values_list("pk", flat=True)
            ]
            for pk, of in Evidence.objects.filter(incident=incident).values_list("pk", "incident_id"):
                pages += [reverse(name, args=[of, pk]) for name in ("evidence", "evidence_original")]
        pages += ["/", reverse("incident_mine"), reverse("incident_list"), f"{reverse('incident_list')}?format=csv"]
        pages += [reverse("reminder_list"), reverse("work_mail"), reverse("health")]
        pages += [
            reverse(name, args=[incident.pk, duties["support_talk"].pk]) for name in ("duty_pause", "duty_assign")
        ]
        for walker in walkers:
            for page in pages:
                walker.get(page)
        assert theirs.get(pages[0]).status_code == 200
        theirs.post(reverse("duty_pause", args=[incident.pk, duties["support_talk"].pk]), {"reason": words["pause"]})
        trail.note("health", Client().get(reverse("health")).content.decode())
    letters(trail, post)
    trail.rows(org.pk, unit.pk)
    trail.note("files", *(path.relative_to(django_settings.MOTKRAFT_FOLDERS.files) for path in _files()))


def _files():
    return (path for path in django_settings.MOTKRAFT_FOLDERS.files.rglob("*"))


@settings(
    max_examples=2,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],  # a shorter word would be found by chance
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(words=WORDS)
def test_no_protected_word_of_an_incident_is_found_outside_it(settings, words):
    trail = Trail()
    with mail_server(settings) as post, logged(trail):
        live(words, trail, post)
    assert post.letters, "somebody was mailed"
    assert len(trail.left["addresses"]) > 200
    assert trail.left["logs"]
    found = {field: trail.holds(word) for field, word in words.items() if trail.holds(word)}
    assert found == {"own_words": ["the unit's pages"]}, "they were written to the unit"


@settings(
    max_examples=1,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(mark=SHAPES)
@example(mark="håkannilson/../..%0d%0aSet-Cookie: nilsoneri.exe")
def test_no_word_of_any_shape_is_found_outside_whatever_is_done_with_it(settings, mark):
    trail = Trail()
    with mail_server(settings) as post, logged(trail), time_machine.travel(NOON, tick=False), transaction.atomic():
        town = Town(mark)
        for who in ("manager", "security_coordinator"):
            town.do(who, contacts.set_work_mail, f"{who}@exempel.test")
        walkers = {}
        for row in ROWS:
            name = next(name for name in (*GUESTS, *row.open_to) if row.admits("own", name))
            client = walkers.setdefault(name, client_of(town, "own" if name != "nobody" else "outside", name))
            with transaction.atomic():
                trail.response(row.use(client, town, mark), row.address(town))
                trail.rows(town.org.pk)
                transaction.set_rollback(True)
        plain = walkers["manager"].post(
            reverse("incident_export"),
            {"id": [str(town.incident.pk)], "form": "json", "purpose": "Provning", "basis": ""},
        )
        trail.note("export without texts", plain.content.decode())
        trail.rows(town.org.pk, town.unit.pk)
        with time_machine.travel(NOON + dt.timedelta(days=20), tick=False):
            watch_clocks(timestamp=0)
        transaction.set_rollback(True)
    letters(trail, post)
    assert trail.left["mails"] and trail.left["manifest"] and trail.left["export without texts"]
    assert {where: trail.excerpt(where, mark) for where in trail.holds(mark)} == {}


#: Who uses each address, the first of them who may.
GUESTS = ("manager", "security_coordinator", "reporter", "safety_representative", "registrar", "influence_reader")


def letters(trail: Trail, post: Post) -> None:
    """Note all of every mail: its headers, its text, its bytes."""
    for raw in post.raw:
        letter = message_from_bytes(raw, policy=policy.default)
        trail.note("mails", *letter.values(), letter.get_content(), raw.decode())
        trail.note("mails", *(part.get_filename() for part in letter.walk()))


def test_a_leak_would_be_found():
    trail = Trail()
    trail.note("addresses", "/handelser?q=H%C3%85kan%20B", "/sok?q=kalle+anka")
    assert trail.holds("håkan") == ["addresses"]
    assert trail.holds("Kalle Anka") == ["addresses"]
    assert trail.holds("musse") == []
