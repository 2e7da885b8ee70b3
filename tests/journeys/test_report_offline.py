"""A phone without a connection: what is written survives, encrypted, is sent once, and is gone from the phone."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.journey
WORDS = "Jag vet vilken skola din dotter går på"

KEPT = """
async () => {
  const base = await new Promise((done) => {
    const asked = indexedDB.open("motkraft-report", 1);
    asked.onsuccess = () => done(asked.result);
  });
  const rows = await new Promise((done) => {
    const asked = base.transaction("kept").objectStore("kept").getAll();
    asked.onsuccess = () => done(asked.result);
  });
  base.close();
  return rows.map((row) => ({
    id: row.id,
    extractable: row.key?.extractable ?? null,
    text: JSON.stringify(row) + (row.sealed ? new TextDecoder("latin1").decode(row.sealed) : ""),
  }));
}
"""


def test_a_report_written_without_a_connection_is_sent_once_and_leaves_the_phone(phone):
    context = phone.page.context
    phone.become("demo-1262-social-worker")
    phone.go("/rapportera")
    phone.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    phone.page.wait_for_timeout(500)  # the worker takes over the pages that are open

    context.set_offline(True)
    phone.page.goto(f"{phone.served.url}/rapportera")
    phone.look()
    assert "Rapportera utan uppkoppling" in phone.text
    phone.page.get_by_label("Någon hotade mig", exact=True).check()
    phone.page.get_by_label("Vad sades eller skrevs?").fill(WORDS)
    phone.page.get_by_text("Sparat i den här telefonen, krypterat.").wait_for()
    phone.page.wait_for_timeout(600)

    phone.page.close()  # the phone is closed in the middle of it
    phone.page = context.new_page()
    phone.page.goto(f"{phone.served.url}/rapportera")
    assert phone.page.get_by_label("Vad sades eller skrevs?").input_value() == WORDS
    assert phone.page.get_by_label("Någon hotade mig", exact=True).is_checked()
    (draft,) = [row for row in phone.page.evaluate(KEPT) if row["id"] == "draft"]
    assert draft["extractable"] is False
    assert "skola" not in draft["text"]

    phone.page.get_by_role("button", name="Skicka till din chef").click()
    phone.page.get_by_text("Ingen uppkoppling.").first.wait_for()
    context.set_offline(False)
    phone.page.evaluate("window.dispatchEvent(new Event('online'))")
    link = phone.page.locator("[data-sent-link]")
    link.wait_for()
    assert re.fullmatch(r"H-\d{4}-\d{4}", link.inner_text())
    assert [row["id"] for row in phone.page.evaluate(KEPT) if row["id"] == "draft"] == [], "ciphertext and key are gone"
    reference = link.inner_text()
    link.click()
    phone.page.wait_for_load_state()
    assert reference in phone.text
    phone.page.goto(f"{phone.served.url}/mina-handelser")
    assert phone.text.count(reference) == 1
    phone.page.locator("main .mk-duties a").first.click()
    phone.page.wait_for_load_state()
    assert WORDS in phone.text


def test_words_that_were_not_saved_yet_survive_a_closed_phone(phone):
    phone.become("demo-2580-social-worker")
    phone.go("/rapportera")
    for label in ("Nej, inte just nu", "Någon hotade mig", "Nyss"):
        phone.page.get_by_label(label, exact=True).check()
        phone.press("Fortsätt", exact=True)
    phone.press("Fortsätt", exact=True)
    phone.page.get_by_label("Vad sades eller skrevs?").fill(WORDS)
    phone.page.wait_for_timeout(800)
    context = phone.page.context
    phone.page.close()
    phone.page = context.new_page()
    phone.go("/rapportera")
    kept = phone.page.evaluate(KEPT)
    assert len(kept) == 1
    assert "skola" not in kept[0]["text"]
    phone.press("Fortsätt med rapporten")
    phone.press("Titta på det och spara")
    assert phone.page.get_by_label("Vad sades eller skrevs?").input_value() == WORDS
    phone.press("Det räcker, gå till att skicka", exact=True)
    assert WORDS in phone.text
    assert "finns fortfarande bara" not in phone.text
    phone.press("Skicka till din chef", exact=True)
    phone.page.wait_for_timeout(300)
    assert phone.page.evaluate(KEPT) == []


def test_another_person_on_the_same_phone_neither_sees_nor_sends_it(phone):
    phone.become("demo-1262-social-worker")
    phone.go("/rapportera/utan-nat")
    phone.page.get_by_label("Någon hotade mig", exact=True).check()
    phone.page.get_by_label("Vad sades eller skrevs?").fill(WORDS)
    phone.page.get_by_text("Sparat i den här telefonen, krypterat.").wait_for()
    phone.page.wait_for_timeout(600)
    phone.page.context.clear_cookies()
    phone.become("demo-1262-social-worker2")
    phone.go("/rapportera/utan-nat")
    phone.page.get_by_text("Någon annan har börjat på en rapport").wait_for()
    assert not phone.page.get_by_label("Vad sades eller skrevs?").is_visible()
    assert WORDS not in phone.page.content()
    phone.page.get_by_role("button", name="Ta bort från telefonen").click()
    phone.page.get_by_text("Borttaget från den här telefonen.").wait_for()
    assert [row["id"] for row in phone.page.evaluate(KEPT) if row["id"] == "draft"] == []
