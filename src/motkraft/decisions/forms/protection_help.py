"""What people fill in about help from another municipality."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from motkraft.decisions.forms.drafting import DATE, in_language
from motkraft.decisions.rules import FEARED
from motkraft.decisions.rules.protection_help import TASK_WORDS


class AgreementForm(forms.Form):
    """Who helps, with what, from when to when."""

    helper = forms.ChoiceField(label=_("Who helps"))
    tasks = forms.MultipleChoiceField(label=_("What the helper does"), widget=forms.CheckboxSelectMultiple)
    valid_from = forms.DateField(label=_("First day"), widget=DATE)
    valid_to = forms.DateField(label=_("Last day"), widget=DATE)
    basis = forms.CharField(
        label=_("Where the agreement was decided"),
        max_length=500,
        help_text=_("The decisions of both municipalities, with their days. Both read it."),
    )

    def __init__(self, *args: Any, helpers: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["helper"].choices = [("", "–"), *helpers]  # type: ignore[attr-defined]
        self.fields["tasks"].choices = [  # type: ignore[attr-defined]
            (task.value, in_language(words).capitalize()) for task, words in TASK_WORDS.items()
        ]


class PresentForm(forms.Form):
    """Whether whoever presents has a conflict of interest."""

    conflict = forms.ChoiceField(
        label=_("Is there anything that makes your impartiality questionable?"),
        choices=[("no", _("No, nothing that I know of")), ("yes", _("Yes, or perhaps"))],
        widget=forms.RadioSelect,
    )


class HelpTextForm(forms.Form):
    """The text that the helper writes."""

    content = forms.CharField(
        label=_("What is decided"), max_length=10_000, widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"})
    )
    reasons = forms.CharField(
        label=_("Reasons"), max_length=20_000, widget=forms.Textarea(attrs={"rows": 10, "dir": "auto"})
    )


class PresenterForm(forms.Form):
    """Whether the presenter's name may be left out of the notice."""

    feared = forms.MultipleChoiceField(label=_("What is feared"), widget=forms.CheckboxSelectMultiple)
    facts = forms.CharField(label=_("Facts"), max_length=5_000, widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}))
    review_on = forms.DateField(label=_("Look again on"), widget=DATE)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["feared"].choices = [(key, in_language(words)) for key, words in FEARED.items()]  # type: ignore[attr-defined]


class ToldForm(forms.Form):
    """The day that the party was told."""

    on = forms.DateField(label=_("Day that the party was told"), widget=DATE)
