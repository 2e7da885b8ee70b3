"""Custodians on machines of their own: share files, sealing again, drills; the server sees neither key nor share."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
import stat
import uuid
import zlib
from contextlib import AbstractContextManager
from pathlib import Path

import pyrage
import pytest
import time_machine
from click.testing import Result
from django.conf import settings
from django.db import DatabaseError, connection, transaction
from django.test import Client, override_settings
from django.urls import reverse
from django.utils import timezone
from typer.testing import CliRunner

from decisions.conftest import new_town
from decisions.shares import give
from factories import colleague, organisation
from motkraft.cli import custodian as _commands
from motkraft.cli.frame import app
from motkraft.decisions import actions
from motkraft.decisions.models import CustodianDrill, OpeningApproval, PublishedProof, Resealing, SealedRecord
from motkraft.decisions.rules import DecisionError
from motkraft.decisions.rules.custodians import code_sha256, is_drill_due, new_code
from motkraft.ledger import actions as actions_of_ledger
from motkraft.ledger import queries as ledger
from motkraft.ledger.models import Event
from motkraft.people.access import NotAllowed, Role, acting, at_the_door, system
from motkraft.sealing import SealedRecord as Sealed
from motkraft.sealing import (
    SealingError,
    bech32,
    generate_custodian,
    open_record,
    open_share,
    recipient_of,
    recovery_words,
    scan,
    seal,
)
from motkraft.sealing.record import FirstSealing, SealedShare
from motkraft.sealing.requests import CustodianShares, bundle_resealed, read_resealed
from motkraft.site.folders import Folders

assert _commands


def command(*arguments: object) -> Result:
    """`motkraft custodian`, on a custodian's own machine."""
    return CliRunner().invoke(app, ["custodian", *map(str, arguments)])


@pytest.fixture(scope="module")
def issued(django_db_setup, django_db_blocker, tmp_path_factory):
    """A town with one issued decision, and its folders: made once, undone at the end."""
    folders = Folders(tmp_path_factory.mktemp("town") / "var").prepare(least_free=0)
    with django_db_blocker.unblock():
        with transaction.atomic(), override_settings(MOTKRAFT_FOLDERS=folders):
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr("motkraft.sealing.scan", lambda *_args, **_fields: [])
                town = new_town()
                town.decision = town.issued()
            yield town, folders
            transaction.set_rollback(True)
        connection.close()


@pytest.fixture
def town(issued, django_db_blocker):
    """One town for all tests; what a test does is undone."""
    made, folders = issued
    with django_db_blocker.unblock(), override_settings(MOTKRAFT_FOLDERS=folders), transaction.atomic():
        yield made
        transaction.set_rollback(True)


@pytest.fixture
def keys(town, tmp_path) -> list[Path]:
    """The custodians' key files."""
    files = [tmp_path / f"key{number}.txt" for number in range(3)]
    for file, identity in zip(files, town.identities, strict=True):
        file.write_text(f"# a key\n{identity}\n")
    return files


def ask(town):
    actions_of_ledger.publish(town.organisation.pk)
    return town.run(
        town.registrar, actions.request_opening, town.decision, legal_basis="court", reason="Rätten begär originalet."
    )


def give_offline(town, request, keys, number, folder) -> None:
    """Fetch the request, make shares on a machine without network, bring them back."""
    asked, given = folder / "begaran.json", folder / f"andelar{number}.json"
    asked.write_bytes(town.run(town.custodians[number], actions.request_file, request).to_json())
    done = command("open", asked, "--identity", keys[number], "-o", given)
    assert done.exit_code == 0, (done.output, done.exception)
    town.run(town.custodians[number], actions.approve_opening, request, given=given.read_text())


# -- share files


def test_two_share_files_made_offline_open_the_record_and_the_server_can_read_neither(town, keys, tmp_path):
    request, identity = ask(town)
    give_offline(town, request, keys, 0, tmp_path)
    give_offline(town, request, keys, 1, tmp_path)
    with acting(town.registrar.actor):
        kept = json.dumps([row.shares for row in OpeningApproval.objects.filter(request=request)])
    assert "academic" not in kept  # a word that every SLIP-39 share of ours would hold in plain text
    opened = town.run(town.registrar, actions.open_records, request, identity=identity)
    assert {leak.term for leak in scan(opened["original"].payload, town.names)} == {0, 1, 2}
    assert set(opened) == {"original", "trail"}


