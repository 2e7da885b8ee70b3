"""The list of incidents: narrowed, searched, kept as a view, sorted, done several at once, taken along, printed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

pytestmark = pytest.mark.journey
REFERENCE = re.compile(r"H-\d{4}-\d{4}")


def listed(visitor) -> list[str]:
    """The references of the list, from the top."""
    return visitor.page.locator("#list tbody .incident-reference").all_inner_texts()


def tick(visitor, *references: str) -> None:
    for reference in references:
        visitor.page.get_by_label(f"Välj {reference}", exact=True).check()


def fetched(visitor, press) -> str:
    with visitor.page.expect_download() as coming:
        press()
    return Path(coming.value.path()).read_text("utf-8-sig")


def test_the_list_is_narrowed_searched_kept_and_sorted(cast):
    manager = cast("demo-0114-manager")
    page = manager.page
    manager.go("/handelser")
    everything = listed(manager)
    assert len(everything) >= 7 and f"{len(everything)} rader" in manager.text

    manager.press("Filmning", exact=True)
    filmed = listed(manager)
    assert "slag=filming" in page.url and 0 < len(filmed) < len(everything)
    manager.press("Visa alla")
    assert listed(manager) == everything

    page.get_by_label("Sök på beteckning").fill("dottern förskolor")
    manager.press("Sök", exact=True)
    (found,) = listed(manager)
    assert found not in filmed
    assert "dotter" not in page.url and "rskol" not in page.url, "no word that was searched for stands in an address"
    manager.press("Visa alla")
    page.get_by_label("Sök på beteckning").fill("finnsinte")
    manager.press("Sök", exact=True)
    assert "Inget stämmer" in manager.text

    manager.go("/handelser?skede=in_progress")
    manager.press("Beteckning", exact=True)
    assert listed(manager) == sorted(listed(manager)) and set(listed(manager)) < set(everything)
    manager.press("Beteckning", exact=True)
    assert listed(manager) == sorted(listed(manager), reverse=True)
    working_with = listed(manager)
    page.get_by_text("Spara, skriv ut och hämta").click()
    page.get_by_label("Spara de här filtren som en vy").fill("Det vi arbetar med")
    manager.press("Spara vyn")
    assert listed(manager) == working_with
    manager.go("/handelser")
    manager.press("Det vi arbetar med", exact=True)
    assert listed(manager) == working_with
    other = cast("demo-0114-security-coordinator")
    other.go("/handelser")
    assert "Det vi arbetar med" not in other.text, "a view is its owner's alone"

    manager.go("/handelser?page=999")
    assert listed(manager) == everything, "a page that is not there is the last one"


def test_several_are_given_away_kept_and_taken_along(cast, served):
    coordinator = cast("demo-0114-security-coordinator")
    page = coordinator.page
    coordinator.go("/handelser?sort=reference")
    closed, *rest = listed(coordinator)
    late = rest[-1]

    coordinator.press("Ge till någon")
    assert "Välj minst en händelse" in coordinator.text

    coordinator.go("/handelser?sort=reference")
    tick(coordinator, closed, late)
    coordinator.press("Ge till någon")
    assert closed in coordinator.text and late in coordinator.text, "what it is about is said before it is done"
    coordinator.press("Spara", exact=True)
    assert "Välj någon" in coordinator.text
    page.get_by_label("demo-0114-manager").check()
    coordinator.press("Spara", exact=True)
    assert "Det som är kvar att göra i 1 händelse har fått en ny ansvarig" in coordinator.text
    assert f"{closed}: Inget är kvar att göra här." in coordinator.text, "what was passed over is told, and why"

    tick(coordinator, closed, late)
    coordinator.press("Sätt gallringsstopp")
    page.get_by_label("Varför måste det behållas?").fill("Rättegång väntar.")
    coordinator.press("Sätt stoppet")
    assert "2 händelser behålls nu" in coordinator.text
    tick(coordinator, late)
    coordinator.press("Sätt gallringsstopp")
    page.get_by_label("Varför måste det behållas?").fill("En gång till.")
    coordinator.press("Sätt stoppet")
    assert f"{late}: Det har redan gallringsstopp." in coordinator.text

    tick(coordinator, closed, late)
    chosen = fetched(coordinator, page.locator("#several").get_by_role("button", name="Hämta som CSV").click)
    assert sorted(REFERENCE.findall(chosen)) == sorted([closed, late])
    page.get_by_text("Spara, skriv ut och hämta").click()
    for label in ("Vad", "Kontor"):
        page.locator(".list-columns").get_by_label(label, exact=True).uncheck()
    everything = fetched(coordinator, page.locator(".list-tools").get_by_role("button", name="Hämta som CSV").click)
    assert everything.splitlines()[0].count(";") == 4
    assert len(everything.splitlines()) == len(rest) + 2

    coordinator.go("/handelser/utskrift?skede=closed")
    assert REFERENCE.findall(coordinator.text) == [closed]
    page.emulate_media(media="print")
    assert page.locator("nav").first.is_hidden()
    page.emulate_media(media="screen")


def test_the_list_fits_a_phone_and_a_representative_sees_no_button(phone, cast):
    phone.become("demo-0114-manager")
    phone.go("/handelser")
    page = phone.page
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for summary in page.locator("summary", has_text=re.compile("Fler filter|Spara, skriv")).all():
        summary.click()
    phone.look()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    tick(phone, listed(phone)[0])
    phone.press("Koppla till ett ärende")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390

    representative = cast("demo-0114-safety-representative")
    representative.go("/handelser")
    assert listed(representative)
    assert representative.page.locator("#several").count() == 0
    representative.page.get_by_label("Sök på beteckning").fill("dotter")
    representative.press("Sök", exact=True)
    assert listed(representative) == [], "who may not read the texts does not search them"
