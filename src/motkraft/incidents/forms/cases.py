"""A case's reference number."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from motkraft.incidents.forms.fields import line_field


class CaseForm(forms.Form):
    """A case's reference number."""

    reference = line_field(
        gettext_lazy("The reference number of the case"),
        required=True,
        help_text=gettext_lazy("Such as Ä-2026-0001. Nothing about the child or the parents."),
        most=40,
    )
