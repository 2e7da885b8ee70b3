"""The leak scan: does an outward PDF hold a protected word anywhere in its bytes?

Looks in the file name, the raw bytes, every object of every revision (orphans too), the extracted page text,
XMP and document information, attachments (PDF and ZIP inside included), and the signature's certificates.
What it cannot see: words drawn as pictures. What it cannot read, it refuses (ScanImpossible), so that
unreadable never means clean.
"""

from motkraft.sealing.leak.scan import Leak, scan

__all__ = ["Leak", "scan"]
