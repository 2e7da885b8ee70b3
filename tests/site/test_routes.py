"""Routes are closed unless listed. One walk over every route and every role."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.converters import IntConverter, PathConverter, UUIDConverter

from factories import colleague, organisation
from motkraft.people.access import ACCESS, Permission, Role, RouteAccess, at_the_door
from motkraft.site.middleware import LOGIN_PATH, Access


def routes() -> Iterator[tuple[str, str, URLPattern]]:
    """Every route with an address whose parts are made up, except the login library's."""

    def walk(resolver: URLResolver, before: str, converters: dict) -> Iterator[tuple[str, str, URLPattern]]:
        for pattern in resolver.url_patterns:
            known = {**converters, **pattern.pattern.converters}
            path = before + str(pattern.pattern)
            if isinstance(pattern, URLResolver):
                yield from walk(pattern, path, known)
                continue
            for name, converter in known.items():
                made_up = "sv"
                if isinstance(converter, UUIDConverter):
                    made_up = str(uuid.UUID(int=7))
                elif isinstance(converter, IntConverter):
                    made_up = "7"
                elif isinstance(converter, PathConverter):
                    made_up = "a/b"
                for kind in ("uuid", "str", "int", "slug", "path"):
                    path = path.replace(f"<{kind}:{name}>", made_up)
                path = path.replace(f"<{name}>", made_up)
            yield f"/{path}", pattern.name or "", pattern

    for path, name, pattern in walk(get_resolver(), "", {}):
        if not path.startswith(LOGIN_PATH):
            yield path, name, pattern


ROUTES = list(routes())


def test_there_are_routes_to_walk():
    assert len(ROUTES) > 40


@pytest.mark.parametrize(("path", "name", "pattern"), ROUTES, ids=[name or path for path, name, _ in ROUTES])
def test_every_route_says_who_may_use_it(path, name, pattern):
    assert name, f"{path} has no name"
    assert isinstance(getattr(pattern.callback, "access", None), RouteAccess), f"{path} says nothing about access"
    assert "<" not in path, f"{path}: an address part of an unknown kind"


def test_a_route_that_says_nothing_is_closed(rf):
    from django.http import Http404

    request = rf.get("/")
    with pytest.raises(Http404):
        Access(lambda _request: HttpResponse()).process_view(request, lambda _request: HttpResponse("open"), (), {})


def test_every_permission_stands_in_the_table():
    assert set(ACCESS) == set(Permission)
    assert all(roles <= set(Role) for roles in ACCESS.values())


def wrong_answer(client: Client, path: str, access: RouteAccess, who: str, permissions: frozenset[Permission]) -> str:
    """What is wrong with what this visitor meets at a route; empty when it is as the table says."""
    response = client.get(path)
    if response.status_code >= 500:
        return f"{who} met an error at {path}"
    if access.is_public:
        return f"{path} is not public" if response.status_code == 403 else ""
    if who == "nobody":
        sent = response.status_code == 302 and (response["Location"].startswith(LOGIN_PATH) or path == "/")
        return "" if sent else f"{path} is open to visitors"
    if access.permissions and not access.permissions & permissions and response.status_code != 404:
        return f"{who} may not use {path} but met {response.status_code}"
    return ""


@pytest.mark.django_db
@pytest.mark.parametrize("who", ["nobody", "no role", *[role.value for role in Role]])
def test_every_role_meets_each_route_as_the_table_says(who):
    client, permissions = Client(), frozenset()
    if who != "nobody":
        found = colleague(organisation(), *([Role(who)] if who in set(Role) else []))
        with at_the_door():
            client.force_login(found.person, backend=settings.AUTHENTICATION_BACKENDS[0])
        permissions = found.actor.permissions
    wrong = [wrong_answer(client, path, pattern.callback.access, who, permissions) for path, _name, pattern in ROUTES]
    assert not any(wrong), "\n".join(filter(None, wrong))


@pytest.mark.django_db
def test_public_pages_set_no_cookie(client):
    for path, name, pattern in ROUTES:
        if pattern.callback.access.is_public and not name.startswith(("demo", "gallery")):
            response = client.get(path)
            assert not response.cookies, f"{path} sets {list(response.cookies)}"
