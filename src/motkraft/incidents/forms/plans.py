"""Safety plans: for whom, which measures, and the answer of the one it is for."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from motkraft.incidents.forms.fields import line_field, text_field
from motkraft.incidents.rules.plans import MOST_CHECK_DAYS


def day_field(label: Any, *, required: bool = False, help_text: Any = "") -> forms.DateField:
    """A day, asked for with the reader's own calendar."""
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class PlanForm(forms.Form):
    """For whom a plan is, and why there is one."""

    person = line_field(
        gettext_lazy("The employee id of the one it is for"),
        required=True,
        help_text=gettext_lazy("Somebody who works here, such as abc012."),
        most=60,
    )
    summary = text_field(
        gettext_lazy("Why is there a plan?"),
        help_text=gettext_lazy("The one it is for reads this, and everything else in the plan."),
    )
    review_on = day_field(
        gettext_lazy("Go through it again"), help_text=gettext_lazy("Empty: in 30 days. Sooner if something happens.")
    )


class MeasureForm(forms.Form):
    """One measure: what, who sees to it, by when, and how often it is looked at."""

    title = line_field(gettext_lazy("What is to be done?"), required=True, most=200)
    detail = text_field(gettext_lazy("How, in this case"), rows=5)
    owner = forms.TypedChoiceField(
        label=gettext_lazy("Who sees to it?"),
        coerce=uuid.UUID,
        error_messages={"required": gettext_lazy("Choose somebody.")},
    )
    due_on = day_field(gettext_lazy("In place by"), required=True)
    check_days = forms.IntegerField(
        label=gettext_lazy("Look again after so many days"),
        required=False,
        min_value=1,
        max_value=MOST_CHECK_DAYS,
        help_text=gettext_lazy("Empty: nobody is reminded to look whether it still holds."),
    )

    def __init__(self, *args: Any, owners: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["owner"].choices = owners  # type: ignore[attr-defined]


class DropForm(forms.Form):
    """Why a measure is taken out."""

    reason = text_field(gettext_lazy("Why is it taken out?"), required=True, rows=2)


class ReviewForm(forms.Form):
    """When a plan is gone through again."""

    review_on = day_field(gettext_lazy("Go through it again"), required=True)


class AnswerForm(forms.Form):
    """What the one it is for says of the plan."""

    seen = forms.CharField(widget=forms.HiddenInput)
    words = text_field(
        gettext_lazy("What do you want to say?"),
        rows=3,
        help_text=gettext_lazy("Needed when you say no: what should be otherwise."),
    )
