from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motkraft.sealing import Vault
from motkraft.sealing.errors import DecryptionFailed, KeyRejected, UnknownKey

OLD, NEW, OTHER = (bytes([n]) * 32 for n in (1, 2, 3))
VAULT = Vault.from_key(OLD)


@given(st.text(), st.text(max_size=40))
def test_any_text_comes_back_in_its_own_place(text: str, context: str) -> None:
    encodable = text.encode("utf-8", "ignore").decode()
    place = context.encode("utf-8", "ignore").decode()
    assert VAULT.decrypt_text(VAULT.encrypt(encodable, context=place), context=place) == encodable


@given(st.binary(max_size=60), st.data())
def test_any_flipped_bit_is_found(value: bytes, data: st.DataObject) -> None:
    blob = bytearray(VAULT.encrypt(value, context="person:1:name"))
    blob[data.draw(st.integers(0, len(blob) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    with pytest.raises((DecryptionFailed, UnknownKey)):
        VAULT.decrypt(bytes(blob), context="person:1:name")


def test_a_blob_moved_to_another_row_does_not_open() -> None:
    blob = VAULT.encrypt("Karin Provström", context="person:1:name")
    with pytest.raises(DecryptionFailed):
        VAULT.decrypt(blob, context="person:2:name")


def test_equal_values_give_different_blobs() -> None:
    assert VAULT.encrypt("a", context="c") != VAULT.encrypt("a", context="c")


def test_keys_rotate_without_losing_what_is_stored() -> None:
    blob = VAULT.encrypt("kvar", context="c")
    rotated = Vault([NEW, OLD])
    assert rotated.decrypt(blob, context="c") == b"kvar"
    assert not rotated.is_current(blob)
    renewed = rotated.encrypt(rotated.decrypt(blob, context="c"), context="c")
    assert rotated.is_current(renewed)
    assert Vault.from_key(NEW).decrypt(renewed, context="c") == b"kvar"


def test_a_missing_key_is_named_as_such() -> None:
    with pytest.raises(UnknownKey, match="older key"):
        Vault.from_key(OTHER).decrypt(VAULT.encrypt("a", context="c"), context="c")


@pytest.mark.parametrize("keys", [[], [b"short"], [b"x" * 31], [OLD, OLD], ["x" * 32]])
def test_unfit_keys_are_refused(keys: list[bytes]) -> None:
    with pytest.raises(KeyRejected):
        Vault(keys)


@pytest.mark.parametrize("blob", [b"", b"MKV1", b"MKV2" + b"0" * 60])
def test_what_is_no_blob_is_refused(blob: bytes) -> None:
    with pytest.raises(DecryptionFailed):
        VAULT.decrypt(blob, context="c")


def test_pseudonyms_match_only_within_a_context_and_a_key() -> None:
    handle = VAULT.blind_index("@konto", "handle")
    assert handle == VAULT.blind_index("@konto", "handle")
    assert handle != VAULT.blind_index("@konto", "other")
    assert handle != Vault.from_key(NEW).blind_index("@konto", "handle")
    assert VAULT.blind_index("b", "a") != VAULT.blind_index("ab", "")
    assert len(handle) == 32


def test_pseudonyms_survive_a_rotation() -> None:
    assert Vault([NEW, OLD]).blind_index("@konto", "handle") == VAULT.blind_index("@konto", "handle")
    assert Vault([NEW], index_key=OLD).blind_index("@konto", "handle") == VAULT.blind_index(
        "@konto", "handle"
    )
