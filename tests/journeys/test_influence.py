"""Fear touched a decision: told without a name, read by the one who may, figures without anybody in them."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.journey
WORDS = "Vi väntade tills de hade slutat ringa."


def test_a_decision_that_fear_touched_is_told_read_and_counted(cast):
    worker = cast("demo-0114-social-worker2")
    worker.go("/rapportera")
    worker.press("Berätta om det, utan ditt namn")
    worker.page.get_by_label("Ett beslut kom senare än det borde", exact=True).check()
    worker.page.get_by_label("En utredning", exact=True).check()
    worker.page.get_by_label("Vill du berätta mer?").fill(WORDS)
    worker.press("Skicka", exact=True)
    assert "Tack för att du berättar" in worker.text
    assert WORDS not in worker.text

    reader = cast("demo-0114-influence-reader")
    reader.go("/paverkan")
    reader.page.locator("tbody tr", has_text="Ny").first.get_by_role("link").click()
    reader.page.wait_for_load_state()
    reader.look()
    assert WORDS in reader.text
    assert "Utan namn" in reader.text
    assert "demo-0114-social-worker2" not in reader.text

    director = cast("demo-0114-director")
    director.go("/paverkan")
    assert "färre än 5" in director.text
    assert cast("demo-0114-manager").page.goto(f"{worker.served.url}/paverkan").status == 404
