"""Requests for documents: anyone may ask; what is secret never leaves; a refusal is written and can be appealed."""

from __future__ import annotations

import io
import re

import pypdf
import pytest
from django.test import Client
from django.utils import timezone

from decisions.shares import give
from factories import organisation
from motkraft.decisions.actions import disclosure as actions
from motkraft.decisions.actions import opening
from motkraft.decisions.actions.eseals import eseal_roots
from motkraft.decisions.models import DisclosureRequest
from motkraft.decisions.queries import disclosure as queries
from motkraft.decisions.rules import DecisionError, LeakFound, NotReady, WrongState
from motkraft.decisions.rules.disclosure import Outcome, passages, redacted, secret_words
from motkraft.incidents.models import Case
from motkraft.ledger.actions import publish
from motkraft.ledger.models import Event
from motkraft.people.access import NotAllowed, acting, system
from motkraft.people.same_person import mark_same
from motkraft.sealing import verify_pdf

TEXT = "Beslutet fattades i mars. [[Barnet bor hos Familjen Exempelson|client_data]]. Umgänget är varje vecka."


def login(who) -> Client:
    client = Client()
    with acting(who.actor):
        client.force_login(who.person, backend="motkraft.people.login.Door")
    return client


def registered(town, **fields) -> DisclosureRequest:
    return town.run(town.registrar, actions.register, **{"asked": "Beslutet i mars.", "came": "phone", **fields})


def with_part(town, request, *, secret=True, text=TEXT, **part):
    made = town.run(town.registrar, actions.add_part, request, **{"label": "Utredning", "text": text, **part})
    town.run(
        town.registrar,
        actions.try_provision,
        made,
        rule_id="client_data",
        is_secret=secret,
        assessment="Uppgifter om barnets hem. Det står inte klart att de kan röjas utan men.",
    )
    return made


