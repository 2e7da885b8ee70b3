"""The leak scan: does an outward PDF hold a protected word anywhere in its bytes?

Looks in the file name, the raw bytes, every object of every revision (orphans and packed ones too), the text of the
pages as they draw it and as a reader lays it out, ActualText and alternative texts, XMP and document information,
annotations, attachments (PDF and ZIP inside included), the signature's certificates, and square and bar codes in
pictures. What it cannot see: words drawn as a picture. What it cannot read, it refuses (ScanImpossible), so that
unreadable never means clean.
"""

from motkraft.sealing.leak.scan import Leak, scan
from motkraft.sealing.leak.terms import words_of_name

__all__ = ["Leak", "scan", "words_of_name"]
