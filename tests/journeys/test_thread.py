"""The thread that makes it one system, walked by the people in turn, each at a browser of their own.

A post names a worker in Arabic letters → the exposure is confirmed → the incident stands with evidence and duties → the
police report → the case's threat level rises → a decision with a name-free notice → anyone verifies it → two custodians
open the sealed original → the public answer in Arabic → the log proves all of it, and finds one changed byte.
"""

from __future__ import annotations

import datetime as dt
import io
import json
import re
import time
from pathlib import Path

import psycopg
import pytest
from pypdf import PdfReader

from journeys.conftest import Served, Visitor, give_share
from motkraft.sealing import scan

pytestmark = pytest.mark.journey

SAMPLES = Path(__file__).resolve().parents[1] / "matching" / "samples"
EXPORT = SAMPLES / "zeeschuimer-export-tiktok-comments-2025-10-09T090000.ndjson"
WORKER = "Ingrid Lindqvist-Demo"
WORKER_IN_ARABIC = "إنغريد ليندكفيست"
CASE = "Ä-2026-0777"


def download(visitor: Visitor, selector: str) -> tuple[str, bytes]:
    """Follow a link that gives a file; return its name and bytes."""
    with visitor.page.expect_download() as waiting:
        visitor.page.locator(selector).first.click()
    return waiting.value.suggested_filename, Path(waiting.value.path()).read_bytes()


