"""Joining incidents that belong together."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from motkraft.incidents.forms.fields import line_field, text_field
from motkraft.incidents.rules.series import SeriesKind

SERIES_WORDS = {
    SeriesKind.PERSON: gettext_lazy("They are aimed at the same person"),
    SeriesKind.CASE: gettext_lazy("They have to do with the same case"),
    SeriesKind.OTHER: gettext_lazy("Something else"),
}


class WhyForm(forms.Form):
    """Why something is done with a series."""

    reason = text_field(gettext_lazy("Why?"), required=True, rows=3)


class JoinForm(WhyForm):
    """Put an incident into a series that there is."""

    series = forms.ChoiceField(
        label=gettext_lazy("Which series?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose a series.")},
    )

    def __init__(self, *args: Any, offered: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["series"].choices = offered  # type: ignore[attr-defined]
        self.order_fields(["series", "reason"])


class ChangeForm(forms.Form):
    """What holds a series together, what it is called, and what shows that."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What holds them together?"),
        choices=[(key.value, words) for key, words in SERIES_WORDS.items()],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what holds them together.")},
    )
    title = line_field(gettext_lazy("What do you call the series?"), most=80)
    note = text_field(gettext_lazy("What shows that they belong together?"))


class SeriesForm(ChangeForm):
    """A new series: with which others, and what holds them together."""

    others = forms.MultipleChoiceField(
        label=gettext_lazy("Which incidents belong together with this one?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    other_reference = line_field(
        gettext_lazy("Another incident"),
        help_text=gettext_lazy("Its reference, such as H-2026-0001."),
        most=20,
    )
    field_order = ("others", "other_reference", "kind", "title", "note")

    def __init__(self, *args: Any, offered: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["others"].choices = offered  # type: ignore[attr-defined]
        if not offered:
            del self.fields["others"]
