"""A reporter whose employer is late goes past them: chooses what is shared, sees it, sends it, gets an answer."""

from __future__ import annotations

import re

import pytest

pytestmark = pytest.mark.journey


def test_a_late_duty_is_taken_to_the_knowledge_unit_and_answered(phone, cast):
    phone.become("demo-0114-social-worker")
    phone.go("/mina-handelser")
    phone.page.locator("main a", has_text=re.compile("mordhot", re.I)).first.click()
    phone.page.wait_for_load_state()
    phone.look()
    phone.press("Ta det vidare", exact=True)
    phone.page.get_by_label("Vad vill du ha hjälp med?").fill("Ingen har följt upp. Vad kan jag begära?")
    phone.press("Se vad som skickas")
    shown = phone.page.locator(".shared-copy").inner_text()
    assert "Mordhot" in shown
    assert "Ingen har följt upp" in shown
    assert "Dina dagar" not in shown, "what was not ticked is not shared"
    phone.press("Skicka till enheten")
    reference = re.search(r"ESK-0114-\d{4}", phone.text).group(0)

    advisor = cast("demo-nke-knowledge-advisor")
    advisor.go("/eskaleringar")
    advisor.press(reference)
    assert "Ingen har följt upp" in advisor.text
    assert not re.search(r"H-\d{4}-\d{4}", advisor.text)
    advisor.page.get_by_label("Ditt meddelande").fill("Begär ett uppföljande samtal skriftligt i dag.")
    advisor.press("Skicka svaret")
    phone.page.reload()
    assert "Begär ett uppföljande samtal skriftligt i dag." in phone.text
    assert "Arbetsgivaren" not in phone.page.locator(".talk").inner_text()


def test_reporter_and_manager_write_to_each_other(cast):
    worker = cast("demo-2580-social-worker2")
    worker.go("/mina-handelser")
    worker.page.locator("main .mk-duties a, main table a").first.click()
    worker.page.wait_for_load_state()
    url = worker.page.url.removeprefix(worker.served.url).split("#")[0]
    worker.press("Svara eller berätta mer")
    worker.page.get_by_label("Ditt meddelande").fill("Han ringde igen i morse.")
    worker.page.get_by_label("Jag vill ha svar").check()
    worker.press("Skicka", exact=True)
    assert "väntar på svar" in worker.text
    manager = cast("demo-2580-manager")
    manager.go(url)
    assert "Han ringde igen i morse." in manager.text
    manager.press("Skriv till den som rapporterade")
    manager.page.get_by_label("Ditt meddelande").fill("Vi spärrar numret nu.")
    manager.press("Skicka", exact=True)
    worker.page.reload()
    assert "Vi spärrar numret nu." in worker.text
    assert "väntar på svar" not in worker.text
