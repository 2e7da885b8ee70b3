"""A passkey in software, for tests: it makes real keys and real WebAuthn signatures."""

from __future__ import annotations

import hashlib
import secrets
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256
from fido2.cose import ES256
from fido2.utils import websafe_encode
from fido2.webauthn import (
    Aaguid,
    AttestationObject,
    AttestedCredentialData,
    AuthenticatorData,
    CollectedClientData,
)

from factories import Colleague
from motkraft.people.access import acting
from motkraft.sealing.sign_off import challenge

RP_ID, ORIGIN = "motkraft.example", "https://motkraft.example"
PRESENT, VERIFIED, ATTESTED = 0x01, 0x04, 0x40


class Passkey:
    """One credential of one person."""

    def __init__(self) -> None:
        self.key = ec.generate_private_key(ec.SECP256R1())
        self.credential_id = secrets.token_bytes(32)
        self.cose = ES256.from_cryptography_key(self.key.public_key())

    def attestation(self, rp_id: str = RP_ID) -> AttestationObject:
        """What registration gives: the credential, with no statement about its maker."""
        credential = AttestedCredentialData.create(Aaguid.NONE, self.credential_id, self.cose)
        data = AuthenticatorData.create(
            hashlib.sha256(rp_id.encode()).digest(), PRESENT | VERIFIED | ATTESTED, 0, credential
        )
        return AttestationObject.create("none", data, {})

    def register(self, who: Colleague) -> Passkey:
        """Put the passkey among a person's, as the login library does."""
        client = CollectedClientData.create("webauthn.create", b"c" * 32, ORIGIN)
        credential = {
            "id": websafe_encode(self.credential_id),
            "rawId": websafe_encode(self.credential_id),
            "type": "public-key",
            "response": {
                "clientDataJSON": websafe_encode(client),
                "attestationObject": websafe_encode(self.attestation()),
            },
        }
        with acting(who.actor):
            Authenticator.objects.create(
                user=who.person, type=Authenticator.Type.WEBAUTHN, data={"name": "Test", "credential": credential}
            )
        return self

    def sign(
        self,
        statement: dict[str, str],
        *,
        rp_id: str = RP_ID,
        origin: str = ORIGIN,
        flags: int = PRESENT | VERIFIED,
        kind: str = "webauthn.get",
        **client: Any,
    ) -> dict[str, Any]:
        """What a browser sends for a statement."""
        data = AuthenticatorData.create(hashlib.sha256(rp_id.encode()).digest(), flags, 7)
        collected = CollectedClientData.create(kind, challenge(statement), origin, **client)
        signature = self.key.sign(data + hashlib.sha256(collected).digest(), ec.ECDSA(SHA256()))
        return {
            "rawId": websafe_encode(self.credential_id),
            "response": {
                "authenticatorData": websafe_encode(data),
                "clientDataJSON": websafe_encode(collected),
                "signature": websafe_encode(signature),
            },
        }
