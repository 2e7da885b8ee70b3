"""Signed notes: text signed by one or more named keys (c2sp.org/signed-note).

Two key types: Ed25519 (0x01) signs the text, the timestamped cosignature (0x04) signs a time and the text
(c2sp.org/tlog-cosignature). Every other type is refused as a known key and ignored as an unknown one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature as _BadSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from motkraft.tlog.encoding import MAX_SIZE, as_text, parse_base64, to_base64
from motkraft.tlog.errors import InvalidSignature, MalformedKey, MalformedNote, UnsupportedKey, UnverifiedNote

ED25519 = 0x01
"""Signature type: Ed25519 over the note text."""

COSIGNATURE = 0x04
"""Signature type: Ed25519 over ``cosignature/v1``, a time and the note text."""

MAX_SIGNATURES = 100
"""More signature lines than this make a note malformed; the specification asks for at least 16."""

MAX_NOTE_BYTES = 1_000_000
"""A longer note is malformed."""

_KEY_SIZE = 32
_SIGNATURE_SIZE = 64
_KEY_ID_SIZE = 4
_TIME_SIZE = 8
_SKEY_PREFIX = "PRIVATE+KEY+"
_KEY_ID = re.compile(r"[0-9a-f]{8}", re.ASCII)
_SUPPORTED = {ED25519: "Ed25519", COSIGNATURE: "timestamped Ed25519 cosignature"}


def cosigned_message(text: str, timestamp: int) -> bytes:
    """Return the bytes that a cosignature covers: header, POSIX time in seconds, and the note text."""
    return f"cosignature/v1\ntime {timestamp}\n{text}".encode()


def key_id(name: str, key_type: int, public_key: bytes) -> bytes:
    """Return the 4 bytes that, with the name, identify a key: SHA-256(name, newline, type, key), cut."""
    return hashlib.sha256(name.encode() + b"\n" + bytes([key_type]) + public_key).digest()[:_KEY_ID_SIZE]


def check_name(name: str) -> str:
    """Return the key name unchanged.

    Raises MalformedKey if it is empty or holds a space, plus or control character.
    """
    if not name or any(c.isspace() or c == "+" or c < " " for c in name):
        raise MalformedKey(
            "A key name must be non-empty, without spaces, plus signs or control characters", name=name[:80]
        )
    try:
        name.encode()
    except UnicodeError:
        raise MalformedKey("A key name must be valid Unicode") from None
    return name


@dataclass(frozen=True, slots=True)
class SignatureLine:
    """One signature line of a note: key name, 4-byte key id, and the bytes after it."""

    name: str
    key_id: bytes
    signature: bytes

    def __str__(self) -> str:
        return f"— {self.name} {to_base64(self.key_id + self.signature)}\n"

    @classmethod
    def parse(cls, line: str) -> SignatureLine:
        """Read a line, its newline included. Raises MalformedNote."""
        prefix, _, rest = line.partition(" ")
        name, separator, encoded = rest.partition(" ")
        if prefix != "—" or not separator or not encoded.endswith("\n"):
            raise MalformedNote(
                "A signature line must be: em dash, space, key name, space, base64, newline", line=line[:120]
            )
        try:
            check_name(name)
        except MalformedKey as error:
            raise MalformedNote(error.message, line=line[:120]) from None
        blob = parse_base64(encoded[:-1], MalformedNote, "A signature")
        if len(blob) <= _KEY_ID_SIZE:
            raise MalformedNote(
                "A signature must hold a 4-byte key id and at least one byte more", line=line[:120]
            )
        return cls(name, blob[:_KEY_ID_SIZE], blob[_KEY_ID_SIZE:])


@dataclass(frozen=True, slots=True)
class VerifiedSignature:
    """A signature that holds: who signed, with which type of key, and when if the signature says so.

    ``timestamp`` is POSIX seconds, and None for a key of type Ed25519.
    """

    name: str
    key_id: bytes
    key_type: int
    timestamp: int | None


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A public key with its name, written as ``name+keyid+base64(type, key)``."""

    name: str
    key_type: int
    public_key: bytes

    def __post_init__(self) -> None:
        check_name(self.name)
        if self.key_type not in _SUPPORTED:
            raise UnsupportedKey(f"Signature type 0x{self.key_type:02x} is not supported", name=self.name)
        if len(self.public_key) != _KEY_SIZE:
            raise MalformedKey(
                "An Ed25519 public key must be 32 bytes", name=self.name, size=len(self.public_key)
            )

    @property
    def key_id(self) -> bytes:
        """The 4 bytes that stand before this key's signatures."""
        return key_id(self.name, self.key_type, self.public_key)

    def __str__(self) -> str:
        return f"{self.name}+{self.key_id.hex()}+{to_base64(bytes([self.key_type]) + self.public_key)}"

    @classmethod
    def parse(cls, vkey: str) -> VerifierKey:
        """Read a verifier key. Raises MalformedKey, or UnsupportedKey for a type that is not known here."""
        name, identifier, material = _split_key(vkey)
        if not material:
            raise MalformedKey("A verifier key must hold a type and a public key", name=name[:80])
        key = cls(name, material[0], material[1:])
        if key.key_id != identifier:
            raise MalformedKey("The key id does not belong to this name and key", name=name[:80])
        return key

    def verify(self, text: str, line: SignatureLine) -> VerifiedSignature:
        """Check one signature of this key over the text. Raises InvalidSignature."""
        if (line.name, line.key_id) != (self.name, self.key_id):
            raise InvalidSignature("The signature is by another key", key=line.name, expected=self.name)
        timestamp: int | None = None
        signature, message = line.signature, text.encode()
        if self.key_type == COSIGNATURE:
            timestamp = int.from_bytes(signature[:_TIME_SIZE], "big")
            signature = signature[_TIME_SIZE:]
            if timestamp > MAX_SIZE:
                raise InvalidSignature(
                    f"The cosignature by {self.name} has an impossible time", key=self.name
                )
            message = cosigned_message(text, timestamp)
        if len(signature) != _SIGNATURE_SIZE:
            raise InvalidSignature(f"The signature by {self.name} has the wrong length", key=self.name)
        try:
            Ed25519PublicKey.from_public_bytes(self.public_key).verify(signature, message)
        except (_BadSignature, ValueError):
            raise InvalidSignature(
                f"The signature by {self.name} does not match the text", key=self.name
            ) from None
        return VerifiedSignature(self.name, self.key_id, self.key_type, timestamp)


