"""The door and the walls of every request: what is open, who acts, and that nothing slips past."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest
from django.conf import settings
from django.core.cache import cache
from django.db import OperationalError, connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from factories import colleague, organisation
from motkraft.people import actions
from motkraft.people.access import Permission, Role, acting, at_the_door, public, requires, system
from motkraft.people.models import Office, Person
from motkraft.site import middleware

pytestmark = pytest.mark.django_db
PASSWORD = "en-lång-påhittad-fras-42"


@pytest.fixture
def someone():
    """A manager in one organisation who is a registrar in another, with a password."""
    home, elsewhere = organisation("Aneby-Demo"), organisation("Öregrund-Demo")
    found = colleague(home, Role.ADMINISTRATOR, Role.MANAGER)
    with acting(system(home.pk)):
        found.person.set_password(PASSWORD)
        found.person.save()
    with acting(system(elsewhere.pk)):
        actions.give_role(system(elsewhere.pk), found.person, Role.ADMINISTRATOR)
    return found, home, elsewhere


def browser(person: Person, *, strict: bool = False, password: str = PASSWORD) -> Client:
    client = Client(enforce_csrf_checks=False, raise_request_exception=False)
    answer = client.post(reverse("account_login"), {"login": person.username, "password": password})
    assert answer.status_code == 302, answer.content.decode()
    client.handler.enforce_csrf_checks = strict
    return client


def token(client: Client, path: str) -> str:
    return str(client.get(path).context["csrf_token"])


PERSON = {"username": "ny-person", "name": "Ny Påhittad-Demo", "role": "manager"}


# -- forms


def test_a_form_without_its_token_is_refused_though_the_view_runs_early(someone):
    client = browser(someone[0].person, strict=True)
    with acting(someone[0].actor):
        before = Person.objects.count()
    assert client.post(reverse("person_new"), PERSON).status_code == 403
    for name in ("leave", "switch", "hide", "account_logout", "account_change_password"):
        assert client.post(reverse(name)).status_code == 403, name
    assert client.post(reverse("person_new"), {**PERSON, "csrfmiddlewaretoken": token(client, "/")}).status_code == 302
    with acting(someone[0].actor):
        assert Person.objects.count() == before + 1


def test_a_form_opened_for_one_organisation_is_not_saved_into_another(someone):
    found, _home, elsewhere = someone
    client = browser(found.person, strict=True)
    old_tab = token(client, reverse("person_new"))
    client.post(reverse("switch"), {"acting": str(elsewhere.pk), "csrfmiddlewaretoken": old_tab})
    assert "Öregrund-Demo" in client.get("/").content.decode()
    assert client.post(reverse("person_new"), {**PERSON, "csrfmiddlewaretoken": old_tab}).status_code == 403
    with at_the_door():
        assert not Person.objects.filter(username=PERSON["username"]).exists()
    fresh = {**PERSON, "csrfmiddlewaretoken": token(client, reverse("person_new"))}
    assert client.post(reverse("person_new"), fresh).status_code == 302


def test_a_form_is_not_saved_elsewhere_when_the_role_ends_while_it_is_open(someone):
    found, home, _elsewhere = someone
    client = browser(found.person, strict=True)
    old_tab = token(client, reverse("person_new"))
    with acting(system(home.pk)):
        found.person.memberships.filter(organisation=home).update(valid_from="2020-01-01", valid_to="2020-01-02")
    answer = client.post(reverse("person_new"), {**PERSON, "csrfmiddlewaretoken": old_tab})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    with at_the_door():
        assert not Person.objects.filter(username=PERSON["username"]).exists()
    assert "Öregrund-Demo" in client.get("/").content.decode()


def test_a_new_role_elsewhere_does_not_move_a_person_who_is_at_work(someone):
    found, home, _elsewhere = someone
    client = browser(found.person)
    assert "Aneby-Demo" in client.get("/").content.decode()
    first = organisation("Aaby-Demo")
    with acting(system(first.pk)):
        actions.give_role(system(first.pk), found.person, Role.ADMINISTRATOR)
    client.post(reverse("person_new"), PERSON)
    with acting(system(home.pk)):
        assert Person.objects.filter(username=PERSON["username"]).exists()


# -- the login library's routes


@pytest.mark.parametrize(
    "path",
    [
        "signup/",
        "email/",
        "confirm-email/",
        "confirm-email/abc/",
        "password/reset/",
        "password/reset/done/",
        "password/reset/key/1-abc/",
        "password/set/",
        "login/code/confirm/",
        "3rdparty/signup/",
    ],
)
@pytest.mark.parametrize("is_signed_in", [False, True])
def test_nobody_signs_up_gives_an_address_or_gets_a_password_by_mail(someone, mailoutbox, path, is_signed_in):
    client = browser(someone[0].person) if is_signed_in else Client()
    assert client.get(f"/konto/{path}").status_code == 404
    assert client.post(f"/konto/{path}", {"email": "a@example.org"}).status_code == 404
    assert mailoutbox == []


def test_what_the_library_answers_by_itself_is_an_answer_and_not_an_error(someone):
    client = browser(someone[0].person)
    answer = client.get(reverse("mfa_add_webauthn"))
    assert answer.status_code == 302 and answer["Location"].startswith(reverse("account_reauthenticate"))
    answer = client.post(f"{answer['Location']}", {"password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, reverse("mfa_add_webauthn"))
    page = client.get(reverse("mfa_add_webauthn"))
    assert page.status_code == 200
    for name in ("mfa_index", "mfa_activate_totp", "mfa_list_webauthn", "account_change_password", "account_logout"):
        assert client.get(reverse(name)).status_code == 200, name


def test_the_pages_of_the_library_run_no_script_of_their_own_on_the_page(someone):
    """The policy allows scripts from files only; what stands in the page must be data."""
    import re

    client = browser(someone[0].person)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    for path in (reverse("mfa_add_webauthn"), reverse("account_reauthenticate"), reverse("mfa_activate_totp")):
        page = client.get(path).content.decode()
        for attributes in re.findall(r"<script([^>]*)>", page):
            assert "src=" in attributes or 'type="application/json"' in attributes, (path, attributes)
        assert not re.search(r"\son\w+=|javascript:|\sstyle=", page), path
    assert "mfa/js/webauthn.js" in Client().get(reverse("account_login")).content.decode()


def test_one_time_code_seeds_are_ciphertext_in_the_database(someone):
    from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret

    found = someone[0]
    secret = generate_totp_secret()
    with acting(found.actor):
        kept = TOTP.activate(found.person, secret).instance
        kept.refresh_from_db()
        assert secret not in json.dumps(kept.data)
        assert len(TOTP(kept).instance.data["secret"]) > len(secret)


# -- the hidden screen


@pytest.mark.parametrize(
    "name",
    ["start", "person_new", "people_list", "switch", "account_change_password", "mfa_index", "mfa_add_webauthn",
     "mfa_view_recovery_codes", "socialaccount_connections", "account_login"],
)  # fmt: skip
@pytest.mark.parametrize("method", ["get", "post", "head", "options"])
def test_a_hidden_screen_opens_nothing_else(someone, name, method):
    client = browser(someone[0].person)
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    client.post(reverse("hide"))
    answer = getattr(client, method)(reverse(name))
    assert (answer.status_code, answer["Location"]) == (302, reverse("hide"))


def test_a_hidden_screen_stays_hidden_after_choosing_a_language(someone):
    client = browser(someone[0].person)
    client.post(reverse("hide"))
    client.post(reverse("language", args=["en"]), {"next": "/"})
    assert client.get("/")["Location"] == reverse("hide")


def test_somebody_without_password_or_passkey_logs_in_anew_after_hiding(someone, settings):
    settings.MOTKRAFT_DEMO = False
    client = browser(someone[0].person)
    with at_the_door():
        someone[0].person.set_unusable_password()
        someone[0].person.save()
        client.force_login(Person.objects.get(pk=someone[0].person.pk), settings.AUTHENTICATION_BACKENDS[0])
    client.post(reverse("hide"))
    assert client.get(reverse("unhide"))["Location"] == reverse("account_login")
    assert client.get("/")["Location"] == reverse("welcome")


# -- sessions


def test_a_new_password_ends_all_other_sessions(someone):
    here, there = browser(someone[0].person), browser(someone[0].person)
    new = "en-helt-annan-fras-43"
    change = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert here.post(reverse("account_change_password"), change).status_code == 302
    assert here.get("/").status_code == 200
    assert there.get("/")["Location"] == reverse("welcome")


def test_an_inactive_person_is_out_at_once(someone):
    client = browser(someone[0].person)
    with at_the_door():
        Person.objects.filter(pk=someone[0].person.pk).update(is_active=False)
    assert client.get("/")["Location"] == reverse("welcome")


def test_logging_in_gives_a_new_session_and_leaving_ends_it(someone):
    client = Client()
    client.get(reverse("account_login"))
    session = client.session
    session["planted"] = "yes"
    session.save()
    planted = session.session_key
    client.cookies[settings.SESSION_COOKIE_NAME] = planted
    client.post(reverse("account_login"), {"login": someone[0].person.username, "password": PASSWORD})
    known = client.session.session_key
    assert known != planted
    thief = Client()
    thief.cookies[settings.SESSION_COOKIE_NAME] = planted
    assert thief.get("/")["Location"] == reverse("welcome")
    assert "Clear-Site-Data" in client.post(reverse("leave"))
    thief.cookies[settings.SESSION_COOKIE_NAME] = known
    assert thief.get("/")["Location"] == reverse("welcome")


def test_becoming_a_demo_person_keeps_nothing_of_the_session_before(someone):
    home = someone[1]
    with acting(system(home.pk)):
        demo = actions.add_person(system(home.pk), username="demo-x", name="X Påhittad-Demo")
    client = browser(someone[0].person)
    client.post(reverse("hide"))
    before = client.session.session_key
    assert client.post(reverse("demo_become", args=[demo.pk]))["Location"] == "/"
    assert client.session.session_key != before
    assert middleware.HIDDEN not in client.session
    assert client.post(reverse("demo_become", args=[someone[0].person.pk])).status_code == 404


# -- guessing


def test_an_employee_id_can_be_tried_five_times_whatever_address_the_visitor_claims(someone):
    login = {"login": someone[0].person.username}
    answers = [
        Client().post(
            reverse("account_login"), {**login, "password": f"gissning-{n}"}, headers={"x-forwarded-for": f"10.0.0.{n}"}
        )
        for n in range(7)
    ]
    right = Client().post(reverse("account_login"), {**login, "password": PASSWORD})
    assert all(answer.status_code in (200, 429) for answer in answers)
    assert right.status_code != 302, "after too many failures the right password waits too"


def test_attempts_are_counted_in_the_database_without_code_and_end_by_themselves():
    assert cache.add("a", [1.5], 60) and not cache.add("a", [2.5], 60)
    assert cache.get("a") == [1.5]
    cache.set("a", [3.5], 60)
    with connection.cursor() as cursor:
        cursor.execute("SELECT value::text FROM people_attempt")
        assert cursor.fetchall() == [("[3.5]",)]
    cache.set("b", 1, -1)
    assert cache.get("b", "gone") == "gone" and cache.add("b", 2, 60) and cache.get("b") == 2
    assert cache.touch("b", 60) and cache.delete("b") and not cache.delete("b")
    cache.clear()
    assert cache.get("a") is None


# -- addresses, headers, cookies


@pytest.mark.parametrize(
    "wanted", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "http:///x"]
)
def test_no_redirect_leads_elsewhere(someone, wanted):
    assert Client().post(reverse("language", args=["en"]), {"next": wanted})["Location"] == "/"
    login = {"login": someone[0].person.username, "password": PASSWORD, "next": wanted}
    assert Client().post(reverse("account_login"), login)["Location"] == "/"
    assert Client().get("//evil.example/").get("Location", "/").startswith(("/", "http://testserver/"))
    assert not Client().get("//evil.example/").get("Location", "/").startswith("//")


def test_a_made_up_host_is_refused(someone):
    client = Client(raise_request_exception=False)
    for path in ("/", reverse("welcome"), reverse("account_login")):
        assert client.get(path, headers={"host": "evil.example"}).status_code == 400
        assert "evil.example" not in client.get(path, headers={"x-forwarded-host": "evil.example"}).content.decode()


def test_pages_are_not_cached_framed_or_sniffed(someone):
    client = browser(someone[0].person)
    for path in ("/", reverse("person_new"), reverse("account_change_password"), reverse("hide"), "/saknas"):
        answer = client.get(path)
        assert "no-store" in answer["Cache-Control"], path
        assert answer["X-Frame-Options"] == "DENY" and "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert "unsafe" not in answer["Content-Security-Policy"]
        assert answer["Referrer-Policy"] == "same-origin"


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(someone):
    client = browser(someone[0].person)
    client.get("/")
    for name in (settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME):
        assert client.cookies[name]["httponly"] and client.cookies[name]["samesite"] == "Lax", name
    assert not Client().get(reverse("welcome")).cookies


@pytest.mark.parametrize("method", ["head", "options", "put", "delete", "patch", "trace"])
def test_other_methods_open_nothing(someone, method):
    answer = getattr(Client(enforce_csrf_checks=True), method)(reverse("people_list"))
    assert answer.status_code in (302, 403)
    assert getattr(Client(enforce_csrf_checks=True), method)("/hemligt").status_code in (403, 404)


# -- errors


@pytest.fixture
def routes(settings, someone):
    """Two more routes: one that writes and then fails, and others that misbehave."""
    from types import ModuleType

    from django.urls import path

    from motkraft.site import urls

    @requires(Permission.PEOPLE_MANAGE)
    def fails(request):
        Office.objects.create(organisation_id=request.actor.organisation_id, name="Halvfärdigt")
        raise RuntimeError("Ingrid Påhittad-Demo")

    @requires(Permission.PEOPLE_MANAGE)
    def not_allowed(request):
        request.actor.require(Permission.SUPPORT_ANSWER)

    @public
    def nothing(request):
        nothing.times += 1

    nothing.times = 0
    module = ModuleType("more_urls")
    module.__dict__.update({name: value for name, value in vars(urls).items() if name.startswith("handler")})
    module.urlpatterns = [
        path("fel", fails, name="fails"),
        path("nej", not_allowed, name="not_allowed"),
        path("inget", nothing, name="nothing"),
        path("oppen", lambda request: HttpResponse("open"), name="open"),
        *urls.urlpatterns,
    ]
    sys.modules["more_urls"] = module
    settings.ROOT_URLCONF = "more_urls"
    yield nothing
    del sys.modules["more_urls"]


def test_an_error_undoes_what_was_written_and_says_nothing_of_it(someone, routes):
    client = browser(someone[0].person)
    answer = client.get("/fel")
    assert answer.status_code == 500
    page = answer.content.decode()
    assert "Ingrid" not in page and "Traceback" not in page and "RuntimeError" not in page
    with acting(someone[0].actor):
        assert not Office.objects.filter(name="Halvfärdigt").exists()


def test_what_one_may_not_do_is_not_there(someone, routes):
    client = browser(someone[0].person)
    assert client.get("/nej").status_code == 404
    assert client.get("/oppen").status_code == 404, "a route that says nothing is closed"


def test_a_view_that_answers_nothing_is_not_run_twice(routes):
    assert Client(raise_request_exception=False).get("/inget").status_code == 500
    assert routes.times == 1


def test_the_error_page_stands_when_the_database_does_not(someone, monkeypatch):
    client = browser(someone[0].person)

    def away(*_args, **_kwargs):
        raise OperationalError("server closed the connection unexpectedly")

    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", away)
    answer = client.get("/")
    assert answer.status_code == 500 and "112" in answer.content.decode()


@pytest.mark.parametrize("path", ["/personer?q=%00", "/personer?sort=%00&sida=-1", "/?lang=%00", "/log/%00/checkpoint"])
def test_odd_bytes_in_an_address_are_no_error(someone, path):
    assert browser(someone[0].person).get(path).status_code < 500


# -- cost, and what is there only in demo mode


def test_a_page_costs_few_queries_before_its_own(someone):
    client = browser(someone[0].person)
    client.get("/")
    with CaptureQueriesContext(connection) as queries:
        client.get(reverse("person_new"))
    own = [query for query in queries if "SAVEPOINT" not in query["sql"] and "_setting(" not in query["sql"]]
    drawn = [query for query in queries if "set_config(" in query["sql"]]
    assert len(own) - len(drawn) == 4, "session, person, roles, and the form's offices"
    assert len(drawn) == 6, "\n".join(query["sql"][:120] for query in queries)


def test_demo_routes_exist_in_demo_mode_only():
    code = (
        "import django; django.setup()\n"
        "from django.urls import NoReverseMatch, get_resolver, resolve, Resolver404, reverse\n"
        "from django.conf import settings\n"
        "assert not settings.MOTKRAFT_DEMO and not settings.DEBUG\n"
        "for path in ('/demo', '/demo/bli/00000000-0000-0000-0000-000000000007', '/demo/komponenter'):\n"
        "    try: resolve(path)\n"
        "    except Resolver404: pass\n"
        "    else: raise SystemExit(path)\n"
        "assert 'demo_become' not in get_resolver().reverse_dict\n"
        "print('closed')"
    )
    for given in ("0", ""):
        environment = {**os.environ, "MOTKRAFT_DEMO": given, "MOTKRAFT_DEBUG": "0"}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True)
        assert done.stdout.strip() == "closed", done.stdout + done.stderr
