"""Assessing the threat: six parts, each explained step by step, then the level with its grounds."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from motkraft.incidents.forms.fields import LEVEL_WORDS, text_field
from motkraft.incidents.rules.threat import FACTORS, STEPS

#: Each part: what it is called and what it asks.
FACTOR_WORDS = {
    "history": (
        gettext_lazy("History"),
        gettext_lazy("What has the one who threatens done before, to us or to others?"),
    ),
    "capability": (
        gettext_lazy("Capability"),
        gettext_lazy("Can they do what they threaten with: means, knowledge, people around them?"),
    ),
    "intent": (
        gettext_lazy("Intent"),
        gettext_lazy("How clearly do they say or show that they will do it?"),
    ),
    "proximity": (
        gettext_lazy("Proximity"),
        gettext_lazy("How near have they come: to the office, to the home, face to face?"),
    ),
    "exposure": (
        gettext_lazy("How exposed"),
        gettext_lazy("How easily are the person, the home and the routes found?"),
    ),
    "vulnerability": (
        gettext_lazy("Vulnerability"),
        gettext_lazy("What makes it worse if it happens: lone work, children at home, no alarm, earlier harm?"),
    ),
}
#: What each step means, from 0 to 3.
STEP_WORDS = {
    "history": (
        gettext_lazy("Nothing known"),
        gettext_lazy("A single incident"),
        gettext_lazy("Several incidents, or threats against others"),
        gettext_lazy("Violence, or convicted of a crime like this"),
    ),
    "capability": (
        gettext_lazy("Nothing points to it"),
        gettext_lazy("Could do something less grave, such as damage"),
        gettext_lazy("Has the strength, the knowledge or the company to do it"),
        gettext_lazy("Has a weapon or other means at hand"),
    ),
    "intent": (
        gettext_lazy("Anger or criticism, no threat"),
        gettext_lazy("Hints"),
        gettext_lazy("Has threatened directly"),
        gettext_lazy("Says how, when or whom, or has begun to prepare"),
    ),
    "proximity": (
        gettext_lazy("Only from afar"),
        gettext_lazy("Has been at the office or filmed there"),
        gettext_lazy("Has sought up the person, or damaged something near"),
        gettext_lazy("Follows, has got in, or has been at the home"),
    ),
    "exposure": (
        gettext_lazy("Hard to find"),
        gettext_lazy("Name or picture is known"),
        gettext_lazy("Name is spread, or the address is easily found"),
        gettext_lazy("Home, routes or family are spread"),
    ),
    "vulnerability": (
        gettext_lazy("Well protected"),
        gettext_lazy("Some gaps"),
        gettext_lazy("Lone work, or family who are meant"),
        gettext_lazy("Several gaps at once, or somebody who cannot protect themselves"),
    ),
}
UNKNOWN = "unknown"


class AssessForm(forms.Form):
    """The whole form. Nothing is chosen beforehand: what the incidents speak for stands beside each part."""

    level = forms.ChoiceField(
        label=gettext_lazy("How high is the threat?"),
        choices=[(level.value, words) for level, words in LEVEL_WORDS.items()],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose a level.")},
    )
    grounds = text_field(
        gettext_lazy("What does the assessment rest on?"),
        required=True,
        help_text=gettext_lazy("What has happened, what may happen. Nothing about the child or the parents."),
    )
    valid_until = forms.DateField(
        label=gettext_lazy("Assess again no later than"),
        required=False,
        help_text=gettext_lazy("Empty: a week for severe, 30 days for high, 90 for elevated, 180 for low."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(self, *args: Any, incidents: Sequence[tuple[uuid.UUID, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = {name: self.fields.pop(name) for name in list(self.fields)}
        if incidents:
            self.fields["counted"] = forms.MultipleChoiceField(
                label=gettext_lazy("Which incidents count?"),
                choices=[(str(pk), words) for pk, words in incidents],
                initial=[str(pk) for pk, _words in incidents],
                widget=forms.CheckboxSelectMultiple,
                required=False,
                help_text=gettext_lazy("All that are known stand here. Take away what has nothing to do with it."),
            )
        for key in FACTORS:
            name, asks = FACTOR_WORDS[key]
            self.fields[key] = forms.ChoiceField(
                label=name,
                help_text=asks,
                choices=[
                    *((str(step), STEP_WORDS[key][step]) for step in STEPS),
                    (UNKNOWN, gettext_lazy("Not known")),
                ],
                widget=forms.RadioSelect(attrs={"class": "ds-input"}),
                error_messages={"required": gettext_lazy("Choose one of the steps, or that it is not known.")},
            )
            self.fields[f"{key}_text"] = text_field(gettext_lazy("What do you know?"), rows=2)
        self.fields.update(own)

    def assessed(self) -> dict[str, Any]:
        """What the action takes."""
        data = self.cleaned_data
        return {
            "level": data["level"],
            "grounds": data["grounds"],
            "valid_until": data["valid_until"],
            "factors": {key: int(data[key]) for key in FACTORS if data[key] != UNKNOWN},
            "texts": {key: data[f"{key}_text"] for key in FACTORS},
            "counted": [uuid.UUID(pk) for pk in data["counted"]] if "counted" in data else None,
        }
