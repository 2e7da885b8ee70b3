"""Writing to the other side, and taking an incident past the employer."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from motkraft.incidents.forms.fields import line_field, text_field


class MessageForm(forms.Form):
    """One message."""

    text = text_field(gettext_lazy("Your message"), required=True)
    asks = forms.BooleanField(label=gettext_lazy("I want an answer"), required=False)


class WriteForm(forms.Form):
    """One message of an escalation."""

    text = text_field(gettext_lazy("Your message"), required=True)


class EscalateForm(forms.Form):
    """What the knowledge unit may see."""

    knowledge_unit = forms.ChoiceField(label=gettext_lazy("To whom?"), widget=forms.RadioSelect)
    share = forms.MultipleChoiceField(
        label=gettext_lazy("What may the unit see?"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=gettext_lazy("Only what you tick, as copies. You see it once more before it is sent."),
    )
    own_words = text_field(gettext_lazy("What do you want help with?"))
    contact = line_field(
        gettext_lazy("How may the unit reach you?"),
        help_text=gettext_lazy("Leave it empty, and the unit answers here without knowing who you are."),
    )
    no_trust = forms.BooleanField(label=gettext_lazy("I do not trust that my employer will act"), required=False)
    tell_employer = forms.BooleanField(
        label=gettext_lazy("Tell my employer that I have done this"),
        required=False,
        help_text=gettext_lazy("Not what you write. Without this your employer is not told."),
    )

    def __init__(
        self, *args: Any, units: Sequence[tuple[str, str]], offered: Sequence[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["knowledge_unit"].choices = units  # type: ignore[attr-defined]
        self.fields["share"].choices = offered  # type: ignore[attr-defined]
        if len(units) == 1:
            self.fields["knowledge_unit"].widget = forms.HiddenInput()
            self.initial.setdefault("knowledge_unit", units[0][0])
