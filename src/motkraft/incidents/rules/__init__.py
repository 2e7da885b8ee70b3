"""Pure rules of incidents: states, duties and their clocks, closing, offences, the threat picture, numbering.

No section number and no time limit stands here: they come from ``motkraft.law``. The one exception is our own method
for proposing a threat level, which is no law; its figures stand in ``LEVEL_GROUNDS`` and ``ASSESS_AGAIN_AFTER``.
New modules are imported by their own name; this file gathers only what other rooms have always imported from here.
"""

from motkraft.incidents.rules.duties import (
    POLICE_DUTIES,
    Closing,
    DueDuty,
    duties_for,
    duty_rule,
    may_close,
    rule_of,
    rules_on,
)
from motkraft.incidents.rules.errors import EvidenceChanged, EvidenceRefused, IncidentError, NotReady, WrongState
from motkraft.incidents.rules.events import EVENTS
from motkraft.incidents.rules.evidence import EVIDENCE_FAMILIES, EVIDENCE_TYPES, is_accepted, safe_file_name
from motkraft.incidents.rules.offences import chosen_offences, offered_offences, suggested_offences
from motkraft.incidents.rules.references import CASE_REFERENCE, clean_case_reference, incident_reference
from motkraft.incidents.rules.report import CLOCK_SKEW, KINDS, Report, check_report
from motkraft.incidents.rules.sight import View, view_of
from motkraft.incidents.rules.states import (
    DUTY_TRANSITIONS,
    TRANSITIONS,
    DutyState,
    Status,
    next_duty_state,
    next_status,
)
from motkraft.incidents.rules.threat import (
    ASSESS_AGAIN_AFTER,
    HIGHEST,
    LEVEL_GROUNDS,
    Ground,
    Level,
    LevelProposal,
    Signal,
    effective_level,
    propose_level,
)

__all__ = [
    "ASSESS_AGAIN_AFTER",
    "CASE_REFERENCE",
    "CLOCK_SKEW",
    "DUTY_TRANSITIONS",
    "EVENTS",
    "EVIDENCE_FAMILIES",
    "EVIDENCE_TYPES",
    "HIGHEST",
    "KINDS",
    "LEVEL_GROUNDS",
    "POLICE_DUTIES",
    "TRANSITIONS",
    "Closing",
    "DueDuty",
    "DutyState",
    "EvidenceChanged",
    "EvidenceRefused",
    "Ground",
    "IncidentError",
    "Level",
    "LevelProposal",
    "NotReady",
    "Report",
    "Signal",
    "Status",
    "View",
    "WrongState",
    "check_report",
    "chosen_offences",
    "clean_case_reference",
    "duties_for",
    "duty_rule",
    "effective_level",
    "incident_reference",
    "is_accepted",
    "may_close",
    "next_duty_state",
    "next_status",
    "offered_offences",
    "propose_level",
    "rule_of",
    "rules_on",
    "safe_file_name",
    "suggested_offences",
    "view_of",
]
