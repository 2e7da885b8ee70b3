"""The promises of evidence: what came in is what is kept, and every handling is on record."""

from __future__ import annotations

import io

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from PIL import Image

from factories import colleague, organisation
from motkraft.incidents import actions, queries
from motkraft.incidents.models import CustodyEvent, Evidence
from motkraft.incidents.rules import EvidenceChanged, EvidenceRefused, IncidentError, Report, WrongState
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