def test_a_share_file_counts_for_its_request_its_custodian_and_its_records_alone(town, keys, tmp_path):
    request, _identity = ask(town)
    other, _other = ask(town)
    asked, given = tmp_path / "r.json", tmp_path / "s.json"
    asked.write_bytes(town.run(town.custodians[0], actions.request_file, request).to_json())
    command("open", asked, "--identity", keys[0], "-o", given)
    text = given.read_text()
    with pytest.raises(DecisionError, match="another request"):
        town.run(town.custodians[0], actions.approve_opening, other, given=text)
    with pytest.raises(DecisionError, match="another custodian"):
        town.run(town.custodians[1], actions.approve_opening, request, given=text)
    shares = CustodianShares.from_json(given.read_bytes())
    fewer = CustodianShares(shares.request, shares.custodian, dict(list(shares.shares.items())[:1]))
    with pytest.raises(DecisionError, match="lacks a record"):
        town.run(town.custodians[0], actions.approve_opening, request, given=fewer.to_json().decode())
    for broken in (text[:-9], text.replace("custodian-shares/1", "custodian-shares/9"), "{}", "{" * 5_000):
        with pytest.raises(SealingError):
            town.run(town.custodians[0], actions.approve_opening, request, given=broken)


def test_a_share_that_is_noise_is_told_from_a_browser_without_the_key(town, keys, tmp_path):
    request, identity = ask(town)
    give_offline(town, request, keys, 0, tmp_path)
    with acting(town.registrar.actor):
        rows = [actions.as_sealed_now(row) for row in town.decision.records.all()]
    noise = {row.sha256: pyrage.encrypt(b"noise", [pyrage.x25519.Identity.generate().to_public()]) for row in rows}
    who = town.custodians[1]
    shares = CustodianShares(str(request.pk), str(who.actor.person_id), noise)
    town.run(who, actions.approve_opening, request, given=shares.to_json().decode())
    with pytest.raises(DecisionError, match="A share that was given cannot be read"):
        town.run(town.registrar, actions.open_records, request, identity=identity)


def test_what_is_opened_is_the_committed_one_that_stands_in_the_signed_log(town, keys, tmp_path, monkeypatch):
    request, identity = ask(town)
    for number in (0, 1):
        give_offline(town, request, keys, number, tmp_path)
    actions_of_ledger.publish(town.organisation.pk)
    assert town.run(town.registrar, actions.open_records, request, identity=identity)["original"].payload
    with acting(town.registrar.actor):
        other = Event.objects.filter(organisation=town.organisation, index__isnull=False).order_by("index").first()
        wrong = ledger.receipt(town.registrar.actor, other)
    monkeypatch.setattr(ledger, "receipt", lambda *_of: wrong)
    with pytest.raises(DecisionError, match="log does not confirm"):
        town.run(town.registrar, actions.open_records, request, identity=identity)


def test_a_record_that_the_log_does_not_name_is_not_opened_even_when_it_opens(town, monkeypatch):
    """Anyone can seal to the custodians' public keys: whoever writes in the database could swap who handled it."""
    with acting(town.registrar.actor):
        row = town.decision.records.get(kind="trail")
        old = Sealed.from_json(bytes(row.record))
        recipients = {share.custodian: share.recipient for share in old.shares}
        forged = seal(b'{"persons": []}', recipients, record_id=old.record_id)
    read = SealedRecord.from_db.__func__

    def swapped(cls, *values):  # as its owner could swap it in the database: the application's role cannot
        found = read(cls, *values)
        if found.pk == row.pk:
            found.record, found.sha256 = forged.to_json(), forged.sha256
            found.commitment = forged.commitment.hex()
        return found

    monkeypatch.setattr(SealedRecord, "from_db", classmethod(swapped))
    request, identity = ask(town)
    for number in (0, 1):
        give(town, request, number)
    with pytest.raises(DecisionError, match="not the one that was committed to"):
        town.run(town.registrar, actions.open_records, request, identity=identity)


