"""What the pages promise: to each role its own, nothing of another organisation, every step without script."""

from __future__ import annotations

import re

import pytest
from django.test import Client, TestCase, override_settings
from django.urls import reverse
from posts import HANDLE, SPREADS, ndjson, tiktok

from conftest import PROTECTED
from factories import colleague, organisation
from motkraft.people.access import Role, acting
from motkraft.watch import actions
from motkraft.watch.models import Exposure, Import, Match

pytestmark = pytest.mark.django_db

PAGES = ("import_list", "import_new", "watch_morning", "watch_review", "exposure_list", "claim_list")


def browser(colleague) -> Client:
    client = Client()
    with acting(colleague.actor):
        client.force_login(colleague.person)
    return client


def read_in(actor, *rows, name="a.ndjson"):
    with acting(actor):
        started = actions.start_import(actor, ndjson(*rows), name)
    return actions.run_import(actor, started.pk)


@pytest.fixture
def found(house):
    """One import with a match and an exposure in Arabic letters."""
    actor = house.communicator.actor

    class Found:
        done = read_in(
            actor,
            tiktok(1, SPREADS, playCount=900),
            tiktok(2, "انغريد ليندكفيست تخطف الأطفال <script>alert(1)</script>"),
            "sönder",
        )

    with acting(actor):
        Found.match = Match.objects.order_by("-score").first()
        Found.exposure = Exposure.objects.get()
    return Found


def addresses(found) -> list[str]:
    return [
        *(reverse(name) for name in PAGES),
        reverse("import", args=[found.done.pk]),
        reverse("import_lines", args=[found.done.pk]),
        reverse("exposure", args=[found.exposure.pk]),
        reverse("claim", args=["N01"]),
    ]


def test_every_page_answers_a_communicator_in_swedish_without_a_name_or_a_handle(house, found):
    client = browser(house.communicator)
    for address in addresses(found):
        answer = client.get(address)
        assert answer.status_code == 200, address
        text = answer.content.decode()
        assert PROTECTED not in text
        assert PROTECTED.split()[0] not in address
        if "rojanden/" not in address:  # there stands the link to the post itself, for the evidence
            assert HANDLE not in text
        assert "<script>alert" not in text


@pytest.mark.parametrize("who", ["worker", "manager", "director"])
def test_whoever_may_not_watch_finds_nothing_there(house, found, who):
    client = browser(getattr(house, who))
    for address in addresses(found):
        assert client.get(address).status_code == 404, address


def test_a_coordinator_sees_exposures_and_the_morning_list_and_judges_no_matches(house, found):
    client = browser(house.coordinator)
    seen = {address: client.get(address).status_code for address in addresses(found)}
    assert seen[reverse("exposure", args=[found.exposure.pk])] == 200
    assert seen[reverse("watch_morning")] == 200
    assert seen[reverse("watch_review")] == seen[reverse("import_new")] == 404


def test_another_organisation_finds_none_of_it(house, found):
    client = browser(colleague(organisation(), Role.COMMUNICATOR))
    for address in (
        reverse("import", args=[found.done.pk]),
        reverse("import_lines", args=[found.done.pk]),
        reverse("exposure", args=[found.exposure.pk]),
    ):
        assert client.get(address).status_code == 404
    assert client.post(reverse("exposure_confirm", args=[found.exposure.pk])).status_code == 404
    answer = client.post(reverse("watch_review"), {"match": str(found.match.pk), "choice": "confirm"})
    assert answer.status_code == 404
    assert "#socialen" not in client.get(reverse("claim", args=["N01"])).content.decode()


def test_without_logging_in_every_page_asks_for_it(found):
    for address in addresses(found):
        answer = Client().get(address)
        assert answer.status_code == 302
        assert answer.url.startswith("/konto/")


def test_a_file_that_is_handed_in_is_read_by_a_worker(house):
    client = browser(house.communicator)
    stream = ndjson(tiktok(1, SPREADS))
    stream.name = "zeeschuimer.ndjson"
    with TestCase.captureOnCommitCallbacks(execute=True):
        answer = client.post(reverse("import_new"), {"file": stream})
    with acting(house.communicator.actor):
        row = Import.objects.get()
    assert answer.url == reverse("import", args=[row.pk])
    waiting = client.get(answer.url).content.decode()
    assert "Väntar på att läsas" in waiting
    assert 'hx-trigger="every 2s"' in waiting

    from procrastinate.contrib.django.models import ProcrastinateJob

    from motkraft.watch.jobs import read_import

    job = ProcrastinateJob.objects.get(task_name="watch.import")
    assert job.args == {"organisation_id": str(row.organisation_id), "import_id": str(row.pk)}
    read_import.func(**job.args)
    done = client.get(answer.url, headers={"HX-Request": "true"}).content.decode()
    assert "<html" not in done
    assert "Inläst" in done
    assert "hx-trigger" not in done


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Filen är tom"),
        (b"a;b\r\n1;2\r\n", "inte i något format"),
        (b"x" * 2_000, "Filen är för stor. Högst 1,0 kB"),
    ],
)
def test_a_file_that_cannot_be_read_gives_a_clear_error_on_the_form(house, content, words):
    import io

    stream = io.BytesIO(content)
    stream.name = "x.ndjson"
    with override_settings(MOTKRAFT_LARGEST_FILE=1_000):
        answer = browser(house.communicator).post(reverse("import_new"), {"file": stream})
    assert answer.status_code == 422
    assert words in answer.content.decode()


