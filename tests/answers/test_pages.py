"""What the pages promise: the public ones to everyone, the others to those who may."""

from __future__ import annotations

import json
import re

import pytest
from django.test import Client
from django.urls import reverse

from answers.rooms import Room
from factories import colleague
from motkraft.answers import actions
from motkraft.answers.models import Answer
from motkraft.people.access import Role, acting
from motkraft.people.models import Person

pytestmark = pytest.mark.django_db
SLUG = "barn-tas-utan-anledning-och-utan-domstol"


@pytest.fixture
def room() -> Room:
    return Room()


def signed_in(actor) -> Client:
    client = Client()
    with acting(actor):
        client.force_login(Person.objects.get(pk=actor.person_id))
    return client


def page(path: str, **headers: str) -> tuple[int, str]:
    response = Client().get(path, headers=headers)
    return response.status_code, response.content.decode()


def test_the_public_pages_use_no_cookies_and_no_script(room):
    room.published()
    room.published(language="ar", title="المحكمة تقرر", is_language_reviewed=False)
    for path in ("/fakta", "/fakta?lang=ar", f"/fakta/{SLUG}/sv", f"/fakta/{SLUG}/ar", f"/fakta/{SLUG}.json"):
        response = Client().get(path)
        assert response.status_code == 200, path
        assert not response.cookies, path
        assert "cookie" not in response.headers.get("Vary", "").lower(), path
        body = response.content.decode()
        assert "<script" not in body and " onclick" not in body and " style=" not in body, path


def test_the_arabic_page_reads_from_right_to_left_and_says_it_is_unreviewed(room):
    room.published(language="ar", title="قانون LVU والمحكمة", body="المحكمة تقرر وفق قانون LVU 4 § كل مرة.")
    _, body = page(f"/fakta/{SLUG}/ar")
    assert re.search(r'<html lang="ar" dir="rtl">', body)
    assert '<bdi dir="ltr">LVU 4 §</bdi>' in body
    assert '<bdi dir="ltr">LVU</bdi>' in body
    assert "لم يراجعها بعد" in body
    assert "المحكمة تقرر." in body
    assert 'href="https://lagen.nu/1990:52"' in body


def test_a_reviewed_translation_carries_no_warning(room):
    room.published(language="ar", title="المحكمة", is_language_reviewed=True)
    assert "لم يراجعها بعد" not in page(f"/fakta/{SLUG}/ar")[1]


def test_each_language_links_to_the_others(room):
    room.published()
    room.published(language="ar", title="المحكمة")
    for language in ("sv", "ar"):
        _, body = page(f"/fakta/{SLUG}/{language}")
        for other in ("sv", "ar"):
            assert f'hreflang="{other}" href="/fakta/{SLUG}/{other}"' in body
    assert page(f"/fakta/{SLUG}/en")[0] == 404


def test_the_browsers_language_is_chosen(room):
    room.published()
    room.published(language="ar", title="المحكمة")
    response = Client().get(f"/fakta/{SLUG}", headers={"Accept-Language": "ar-SY,sv;q=0.5"})
    assert response["Location"].endswith("/ar")
    assert Client().get(f"/fakta/{SLUG}")["Location"].endswith("/sv")
    assert Client().get("/fakta/n10")["Location"].endswith(f"{SLUG}/sv")


def test_the_page_shows_facts_sources_days_and_what_it_cannot_say(room):
    room.published()
    _, body = page(f"/fakta/{SLUG}/sv")
    assert ("Domstolen beslutar." in body and "LVU 4 §" in body and "27 april 2026" in body.lower()) or "27 apr" in body
    assert "enskilda barn eller familjer" in body
    assert "Ingen maskin" in body


def test_a_claim_that_nobody_has_answered_is_not_there(room):
    assert page(f"/fakta/{SLUG}/sv")[0] == 404
    assert page("/fakta/no-such-claim/sv")[0] == 404
    assert page(f"/fakta/{SLUG}/xx")[0] == 404


def test_a_withdrawn_answer_says_so_and_shows_no_text(room):
    answer = room.published(body="Den gamla texten")
    with acting(room.author):
        actions.withdraw_answer(room.author, answer.pk, reason="Lagen ändrades")
    status, body = page(f"/fakta/{SLUG}/sv")
    assert status == 200
    assert "tillbakadraget" in body and "Lagen ändrades" in body
    assert "Den gamla texten" not in body
    assert page(f"/fakta/{SLUG}/sv.json")[0] == 404


def test_markup_in_a_text_is_shown_not_run(room):
    room.published(title="<img src=x onerror=alert(1)>", body="<script>alert(1)</script> & 'citat'")
    _, body = page(f"/fakta/{SLUG}/sv")
    assert "<script" not in body and "<img" not in body