def test_after_its_time_no_shares_are_made(town, keys, tmp_path):
    request, _identity = ask(town)
    asked = tmp_path / "r.json"
    asked.write_bytes(town.run(town.custodians[0], actions.request_file, request).to_json())
    with time_machine.travel(timezone.now() + dt.timedelta(hours=9)):
        refused = command("open", asked, "--identity", keys[0], "-o", tmp_path / "s.json")
    assert refused.exit_code != 0 and "run out" in refused.exception.message
    assert not (tmp_path / "s.json").exists()


def test_a_recovery_sheet_opens_as_its_key_does_from_its_line_or_its_words(town, keys, tmp_path):
    pdf = tmp_path / "sheet.pdf"
    assert command("sheet", "--identity", keys[0], "-o", pdf).exit_code == 0
    assert stat.S_IMODE(pdf.stat().st_mode) == 0o600
    text = os.popen(f"pdftotext -layout {pdf} -").read()
    words = [word for _n, word in sorted((int(n), word) for n, word in re.findall(r"(\d+)\.\s+([a-z]+)\b", text))]
    assert town.identities[0] in text and len(words) >= 33
    english = tmp_path / "english.pdf"
    assert command("sheet", "--identity", keys[0], "-o", english, "--lang", "en").exit_code == 0
    assert "Recovery sheet" in os.popen(f"pdftotext -layout {english} -").read() and "Återställningsblad" in text
    assert command("sheet", "--identity", keys[0], "-o", tmp_path / "no.pdf", "--lang", "de").exit_code == 1
    record = tmp_path / "record.json"
    with acting(town.registrar.actor):
        record.write_bytes(bytes(SealedRecord.objects.get(decision=town.decision, kind="original").record))
    numbered = "\n".join(f"{n}. {word}" for n, word in enumerate(recovery_words(town.identities[0]).split(), 1))
    for number, content in enumerate((town.identities[0], numbered, numbered.upper())):
        sheet = tmp_path / f"typed{number}"
        sheet.write_text(content)
        done = command("open", record, "--identity", sheet, "--identity", keys[1], "-o", tmp_path / f"o{number}")
        assert done.exit_code == 0, done.exception
    wrong = tmp_path / "wrong"
    wrong.write_text(numbered.replace(numbered.split()[-1], "academic"))
    refused = command("open", record, "--identity", wrong, "--identity", keys[1], "-o", tmp_path / "no")
    assert "misspelt" in refused.exception.message


# -- sealing again


def new_custodian(town, number: int):
    """Custodian ``number`` gets a new key; gives the old and the new identity."""
    identity, recipient = generate_custodian()
    town.run(town.custodians[number], actions.register_key, recipient=recipient)
    return identity


def reseal(town, keys, folder) -> bytes:
    """Custodian 0 fetches, custodian 1 gives shares, custodian 0 seals again."""
    asked = folder / "omforsegling.json"
    asked.write_bytes(town.run(town.custodians[0], actions.reseal_file).to_json())
    assert command("open", asked, "--identity", keys[1], "-o", folder / "b.json").exit_code == 0
    done = command(
        "reseal", asked, "--identity", keys[0], "--shares", folder / "b.json", "-o", folder / "resealed.json"
    )
    assert done.exit_code == 0, done.exception
    return (folder / "resealed.json").read_bytes()


