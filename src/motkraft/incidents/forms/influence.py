"""Telling what fear did to a decision: two questions, a month, and a text that may stay empty."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy

from motkraft.incidents.forms.fields import text_field
from motkraft.incidents.rules.influence import Area, months
from motkraft.incidents.rules.states import Effect

EFFECT_WORDS = {
    Effect.AVOIDED: gettext_lazy("A decision was not made"),
    Effect.DELAYED: gettext_lazy("A decision came later than it should"),
    Effect.CHANGED: gettext_lazy("A decision became another than it would have been"),
}
AREA_WORDS = {
    Area.REPORT_OF_CONCERN: gettext_lazy("A report of concern and its first assessment"),
    Area.INVESTIGATION: gettext_lazy("An investigation"),
    Area.COMPULSORY_CARE: gettext_lazy("Compulsory care"),
    Area.PLACEMENT: gettext_lazy("Where somebody is to live"),
    Area.CONTACT: gettext_lazy("Contact or access"),
    Area.FOLLOW_UP: gettext_lazy("A home visit or a follow-up"),
    Area.DOCUMENTATION: gettext_lazy("What is written in the file"),
    Area.OTHER: gettext_lazy("Something else"),
}


class InfluenceForm(forms.Form):
    """What happened to the decision, what it was about, about when."""

    report_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    effect = forms.ChoiceField(
        label=gettext_lazy("What did fear do?"),
        choices=[(key.value, words) for key, words in EFFECT_WORDS.items()],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what happened to the decision.")},
    )
    area = forms.ChoiceField(
        label=gettext_lazy("What was the decision about?"),
        choices=[(key.value, words) for key, words in AREA_WORDS.items()],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what the decision was about.")},
    )
    month = forms.TypedChoiceField(label=gettext_lazy("In which month?"), coerce=dt.date.fromisoformat)
    text = text_field(
        gettext_lazy("Do you want to tell more?"),
        help_text=gettext_lazy("Leave out names, the case and everything that shows who you are or whom it was about."),
    )
    with_name = forms.BooleanField(
        label=gettext_lazy("Show my name to those who read influence reports"), required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = months(timezone.now())
        self.fields["month"].choices = [(day.isoformat(), date_format(day, "F Y")) for day in offered]  # type: ignore[attr-defined]
        self.fields["month"].initial = offered[0].isoformat()
