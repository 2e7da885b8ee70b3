"""Finds where a post names or locates something protected: names in five scripts, numbers, addresses, plates.

The register is the organisation's own list. No value of it is ever in a repr, a log line, a reason or an
error; an exposure tells the entry by its id and the place by offsets.
"""

from motkraft.matching.exposures.finder import ExposureFinder
from motkraft.matching.exposures.register import ProtectedEntry

__all__ = ["ExposureFinder", "ProtectedEntry"]