def test_records_are_sealed_to_a_new_key_without_opening_and_count_once_checked(town, keys, tmp_path):
    with acting(town.registrar.actor):
        before = {row.kind: Sealed.from_json(bytes(row.record)) for row in town.decision.records.all()}
        proof = PublishedProof.objects.get(public_id=town.decision.public_id).commitment
    fresh = new_custodian(town, 2)
    assert len(town.run(town.custodians[0], actions.to_reseal)) == 2
    data = reseal(town, keys, tmp_path)
    made = town.run(town.custodians[0], actions.take_resealed, data)
    assert len(made) == 2
    assert len(town.run(town.custodians[0], actions.to_reseal)) == 2, "nothing counts before it is checked"
    fetched = [row.sha256 for row in made]
    with pytest.raises(DecisionError, match="Another of the new custodians"):
        town.run(town.custodians[0], actions.confirm_resealed, fetched)
    with pytest.raises(DecisionError, match="Fetch the resealed records first"):
        town.run(town.custodians[2], actions.confirm_resealed, [before["original"].sha256])

    key = tmp_path / "fresh.txt"
    key.write_text(fresh)
    checked = command("check", tmp_path / "resealed.json", "--identity", key, "--identity", keys[1])
    assert checked.exit_code == 0 and checked.output.count("Opens") == 2
    assert town.run(town.custodians[2], actions.confirm_resealed, fetched) == 2
    assert town.run(town.custodians[0], actions.to_reseal) == []
    with acting(town.registrar.actor):
        now = {row.kind: actions.as_sealed_now(row) for row in town.decision.records.all()}
    after = Sealed.from_json(bytes(now["original"].record))
    assert after.ciphertext == before["original"].ciphertext
    assert after.commitment.hex() == proof == before["original"].commitment.hex()

    request, identity = ask(town)  # opened with the new key and one that stayed
    give(town, request, 2, fresh)
    give(town, request, 1)
    assert town.run(town.registrar, actions.open_records, request, identity=identity)["trail"].payload

    # The former key gets nothing here any more; with the old record in hand, two former keys still open it.
    again, _identity = ask(town)
    with pytest.raises(SealingError):
        give(town, again, 2)
    custodians = before["original"].custodians
    own = {recipient_of(each): each for each in town.identities}
    old = [open_share(before["original"], s.custodian, own[s.recipient]) for s in before["original"].shares]
    assert len(custodians) == 3 and open_record(before["original"], old[1:]).payload
    new = [open_share(after, str(town.custodians[1].actor.person_id), town.identities[1])]
    with pytest.raises(SealingError):
        open_record(after, [new[0], old[2]])  # an old share and a new one do not go together


def test_what_comes_back_must_be_the_same_record_sealed_to_todays_custodians(town, keys, tmp_path):
    new_custodian(town, 2)
    data = reseal(town, keys, tmp_path)
    (first, _trail) = read_resealed(data)
    stranger = generate_custodian()[1]

    def changed(**fields) -> bytes:
        values = {name: getattr(first, name) for name in Sealed.__dataclass_fields__}
        return bundle_resealed([Sealed(**{**values, **fields})])

    swapped = tuple(
        SealedShare(s.custodian, stranger if n == 0 else s.recipient, s.ciphertext) for n, s in enumerate(first.shares)
    )
    old = first.first
    for bad in (
        changed(ciphertext=first.ciphertext[:-1] + b"x"),
        changed(commitment=bytes(32)),
        changed(record_id="other"),
        changed(shares=swapped),
        changed(threshold=3),
        changed(first=FirstSealing(old.threshold, old.custodians, old.key, "0" * 64)),
        changed(first=FirstSealing(3, old.custodians, old.key, old.replaces)),
        changed(first=None),
        data[:-20],
        b"{}",
    ):
        with pytest.raises((SealingError, DecisionError)):
            town.run(town.custodians[0], actions.take_resealed, bad)
    with acting(town.registrar.actor):
        assert not Resealing.objects.exists()
    with pytest.raises(NotAllowed):
        town.run(town.registrar, actions.take_resealed, data)
    town.run(town.custodians[0], actions.take_resealed, data)
    with acting(town.registrar.actor):
        for statement in ("DELETE FROM decisions_resealing", "UPDATE decisions_resealing SET sha256 = 'x'"):
            with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(statement)


def test_nobody_registers_another_custodians_key(town):
    """With one key twice nothing could be sealed any more, and one person could hold two shares."""
    taken = recipient_of(town.identities[0])
    with pytest.raises(DecisionError, match="another custodian's"):
        town.run(town.custodians[2], actions.register_key, recipient=f" {taken.upper()}")
    page = pages(town.custodians[2]).post(
        reverse("custodian_key"), {"recipient": taken}, headers={"accept-language": "sv"}
    )
    assert "en annan nyckelförvaltares" in page.content.decode()
    town.run(town.custodians[0], actions.register_key, recipient=taken)
    nowhere = bech32.encode("age1nowhere", bytes(32))  # a plugin's key is tried before anything is sealed to it
    page = pages(town.custodians[2]).post(
        reverse("custodian_key"), {"recipient": nowhere}, headers={"accept-language": "sv"}
    )
    assert page.status_code == 422 and "behöver servern programmet age" in page.content.decode()


