"""The promises of uploads: what was acknowledged is there, in its place, whoever sends and whenever it stops."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import os

import pytest
import time_machine
from django.conf import settings as django_settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from factories import colleague, organisation
from motkraft.incidents import actions, queries
from motkraft.incidents.actions import files, uploads
from motkraft.incidents.models.evidence import Upload
from motkraft.incidents.rules import EvidenceRefused, Report, WrongState
from motkraft.people.access import NotAllowed, Role, acting

pytestmark = pytest.mark.django_db
FILM = b"\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom" + bytes(range(256)) * 40
SIZE = len(FILM)
TUS = {"HTTP_TUS_RESUMABLE": "1.0.0"}


@pytest.fixture
def worker():
    return colleague(organisation(), Role.SOCIAL_WORKER)


@pytest.fixture
def incident(worker):
    with acting(worker.actor):
        return actions.report_incident(worker.actor, Report(kind="threat"))


@pytest.fixture
def client(worker):
    client = Client()
    with acting(worker.actor):
        client.force_login(worker.person, backend="motkraft.people.login.Door")
    return client


def begin(client, incident, size=SIZE, name="film på mig.mp4", source="voicemail"):
    told = f"filename {base64.b64encode(name.encode()).decode()},source {base64.b64encode(source.encode()).decode()}"
    address = reverse("upload_begin", args=[incident.pk])
    return client.post(address, HTTP_UPLOAD_LENGTH=str(size), HTTP_UPLOAD_METADATA=told, **TUS)


def patch(client, address, offset, piece, **headers):
    return client.patch(
        address, piece, content_type="application/offset+octet-stream", HTTP_UPLOAD_OFFSET=str(offset), **TUS, **headers
    )


def test_a_file_in_pieces_becomes_evidence_with_its_fingerprint(client, worker, incident):
    started = begin(client, incident)
    assert started.status_code == 201
    address, offset = started["Location"], 0
    while offset < len(FILM):
        answer = patch(client, address, offset, FILM[offset : offset + 3000])
        assert answer.status_code == 204
        offset = int(answer["Upload-Offset"])
    with acting(worker.actor):
        (evidence,) = queries.evidence(worker.actor, incident)
    assert evidence.sha256 == hashlib.sha256(FILM).hexdigest()
    assert (evidence.size, evidence.content_type, evidence.file_name) == (len(FILM), "video/mp4", "film på mig.mp4")
    assert evidence.source_class == "voicemail"
    assert answer["Content-Location"].endswith(str(evidence.pk))
    assert files.path_of(worker.actor.organisation_id, evidence.sha256).read_bytes() == FILM
    head = client.head(address, **TUS)
    assert (head.status_code, head["Upload-Offset"]) == (200, str(len(FILM)))
    assert client.post(address, **TUS).status_code == 204  # finishing twice is finishing once
    with acting(worker.actor):
        assert len(queries.evidence(worker.actor, incident)) == 1


def test_what_is_told_of_the_server_is_what_it_does(client, incident):
    answer = client.options(reverse("upload_begin", args=[incident.pk]))
    assert answer["Tus-Version"] == "1.0.0"
    assert answer["Tus-Extension"] == "creation,termination,checksum,expiration"
    assert int(answer["Tus-Max-Size"]) == django_settings.MOTKRAFT_LARGEST_FILE


def test_a_piece_out_of_place_is_refused_and_the_right_place_told(client, incident):
    address = begin(client, incident)["Location"]
    assert patch(client, address, 0, FILM[:1000]).status_code == 204
    again = patch(client, address, 0, b"x" * 1000)
    assert (again.status_code, again["Upload-Offset"]) == (409, "1000")
    assert patch(client, address, 2000, FILM[2000:]).status_code == 409
    assert patch(client, address, 1000, FILM[1000:]).status_code == 204


def test_a_piece_that_was_changed_on_its_way_is_refused_and_not_kept(client, incident):
    address = begin(client, incident)["Location"]
    right = f"sha256 {base64.b64encode(hashlib.sha256(FILM[:1000]).digest()).decode()}"
    assert patch(client, address, 0, FILM[:999] + b"!", HTTP_UPLOAD_CHECKSUM=right).status_code == 460
    assert client.head(address, **TUS)["Upload-Offset"] == "0"
    assert patch(client, address, 0, FILM[:1000], HTTP_UPLOAD_CHECKSUM=right).status_code == 204


def test_what_was_written_but_not_acknowledged_is_written_anew(client, worker, incident):
    address = begin(client, incident)["Location"]
    patch(client, address, 0, FILM[:1000])
    with acting(worker.actor):
        upload = Upload.objects.get()
    part = files.part_of(worker.actor.organisation_id, upload.pk)
    with part.open("ab") as torn:  # the server died after writing, before it told
        torn.write(b"half a piece that nobody heard of")
    assert client.head(address, **TUS)["Upload-Offset"] == "1000"
    assert patch(client, address, 1000, FILM[1000:]).status_code == 204
    with acting(worker.actor):
        assert queries.evidence(worker.actor, incident)[0].sha256 == hashlib.sha256(FILM).hexdigest()


def test_what_lies_in_the_store_is_never_written_to_again(client, worker, incident):
    address = begin(client, incident)["Location"]
    patch(client, address, 0, FILM[:1000])
    with acting(worker.actor):
        upload = Upload.objects.get()
    part = files.part_of(worker.actor.organisation_id, upload.pk)
    with part.open("ab") as rest:
        rest.write(FILM[1000:])
    kept = files.adopt(worker.actor.organisation_id, part, len(FILM))  # and then the server died, before the commit
    other = FILM[:1000] + b"\xff" * (len(FILM) - 1000)
    assert patch(client, address, 1000, other[1000:]).status_code == 204
    assert files.path_of(worker.actor.organisation_id, kept.sha256).read_bytes() == FILM
    with acting(worker.actor):
        assert queries.evidence(worker.actor, incident)[0].sha256 == hashlib.sha256(other).hexdigest()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"HTTP_TUS_RESUMABLE": "0.2.2", "HTTP_UPLOAD_LENGTH": "10"}, 412),
        ({**TUS}, 400),
        ({**TUS, "HTTP_UPLOAD_LENGTH": "-1"}, 400),
        ({**TUS, "HTTP_UPLOAD_LENGTH": "0"}, 422),
        ({**TUS, "HTTP_UPLOAD_LENGTH": str(2 * 1024**3 + 1)}, 413),
        ({**TUS, "HTTP_UPLOAD_LENGTH": "9" * 40}, 400),
    ],
)
def test_what_cannot_be_begun_is_refused_plainly(client, incident, headers, status, settings):
    settings.MOTKRAFT_LARGEST_FILE = 2 * 1024**3
    assert client.post(reverse("upload_begin", args=[incident.pk]), **headers).status_code == status


def test_a_piece_too_large_or_of_another_kind_is_refused(client, incident, monkeypatch):
    address = begin(client, incident)["Location"]
    monkeypatch.setattr(uploads, "LARGEST_PIECE", 500)
    assert patch(client, address, 0, FILM[:501]).status_code == 413
    assert client.patch(address, b"x", content_type="text/plain", HTTP_UPLOAD_OFFSET="0", **TUS).status_code == 415
    assert patch(client, address, 0, FILM[:500]).status_code == 204


def test_more_than_was_announced_is_refused(client, incident):
    address = begin(client, incident, size=100)["Location"]
    assert patch(client, address, 0, bytes(101)).status_code == 422


def test_a_program_is_refused_when_it_is_whole_and_nothing_of_it_is_left(client, worker, incident):
    address = begin(client, incident, size=300, name="faktura.pdf")["Location"]
    answer = patch(client, address, 0, b"MZ" + bytes(298))
    assert answer.status_code == 422
    assert "skärmbild" in answer.content.decode() or "screenshot" in answer.content.decode()
    assert client.head(address, **TUS).status_code == 404
    with acting(worker.actor):
        assert queries.evidence(worker.actor, incident) == []


def test_nobody_else_finds_writes_or_stops_an_upload(client, worker, incident):
    address = begin(client, incident)["Location"]
    org = incident.organisation
    for who in (
        colleague(org, Role.SOCIAL_WORKER),
        colleague(org, Role.MANAGER),
        colleague(org, Role.SAFETY_REPRESENTATIVE),
        colleague(organisation(), Role.MANAGER),
    ):
        other = Client()
        with acting(who.actor):
            other.force_login(who.person, backend="motkraft.people.login.Door")
        assert other.head(address, **TUS).status_code == 404
        assert patch(other, address, 0, FILM[:10]).status_code == 404
        assert other.delete(address, **TUS).status_code == 404
    stranger = Client()
    assert stranger.head(address, **TUS).status_code == 302
    assert client.head(address, **TUS)["Upload-Offset"] == "0"


def test_a_piece_without_the_forms_token_is_refused(worker, incident):
    client = Client(enforce_csrf_checks=True)
    with acting(worker.actor):
        client.force_login(worker.person, backend="motkraft.people.login.Door")
    assert begin(client, incident).status_code == 403


def test_an_upload_is_thrown_away_on_request(client, worker, incident, django_capture_on_commit_callbacks):
    address = begin(client, incident)["Location"]
    patch(client, address, 0, FILM[:1000])
    with acting(worker.actor):
        part = files.part_of(worker.actor.organisation_id, Upload.objects.get().pk)
    assert part.exists()
    with django_capture_on_commit_callbacks(execute=True):
        assert client.delete(address, **TUS).status_code == 204
    assert not part.exists()
    assert client.head(address, **TUS).status_code == 404


def test_what_nobody_finishes_is_gone_after_a_week_and_what_is_on_its_way_is_not(
    worker, incident, django_capture_on_commit_callbacks
):
    org = worker.actor.organisation_id
    with acting(worker.actor):
        old = uploads.start_upload(worker.actor, incident.pk, size=100, name="a.txt")
    torn = files.part_of(org, old.pk).parent.parent / ".incoming-torn"
    torn.write_bytes(b"half")
    long_ago = (timezone.now() - dt.timedelta(days=2)).timestamp()
    os.utime(torn, (long_ago, long_ago))
    with time_machine.travel(timezone.now() + dt.timedelta(days=7, minutes=1), tick=False):
        with acting(worker.actor):
            new = uploads.start_upload(worker.actor, incident.pk, size=100, name="b.txt")
            with pytest.raises(NotAllowed):
                uploads.find_upload(worker.actor, incident.pk, old.pk)
        with django_capture_on_commit_callbacks(execute=True):
            assert uploads.remove_expired(org) == 2
    assert not files.part_of(org, old.pk).exists()
    assert not torn.exists()
    assert files.part_of(org, new.pk).exists()


def test_a_closed_incident_and_a_full_disk_take_nothing(worker, incident, monkeypatch):
    monkeypatch.setattr(uploads, "LEAST_FREE", 2**62)
    with acting(worker.actor), pytest.raises(EvidenceRefused, match="no room"):
        uploads.start_upload(worker.actor, incident.pk, size=100, name="a.txt")
    with acting(worker.actor):
        from motkraft.incidents.models import Incident

        Incident.objects.filter(pk=incident.pk).update(status="closed")
        with pytest.raises(WrongState):
            uploads.start_upload(worker.actor, incident.pk, size=100, name="a.txt")