class NoteSigner:
    """A private key with its name. It never shows its secret unless asked by ``encode``."""

    def __init__(self, name: str, seed: bytes, key_type: int = ED25519) -> None:
        """Take a 32-byte Ed25519 seed. Raises MalformedKey or UnsupportedKey."""
        if len(seed) != _KEY_SIZE:
            raise MalformedKey("An Ed25519 private key must be 32 bytes")
        self._private = Ed25519PrivateKey.from_private_bytes(seed)
        self.verifier = VerifierKey(name, key_type, self._private.public_key().public_bytes_raw())

    def __repr__(self) -> str:
        return f"NoteSigner({self.verifier})"

    @property
    def name(self) -> str:
        """The key name, which is also the origin when the key signs a log."""
        return self.verifier.name

    @property
    def key_type(self) -> int:
        """``ED25519`` or ``COSIGNATURE``."""
        return self.verifier.key_type

    @classmethod
    def parse(cls, skey: str) -> NoteSigner:
        """Read a private key in the encoding of golang.org/x/mod/sumdb/note.

        Raises MalformedKey or UnsupportedKey.
        """
        if not skey.startswith(_SKEY_PREFIX):
            raise MalformedKey("A private key must start with PRIVATE+KEY+")
        name, identifier, material = _split_key(skey[len(_SKEY_PREFIX) :])
        if not material:
            raise MalformedKey("A private key must hold a type and a seed")
        signer = cls(name, material[1:], material[0])
        if signer.verifier.key_id != identifier:
            raise MalformedKey("The key id does not belong to this name and private key", name=name[:80])
        return signer

    def encode(self) -> str:
        """Return the private key as text: keep it where only the signer can read it."""
        material = bytes([self.key_type]) + self._private.private_bytes_raw()
        return f"{_SKEY_PREFIX}{self.name}+{self.verifier.key_id.hex()}+{to_base64(material)}"

    def sign(self, text: str, timestamp: int | None = None) -> SignatureLine:
        """Sign a note text, which must end in a newline.

        ``timestamp`` is POSIX seconds; a cosignature key needs it and an Ed25519 key refuses it.
        Raises MalformedNote for a text that no note may hold, UnsupportedKey for a time where none belongs.
        """
        check_text(text)
        if (timestamp is None) == (self.key_type == COSIGNATURE):
            raise UnsupportedKey(
                f"A key of type {_SUPPORTED[self.key_type]} signs with a time if and only if it cosigns"
            )
        if timestamp is None:
            return SignatureLine(self.name, self.verifier.key_id, self._private.sign(text.encode()))
        if not 0 < timestamp <= MAX_SIZE:
            raise MalformedNote("A cosignature time must be POSIX seconds after 1970", found=timestamp)
        signature = self._private.sign(cosigned_message(text, timestamp))
        return SignatureLine(
            self.name, self.verifier.key_id, timestamp.to_bytes(_TIME_SIZE, "big") + signature
        )