def test_shares_for_another_custodian_cannot_be_used_to_reseal(town, keys, tmp_path):
    new_custodian(town, 2)
    asked = tmp_path / "r.json"
    asked.write_bytes(town.run(town.custodians[0], actions.reseal_file).to_json())
    command("open", asked, "--identity", keys[1], "-o", tmp_path / "b.json")
    refused = command("reseal", asked, "--identity", keys[2], "--shares", tmp_path / "b.json", "-o", tmp_path / "x")
    assert "another custodian's key" in refused.exception.message
    alone = command("reseal", asked, "--identity", keys[0], "-o", tmp_path / "x")
    assert "2 different shares" in alone.exception.message


# -- drills


def test_a_drill_of_a_loss_is_done_with_one_key_and_anothers_recovery_sheet(town, keys, tmp_path):
    drill = town.run(town.registrar, actions.start_drill, "loss")
    sheet = tmp_path / "sheet.txt"
    numbered = enumerate(recovery_words(town.identities[2]).split(), 1)
    sheet.write_text("\n".join(f"{n}. {word}" for n, word in numbered))
    record, out = tmp_path / "d.json", tmp_path / "code"
    record.write_bytes(bytes(drill.record))
    assert command("open", record, "--identity", keys[0], "-o", out).exit_code != 0, "one key alone opens nothing"
    assert command("open", record, "--identity", keys[0], "--identity", sheet, "-o", out).exit_code == 0
    who = [str(town.custodians[number].actor.person_id) for number in (0, 2)]
    spare = str(town.custodians[1].actor.person_id)
    for code, people, of in (
        (new_code(), who, who[1]),
        (out.read_text(), who[:1], who[0]),
        (out.read_text(), ["x", "y"], "x"),
        (out.read_text(), who, ""),  # with two keys nothing of a loss was exercised
        (out.read_text(), who, spare),
    ):
        with pytest.raises(DecisionError):
            town.run(town.registrar, actions.finish_drill, drill, code=code, took_part=people, sheet=of)
    fields = {"code": out.read_text().lower(), "took_part": who, "sheet": who[1]}
    done = town.run(town.registrar, actions.finish_drill, drill, **fields)
    with acting(town.registrar.actor):
        assert Event.objects.get(subject_id=drill.pk, type="custodian.drill_finished").data["sheet"] == who[1]
    assert "återställningsbladet" in pages(town.registrar).get(reverse("custodians")).content.decode()
    assert done.finished_at and done.took_part == sorted(who)
    assert out.read_text().strip() not in str(done.__dict__)
    with pytest.raises(DecisionError, match="done already"):
        town.run(town.registrar, actions.finish_drill, drill, **fields)
    with pytest.raises(NotAllowed):
        town.run(town.chair, actions.start_drill, "loss")


def test_a_drill_is_due_when_none_was_done_within_a_year():
    now = timezone.now()
    assert is_drill_due(None, now) and is_drill_due(now - dt.timedelta(days=366), now)
    assert not is_drill_due(now - dt.timedelta(days=364), now)
    assert code_sha256("abc") == ""


# -- pages


def pages(who) -> Client:
    client = Client()
    client.force_login(who.person)
    return client


def test_the_page_of_custodians_leads_through_resealing_and_a_drill(town, keys, tmp_path):
    new_custodian(town, 2)
    first, third, registrar = pages(town.custodians[0]), pages(town.custodians[2]), pages(town.registrar)
    shown = first.get(reverse("custodians")).content.decode()
    assert "motkraft custodian reseal" in shown and "ds-alert" in shown
    asked = first.get(reverse("reseal_file"))
    assert asked["Cache-Control"] == "no-store"
    (tmp_path / "r.json").write_bytes(asked.content)
    command("open", tmp_path / "r.json", "--identity", keys[1], "-o", tmp_path / "b.json")
    command("reseal", tmp_path / "r.json", "--identity", keys[0], "--shares", tmp_path / "b.json", "-o", tmp_path / "n")
    wrong = first.post(reverse("reseal_take"), {"file": (tmp_path / "b.json").open("rb")})
    assert wrong.status_code == 422
    assert first.post(reverse("reseal_take"), {"file": (tmp_path / "n").open("rb")}).status_code == 302
    assert third.get(reverse("reseal_check_file")).status_code == 200
    assert third.get(reverse("reseal_confirm")).status_code == 200
    assert third.post(reverse("reseal_confirm")).status_code == 302
    with acting(town.registrar.actor):
        assert Resealing.objects.exclude(confirmed_at=None).count() == 2
    assert registrar.get(reverse("reseal_file")).status_code == 404
    begun = registrar.post(reverse("custodian_drill_new"), {"kind": "opening"})
    assert registrar.get(begun.url).status_code == 200
    assert registrar.post(begun.url, {"code": "fel"}).status_code == 422
    with acting(town.registrar.actor):
        drill = CustodianDrill.objects.get()
    assert registrar.get(reverse("custodian_drill_file", args=[drill.pk])).content == bytes(drill.record)
    assert pages(town.worker).get(reverse("custodians")).status_code == 404
    request, _identity = ask(town)
    page = first.get(reverse("opening_give", args=[request.pk])).content.decode()
    assert reverse("opening_file", args=[request.pk]) in page
    assert registrar.get(reverse("opening_file", args=[request.pk])).status_code == 404
    assert first.get(reverse("opening_list")).status_code == 200


