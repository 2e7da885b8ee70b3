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


@pytest.fixture
def visitors(db) -> dict[str, tuple[Client, frozenset[Permission]]]:
    """A browser for nobody, for each role, and for somebody without any role."""
    home = organisation()
    found: dict[str, tuple[Client, frozenset[Permission]]] = {"nobody": (Client(raise_request_exception=True), frozenset())}
    for role in Role:
        person = colleague(home, role)
        client = Client()
        with at_the_door():
            client.force_login(person.person, backend=settings.AUTHENTICATION_BACKENDS[0])
        found[role.value] = (client, person.actor.permissions)
    loose = colleague(home)
    client = Client()
    with at_the_door():
        client.force_login(loose.person, backend=settings.AUTHENTICATION_BACKENDS[0])
    found["no role"] = (client, frozenset())
    return found


@pytest.mark.parametrize(("path", "name", "pattern"), ROUTES, ids=[name or path for path, name, _ in ROUTES])
def test_every_role_meets_each_route_as_the_table_says(visitors, path, name, pattern):
    access: RouteAccess = pattern.callback.access
    for who, (client, permissions) in visitors.items():
        response = client.get(path)
        response.close()
        assert response.status_code < 500, f"{who} met an error at {path}"
        if access.is_public:
            assert response.status_code != 403
            continue
        if who == "nobody":
            assert response.status_code == 302, f"{path} is open to visitors"
            assert response["Location"].startswith(LOGIN_PATH) or path == "/", path
        elif access.permissions and not access.permissions & permissions:
            assert response.status_code == 404, f"{who} may not use {path}"


def test_public_pages_set_no_cookie(client):
    for path, name, pattern in ROUTES:
        if pattern.callback.access.is_public and not name.startswith(("demo", "gallery")):
            response = client.get(path)
            assert not response.cookies, f"{path} sets {list(response.cookies)}"
            response.close()
