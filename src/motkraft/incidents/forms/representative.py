"""What a safety representative asks for and stops, and what the employer answers."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from motkraft.incidents.forms.fields import text_field
from motkraft.incidents.rules.states import AnswerKind, StopKind

ANSWER_WORDS = {
    AnswerKind.YES: gettext_lazy("Yes, it will be done"),
    AnswerKind.PARTLY: gettext_lazy("Partly"),
    AnswerKind.NO: gettext_lazy("No, it will not be done"),
}
STOP_WORDS = {
    StopKind.DANGER: gettext_lazy("Immediate and serious danger to life or health"),
    StopKind.LONE: gettext_lazy("Lone work that is not safe"),
}


class AskForm(forms.Form):
    """What is asked for, and where."""

    request_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    incident = forms.UUIDField(widget=forms.HiddenInput, required=False)
    measures = text_field(
        gettext_lazy("What should the employer do?"),
        required=True,
        rows=6,
        help_text=gettext_lazy("Say what is dangerous and what would make it safe. Names are seldom needed."),
    )
    office = forms.TypedChoiceField(label=gettext_lazy("Where?"), coerce=uuid.UUID, required=False, empty_value=None)

    def __init__(self, *args: Any, offices: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["office"].choices = [("", gettext_lazy("The whole organisation")), *offices]  # type: ignore[attr-defined]


class StopForm(forms.Form):
    """Two questions and a place; it takes effect when it is sent."""

    stop_id = forms.UUIDField(widget=forms.HiddenInput, initial=uuid.uuid4)
    incident = forms.UUIDField(widget=forms.HiddenInput, required=False)
    kind = forms.ChoiceField(
        label=gettext_lazy("Why do you stop the work?"),
        choices=[(key.value, words) for key, words in STOP_WORDS.items()],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose why the work is stopped.")},
    )
    office = forms.TypedChoiceField(
        label=gettext_lazy("Where?"),
        coerce=uuid.UUID,
        error_messages={"required": gettext_lazy("Choose the office where the work is stopped.")},
    )
    what = text_field(gettext_lazy("Which work do you stop?"), required=True, rows=2)
    reason = text_field(gettext_lazy("What is dangerous?"), required=True, rows=3)

    def __init__(self, *args: Any, offices: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # No office is chosen beforehand where there are several: work is not stopped at the wrong one by oversight.
        first = [("", gettext_lazy("Choose an office"))] if len(offices) > 1 else []
        self.fields["office"].choices = [*first, *offices]  # type: ignore[attr-defined]


class AnswerForm(forms.Form):
    """What the employer answers."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What do you answer?"),
        choices=[(key.value, words) for key, words in ANSWER_WORDS.items()],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what you answer.")},
    )
    text = text_field(gettext_lazy("What will be done and when, or why not?"), required=True, rows=5)


class ResumeForm(forms.Form):
    """Why the work can go on."""

    reason = text_field(gettext_lazy("Why can the work go on?"), required=True, rows=3)
    authority_decided = forms.BooleanField(
        label=gettext_lazy("The Work Environment Authority has decided that the work may go on"), required=False
    )

    def __init__(self, *args: Any, by_representative: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if by_representative:
            del self.fields["authority_decided"]
