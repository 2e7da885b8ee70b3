"""The promises of timestamps: a service from outside says when a fingerprint was there, and nothing else is told it."""

from __future__ import annotations

import datetime as dt
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from django.urls import reverse

from factories import colleague, organisation
from motkraft.incidents import actions, queries
from motkraft.incidents.actions import packages, timestamps
from motkraft.incidents.jobs import evidence as jobs
from motkraft.incidents.models.evidence import EvidenceTimestamp
from motkraft.incidents.rules import Report
from motkraft.incidents.rules.package import PackageBroken, stamped_bytes, verify_package
from motkraft.ledger import queries as ledger
from motkraft.ledger.actions import publish
from motkraft.people.access import Role, acting
from motkraft.sealing import generate_test_authority
from motkraft.sealing.errors import TimestampRejected
from motkraft.sealing.timestamps import verify_timestamp
from sealing.test_timestamps import LATER, local_service

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def authority():
    return generate_test_authority(now=LATER - dt.timedelta(days=1))


@pytest.fixture
def service(authority, settings):
    """A timestamp service that listens on this machine, and what it was asked."""
    answer, asked = local_service(authority), []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            request = self.rfile.read(int(self.headers["Content-Length"]))
            asked.append((self.headers["Content-Type"], request))
            content = answer(request)
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *args):
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    settings.MOTKRAFT_TIMESTAMP_URL = f"http://127.0.0.1:{server.server_port}/tsa"
    yield asked
    server.shutdown()
    server.server_close()


@pytest.fixture
def worker():
    return colleague(organisation(), Role.SOCIAL_WORKER).actor


@pytest.fixture
def evidence(worker):
    with acting(worker):
        incident = actions.report_incident(
            worker, Report(kind="threat"), evidence=[actions.HandedIn(b"hemligt hot", "a.txt")]
        )
        return queries.evidence(worker, incident)[0]


def test_evidence_gets_a_timestamp_that_verifies_and_a_step_in_its_chain(service, authority, worker, evidence):
    jobs.stamp(str(worker.organisation_id), str(evidence.pk))
    with acting(worker):
        (kept,) = EvidenceTimestamp.objects.all()
        chain = queries.custody(worker, evidence)
    proven = verify_timestamp(stamped_bytes(evidence.sha256), bytes(kept.response), trust_roots=[authority.pem])
    assert proven.time == kept.at == LATER
    assert chain[-1].action == "timestamped"
    assert chain[-1].actor_role == "system"
    ((kind, request),) = service
    assert kind == "application/timestamp-query"
    assert b"hemligt" not in request and evidence.sha256.encode() not in request


def test_a_second_asking_keeps_the_first_answer(service, worker, evidence):
    for _ in range(2):
        jobs.stamp(str(worker.organisation_id), str(evidence.pk))
    with acting(worker):
        assert EvidenceTimestamp.objects.count() == 1
        assert timestamps.waiting(worker.organisation_id) == []
    assert len(service) == 1


def test_a_service_that_is_away_leaves_the_evidence_waiting_and_the_job_to_try_again(settings, worker, evidence):
    settings.MOTKRAFT_TIMESTAMP_URL = "http://127.0.0.1:9/tsa"
    with pytest.raises(TimestampRejected):
        timestamps.timestamp(worker.organisation_id, evidence.pk)
    assert timestamps.waiting(worker.organisation_id) == [evidence.pk]


def test_without_a_service_nothing_is_asked(settings, worker, evidence, monkeypatch):
    settings.MOTKRAFT_TIMESTAMP_URL = ""
    monkeypatch.setattr(jobs.stamp, "configure", lambda **_: pytest.fail("a job was made"))
    jobs.stamp_soon(worker.organisation_id, evidence.pk)
    jobs.stamp_waiting(0)


def test_a_timestamp_is_never_changed(service, worker, evidence):
    jobs.stamp(str(worker.organisation_id), str(evidence.pk))
    for statement in (
        "UPDATE incidents_evidencetimestamp SET service = 'x'",
        "DELETE FROM incidents_evidencetimestamp",
    ):
        with acting(worker), pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)


def test_a_package_carries_the_timestamps_and_they_are_proven_with_roots(
    service, authority, worker, evidence, tmp_path
):
    jobs.stamp(str(worker.organisation_id), str(evidence.pk))
    with acting(worker):
        paper = packages.make_package(worker, evidence.incident_id)
    publish(worker.organisation_id)
    path = tmp_path / "paket.zip"
    with acting(worker):
        with packages.write_package(worker, evidence.incident_id, paper.pk) as file:
            path.write_bytes(file.read())
        key = ledger.log(worker).verifier_key
    assert verify_package(path, log_key=key).unchecked_stamps == 1
    found = verify_package(path, log_key=key, roots=[authority.pem])
    assert found.evidence[0].stamped_at == (LATER,)
    other = generate_test_authority(now=LATER - dt.timedelta(days=1))
    with pytest.raises(PackageBroken, match="timestamp does not hold"):
        verify_package(path, log_key=key, roots=[other.pem])
    assert reverse("evidence_package", args=[evidence.incident_id])
