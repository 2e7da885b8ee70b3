"""Meeting a duty, setting it aside, closing."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy

from motkraft.incidents.forms.fields import EARLIEST, text_field


class MeetForm(forms.Form):
    """A duty is done."""

    note = text_field(
        gettext_lazy("What was done?"),
        help_text=gettext_lazy("The one who reported can read this."),
    )
    day = forms.DateField(
        label=gettext_lazy("Day"),
        validators=[EARLIEST],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    clock = forms.TimeField(label=gettext_lazy("Time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))

    def met_at(self) -> dt.datetime:
        """The moment that was given, on Swedish clocks."""
        given = self.cleaned_data
        return dt.datetime.combine(given["day"], given["clock"], timezone.get_current_timezone())


class ReasonForm(forms.Form):
    """A written reason."""

    reason = text_field(
        gettext_lazy("Why?"),
        required=True,
        help_text=gettext_lazy("The one who reported and the safety representative see that it was set aside."),
    )


class CloseForm(forms.Form):
    """Closing; the reason is needed when something is left."""

    reason = text_field(gettext_lazy("Why is it closed although not everything is done?"), required=True)


class PauseForm(forms.Form):
    """Why a clock must stand still."""

    reason = text_field(
        gettext_lazy("Why must it wait?"),
        required=True,
        help_text=gettext_lazy("The one who reported can read this."),
    )


class AssignForm(forms.Form):
    """Who answers for a duty."""

    person = forms.TypedChoiceField(
        label=gettext_lazy("Who sees to it?"),
        coerce=uuid.UUID,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose somebody.")},
    )

    def __init__(self, *args: Any, people: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = people  # type: ignore[attr-defined]


class AddDutyForm(forms.Form):
    """Something more to do."""

    rule = forms.ChoiceField(
        label=gettext_lazy("What more is to be done?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose something from the list.")},
    )

    def __init__(self, *args: Any, rules: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rule"].choices = rules  # type: ignore[attr-defined]


class WorkMailForm(forms.Form):
    """Where reminders are mailed."""

    address = forms.CharField(
        label=gettext_lazy("Your e-mail address at work"),
        required=False,
        max_length=254,
        help_text=gettext_lazy("Stored encrypted. Empty: nothing is mailed to you."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    wants_reminders = forms.BooleanField(
        label=gettext_lazy("Mail me when something waits for me"), required=False, initial=True
    )
