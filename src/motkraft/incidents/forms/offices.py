"""Risks, checks, lone work and guards at an office."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from motkraft.incidents.forms.fields import EARLIEST, line_field, text_field
from motkraft.incidents.rules.states import CheckKind, CheckOutcome, LoneWork

LIKELIHOOD_WORDS = {
    1: gettext_lazy("Hardly ever"),
    2: gettext_lazy("Some time in ten years"),
    3: gettext_lazy("Some time a year"),
    4: gettext_lazy("Every month or more often"),
}
CONSEQUENCE_WORDS = {
    1: gettext_lazy("Unpleasant"),
    2: gettext_lazy("Somebody is harmed for a short time"),
    3: gettext_lazy("Somebody is badly harmed"),
    4: gettext_lazy("Somebody may die"),
}
CHECK_WORDS = {CheckKind.ALARM: gettext_lazy("Alarm test"), CheckKind.DRILL: gettext_lazy("Drill")}
OUTCOME_WORDS = {
    CheckOutcome.WORKED: gettext_lazy("It worked"),
    CheckOutcome.PARTLY: gettext_lazy("It worked partly"),
    CheckOutcome.FAILED: gettext_lazy("It did not work"),
}
LONE_WORDS = {
    LoneWork.NEVER: gettext_lazy("Never alone"),
    LoneWork.WITH_MEASURES: gettext_lazy("Alone with these measures"),
    LoneWork.YES: gettext_lazy("May be done alone"),
}


def _day(label: Any, *, required: bool = False, help_text: Any = "") -> forms.DateField:
    return forms.DateField(
        label=label,
        required=required,
        help_text=help_text,
        validators=[EARLIEST],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )


class RiskForm(forms.Form):
    """A risk: what, how likely, how bad, and what is done."""

    text = text_field(gettext_lazy("What may happen?"), required=True, rows=3)
    likelihood = forms.TypedChoiceField(
        label=gettext_lazy("How likely is it?"),
        coerce=int,
        choices=list(LIKELIHOOD_WORDS.items()),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose how likely it is.")},
    )
    consequence = forms.TypedChoiceField(
        label=gettext_lazy("How bad would it be?"),
        coerce=int,
        choices=list(CONSEQUENCE_WORDS.items()),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose how bad it would be.")},
    )
    measure = text_field(gettext_lazy("What is done about it?"), rows=3)
    due_on = _day(gettext_lazy("Done by"))


class CheckForm(forms.Form):
    """An alarm test or a drill to come."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What will you do?"),
        choices=[(key.value, words) for key, words in CHECK_WORDS.items()],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose an alarm test or a drill.")},
    )
    planned_on = _day(gettext_lazy("Which day?"), required=True)


class CheckDoneForm(forms.Form):
    """How an alarm test or a drill went."""

    outcome = forms.ChoiceField(
        label=gettext_lazy("How did it go?"),
        choices=[(key.value, words) for key, words in OUTCOME_WORDS.items()],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose how it went.")},
    )
    done_on = _day(gettext_lazy("Which day was it?"), required=True)
    note = text_field(gettext_lazy("What did you learn?"), rows=3)
    next_on = _day(gettext_lazy("When is the next one?"))


class LoneWorkForm(forms.Form):
    """Whether a task may be done alone."""

    task = line_field(gettext_lazy("Which task?"), required=True)
    allowed = forms.ChoiceField(
        label=gettext_lazy("May it be done alone?"),
        choices=[(key.value, words) for key, words in LONE_WORDS.items()],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose whether it may be done alone.")},
    )
    measures = text_field(gettext_lazy("With which measures?"), rows=3)
    review_on = _day(gettext_lazy("Look at the rule again"), help_text=gettext_lazy("Empty: in a year."))


class NeedForm(forms.Form):
    """What an application for guards must hold; all of it before it can be sent."""

    need = text_field(
        gettext_lazy("Why are guards needed there?"),
        required=True,
        help_text=gettext_lazy("What has happened, how often, what has been tried. No names of persons."),
    )
    place = text_field(gettext_lazy("Where: the place, the area or the activity"), required=True, rows=3)
    extent = text_field(gettext_lazy("What would they do, how many, which hours?"), rows=3)
    suitability = text_field(gettext_lazy("Why are guards right there, and not something else?"), rows=3)
    police_lead = text_field(gettext_lazy("How can the police lead and control them?"), rows=3)
    other = text_field(
        gettext_lazy("What else matters?"), rows=3, help_text=gettext_lazy("If nothing does, write that.")
    )


class ApplicationForm(forms.Form):
    """Who applies."""

    organisation_number = line_field(gettext_lazy("Organisation number"), required=True, most=20)
    postal_address = line_field(gettext_lazy("Postal address"), required=True, most=200)


class AppliedForm(forms.Form):
    """When the application came in."""

    applied_on = _day(gettext_lazy("Which day did it come in to the police?"), required=True)


class DecisionForm(forms.Form):
    """What the police decided."""

    granted = forms.TypedChoiceField(
        label=gettext_lazy("What did the police decide?"),
        coerce=lambda value: value == "ja",
        choices=[("ja", gettext_lazy("A permit was given")), ("nej", gettext_lazy("No permit was given"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what the police decided.")},
    )
    decided_on = _day(gettext_lazy("Which day was it decided?"), required=True)
    valid_from = _day(gettext_lazy("First day of the permit"))
    valid_to = _day(gettext_lazy("Last day of the permit"))
    conditions = text_field(gettext_lazy("Conditions"), rows=3)
    police_number = line_field(gettext_lazy("The police's number"), most=40)
