"""What can go wrong when a document is made.

The message names the field and how to mend it, never its content.
"""

from __future__ import annotations

from motkraft.errors import MotkraftError


class DocumentError(MotkraftError):
    """A document cannot be made from this data; ``data["field"]`` names the field where there is one."""

    code = "documents"


class UnknownTemplate(DocumentError):
    """There is no template of this name."""

    code = "documents.unknown-template"


class InvalidData(DocumentError):
    """A field is missing, unknown, or of the wrong form."""

    code = "documents.invalid-data"


class RenderingFailed(DocumentError):
    """The typesetter refused the document."""

    code = "documents.rendering-failed"
