"""What people fill in about levels of protection."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from motkraft.decisions.rules.protection import HELP, JOINT_BOARD, NAMES, NATIONAL, NO_NAMES, TRANSFER

LEVEL_WORDS = {
    NAMES: _("Names as usual"),
    NO_NAMES: _("A notice without names"),
    HELP: _("Work from another municipality"),
    JOINT_BOARD: _("A joint board decides"),
    TRANSFER: _("The case moves to another municipality"),
    NATIONAL: _("A national unit decides"),
}
_DATE = {"type": "date"}


class LevelForm(forms.Form):
    """Which level, why, and who takes over."""

    level = forms.TypedChoiceField(label=_("Level of protection"), widget=forms.RadioSelect, coerce=int)
    reasons = forms.CharField(
        label=_("Why this level"),
        max_length=5_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        help_text=_("Needed to leave names out, and for another level than the proposed one. Kept encrypted."),
    )
    to = forms.ChoiceField(
        label=_("Who helps, or takes over"),
        required=False,
        help_text=_("Only when another organisation works or decides."),
    )
    grounds = forms.CharField(
        label=_("Grounds that the other organisation reads"),
        max_length=5_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        help_text=_("Only when another organisation decides. It reads this and the text of the decision, no more."),
    )

    def __init__(
        self, *args: Any, levels: list[tuple[int, str]], organisations: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["level"].choices = [(str(number), words) for number, words in levels]  # type: ignore[attr-defined]
        if organisations:
            self.fields["to"].choices = [("", "–"), *organisations]  # type: ignore[attr-defined]
        else:
            del self.fields["to"], self.fields["grounds"]


class HandOverAnswerForm(forms.Form):
    """Yes or no from the organisation that is asked."""

    accept = forms.TypedChoiceField(
        label=_("Do you take over?"),
        widget=forms.RadioSelect,
        coerce=lambda value: value == "yes",
        choices=[("yes", _("Yes: a case and a draft are made here")), ("no", _("No"))],
    )
    answer = forms.CharField(
        label=_("The answer in writing"),
        max_length=5_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        help_text=_("Needed for a no. The organisation that asks reads it."),
    )


class AppliedForm(forms.Form):
    """The day that the agency was asked."""

    on = forms.DateField(label=_("Day of the application"), widget=forms.DateInput(attrs=_DATE, format="%Y-%m-%d"))


class AgencyForm(forms.Form):
    """What the agency decided."""

    moved = forms.TypedChoiceField(
        label=_("What did the agency decide?"),
        widget=forms.RadioSelect,
        coerce=lambda value: value == "yes",
        choices=[("yes", _("The case moves")), ("no", _("The case stays"))],
    )
    on = forms.DateField(label=_("Day of the decision"), widget=forms.DateInput(attrs=_DATE, format="%Y-%m-%d"))
