"""Salted commitments: publish a digest now, prove later which document it was.

``digest = SHA-256(salt || SHA-256(document))`` with a random 32-byte salt. A mapping is first written as
canonical JSON (RFC 8785), so anyone can recompute it. Without the salt the digest says nothing; erase the
salt to forget.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import rfc8785

from motkraft.sealing.errors import CommitmentMismatch, SealingError

SALT_BYTES: Final = 32


@dataclass(frozen=True, slots=True)
class Commitment:
    """A salt (32 bytes, secret until opened) and its digest (32 bytes, public)."""

    salt: bytes
    digest: bytes

    def __repr__(self) -> str:
        return f"Commitment(digest={self.digest.hex()}, salt=<secret>)"


@dataclass(frozen=True, slots=True)
class VerifiedCommitment:
    """Proof that a document is the committed one: the digest, and the document's plain SHA-256."""

    digest: bytes
    document_sha256: bytes


def canonical_bytes(document: bytes | Mapping[str, Any]) -> bytes:
    """Give the bytes that are committed to: bytes as they are, a mapping as RFC 8785 canonical JSON.

    Raises SealingError for values that JSON cannot carry exactly.
    """
    if isinstance(document, bytes):
        return document
    try:
        return rfc8785.dumps(dict(document))
    except (rfc8785.CanonicalizationError, UnicodeEncodeError) as error:
        raise SealingError(
            "The document holds a value that canonical JSON cannot carry (use text, whole numbers up to "
            "2**53, lists, "
            "mappings with text keys, true, false, null)."
        ) from error


def commit(document: bytes | Mapping[str, Any], *, salt: bytes | None = None) -> Commitment:
    """Commit to a document; a fresh random salt is drawn unless one is given (32 bytes)."""
    salt = secrets.token_bytes(SALT_BYTES) if salt is None else salt
    if len(salt) != SALT_BYTES:
        raise SealingError(f"A salt is exactly {SALT_BYTES} bytes.", length=len(salt))
    return Commitment(
        salt, hashlib.sha256(salt + hashlib.sha256(canonical_bytes(document)).digest()).digest()
    )


def verify_commitment(
    document: bytes | Mapping[str, Any], *, salt: bytes, digest: bytes
) -> VerifiedCommitment:
    """Prove that a document is the committed one; raises CommitmentMismatch when it is not."""
    expected = commit(document, salt=salt)
    if not hmac.compare_digest(expected.digest, digest):
        raise CommitmentMismatch(
            "This document and this salt do not give the committed digest. Check that the file is byte for "
            "byte the "
            "original and that the salt belongs to it.",
            digest=digest.hex(),
        )
    return VerifiedCommitment(digest, hashlib.sha256(canonical_bytes(document)).digest())
