"""What people fill in to ask the police for help, and what came of it."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from motkraft.decisions.forms.drafting import in_language
from motkraft.decisions.rules.police_help import MANDATES, Answer, Presence, Purpose, conditions, may_ask
from motkraft.law import vocabulary
from motkraft.people.access import Role

PURPOSES = {
    Purpose.CARRY_OUT: _("To carry out a decision on care or custody"),
    Purpose.EXAMINATION: _("For a medical examination"),
}
ANSWERS = {
    Answer.GRANTED: _("They come"),
    Answer.OTHER_TIME: _("They come at another time"),
    Answer.REFUSED: _("They do not come"),
}
PRESENCES = {
    Presence.PRESENT: _("They were there"),
    Presence.LATE: _("They came late"),
    Presence.ABSENT: _("They did not come"),
    Presence.NOT_NEEDED: _("They were not needed in the end"),
}
_TIME = {"type": "datetime-local"}


class PoliceHelpForm(forms.Form):
    """A request for help: the mandate, the condition with its facts, when, where, what."""

    case = forms.CharField(
        label=_("Case reference"),
        max_length=40,
        help_text=_("The reference number only. Write no name of a child or parent."),
    )
    purpose = forms.ChoiceField(
        label=_("What help is for"),
        widget=forms.RadioSelect,
    )
    mandate = forms.ChoiceField(label=_("You ask as"), widget=forms.RadioSelect)
    mandate_basis = forms.CharField(
        label=_("Where the committee's decision stands"),
        max_length=200,
        required=False,
        help_text=_("The decision to ask, or the appointment, such as IFU § 42, 12 January 2026."),
    )
    condition = forms.ChoiceField(label=_("Which condition is met?"), widget=forms.RadioSelect)
    facts = forms.CharField(
        label=_("The facts"),
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
        help_text=_("What makes the condition be met. Only what the police need; no name of staff."),
    )
    wanted_at = forms.DateTimeField(label=_("When"), widget=forms.DateTimeInput(attrs=_TIME, format="%Y-%m-%dT%H:%M"))
    place = forms.CharField(
        label=_("Where"), max_length=300, help_text=_("The least that is needed to find the place.")
    )
    needs = forms.CharField(
        label=_("What the police are needed for"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )
    contact = forms.CharField(
        label=_("How the police reach you"),
        max_length=200,
        help_text=_("A telephone number of the office, not a name."),
    )
    unnamed = forms.CharField(
        label=_("Why your name does not stand in the request"),
        max_length=1_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
        help_text=_("Leave empty to stand there with name and title. Needed where names are left out."),
    )

    def __init__(self, *args: Any, roles: frozenset[Role], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        rule = conditions(timezone.localdate())
        words = rule.tests_sv if in_language(("sv", "en")) == "sv" else rule.tests_en
        self.fields["condition"].choices = list(zip(rule.tests, words, strict=True))  # type: ignore[attr-defined]
        may = {purpose: may_ask(purpose, roles, timezone.localdate()) for purpose in Purpose}
        offered = [(key.value, words) for key, words in PURPOSES.items() if may[key]]
        self.fields["purpose"].choices = offered  # type: ignore[attr-defined]
        self.fields["purpose"].initial = offered[0][0] if offered else None
        self.fields["mandate"].choices = [  # type: ignore[attr-defined]
            (name, _capital(in_language(vocabulary.ROLES[name])))
            for name in MANDATES
            if any(name in names for names in may.values())
        ]


def _capital(words: str) -> str:
    return words[:1].upper() + words[1:]


class PoliceAnswerForm(forms.Form):
    """What the police answered."""

    answer = forms.ChoiceField(
        label=_("What did the police answer?"),
        widget=forms.RadioSelect,
        choices=[(key.value, words) for key, words in ANSWERS.items()],
    )
    other_at = forms.DateTimeField(
        label=_("The other time"),
        required=False,
        widget=forms.DateTimeInput(attrs=_TIME, format="%Y-%m-%dT%H:%M"),
        help_text=_("Only when they come at another time."),
    )
    answer_reason = forms.CharField(
        label=_("The reason they gave"),
        max_length=2_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=_("Needed for a refusal. Write that none was given, if so."),
    )


class PoliceEndForm(forms.Form):
    """Whether the police were there, and what came of it."""

    presence = forms.ChoiceField(
        label=_("Were the police there?"),
        widget=forms.RadioSelect,
        choices=[(key.value, words) for key, words in PRESENCES.items()],
    )
    aftermath = forms.CharField(
        label=_("What happened, and what is to be learnt"),
        max_length=5_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
        help_text=_("A threat or violence is reported as an incident of its own. Kept encrypted."),
    )
