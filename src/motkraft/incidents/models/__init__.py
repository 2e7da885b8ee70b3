"""Columns and constraints of incidents. Free text is encrypted; evidence and custody never change once written."""

from motkraft.incidents.models.duty import Duty
from motkraft.incidents.models.evidence import CustodyAction, CustodyEvent, Evidence, SourceClass
from motkraft.incidents.models.incident import Case, Channel, Incident, Origin
from motkraft.incidents.models.police import PoliceReport
from motkraft.incidents.models.threat import ThreatAssessment

__all__ = [
    "Case",
    "Channel",
    "CustodyAction",
    "CustodyEvent",
    "Duty",
    "Evidence",
    "Incident",
    "Origin",
    "PoliceReport",
    "SourceClass",
    "ThreatAssessment",
]
