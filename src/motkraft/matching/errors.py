"""What can go wrong in the matching engine. No message and no data ever hold a protected value."""

from __future__ import annotations

from motkraft.errors import MotkraftError


class MatchingError(MotkraftError):
    """Base of all errors of the matching engine."""

    code = "matching"


class WeightsError(MatchingError):
    """The sentence encoder's weights are missing, altered or of another layout than the one this code
    reads."""

    code = "matching.weights"


class LibraryError(MatchingError):
    """A claim library or a rule file cannot be used; ``data`` names file and entry."""

    code = "matching.library"


class RegisterError(MatchingError):
    """A protected entry cannot be used; ``data`` names its id and kind, never its value."""

    code = "matching.register"


class FormatError(MatchingError):
    """A file of posts is in no format that any reader recognises."""

    code = "matching.format"


class SettingsError(MatchingError):
    """A setting has a value outside its range; ``data`` names setting and value."""

    code = "matching.settings"