def generate(name: str, key_type: int = ED25519) -> tuple[str, str]:
    """Make a new key pair; return the private key and the verifier key as text.

    Raises MalformedKey or UnsupportedKey.
    """
    signer = NoteSigner(name, Ed25519PrivateKey.generate().private_bytes_raw(), key_type)
    return signer.encode(), str(signer.verifier)


@dataclass(frozen=True, slots=True)
class Note:
    """A note as it is written: nothing in it is verified yet."""

    text: str
    signatures: tuple[SignatureLine, ...]

    def __str__(self) -> str:
        return self.text + "\n" + "".join(map(str, self.signatures))

    @classmethod
    def parse(cls, data: str | bytes) -> Note:
        """Split a note into text and signature lines. Raises MalformedNote."""
        whole = as_text(data, MalformedNote, "A note", MAX_NOTE_BYTES)
        end = whole.rfind("\n\n")
        if end < 0:
            raise MalformedNote("A note must have an empty line between text and signatures")
        lines = parse_signature_lines(whole[end + 2 :])
        return cls(whole[: end + 1], lines)


@dataclass(frozen=True, slots=True)
class OpenedNote:
    """A note that at least one known key has signed.

    ``verified`` are the signatures of known keys, all of which hold; ``unknown`` are the lines of other keys,
    about which nothing is said.
    """

    text: str
    verified: tuple[VerifiedSignature, ...]
    unknown: tuple[SignatureLine, ...]


def check_text(text: str) -> None:
    """Raise MalformedNote unless the text may stand in a note: UTF-8, newline last, no control characters."""
    as_text(text, MalformedNote, "A note text", MAX_NOTE_BYTES)
    if not text.endswith("\n"):
        raise MalformedNote("A note text must end with a newline")


def parse_signature_lines(block: str) -> tuple[SignatureLine, ...]:
    """Read one or more signature lines, as they end a note or as a witness answers. Raises MalformedNote."""
    if not block.endswith("\n"):
        raise MalformedNote("A note must end with signature lines, each ending in newline")
    lines = block[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise MalformedNote(f"A note may have at most {MAX_SIGNATURES} signatures", found=len(lines))
    return tuple(SignatureLine.parse(line + "\n") for line in lines)


def sign_note(text: str, signer: NoteSigner, *others: NoteSigner) -> str:
    """Sign a text with Ed25519 keys and return the whole note. Raises MalformedNote or UnsupportedKey."""
    return str(Note(text, tuple(each.sign(text) for each in (signer, *others))))


def open_note(data: str | bytes, keys: Iterable[VerifierKey]) -> OpenedNote:
    """Verify a note against the known keys.

    Signatures of unknown keys are ignored. Raises MalformedNote; InvalidSignature if any signature of a known
    key fails; UnverifiedNote if no known key has signed; MalformedKey if two of the known keys share name and
    id.
    """
    known: dict[tuple[str, bytes], VerifierKey] = {}
    for key in keys:
        identity = (key.name, key.key_id)
        if known.setdefault(identity, key) != key:
            raise MalformedKey("Two known keys share name and key id", name=key.name)
    note = Note.parse(data)
    verified: list[VerifiedSignature] = []
    unknown: list[SignatureLine] = []
    for line in dict.fromkeys(note.signatures):
        found = known.get((line.name, line.key_id))
        if found is None:
            unknown.append(line)
        else:
            verified.append(found.verify(note.text, line))
    if not verified:
        raise UnverifiedNote("No known key has signed this note", signed_by=[line.name for line in unknown])
    return OpenedNote(note.text, tuple(verified), tuple(unknown))


def _split_key(encoded: str) -> tuple[str, bytes, bytes]:
    name, first, rest = encoded.partition("+")
    identifier, second, material = rest.partition("+")
    if not (first and second) or not _KEY_ID.fullmatch(identifier):
        raise MalformedKey("A key must be: name, plus, 8 lower-case hex digits, plus, base64")
    check_name(name)
    return name, bytes.fromhex(identifier), parse_base64(material, MalformedKey, "The key material")
