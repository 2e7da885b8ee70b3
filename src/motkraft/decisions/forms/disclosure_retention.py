"""How long requests for documents are kept, and what keeps one from being erased."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from motkraft.incidents.rules.retention import MOST_MONTHS


class RetentionForm(forms.Form):
    """How long requests that ended in one way are kept."""

    months = forms.IntegerField(
        label=_("Months after the request ended"),
        required=False,
        min_value=1,
        max_value=MOST_MONTHS,
        help_text=_("Leave it empty to keep for ever."),
    )
    basis = forms.CharField(
        label=_("What does the time rest on?"),
        required=False,
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
        help_text=_("Such as your retention plan, with its number and date."),
    )


class HoldForm(forms.Form):
    """Why a request is kept whatever the table says, and until when."""

    reason = forms.CharField(
        label=_("Why must it be kept?"),
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=_("Such as an appeal, a trial, a supervision. No names of persons. Stored encrypted."),
    )
    until = forms.DateField(
        label=_("Until which day?"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("Leave it empty to keep it until somebody lifts the hold."),
    )
