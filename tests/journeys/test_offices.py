"""An office from its risk picture to its guards: seen, drilled, applied for on paper, and never left to expire."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

pytestmark = pytest.mark.journey
NORTH = "Exempelkontoret Norr"


def today() -> dt.date:
    return dt.datetime.now(ZoneInfo("Europe/Stockholm")).date()


def open_office(visitor, name: str = NORTH) -> None:
    visitor.go("/kontor")
    visitor.page.get_by_role("link", name=name, exact=True).click()
    visitor.page.wait_for_load_state()
    visitor.look()


def test_the_risk_picture_and_the_board_are_read_at_a_desk_and_on_a_phone(cast):
    manager = cast("demo-0114-manager")
    manager.page.clock.install()
    open_office(manager)
    for words in (
        "Hotnivå",
        "Förhöjd",
        "Händelser månad för månad",
        "Skador på bilar och lokaler",
        "En bil",
        "Hög risk",
    ):
        assert words in manager.text
    manager.page.get_by_text("Visa siffrorna som tabell").click()
    manager.look()
    manager.page.set_viewport_size({"width": 390, "height": 844})
    manager.look()
    assert manager.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing wider than the phone"
    manager.press("Öppna tavlan", exact=True)
    assert "Tavlan laddar om sig själv varje minut" in manager.text
    manager.page.evaluate("document.querySelector('#board').setAttribute('data-old', '1')")
    manager.page.clock.fast_forward(61_000)
    manager.page.wait_for_selector("#board:not([data-old])")
    manager.look()
    manager.press("Låt den stå still")
    assert manager.page.locator("[hx-trigger]").count() == 0


def test_a_drill_is_planned_and_recorded_and_the_next_one_stands_there(cast):
    manager = cast("demo-0114-manager")
    open_office(manager, "Exempelkontoret Centrum")
    manager.press("Planera ett larmtest eller en övning")
    manager.page.get_by_label("Övning", exact=True).check()
    manager.page.get_by_label("Vilken dag?").fill(today().isoformat())
    manager.press("Spara", exact=True)
    manager.press("Det är gjort")
    manager.page.get_by_label("Det fungerade inte", exact=True).check()
    manager.press("Spara", exact=True)
    assert "Skriv vad som inte fungerade" in manager.text, "what failed is told"
    manager.page.get_by_label("Vad lärde ni er?").fill("Alla gick till fel rum. Ny skylt är beställd.")
    manager.page.get_by_label("När är nästa?").fill((today() + dt.timedelta(days=90)).isoformat())
    manager.press("Spara", exact=True)
    assert "Alla gick till fel rum" in manager.text
    assert "Planerat" in manager.text, "the next one is planned by the same act"


def test_guards_are_applied_for_on_paper_only_when_nothing_is_missing(cast):
    coordinator = cast("demo-0114-security-coordinator")
    open_office(coordinator, "Exempelkontoret Centrum")
    coordinator.press("Ordningsvakter behövs")
    coordinator.page.get_by_label("Varför behövs ordningsvakter där?").fill("Tre hot i väntrummet på ett halvår.")
    coordinator.page.get_by_label("Var: platsen, området eller verksamheten").fill("Entrén")
    coordinator.press("Spara", exact=True)
    assert "Saknas" in coordinator.text
    assert coordinator.page.get_by_role("link", name="Gör ansökan till polisen").count() == 0
    coordinator.press("Skriv det som saknas, eller ändra")
    for label, words in (
        ("Vad ska de göra, hur många, vilka tider?", "Två, vardagar 9 till 16"),
        ("Varför är ordningsvakter rätt där, och inte något annat?", "Larm och väktare har prövats"),
        ("Hur kan polisen leda och kontrollera dem?", "Avstämning varje månad"),
        ("Vad har mer betydelse?", "Inget mer"),
    ):
        coordinator.page.get_by_label(label).fill(words)
    coordinator.press("Spara", exact=True)
    coordinator.press("Gör ansökan till polisen")
    coordinator.page.get_by_label("Organisationsnummer").fill("212000-0000")
    coordinator.page.get_by_label("Postadress").fill("Exempelgatan 1, 000 00 Exempelstad")
    coordinator.press("Gör PDF")
    with coordinator.page.expect_download() as paper:
        coordinator.page.get_by_role("link", name="Ansökan till polisen", exact=True).click()
    assert paper.value.suggested_filename.startswith("ansokan-ordningsvakt-")
    with open(paper.value.path(), "rb") as file:
        assert file.read(5) == b"%PDF-"


def test_a_permit_that_comes_near_its_end_stands_first_to_do_and_is_renewed(cast):
    coordinator = cast("demo-0114-security-coordinator")
    coordinator.page.set_viewport_size({"width": 390, "height": 844})
    coordinator.go("/")
    waits = coordinator.page.locator("li", has_text="Ansök om förlängning").filter(has_text="OV-").first
    assert "Förordning (2023:422) 4 §" in waits.inner_text()
    waits.get_by_role("link", name="Öppna").click()
    coordinator.page.wait_for_load_state()
    coordinator.look()
    assert "Förlängning ska ha kommit in senast" in coordinator.text
    coordinator.press("Ansök om förlängning")
    assert "Förlängning av" in coordinator.text
    assert "Inte ansökt än" in coordinator.text
