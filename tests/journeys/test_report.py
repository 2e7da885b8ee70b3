"""A frightened person with a phone: few questions, no legal words, save and come back, and then they see it all."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.journey

#: 36.2 words a minute of five letters: the mean of 37,370 people on their phones (Palin and others, "How do people
#: type on mobile devices?", MobileHCI 2019).
LETTERS_A_SECOND = 36.2 * 5 / 60
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


def test_a_report_with_its_words_takes_less_than_a_minute_of_typing_and_fewer_than_twelve_taps(phone):
    phone.become("demo-1262-social-worker")
    phone.page.context.add_init_script(
        "addEventListener('pointerdown', () => sessionStorage.taps = 1 + Number(sessionStorage.taps || 0), true);"
        "addEventListener('input', (event) => event.data && (sessionStorage.typed = event.data.length + Number("
        "sessionStorage.typed || 0)), true)"
    )
    phone.go("/")
    words = "Han ringde och sa att han vet vilken buss jag tar hem. Det är tredje gången den här veckan."
    phone.press("Rapportera")
    for label in ("Nej, inte just nu", "Någon hotade mig", "Nyss"):
        phone.page.get_by_label(label, exact=True).check()
        phone.press("Fortsätt", exact=True)
    phone.press("Fortsätt", exact=True)  # how and where: left empty
    field = phone.page.get_by_label("Vad sades eller skrevs?")
    field.click()
    field.press_sequentially(words, delay=10)
    typed = int(phone.page.evaluate("Number(sessionStorage.typed)"))
    phone.press("Det räcker, gå till att skicka", exact=True)
    assert words in phone.text
    assert "Visas för din chef" in phone.text, "one sees that one may hide one's name"
    phone.press("Skicka till din chef", exact=True)
    assert re.search(r"H-\d{4}-\d{4}", phone.text)
    taps = int(phone.page.evaluate("sessionStorage.taps"))
    assert 9 <= taps < 12, "each choice, each button and the field is a tap"
    assert typed == len(words)
    assert typed / LETTERS_A_SECOND < 60


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
