"""Key custodians: their age keys, and the one-time key that is split between them."""

from __future__ import annotations

import pyrage  # type: ignore[import-untyped]
import shamir_mnemonic  # type: ignore[import-untyped]

from motkraft.sealing.errors import CustodianRejected, KeyRejected

_CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
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


def parse_recipient(recipient: str) -> pyrage.x25519.Recipient:
    """Read an ``age1...`` line; raises CustodianRejected."""
    try:
        return pyrage.x25519.Recipient.from_str(recipient.strip())
    except pyrage.RecipientError:
        raise CustodianRejected(
            "This is not an age X25519 recipient. It is one line that begins with age1."
        ) from None


def secret_of(identity: str) -> bytes:
    """Give the 32-byte X25519 secret of an ``AGE-SECRET-KEY-1...`` line; raises CustodianRejected."""
    text = str(parse_identity(identity)).strip().lower()
    bits = 0
    for letter in text[len(_IDENTITY_PREFIX) + 1 : -6]:
        bits = bits << 5 | _CHARSET.index(letter)
    return (bits >> 4).to_bytes(32, "big")  # 52 letters of 5 bits: 256 bits and 4 of padding


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
    return pyrage.x25519.Identity.from_str(_bech32(_IDENTITY_PREFIX, secret).upper())


def _bech32(prefix: str, data: bytes) -> str:
    bits = int.from_bytes(data, "big")
    length = len(data) * 8
    padding = -length % 5
    bits <<= padding
    words = [(bits >> shift) & 31 for shift in range(length + padding - 5, -1, -5)]
    expanded = [ord(c) >> 5 for c in prefix] + [0] + [ord(c) & 31 for c in prefix]
    check = _polymod([*expanded, *words, 0, 0, 0, 0, 0, 0]) ^ 1
    words += [(check >> 5 * (5 - i)) & 31 for i in range(6)]
    return f"{prefix}1{''.join(_CHARSET[w] for w in words)}"


def _polymod(values: list[int]) -> int:
    """Checksum of BIP 173."""
    generator = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for i in range(5):
            check ^= generator[i] if (top >> i) & 1 else 0
    return check
