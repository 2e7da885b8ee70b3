"""What can go wrong with an incident, each with a message that says how to mend it."""

from __future__ import annotations

from motkraft.errors import MotkraftError


class IncidentError(MotkraftError):
    """Something about an incident cannot be done as asked."""

    code = "incident"


class NotReady(IncidentError):
    """Something is missing; ``data["field"]`` names it."""

    code = "incident.not-ready"


class WrongState(IncidentError):
    """The thing is not in a state that allows this; ``data`` has ``state`` and ``wanted``."""

    code = "incident.wrong-state"


class EvidenceRefused(IncidentError):
    """A file cannot be taken in as evidence. The message says why and how to mend it."""

    code = "incident.evidence-refused"


class EvidenceChanged(IncidentError):
    """The stored bytes are not those that came in."""

    code = "incident.evidence-changed"
