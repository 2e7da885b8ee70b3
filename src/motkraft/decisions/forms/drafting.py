"""What people fill in about decisions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from motkraft import law
from motkraft.decisions.forms.sign_off import ImpartialityForm
from motkraft.decisions.rules import BODIES, FEARED, is_body
from motkraft.law import vocabulary

DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


def in_language(words: tuple[str, str]) -> str:
    """The Swedish or the English of a pair, after the language of the page."""
    return words[0] if (get_language() or "sv").startswith("sv") else words[1]


class CopyForm(forms.Form):
    """The case of a decision."""

    case = forms.CharField(
        label=_("Case reference"),
        max_length=40,
        help_text=_("The reference number only. Write no name of a child or parent."),
    )


class NewDecisionForm(CopyForm):
    """The case and the people of a new decision."""

    rapporteur = forms.ChoiceField(
        label=_("Rapporteur"),
        help_text=_("Who presents the matter to those who decide. Stands in the record."),
    )
    grounds = forms.MultipleChoiceField(
        label=_("Ground"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("The decision must name its ground."),
    )

    def __init__(self, *args: Any, kind: law.DecisionType, rapporteurs: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rapporteur"].choices = rapporteurs  # type: ignore[attr-defined]
        if kind.grounds:
            self.fields["grounds"].choices = [(ground, ground) for ground in kind.grounds]  # type: ignore[attr-defined]
            self.fields["grounds"].required = True
        else:
            del self.fields["grounds"]


class TextForm(forms.Form):
    """The text of a decision."""

    content = forms.CharField(
        label=_("What is decided"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
        help_text=_("One or a few sentences that the party understands. No names of staff."),
    )
    reasons = forms.CharField(
        label=_("Reasons"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 10, "dir": "auto"}),
        help_text=_("The decisive circumstances. The whole text goes to the party; write no names of staff."),
    )
    provisions = forms.CharField(
        label=_("Provisions applied"),
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One on each line, such as LVU 6 §."),
    )
    dissent = forms.CharField(
        label=_("Dissenting opinion"),
        max_length=10_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )

    def clean_provisions(self) -> list[str]:
        """The lines, without empty ones."""
        lines = [line.strip() for line in self.cleaned_data["provisions"].splitlines() if line.strip()]
        if any(len(line) > 120 for line in lines):
            raise forms.ValidationError(_("A provision is at most 120 characters. Put one on each line."))
        return lines


class DecideForm(ImpartialityForm):
    """As what one decides, that one is impartial, and that one has read the text."""

    field_order = ("conflict", "ground", "facts", "body", "decided_on", "minutes", "urgency", "read")

    body = forms.ChoiceField(label=_("You decide as"), widget=forms.RadioSelect)
    decided_on = forms.DateField(
        label=_("Day of the meeting"),
        required=False,
        widget=DATE,
        help_text=_("Only for a decision at a meeting. Otherwise the decision is dated today."),
    )
    minutes = forms.CharField(
        label=_("Minutes"),
        max_length=60,
        required=False,
        help_text=_("For a decision at a meeting, such as IFU § 42."),
    )
    urgency = forms.CharField(
        label=_("Why the committee cannot be awaited"),
        max_length=2_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=_("Only when you decide in the committee's place."),
    )
    read = forms.BooleanField(label=_("I have read the text and I am the one who decides. This cannot be undone."))

    def __init__(self, *args: Any, bodies: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["body"].choices = [  # type: ignore[attr-defined]
            (body, in_language(vocabulary.ROLES[body]).capitalize()) for body in bodies if body in BODIES
        ]
        if not any(is_body(body) for body in bodies):
            for name in ("decided_on", "minutes"):
                self.fields.pop(name, None)


class AssessForm(forms.Form):
    """Why one person's name may be left out of the notice."""

    feared = forms.MultipleChoiceField(
        label=_("What can be feared if the name stands in the notice?"), widget=forms.CheckboxSelectMultiple
    )
    facts = forms.CharField(
        label=_("On what facts?"),
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
        help_text=_("What has happened or been said in this case. A general worry is not enough."),
    )
    review_on = forms.DateField(
        label=_("When is the assessment looked at again?"), widget=DATE, help_text=_("A day to come.")
    )
    contact_channel = forms.CharField(
        label=_("How does the party reach you with questions?"),
        max_length=200,
        help_text=_("A function, not a person. Stands in the notice."),
    )

    def clean_review_on(self) -> Any:
        """Say at once, with the other errors, that the day must come."""
        chosen = self.cleaned_data["review_on"]
        if chosen <= timezone.localdate():
            raise forms.ValidationError(_("Choose a day to come."))
        return chosen

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["feared"].choices = [(key, in_language(words)) for key, words in FEARED.items()]  # type: ignore[attr-defined]


class ReportForm(forms.Form):
    """When a substitute's decision was reported."""

    on = forms.DateField(label=_("Day of the meeting"), widget=DATE)


REASON = {"max_length": 2_000, "widget": forms.Textarea(attrs={"rows": 3, "dir": "auto"})}


class RevokeForm(DecideForm):
    """As what one revokes an issued decision, that one is impartial, and why."""

    field_order = ("conflict", "ground", "facts", "body", "reason", "minutes", "urgency", "read")

    decided_on = None
    reason = forms.CharField(label=_("Why the decision no longer stands"), **REASON)
    read = forms.BooleanField(label=_("I am the one who revokes. This cannot be undone."))


class ReplaceDecisionForm(forms.Form):
    """Why an issued decision is to be replaced by a new one."""

    reason = forms.CharField(label=_("Reason"), **REASON)
