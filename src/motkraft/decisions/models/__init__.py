"""Columns and constraints of decisions. Text is encrypted; the sealed record and what was published never change."""

from motkraft.decisions.models.decision import Approval, Decision, DecisionPerson, NoticeAssessment, Viewing
from motkraft.decisions.models.disclosure import DisclosurePart, DisclosureRequest, SecrecyTest
from motkraft.decisions.models.opening import OpeningApproval, OpeningRequest
from motkraft.decisions.models.published import Published, PublishedProof, RecordKind, SealedRecord
from motkraft.decisions.models.rights import HandlingPolicy, Mandate
from motkraft.decisions.models.sign_off import Declaration, Impartiality, SignOff

__all__ = [
    "Approval",
    "Decision",
    "DecisionPerson",
    "Declaration",
    "DisclosurePart",
    "DisclosureRequest",
    "HandlingPolicy",
    "Impartiality",
    "Mandate",
    "NoticeAssessment",
    "OpeningApproval",
    "OpeningRequest",
    "Published",
    "PublishedProof",
    "RecordKind",
    "SealedRecord",
    "SecrecyTest",
    "SignOff",
    "Viewing",
]
