"""What is asked of whoever asks, answers or shares figures."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from motkraft.cooperation import queries
from motkraft.cooperation.models import URGENCY_LABELS
from motkraft.cooperation.rules.disclosure import Measure
from motkraft.cooperation.rules.support import Urgency
from motkraft.people.models import Organisation
from motkraft.web.rule_card import in_language


class AskForm(forms.Form):
    """A question to the knowledge unit."""

    knowledge_unit = forms.ModelChoiceField(label=_("Whom do you ask?"), queryset=Organisation.objects.none())
    subject = forms.CharField(label=_("What is it about?"), max_length=120)
    question = forms.CharField(
        label=_("What do you want help with?"),
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_(
            "Describe the situation so that nobody can be recognised: no names, no personal numbers, no case numbers,"
            " nothing about a child or a family that points them out."
        ),
    )
    urgency = forms.ChoiceField(
        label=_("When do you need an answer?"),
        choices=[(u.value, URGENCY_LABELS[u]) for u in Urgency],
        widget=forms.RadioSelect,
        initial=Urgency.CALM.value,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = queries.knowledge_units()
        field = self.fields["knowledge_unit"]
        field.queryset = units  # type: ignore[attr-defined]
        only = list(units[:2])
        if len(only) == 1:
            field.initial, field.widget = only[0].pk, forms.HiddenInput()


class MessageForm(forms.Form):
    """One more message."""

    text = forms.CharField(
        label=_("Your message"),
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=_("No names, no personal numbers, nothing that points anyone out."),
    )


class CountsForm(forms.Form):
    """A month's figures by hand, one field for each measure."""

    by_hand = forms.CharField(widget=forms.HiddenInput, initial="1")

    def __init__(self, measures: tuple[Measure, ...], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for measure in measures:
            self.fields[measure.key] = forms.IntegerField(
                label=in_language(measure, "title"), min_value=0, help_text=in_language(measure, "what")
            )

    def counts(self) -> dict[str, int]:
        """The figures by measure."""
        return {key: value for key, value in self.cleaned_data.items() if key != "by_hand"}
