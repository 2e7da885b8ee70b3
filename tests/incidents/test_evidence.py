"""The promises of evidence: what came in is what is kept, and every handling is on record."""

from __future__ import annotations

import email
import email.policy
import io
import json
import zipfile
from email.message import EmailMessage

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from PIL import Image

from factories import colleague, organisation
from motkraft.incidents import actions, queries
from motkraft.incidents.actions import packages
from motkraft.incidents.actions.police import file_police_report
from motkraft.incidents.models import CustodyEvent, Evidence
from motkraft.incidents.rules import (
    EvidenceChanged,
    EvidenceRefused,
    IncidentError,
    Report,
    WrongState,
    offered_offences,
)
from motkraft.people.access import NotAllowed, Role, acting

pytestmark = pytest.mark.django_db


@pytest.fixture
def worker():
    return colleague(organisation(), Role.SOCIAL_WORKER).actor


@pytest.fixture
def incident(worker):
    with acting(worker):
        return actions.report_incident(worker, Report(kind="threat"))


def picture(*, with_place: bool = True, form: str = "JPEG") -> bytes:
    image = Image.new("RGB", (8, 6), (120, 10, 200))
    exif = Image.Exif()
    if with_place:
        exif[0x010E] = "Hemgatan 5"
        exif[0x0112] = 6  # turned
        exif.get_ifd(0x8825)[1] = "N"
    out = io.BytesIO()
    image.save(out, form, exif=exif)
    return out.getvalue()


def add(actor, incident, content, name="bild.jpg") -> Evidence:
    with acting(actor):
        return actions.add_evidence(actor, incident.pk, actions.HandedIn(content, name))


def test_a_file_is_kept_under_its_fingerprint_and_its_type_judged_by_content(worker, incident):
    evidence = add(worker, incident, io.BytesIO(picture()), name="anteckning.txt")
    path = actions.path_of(worker.organisation_id, evidence.sha256)
    assert path.read_bytes() == picture()
    assert path.name == evidence.sha256
    assert evidence.content_type == "image/jpeg"
    assert not path.stat().st_mode & 0o222


def test_the_chain_begins_with_received_and_hashed(worker, incident):
    evidence = add(worker, incident, b"Vi ses. \xd8\xb3\xd8\xa3\xd8\xac\xd8\xaf\xd9\x83", "sms.txt")
    with acting(worker):
        chain = queries.custody(worker, evidence)
    assert [step.action for step in chain] == ["received", "hashed"]
    assert {step.sha256_after for step in chain} == {evidence.sha256}


def test_the_same_file_twice_in_an_incident_is_one_piece_of_evidence(worker, incident):
    first, second = add(worker, incident, picture()), add(worker, incident, picture(), "igen.jpg")
    assert first == second
    with acting(worker):
        assert len(queries.evidence(worker, incident)) == 1


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        (b"", "tom.txt", "empty"),
        (b"MZ" + bytes(200), "faktura.pdf.exe", "cannot be taken in"),
        (bytes(range(256)) * 4, "okänd.jpg", "cannot be taken in"),
    ],
)
def test_a_file_that_cannot_be_taken_in_is_refused_with_advice_and_not_kept(worker, incident, content, name, says):
    with pytest.raises(EvidenceRefused, match=says):
        add(worker, incident, content, name)
    from django.conf import settings

    kept = [path for path in settings.MOTKRAFT_FOLDERS.files.rglob("*") if path.is_file()]
    assert kept == []


def test_a_file_that_is_too_large_is_refused_while_it_is_read(worker, incident, settings):
    settings.MOTKRAFT_LARGEST_FILE = 1000
    with pytest.raises(EvidenceRefused, match="too large"):
        add(worker, incident, io.BytesIO(b"a" * 5000), "stor.txt")


@pytest.mark.parametrize(
    ("hostile", "kept"),
    [
        ("../../../etc/passwd", "passwd"),
        ("C:\\Users\\x\\hot.txt", "hot.txt"),
        ("a\x00b\u202egnp.exe\n.txt", "abgnp.exe.txt"),
        ("O'Brien <script>.txt", "O'Brien script.txt"),
        ("   ...", "fil"),
        ("سأجدك.txt", "سأجدك.txt"),
    ],
)
def test_a_hostile_file_name_is_made_harmless_and_encrypted(worker, incident, hostile, kept):
    evidence = add(worker, incident, b"unique text", hostile)
    assert evidence.file_name == kept
    with acting(worker), connection.cursor() as cursor:
        cursor.execute("SELECT file_name FROM incidents_evidence WHERE id = %s", [evidence.pk])
        assert kept.encode() not in bytes(cursor.fetchone()[0])


