"""Application packs: the grounds, and what came of the application."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from motkraft.incidents.forms.fields import text_field
from motkraft.incidents.forms.plans import day_field
from motkraft.incidents.rules.packs import PackTemplate

OUTCOME_WORDS = {
    "granted": gettext_lazy("Granted"),
    "refused": gettext_lazy("Refused"),
    "withdrawn": gettext_lazy("Application withdrawn"),
}


class PackForm(forms.Form):
    """What an application pack says beyond the law and the plan."""

    grounds = text_field(
        gettext_lazy("What makes the danger particular?"),
        rows=8,
        required=True,
        help_text=gettext_lazy(
            "Concrete: what has been said and done, by when, and why it goes on. The work alone is not enough."
        ),
    )
    incidents = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Which incidents belong in it?"),
        coerce=uuid.UUID,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("With their days, exact words, police numbers and the list of evidence."),
    )
    family = text_field(
        gettext_lazy("Who in the same household also needs it?"),
        rows=2,
        help_text=gettext_lazy("Ask the person first. No personal numbers: they fill those in themselves."),
    )
    against = text_field(gettext_lazy("Against whom, as far as it is known?"), rows=2)
    where = text_field(
        gettext_lazy("Where to, as far as it is decided?"),
        rows=2,
        help_text=gettext_lazy("The place of work, or what kind of home. No home address."),
    )

    def __init__(self, *args: Any, template: PackTemplate, offered: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["incidents"].choices = offered  # type: ignore[attr-defined]
        if not offered:
            del self.fields["incidents"]
        if not template.asks_family:
            del self.fields["family"]
        if not template.asks_against:
            del self.fields["against"]
        if template.is_employers:
            self.fields["grounds"].help_text = gettext_lazy("Concrete: what has been said and done, and by when.")
        if not template.asks_where:
            del self.fields["where"]


class FollowForm(forms.Form):
    """When the application was sent, and what was decided."""

    sent_on = day_field(gettext_lazy("Sent on"), required=True)
    outcome = forms.ChoiceField(
        label=gettext_lazy("What was decided?"),
        required=False,
        choices=[("", gettext_lazy("Not decided yet")), *OUTCOME_WORDS.items()],
    )
    outcome_on = day_field(gettext_lazy("Decided on"))
    valid_to = day_field(gettext_lazy("Holds until"), help_text=gettext_lazy("You are reminded 60 days before."))
