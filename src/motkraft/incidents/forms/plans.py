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


class AccountForm(forms.Form):
    """The account that somebody has got, and, when ``sure``, that it is theirs."""

    person = line_field(
        gettext_lazy("Their employee id"),
        required=True,
        help_text=gettext_lazy("Such as abc012. You see whose it is before the plan is linked."),
        most=60,
    )
    sure = forms.BooleanField(required=False, widget=forms.HiddenInput)


class PlanForm(forms.Form):
    """For whom a plan is, and why there is one."""

    person = line_field(
        gettext_lazy("The employee id of the one it is for"),
        help_text=gettext_lazy("Somebody who works here, such as abc012."),
        most=60,
    )
    protected = forms.TypedChoiceField(
        label=gettext_lazy("Or somebody under protection who has no account"), coerce=uuid.UUID, required=False
    )
    name = line_field(
        gettext_lazy("Or the name of somebody else without an account"),
        help_text=gettext_lazy(
            "Such as one newly hired, or a relative. Ask them first: the name is kept encrypted, and is watched for"
            " like that of all who are under protection. They read the plan and answer on paper."
        ),
        most=120,
    )
    summary = text_field(
        gettext_lazy("Why is there a plan?"),
        help_text=gettext_lazy("The one it is for reads this, and everything else in the plan."),
    )
    review_on = day_field(
        gettext_lazy("Go through it again"), help_text=gettext_lazy("Empty: in 30 days. Sooner if something happens.")
    )

    def __init__(self, *args: Any, offered: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["protected"].choices = [("", gettext_lazy("Nobody of these")), *offered]  # type: ignore[attr-defined]
        if not offered:
            del self.fields["protected"]

    def clean(self) -> dict[str, Any]:
        """Exactly one way of saying for whom it is."""
        given = super().clean() or self.cleaned_data
        named = [key for key in ("person", "protected", "name") if given.get(key)]
        if len(named) != 1 and not self.errors:
            self.add_error("person", gettext_lazy("Say for whom it is, in one of the ways."))
        return given


class PaperAnswerForm(forms.Form):
    """What somebody without an account answered on the plan's paper."""

    answer = forms.ChoiceField(
        label=gettext_lazy("What did they answer?"),
        choices=[("yes", gettext_lazy("Yes")), ("no", gettext_lazy("No, something must change"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose yes or no.")},
    )
    code = line_field(
        gettext_lazy("The plan's number on the paper"),
        required=True,
        help_text=gettext_lazy("Eight characters under the name. It shows that they answered the plan as it is now."),
        most=12,
    )
    signed_on = day_field(gettext_lazy("Day of the answer"), required=True)
    words = text_field(
        gettext_lazy("What did they say?"),
        rows=3,
        help_text=gettext_lazy("Needed when they said no: what should be otherwise."),
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
