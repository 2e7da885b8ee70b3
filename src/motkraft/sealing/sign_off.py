"""Sign-offs: a person's passkey signs, through WebAuthn, the hash of what the person approves or decides.

The challenge is SHA-256 over the statement in canonical JSON (RFC 8785), so the signature is of that statement and no
other. A sign-off holds all that its verification needs: no server, no database. docs/formats/sign-off.md says how to
verify one with openssl alone.
"""

from __future__ import annotations

import binascii
import hashlib
import hmac
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import rfc8785
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from fido2 import cbor
from fido2.cose import ES256, RS256, CoseKey, EdDSA
from fido2.utils import websafe_decode, websafe_encode
from fido2.webauthn import AuthenticatorData, CollectedClientData

from motkraft.sealing.errors import SealingError

FORMAT: Final = "motkraft.sign-off/1"
PASSKEY: Final = "passkey"
LOGIN: Final = "login"


class SignOffRejected(SealingError):
    """A sign-off does not hold; ``data["why"]`` is one key of ``REASONS``."""

    code = "sealing.sign-off-rejected"


#: Why a sign-off is refused.
REASONS: Final = {
    "form": "The sign-off is not in the documented form.",
    "challenge": "The passkey signed something else than this statement.",
    "type": "The passkey was not asked to sign in this way.",
    "origin": "The passkey signed for another address than this one.",
    "presence": "The passkey did not say that a person was there.",
    "verification": "The passkey did not check who held it: a PIN, a fingerprint or a face is needed.",
    "credential": "This passkey belongs to somebody else, or is not registered.",
    "signature": "The signature is not of this passkey, or something was changed afterwards.",
}


def challenge(statement: Mapping[str, Any]) -> bytes:
    """The 32 bytes that a passkey signs for a statement: SHA-256 of its canonical JSON (RFC 8785)."""
    return hashlib.sha256(rfc8785.dumps(dict(statement))).digest()


@dataclass(frozen=True, slots=True)
class SignOff:
    """What a passkey gave for one statement. Bytes are as WebAuthn has them; ``public_key`` is a COSE key in CBOR."""

    statement: Mapping[str, Any]
    rp_id: str
    origin: str
    credential_id: bytes
    public_key: bytes
    authenticator_data: bytes
    client_data: bytes
    signature: bytes
    attestation: bytes = b""

    def to_parsed(self) -> dict[str, Any]:
        """As JSON holds it, closed by a SHA-256 over all the rest.

        Bytes are in base64url without padding; the public key stands also as PEM, for openssl.
        """
        body: dict[str, Any] = {
            "format": FORMAT,
            "method": PASSKEY,
            "statement": dict(self.statement),
            "rp_id": self.rp_id,
            "origin": self.origin,
            "credential_id": websafe_encode(self.credential_id),
            "public_key": websafe_encode(self.public_key),
            "public_key_pem": _pem(self.public_key),
            "authenticator_data": websafe_encode(self.authenticator_data),
            "client_data": websafe_encode(self.client_data),
            "signature": websafe_encode(self.signature),
            "attestation": websafe_encode(self.attestation),
        }
        return body | {"sha256": hashlib.sha256(rfc8785.dumps(body)).hexdigest()}

    @classmethod
    def from_parsed(cls, parsed: Mapping[str, Any]) -> SignOff:
        """Read a sign-off. Raises SignOffRejected when it is not in the documented form."""
        try:
            if parsed["format"] != FORMAT or parsed["method"] != PASSKEY or not isinstance(parsed["statement"], dict):
                raise ValueError
            found = cls(
                statement=parsed["statement"],
                rp_id=str(parsed["rp_id"]),
                origin=str(parsed["origin"]),
                **{
                    name: _exactly(parsed[name])
                    for name in (
                        "credential_id",
                        "public_key",
                        "authenticator_data",
                        "client_data",
                        "signature",
                        "attestation",
                    )
                },
            )
            if found.to_parsed() != dict(parsed):
                raise ValueError
        except (KeyError, TypeError, ValueError, AttributeError, binascii.Error):
            raise _rejected("form") from None
        return found


@dataclass(frozen=True, slots=True)
class VerifiedSignOff:
    """A sign-off that holds: this passkey signed this statement, for this address, after checking who held it."""

    statement: Mapping[str, Any]
    key_sha256: str
    rp_id: str


