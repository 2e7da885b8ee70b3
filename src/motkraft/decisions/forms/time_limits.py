"""What people fill in about time limits."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from motkraft import law
from motkraft.decisions.forms.drafting import DATE
from motkraft.decisions.rules.time_limits import sets_day


class MarkForm(forms.Form):
    """When something happened, and what else its event asks for."""

    on = forms.DateField(label=_("Which day?"), widget=DATE)
    at = forms.TimeField(
        label=_("What time?"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        help_text=_("Where the hour matters to somebody. The limits are counted in days."),
    )
    until = forms.DateField(
        label=_("New last day that the court set"),
        required=False,
        widget=DATE,
        help_text=_("As the court's decision says. It is not moved when it is a holiday."),
    )
    reference = forms.CharField(
        label=_("The court's case number"),
        max_length=40,
        required=False,
        help_text=_("Kept encrypted. Nothing about the child or the parents."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    def __init__(self, *args: Any, event: law.TimeEvent, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, key in (("at", "time"), ("until", "until"), ("reference", "reference")):
            if key not in event.asks:
                del self.fields[name]
        if "until" in self.fields:
            self.fields["until"].required = sets_day(event.id, timezone.localdate())


class WithdrawForm(forms.Form):
    """Why a mark was wrong."""

    reason = forms.CharField(
        label=_("What was wrong with the mark?"),
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=_("Nothing about the child or the parents."),
    )


class CaseForm(forms.Form):
    """Whose limits one wants to see."""

    case = forms.CharField(
        label=_("Case reference"),
        max_length=40,
        help_text=_("The reference number only. Write no name of a child or parent."),
    )


class DrillForm(forms.Form):
    """Every step of a drill gone through, and what was learned."""

    steps = forms.MultipleChoiceField(label=_("We have gone through"), widget=forms.CheckboxSelectMultiple)
    learned = forms.CharField(
        label=_("What did we learn?"),
        max_length=4_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        help_text=_("Routines, not persons."),
    )

    def __init__(self, *args: Any, steps: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["steps"].choices = steps  # type: ignore[attr-defined]
