"""The pages: each role's way through a decision, other organisations' 404, and a public page that keeps nothing."""

from __future__ import annotations

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from decisions.shares import share_file
from motkraft.decisions import queries
from motkraft.decisions.models import Decision, OpeningRequest
from motkraft.decisions.rules import State, publication_from_receipt, verify_file
from motkraft.ledger.actions import publish
from motkraft.people.access import acting

pytestmark = pytest.mark.usefixtures("no_scan")


def login(who) -> Client:
    client = Client()
    with acting(who.actor):
        client.force_login(who.person, backend="motkraft.people.login.Door")
    return client


def notice_bytes(town, decision) -> bytes:
    with acting(town.worker.actor):
        return queries.notice_file(Decision.objects.get(pk=decision.pk)).read_bytes()


def get(town, decision) -> Decision:
    with acting(town.worker.actor):
        return Decision.objects.get(pk=decision.pk)


def check(data: bytes, url: str = "/kontrollera", **fields):
    return Client().post(url, {"file": SimpleUploadedFile("x.pdf", data), **fields})


def test_a_decision_walks_from_draft_to_issued_through_the_pages(town):
    worker, second, chair = login(town.worker), login(town.second), login(town.chair)
    assert worker.get("/beslut/nytt").status_code == 200
    made = worker.post(
        "/beslut/nytt/omh",
        {"case": "2026-118", "rapporteur": str(town.worker.person.pk), "grounds": ["LVU 2 §"]},
    )
    assert made.status_code == 302
    with acting(town.worker.actor):
        decision = Decision.objects.get()
    page = reverse("decision", args=[decision.pk])
    assert (
        worker.post(
            f"{page}/text", {"content": "Barnet omhändertas.", "reasons": "Skälen.", "provisions": "LVU 6 §\nLVU 2 §"}
        ).status_code
        == 302
    )
    worker.post(f"{page}/lamna")
    for client in (worker, second):
        sha = re.search(r'name="text_sha256" value="([0-9a-f]{64})"', client.get(f"{page}/godkann").content.decode())[1]
        client.post(f"{page}/godkann", {"text_sha256": sha, "conflict": "no"})
    assert get(town, decision).state == State.READY
    form = chair.get(f"{page}/besluta").content.decode()
    sha = re.search(r'name="text_sha256" value="([0-9a-f]{64})"', form)[1]
    refused = chair.post(f"{page}/besluta", {"body": "chair", "text_sha256": sha, "read": "on", "conflict": "no"})
    assert refused.status_code == 422 and "LVU 6 § 2 st" in refused.content.decode()
    chair.post(
        f"{page}/besluta",
        {"body": "chair", "text_sha256": sha, "read": "on", "urgency": "Kväll", "conflict": "no"},
    )
    assert get(town, decision).state == State.DECIDED
    assert worker.post(f"{page}/skydd", {"level": "1", "reasons": "Hot med namn."}).status_code == 302
    coordinator = login(town.coordinator)
    for url in set(re.findall(rf'href="({page}/bedomning/[0-9a-f-]+)"', coordinator.get(page).content.decode())):
        answer = {"feared": "threat", "facts": "Hot.", "review_on": "2099-01-01", "contact_channel": "Registratorn"}
        assert coordinator.post(url, answer).status_code == 302
    assert worker.post(f"{page}/utfarda").status_code == 302
    assert get(town, decision).state == State.ISSUED
    shown = worker.get(page).content.decode()
    assert "Underställ" in shown and "Förseglat" in shown
    assert worker.get(f"{page}/underrattelse.pdf").content.startswith(b"%PDF-")
    assert worker.get(f"{page}/forseglad/original.json").json()["threshold"] == 2


def test_the_director_sees_the_section_and_cannot_decide(town):
    decision = town.ready()
    page = login(town.director).get(reverse("decision_decide", args=[decision.pk])).content.decode()
    assert "SoL 30 kap. 7 §" in page and "får inte fatta beslutet" in page
    assert 'type="submit"' not in page.split("<main", 1)[1].split("</main>")[0]


@pytest.mark.parametrize(
    "path", ["", "/text", "/besluta", "/utfarda", "/underrattelse.pdf", "/forseglad/original.json"]
)
def test_another_organisation_finds_nothing(town, make_town, path):
    decision = town.issued(level=0)
    other = make_town()
    for who in (other.worker, other.chair):
        assert login(who).get(reverse("decision", args=[decision.pk]) + path).status_code == 404


