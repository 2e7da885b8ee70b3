"""Meeting a duty, setting it aside, closing."""

from __future__ import annotations

import datetime as dt

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
