"""Columns and constraints of incidents. Free text is encrypted; evidence and custody never change once written."""

from motkraft.incidents.models.duty import CalendarFeed, Duty, DutyReceipt, Reminder
from motkraft.incidents.models.escalation import Escalation, EscalationItem, EscalationMessage, Message
from motkraft.incidents.models.evidence import (
    CustodyAction,
    CustodyEvent,
    Evidence,
    EvidenceTimestamp,
    SourceClass,
    Upload,
)
from motkraft.incidents.models.incident import Case, Channel, Incident, Origin
from motkraft.incidents.models.influence import InfluenceReport
from motkraft.incidents.models.lists import Export, SavedView, SearchEntry
from motkraft.incidents.models.office import AlarmCheck, GuardPermit, LoneWorkRule, OfficeRisk
from motkraft.incidents.models.paper import Paper
from motkraft.incidents.models.plan import ApplicationPack, PlanMeasure, SafetyPlan
from motkraft.incidents.models.police import PoliceContact, PoliceDecision, PoliceReport, PoliceWithheld
from motkraft.incidents.models.representative import RepresentativeRequest, WorkStop
from motkraft.incidents.models.retention import Erasure, LegalHold, RetentionRow
from motkraft.incidents.models.series import Series
from motkraft.incidents.models.threat import ThreatAssessment

__all__ = [
    "AlarmCheck",
    "ApplicationPack",
    "CalendarFeed",
    "Case",
    "Channel",
    "CustodyAction",
    "CustodyEvent",
    "Duty",
    "DutyReceipt",
    "Erasure",
    "Escalation",
    "EscalationItem",
    "EscalationMessage",
    "Evidence",
    "EvidenceTimestamp",
    "Export",
    "GuardPermit",
    "Incident",
    "InfluenceReport",
    "LegalHold",
    "LoneWorkRule",
    "Message",
    "OfficeRisk",
    "Origin",
    "Paper",
    "PlanMeasure",
    "PoliceContact",
    "PoliceDecision",
    "PoliceReport",
    "PoliceWithheld",
    "Reminder",
    "RepresentativeRequest",
    "RetentionRow",
    "SafetyPlan",
    "SavedView",
    "SearchEntry",
    "Series",
    "SourceClass",
    "ThreatAssessment",
    "Upload",
    "WorkStop",
]