def test_a_communicator_and_a_visitor_have_no_way_in(town):
    from factories import colleague
    from motkraft.people.access import Role

    decision = town.draft()
    page = reverse("decision", args=[decision.pk])
    assert login(colleague(town.organisation, Role.COMMUNICATOR)).get(page).status_code == 404
    assert Client().get(page).status_code == 302


def test_a_custodian_does_not_read_the_text(town):
    decision = town.draft(reasons="Hemliga skäl.")
    assert "Hemliga skäl" not in login(town.custodians[0]).get(reverse("decision", args=[decision.pk])).content.decode()


def test_after_issuing_no_page_names_the_persons(town):
    decision = town.issued()
    page = login(town.manager).get(reverse("decision", args=[decision.pk])).content.decode()
    for who in (town.worker, town.second, town.chair):
        assert who.person.username not in page.split("<main", 1)[1]


def test_an_opening_walks_through_the_pages_and_the_key_stays_in_the_browser(town):
    decision = town.issued()
    publish(town.organisation.pk)
    registrar = login(town.registrar)
    asked = registrar.post(
        reverse("opening_request", args=[decision.pk]), {"legal_basis": "court", "reason": "Mål 1-26"}
    )
    assert asked.status_code == 302
    with acting(town.registrar.actor):
        request = OpeningRequest.objects.get()
    page = reverse("opening", args=[request.pk])
    cookie = asked.cookies["oppning"]
    assert (cookie["path"], cookie["httponly"], cookie["samesite"]) == (page, True, "Strict")
    assert registrar.post(f"{page}/oppna").status_code == 302  # nobody has given a share yet
    secret = town.identities[0]
    given = login(town.custodians[0]).post(reverse("custodian_key"), {"recipient": secret})
    assert given.status_code == 422 and secret not in given.content.decode(), "a secret key is not sent back either"
    for number in (0, 1):
        custodian = login(town.custodians[number])
        shown = custodian.get(f"{page}/andel").content.decode()
        assert "motkraft custodian open" in shown and "AGE-SECRET" not in shown
        wrong = custodian.post(f"{page}/andel", {"given": town.identities[number]})
        assert wrong.status_code == 422 and town.identities[number] not in wrong.content.decode()
        file = SimpleUploadedFile("andelar.json", share_file(town, request, number).encode())
        assert custodian.post(f"{page}/andel", {"file": file}).status_code == 302
    opened = registrar.post(f"{page}/oppna")
    assert opened.content.startswith(b"%PDF-") and opened["Cache-Control"] == "no-store"
    fresh = login(town.registrar)
    assert fresh.post(f"{page}/oppna").status_code == 302  # another browser does not hold the key


def test_the_public_page_proves_a_notice_and_sets_no_cookie_and_no_script(town):
    decision = town.issued()
    publish(town.organisation.pk)
    response = check(notice_bytes(town, decision))
    page = response.content.decode()
    assert "Underrättelsen är äkta och oförändrad" in page
    assert "testcertifikat" in page
    assert "Högst ett original står bakom underrättelsen" in page and "att originalet finns" in page
    assert "Inget vittne utanför har sett loggen" in page, "without a witness nobody knows that all see the same"
    assert not response.cookies and "<script" not in page
    assert not [name for name in town.names if name in page]


