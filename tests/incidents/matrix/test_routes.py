"""Every address of incidents for every role, relation and organisation: what routes.toml says, and nothing more."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.urls import resolve, reverse
from django.urls.converters import UUIDConverter

from factories import Colleague
from incidents.matrix.town import MARK, RELATIONS, Town
from motkraft.incidents.urls import urlpatterns
from motkraft.people.access import Actor, Role, RouteAccess, acting

TABLE = tomllib.loads(Path(__file__).with_name("routes.toml").read_text())
PATTERNS = {pattern.name: pattern for pattern in urlpatterns}
#: Fields of forms that take whatever somebody writes.
FREE = frozenset(
    {
        "reason", "note", "text", "exact_words", "measures", "what", "need", "place", "extent", "grounds", "own_words",
        "purpose", "to", "basis", "title", "detail", "words", "task", "q", "name", "link",
    }
)  # fmt: skip
#: Relations are also of a role: what is open to the role is open to them.
ALSO = {"social_worker": ("reporter", "exposed"), "director": ("owner",)}
OWN = [*(role.value for role in Role), *RELATIONS]
UNITS = ["advisor", "other advisor"]
VISITORS = [
    *(("own", name) for name in OWN),
    *(("elsewhere", role.value) for role in Role),
    *(("unit", name) for name in UNITS),
    ("outside", "nobody"),
]


@cache
def people(names: tuple[str, ...]) -> frozenset[str]:
    """Roles and relations, with the groups among ``names`` written out."""
    found: set[str] = set()
    for name in names:
        found |= people(tuple(TABLE["groups"][name])) if name in TABLE["groups"] else {name, *ALSO.get(name, ())}
    return frozenset(found)


@dataclass(frozen=True)
class Row:
    """One way to use one address."""

    name: str
    open_to: list[str]
    looks: list[str] = field(default_factory=list)
    blind: list[str] = field(default_factory=list)
    method: str = "POST"
    changes: bool | None = None
    given: dict[str, Any] = field(default_factory=dict)
    at: dict[str, str] = field(default_factory=dict)
    json: dict[str, str] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""

    def __post_init__(self) -> None:
        if self.changes is None:
            object.__setattr__(self, "changes", self.method not in ("GET", "HEAD"))

    @property
    def route(self) -> str:
        return self.name.partition(":")[0]

    @property
    def is_of_one_thing(self) -> bool:
        """Whether the address names something of the organisation."""
        return any(isinstance(part, UUIDConverter) for part in PATTERNS[self.route].pattern.converters.values())

    def admits(self, where: str, name: str) -> bool:
        return name in people(tuple(self.open_to)) and (where != "elsewhere" or "anyone" in self.open_to)

    def passes_the_door(self, actor: Actor) -> bool:
        """Whether the role is let in at all, before it is asked what the address names."""
        access: RouteAccess = PATTERNS[self.route].callback.access  # type: ignore[attr-defined]
        return access.admits(actor, is_signed_in=True)

    def address(self, town: Town) -> str:
        parts = PATTERNS[self.route].pattern.converters
        known = {name: town.ids[name] for name in parts if name in town.ids} | filled(self.at, town.ids)
        return reverse(self.route, kwargs={name: known[name] for name in parts})

    def use(self, client: Client, town: Town, words: str = "") -> HttpResponse:
        """Use it; with ``words`` those are written in every free text of its form."""
        path, headers = self.address(town), filled(self.headers, town.ids)
        given = self.given | {key: braced(words) for key in self.given if words and key in FREE}
        if self.method == "POST" and self.json:
            return client.post(path, self.json, content_type="application/json")
        if self.method == "POST":
            files = {key: SimpleUploadedFile(name, b"nytt") for key, name in self.files.items()}
            return client.post(path, filled(given, town.ids) | files, headers=headers)
        more = {"data": self.body, "content_type": "application/offset+octet-stream"} if self.body else {}
        return getattr(client, self.method.lower())(path, headers=headers, **more)


ROWS = [Row(name=name, **told) for name, told in TABLE["routes"].items()]
POSTING = {row.route for row in ROWS if row.method == "POST"}
FORMS = re.compile(r"""<form\b[^>]*\bmethod="post"[^>]*>""")
ACTION = re.compile(r"""\baction="([^"]*)\"""")
FORMACTION = re.compile(r"""\bformaction="([^"]*)\"""")


def braced(words: str) -> str:
    """Words as ``filled`` leaves them."""
    return words.replace("{", "{{").replace("}", "}}")


def filled(given: dict[str, Any], ids: dict[str, Any]) -> dict[str, Any]:
    """What stands in braces put in."""
    return {
        key: [each.format(**ids) for each in value] if isinstance(value, list) else value.format(**ids)
        for key, value in given.items()
    }


def actor_of(town: Town, where: str, name: str) -> Colleague:
    return town.elsewhere[name] if where == "elsewhere" else town.who(name)


def client_of(town: Town, where: str, name: str) -> Client:
    client = Client(raise_request_exception=False)
    if where != "outside":
        who = actor_of(town, where, name)
        with acting(who.actor):
            client.force_login(who.person, backend=settings.AUTHENTICATION_BACKENDS[0])
    return client


def tells(answer: HttpResponse) -> bool:
    """Whether an answer holds a protected word, in its text or its headers."""
    whole = b"".join(answer.streaming_content) if answer.streaming else answer.content  # type: ignore[arg-type]
    return MARK in whole.decode(errors="replace").casefold() or MARK in repr(answer.headers.items()).casefold()


def is_login(answer: HttpResponse) -> bool:
    return answer.status_code == 302 and answer["Location"].startswith("/konto/")


def test_every_address_of_incidents_has_a_row_and_no_row_is_of_another():
    assert {row.route for row in ROWS} == set(PATTERNS)
    known = {role.value for role in Role} | set(RELATIONS) | set(UNITS) | {"nobody"} | set(TABLE["groups"])
    for row in ROWS:
        assert set(row.open_to) | set(row.looks) | set(row.blind) <= known, row.name


@pytest.mark.parametrize(("where", "name"), VISITORS, ids=[f"{where} {name}" for where, name in VISITORS])
def test_each_may_what_the_table_says_and_what_is_refused_changes_and_tells_nothing(town, where, name):
    client, before = client_of(town, where, name), town.fingerprint()
    wrong = [
        problem for row in ROWS if not row.admits(where, name) for problem in refused(town, client, row, where, name)
    ]
    assert not wrong, "\n".join(wrong)
    assert town.fingerprint() == before
    wrong = [problem for row in ROWS if row.admits(where, name) for problem in used(town, client, row, before, name)]
    assert not wrong, "\n".join(wrong)


def refused(town: Town, client: Client, row: Row, where: str, name: str) -> Iterator[str]:
    """Try an address that is closed, and open its page where the door lets the role in; what is wrong."""
    looks = where != "elsewhere" and name in people(tuple(row.looks))
    passes = where != "outside" and row.passes_the_door(actor_of(town, where, name).actor)
    if where == "elsewhere" and not passes:
        return  # the door asks for the role and not for whose: their own organisation's row tried it
    answers = [row.use(client, town)]
    if row.method == "POST" and passes:
        answers.append(client.get(row.address(town)))
    for answer in answers:
        if answer.status_code >= 500:
            yield f"{row.name} met an error"
        elif not looks and tells(answer):
            yield f"{row.name} is closed, and tells a protected word"
        is_own_page = looks or (where in ("elsewhere", "unit") and not row.is_of_one_thing)
        is_shut = is_login(answer) if where == "outside" else answer.status_code == 404
        if not (is_own_page or is_shut or answer.status_code == 405):
            yield f"{row.name} is closed, and answered {answer.status_code}"


def used(town: Town, client: Client, row: Row, before: str, name: str) -> Iterator[str]:
    """Use an address that is open, and undo it; what is wrong."""
    with transaction.atomic():
        answer = row.use(client, town)
        if answer.status_code not in (200, 201, 204, 302) or is_login(answer):
            yield f"{row.name} is open, and answered {answer.status_code}"
        elif name in people(tuple(row.blind)) and tells(answer):
            yield f"{row.name} shows a protected word"
        elif (town.fingerprint() != before) is not row.changes:
            yield f"{row.name} {'changed nothing' if row.changes else 'changed something'}"
        transaction.set_rollback(True)
    page = client.get(row.address(town)) if row.method == "POST" else answer
    for route in posts_to(page) - POSTING:
        yield f"a form at {row.name} posts to {route}, which has no row that posts"


def posts_to(page: HttpResponse) -> set[str]:
    """The addresses of incidents that the forms of a page post to."""
    if page.streaming or not page.headers.get("Content-Type", "").startswith("text/html"):
        return set()
    text = page.content.decode()
    paths = {path or page.request["PATH_INFO"] for form in FORMS.findall(text) for path in ACTION.findall(form) or [""]}
    paths |= set(FORMACTION.findall(text))
    return {resolve(unescape(path).partition("?")[0].partition("#")[0]).url_name for path in paths} & set(PATTERNS)
