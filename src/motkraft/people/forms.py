"""What an administrator fills in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from motkraft.people.access import Role
from motkraft.people.models import Office

NO_OFFICE = _("No particular office")
ROLES = [(role.value, role.label) for role in Role]


class PersonForm(forms.Form):
    """A new person with a first role."""

    username = forms.RegexField(
        regex=r"^[a-z0-9][a-z0-9.-]{2,63}$",
        label=_("Employee id"),
        help_text=_(
            "Letters a to z, digits, full stop and hyphen. It is shown in lists and logs, so it should not hold a name."
        ),
        error_messages={"invalid": _("Use only a to z, digits, full stop and hyphen, at least three characters.")},
    )
    name = forms.CharField(
        label=_("Name"), max_length=120, help_text=_("Stored encrypted. Each reading is written down.")
    )
    title = forms.CharField(label=_("Title"), max_length=80, required=False)
    role = forms.ChoiceField(label=_("Role"), choices=ROLES)
    office = forms.ModelChoiceField(
        label=_("Office"), queryset=Office.objects.none(), required=False, empty_label=NO_OFFICE
    )
    password = forms.CharField(
        label=_("First password"),
        required=False,
        min_length=12,
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("At least twelve characters. Leave empty when the organisation uses single sign-on."),
    )

    def __init__(self, *args: Any, offices: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["office"].queryset = offices  # type: ignore[attr-defined]


class RoleForm(forms.Form):
    """One more role for a person."""

    role = forms.ChoiceField(label=_("Role"), choices=ROLES)
    office = forms.ModelChoiceField(
        label=_("Office"), queryset=Office.objects.none(), required=False, empty_label=NO_OFFICE
    )
    valid_to = forms.DateField(
        label=_("Until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Leave empty for no end."),
    )

    def __init__(self, *args: Any, offices: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["office"].queryset = offices  # type: ignore[attr-defined]


class SamePersonForm(forms.Form):
    """Another account of the same natural person."""

    username = forms.CharField(label=_("Employee id of the other account"), max_length=64)
    reason = forms.CharField(
        label=_("How do you know?"),
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=_("Stored encrypted. Write no personal number."),
    )


class ExperienceForm(forms.Form):
    """That somebody is experienced in a role, on which grounds, from when to when."""

    membership = forms.ChoiceField(label=_("In which role?"))
    grounds = forms.CharField(
        label=_("On what grounds?"), max_length=1_000, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"})
    )
    valid_from = forms.DateField(
        label=_("From"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Leave empty for today."),
    )
    valid_to = forms.DateField(
        label=_("Until"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}),
        help_text=_("Leave empty when it has no end."),
    )

    def __init__(self, *args: Any, memberships: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["membership"].choices = memberships  # type: ignore[attr-defined]


class WhyForm(forms.Form):
    """Why a mark is taken back."""

    reason = forms.CharField(
        label=_("Reason"), max_length=1_000, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"})
    )
