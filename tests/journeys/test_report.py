"""A frightened person with a phone: few questions, no legal words, save and come back, and then they see it all."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.journey

LEGAL_WORDS = ("brottsbalk", "lagrum", "skyldighet", "målsägande", "§")


def test_three_answers_are_enough_to_send_a_report(phone):
    phone.become("demo-1262-social-worker")
    phone.press("Rapportera")
    asked = []

    def answer(label: str, button: str) -> None:
        asked.append(phone.page.locator("h1").inner_text())
        words = phone.page.locator("main").inner_text().lower()
        assert not [word for word in LEGAL_WORDS if word in words], "no legal words to a frightened person"
        phone.page.get_by_label(label, exact=True).check()
        phone.press(button, exact=True)

    answer("Nej, inte just nu", "Fortsätt")
    answer("Någon hotade mig", "Fortsätt")
    answer("Nyss", "Det räcker, gå till att skicka")
    assert phone.page.url.endswith("/kontrollera")
    assert len(asked) == 3
    phone.press("Skicka")
    assert re.search(r"H-\d{4}-\d{4}", phone.text)
    assert "Din chef har fått det här" in phone.text
    phone.go("/mina-handelser")
    phone.page.locator("main .mk-duties a").first.click()
    phone.page.wait_for_load_state()
    phone.look()
    assert "Gör arbetstagaren säker nu" in phone.text, "the reporter sees the employer's clocks"


def test_a_report_begun_is_there_when_one_comes_back(phone):
    phone.become("demo-1262-social-worker2")
    phone.go("/rapportera")
    phone.page.get_by_label("Nej, inte just nu", exact=True).check()
    phone.press("Fortsätt", exact=True)
    phone.page.get_by_label("Någon filmade eller fotograferade mig", exact=True).check()
    phone.press("Fortsätt", exact=True)
    draft = phone.page.url.rsplit("/", 1)[0]
    phone.press("Spara och fortsätt senare")
    phone.page.context.clear_cookies()
    phone.become("demo-1262-social-worker2")
    assert "Skriv klart din rapport" in phone.text
    phone.page.locator(f'a[href="{draft.removeprefix(phone.served.url)}"]').first.click()
    phone.page.wait_for_load_state()
    phone.look()
    phone.page.goto(f"{draft}/vad")
    assert phone.page.get_by_label("Någon filmade eller fotograferade mig", exact=True).is_checked()
    phone.become("demo-1262-manager")
    assert phone.page.goto(f"{draft}/vad").status == 404, "nobody else sees what is not sent"


def test_someone_in_danger_is_sent_to_help_first(phone):
    phone.become("demo-0114-social-worker2")
    phone.go("/rapportera")
    phone.page.get_by_label("Ja", exact=True).check()
    phone.press("Fortsätt", exact=True)
    assert phone.page.get_by_role("link", name="Ring 112").get_attribute("href") == "tel:112"
    assert "Tryck på larmet" in phone.text, "the office's own alarm routine"
