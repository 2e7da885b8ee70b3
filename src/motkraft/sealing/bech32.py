"""Bech32 (BIP 173), in which age writes its keys: a prefix, "1", letters of five bits, and six letters of checksum."""

from __future__ import annotations

CHARSET = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def encode(prefix: str, data: bytes) -> str:
    """Write bytes under a prefix, in small letters."""
    bits = int.from_bytes(data, "big")
    length = len(data) * 8
    padding = -length % 5
    bits <<= padding
    words = [(bits >> shift) & 31 for shift in range(length + padding - 5, -1, -5)]
    check = _polymod([*_expanded(prefix), *words, 0, 0, 0, 0, 0, 0]) ^ 1
    words += [(check >> 5 * (5 - i)) & 31 for i in range(6)]
    return f"{prefix}1{''.join(CHARSET[w] for w in words)}"


def decode(text: str) -> bytes:
    """Give the bytes of a line in small or capital letters. Raises ValueError when its checksum is not right."""
    prefix, _one, letters = text.lower().rpartition("1")
    words = [CHARSET.index(letter) for letter in letters]
    if len(words) < 6 or _polymod([*_expanded(prefix), *words]) != 1:
        raise ValueError("The checksum is not right.")
    bits = 0
    for word in words[:-6]:
        bits = bits << 5 | word
    length, padding = divmod((len(words) - 6) * 5, 8)
    return (bits >> padding).to_bytes(length, "big")


def _expanded(prefix: str) -> list[int]:
    return [ord(letter) >> 5 for letter in prefix] + [0] + [ord(letter) & 31 for letter in prefix]


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
