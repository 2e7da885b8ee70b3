"""The one base error. Whoever raises it names what, where and how to mend; the edge picks HTTP status or exit code."""

from __future__ import annotations

from typing import Any, ClassVar


class MotkraftError(Exception):
    """Something that a person can act on.

    ``code`` is stable and machine-readable; ``message`` is English and says what, where and how to mend it;
    ``data`` names the facts. Neither may ever hold a protected name.
    """

    code: ClassVar[str] = "error"

    def __init__(self, message: str, **data: Any) -> None:
        super().__init__(message)
        self.message = message
        self.data: dict[str, Any] = data


class NotAllowed(MotkraftError):
    """The actor lacks the permission. Shown as 404: what you may not see is not there."""

    code = "not-allowed"
