"""Key custodians: their age keys, and the one-time key that is split between them."""

from __future__ import annotations

import pyrage  # type: ignore[import-untyped]
import shamir_mnemonic  # type: ignore[import-untyped]

from motkraft.sealing import bech32
from motkraft.sealing.errors import CustodianRejected, KeyRejected

_IDENTITY_PREFIX = "age-secret-key-"


def generate_custodian() -> tuple[str, str]:
    """Make a custodian's key pair: (identity ``AGE-SECRET-KEY-1...``, recipient ``age1...``), both X25519.

    The identity goes to the custodian alone and is never stored by the server; the recipient is public.
    """
    identity = pyrage.x25519.Identity.generate()
    return str(identity), str(identity.to_public())


def recipient_of(identity: str) -> str:
    """Give the public recipient of an identity.

    Raises CustodianRejected when it is not an X25519 identity.
    """
    return str(parse_identity(identity).to_public())


def parse_identity(identity: str) -> pyrage.x25519.Identity:
    """Read an ``AGE-SECRET-KEY-1...`` line; raises CustodianRejected."""
    try:
        return pyrage.x25519.Identity.from_str(identity.strip())
    except pyrage.IdentityError:
        raise CustodianRejected(
            "This is not an age identity. It is one line that begins with AGE-SECRET-KEY-1."
        ) from None


def decrypt_with(identity: str, data: bytes) -> bytes | None:
    """Decrypt an age file with an ``AGE-SECRET-KEY-1...`` line; None when it is for another key."""
    key = parse_identity(identity)
    try:
        return bytes(pyrage.decrypt(data, [key]))
    except pyrage.DecryptError:
        return None


def secret_of(identity: str) -> bytes:
    """Give the 32-byte X25519 secret of an ``AGE-SECRET-KEY-1...`` line; raises CustodianRejected."""
    return bech32.decode(str(parse_identity(identity)).strip())


def recovery_words(identity: str) -> str:
    """Give the 33 words that a recovery sheet holds: the identity's secret as a SLIP-39 share, 1 of 1.

    The words have a checksum: one that is misread is noticed. Raises CustodianRejected.
    """
    secret = secret_of(identity)
    ((words,),) = shamir_mnemonic.generate_mnemonics(1, [(1, 1)], secret, b"", extendable=True, iteration_exponent=0)
    return str(words)


def identity_from_words(words: str) -> str:
    """Read the 33 words of a recovery sheet, numbered or not, into the identity.

    Raises CustodianRejected when a word is missing, misspelt or out of place, or when they are a share of a record.
    """
    found = [word for word in words.lower().split() if not word.rstrip(".").isdigit()]
    try:
        share = shamir_mnemonic.Share.from_mnemonic(" ".join(found))
        if (share.member_threshold, share.group_threshold) != (1, 1):
            raise CustodianRejected("These words are a share of a record, not a recovery sheet.")
        secret = shamir_mnemonic.combine_mnemonics([" ".join(found)], b"")
        return str(identity_from_secret(secret))
    except (shamir_mnemonic.MnemonicError, ValueError, KeyRejected):
        raise CustodianRejected(
            "These are not the 33 words of a recovery sheet: a word is missing, misspelt or out of place."
        ) from None


def identity_from_secret(secret: bytes) -> pyrage.x25519.Identity:
    """Make the age identity of a 32-byte X25519 secret (Bech32 of BIP 173, prefix ``age-secret-key-``)."""
    if len(secret) != 32:
        raise KeyRejected("An X25519 secret is exactly 32 bytes.", length=len(secret))
    return pyrage.x25519.Identity.from_str(bech32.encode(_IDENTITY_PREFIX, secret).upper())