def test_fetching_the_original_needs_a_purpose_and_leaves_a_step(worker, incident):
    evidence = add(worker, incident, picture())
    with acting(worker):
        with pytest.raises(IncidentError):
            actions.fetch_original(worker, evidence.pk, purpose=" ")
        fetched = actions.fetch_original(worker, evidence.pk, purpose="till polisen")
        step = queries.custody(worker, evidence)[-1]
    assert (step.action, step.purpose, step.actor_id) == ("exported", "till polisen", worker.person_id)
    assert fetched.file_name == "H-2026-0001-B1-original.jpg".replace("2026", fetched.file_name[2:6])


def test_a_changed_file_is_noticed_and_not_handed_out(worker, incident):
    evidence = add(worker, incident, b"original text")
    path = actions.path_of(worker.organisation_id, evidence.sha256)
    path.chmod(0o600)
    path.write_bytes(b"another text!")
    with acting(worker), pytest.raises(EvidenceChanged):
        actions.fetch_original(worker, evidence.pk, purpose="prov")


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_a_share_copy_of_a_picture_has_no_metadata_and_stands_upright(worker, incident, form):
    evidence = add(worker, incident, picture(form=form))
    with acting(worker):
        evidence = actions.make_share_copy(worker, evidence.pk)
        fetched = actions.fetch_share_copy(worker, evidence.pk)
    content = fetched.path.read_bytes()
    assert b"Hemgatan" not in content
    with Image.open(io.BytesIO(content)) as image:
        assert not image.getexif()
        assert image.size == (6, 8)
    with acting(worker):
        assert [s.action for s in queries.custody(worker, evidence)][-2:] == ["share_copy", "exported"]


def test_a_share_copy_of_a_film_is_refused_with_advice(worker, incident):
    film = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(100)
    evidence = add(worker, incident, film, "film.mp4")
    assert evidence.content_type == "video/mp4"
    with acting(worker), pytest.raises(EvidenceRefused):
        actions.make_share_copy(worker, evidence.pk)


def test_a_wrong_file_can_be_taken_out_of_a_draft_but_not_of_a_sent_report(
    worker, incident, django_capture_on_commit_callbacks
):
    with acting(worker):
        draft = actions.start_draft(worker)
        evidence = actions.add_evidence(worker, draft.pk, actions.HandedIn(b"fel fil", "fel.txt"))
        path = actions.path_of(worker.organisation_id, evidence.sha256)
        assert path.exists()
        with django_capture_on_commit_callbacks(execute=True):
            actions.withdraw_evidence(worker, evidence.pk)
        assert not path.exists()
        assert queries.evidence(worker, draft) == []
        assert [s.action for s in queries.custody(worker, evidence)] == ["received", "hashed", "withdrawn"]
    sent = add(worker, incident, b"text")
    with acting(worker), pytest.raises(WrongState):
        actions.withdraw_evidence(worker, sent.pk)


def test_papers_stay_when_a_draft_that_holds_a_copy_of_them_drops_it(django_capture_on_commit_callbacks):
    org = organisation()
    worker, manager = colleague(org, Role.SOCIAL_WORKER).actor, colleague(org, Role.MANAGER).actor
    with acting(worker):
        incident = actions.report_incident(
            worker, Report(kind="death_threat"), evidence=[actions.HandedIn(b"sms", "sms.txt")]
        )
    with acting(manager):
        now = timezone.now()
        offence = offered_offences(now, now)[0].id
        filed = file_police_report(manager, incident.pk, offences=[offence], basis="Hot")
        report = packages.make_custody_report(manager, incident.pk)
        package = packages.make_package(manager, incident.pk)
        manifest = actions.path_of(manager.organisation_id, package.sha256)
        (inside,) = (each["sha256"] for each in json.loads(manifest.read_bytes())["documents"])
        draft = actions.start_draft(manager)
        for sha256 in (filed.sha256, report.sha256, inside):
            path = actions.path_of(manager.organisation_id, sha256)
            copy = actions.add_evidence(manager, draft.pk, actions.HandedIn(path.read_bytes(), "kopia.pdf"))
            assert copy.sha256 == sha256
            with django_capture_on_commit_callbacks(execute=True):
                actions.withdraw_evidence(manager, copy.pk)
            assert path.exists()


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE incidents_custodyevent SET purpose = 'x'",
        "DELETE FROM incidents_custodyevent",
        "UPDATE incidents_evidence SET sha256 = repeat('0', 64)",
        "DELETE FROM incidents_evidence",
    ],
)
def test_the_database_refuses_to_change_evidence_or_its_chain(worker, incident, statement):
    add(worker, incident, b"text")
    with acting(worker), pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)


