"""A decision that the product made, verified with public tools only: openssl, pdfsig, age, Go's reference library."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from decisions.conftest import Town, new_town
from motkraft.decisions import actions, queries
from motkraft.decisions.models import Decision, PublishedProof, SealedRecord
from motkraft.ledger.actions import publish
from motkraft.people.access import acting

HERE = Path(__file__).parent / "public"
GOCODE = Path("/usr/share/gocode")
TOOLS = ("openssl", "pdfsig", "age", "age-keygen", "jq", "xxd", "go")
MISSING = [tool for tool in TOOLS if shutil.which(tool) is None]
if not (GOCODE / "src/golang.org/x/mod/sumdb/tlog").is_dir():
    MISSING.append("golang-golang-x-mod-dev")
if MISSING:
    if os.environ.get("CI") == "true":
        pytest.fail(f"Missing: {', '.join(MISSING)}. scripts/tools installs them.", pytrace=False)
    pytest.skip(f"Verification with public tools is NOT tested: no {', '.join(MISSING)}", allow_module_level=True)

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def logcheck(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Go program, compiled offline against Debian's source of golang.org/x/mod."""
    folder = tmp_path_factory.mktemp("go")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GOCACHE": str(folder / "cache"),
        "GOPATH": str(GOCODE),
        "GO111MODULE": "off",
        "GOFLAGS": "",
        "GOPROXY": "off",
        "CGO_ENABLED": "0",
    }
    made = folder / "logcheck"
    subprocess.run(
        ["go", "build", "-o", made, HERE / "logcheck.go"], check=True, env=environment, capture_output=True, text=True
    )
    return made


@pytest.fixture
def case(tmp_path: Path) -> Path:
    """What somebody who got a notice has, in a folder: the files that are handed out or published."""
    town: Town = new_town()
    decision: Decision = town.issued()
    publish(town.organisation.pk)
    folder = tmp_path / "case"
    folder.mkdir()
    with acting(town.registrar.actor):
        notice = queries.notice_file(Decision.objects.get(pk=decision.pk))
        row = PublishedProof.objects.get(public_id=decision.public_id)
        record = SealedRecord.objects.get(decision=decision, kind="original")
    assert notice is not None
    shutil.copy(notice, folder / "notice.pdf")
    publication = queries.publication(row)
    (folder / "receipt.tlog-proof").write_text(publication.to_receipt())
    (folder / "log.vkey").write_text(publication.log_key)
    (folder / "roots.pem").write_bytes(b"".join(actions.eseal_roots()))
    (folder / "record.json").write_bytes(bytes(record.record))
    (folder / "identity.txt").write_text(town.identities[0] + "\n")
    from django.conf import settings

    shutil.copytree(settings.MOTKRAFT_FOLDERS.logs / town.organisation.code, folder / "log")
    return folder


def _verify(case: Path, logcheck: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", HERE / "verify.sh", case],
        env={"PATH": os.environ["PATH"], "HOME": str(case), "LOGCHECK": str(logcheck), "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=False,
    )


def test_public_tools_verify_a_decision_and_see_a_change(case: Path, logcheck: Path) -> None:
    found = _verify(case, logcheck)
    assert found.returncode == 0, found.stdout + found.stderr
    assert [line.partition(": ")[0] for line in found.stdout.splitlines()] == ["shown"] * 6
    for name, position in (
        ("notice.pdf", 5000),
        ("receipt.tlog-proof", 60),
        ("receipt.tlog-proof", -20),
        ("log/checkpoint", 30),
        ("log/tile/0/000.p", 40),
        ("record.json", -80),
    ):
        path = case / name
        if path.is_dir():
            path = max(path.iterdir(), key=lambda file: int(file.name))
        kept = path.read_bytes()
        changed = bytearray(kept)
        changed[position] ^= 1
        path.write_bytes(changed)
        assert _verify(case, logcheck).returncode != 0, name
        path.write_bytes(kept)
