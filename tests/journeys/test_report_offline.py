"""A phone without a connection: what is written survives, encrypted, is sent once, and is gone from the phone."""

from __future__ import annotations

import contextlib
import hashlib
import io
import re

import pytest
from PIL import Image

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
  return rows.filter((row) => row.id !== "alarm" && row.id !== "who").map((row) => ({
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
    phone.page.get_by_text("Sparat i den här telefonen, krypterat.").wait_for()
    assert phone.page.get_by_label("Vad sades eller skrevs?").input_value() == WORDS
    assert phone.page.get_by_label("Någon hotade mig", exact=True).is_checked()
    (draft,) = [row for row in phone.page.evaluate(KEPT) if row["id"] == "draft"]
    assert draft["extractable"] is False
    assert "skola" not in draft["text"]

    phone.page.get_by_role("button", name="Skicka till din chef").click()
    phone.page.get_by_text("Ingen uppkoppling.").first.wait_for()
    context.set_offline(False)
    phone.page.wait_for_timeout(600)  # the connection is back a moment after it says so
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


def test_words_that_never_reached_the_server_stay_on_the_phone(phone):
    phone.become("demo-2580-social-worker2")
    phone.go("/rapportera")
    for label in ("Nej, inte just nu", "Någon hotade mig", "Nyss"):
        phone.page.get_by_label(label, exact=True).check()
        phone.press("Fortsätt", exact=True)
    phone.press("Fortsätt", exact=True)
    phone.page.get_by_label("Vad sades eller skrevs?").fill(WORDS)
    phone.page.wait_for_timeout(800)
    phone.page.route("**/*", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    with contextlib.suppress(Exception):  # the browser says that it cannot reach the page
        phone.page.get_by_role("button", name="Fortsätt", exact=True).click(timeout=3000)
    phone.page.wait_for_timeout(500)
    phone.page.unroute("**/*")
    phone.go("/rapportera/utan-nat")
    phone.go("/rapportera")
    assert len(phone.page.evaluate(KEPT)) == 1
    phone.press("Fortsätt med rapporten")
    phone.page.wait_for_timeout(300)
    assert len(phone.page.evaluate(KEPT)) == 1


def test_the_office_s_alarm_is_there_without_a_connection_once_it_was_seen(phone):
    context = phone.page.context
    phone.become("demo-0114-social-worker2")
    phone.go("/rapportera")
    phone.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    phone.page.wait_for_timeout(800)  # the worker takes over, and the routine is kept
    context.set_offline(True)
    phone.page.goto(f"{phone.served.url}/rapportera")
    phone.page.get_by_role("heading", name="Larmet på ditt kontor").wait_for()
    phone.look()
    assert "Tryck på larmet" in phone.text
    assert phone.page.get_by_role("link", name="Ring 112").get_attribute("href") == "tel:112"
    context.set_offline(False)
    context.clear_cookies()
    phone.become("demo-1262-social-worker")  # somebody else, from another house
    phone.go("/rapportera")
    phone.page.wait_for_timeout(800)
    context.set_offline(True)
    phone.page.goto(f"{phone.served.url}/rapportera/utan-nat")
    phone.page.get_by_label("Någon hotade mig", exact=True).wait_for()
    assert "Upplands Väsby" not in phone.text


def test_pictures_chosen_without_a_connection_are_sealed_sent_after_the_report_and_gone(phone, tmp_path):
    context = phone.page.context
    picture, program = tmp_path / "utanför min port.jpg", tmp_path / "bild.png"
    drawn = io.BytesIO()
    Image.effect_noise((2600, 2400), 90).save(drawn, "PNG")  # more than one piece
    picture.write_bytes(drawn.getvalue())
    program.write_bytes(b"MZ" + bytes(5000))
    large = tmp_path / "för stor.mp4"
    large.write_bytes(bytes(26 * 1024 * 1024))
    phone.become("demo-1262-social-worker2")
    phone.go("/rapportera/utan-nat")
    context.set_offline(True)
    phone.page.get_by_label("Någon hotade mig", exact=True).check()
    phone.page.get_by_label(re.compile("Har du bilder eller inspelningar")).set_input_files([large])
    phone.page.get_by_text("för stor.mp4: Den är tom eller större än 25 MB").wait_for()
    phone.page.get_by_label(re.compile("Har du bilder eller inspelningar")).set_input_files([picture, program])
    phone.page.locator("[data-kept-files] li").nth(1).wait_for()
    phone.look()
    kept = phone.page.evaluate(KEPT)
    assert len(kept) == 3
    assert all(row["extractable"] is False for row in kept)
    assert not [row["id"] for row in kept if "IHDR" in row["text"] or "port" in row["text"]]
    phone.page.get_by_role("button", name="Skicka till din chef").click()
    phone.page.get_by_text("Ingen uppkoppling.").first.wait_for()

    # the report comes through, then the connection is lost in the middle of the picture
    begun = 0

    def count(request) -> None:
        nonlocal begun
        begun += request.method == "POST" and request.url.endswith("/ladda-upp")

    phone.page.on("request", count)
    phone.page.route("**/ladda-upp/*", lambda route: route.abort("connectionreset"))
    context.set_offline(False)
    phone.page.evaluate("window.dispatchEvent(new Event('online'))")
    phone.page.get_by_text("Bilderna och inspelningarna finns kvar här").wait_for()
    assert sorted(row["id"].split(":")[0] for row in phone.page.evaluate(KEPT)) == ["file", "file", "sent"]
    phone.page.unroute("**/ladda-upp/*")
    phone.page.reload()
    phone.page.get_by_text("bild.png: Den filtypen går inte att ta emot").wait_for()
    phone.look()
    kept = [row["id"].split(":")[0] for row in phone.page.evaluate(KEPT)]
    assert sorted(kept) == ["file", "sent"], "what is refused may be the only one there is"
    assert begun == 2, "the picture went on where it was cut off"
    phone.page.get_by_role("button", name="Ta bort: bild.png").click()
    link = phone.page.locator("[data-sent-link]")
    link.wait_for()
    assert phone.page.evaluate(KEPT) == [], "pictures and keys are gone"
    link.click()
    phone.page.wait_for_load_state()
    address = phone.page.url.removesuffix("/skickad").replace("/rapportera/", "/handelser/")
    phone.page.goto(address)
    phone.page.get_by_role("link", name=re.compile("utanför min port")).first.click()
    phone.page.wait_for_load_state()
    assert hashlib.sha256(picture.read_bytes()).hexdigest() in phone.text
    phone.press("Visa det")
    shown = phone.page.locator("img.evidence-shown")
    shown.wait_for()
    assert shown.evaluate("(image) => image.decode().then(() => image.naturalWidth)") == 1600


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


def test_a_browser_that_keeps_nothing_says_so_and_leads_to_the_report_with_a_connection(phone):
    phone.page.context.add_init_script("Object.defineProperty(window, 'indexedDB', { value: undefined })")
    phone.go("/rapportera/utan-nat")
    phone.page.get_by_text("Inget kan sparas i telefonen i den här webbläsaren.").wait_for()
    phone.look()
    assert phone.page.locator("form[data-report]").is_hidden()
