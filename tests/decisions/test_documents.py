"""The documents that follow a decision: what each says, who may make it, and that names stay out at level 1."""

from __future__ import annotations

import datetime as dt
import io
import json
import os
import re

import pypdf
import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from factories import colleague
from motkraft import documents, law
from motkraft.decisions.actions import documents as made
from motkraft.decisions.actions.documents import has_right, kinds_for, make_document, sample_data, submission_clock
from motkraft.decisions.actions.eseals import eseal_roots
from motkraft.decisions.actions.outward import e_sealed
from motkraft.decisions.actions.paper import provisions_of
from motkraft.decisions.models import Decision
from motkraft.decisions.rules import DecisionError
from motkraft.incidents.actions.files import path_of
from motkraft.incidents.models import Paper
from motkraft.incidents.rules import IncidentError
from motkraft.people.access import NotAllowed, Role, acting
from motkraft.sealing import generate_test_authority, scan, verify_pdf
from motkraft.sealing.errors import SigningAway
from motkraft.site.folders import Folders
from sealing.services import HashService, serving


def make(town, decision, kind, who="worker", **fields) -> bytes:
    who = getattr(town, who)
    with acting(who.actor):
        paper = make_document(who.actor, decision, kind, **fields)
        return path_of(town.organisation.pk, paper.sha256).read_bytes()


def text_of(pdf: bytes) -> str:
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pypdf.PdfReader(io.BytesIO(pdf)).pages))


def test_before_release_nothing_can_be_made(town):
    decision = town.decided()
    with acting(town.worker.actor):
        assert kinds_for(Decision.objects.get(pk=decision.pk)) == []
        with pytest.raises(DecisionError):
            make_document(town.worker.actor, decision, "submission")


def test_the_documents_of_a_name_free_decision_hold_no_name_and_say_who_has_them(town, no_scan):
    decision = town.issued(level=1)
    pdfs = [make(town, decision, "submission"), make(town, decision, "plain", language="ar")]
    everyone = [*town.names, "Lindqvistpåhitt", "Ordförandepåhitt"]
    for pdf in pdfs:
        assert scan(pdf, everyone) == []
    submission = text_of(pdfs[0])
    rule = submission_clock(decision)
    assert rule.citation in submission and rule.plain_sv.split()[0] in submission
    assert "två nyckelförvaltare" in submission and "FL 31 §" in submission
    enclosures = submission.split("Bilagor")[1]
    assert f"Beslutet i original, öppnat av två nyckelförvaltare: {decision.reference}" in enclosures


@pytest.mark.parametrize("of", ["_submission", "_minutes", "_application"])
def test_the_rule_on_notices_is_cited_in_no_other_document(town, of):
    """FL 33 § 4 st covers notices; applications, minutes and extracts are not covered by its wording (its own note)."""
    type_code = "ANS" if of == "_application" else "OMH"
    with acting(town.worker.actor):
        decision = town.draft(type_code, provisions=["LVU 6 §", "LVU 2 §"])
    _as_issued(town, decision, protection_level=1)
    with acting(town.worker.actor):
        row = Decision.objects.get(pk=decision.pk)
        data = getattr(made, of)(row, town.organisation, timezone.now(), "sv")
    cited = [basis["section"] for section in data["sections"] for basis in section.get("bases", [])]
    assert "FL 31 §" in cited and law.library().on(row.decided_on)["name_free_notice"].citation not in cited


def test_the_submission_names_those_who_decided_when_names_are_not_left_out(town, no_scan):
    decision = town.issued(level=0)
    pdf = make(town, decision, "submission")
    assert {leak.term for leak in scan(pdf, town.names)} == {0, 1, 2}
    day = submission_clock(decision).due(decision.decided_on).raw
    assert re.search(rf"\b{day.day} \w+ {day.year}\b", text_of(pdf)), "the last day stands in it"


def test_a_document_is_searched_for_every_colleague_before_it_goes_out(town):
    with acting(town.worker.actor):
        decision = town.draft(reasons="Det sade Leif Ledamotspåhitt-Demo.")
    _as_issued(town, decision, protection_level=1)
    with pytest.raises(IncidentError) as refused:
        make(town, decision, "submission")
    assert refused.value.data["where"] and "Ledamot" not in str(refused.value)
    with acting(town.worker.actor):
        assert not Paper.objects.filter(subject_id=decision.pk).exists()


