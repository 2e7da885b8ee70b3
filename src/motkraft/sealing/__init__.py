"""Commitments, sealing to custodians, e-seals on PDF, timestamps, and the leak scan.

Knows no other engine.
"""

from motkraft.sealing.authority import Authority, generate_test_authority, generate_test_certificate
from motkraft.sealing.commitment import Commitment, VerifiedCommitment, commit, verify_commitment
from motkraft.sealing.custodians import generate_custodian, recipient_of
from motkraft.sealing.errors import SealingError
from motkraft.sealing.eseal import Prepared, TimestampTransport, Validation, archive, complete, eseal, prepare
from motkraft.sealing.leak import Leak, scan
from motkraft.sealing.record import (
    OpenedRecord,
    SealedRecord,
    SealedShare,
    open_record,
    open_sealed,
    open_share,
    seal,
)
from motkraft.sealing.signers import Signer
from motkraft.sealing.timestamps import VerifiedTimestamp, request_timestamp, verify_timestamp
from motkraft.sealing.vault import Vault
from motkraft.sealing.verify import PdfSeal, verify_pdf

__all__ = [
    "Authority",
    "Commitment",
    "Leak",
    "OpenedRecord",
    "PdfSeal",
    "Prepared",
    "SealedRecord",
    "SealedShare",
    "SealingError",
    "Signer",
    "TimestampTransport",
    "Validation",
    "Vault",
    "VerifiedCommitment",
    "VerifiedTimestamp",
    "archive",
    "commit",
    "complete",
    "eseal",
    "generate_custodian",
    "generate_test_authority",
    "generate_test_certificate",
    "open_record",
    "open_sealed",
    "open_share",
    "prepare",
    "recipient_of",
    "request_timestamp",
    "scan",
    "seal",
    "verify_commitment",
    "verify_pdf",
    "verify_timestamp",
]