def test_a_changed_notice_is_found(town):
    decision = town.issued()
    data = bytearray(notice_bytes(town, decision))
    data[len(data) // 3] ^= 1
    for url in ("/kontrollera", f"/kontrollera/{decision.public_id}"):
        assert "ändrades efter att den förseglades" in check(bytes(data), url).content.decode()


def test_another_document_is_not_taken_for_this_one(town):
    first, second = town.issued(level=0), town.issued(level=0)
    page = check(notice_bytes(town, second), f"/kontrollera/{first.public_id}").content.decode()
    assert "inte den underrättelse" in page


@pytest.mark.parametrize(
    "data",
    [
        b"hello",
        b"\x00" * 5000,
        b"%PDF-1.7\n%%EOF",
        b"%PDF-1.7\n" + b"<<" * 20_000,
        b"PK\x03\x04junk",
        b"%PDF-" + bytes(range(256)) * 50,
    ],
)
def test_a_hostile_file_gets_a_clear_answer(db, data):
    response = check(data)
    assert response.status_code == 200
    page = response.content.decode()
    assert any(words in page for words in ("inte en PDF-fil", "ingen elektronisk stämpel", "ändrades efter"))


def test_nothing_that_is_checked_is_stored(town, settings):
    before = {path for path in settings.MOTKRAFT_FOLDERS.root.rglob("*")}
    check(b"%PDF-1.7 " + b"x" * 3_000_000)
    assert {path for path in settings.MOTKRAFT_FOLDERS.root.rglob("*")} == before


def test_a_big_file_that_nobody_published_is_not_parsed(db):
    page = check(b"%PDF-1.7\n" + b"\0" * (10 * 1024 * 1024) + b"/ByteRange startxref\n9\n%%EOF").content.decode()
    assert "större än någon underrättelse" in page


def test_a_file_that_is_too_big_is_refused_with_its_size(db):
    response = check(b"x" * (21 * 1024 * 1024))
    assert response.status_code == 422 and "Högst 20 MB" in response.content.decode()


@pytest.mark.parametrize("typed", ["", "abc", "../../etc", "0" * 17])
def test_a_wrong_id_keeps_what_was_typed_and_says_how_to_mend_it(db, typed):
    response = Client().post("/kontrollera", f"public_id={typed}", content_type="application/x-www-form-urlencoded")
    page = response.content.decode()
    assert response.status_code == 422
    assert f'value="{typed}"' in page or not typed
    assert "id_public_id_error" in page


def test_an_unknown_id_is_not_there(db):
    typed = Client().post(
        "/kontrollera", "public_id=0000000000000000", content_type="application/x-www-form-urlencoded"
    )
    assert typed.status_code == 422
    assert Client().get("/kontrollera/0000000000000000").status_code == 404


def test_an_id_may_be_typed_with_hyphens_and_small_letters(town):
    decision = town.issued(level=0)
    typed = "-".join(re.findall("....", decision.public_id.lower()))
    assert Client().get(f"/kontrollera/{typed}").status_code == 200


def test_a_revoked_decision_says_so(town):
    decision = town.issued()
    publish(town.organisation.pk)
    data = notice_bytes(town, decision)
    town.revoked(decision)
    assert "upphävts" in check(data).content.decode()


def test_a_receipt_verifies_the_notice_without_any_database(town):
    decision = town.issued()
    log = publish(town.organisation.pk)
    receipt = Client().get(f"/kontrollera/{decision.public_id}/kvitto").content
    publication = publication_from_receipt(receipt, log.verifier_key)
    found = verify_file(notice_bytes(town, decision), publication, now=timezone.now())
    assert (found.verdict, found.log_state) == ("genuine", "logged")


def test_a_receipt_of_a_made_up_event_does_not_verify(town):
    import json

    decision = town.issued()
    log = publish(town.organisation.pk)
    receipt = Client().get(f"/kontrollera/{decision.public_id}/kvitto").content
    publication = publication_from_receipt(receipt, log.verifier_key)
    event = json.loads(publication.event)
    event["data"]["notice_sha256"] = "0" * 64
    from dataclasses import replace

    forged = replace(publication, event=json.dumps(event).encode(), notice_sha256="0" * 64)
    assert verify_file(b"%PDF-", forged, now=timezone.now()).log_state == "failed"


def test_the_list_sorts_filters_and_gives_csv(town):
    town.draft()
    town.issued(level=0)
    client = login(town.worker)
    assert "B-" in client.get("/beslut?status=draft&sort=case").content.decode()
    csv = client.get("/beslut?format=csv").content.decode("utf-8-sig")
    assert csv.count("B-") == 2
    assert client.get("/beslut?status=nonsense&page=99&sort=xx").status_code == 200


def test_each_sees_what_waits_for_them(town):
    town.ready()
    with acting(town.chair.actor):
        assert [item.what for item in queries.todo(town.chair.actor, timezone.now())]
    with acting(town.director.actor):
        assert queries.todo(town.director.actor, timezone.now()) == []


def test_a_receipt_of_another_kind_of_event_is_refused(town):
    import json

    from motkraft.decisions.rules import DecisionError
    from motkraft.tlog import TlogProof

    decision = town.issued()
    log = publish(town.organisation.pk)
    proof = TlogProof.parse(Client().get(f"/kontrollera/{decision.public_id}/kvitto").content)
    extra = json.loads(proof.extra)
    extra["event"]["type"] = "decision.edited"
    forged = TlogProof(proof.index, proof.hashes, proof.checkpoint, json.dumps(extra).encode())
    with pytest.raises(DecisionError):
        publication_from_receipt(str(forged), log.verifier_key)


def test_the_eye_shows_who_has_looked(town):
    decision = town.draft()
    page = reverse("decision", args=[decision.pk])
    login(town.manager).get(page)
    assert town.manager.person.username in login(town.worker).get(page).content.decode()
