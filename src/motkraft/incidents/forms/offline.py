"""The report that is written without a connection: the few questions on one page."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from motkraft.incidents.forms.fields import KIND_WORDS, line_field, text_field
from motkraft.incidents.forms.reporting import WhoForm
from motkraft.incidents.models import Channel

#: Fields that say something, but are no column of an incident.
NOT_KEPT = frozenset({"client_id"})


class OfflineForm(forms.Form):
    """Everything optional but what happened."""

    client_id = forms.UUIDField(required=False, widget=forms.HiddenInput)
    kind = forms.ChoiceField(
        label=gettext_lazy("What happened?"),
        choices=list(KIND_WORDS.items()),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what fits best.")},
    )
    happened_at = forms.DateTimeField(
        label=gettext_lazy("When did it happen?"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        error_messages={"invalid": gettext_lazy("Write the time as 2026-11-21 14:30.")},
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("How did it happen?"), choices=[("", "–"), *Channel.choices], required=False
    )
    place = line_field(gettext_lazy("Where?"))
    exact_words = text_field(
        gettext_lazy("What was said or written?"),
        help_text=gettext_lazy("Word for word if you can, in the language it was in. Paste if you have it."),
    )
    description = text_field(gettext_lazy("What happened, in your own words?"))
    link = line_field(gettext_lazy("A link to it, if it is on the internet"), most=2000)
    suspect = line_field(gettext_lazy("Do you know who it was?"))
    witnesses = line_field(gettext_lazy("Did anybody else see or hear it?"))
    weapon = forms.BooleanField(label=gettext_lazy("There was a weapon, or talk of a weapon"), required=False)
    relatives_meant = forms.BooleanField(
        label=gettext_lazy("My family or somebody close to me was meant"), required=False
    )
    children_meant = forms.BooleanField(label=gettext_lazy("My children were meant"), required=False)
    danger_ongoing = forms.BooleanField(
        label=gettext_lazy("The danger goes on: it can happen again at any time"), required=False
    )

    for_colleague = forms.BooleanField(
        label=gettext_lazy("It happened to a colleague"),
        help_text=gettext_lazy("Your colleague is not named by it. With a connection you can say who it was."),
        required=False,
    )
    hide_identity = forms.BooleanField(
        label=WhoForm.base_fields["hide_identity"].label,
        help_text=WhoForm.base_fields["hide_identity"].help_text,
        required=False,
    )

    def given(self) -> dict[str, Any]:
        """What is kept of it."""
        found = {name: value for name, value in self.cleaned_data.items() if name not in NOT_KEPT}
        happened: dt.datetime | None = found["happened_at"]
        whom = {"person_id": None} if found["for_colleague"] else {}
        return found | whom | {"time_is_known": happened is not None}
