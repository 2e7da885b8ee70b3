"""The door lets in whom it should."""

from __future__ import annotations

import datetime as dt

import pytest
from django.urls import reverse
from django.utils import timezone

from factories import colleague, organisation
from motkraft.people import actions
from motkraft.people.access import Role, acting, system
from motkraft.people.models import Membership

pytestmark = pytest.mark.django_db
PASSWORD = "en-lång-påhittad-fras-42"


@pytest.fixture
def manager():
    home = organisation()
    found = colleague(home, Role.MANAGER)
    with acting(system(home.pk)):
        found.person.set_password(PASSWORD)
        found.person.save()
    return found


def test_a_person_logs_in_with_employee_id_and_password_and_lands_on_to_do(client, manager):
    answer = client.post(reverse("account_login"), {"login": manager.person.username, "password": PASSWORD})
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert "Att göra" in client.get("/").content.decode()


def test_a_wrong_password_says_so_without_saying_who_exists(client, manager):
    wrong = client.post(reverse("account_login"), {"login": manager.person.username, "password": "fel-lösenord-här"})
    nobody = client.post(reverse("account_login"), {"login": "finns-inte", "password": "fel-lösenord-här"})
    assert wrong.status_code == nobody.status_code == 200
    messages = [list(page.context["form"].non_field_errors()) for page in (wrong, nobody)]
    assert messages[0] == messages[1] != []


def test_nobody_signs_up_by_themselves(client):
    answer = client.post(reverse("account_signup"), {"username": "ny", "password1": PASSWORD, "password2": PASSWORD})
    assert answer.status_code == 404
    assert "sessionid" not in client.cookies


def test_a_role_that_ended_yesterday_opens_nothing(client, manager):
    yesterday = timezone.localdate() - dt.timedelta(days=1)
    with acting(manager.actor):
        Membership.objects.filter(person=manager.person).update(valid_from=yesterday, valid_to=yesterday)
    client.post(reverse("account_login"), {"login": manager.person.username, "password": PASSWORD})
    assert client.get(reverse("incident_list")).status_code == 404


def test_one_acts_for_one_organisation_at_a_time_and_can_switch(client, manager):
    elsewhere = organisation("Öregrund-Demo")
    with acting(system(elsewhere.pk)):
        actions.give_role(system(elsewhere.pk), manager.person, Role.REGISTRAR)
    client.post(reverse("account_login"), {"login": manager.person.username, "password": PASSWORD})
    client.post(reverse("switch"), {"acting": str(elsewhere.pk)})
    page = client.get("/").content.decode()
    assert "Öregrund-Demo" in page
    assert client.get(reverse("incident_list")).status_code == 404, "the manager's role is in the other organisation"


def test_one_cannot_act_for_an_organisation_without_a_role_there(client, manager):
    elsewhere = organisation()
    client.post(reverse("account_login"), {"login": manager.person.username, "password": PASSWORD})
    assert client.post(reverse("switch"), {"acting": str(elsewhere.pk)}).status_code == 404


def test_a_hidden_screen_shows_nothing_until_the_person_has_shown_who_they_are(client, manager):
    client.post(reverse("account_login"), {"login": manager.person.username, "password": PASSWORD})
    client.post(reverse("hide"))
    assert client.get("/")["Location"] == reverse("hide")
    assert "Motkraft" not in client.get(reverse("hide")).content.decode()
    assert client.get(reverse("unhide"))["Location"].startswith(reverse("account_reauthenticate"))
    client.post(f"{reverse('account_reauthenticate')}?next={reverse('unhide')}", {"password": PASSWORD})
    assert client.get(reverse("unhide"))["Location"] == "/"


def test_the_language_follows_the_persons_wish(client, manager):
    client.post(reverse("account_login"), {"login": manager.person.username, "password": PASSWORD})
    client.post(reverse("language", args=["en"]), {"next": "/"})
    assert "To do" in client.get("/").content.decode()
    assert client.post(reverse("language", args=["xx"])).status_code == 404


def test_when_somebody_last_logged_in_is_kept(client, manager):
    client.post(reverse("account_login"), {"login": manager.person.username, "password": PASSWORD})
    with acting(manager.actor):
        manager.person.refresh_from_db()
    assert timezone.now() - manager.person.last_login < dt.timedelta(minutes=1)
