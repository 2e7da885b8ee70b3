"""The promises of the evidence package: any tool unpacks it, anyone proves it offline, and every lie in it is named."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile

import pytest
import rfc8785
from django.test import Client
from django.urls import reverse
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from typer.testing import CliRunner

from factories import colleague, organisation
from motkraft.cli import main as _commands  # noqa: F401 -- all commands
from motkraft.cli.frame import app
from motkraft.incidents import actions
from motkraft.incidents.actions import evidence as handling
from motkraft.incidents.actions import packages
from motkraft.incidents.models import Evidence
from motkraft.incidents.rules import EvidenceChanged, IncidentError, Report
from motkraft.incidents.rules.package import PackageBroken, verify_package
from motkraft.ledger import queries as ledger
from motkraft.ledger.actions import publish
from motkraft.people.access import NotAllowed, Role, acting

pytestmark = pytest.mark.django_db
SECRET = "Viveka Hemligsson-Demo"
FILES = ((b"\xff\xd8\xff\xe0" + bytes(400), f"{SECRET}.jpg"), (f"Jag vet var du bor, {SECRET}".encode(), "sms.txt"))


@pytest.fixture
def town():
    class Town:
        org = organisation()
        worker = colleague(org, Role.SOCIAL_WORKER, name=SECRET)
        manager = colleague(org, Role.MANAGER)
        stranger = colleague(organisation(), Role.MANAGER)

    with acting(Town.worker.actor):
        Town.incident = actions.report_incident(
            Town.worker.actor,
            Report(kind="threat", exact_words="ordagrant hot"),
            evidence=[actions.HandedIn(content, name) for content, name in FILES],
        )
        handling.add_link(Town.worker.actor, Town.incident.pk, "https://exempel.invalid/inlagg?id=1")
    return Town


@pytest.fixture
def package(town, tmp_path):
    """A package on disk, and the log's key."""
    actor = town.manager.actor
    with acting(actor):
        paper = packages.make_package(actor, town.incident.pk)
        with pytest.raises(packages.PackageWaiting):
            packages.write_package(actor, town.incident.pk, paper.pk)
    publish(town.org.pk)
    path = tmp_path / "paket.zip"
    with acting(actor):
        with packages.write_package(actor, town.incident.pk, paper.pk) as file:
            path.write_bytes(file.read())
        key = ledger.log(actor).verifier_key
    return path, key


def rewritten(path, change) -> object:
    """The package with its files changed by ``change``, as a forger would write it: a whole zip."""
    with zipfile.ZipFile(path) as archive:
        content = {info.filename: archive.read(info) for info in archive.infolist()}
    change(content)
    other = path.with_name("forfalskat.zip")
    with zipfile.ZipFile(other, "w") as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return other


def with_manifest(change):
    """A change of the manifest that keeps it canonical and its sum right."""
    import hashlib

    def apply(content):
        manifest = json.loads(content["manifest.json"])
        change(manifest)
        content["manifest.json"] = rfc8785.dumps(manifest)
        digest = hashlib.sha256(content["manifest.json"]).hexdigest()
        content["manifest.sha256"] = f"{digest}  manifest.json\n".encode()

    return apply


def problems_of(path, key) -> str:
    with pytest.raises(PackageBroken) as broken:
        verify_package(path, log_key=key)
    return "\n".join(broken.value.data["problems"])


def test_a_package_is_proven_offline_and_read_by_any_tool(package, town):
    path, key = package
    found = verify_package(path, log_key=key)
    assert [item.reference for item in found.evidence] == ["B1", "B2", "B3"]
    assert found.reference == town.incident.reference
    assert found.is_anchored
    assert all(item.logged_index is not None and item.custody_steps == 3 for item in found.evidence)
    with zipfile.ZipFile(path) as archive:
        assert archive.testzip() is None
        assert archive.read("evidence/B1.jpg") == FILES[0][0]
        assert archive.read("evidence/B2.txt") == FILES[1][0]
        assert archive.read("custody.pdf").startswith(b"%PDF")
        assert {info.compress_type for info in archive.infolist()} == {zipfile.ZIP_STORED}
    listed = subprocess.run(
        [sys.executable, "-m", "zipfile", "-t", str(path)], capture_output=True, text=True, check=True
    )
    assert "Done testing" in listed.stdout


def test_nothing_but_the_evidence_itself_says_whose_it_is(package):
    path, _key = package
    with zipfile.ZipFile(path) as archive:
        for info in archive.infolist():
            assert "Hemligsson" not in info.filename
            if not info.filename.startswith(("evidence/",)):
                data = archive.read(info)
                assert "Hemligsson" not in data.decode("utf-8", "replace")
                assert "ordagrant" not in data.decode("utf-8", "replace")


def test_without_a_key_from_elsewhere_it_says_that_nothing_vouches_for_it(package):
    path, _key = package
    assert not verify_package(path).is_anchored


def test_another_organisations_key_proves_nothing(package, town):
    path, _key = package
    publish(town.stranger.actor.organisation_id)
    with acting(town.stranger.actor):
        actions.report_incident(town.stranger.actor, Report(kind="threat"))
    publish(town.stranger.actor.organisation_id)
    with acting(town.stranger.actor):
        other = ledger.log(town.stranger.actor).verifier_key
    assert "does not hold" in problems_of(path, other)