def test_evidence_is_out_of_reach_for_others(worker, incident):
    evidence = add(worker, incident, b"text")
    org = incident.organisation
    others = [
        colleague(org, Role.SOCIAL_WORKER).actor,
        colleague(org, Role.SAFETY_REPRESENTATIVE).actor,
        colleague(organisation(), Role.MANAGER).actor,
    ]
    for other in others:
        with acting(other):
            with pytest.raises(NotAllowed):
                actions.fetch_original(other, evidence.pk, purpose="nyfiken")
            with pytest.raises(NotAllowed):
                actions.add_evidence(other, incident.pk, actions.HandedIn(b"mer", "mer.txt"))
    with acting(worker):
        assert CustodyEvent.objects.count() == 2


def letter(*attached: tuple[str, bytes]) -> bytes:
    message = EmailMessage()
    message["From"], message["Date"] = "okand@exempel.invalid", "Fri, 20 Nov 2026 12:00:00 +0100"
    message["Message-ID"], message["Subject"] = "<1@exempel.invalid>", "Till dig"
    message.set_content("Vi vet var du bor.")
    for name, content in attached:
        message.add_attachment(content, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes()


def test_a_mail_is_kept_whole_and_what_is_attached_becomes_evidence_of_its_own(worker, incident):
    content = letter(("../bild på dig.jpg", picture()), ("faktura.exe", b"MZ" + bytes(300)), ("sms.txt", b"hot"))
    mail = add(worker, incident, content, "brev.eml")
    with acting(worker):
        found = queries.evidence(worker, incident)
        chain = queries.custody(worker, found[1])
    assert (mail.content_type, mail.source_class) == ("message/rfc822", "email")
    assert actions.path_of(worker.organisation_id, mail.sha256).read_bytes() == content
    assert [(item.file_name, item.parent_id == mail.pk) for item in found] == [
        ("brev.eml", False),
        ("bild på dig.jpg", True),
        ("sms.txt", True),
    ]
    assert chain[0].purpose == "B1"
    assert mail.examined == {"parts": 5, "attached": 3}


def test_a_mail_in_a_mail_is_taken_apart_as_deep_as_five(worker, incident):
    inner = letter(("sms.txt", b"innerst"))
    for _ in range(8):
        outer = email.message_from_bytes(letter(), policy=email.policy.default)
        outer.add_attachment(email.message_from_bytes(inner, policy=email.policy.default))
        inner = outer.as_bytes()
    add(worker, incident, inner, "brev.eml")
    with acting(worker):
        found = queries.evidence(worker, incident)
    assert len(found) == 6
    assert {item.source_class for item in found} == {"email"}


def test_an_archive_is_kept_packed_and_a_hostile_one_leaves_nothing(worker, incident):
    good, bad = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(good, "w") as archive:
        archive.writestr("Chatt.txt", "hot " * 50)
    with zipfile.ZipFile(bad, "w") as archive:
        archive.writestr("../../ute.txt", "hej")
    kept = add(worker, incident, good.getvalue(), "chatt.zip")
    assert kept.examined == {"files": 1, "size": 200}
    with pytest.raises(EvidenceRefused, match="outside"):
        add(worker, incident, bad.getvalue(), "chatt2.zip")
    from django.conf import settings

    stored = [path for path in settings.MOTKRAFT_FOLDERS.files.rglob("*") if path.is_file()]
    assert [path.name for path in stored] == [kept.sha256]


@pytest.mark.parametrize("head", [b"Rar!\x1a\x07\x00", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b\x08", b"\x7fELF\x02\x01"])
def test_other_archives_and_programs_are_refused(worker, incident, head):
    with pytest.raises(EvidenceRefused):
        add(worker, incident, head + bytes(600), "bild.jpg")


def test_an_address_is_kept_once_and_never_visited(worker, incident):
    from motkraft.incidents.actions import evidence as handling

    with acting(worker):
        first = handling.add_link(worker, incident.pk, " https://exempel.invalid/x?y=1 ", note_text="inlägget")
        again = handling.add_link(worker, incident.pk, "https://exempel.invalid/x?y=1")
        assert first == again
        assert first.source_class == "link"
        for wrong in ("javascript:alert(1)", "exempel.invalid", "https://", "file:///etc/passwd", "https://a\nb"):
            with pytest.raises(EvidenceRefused):
                handling.add_link(worker, incident.pk, wrong)
    stored = json.loads(actions.path_of(worker.organisation_id, first.sha256).read_bytes())
    assert (stored["url"], stored["fetched"]) == ("https://exempel.invalid/x?y=1", False)


def test_each_opening_of_the_page_is_a_step_with_the_role(worker, incident):
    evidence = add(worker, incident, b"text")
    manager = colleague(incident.organisation, Role.MANAGER)
    client = Client()
    with acting(manager.actor):
        client.force_login(manager.person, backend="motkraft.people.login.Door")
    for _ in range(2):
        page = client.get(reverse("evidence", args=[incident.pk, evidence.pk]))
        assert page.status_code == 200
    with acting(worker):
        steps = queries.custody(worker, evidence)[2:]
    assert [(step.action, step.actor_role, step.actor_id) for step in steps] == [
        ("viewed", "manager", manager.actor.person_id)
    ] * 2


def test_a_handover_names_to_whom_and_on_what_basis(worker, incident):
    from motkraft.incidents.actions import evidence as handling

    evidence = add(worker, incident, b"text")
    manager = colleague(incident.organisation, Role.MANAGER).actor
    given = {"to": "Polisen, region Syd", "basis": "OSL 10 kap. 24 §", "purpose": "förundersökning"}
    with acting(manager):
        for missing in given:
            with pytest.raises(IncidentError):
                handling.hand_over(manager, evidence.pk, **(given | {missing: " "}))
        step = handling.hand_over(manager, evidence.pk, **given)
    assert (step.action, step.counterparty, step.basis) == ("transferred", "Polisen, region Syd", "OSL 10 kap. 24 §")
    with acting(worker), pytest.raises(NotAllowed):
        handling.hand_over(worker, evidence.pk, **given)


def test_a_large_file_is_compared_when_somebody_asks(worker, incident, monkeypatch):
    from motkraft.incidents.actions import evidence as handling

    evidence = add(worker, incident, b"original text")
    with acting(worker):
        assert handling.compare_evidence(worker, evidence.pk).action == "hashed"
    path = actions.path_of(worker.organisation_id, evidence.sha256)
    path.chmod(0o600)
    path.write_bytes(b"another text!")
    with acting(worker), pytest.raises(EvidenceChanged):
        handling.compare_evidence(worker, evidence.pk)


def test_who_reported_without_their_name_is_not_named_in_the_chain():
    org = organisation()
    reporter = colleague(org, Role.SOCIAL_WORKER)
    with acting(reporter.actor):
        hidden = actions.report_incident(reporter.actor, Report(kind="threat", hide_identity=True))
        evidence = actions.add_evidence(reporter.actor, hidden.pk, actions.HandedIn(b"text", "a.txt"))
    pages = {}
    for role in (Role.MANAGER, Role.SECURITY_COORDINATOR):
        who = colleague(org, role)
        client = Client()
        with acting(who.actor):
            client.force_login(who.person, backend="motkraft.people.login.Door")
        pages[role] = client.get(reverse("evidence", args=[hidden.pk, evidence.pk])).content.decode()
    assert reporter.person.username not in pages[Role.MANAGER]
    assert reporter.person.username in pages[Role.SECURITY_COORDINATOR]
