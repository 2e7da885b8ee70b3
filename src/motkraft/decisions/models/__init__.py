"""Columns and constraints of decisions. Text is encrypted; the sealed record and what was published never change."""

from motkraft.decisions.models.custodians import CustodianDrill, Resealing
from motkraft.decisions.models.decision import (
    Approval,
    Decision,
    DecisionPerson,
    NoticeAssessment,
    Revocation,
    Viewing,
)
from motkraft.decisions.models.disclosure import (
    DisclosureErasure,
    DisclosurePart,
    DisclosureRequest,
    DisclosureRetention,
    SecrecyTest,
)
from motkraft.decisions.models.opening import OpeningApproval, OpeningRequest
from motkraft.decisions.models.police_help import PoliceHelp
from motkraft.decisions.models.protection import HandOver, ProtectionChoice
from motkraft.decisions.models.protection_help import HelpAgreement, HelpShare
from motkraft.decisions.models.published import Published, PublishedProof, RecordKind, SealedRecord
from motkraft.decisions.models.rights import HandlingPolicy, Mandate
from motkraft.decisions.models.sign_off import Declaration, Impartiality, SignOff
from motkraft.decisions.models.text_blocks import TextBlock
from motkraft.decisions.models.time_limits import LimitReminder, SubmissionDrill, TimeMark

__all__ = [
    "Approval",
    "CustodianDrill",
    "Decision",
    "DecisionPerson",
    "Declaration",
    "DisclosureErasure",
    "DisclosurePart",
    "DisclosureRequest",
    "DisclosureRetention",
    "HandOver",
    "HandlingPolicy",
    "HelpAgreement",
    "HelpShare",
    "Impartiality",
    "LimitReminder",
    "Mandate",
    "NoticeAssessment",
    "OpeningApproval",
    "OpeningRequest",
    "PoliceHelp",
    "ProtectionChoice",
    "Published",
    "PublishedProof",
    "RecordKind",
    "Resealing",
    "Revocation",
    "SealedRecord",
    "SecrecyTest",
    "SignOff",
    "SubmissionDrill",
    "TextBlock",
    "TimeMark",
    "Viewing",
]
