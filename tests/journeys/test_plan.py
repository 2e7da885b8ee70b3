"""A threatened person's safety plan: made with owner and day, read on a phone, answered, put in place, and on paper."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from pypdf import PdfReader

pytestmark = pytest.mark.journey


def test_a_plan_is_made_shown_agreed_to_and_put_in_place(cast, phone):
    made = cast("demo-2580-security-coordinator")
    made.go("/skyddsplaner/ny")
    made.page.get_by_label("Anställningsnummer för den som planen gäller").fill("demo-2580-social-worker2")
    made.page.get_by_label("Varför finns planen?").fill("Hot per telefon. هاتف")
    made.press("Fortsätt", exact=True)
    made.press("Larm", exact=True)
    assert "Ge personen ett bärbart larm" in made.page.get_by_label("Hur, i det här fallet").input_value()
    made.page.get_by_label("På plats senast").fill((dt.datetime.now(dt.UTC).date() + dt.timedelta(days=3)).isoformat())
    made.press("Lägg till", exact=True)
    made.press("Visa den för personen")
    assert "Väntar på personens svar" in made.text

    phone.become("demo-2580-social-worker2")
    phone.go("/mitt-skydd")
    assert "Ge personen ett bärbart larm" in phone.text
    assert "demo-2580-security-coordinator" in phone.text, "one sees who sees to it"
    phone.press("Ja, det här är rätt för mig")
    assert "Godkänd" in phone.text

    made.page.reload()
    made.press("Larm", exact=True)
    made.press("Den är på plats")
    assert "På plats" in made.text


def test_the_person_fetches_the_paper_for_their_application(cast):
    worker = cast("demo-0114-social-worker")
    worker.go("/mitt-skydd")
    with worker.page.expect_download() as waiting:
        worker.page.get_by_role("link", name="Skyddad folkbokföring (PDF)").click()
    name = waiting.value.suggested_filename
    assert name.startswith("ansokningsunderlag-")
    assert name.endswith(".pdf")


def test_one_without_an_account_answers_on_paper(cast, tmp_path):
    made = cast("demo-2580-security-coordinator")
    made.go("/skyddsplaner/ny")
    made.page.get_by_label("Eller namnet på någon annan utan konto").fill("Nyanställd Hotad-Demo")
    made.press("Fortsätt", exact=True)
    made.press("Larm", exact=True)
    made.page.get_by_label("På plats senast").fill((dt.datetime.now(dt.UTC).date() + dt.timedelta(days=3)).isoformat())
    made.press("Lägg till", exact=True)
    made.press("Skriv ut planen")
    with made.page.expect_download() as waiting:
        made.page.get_by_role("link", name="Planen att skriva under (PDF)").click()
    assert "Nyanst" not in waiting.value.suggested_filename
    waiting.value.save_as(tmp_path / "plan.pdf")
    words = " ".join(page.extract_text() for page in PdfReader(tmp_path / "plan.pdf").pages)
    assert "Nyanställd Hotad-Demo" in words
    (code,) = re.findall(r"\b[0-9A-F]{8}\b", words)
    made.press("Anteckna svaret")
    made.page.get_by_label("Ja", exact=True).check()
    made.page.get_by_label("Planens nummer på papperet").fill(code)
    made.press("Anteckna svaret", exact=True)
    assert "Godkänd" in made.text