def words_of(pdf: bytes) -> str:
    """The text of a PDF, with single ordinary spaces."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(pdf)).pages).split())


def open_row(visitor: Visitor, path: str, reference: str) -> None:
    """Open the item with this reference from a list."""
    visitor.go(path)
    visitor.page.get_by_role("link", name=reference).first.click()
    visitor.page.wait_for_load_state()
    visitor.look()


def test_the_whole_thread(cast, served: Served):
    communicator = cast("demo-0114-communicator")
    reference = a_post_is_imported_and_its_exposure_confirmed(communicator)
    manager = cast("demo-0114-manager")
    the_incident_stands_with_evidence_and_duties(manager, reference)
    the_police_report_can_be_read_back(manager, reference)
    the_threat_level_of_the_case_rises(cast("demo-0114-security-coordinator"), reference)
    decision = a_decision_is_prepared_by_two_handlers(cast)
    the_director_is_refused_and_the_chair_decides(cast, decision)
    public_id, notice = the_notice_leaves_names_out(cast, decision)
    anyone_verifies_the_notice(cast(""), served, public_id, notice)
    two_custodians_open_the_sealed_original(cast, served, decision)
    the_answer_is_read_in_arabic(cast(""))
    the_log_proves_it_and_finds_one_changed_byte(served)


def a_post_is_imported_and_its_exposure_confirmed(communicator: Visitor) -> str:
    page = communicator.page
    communicator.go("/inlagg/import/ny")
    page.set_input_files("input[type=file]", EXPORT)
    communicator.press("Importera")
    until = time.monotonic() + 120
    while "Inläst" not in communicator.text:
        assert time.monotonic() < until, communicator.text
        time.sleep(1)
        page.reload()
    communicator.look()
    assert re.search(r"Lästa inlägg\s+13", communicator.text)
    assert re.search(r"Gick inte att läsa\s+1\b", communicator.text)
    communicator.go("/rojanden")
    page.get_by_role("row").filter(has_text="arabiska").get_by_role("link").first.click()
    page.wait_for_load_state()
    communicator.look()
    assert WORKER_IN_ARABIC in communicator.text
    assert WORKER not in communicator.text, "the register's own spelling is shown to nobody here"
    communicator.press("Ja, bekräfta")
    found = re.search(r"Händelse (H-\d{4}-\d{4}) är skapad", communicator.text)
    assert found, communicator.text
    return found.group(1)


def the_incident_stands_with_evidence_and_duties(manager: Visitor, reference: str) -> None:
    open_row(manager, "/handelser", reference)
    assert "Gör arbetstagaren säker nu" in manager.text
    assert "AML 3 kap. 3 a §" in manager.text, "a duty shows its section"
    assert WORKER_IN_ARABIC in manager.text
    manager.page.get_by_role("link", name="inlagg-tiktok-comments.json").first.click()
    manager.page.wait_for_load_state()
    manager.look()
    assert "SHA-256" in manager.text


def the_police_report_can_be_read_back(manager: Visitor, reference: str) -> None:
    open_row(manager, "/handelser", reference)
    manager.page.get_by_role("link", name="Gör polisanmälan").first.click()
    manager.page.wait_for_load_state()
    manager.look()
    manager.page.get_by_label("Våld eller hot mot tjänsteman").check()
    manager.press("Gör polisanmälan")
    assert "rättas" in manager.text, "the question of secrecy must be answered"
    assert manager.page.get_by_label("Våld eller hot mot tjänsteman").is_checked(), "what was chosen is kept"
    manager.page.get_by_label("En del är hemligt, men en regel släpper fram det.").check()
    manager.page.get_by_label("Andra uppgifter om brott").check()
    manager.press("Gör polisanmälan")
    name, pdf = download(manager, 'a[href*="/polisanmalan/"]')
    assert WORKER.split()[0].lower() not in name.lower()
    text = words_of(pdf)
    assert "Polisanmälan" in text and reference in text
    assert "17 kap. 1 §" in text and "Våld eller hot mot tjänsteman" in text
    assert WORKER not in text, "the name is given on request, not in the report"
    assert b"pdfaid" in PdfReader(io.BytesIO(pdf)).xmp_metadata.stream.get_data()


def the_threat_level_of_the_case_rises(coordinator: Visitor, reference: str) -> None:
    open_row(coordinator, "/handelser", reference)
    coordinator.page.goto(f"{coordinator.page.url.split('#')[0]}/arende")
    coordinator.page.get_by_label("Ärendets nummer").fill(CASE)
    coordinator.press("Spara")
    open_row(coordinator, "/arenden", CASE)
    assert "Ingen har bedömt hotbilden än" in coordinator.text
    coordinator.press("Bedöm hotbilden")
    for unknown in coordinator.page.locator('input[type="radio"][value="unknown"]').all():
        unknown.check()
    coordinator.page.get_by_label("Hög", exact=True).check()
    coordinator.page.get_by_label("Vad bygger bedömningen på?").fill("Namngiven på arabiska, med ett förtäckt hot.")
    coordinator.press("Spara bedömningen")
    assert "Hög" in coordinator.page.locator(".mk-item-head").inner_text()


def a_decision_is_prepared_by_two_handlers(cast) -> str:
    worker, colleague = cast("demo-0114-social-worker"), cast("demo-0114-social-worker2")
    worker.go("/beslut/nytt")
    worker.page.get_by_role("link", name="Omedelbart omhändertagande").first.click()
    worker.page.wait_for_load_state()
    worker.page.get_by_label("Ärendets beteckning").fill(CASE)
    worker.page.get_by_label("LVU 2 §").check()
    worker.press("Vidare till texten")
    worker.page.get_by_label("Vad som beslutas").fill("Barnet omhändertas omedelbart.")
    worker.page.get_by_label("Skäl", exact=True).fill(
        "Påtaglig risk för barnets hälsa. Rättens beslut kan inte avvaktas."
    )
    worker.press("Spara texten")
    assert "Namnen utelämnas i underrättelsen" in worker.text, "proposed from the threat level of the case"
    assert "Föreslaget: ingen har valt det än" in worker.text
    decision = re.search(r"B-\d{4}-\d{4}", worker.text).group(0)
    worker.press("Välj skyddsnivå")
    worker.page.get_by_label("Varför den här nivån").fill("Handläggaren är namngiven med ett förtäckt hot.")
    worker.press("Välj nivån")
    worker.press("Lämna över")
    approve(worker)
    assert worker.page.get_by_role("link", name="Till godkännandet").count() == 0, "nobody handles twice"
    open_row(colleague, "/beslut", decision)
    approve(colleague)
    assert "2 av 2 har godkänt" in colleague.text
    return decision


def approve(handler: Visitor) -> None:
    handler.press("Till godkännandet")
    handler.page.get_by_label("Nej, inget som jag vet").check()
    handler.press("Jag har läst och godkänner")


def the_director_is_refused_and_the_chair_decides(cast, decision: str) -> None:
    director, chair = cast("demo-0114-director"), cast("demo-0114-chair")
    open_row(director, "/beslut", decision)
    director.page.goto(f"{director.page.url}/besluta")
    director.look()
    assert "Förvaltningschefen får inte fatta beslutet" in director.text
    assert "SoL 30 kap. 7 §" in director.text, "the section says why"
    assert director.page.get_by_role("button", name="Fatta beslutet").count() == 0
    open_row(chair, "/beslut", decision)
    chair.press("Till beslutet")
    chair.page.get_by_label("Nämndens ordförande").check()
    chair.page.get_by_label("Varför nämndens beslut").fill("Nämnden sammanträder först om sex dagar.")
    chair.page.get_by_label("Nej, inget som jag vet").check()
    chair.page.locator("[name=read]").check()
    chair.press("Fatta beslutet")
    assert "Väntar på bedömningen av namnen" in chair.text


def the_notice_leaves_names_out(cast, decision: str) -> tuple[str, bytes]:
    manager = cast("demo-0114-manager")
    open_row(manager, "/beslut", decision)
    review = (dt.datetime.now(dt.UTC) + dt.timedelta(days=180)).date().isoformat()
    for _person in range(3):
        manager.press("Bedöm nästa")
        manager.page.get_by_label("hot", exact=True).check()
        manager.page.get_by_label("Vilka uppgifter bygger det på?").fill("Namngiven på arabiska med ett förtäckt hot.")
        manager.page.get_by_label("När ses bedömningen över?").fill(review)
        manager.page.get_by_label("Hur når parten er med frågor?").fill("Socialtjänstens växel, 08-465 004 00")
        manager.press("Spara bedömningen")
    manager.press("Till utfärdandet")
    manager.press("Försegla och utfärda")
    assert "Beslutet är förseglat och utfärdat" in manager.text
    name, pdf = download(manager, 'a[href$="underrattelse.pdf"]')
    names = [WORKER, "Yusuf Karlsson-Demo", "Birgitta Sandgren-Demo", "Lindqvist", "Sandgren"]
    assert scan(pdf, names, name) == []
    assert scan(pdf, ["omedelbart"], name) != [], "the scan finds what is there"
    public_id = re.search(r"Id för kontroll\s+([0-9A-Z]{16})", manager.text).group(1)
    return public_id, pdf


def anyone_verifies_the_notice(public: Visitor, served: Served, public_id: str, notice: bytes) -> None:
    until = time.monotonic() + 60
    public.go(f"/kontrollera/{public_id}")
    while "står i organisationens logg" not in public.text:
        assert time.monotonic() < until, public.text
        time.sleep(1)
        public.page.reload()
    assert "Sandgren" not in public.text
    public.go("/kontrollera")
    public.page.set_input_files("input[type=file]", {"name": "n.pdf", "mimeType": "application/pdf", "buffer": notice})
    public.press("Kontrollera filen")
    assert "Underrättelsen är äkta och oförändrad" in public.text
    assert "testcertifikat" in public.text
    changed = bytearray(notice)
    changed[len(notice) // 2] ^= 1
    public.page.set_input_files(
        "input[type=file]", {"name": "n.pdf", "mimeType": "application/pdf", "buffer": bytes(changed)}
    )
    public.press("Kontrollera filen")
    assert "Underrättelsen är äkta" not in public.text
    assert public.page.context.cookies() == []
    file = served.var.parent / "notice.pdf"
    file.write_bytes(notice)
    said = served.motkraft("verify", str(file), "--json")
    assert said.returncode == 0, said.stdout + said.stderr
    assert json.loads(said.stdout)["log"] == "logged"
    file.write_bytes(bytes(changed))
    assert served.motkraft("verify", str(file)).returncode == 1


def two_custodians_open_the_sealed_original(cast, served: Served, decision: str) -> None:
    registrar = cast("demo-0114-registrar")
    open_row(registrar, "/beslut", decision)
    registrar.press("Begär att det förseglade originalet öppnas")
    registrar.page.get_by_label("Domstol behöver originalet").check()
    registrar.page.get_by_label("Skäl", exact=True).fill("Mål 1234-26, förvaltningsrätten.")
    registrar.press("Fråga nyckelförvaltarna")
    address = registrar.page.url
    for number in (1, 2):
        custodian = cast(f"demo-0114-custodian{number}")
        custodian.page.goto(address)
        custodian.look()
        custodian.page.goto(f"{address}/andel")
        custodian.look()
        give_share(custodian, served, f"0114.custodian{number}")
        custodian.look()
        if number == 1:
            registrar.page.goto(address)
            assert WORKER not in registrar.text, "one custodian opens nothing"
    registrar.page.goto(address)
    registrar.look()
    with registrar.page.expect_download() as waiting:
        registrar.page.locator("main form[action$='oppna'] button, main a[href*='/oppna']").first.click()
    original = Path(waiting.value.path()).read_bytes()
    text = words_of(original)
    assert "Birgitta Sandgren-Demo" in text and WORKER in text


def the_answer_is_read_in_arabic(public: Visitor) -> None:
    public.go("/fakta")
    public.page.locator('main a[hreflang="ar"], main a[lang="ar"]').first.click()
    public.page.wait_for_load_state()
    public.look()
    root = public.page.locator("html")
    assert (root.get_attribute("lang"), root.get_attribute("dir")) == ("ar", "rtl")
    assert "المحكمة" in public.text
    assert public.page.locator("script").count() == 0
    assert public.page.context.cookies() == []


def the_log_proves_it_and_finds_one_changed_byte(served: Served) -> None:
    served.motkraft("ledger", "publish", check=True)
    before = served.motkraft("ledger", "verify")
    assert before.returncode == 0, before.stdout + before.stderr
    assert "proven" in before.stdout
    from motkraft.site.embedded import EmbeddedServer
    from motkraft.site.folders import Folders

    address = EmbeddedServer(Folders(served.var)).superuser_address.replace("/postgres?", "/motkraft?")
    one = "SELECT e.id FROM ledger_event e JOIN people_organisation o ON o.id = e.organisation_id WHERE o.code = '0114'"
    change = (
        f"UPDATE ledger_event SET salt = set_byte(salt, 11, get_byte(salt, 11) # 1) WHERE id = ({one} AND index = 30)"
    )
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute("ALTER TABLE ledger_event DISABLE TRIGGER USER")
        connection.execute(change)
        broken = served.motkraft("ledger", "verify", "0114")
        connection.execute(change)
        connection.execute("ALTER TABLE ledger_event ENABLE TRIGGER USER")
    assert broken.returncode == 1
    assert "Event 30" in broken.stdout
    assert served.motkraft("ledger", "verify", "0114").returncode == 0, "put back, it holds again"