def test_another_organisation_finds_neither_drill_nor_request(town):
    other = colleague(organisation(), Role.CUSTODIAN)
    drill = town.run(town.registrar, actions.start_drill, "opening")
    request, _identity = ask(town)
    client = pages(other)
    for name, key in (("custodian_drill", drill), ("custodian_drill_file", drill), ("opening_file", request)):
        assert client.get(reverse(name, args=[key.pk])).status_code == 404


# -- everything that a thief of the database and the disk holds


def every_row(*eyes: AbstractContextManager[None]) -> dict[str, set[bytes]]:
    """The raw binary form of every table, as each of these sees it; a table that cannot be read is an error."""
    found: dict[str, set[bytes]] = {}
    for seeing in eyes:
        with seeing, connection.cursor() as cursor:
            cursor.execute(
                "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'm')"
            )
            for (table,) in cursor.fetchall():
                with cursor.copy(f'COPY (SELECT * FROM "{table}") TO STDOUT (FORMAT binary)') as out:
                    found.setdefault(table, set()).add(b"".join(bytes(block) for block in out))
    return found


def layers(data: bytes) -> list[bytes]:
    """The bytes, and what each zlib stream in them unfolds to."""
    found = [data]
    for match in re.finditer(rb"\x78[\x01\x5e\x9c\xda]", data):
        try:
            found.append(zlib.decompressobj().decompress(data[match.start() :], 5_000_000))
        except zlib.error:
            continue
    return found


def spellings(name: str) -> list[bytes]:
    """A name in every encoding that a file or a row might hold it in."""
    plain = [name.encode(code) for code in ("utf-8", "utf-16-le", "utf-16-be", "latin-1", "cp1252", "utf-7")]
    hexed = [name.encode(code).hex() for code in ("utf-8", "utf-16-be", "latin-1")]
    written = [json.dumps(name)[1:-1], *hexed, *(each.upper() for each in hexed)]
    return list(dict.fromkeys([*plain, *(each.encode() for each in written)]))


def test_a_thief_of_database_disk_and_server_keys_finds_no_name_of_the_decision(town):
    other = organisation()
    organisations = (acting(system(place.pk)) for place in (town.organisation, other))
    tables = every_row(acting(town.worker.actor), *organisations, acting(None, person_id=uuid.uuid4()), at_the_door())
    assert len(tables) > 100 and town.decision.reference.encode() in b"".join(tables["decisions_decision"])
    files = {path: path.read_bytes() for path in settings.MOTKRAFT_FOLDERS.root.rglob("*") if path.is_file()}
    parts = {**{str(path): {data} for path, data in files.items()}, **tables}
    names = [part for name in town.names for part in (name, name.split()[-1])]
    wanted = [spelling for name in names for spelling in spellings(name)]
    unfolded = 0
    for where, blocks in parts.items():
        for data in (layer for block in blocks for layer in layers(block)):
            unfolded += 1
            assert not [each for each in wanted if each in data], where
    assert unfolded > len(parts), "at least the notice's streams were unfolded"

    # With the server's keys the names of employees can be read, but no row joins one to the decision.
    who = [str(each.person.pk) for each in (town.worker, town.second, town.chair)]
    seen = 0
    with acting(town.worker.actor), connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            for (row,) in cursor.fetchall():
                if str(town.decision.pk) in row:
                    seen += 1
                    assert not [each for each in who if each in row], table
    assert seen > 5
