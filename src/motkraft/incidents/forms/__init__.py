"""Forms: one question each for the one who reports, plain sections for the one who acts."""

from motkraft.incidents.forms.cases import CaseForm
from motkraft.incidents.forms.duties import CloseForm, MeetForm, ReasonForm
from motkraft.incidents.forms.evidence import EvidenceForm, PurposeForm
from motkraft.incidents.forms.fields import KIND_WORDS, LEVEL_WORDS, FilesField, SeveralFiles, kind_words
from motkraft.incidents.forms.police import CaseNumberForm, PoliceForm
from motkraft.incidents.forms.reporting import (
    DangerForm,
    FilesForm,
    KindForm,
    MoreForm,
    StepForm,
    WhenForm,
    WhereForm,
    WordsForm,
)
from motkraft.incidents.forms.threat import AssessForm

__all__ = [
    "KIND_WORDS",
    "LEVEL_WORDS",
    "AssessForm",
    "CaseForm",
    "CaseNumberForm",
    "CloseForm",
    "DangerForm",
    "EvidenceForm",
    "FilesField",
    "FilesForm",
    "KindForm",
    "MeetForm",
    "MoreForm",
    "PoliceForm",
    "PurposeForm",
    "ReasonForm",
    "SeveralFiles",
    "StepForm",
    "WhenForm",
    "WhereForm",
    "WordsForm",
    "kind_words",
]
