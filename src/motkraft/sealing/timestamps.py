"""RFC 3161 timestamps over any bytes: proof that they existed at a time.

The network is the caller's: a ``TimestampTransport`` takes the DER request and gives back the DER response.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import rfc3161_client

from motkraft.sealing.errors import TimestampRejected
from motkraft.sealing.eseal import TimestampTransport
from motkraft.sealing.signers import load_roots


@dataclass(frozen=True, slots=True)
class VerifiedTimestamp:
    """A verified timestamp: the proven time (UTC), the service's serial number and policy OID."""

    time: dt.datetime
    serial: int
    policy: str


def request_timestamp(data: bytes, transport: TimestampTransport) -> bytes:
    """Ask a service to timestamp the SHA-512 of some bytes; gives the DER response to keep beside them.

    Raises TimestampRejected when the service is away, refuses, or answers something else.
    """
    request = (
        rfc3161_client.TimestampRequestBuilder()
        .data(data)
        .nonce(nonce=True)
        .cert_request(cert_request=True)
        .build()
    )
    try:
        answer = transport(request.as_bytes())
        response = rfc3161_client.decode_timestamp_response(answer)
    except (OSError, ValueError) as error:
        raise TimestampRejected(
            "The timestamp service did not answer with a timestamp. Try again later."
        ) from error
    granted = (rfc3161_client.PKIStatus.GRANTED, rfc3161_client.PKIStatus.GRANTED_WITH_MODS)
    if response.status not in granted:
        raise TimestampRejected("The timestamp service refused the request.", status=int(response.status))
    if (
        response.tst_info.nonce != request.nonce
        or response.tst_info.message_imprint.message != request.message_imprint.message
    ):
        raise TimestampRejected("The timestamp service answered another request than this one.")
    return answer


def verify_timestamp(data: bytes, response: bytes, *, trust_roots: Sequence[bytes]) -> VerifiedTimestamp:
    """Verify a kept DER response against the bytes and trusted roots (PEM or DER).

    Raises TimestampRejected when it is of other bytes, was changed, or leads to no trusted root.
    """
    builder = rfc3161_client.VerifierBuilder()
    for root in load_roots(trust_roots):
        builder = builder.add_root_certificate(root)
    try:
        decoded = rfc3161_client.decode_timestamp_response(response)
        builder.build().verify_message(decoded, data)
        info = decoded.tst_info
    except (rfc3161_client.VerificationError, ValueError) as error:
        raise TimestampRejected(
            "The timestamp does not verify: it is of another file, was changed, or its service is not "
            "trusted."
        ) from error
    return VerifiedTimestamp(info.gen_time.astimezone(dt.UTC), info.serial_number, info.policy.dotted_string)


def read_timestamp(response: bytes) -> VerifiedTimestamp:
    """Read what a kept DER response says, without proving it. Raises TimestampRejected when it is none."""
    try:
        info = rfc3161_client.decode_timestamp_response(response).tst_info
    except ValueError as error:
        raise TimestampRejected("This is no timestamp.") from error
    return VerifiedTimestamp(info.gen_time.astimezone(dt.UTC), info.serial_number, info.policy.dotted_string)
