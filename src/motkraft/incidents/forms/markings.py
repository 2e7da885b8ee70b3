"""A secrecy marking: what OSL 5 kap. 5 § asks that it states, and why it is set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from motkraft.incidents.forms.fields import line_field, text_field
from motkraft.incidents.forms.plans import day_field
from motkraft.people.markings import MOST_AUTHORITY


class MarkingForm(forms.Form):
    """Provision, day, authority, and the reason."""

    provision = forms.ChoiceField(
        label=gettext_lazy("By which provision?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose the provision.")},
    )
    marked_on = day_field(gettext_lazy("Day of the marking"), required=True)
    authority = line_field(gettext_lazy("Authority that marks"), required=True, most=MOST_AUTHORITY)
    reason = text_field(gettext_lazy("Why is it marked?"), required=True, rows=3)

    def __init__(self, *args: Any, provisions: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["provision"].choices = provisions  # type: ignore[attr-defined]
