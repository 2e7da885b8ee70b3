"""Commitments, sealing to custodians, e-seals on PDF, timestamps, and the leak scan.

Knows no other engine.
"""

from motkraft.sealing.authority import Authority, generate_test_authority, generate_test_certificate
from motkraft.sealing.commitment import Commitment, VerifiedCommitment, commit, verify_commitment
from motkraft.sealing.custodians import generate_custodian, identity_from_words, recipient_of, recovery_words
from motkraft.sealing.errors import SealingError
from motkraft.sealing.eseal import Prepared, TimestampTransport, Validation, archive, complete, eseal, prepare
from motkraft.sealing.leak import Leak, scan
from motkraft.sealing.record import (
    OpenedRecord,
    SealedRecord,
    SealedShare,
    check_resealed,
    open_record,
    open_sealed,
    open_share,
    reseal,
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
    "check_resealed",
    "commit",
    "complete",
    "eseal",
    "generate_custodian",
    "generate_test_authority",
    "generate_test_certificate",
    "identity_from_words",
    "open_record",
    "open_sealed",
    "open_share",
    "prepare",
    "recipient_of",
    "recovery_words",
    "request_timestamp",
    "reseal",
    "scan",
    "seal",
    "verify_commitment",
    "verify_pdf",
    "verify_timestamp",
]
