"""A stand-in for a hardware token: an age plugin (c2sp.org/age-plugin) that holds one X25519 key."""

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


def main() -> None:
    """The identity-v1 state machine."""
    key = X25519PrivateKey.from_private_bytes(Path(__file__).with_name("token").read_bytes())
    stanzas = []
    while (found := read())[0][0] != "done":
        if found[0][0] == "recipient-stanza" and found[0][2] == "X25519":
            stanzas.append((found[0][1], found[0][3], found[1]))
    own = key.public_key().public_bytes_raw()
    for index, ephemeral, body in stanzas:
        share = unb64(ephemeral)
        secret = key.exchange(X25519PublicKey.from_public_bytes(share))
        wrap = HKDF(SHA256(), 32, share + own, b"age-encryption.org/v1/X25519").derive(secret)
        try:
            file_key = ChaCha20Poly1305(wrap).decrypt(bytes(12), body, b"")
        except Exception:
            continue
        sys.stdout.write(f"-> file-key {index}\n{b64(file_key)}\n")
        sys.stdout.flush()
        read()
    sys.stdout.write("-> done\n\n")
    sys.stdout.flush()


main()
