"""Assessing the threat."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from motkraft.incidents.forms.fields import LEVEL_WORDS, text_field


class AssessForm(forms.Form):
    """The threat around a case."""

    level = forms.ChoiceField(
        label=gettext_lazy("How high is the threat?"),
        choices=[(level.value, words) for level, words in LEVEL_WORDS.items()],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose a level.")},
    )
    grounds = text_field(
        gettext_lazy("What does the assessment rest on?"),
        required=True,
        help_text=gettext_lazy("What has happened, what may happen. Nothing about the child or the parents."),
    )
    valid_until = forms.DateField(
        label=gettext_lazy("Assess again no later than"),
        required=False,
        help_text=gettext_lazy("Empty: a week for severe, 30 days for high, 90 for elevated, 180 for low."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
