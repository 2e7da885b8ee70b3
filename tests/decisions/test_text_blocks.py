"""Text blocks: versions that stay, words of the product that nobody can lose, and never a name."""

from __future__ import annotations

import datetime as dt

import pytest
from django.db import DatabaseError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from motkraft.decisions.actions.paper import draft_data
from motkraft.decisions.actions.text_blocks import restore_block, write_block
from motkraft.decisions.models import TextBlock
from motkraft.decisions.rules import DecisionError
from motkraft.decisions.rules.text_blocks import PLACES, check_block, product_blocks
from motkraft.people.access import NotAllowed, acting

FIELDS = {"key": "questions", "place": "questions", "title": "Frågor"}


def test_the_products_blocks_have_a_place_and_state_no_law():
    day = dt.date(2026, 11, 22)
    for block in product_blocks().values():
        check_block(block.place, block.text, day, None, [])
    assert {block.place for block in product_blocks().values()} == set(PLACES)


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ("Inom tre veckor enligt FL 44 §.", "text"),
        ("Överklaga inom 3 veckor.", "text"),
        ("Fråga {namn}.", "text"),
        ("Fråga Ulla Ordförandepåhitt-Demo.", "text"),
        ("Fråga ORDFÖRANDEPÅHITT-\nDEMO.", "text"),
    ],
)
def test_a_block_holds_no_name_no_law_and_nothing_that_is_not_filled_in(text, field):
    with pytest.raises(DecisionError) as refused:
        check_block("questions", text, dt.date(2026, 1, 1), None, ["Ulla Ordförandepåhitt-Demo"])
    assert refused.value.data["field"] == field and "Ulla" not in str(refused.value)


def test_a_version_applies_in_its_period_and_every_earlier_one_can_be_taken_back(town):
    today = timezone.localdate()
    actor, place = town.registrar.actor, town.organisation.pk

    def now(day=today):
        with acting(actor):
            return TextBlock.objects.text(place, "questions", "OMH", day)

    product = product_blocks()["questions"].text
    assert now() == product
    town.run(town.registrar, write_block, **FIELDS, text="Ring växeln.")
    town.run(town.registrar, write_block, **FIELDS, text="Ring i jul.", valid_from=today, valid_to=today)
    assert (now(), now(today + dt.timedelta(days=1))) == ("Ring i jul.", "Ring växeln.")
    town.run(town.registrar, restore_block, "questions", 1)
    assert now() == "Ring växeln."
    town.run(town.registrar, restore_block, "questions", 0)
    assert now() == product
    with acting(actor):
        assert [row.version for row in TextBlock.objects.filter(key="questions")] == [4, 3, 2, 1]
        for change in (lambda rows: rows.update(text="x"), lambda rows: rows.delete()):
            with pytest.raises(DatabaseError), transaction.atomic():
                change(TextBlock.objects.filter(key="questions"))


def test_the_notice_is_set_with_the_organisations_words(town):
    town.run(town.registrar, write_block, **FIELDS, text="Ring växeln på dagtid.")
    decision = town.draft()
    with acting(town.worker.actor):
        assert draft_data(decision, {})["questions"] == "Ring växeln på dagtid."


def test_only_those_who_keep_the_blocks_change_them(town, make_town):
    with pytest.raises(NotAllowed):
        town.run(town.worker, write_block, **FIELDS, text="Hej.")
    town.run(town.registrar, write_block, **FIELDS, text="Bara vår text.")
    other = make_town()
    with acting(other.registrar.actor):
        assert (
            TextBlock.objects.text(other.organisation.pk, "questions", "OMH", timezone.localdate()).startswith("Hör av")
        )
    client = Client()
    client.force_login(town.worker.person)
    assert client.get(reverse("text_block_list")).status_code in (403, 404)


def test_the_pages_find_change_and_show_a_block(town):
    client = Client()
    client.force_login(town.registrar.person)
    found = client.get(reverse("text_block_list"), {"q": "diarienumret"})
    assert found.status_code == 200 and b"Om du har fr" in found.content and b"protokollsutdrag" not in found.content
    page = client.get(reverse("text_block", args=["questions"]))
    assert page.status_code == 200 and b"data:image/png" in page.content
    typed = {"title": "Frågor", "place": "questions", "text": "Ring.", "valid_from": timezone.localdate().isoformat()}
    assert client.post(reverse("text_block", args=["questions"]), typed).status_code == 302
    wrong = client.post(reverse("text_block", args=["questions"]), typed | {"text": "Inom 3 veckor, 44 §"})
    assert wrong.status_code == 422 and "Inom 3 veckor, 44 §" in wrong.content.decode()
    client.post(reverse("text_block_restore", args=["questions"]), {"version": "0"})
    with acting(town.registrar.actor):
        assert TextBlock.objects.filter(key="questions").count() == 2
    made = client.post(reverse("text_block_new"), typed | {"title": "Vår egen", "place": "reasons"})
    assert made.status_code == 302 and made["Location"].endswith("/var-egen")