def test_the_court_gets_an_application_where_only_the_court_decides_and_the_party_no_appeal(town, no_scan):
    with acting(town.worker.actor):
        decision = town.draft("ANS", provisions=["LVU 4 §", "LVU 2 §"])
    names = {kind.name for kind in _as_issued(town, decision)}
    assert names == {"application", "plain"}
    decision = town.draft("UMG", provisions=["LVU 14 § 2 st 1 p"])
    assert {kind.name for kind in _as_issued(town, decision)} == {"appeal", "plain"}
    with acting(town.worker.actor):
        pdf = make(town, decision, "appeal")
    limit = next(rule for rule in law.library().on(decision.created_at.date()).clocks(decision_type="UMG")
                 if rule.trigger == "decision_served")  # fmt: skip
    assert limit.citation in text_of(pdf) and "Förvaltningsrätten" in text_of(pdf)


def _as_issued(town, decision, **fields):
    issued = {
        "state": "issued",
        "decided_on": "2026-11-20",
        "decided_at": "2026-11-20T10:00Z",
        "issued_at": "2026-11-20T11:00Z",
        "decider_body": "chair",
        "notice_sha256": "0" * 64,
    }
    with acting(town.worker.actor):
        row = Decision.objects.get(pk=decision.pk)
        for name, value in (issued | fields).items():
            setattr(row, name, value)
        row.save()
        return kinds_for(Decision.objects.get(pk=decision.pk))


def test_what_goes_out_is_e_sealed_and_pdfsig_finds_nothing_changed(town, no_scan, tmp_path):
    with acting(town.worker.actor):
        decision = town.draft("ANS", provisions=["LVU 4 §", "LVU 2 §"])
    _as_issued(town, decision)
    for kind in ("application", "plain"):
        pdf = make(town, decision, kind)
        seal = verify_pdf(pdf, now=timezone.now(), trust_roots=eseal_roots())
        assert (seal.organisation, seal.level, seal.trusted) == (town.organisation.name, "PAdES B-LTA", True)
    path = tmp_path / "application.pdf"
    path.write_bytes(make(town, decision, "application"))
    said = os.popen(f"pdfsig -nocert {path}").read()
    assert "Signature is Valid." in said and "invalid" not in said.lower() and "changed" not in said
    assert b"/ByteRange" not in documents.render("paper", sample_data(town.organisation, "Exempel", "Text"))


def test_a_key_elsewhere_signs_one_document_however_often_it_is_tried_and_never_one_that_leaks(
    town, tmp_path, monkeypatch, django_capture_on_commit_callbacks
):
    monkeypatch.setattr(settings, "MOTKRAFT_FOLDERS", Folders(tmp_path))
    (tmp_path / "secrets" / "eseals").mkdir(parents=True)
    folder, code = tmp_path / "secrets" / "eseals", town.organisation.code
    authority = generate_test_authority(now=timezone.now())
    service = HashService(authority.issue_eseal(town.organisation.name, now=timezone.now()), "hemlig")
    with serving(service) as url:
        (folder / f"{code}.toml").write_text(f'kind = "service"\nurl = "{url}"\ncertificate = "{code}.pem"\n')
        (folder / f"{code}.pem").write_bytes(service.certificate)
        (folder / f"{code}.passphrase").write_text("hemlig\n")
        data, looked = {"title": "Exempel", "reference": "B-1"}, []
        pdf = documents.render("paper", sample_data(town.organisation, "Exempel", "Text"))

        def leaks(_pdf):
            raise IncidentError("leaks")

        with acting(town.worker.actor):
            with pytest.raises(IncidentError):
                e_sealed(town.worker.actor, pdf, data, leaks)
            assert not service.bodies
            service.lost = 1  # it signs, and we never hear of it
            with pytest.raises(SigningAway):
                e_sealed(town.worker.actor, pdf, data, looked.append)
            (kept,) = (folder / "under-way").iterdir()
            with django_capture_on_commit_callbacks(execute=True):
                sealed = e_sealed(town.worker.actor, b"set anew, and not used", data, looked.append)
    assert not kept.exists() and len({json.loads(body)["hash"] for body in service.bodies}) == 1
    assert sealed.startswith(pdf) and looked[-1] == sealed
    assert verify_pdf(sealed, now=timezone.now()).organisation == town.organisation.name


