"""Retention times and legal holds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from motkraft.incidents.forms.fields import line_field, text_field
from motkraft.incidents.rules.retention import MOST_MONTHS


class LineForm(forms.Form):
    """How long a category is kept."""

    months = forms.IntegerField(
        label=gettext_lazy("Months after the incident was closed"),
        required=False,
        min_value=1,
        max_value=MOST_MONTHS,
        help_text=gettext_lazy("Leave it empty to keep for ever."),
    )
    basis = text_field(
        gettext_lazy("What does the time rest on?"),
        rows=2,
        help_text=gettext_lazy("Such as your retention plan, with its number and date."),
    )


class CategoryForm(forms.Form):
    """Which category an incident is kept by."""

    reference = line_field(
        gettext_lazy("Reference of the incident"),
        required=True,
        help_text=gettext_lazy("Such as H-2026-0001."),
        most=40,
    )
    category = forms.ChoiceField(
        label=gettext_lazy("By which line of the table is it kept?"), required=False, widget=forms.RadioSelect
    )
    reason = text_field(
        gettext_lazy("Why by this line?"),
        required=True,
        rows=2,
        help_text=gettext_lazy(
            "Those who manage retention and those who answer for the incident see it. It is encrypted."
        ),
    )

    def __init__(self, *args: Any, offered: Sequence[tuple[str, str | Promise]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["category"].choices = offered  # type: ignore[attr-defined]


class HoldForm(forms.Form):
    """What is kept, why, and until when."""

    reference = line_field(
        gettext_lazy("Reference of the incident, or of the case"),
        required=True,
        help_text=gettext_lazy("Such as H-2026-0001. With a case's reference all its incidents are kept."),
        most=40,
    )
    reason = text_field(
        gettext_lazy("Why must it be kept?"),
        required=True,
        rows=3,
        help_text=gettext_lazy("Such as a request for the document, a trial, a supervision. No names of persons."),
    )
    until = forms.DateField(
        label=gettext_lazy("Until which day?"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=gettext_lazy("Leave it empty to keep it until somebody lifts the hold."),
    )
