"""Field encryption for protected data, bound to the place where it is kept.

A blob is ``b"MKV1" || key id (4 bytes) || nonce (12 bytes) || ChaCha20-Poly1305 ciphertext and tag``. The
associated data is the first eight bytes and the context, so a blob moved to another row or column does not
open.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from motkraft.sealing.errors import DecryptionFailed, KeyRejected, UnknownKey

MAGIC: Final = b"MKV1"
_KEY_ID = 4
_NONCE = 12
_TAG = 16
_HEADER = len(MAGIC) + _KEY_ID


def _derive(key: bytes, purpose: bytes, length: int = 32) -> bytes:
    return HKDF(algorithm=SHA256(), length=length, salt=None, info=b"motkraft vault v1 " + purpose).derive(
        key
    )


class Vault:
    """Encrypt and decrypt fields; the first key encrypts, all keys decrypt.

    Keys are 32 random bytes. Rotate by putting a new key first and keeping the old ones until ``is_current``
    is true for every stored blob. ``index_key`` keys ``blind_index`` and must outlive rotations; without it
    the last (oldest) key in the list is used, so give it explicitly before you drop that key.

    One key is good for 2**32 blobs: nonces are 96 random bits (RFC 8439; NIST SP 800-38D section 8.3 for the
    bound). Raises KeyRejected when a key is not 32 bytes, is given twice, or no key is given.
    """

    def __init__(self, keys: Sequence[bytes], *, index_key: bytes | None = None) -> None:
        if not keys:
            raise KeyRejected("A vault needs at least one key of 32 bytes.")
        for key in (*keys, *(() if index_key is None else (index_key,))):
            if not isinstance(key, bytes) or len(key) != 32:
                raise KeyRejected(
                    "A vault key is exactly 32 random bytes. Generate one with Vault.generate_key()."
                )
        self._ciphers: dict[bytes, ChaCha20Poly1305] = {}
        for key in keys:
            key_id = _derive(key, b"key id", _KEY_ID)
            if key_id in self._ciphers:
                raise KeyRejected(
                    "The same key is given twice (or two keys share an id). Remove or replace one."
                )
            self._ciphers[key_id] = ChaCha20Poly1305(_derive(key, b"encryption"))
        self._current = next(iter(self._ciphers))
        self._index_key = _derive(keys[-1] if index_key is None else index_key, b"blind index")

    @classmethod
    def from_key(cls, key: bytes) -> Vault:
        """Make a vault with a single 32-byte key."""
        return cls([key])

    @staticmethod
    def generate_key() -> bytes:
        """Make a new 32-byte key from the operating system's random source."""
        return secrets.token_bytes(32)

    def encrypt(self, plaintext: str | bytes, *, context: str) -> bytes:
        """Encrypt text or bytes for one place.

        ``context`` names it, for instance ``"people.person:17:name"``.
        """
        header = MAGIC + self._current
        nonce = secrets.token_bytes(_NONCE)
        data = plaintext.encode() if isinstance(plaintext, str) else plaintext
        return header + nonce + self._ciphers[self._current].encrypt(nonce, data, header + context.encode())

    def decrypt(self, blob: bytes, *, context: str) -> bytes:
        """Give back the bytes that were encrypted for this context.

        Raises UnknownKey when no key here made the blob, DecryptionFailed when it was changed or moved.
        """
        cipher = self._ciphers.get(self._key_id(blob))
        if cipher is None:
            raise UnknownKey(
                "This was encrypted with a key that is not loaded. Add the older key to the vault."
            )
        header, nonce = blob[:_HEADER], blob[_HEADER : _HEADER + _NONCE]
        try:
            return cipher.decrypt(nonce, blob[_HEADER + _NONCE :], header + context.encode())
        except InvalidTag:
            raise DecryptionFailed(
                "This was changed, or belongs to another place than the one it was read from.",
                context=context,
            ) from None

    def decrypt_text(self, blob: bytes, *, context: str) -> str:
        """Give back the text that was encrypted for this context; raises as ``decrypt``."""
        return self.decrypt(blob, context=context).decode()

    def is_current(self, blob: bytes) -> bool:
        """Tell whether a blob already uses the newest key; if not, decrypt and encrypt it again."""
        return self._key_id(blob) == self._current

    def blind_index(self, value: str | bytes, context: str) -> bytes:
        """Make a keyed 32-byte pseudonym (HMAC-SHA-256).

        Equal values in one context match, nothing else is shown.
        """
        data = value.encode() if isinstance(value, str) else value
        scope = hashlib.sha256(context.encode()).digest()
        return hmac.new(self._index_key, scope + data, hashlib.sha256).digest()

    @staticmethod
    def _key_id(blob: bytes) -> bytes:
        if len(blob) < _HEADER + _NONCE + _TAG or not blob.startswith(MAGIC):
            raise DecryptionFailed("This is not a vault blob: the first bytes or the length are wrong.")
        return bytes(blob[len(MAGIC) : _HEADER])
