"""A stand-in for a hardware token: an age plugin (c2sp.org/age-plugin) that holds one X25519 key.

It encrypts to ``age1demo1...``, and opens those files and the ones that age made for the same key without it.
"""

from __future__ import annotations

import base64
import sys
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF


def b64(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")


def unb64(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4))


def read() -> tuple[list[str], bytes]:
    """One stanza: its arguments and its body."""
    arguments = sys.stdin.readline().split()[1:]
    body = ""
    while True:
        line = sys.stdin.readline().rstrip("\n")
        body += line
        if len(line) < 64:
            return arguments, unb64(body)


def answer(*arguments: str, body: bytes = b"") -> None:
    """Send a stanza; all but the last are answered."""
    sys.stdout.write(f"-> {' '.join(arguments)}\n{b64(body)}\n")
    sys.stdout.flush()
    if arguments[0] != "done":
        read()


def wrap_key(secret: bytes, share: bytes, own: bytes, label: str) -> ChaCha20Poly1305:
    """What wraps a file key, as age's X25519 does it."""
    salt = share + own
    return ChaCha20Poly1305(HKDF(SHA256(), 32, salt, f"age-encryption.org/v1/{label}".encode()).derive(secret))


def data_of(line: str) -> bytes:
    """The bytes of a Bech32 line whose checksum age has checked."""
    bits = 0
    words = line.lower().rpartition("1")[2][:-6]
    for letter in words:
        bits = bits << 5 | "qpzry9x8gf2tvdw0s3jn54khce6mua7l".index(letter)
    length, padding = divmod(len(words) * 5, 8)
    return (bits >> padding).to_bytes(length, "big")


def encrypt() -> None:
    """The recipient-v1 state machine: each file key for each recipient."""
    recipients, file_keys = [], []
    while (found := read())[0][0] != "done":
        if found[0][0] == "add-recipient":
            recipients.append(data_of(found[0][1]))
        elif found[0][0] == "wrap-file-key":
            file_keys.append(found[1])
    for number, file_key in enumerate(file_keys):
        for own in recipients:
            once = X25519PrivateKey.generate()
            share = once.public_key().public_bytes_raw()
            cipher = wrap_key(once.exchange(X25519PublicKey.from_public_bytes(own)), share, own, "demo")
            answer(
                "recipient-stanza", str(number), "demo", b64(share), body=cipher.encrypt(bytes(12), file_key, b"")
            )
    answer("done")


def decrypt() -> None:
    """The identity-v1 state machine: the file keys that the token's key opens."""
    key = X25519PrivateKey.from_private_bytes(Path(__file__).with_name("token").read_bytes())
    own = key.public_key().public_bytes_raw()
    stanzas = []
    while (found := read())[0][0] != "done":
        if found[0][0] == "recipient-stanza" and found[0][2] in ("X25519", "demo"):
            stanzas.append((found[0][1], found[0][2], unb64(found[0][3]), found[1]))
    for index, label, share, body in stanzas:
        cipher = wrap_key(key.exchange(X25519PublicKey.from_public_bytes(share)), share, own, label)
        try:
            file_key = cipher.decrypt(bytes(12), body, b"")
        except Exception:
            continue
        answer("file-key", index, body=file_key)
    answer("done")


if sys.argv[1] == "--age-plugin=recipient-v1":
    encrypt()
else:
    decrypt()
