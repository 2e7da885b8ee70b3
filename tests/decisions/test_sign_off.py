"""A sign-off by passkey is of one text, by one person, for one address, and can be verified from the record alone."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import io
import json
import random
import re
import subprocess
from pathlib import Path

import pikepdf
import pypdf
import pytest
import rfc8785
from typer.testing import CliRunner

from decisions.authenticator import ORIGIN, PRESENT, RP_ID, Passkey
from motkraft.cli import verify as _commands  # noqa: F401  # the command registers itself
from motkraft.cli.frame import app
from motkraft.decisions import actions
from motkraft.decisions.actions.sign_off import Assertion, to_sign
from motkraft.decisions.models import Decision, SealedRecord, SignOff
from motkraft.decisions.rules import NotReady, State, open_offline
from motkraft.decisions.rules.sign_off import DECIDER, HANDLER, TEXT_NAME, check_trail, is_trail, statement
from motkraft.people.access import acting, system
from motkraft.sealing.sign_off import SignOff as Signed
from motkraft.sealing.sign_off import SignOffRejected, challenge, sign_off_from_browser, verify_sign_off

SAID = statement(
    organisation="0114",
    decision="K7F2XM3QW9RT4BCD",
    type_code="OMH",
    part=HANDLER,
    body="",
    text_sha256="a" * 64,
    day=dt.date(2026, 11, 22),
    nonce="0" * 64,
)


def signed(passkey: Passkey, said=SAID, **how) -> Signed:
    own = {passkey.credential_id: (rfc_cbor(passkey), bytes(passkey.attestation()))}
    return sign_off_from_browser(
        passkey.sign(said, **how), statement=said, credentials=own, rp_id=RP_ID, origin=ORIGIN
    )


def rfc_cbor(passkey: Passkey) -> bytes:
    from fido2 import cbor

    return cbor.encode(dict(passkey.cose))


def test_the_challenge_is_the_hash_of_the_statement():
    canonical = json.dumps(SAID, sort_keys=True, separators=(",", ":")).encode()
    assert canonical == rfc8785.dumps(SAID)
    assert challenge(SAID) == hashlib.sha256(canonical).digest()


def test_a_sign_off_holds_and_can_be_read_back():
    made = signed(Passkey())
    again = Signed.from_parsed(json.loads(json.dumps(made.to_parsed())))
    assert verify_sign_off(again).statement == SAID


@pytest.mark.parametrize(
    ("why", "how"),
    [
        ("origin", {"origin": "https://elsewhere.example"}),
        ("origin", {"rp_id": "elsewhere.example"}),
        ("origin", {"cross_origin": True}),
        ("verification", {"flags": PRESENT}),
        ("presence", {"flags": 0}),
        ("type", {"kind": "webauthn.create"}),
    ],
)
def test_what_was_asked_for_in_another_way_is_refused(why, how):
    with pytest.raises(SignOffRejected) as error:
        signed(Passkey(), **how)
    assert error.value.data["why"] == why


@pytest.mark.parametrize("changed", [{"text_sha256": "b" * 64}, {"part": DECIDER}, {"decision": "X"}, {"nonce": "1"}])
def test_a_signature_of_another_statement_is_refused(changed):
    passkey = Passkey()
    own = {passkey.credential_id: (rfc_cbor(passkey), b"")}
    with pytest.raises(SignOffRejected) as error:
        sign_off_from_browser(
            passkey.sign(SAID), statement=SAID | changed, credentials=own, rp_id=RP_ID, origin=ORIGIN
        )
    assert error.value.data["why"] == "challenge"


def test_another_persons_passkey_and_a_swapped_key_are_refused():
    passkey, other = Passkey(), Passkey()
    for own, why in (
        ({other.credential_id: (rfc_cbor(other), b"")}, "credential"),
        ({passkey.credential_id: (rfc_cbor(other), b"")}, "signature"),
    ):
        with pytest.raises(SignOffRejected) as error:
            sign_off_from_browser(passkey.sign(SAID), statement=SAID, credentials=own, rp_id=RP_ID, origin=ORIGIN)
        assert error.value.data["why"] == why


def test_each_flipped_byte_of_a_sign_off_is_refused():
    whole, dice = json.dumps(signed(Passkey()).to_parsed()).encode(), random.Random(20)
    for place in range(len(whole)):
        bad = bytearray(whole)
        bad[place] ^= 1 << dice.randrange(8)
        try:
            parsed = json.loads(bad)
        except ValueError:
            continue
        with pytest.raises(SignOffRejected):
            verify_sign_off(Signed.from_parsed(parsed))


def test_openssl_alone_verifies_a_sign_off(tmp_path):
    record = signed(Passkey()).to_parsed()

    def raw(name: str) -> bytes:
        return base64.urlsafe_b64decode(record[name] + "=" * (-len(record[name]) % 4))

    (tmp_path / "key.pem").write_text(record["public_key_pem"])
    (tmp_path / "signature").write_bytes(raw("signature"))
    client = hashlib.sha256(raw("client_data")).digest()
    (tmp_path / "signed").write_bytes(raw("authenticator_data") + client)
    command = ["openssl", "dgst", "-sha256", "-verify", "key.pem", "-signature", "signature", "signed"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout.strip() == "Verified OK"
    asked = json.loads(raw("client_data"))["challenge"]
    statement_hash = hashlib.sha256(rfc8785.dumps(record["statement"])).digest()
    assert asked == base64.urlsafe_b64encode(statement_hash).decode().rstrip("=")


# -- in a municipality that asks for passkeys


@pytest.fixture
def strict(town):
    """The town, from now on with passkeys for everybody."""
    admin = system(town.organisation.pk)
    with acting(admin):
        actions.set_policy(
            admin, handlers=2, experienced_from="", handlers_sign=True, deciders_sign=True, reason="Skarp drift"
        )
    return town


def assertion(town, who, passkey, decision, **said) -> Assertion:
    with acting(who.actor):
        wanted = to_sign(who.actor, Decision.objects.get(pk=decision.pk), **({"part": HANDLER} | said))
    return Assertion(wanted, passkey.sign(wanted), RP_ID, ORIGIN)


def approve(town, who, passkey, decision):
    given = assertion(town, who, passkey, decision)
    return town.run(who, actions.approve, decision, text_sha256=town.text(decision), assertion=given)


def _another_text_is_told(folder, opened: bytes, original: bytes) -> None:
    """Another text in the original fails; an original from before it carried any is not compared."""
    other, old = io.BytesIO(), io.BytesIO()
    with pikepdf.open(io.BytesIO(original)) as pdf:
        (name,) = pdf.attachments
        pdf.attachments[name] = pikepdf.AttachedFileSpec(pdf, b'{"content":"Annat."}', filename=TEXT_NAME)
        pdf.save(other)
        del pdf.attachments[name]
        pdf.save(old)
    assert not check_trail(opened, other.getvalue()).holds
    assert check_trail(opened, old.getvalue()).original == "not compared" and check_trail(opened, old.getvalue()).holds
    (folder / "trail.txt").write_bytes(opened)
    for pdf, status, words in ((original, 0, "this very text"), (other, 1, "another text"), (old, 0, "Not compared")):
        file = folder / "given.pdf"
        file.write_bytes(pdf if isinstance(pdf, bytes) else pdf.getvalue())
        said = CliRunner().invoke(app, ["verify", str(folder / "trail.txt"), "--original", str(file)])
        assert (said.exit_code, words in said.output) == (status, True), said.output


def test_the_page_of_the_format_shows_a_text_and_its_hash():
    page = (Path(__file__).parents[2] / "docs" / "formats" / "sign-off.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```text\n(.*?)\n```", page, re.DOTALL)
    assert rfc8785.dumps(json.loads(text)).decode() == text
    assert hashlib.sha256(text.encode()).hexdigest() in page


def test_who_signed_which_text_is_read_from_the_opened_record_and_nowhere_else(strict, tmp_path):
    town = strict
    keys = {who.person.pk: Passkey().register(who) for who in (town.worker, town.second, town.chair)}
    decision = town.draft()
    town.run(town.worker, actions.submit, decision)
    for who in (town.worker, town.second):
        decision = approve(town, who, keys[who.person.pk], decision)
    assert decision.state == State.READY
    given = assertion(town, town.chair, keys[town.chair.person.pk], decision, part=DECIDER, body="chair")
    decision = town.run(
        town.chair,
        actions.decide,
        decision,
        body="chair",
        urgency="I kväll",
        text_sha256=town.text(decision),
        assertion=given,
    )
    town.assess_all(decision)
    town.run(town.worker, actions.finalise, decision)
    with acting(town.worker.actor):
        assert not SignOff.objects.filter(decision=decision).exists(), "sealed, and nowhere else"
        record = bytes(SealedRecord.objects.get(decision=decision, kind="trail").record)
    opened = open_offline(record, identities=town.identities[:2]).payload
    assert is_trail(opened)
    found = check_trail(opened)
    assert found.holds and found.decision == decision.public_id
    assert [(line.state, line.part, line.name) for line in found.sign_offs] == [
        ("signed", HANDLER, "Ingrid Lindqvistpåhitt-Demo"),
        ("signed", HANDLER, "Sven O'Harapåhitt-Demo"),
        ("signed", DECIDER, "Ulla Ordförandepåhitt-Demo"),
    ]
    assert found.sign_offs[2].body == "chair" and found.sign_offs[2].mandate["reference"] == "KF § 1"
    with acting(town.worker.actor):
        record = bytes(SealedRecord.objects.get(decision=decision, kind="original").record)
    original = open_offline(record, identities=town.identities[:2]).payload
    assert found.original == "not compared"
    assert check_trail(opened, original).original == "same" and check_trail(opened, original).holds
    shown = " ".join(pypdf.PdfReader(io.BytesIO(original)).pages[0].extract_text().split())
    for row in ("Beslutat som Nämndens ordförande", "Rätten att besluta LVU 6 § 2 st", "KF § 1, "):
        assert row in shown, f"as what one decided, by which right and by which line of the list: {shown}"
    (tmp_path / "original.pdf").write_bytes(original)
    subprocess.run(["pdfdetach", "-save", "1", "-o", "text.json", "original.pdf"], cwd=tmp_path, check=True)
    assert hashlib.sha256((tmp_path / "text.json").read_bytes()).hexdigest() == found.text_sha256
    _another_text_is_told(tmp_path, opened, original)
    swapped = json.loads(opened)
    swapped["sign_offs"][0]["sign_off"]["statement"]["text_sha256"] = "0" * 64
    assert not check_trail(json.dumps(swapped).encode()).holds


def test_a_text_that_changed_takes_the_sign_off_with_it(strict):
    town, passkey = strict, Passkey().register(strict.worker)
    decision = town.draft()
    town.run(town.worker, actions.submit, decision)
    given = assertion(town, town.worker, passkey, decision)
    town.run(town.worker, actions.edit_text, decision, content="Annat.", reasons="Andra skäl.", provisions=["LVU 6 §"])
    with pytest.raises(SignOffRejected) as error:
        town.run(town.worker, actions.approve, decision, text_sha256=town.text(decision), assertion=given)
    assert error.value.data["why"] == "challenge", "an assertion for the old text is no sign-off of the new"


def test_nobody_signs_with_anothers_passkey_or_without_one(strict):
    town, passkey = strict, Passkey().register(strict.worker)
    decision = town.draft()
    town.run(town.worker, actions.submit, decision)
    with pytest.raises(SignOffRejected) as error:
        approve(town, town.second, passkey, decision)
    assert error.value.data["why"] == "credential"
    with pytest.raises(NotReady) as missing:
        town.run(town.second, actions.approve, decision, text_sha256=town.text(decision))
    assert missing.value.data["missing"] == ["passkey"]


def test_a_policy_without_passkeys_is_told_in_the_record(town):
    decision = town.ready()
    with acting(town.worker.actor):
        found = SignOff.objects.filter(decision=decision)
        assert {row.method for row in found} == {"login"}
        assert json.loads(found[0].record)["sign_off"]["method"] == "login"
