"""What people fill in about a text block."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from motkraft.decisions.forms.drafting import DATE, in_language
from motkraft.decisions.rules.text_blocks import PLACES


class TextBlockForm(forms.Form):
    """A new version of a block."""

    title = forms.CharField(label=_("Title"), max_length=120)
    place = forms.ChoiceField(label=_("Where it stands"))
    text = forms.CharField(
        label=_("Text in Swedish"),
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_("No name, no section and no time limit. {decision} becomes the type of the decision."),
    )
    valid_from = forms.DateField(label=_("Applies from"), widget=DATE)
    valid_to = forms.DateField(
        label=_("Applies until"), required=False, widget=DATE, help_text=_("Empty means until somebody changes it.")
    )
    types = forms.MultipleChoiceField(
        label=_("Only for these decisions"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("None chosen means every decision."),
    )

    def __init__(self, *args: Any, types: list[tuple[str, str]], place: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places = {place: PLACES[place]} if place else PLACES
        self.fields["place"].choices = [(key, in_language(words)) for key, words in places.items()]  # type: ignore[attr-defined]
        self.fields["types"].choices = types  # type: ignore[attr-defined]
