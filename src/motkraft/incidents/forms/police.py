"""The police report and its number."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from motkraft.incidents.forms.fields import line_field, text_field


class PoliceForm(forms.Form):
    """What the report to the police says beyond the incident itself. Choices come from the law of the day."""

    offences = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple(attrs={"class": "ds-input"}),
        error_messages={
            "required": gettext_lazy("Choose at least one offence. It is a suggestion: the police decides.")
        },
    )
    harm = text_field(gettext_lazy("Injuries or other harm"), rows=3)
    basis_rules = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple(attrs={"class": "ds-input"}), required=False
    )
    basis = text_field(gettext_lazy("Another basis, or why"), rows=2)
    include_name = forms.BooleanField(
        label=gettext_lazy("Give the name of the person exposed"),
        help_text=gettext_lazy("Ask the person first. Otherwise the police gets the title, and the name on request."),
        required=False,
    )

    def __init__(
        self, *args: Any, offences: list[tuple[str, str]], basis: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["offences"].choices = offences  # type: ignore[attr-defined]
        self.fields["basis_rules"].choices = basis  # type: ignore[attr-defined]
        self.fields["offences"].label = _("What crimes may it be?")
        self.fields["basis_rules"].label = _("On what basis is the police told?")


class CaseNumberForm(forms.Form):
    """The number that the police gave."""

    case_number = line_field(gettext_lazy("The number from the police"), required=True, most=40)