def test_a_provision_is_told_in_the_words_of_the_type_of_decision_and_never_of_an_event():
    day = dt.date(2026, 11, 22)
    for kind in law.library().on(day).decision_types():
        decision = Decision(type_code=kind.code, provisions=[kind.citation], decided_on=day)
        assert provisions_of(decision) == [{"section": kind.citation, "text": kind.plain_sv}]


@pytest.mark.parametrize(
    ("code", "counsel", "hearing"),
    [
        ("OMH", True, False),
        ("ANS", True, True),
        ("TFLYTT", False, False),
        ("UMG", False, False),
        ("UPPH", True, True),
        ("TILLF-UPPH", True, True),
        ("FLYTT-KVAR", False, True),
        ("FLYTT-UPPH", True, True),
        ("UTRES-UPPH", True, True),
        ("ÖVERV-VÅRDNAD", False, False),
    ],
)
def test_no_party_is_promised_a_counsel_or_a_hearing_that_the_sections_do_not_give(code, counsel, hearing):
    decision = Decision(type_code=code, decided_on=dt.date(2026, 11, 22))
    found = [has_right(decision, each) for each in ("right_public_counsel", "right_oral_hearing")]
    assert found == [counsel, hearing]


@pytest.mark.parametrize("language", documents.LANGUAGES)
def test_no_template_of_the_plain_page_states_a_section_or_a_number(language):
    words = documents.plain_words()[language]
    assert set(words) == set(documents.plain_words()["sv"])
    for text in map(str, words.values()):
        assert "§" not in text and not re.search(r"\d", text)
    assert words["reviewed"] or words["unreviewed"], "what no native speaker has read says so"


def test_the_page_says_who_gets_each_document_and_only_those_who_may_can_make_one(town, no_scan):
    decision = town.issued(level=1)
    client = Client()
    client.force_login(town.worker.person)
    page = client.get(reverse("decision_documents", args=[decision.pk]), headers={"accept-language": "sv"})
    assert page.status_code == 200 and "två nyckelförvaltare" in page.content.decode()
    client.post(reverse("decision_documents", args=[decision.pk]), {"kind": "plain", "language": "tr"})
    with acting(town.worker.actor):
        paper = Paper.objects.get(subject_id=decision.pk)
    assert client.get(reverse("paper", args=[paper.pk])).status_code == 200
    other = colleague(town.organisation, Role.COMMUNICATOR, name="Kim Annanpåhitt-Demo")
    client.force_login(other.person)
    assert client.get(reverse("paper", args=[paper.pk])).status_code == 404
    assert client.get(reverse("decision_documents", args=[decision.pk])).status_code in (403, 404)
    with pytest.raises(NotAllowed):
        make(town, decision, "plain", who="chair")


def test_the_draft_is_drawn_beside_the_form_and_stored_nowhere(town):
    decision = town.draft()
    client = Client()
    client.force_login(town.worker.person)
    address = reverse("decision_preview", args=[decision.pk])
    typed = {"content": "Barnet omhändertas.", "reasons": "Därför.", "provisions": "LVU 6 §", "dissent": ""}
    part = client.post(address, typed, headers={"hx-request": "true"})
    assert part.status_code == 200 and part.content.count(b"data:image/png;base64,") >= 1
    assert part["Cache-Control"] == "no-store" and b"<form" not in part.content
    whole = client.post(address, typed | {"insert": "reasons:reasons-frame"})
    assert b"D\xc3\xa4rf\xc3\xb6r.\n\nVad som har kommit fram" in whole.content and b"<img" in whole.content
    with acting(town.worker.actor):
        assert Decision.objects.get(pk=decision.pk).reasons != "Därför."
    client.force_login(town.registrar.person)
    assert client.post(address, typed).status_code in (403, 404)
    assert client.get(address).status_code == 405 or client.get(address).status_code == 404


def test_the_extract_of_a_meeting_names_the_persons_at_level_0_and_has_no_line_to_sign_at_level_1(town, no_scan):
    decision = town.draft()
    _as_issued(town, decision, decider_body="subcommittee", minutes="IFU § 42", protection_level=0)
    named = text_of(make(town, decision, "minutes"))
    assert "IFU § 42" in named and "Lindqvistpåhitt" in named and "Justerare" in named
    _as_issued(town, decision, decider_body="subcommittee", minutes="IFU § 42", protection_level=1)
    nameless = text_of(make(town, decision, "minutes"))
    assert "Lindqvistpåhitt" not in nameless and "Justerare" not in nameless and "två nyckelförvaltare" in nameless
