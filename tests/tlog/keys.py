"""Keys and texts that are the same in every run: the seed of a key is SHA-256 of its name."""

from __future__ import annotations

import hashlib

from motkraft.tlog.note import COSIGNATURE, ED25519, NoteSigner

ORIGIN = "motkraft.example/log/1480"


def signer(name: str = ORIGIN, key_type: int = ED25519) -> NoteSigner:
    return NoteSigner(name, hashlib.sha256(name.encode()).digest(), key_type)


def witness(name: str = "kunskapsenhet.example/witness") -> NoteSigner:
    return signer(name, COSIGNATURE)


def entries(count: int, start: int = 0) -> list[bytes]:
    """Commitments as the ledger logs them: 32 bytes each."""
    return [hashlib.sha256(b"entry %d" % i).digest() for i in range(start, start + count)]