def test_lines_that_could_not_be_read_are_shown_and_can_be_fetched(house, found):
    client = browser(house.communicator)
    assert "Raden är avbruten eller inte JSON" in client.get(reverse("import", args=[found.done.pk])).content.decode()
    table = client.get(reverse("import_lines", args=[found.done.pk])).content.decode("utf-8-sig")
    assert "3;Raden är avbruten eller inte JSON;;sönder" in table


def test_the_review_says_that_it_is_a_proposal_and_shows_a_key_for_each_decision(house, found):
    page = browser(house.communicator).get(reverse("watch_review")).content.decode()
    assert re.search(r"Föreslagen träff, \d+ % säker\. Du avgör\.", page)
    assert 'dir="auto" lang="' in page
    for key in "jklmno":
        assert f'data-key="{key}"' in page


def test_a_decision_leads_to_the_next_post_and_can_be_undone(house, found):
    client = browser(house.communicator)
    address = reverse("watch_review")
    assert client.post(address, {"match": str(found.match.pk), "choice": "confirm"}).url == address
    with acting(house.communicator.actor):
        assert Match.objects.get(pk=found.match.pk).state == "confirmed"
    page = client.get(address).content.decode()
    assert "Senast: bekräftad." in page
    assert client.post(reverse("watch_undo"), {"match": str(found.match.pk)}).url == address
    with acting(house.communicator.actor):
        assert Match.objects.get(pk=found.match.pk).state == "proposed"


def test_two_who_judge_the_same_match_do_not_overwrite_each_other(house, found):
    first, second = browser(house.communicator), browser(colleague(house.org, Role.COMMUNICATOR))
    first.post(reverse("watch_review"), {"match": str(found.match.pk), "choice": "own_story"})
    answer = second.post(reverse("watch_review"), {"match": str(found.match.pk), "choice": "confirm"}, follow=True)
    assert "En kollega hann före" in answer.content.decode()
    with acting(house.communicator.actor):
        assert Match.objects.get(pk=found.match.pk).verdict == "own_story"


def test_a_post_that_is_passed_over_waits_for_later(house, found):
    client = browser(house.communicator)
    with acting(house.communicator.actor):
        waiting = list(Match.objects.filter(state="proposed"))
    for match in waiting:
        client.post(reverse("watch_review"), {"match": str(match.pk), "choice": "skip"})
    assert "hoppade över" in client.get(reverse("watch_review")).content.decode()
    assert "Upprepar påståendet" in client.get(f"{reverse('watch_review')}?om=1", follow=True).content.decode()


@pytest.mark.parametrize(
    "sent", [{"match": "no-id", "choice": "confirm"}, {"choice": "confirm"}, {"match": "", "choice": "delete"}]
)
def test_a_made_up_decision_is_not_found(house, found, sent):
    assert browser(house.communicator).post(reverse("watch_review"), sent).status_code == 404


def test_confirming_an_exposure_shows_the_incident(house, found):
    client = browser(house.communicator)
    address = reverse("exposure", args=[found.exposure.pk])
    page = client.get(address).content.decode()
    assert "<mark>انغريد ليندكفيست</mark>" in page
    assert client.get(reverse("exposure_confirm", args=[found.exposure.pk])).status_code == 404
    done = client.post(reverse("exposure_confirm", args=[found.exposure.pk]), follow=True).content.decode()
    assert re.search(r"Händelse H-\d{4}-0001 är skapad", done)
    coordinator = browser(house.coordinator).get(address).content.decode()
    with acting(house.communicator.actor):
        incident = Exposure.objects.get().incident_id
    assert reverse("incident", args=[incident]) in coordinator
    assert reverse("incident", args=[incident]) not in done  # a communicator may not open it


def test_dismissing_an_exposure_asks_why_and_can_be_undone(house, found):
    client = browser(house.coordinator)
    dismiss = reverse("exposure_dismiss", args=[found.exposure.pk])
    assert client.post(dismiss, {"reason": "because"}).status_code == 404
    page = client.post(dismiss, {"reason": "another_person"}, follow=True).content.decode()
    assert "Det är en annan person" in page
    undone = client.post(reverse("exposure_undo", args=[found.exposure.pk]), follow=True).content.decode()
    assert "Väntar på dig" in undone


def test_an_unknown_claim_is_not_found(house):
    client = browser(house.communicator)
    assert client.get(reverse("claim", args=["N999"])).status_code == 404
    assert client.get(f"{reverse('watch_review')}?pastaende=N999").status_code == 404
    assert client.get(reverse("claim", args=["N91"])).status_code == 404  # a parent's own story is no claim


def test_the_pages_are_in_english_when_asked(house, found):
    client = browser(house.communicator)
    page = client.get(f"{reverse('watch_review')}?lang=en").content.decode()
    assert re.search(r"Proposed match, \d+ % sure\. You decide\.", page)


def test_the_swedish_catalogue_lacks_nothing():
    from pathlib import Path

    import motkraft.watch
    from motkraft.web.catalogues import compiled, missing

    source = Path(motkraft.watch.__file__).parent / "locale" / "sv" / "LC_MESSAGES" / "django.po"
    assert missing(source) == []
    assert source.with_suffix(".mo").read_bytes() == compiled(source)
