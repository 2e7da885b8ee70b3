"""What can go wrong when something is sealed, opened or verified. No message ever holds a protected word."""

from __future__ import annotations

from motkraft.errors import MotkraftError


class SealingError(MotkraftError):
    """Something could not be sealed, opened or verified."""

    code = "sealing"


class KeyRejected(SealingError):
    """A key has the wrong length or form."""

    code = "sealing.key-rejected"


class UnknownKey(SealingError):
    """A blob was encrypted with a key that this vault does not hold."""

    code = "sealing.unknown-key"


class DecryptionFailed(SealingError):
    """A blob was changed, or belongs to another context."""

    code = "sealing.decryption-failed"


class CommitmentMismatch(SealingError):
    """A document and a salt do not give the committed digest."""

    code = "sealing.commitment-mismatch"


class MalformedRecord(SealingError):
    """Bytes are not a sealed record in the documented format."""

    code = "sealing.malformed-record"


class TamperedRecord(SealingError):
    """A sealed record was changed after it was made."""

    code = "sealing.tampered-record"


class CustodianRejected(SealingError):
    """A custodian is unknown to the record, or the identity does not open the share."""

    code = "sealing.custodian-rejected"


class NotEnoughShares(SealingError):
    """Fewer distinct shares were given than the record's threshold."""

    code = "sealing.not-enough-shares"


class SharesRejected(SealingError):
    """Shares are damaged, or do not belong to this record."""

    code = "sealing.shares-rejected"


class CertificateRejected(SealingError):
    """A seal certificate or its key cannot be used."""

    code = "sealing.certificate-rejected"


class CertificateRevoked(CertificateRejected):
    """The seal's own certificate was revoked: nothing may be sealed with it, at any level."""

    code = "sealing.certificate-revoked"


class SealingFailed(SealingError):
    """A PDF could not be sealed."""

    code = "sealing.eseal-failed"


class NoSeal(SealingError):
    """A PDF carries no e-seal."""

    code = "sealing.no-seal"


class BrokenSeal(SealingError):
    """A PDF was changed after it was sealed, or its seal is not well formed."""

    code = "sealing.broken-seal"


class UntrustedSeal(SealingError):
    """A seal is whole, but its certificate does not lead to a trusted root."""

    code = "sealing.untrusted-seal"


class TimestampRejected(SealingError):
    """A timestamp service refused, or its answer does not verify."""

    code = "sealing.timestamp-rejected"


class ScanImpossible(SealingError):
    """A file cannot be read well enough to say that it holds no protected word; do not release it."""

    code = "sealing.scan-impossible"


class SigningAway(SealingError):
    """A signing service does not answer or has not signed yet; asked again with the same name, it goes on."""

    code = "sealing.signing-away"


class SigningRefused(SealingError):
    """A signing service refuses to sign, or knows the request's name with another hash."""

    code = "sealing.signing-refused"


class PluginAway(SealingError):
    """A key that only a plugin can use: the plugin, or the program that runs it, is missing or does not answer.

    ``template`` is the message with its ``%(names)s`` still in it, so that the interface can say it in its language.
    """

    code = "sealing.plugin-away"

    def __init__(self, message: str, **data: object) -> None:
        super().__init__(message % data if data else message, **data)
        self.template = message
