"""No word of an incident leaves it: not in mails, logs, addresses, file names, jobs, the ledger or the health page."""

from __future__ import annotations

import datetime as dt
import logging
import re
import unicodedata
from contextlib import contextmanager
from email import message_from_bytes, policy
from urllib.parse import unquote, unquote_plus

import pytest
import time_machine
from django.conf import settings as django_settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from factories import colleague, office, organisation
from letterbox import Post, mail_server
from motkraft.incidents import actions
from motkraft.incidents.actions import pauses
from motkraft.incidents.actions.police import disclosure_rules
from motkraft.incidents.jobs.duties import watch_clocks
from motkraft.incidents.models import Duty, Evidence, Incident
from motkraft.incidents.rules import Report, suggested_offences
from motkraft.law.calendar import STOCKHOLM
from motkraft.people import contacts
from motkraft.people.access import Role, acting, system

pytestmark = pytest.mark.django_db
NOON = dt.datetime(2026, 11, 20, 12, 0, tzinfo=STOCKHOLM)
SCRIPTS = ("abcdefghijklmnopqrstuvwxyzåäö", "ابتثجحخدذرزسشصضطظعغفقكلمنهوي", "абвгдежзиклмнопрстуфхцчшщыэюя")
FIELDS = (
    "name", "exact_words", "description", "place", "suspect", "witnesses", "relatives", "link", "file_name",
    "file_words", "note", "pause", "aside", "basis", "case_number",
)  # fmt: skip
#: A fresh word for each free text of an incident, in one of three scripts. Eleven letters: no page has it by chance.
WORDS = st.fixed_dictionaries(
    {
        field: st.sampled_from(SCRIPTS).flatmap(lambda letters: st.text(letters, min_size=11, max_size=11))
        for field in FIELDS
    }
).filter(lambda words: len(set(words.values())) == len(FIELDS))
OTHERS = (
    Role.SECURITY_COORDINATOR, Role.SAFETY_REPRESENTATIVE, Role.DIRECTOR, Role.ADMINISTRATOR, Role.REGISTRAR,
    Role.COMMUNICATOR,
)  # fmt: skip
ADDRESSES = re.compile(r"""(?:href|action|src|formaction|hx-get|hx-post|data-[\w-]*url)\s*=\s*["']([^"']*)""")


def folded(text: str) -> str:
    """Small letters, no marks above them, percent signs undone: as somebody looks who wants to find."""
    text = unquote_plus(unquote(text))
    flat = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in flat if not unicodedata.combining(letter))


class Trail:
    """What an incident leaves outside itself, by where."""

    def __init__(self) -> None:
        self.left: dict[str, list[str]] = {}

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

    def holds(self, word: str) -> list[str]:
        """Where a word is found."""
        wanted = folded(word)
        return [where for where, texts in self.left.items() if any(wanted in folded(text) for text in texts)]


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
        org, elsewhere = organisation(), organisation()
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
    for raw in post.raw:
        letter = message_from_bytes(raw, policy=policy.default)
        trail.note("mails", *letter.values(), letter.get_content(), raw.decode())
    with acting(system(org.pk)), connection.cursor() as cursor:
        for table in ("ledger_event", "procrastinate_jobs", "people_reading"):
            cursor.execute(f"SELECT t::text FROM {table} t")
            trail.note(table, *(row[0] for row in cursor.fetchall()))
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
    assert found == {}


def test_a_leak_would_be_found():
    trail = Trail()
    trail.note("addresses", "/handelser?q=H%C3%85kan%20B", "/sok?q=kalle+anka")
    assert trail.holds("håkan") == ["addresses"]
    assert trail.holds("Kalle Anka") == ["addresses"]
    assert trail.holds("musse") == []
