"""Signed notes: what opens, what is refused, and that a private key stays private."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from hypothesis import given
from hypothesis import strategies as st

from motkraft.tlog.errors import InvalidSignature, MalformedKey, MalformedNote, TlogError, UnsupportedKey
from motkraft.tlog.note import (
    COSIGNATURE,
    ED25519,
    Note,
    NoteSigner,
    SignatureLine,
    VerifierKey,
    generate,
    open_note,
    sign_note,
)
from tlog.keys import ORIGIN, signer, witness
from tlog.vectors import cases, data

TEXT = "Ett meddelande.\n"


@pytest.mark.parametrize("case", cases("vkey/good"))
def test_a_verifier_key_is_read_and_written_back_unchanged(case: dict[str, Any]) -> None:
    key = VerifierKey.parse(case["text"])

    assert (key.name, key.key_id.hex(), key.key_type) == (case["key"], case["id"], case["type"])
    assert str(key) == case["text"]


@pytest.mark.parametrize("case", cases("vkey/bad"))
def test_a_bad_verifier_key_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(TlogError) as caught:
        VerifierKey.parse(case["text"])
    assert caught.value.code == case["code"]


@pytest.mark.parametrize("case", cases("skey/good"))
def test_a_private_key_is_read_and_written_back_unchanged(case: dict[str, Any]) -> None:
    key = NoteSigner.parse(case["text"])

    assert key.encode() == case["text"]
    assert str(key.verifier) == case["vkey"]


@pytest.mark.parametrize("case", cases("skey/bad"))
def test_a_bad_private_key_is_refused_and_never_repeated(case: dict[str, Any]) -> None:
    with pytest.raises(TlogError) as caught:
        NoteSigner.parse(case["text"])
    assert caught.value.code == case["code"]
    secret = case["text"].rpartition("+")[2]
    assert not secret or secret not in caught.value.message + repr(caught.value.data)


@pytest.mark.parametrize("case", cases("note/good"))
def test_a_note_opens_with_a_known_key(case: dict[str, Any]) -> None:
    opened = open_note(data(case), [VerifierKey.parse(key) for key in case["keys"]])

    assert opened.text == case["body"]
    assert (len(opened.verified), len(opened.unknown)) == (case["verified"], case["unknown"])


@pytest.mark.parametrize("case", cases("note/bad"))
def test_a_bad_note_is_refused(case: dict[str, Any]) -> None:
    with pytest.raises(TlogError) as caught:
        open_note(data(case), [VerifierKey.parse(key) for key in case["keys"]])
    assert caught.value.code == case["code"]


def test_a_new_key_signs_what_its_verifier_key_opens() -> None:
    skey, vkey = generate(ORIGIN)

    opened = open_note(sign_note(TEXT, NoteSigner.parse(skey)), [VerifierKey.parse(vkey)])

    assert opened.text == TEXT
    assert opened.verified[0].timestamp is None


def test_two_new_keys_differ() -> None:
    assert generate(ORIGIN) != generate(ORIGIN)


def test_the_same_key_has_another_id_for_another_type() -> None:
    assert signer("a.example", ED25519).verifier.key_id != signer("a.example", COSIGNATURE).verifier.key_id


def test_a_cosignature_covers_header_time_and_text() -> None:
    """The message is put together here by hand, after c2sp.org/tlog-cosignature, "Ed25519 signed message"."""
    line = witness().sign("a.example\n0\nx\n", 1679315147)

    message = b"cosignature/v1\ntime 1679315147\na.example\n0\nx\n"
    assert line.signature[:8] == (1679315147).to_bytes(8, "big")
    Ed25519PublicKey.from_public_bytes(witness().verifier.public_key).verify(line.signature[8:], message)


def test_an_ed25519_signature_covers_the_text_alone() -> None:
    line = signer().sign(TEXT)

    Ed25519PublicKey.from_public_bytes(signer().verifier.public_key).verify(line.signature, TEXT.encode())


def test_a_key_id_is_the_start_of_the_hash_of_name_type_and_key() -> None:
    key = signer().verifier

    expected = hashlib.sha256(ORIGIN.encode() + b"\n\x01" + key.public_key).digest()[:4]
    assert key.key_id == expected


def test_a_private_key_does_not_show_in_its_representation() -> None:
    key = signer()

    assert key.encode().rpartition("+")[2] not in repr(key)


def test_a_time_is_refused_where_none_belongs_and_demanded_where_one_does() -> None:
    with pytest.raises(UnsupportedKey):
        signer().sign(TEXT, 1790000000)
    with pytest.raises(UnsupportedKey):
        witness().sign(TEXT)
    with pytest.raises(MalformedNote):
        witness().sign(TEXT, 0)


@pytest.mark.parametrize("text", ["", "no newline", "tab\there\n", "\x1b[31m\n", "\ud800\n"])
def test_a_text_that_no_note_may_hold_is_not_signed(text: str) -> None:
    with pytest.raises(MalformedNote):
        sign_note(text, signer())


def test_a_signature_by_another_key_is_not_taken_for_this_one() -> None:
    line = signer("other.example").sign(TEXT)

    with pytest.raises(InvalidSignature):
        signer().verifier.verify(TEXT, line)


def test_a_cosignature_beyond_the_last_possible_time_is_refused() -> None:
    key = witness().verifier
    line = SignatureLine(key.name, key.key_id, b"\xff" * 8 + bytes(64))

    with pytest.raises(InvalidSignature):
        key.verify(TEXT, line)


def test_two_known_keys_with_one_name_and_id_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("motkraft.tlog.note.key_id", lambda *_: b"\0\0\0\0")
    twins = [VerifierKey("a.example", ED25519, bytes([n]) * 32) for n in (1, 2)]

    with pytest.raises(MalformedKey):
        open_note(sign_note(TEXT, signer()), twins)


@given(st.binary(min_size=32, max_size=32), st.text(min_size=1, max_size=200).map(lambda t: t + "\n"))
def test_whatever_may_be_signed_opens_again(seed: bytes, text: str) -> None:
    key = NoteSigner("a.example", seed)
    try:
        note = sign_note(text, key)
    except MalformedNote:
        assert any((c < " " and c != "\n") or "\ud800" <= c <= "\udfff" for c in text)
        return

    assert open_note(note, [key.verifier]).text == text
    assert str(Note.parse(note)) == note


@given(st.integers(0, 10_000))
def test_any_flipped_bit_of_a_note_fails(position: int) -> None:
    note = bytearray(sign_note(TEXT, signer()).encode())
    bit = position % (len(note) * 8)
    note[bit // 8] ^= 1 << bit % 8

    with pytest.raises(TlogError):
        open_note(bytes(note), [signer().verifier])


@given(st.binary(max_size=300))
def test_no_bytes_at_all_break_the_parser_in_another_way(raw: bytes) -> None:
    with pytest.raises(TlogError):
        open_note(raw, [signer().verifier])