def test_the_data_is_a_claim_review_without_a_named_claimant(room):
    room.published()
    data = json.loads(page(f"/fakta/{SLUG}/sv.json")[1])
    assert data["@type"] == "ClaimReview"
    assert data["claimReviewed"] and data["reviewRating"]["alternateName"] == "Rubrik"
    assert "author" not in data["itemReviewed"]


@pytest.mark.parametrize(
    "role", [r for r in Role if r not in (Role.COMMUNICATOR, Role.KNOWLEDGE_ADVISOR, Role.DIRECTOR)]
)
def test_only_those_who_write_or_approve_see_the_drafts(room, role):
    client = signed_in(colleague(room.organisation, role).actor)
    for path in (
        reverse("answer_list"),
        reverse("fact_list"),
        reverse("answer", args=[room.draft(room.fact()).pk]),
    ):
        assert client.get(path).status_code == 404


def test_another_organisations_draft_is_not_there(room):
    answer = room.draft(room.fact())
    other = signed_in(Room().both)
    for name in ("answer", "answer_change"):
        assert other.get(reverse(name, args=[answer.pk])).status_code == 404
    assert other.post(reverse("answer_step", args=[answer.pk, "skicka"])).status_code == 404


def form(room: Room, **changed: object) -> dict[str, object]:
    return {
        "claim_id": "N10", "language": "sv", "channel": "page", "audience": "public", "title": "Så är det",
        "body": "Text", "facts": [str(room.fact().pk)], **changed,
    }  # fmt: skip


def test_writing_reviewing_and_publishing_by_hand(room):
    author, approver = signed_in(room.author), signed_in(room.approver)
    response = author.post(reverse("answer_new"), form(room))
    assert response.status_code == 302
    with acting(room.author):
        answer = Answer.objects.get()
    step = lambda slug: reverse("answer_step", args=[answer.pk, slug])  # noqa: E731
    assert author.post(step("skicka")).status_code == 302
    assert author.get(step("godkann")).status_code == 404
    shown = approver.get(step("godkann"))
    seen = re.search(r'name="seen" value="([0-9a-f]{64})"', shown.content.decode())[1]
    assert "Så är det" in shown.content.decode()
    assert approver.post(step("godkann"), {"seen": "f" * 64}).status_code == 422
    assert approver.post(step("godkann"), {"seen": seen}).status_code == 302
    assert author.post(step("publicera")).status_code == 302
    assert "Så är det" in page(f"/fakta/{SLUG}/sv")[1]
    assert author.post(step("dra-tillbaka"), {"reason": ""}).status_code == 422
    assert author.post(step("dra-tillbaka"), {"reason": "Nya regler"}).status_code == 302
    assert "Nya regler" in page(f"/fakta/{SLUG}/sv")[1]


def test_what_was_typed_stays_when_something_is_missing(room):
    response = signed_in(room.author).post(reverse("answer_new"), form(room, title="", body="Mina ord står kvar"))
    assert response.status_code == 422
    assert "Mina ord står kvar" in response.content.decode()


def test_an_arabic_draft_is_written_from_right_to_left(room):
    answer = room.draft(room.fact(), language="ar", title="المحكمة")
    body = signed_in(room.author).get(reverse("answer_change", args=[answer.pk])).content.decode()
    assert re.search(r'<textarea[^>]*name="body"[^>]*dir="rtl"', body)


def test_a_fact_is_added_and_verified_by_hand(room):
    author, approver = signed_in(room.author), signed_in(room.approver)
    values = {
        "key": "by-hand", "statement_sv": "Nämnden ansöker.", "statement_en": "The committee applies.",
        "source_title": "LVU", "citation": "LVU 4 §", "source_url": "", "rule_id": "",
        "checked_on": "2026-04-27",
    }  # fmt: skip
    response = author.post(reverse("fact_new"), values)
    assert response.status_code == 302
    assert author.post(response["Location"], {"do": "verify"}).status_code in (404, 422)
    assert approver.post(response["Location"], {"do": "verify"}).status_code == 302
    assert author.get(reverse("fact_list")).status_code == 200
    bad = author.post(reverse("fact_new"), values | {"key": "two", "source_url": "javascript:alert(1)"})
    assert bad.status_code == 422


def test_every_page_can_be_opened_by_those_who_may(room):
    answer, author = room.published(), signed_in(room.author)
    draft = room.draft(room.fact("another"))
    for path in (
        reverse("answer_list"), reverse("answer_list") + "?format=csv", reverse("answer_list") + "?q=O'Hara",
        reverse("answer_new"), reverse("answer_new") + "?claim=N08&language=ar",
        reverse("answer", args=[answer.pk]),
        reverse("answer_change", args=[draft.pk]), reverse("answer_revise", args=[answer.pk]),
        reverse("answer_step", args=[draft.pk, "skicka"]),
        reverse("answer_step", args=[answer.pk, "dra-tillbaka"]),
        reverse("fact_list"), reverse("fact_new"),
    ):  # fmt: skip
        assert author.get(path).status_code == 200, path