def verify_sign_off(sign_off: SignOff) -> VerifiedSignOff:
    """Verify a sign-off with nothing but itself. Raises SignOffRejected saying why.

    Proves that the holder of ``public_key`` signed exactly this statement. That the key is a certain person's is what
    the record around it says; compare ``key_sha256`` (SHA-256 of the COSE key, hex) between decisions.
    """
    try:
        client = CollectedClientData(sign_off.client_data)
        data = AuthenticatorData(sign_off.authenticator_data)
        key = _key(sign_off.public_key)
        kind, signed_challenge, origin = client.type, client.challenge, client.origin
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, struct.error):
        raise _rejected("form") from None
    if kind != "webauthn.get":
        raise _rejected("type")
    if not hmac.compare_digest(signed_challenge, challenge(sign_off.statement)):
        raise _rejected("challenge")
    if origin != sign_off.origin or client.cross_origin:
        raise _rejected("origin")
    if not hmac.compare_digest(data.rp_id_hash, hashlib.sha256(sign_off.rp_id.encode()).digest()):
        raise _rejected("origin")
    if not data.is_user_present():
        raise _rejected("presence")
    if not data.is_user_verified():
        raise _rejected("verification")
    try:
        key.verify(sign_off.authenticator_data + hashlib.sha256(sign_off.client_data).digest(), sign_off.signature)
    except (InvalidSignature, ValueError, NotImplementedError):
        raise _rejected("signature") from None
    return VerifiedSignOff(sign_off.statement, hashlib.sha256(sign_off.public_key).hexdigest(), sign_off.rp_id)


def sign_off_from_browser(
    response: Mapping[str, Any],
    *,
    statement: Mapping[str, Any],
    credentials: Mapping[bytes, tuple[bytes, bytes]],
    rp_id: str,
    origin: str,
) -> SignOff:
    """Make a verified sign-off of what the browser sent (WebAuthn's JSON form of a ``PublicKeyCredential``).

    ``credentials`` are the signer's own passkeys: id to (COSE public key in CBOR, attestation object). Raises
    SignOffRejected for another's passkey, another statement, address or key, and when nobody was verified.
    """
    try:
        inner = response["response"]
        credential_id = _exactly(response["rawId"])
        data, client, signature = (
            _exactly(inner[name]) for name in ("authenticatorData", "clientDataJSON", "signature")
        )
    except (KeyError, TypeError, ValueError, AttributeError, binascii.Error):
        raise _rejected("form") from None
    known = next((pair for key, pair in credentials.items() if hmac.compare_digest(key, credential_id)), None)
    if known is None:
        raise _rejected("credential")
    made = SignOff(dict(statement), rp_id, origin, credential_id, known[0], data, client, signature, known[1])
    verify_sign_off(made)
    return made


def _rejected(why: str) -> SignOffRejected:
    return SignOffRejected(REASONS[why], why=why)


def _exactly(text: str) -> bytes:
    """Base64url without padding; refuses a second spelling of the same bytes."""
    data: bytes = websafe_decode(text)
    if websafe_encode(data) != text:
        raise ValueError("not canonical base64url")
    return data


def _key(public_key: bytes) -> CoseKey:
    """The key in COSE bytes. Raises ValueError for what is none, or one that openssl alone could not verify with."""
    try:
        key = CoseKey.parse(dict(cbor.decode(public_key)))  # type: ignore[arg-type]
    except (IndexError, KeyError, TypeError, AttributeError, OverflowError, RecursionError, struct.error):
        raise ValueError("not a COSE key") from None
    if not isinstance(key, ES256 | EdDSA | RS256):
        raise ValueError("unknown algorithm")
    return key


def _pem(public_key: bytes) -> str:
    """A COSE key as a PEM public key."""
    key = _key(public_key)
    made: ec.EllipticCurvePublicKey | ed25519.Ed25519PublicKey | rsa.RSAPublicKey
    if isinstance(key, ES256):
        made = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), b"\x04" + key[-2] + key[-3])
    elif isinstance(key, EdDSA):
        made = ed25519.Ed25519PublicKey.from_public_bytes(key[-2])
    else:
        made = rsa.RSAPublicNumbers(int.from_bytes(key[-2]), int.from_bytes(key[-1])).public_key()
    return made.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
