"""A film sent from a phone whose connection comes and goes, what is refused, and a package that a manager makes."""

from __future__ import annotations

import hashlib
import os
import re
import zipfile

import pytest
from playwright.sync_api import TimeoutError

pytestmark = pytest.mark.journey
FILM = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + os.urandom(9 * 1024 * 1024)


def own_incident(visitor) -> str:
    """Become the colleague whose incident has a letter and a chat, and open it; its address."""
    visitor.become("demo-0114-social-worker2")
    visitor.go("/mina-handelser")
    visitor.page.get_by_role("link", name=re.compile("antyd|[Ff]örtäckt")).first.click()
    visitor.page.wait_for_load_state()
    return str(visitor.page.url.partition("#")[0].partition("?")[0])


def test_a_film_comes_in_whole_over_a_connection_that_is_lost_twice(phone, tmp_path):
    film = tmp_path / "film på mig.mp4"
    film.write_bytes(FILM)
    incident = own_incident(phone)
    phone.go(incident.removeprefix(phone.served.url) + "/bevis")
    pieces = []

    def broken(route):
        pieces.append(route.request.headers["upload-offset"])
        if len(pieces) in (2, 4):
            route.abort("connectionreset")
        else:
            route.continue_()

    phone.page.route(
        "**/ladda-upp/*", lambda route: broken(route) if route.request.method == "PATCH" else route.continue_()
    )
    phone.page.get_by_label("Filer").set_input_files(film)
    shown = phone.page.locator("[data-upload-list]")
    phone.page.get_by_role("button", name="Lägg till").click()
    shown.wait_for()
    phone.page.wait_for_url(incident, timeout=60_000)
    assert len(pieces) > 4, "it went on from where it stopped"
    assert phone.page.evaluate("Object.keys(localStorage).filter((key) => key.startsWith('upload:')).length") == 0
    phone.page.get_by_role("link", name=re.compile("film på mig")).first.click()
    phone.page.wait_for_load_state()
    phone.look()
    assert hashlib.sha256(FILM).hexdigest() in phone.text


def test_a_film_in_the_report_itself_comes_in_pieces_too(phone, tmp_path):
    film = tmp_path / "film.mp4"
    film.write_bytes(FILM[:-1])
    phone.become("demo-2580-social-worker2")
    phone.go("/rapportera")
    for label in ("Nej, inte just nu", "Någon filmade eller fotograferade mig"):
        phone.page.get_by_label(label, exact=True).check()
        phone.press("Fortsätt", exact=True)
    phone.page.goto(f"{phone.page.url.rsplit('/', 1)[0]}/filer")
    pieces = []
    phone.page.on("request", lambda request: pieces.append(request.url) if request.method == "PATCH" else None)
    phone.page.get_by_label(re.compile("bilder, meddelanden eller filer")).set_input_files(film)
    phone.page.get_by_label(re.compile("En länk, om det finns på nätet")).fill("https://exempel.invalid/film")
    phone.page.get_by_role("button", name="Fortsätt", exact=True).click()
    phone.page.wait_for_url("**/kontrollera")
    phone.look()
    assert len(pieces) == 3, "9 MiB in pieces of 4 MiB"
    assert "B1 film.mp4" in phone.text
    assert "https://exempel.invalid/film" in phone.text
    phone.press("Skicka till din chef", exact=True)
    assert re.search(r"H-\d{4}-\d{4}", phone.text)


def test_what_is_refused_says_why_and_how_to_mend_it(phone, tmp_path):
    program = tmp_path / "faktura.pdf"
    program.write_bytes(b"MZ" + bytes(5000))
    phone.go(own_incident(phone).removeprefix(phone.served.url) + "/bevis")
    phone.page.get_by_label("Filer").set_input_files(program)
    phone.page.get_by_role("button", name="Lägg till").click()
    phone.page.get_by_text("Den filtypen går inte att ta emot").wait_for()
    phone.look()


def test_somebody_packs_the_evidence_and_the_command_reads_it(visitor, tmp_path):
    visitor.go(own_incident(visitor).removeprefix(visitor.served.url) + "/bevispaket")
    visitor.press("Gör ett paket")
    for _ in range(30):
        try:
            with visitor.page.expect_download(timeout=5000) as waiting:
                visitor.page.get_by_role("button", name="Hämta").first.click()
            break
        except TimeoutError:  # the log is not signed yet: the page says so
            continue
    path = tmp_path / "paket.zip"
    waiting.value.save_as(path)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert "evidence/B1.eml" in archive.namelist()
    alone = visitor.served.motkraft("verify", str(path))
    assert "Nothing outside it vouches" in alone.stdout
