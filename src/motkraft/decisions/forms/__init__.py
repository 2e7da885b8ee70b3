"""What people fill in about decisions."""

from motkraft.decisions.forms.drafting import (
    AssessForm,
    CopyForm,
    DecideForm,
    NewDecisionForm,
    ReplaceDecisionForm,
    ReportForm,
    RevokeForm,
    TextForm,
    in_language,
)
from motkraft.decisions.forms.opening import DrillForm, KeyForm, OpeningForm, ResealedForm, ShareForm
from motkraft.decisions.forms.public import LARGEST_CHECKED, TOO_BIG, FileForm, IdForm

__all__ = [
    "LARGEST_CHECKED",
    "TOO_BIG",
    "AssessForm",
    "CopyForm",
    "DecideForm",
    "DrillForm",
    "FileForm",
    "IdForm",
    "KeyForm",
    "NewDecisionForm",
    "OpeningForm",
    "ReplaceDecisionForm",
    "ReportForm",
    "ResealedForm",
    "RevokeForm",
    "ShareForm",
    "TextForm",
    "in_language",
]