LIES = {
    "a flipped bit": (lambda c: c.update({"evidence/B1.jpg": b"\xff\xd8\xff\xe1" + bytes(400)}), "B1.jpg is not what"),
    "a missing file": (lambda c: c.pop("evidence/B2.txt"), "B2.txt is missing"),
    "a missing receipt": (lambda c: c.pop("receipts/B1.tlog-proof"), "B1.tlog-proof is missing"),
    "one file more": (lambda c: c.update({"evidence/B9.txt": b"x"}), "B9.txt is in the zip but not in the manifest"),
    "another report": (lambda c: c.update({"custody.pdf": b"%PDF-1.7 falsk"}), "custody.pdf is not what"),
    "custody reordered": (with_manifest(lambda m: m["evidence"][0]["custody"].reverse()), "out of order"),
    "a step left out": (with_manifest(lambda m: m["evidence"][0]["custody"].pop(1)), "missing or out of order"),
    "a time moved": (
        with_manifest(lambda m: m["evidence"][0]["custody"][0].update({"at": "2030-01-01T00:00:00+00:00"})),
        "goes back in time",
    ),
    "a role changed": (
        with_manifest(lambda m: m["evidence"][0]["custody"][0].update({"role": "chair"})),
        "another manifest",
    ),
    "one piece left out": (with_manifest(lambda m: m["evidence"].pop()), "another manifest"),
    "the receipt of another": (
        lambda c: c.update({"receipts/B1.tlog-proof": c["receipts/B2.tlog-proof"]}),
        "B1: the log vouches for another file",
    ),
    "a manifest not canonical": (
        lambda c: c.update({"manifest.json": json.dumps(json.loads(c["manifest.json"]), indent=1).encode()}),
        "canonical",
    ),
    "another format": (with_manifest(lambda m: m.update({"format": "x"})), "no evidence package"),
    "no manifest": (lambda c: c.pop("manifest.json"), "manifest.json is missing"),
    "a receipt of nonsense": (lambda c: c.update({"receipts/B1.tlog-proof": b"hej"}), "B1.tlog-proof does not hold"),
    "a manifest that lacks": (with_manifest(lambda m: m["evidence"][0].pop("custody")), "lacks something"),
}


@pytest.mark.parametrize("lie", LIES)
def test_every_lie_is_named(package, lie):
    change, says = LIES[lie]
    path, key = package
    assert says in problems_of(rewritten(path, change), key)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(where=st.floats(0, 0.999), bit=st.integers(0, 7))
def test_no_flipped_bit_passes_unless_it_changes_nothing(package, where, bit):
    path, key = package
    data = bytearray(path.read_bytes())
    data[int(where * len(data))] ^= 1 << bit
    other = path.with_name("bit.zip")
    other.write_bytes(bytes(data))
    try:
        found = verify_package(other, log_key=key)
    except PackageBroken:
        return
    whole = verify_package(path, log_key=key)
    assert found == whole  # a bit of a date in the zip's own directory, which proves nothing


def test_a_changed_original_is_not_packed(town):
    with acting(town.manager.actor):
        first = Evidence.objects.filter(incident=town.incident).first()
        path = actions.path_of(town.org.pk, first.sha256)
        path.chmod(0o600)
        path.write_bytes(b"another")
        with pytest.raises(EvidenceChanged):
            packages.make_package(town.manager.actor, town.incident.pk)


def test_a_package_is_out_of_reach_for_others_and_empty_incidents_have_none(town):
    other = colleague(town.org, Role.SAFETY_REPRESENTATIVE)
    for who in (town.stranger, other):
        with acting(who.actor):
            for make in (packages.make_package, packages.make_custody_report):
                with pytest.raises(NotAllowed):
                    make(who.actor, town.incident.pk)
    with acting(town.worker.actor):
        empty = actions.report_incident(town.worker.actor, Report(kind="threat"))
        with pytest.raises(IncidentError):
            packages.make_package(town.worker.actor, empty.pk)


def test_the_pages_make_and_hand_out_a_package_and_a_report(town, tmp_path):
    client = Client()
    with acting(town.manager.actor):
        client.force_login(town.manager.person, backend="motkraft.people.login.Door")
    address = reverse("evidence_package", args=[town.incident.pk])
    assert client.get(address).status_code == 200
    assert client.post(address).status_code == 302
    with acting(town.manager.actor):
        (paper,) = packages.papers(town.manager.actor, town.incident, packages.PACKAGE)
    fetch = reverse("evidence_package_file", args=[town.incident.pk, paper.pk])
    assert client.post(fetch).status_code == 302  # the log is not signed yet
    publish(town.org.pk)
    answer = client.post(fetch)
    assert answer["Content-Type"] == "application/zip"
    content = b"".join(answer.streaming_content)
    assert len(content) == int(answer["Content-Length"])
    assert zipfile.ZipFile(io.BytesIO(content)).testzip() is None
    report = client.post(reverse("custody_report", args=[town.incident.pk]))
    assert b"".join(report.streaming_content).startswith(b"%PDF")
    assert SECRET not in report["Content-Disposition"]
    assert client.post(fetch.replace(str(paper.pk), str(town.incident.pk))).status_code == 404


def test_the_command_proves_a_package_without_a_database(package, monkeypatch):
    path, key = package

    def unwanted(*_args, **_values):
        raise AssertionError("the database was asked for")

    monkeypatch.setattr("motkraft.cli.verify.database", unwanted)
    run = CliRunner()
    good = run.invoke(app, ["verify", str(path), "--log-key", key, "--json"])
    assert good.exit_code == 0, good.output
    assert json.loads(good.output)["verdict"] == "proven"
    alone = run.invoke(app, ["verify", str(path)])
    assert alone.exit_code == 1
    assert "Nothing outside it vouches" in alone.output
    lied = run.invoke(app, ["verify", str(rewritten(path, LIES["a missing file"][0])), "--log-key", key])
    assert lied.exit_code == 1
    assert "B2.txt is missing" in lied.output
