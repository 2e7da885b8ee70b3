"""A safety representative on a phone: told, asks for measures with a receipt at once, stops work. The union counts."""

from __future__ import annotations

import pytest

pytestmark = pytest.mark.journey
ASKED = "Laga låset i entrén. اقفل الباب"


def test_one_is_told_sees_ones_own_clock_and_confirms(cast):
    representative = cast("demo-0114-safety-representative")
    representative.page.set_viewport_size({"width": 390, "height": 844})
    representative.go("/")
    assert "Läs, och bekräfta att du är underrättad" in representative.text
    representative.go("/skyddsombud")
    waiting = representative.page.locator("li", has_text="Bekräfta att du vet").first
    reference = waiting.locator("a").first.inner_text()
    assert "skulle varit klart" in waiting.inner_text() or "Senast" in waiting.inner_text(), "one's own clock"
    waiting.get_by_role("link", name="Bekräfta att du vet").click()
    representative.page.wait_for_load_state()
    representative.look()
    assert "Namn, texter och filer visas inte för dig" in representative.text
    representative.press("Jag är underrättad")
    representative.go("/skyddsombud")
    told = representative.page.locator("li", has_text=reference).first
    assert "Du har bekräftat" in told.inner_text()


def test_a_request_has_its_written_receipt_at_once_and_its_answer_by_the_employer(cast):
    representative = cast("demo-0114-safety-representative")
    representative.page.set_viewport_size({"width": 390, "height": 844})
    representative.go("/skyddsombud")
    representative.press("Begär åtgärder", exact=True)
    assert "AML 6 kap. 6 a §" in representative.text
    representative.page.get_by_label("Vad ska arbetsgivaren göra?").fill(ASKED)
    representative.press("Skicka och få bekräftelsen")
    assert "Skriftlig bekräftelse" in representative.text
    assert ASKED in representative.text
    assert "Väntar på svar" in representative.text
    with representative.page.expect_download() as paper:
        representative.page.get_by_role("link", name="Skriftlig bekräftelse").click()
    assert paper.value.suggested_filename.startswith("bekraftelse-")
    with open(paper.value.path(), "rb") as file:
        assert file.read(5) == b"%PDF-"
    url = representative.page.url.removeprefix(representative.served.url)

    manager = cast("demo-0114-manager")
    manager.go("/")
    assert "Svara på skyddsombudets begäran om åtgärder" in manager.text
    manager.go(url)
    manager.page.get_by_label("Nej, det ska inte göras", exact=True).check()
    manager.page.get_by_label("Vad ska göras och när, eller varför inte?").fill("Låset är bytt i fjol.")
    manager.press("Svara", exact=True)
    assert "Svar: nej" in manager.text

    representative.go(url)
    representative.press("Gör handlingen till myndigheten")
    representative.press("Ta det vidare till myndigheten", exact=True)
    assert "Begäran om prövning" in representative.text


def test_dangerous_or_lone_work_is_stopped_seen_by_all_and_let_go_on(cast):
    representative = cast("demo-0114-safety-representative")
    representative.page.set_viewport_size({"width": 390, "height": 844})
    representative.go("/skyddsombud")
    representative.press("Stoppa arbete", exact=True)
    assert "AML 6 kap. 7 §" in representative.text
    representative.press("Stoppa arbetet nu", exact=True)
    assert "Välj kontoret där arbetet stoppas" in representative.text, "no office is chosen by oversight"
    representative.page.get_by_label("Ensamarbete som inte är säkert", exact=True).check()
    representative.page.get_by_label("Var?", exact=True).select_option(label="Exempelkontoret Norr")
    representative.page.get_by_label("Vilket arbete stoppar du?").fill("Ensamma kvällsbesök i receptionen")
    representative.page.get_by_label("Vad är farligt?").fill("Larmet hörs inte")
    representative.press("Stoppa arbetet nu", exact=True)
    assert "Stoppat nu" in representative.text
    url = representative.page.url.removeprefix(representative.served.url)

    manager = cast("demo-0114-manager")
    manager.go("/")
    assert "Arbete är stoppat av skyddsombudet" in manager.text
    manager.go("/kontor")
    manager.page.get_by_role("link", name="Exempelkontoret Norr", exact=True).click()
    manager.page.wait_for_load_state()
    manager.look()
    assert "Arbete är stoppat av skyddsombudet" in manager.text
    manager.press("Öppna tavlan", exact=True)
    assert "Arbete är stoppat av skyddsombudet" in manager.text
    manager.go(url)
    manager.page.get_by_label("Varför kan arbetet fortsätta?").fill("Vi vill")
    manager.press("Arbetet får fortsätta", exact=True)
    assert "Bara skyddsombudet kan låta arbetet fortsätta" in manager.text

    representative.go(url)
    representative.press("Arbetsmiljöverket är kontaktat")
    representative.page.get_by_label("Varför kan arbetet fortsätta?").fill("Två i tjänst")
    representative.press("Arbetet får fortsätta", exact=True)
    assert "Arbetet fortsätter" in representative.text
    assert all("0114" not in one and "Demo" not in one for one in representative.looked_at), "no name in an address"


def test_the_union_counts_and_sees_nobody(cast):
    union = cast("demo-0114-union-representative")
    union.go("/")
    union.press("Siffror", exact=True)
    assert "Siffror under 5 visas inte" in union.text
    assert "H-20" not in union.text
    union.press("Vad det blev av polisanmälningarna")
    for closed in ("/handelser", "/kontor", "/skyddsombud"):
        assert union.page.goto(f"{union.served.url}{closed}").status == 404