def pdf_text(pdf: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return " ".join("".join(page.extract_text() for page in pages).split())


def test_anyone_asks_follows_and_gets_a_written_refusal_without_a_cookie(town):
    visitor = Client()
    page = visitor.get("/begar-ut")
    assert page.status_code == 200 and "<script" not in page.content.decode() and not page.cookies
    assert visitor.post("/begar-ut", {"organisation": town.organisation.code, "asked": ""}).status_code == 422
    made = visitor.post("/begar-ut", {"organisation": town.organisation.code, "asked": "Beslutet i mars."})
    assert made.status_code == 200 and not made.cookies
    reference, code = re.findall(r'<code dir="ltr">([^<]+)</code>', made.content.decode())
    keys = {"reference": reference, "code": code.lower()}
    assert "Ny" in visitor.post("/begar-ut/folj", keys).content.decode()
    assert visitor.post("/begar-ut/folj", {**keys, "code": "0" * 20}).status_code == 422
    with acting(town.registrar.actor):
        request = DisclosureRequest.objects.get()
        assert request.registered_by_id is None and code not in request.code_sha256
    registrar, chair = login(town.registrar), login(town.chair)
    at = f"/utlamnanden/{request.pk}"
    assert registrar.get("/utlamnanden").status_code == 200 and registrar.get(at).status_code == 200
    registrar.post(f"{at}/handling", {"label": "Utredning", "kind": "document", "text": TEXT})
    with acting(town.registrar.actor):
        part = request.parts.get()
    early = registrar.post(f"{at}/{part.pk}/bedom", {"outcome": "withhold"})
    assert early.status_code == 422
    given = {"rule_id": "client_data", "finding": "applies", "assessment": "Barnets hem."}
    assert registrar.post(f"{at}/{part.pk}/prova", given).status_code == 302
    settled = registrar.post(f"{at}/{part.pk}/bedom", {"outcome": "redact", "text": TEXT})
    assert settled.status_code == 302
    assert visitor.post("/begar-ut/hamta", {**keys, "what": "1"}).status_code == 404
    assert registrar.post(f"{at}/svara", {"told": "En del lämnas ut."}).status_code == 302
    answered = visitor.post("/begar-ut/folj", keys).content.decode()
    assert "skriftligt beslut" in answered and "OSL 6 kap. 3 § 2 st" in answered
    copy = visitor.post("/begar-ut/hamta", {**keys, "what": "1"})
    text = pdf_text(copy.content)
    assert "OSL 26 kap. 1 §" in text and "Exempelson" not in text and b"Exempelson" not in copy.content
    asked = visitor.post("/begar-ut/folj", {**keys, "do": "decision"}).content.decode()
    assert "prövar frågan" in asked
    assert registrar.get(f"{at}/besluta").status_code == 404
    assert "Lagtexten är inte läst" in chair.get(f"{at}/besluta").content.decode()
    refused = chair.post(f"{at}/besluta", {"reasons": "Sekretess gäller.", "delegation": "Delegationsordningen 4.2"})
    assert refused.status_code == 302
    decision = visitor.post("/begar-ut/hamta", {**keys, "what": "decision"})
    told = pdf_text(decision.content)
    of_appeal = ("FL 43 §", "ges in till den myndighet", "tre veckor")
    for words in (*of_appeal, "Ordförandepåhitt-Demo", "OSL 26 kap. 1 §", "Delegationsordningen 4.2"):
        assert words in told
    assert "kammarrätten" not in told and "OSL 6 kap. 7 §" not in told, "what was not read in the statute is no fact"
    for out in (copy, decision):
        seal = verify_pdf(out.content, now=timezone.now(), trust_roots=eseal_roots())
        assert (seal.organisation, seal.level, seal.trusted) == (town.organisation.name, "PAdES B-LTA", True)
    with acting(town.registrar.actor):
        said = str(list(Event.objects.filter(subject_id=request.pk).values_list("type", "data")))
    assert "disclosure.refused" in said
    for secret in ("Exempelson", "mars", code, town.chair.person.name):
        assert secret not in said
    assert registrar.get("/utlamnanden?format=csv").content.decode().count("U-") == 1
    assert "färre än fem" in registrar.get("/utlamnanden/siffror").content.decode()
    assert "U-2" not in registrar.get("/utlamnanden?q=U-1999").content.decode()


def test_a_word_that_was_left_unmarked_stops_the_copy(town):
    request = registered(town)
    part = with_part(town, request)
    with pytest.raises(LeakFound):
        town.run(town.registrar, actions.settle_part, part, outcome="redact", text=TEXT, never="varje vecka")
    with pytest.raises(NotReady):
        town.run(town.registrar, actions.settle_part, part, outcome="redact", text="[[Hela|staff_identity_number]]")
    with pytest.raises(NotReady):
        town.run(town.registrar, actions.settle_part, part, outcome="redact", text="Inget [[halvt")
    with pytest.raises(DecisionError):
        town.run(town.registrar, actions.settle_part, part, outcome="release", text=TEXT)


@pytest.mark.usefixtures("no_scan")
@pytest.mark.usefixtures("no_scan")
def test_a_decision_on_custody_is_public_and_never_withheld_whole(town):
    part = with_part(town, registered(town), kind="decision", decision=town.decided(), text="")
    with pytest.raises(DecisionError, match=r"OSL 26 kap\. 7 §"):
        town.run(town.registrar, actions.settle_part, part, outcome="withhold")


def test_a_party_always_gets_the_decision_and_must_be_the_party(town):
    decision = town.issued(level=0)
    request = registered(town, track="party", identity="Visade legitimation.")
    part = with_part(town, request, kind="decision", decision=decision, text="")
    with pytest.raises(DecisionError, match=r"OSL 10 kap\. 3 §"):
        town.run(town.registrar, actions.settle_part, part, outcome="withhold")
    town.run(town.registrar, actions.settle_part, part, outcome="release")
    done = town.run(town.registrar, actions.answer, request)
    assert done.step == "released" and done.ended_at
    actor = system(town.organisation.pk)
    with acting(actor):
        asked, _code = actions.receive(actor, asked="Min akt.", track="party")
    other = with_part(town, asked, secret=False)
    with pytest.raises(NotReady):
        town.run(town.registrar, actions.settle_part, other, outcome="release", text="Text")


@pytest.mark.usefixtures("no_scan")
def test_a_party_is_never_given_a_decision_of_another_case_untested(town):
    with acting(town.worker.actor):
        other = Case.objects.create(organisation=town.organisation, reference="2026-119", threat_level="low")
    request = registered(town, track="party", identity="Visade legitimation.")
    own = with_part(town, request, kind="decision", decision=town.decided(), text="")
    town.case = other
    with pytest.raises(DecisionError, match="different cases"):
        with_part(town, request, kind="decision", decision=town.decided(), text="")
    town.run(town.registrar, actions.settle_part, own, outcome="release")


@pytest.mark.usefixtures("no_scan")
def test_a_sealed_name_goes_out_only_after_two_custodians_opened_it(town):
    decision = town.issued(level=1)
    request = registered(town)
    part = with_part(town, request, kind="sealed_names", decision=decision, secret=False, text="Beslutsfattare: X")
    with pytest.raises(NotReady, match="custodians"):
        town.run(town.registrar, actions.settle_part, part, outcome="release")
    page = login(town.registrar).get(f"/utlamnanden/{request.pk}").content.decode()
    assert f"/beslut/{decision.pk}/oppna" in page
    publish(town.organisation.pk)
    asked, identity = town.run(
        town.registrar, opening.request_opening, decision, legal_basis="document_request", reason="U-1"
    )
    for number in (0, 2):
        give(town, asked, number)
        with pytest.raises(NotReady, match="custodians"):
            town.run(town.registrar, actions.settle_part, part, outcome="release")
    town.run(town.registrar, opening.open_records, asked, identity=identity)
    town.run(town.registrar, actions.settle_part, part, outcome="release")
    with acting(town.registrar.actor):
        part.refresh_from_db()
        assert "Beslutsfattare" in pdf_text(queries.file_of(part).read_bytes())


def test_whoever_tested_decides_no_refusal_with_a_second_account(town):
    request = registered(town)
    part = with_part(town, request)
    town.run(town.registrar, actions.settle_part, part, outcome="withhold")
    town.run(town.registrar, actions.answer, request)
    town.run(town.registrar, actions.ask_decision, request)
    admin = system(town.organisation.pk)
    with acting(admin):
        mark_same(admin, town.registrar.person, town.director.person, reason="Samma person")
    with pytest.raises(DecisionError, match="Somebody else decides"):
        town.run(town.director, actions.refuse, request, reasons="x", delegation="1.2")


def test_who_may_do_what(town, make_town):
    request = registered(town)
    part = with_part(town, request)
    with pytest.raises(NotAllowed):
        town.run(town.chair, actions.settle_part, part, outcome="withhold")
    town.run(town.registrar, actions.settle_part, part, outcome="withhold")
    with pytest.raises(WrongState):
        town.run(town.chair, actions.refuse, request, reasons="R", delegation="D")
    town.run(town.registrar, actions.answer, request)
    assert "Besked att skicka" in login(town.registrar).get(f"/utlamnanden/{request.pk}").content.decode()
    town.run(town.registrar, actions.ask_decision, request)
    with pytest.raises(NotAllowed):
        town.run(town.registrar, actions.refuse, request, reasons="R", delegation="D")
    other = make_town()
    for path in ("", "/svara", "/besluta", "/beslut.pdf", f"/{part.pk}/prova", f"/{part.pk}/kopia.pdf"):
        for who in (other.registrar, other.chair, town.worker):
            assert login(who).get(f"/utlamnanden/{request.pk}{path}").status_code == 404
    with acting(other.registrar.actor):
        assert not DisclosureRequest.objects.exists()


def test_one_address_cannot_flood_an_authority(town, monkeypatch):
    monkeypatch.setattr("motkraft.decisions.views.disclosure_public.MOST_ASKED", 1)
    given = {"organisation": town.organisation.code, "asked": "Allt."}
    assert [Client().post("/begar-ut", given).status_code for _ in range(2)] == [200, 429]


def test_local_reminders_say_that_they_are_local(town):
    request = registered(town)
    with acting(town.registrar.actor):
        clock, at = queries.reminder_of(request, timezone.now())
        assert clock.citation == "Lokal rutin" and at > timezone.now()
        [todo] = queries.todo(town.registrar.actor, timezone.now())
    assert todo.reference == request.reference and todo.why is clock


def test_what_nobody_would_see_is_not_taken(town):
    silent = organisation()
    answer = Client().post("/begar-ut", {"organisation": silent.code, "asked": "Allt."})
    assert answer.status_code == 422 and "ingen skulle se din" in answer.content.decode()
    request = registered(town)
    for kind in ("decision", "sealed_names"):
        with pytest.raises(NotReady, match="draft"):
            town.run(town.registrar, actions.add_part, request, label="B", kind=kind, decision=town.draft())


def test_marks_are_read_and_removed():
    assert redacted("a [[b|x]] c", {"x": "OSL 1 §"}) == "a [OSL 1 §] c"
    assert [each.rule_id for each in passages("[[b\nc|x]]")] == ["x"]
    assert secret_words("[[bo\ncd|x]]", "ef\n") == ["bo", "bo\ncd", "cd", "ef"]
    assert set(Outcome) == {"release", "redact", "withhold"}
