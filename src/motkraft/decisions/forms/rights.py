"""What the registrar fills in about who may decide, and how decisions are handled."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from motkraft import law
from motkraft.decisions.forms.drafting import DATE, in_language
from motkraft.decisions.rules import BODIES
from motkraft.decisions.rules.rights import FEWEST_HANDLERS, MOST_HANDLERS
from motkraft.law import vocabulary

LEVELS = [
    ("", _("Never")),
    ("low", _("From low")),
    ("elevated", _("From elevated")),
    ("high", _("From high")),
    ("severe", _("Only the highest")),
]


def bodies() -> list[tuple[str, str]]:
    """As what a person can stand on the list."""
    return [(body, in_language(vocabulary.ROLES[body]).capitalize()) for body in BODIES]


def types() -> list[tuple[str, str]]:
    """The types of decision of today's law."""
    kinds = law.library().on(timezone.localdate()).decision_types()
    return [(kind.code, f"{in_language((kind.title_sv, kind.title_en))} ({kind.citation})") for kind in kinds]


class MandateForm(forms.Form):
    """A seat or a delegation, with the committee's decision that gave it."""

    person = forms.ChoiceField(label=_("Who?"))
    body = forms.ChoiceField(label=_("As what?"), help_text=_("The person must hold the role that goes with it."))
    types = forms.MultipleChoiceField(
        label=_("Only these types of decision"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Tick none for all that the law allows. For an official, tick those that are delegated."),
    )
    reference = forms.CharField(
        label=_("The committee's decision"), max_length=60, help_text=_("Where it stands, such as SN § 12.")
    )
    given_on = forms.DateField(label=_("Day of that decision"), widget=DATE)
    valid_from = forms.DateField(label=_("First day"), widget=DATE)
    valid_to = forms.DateField(
        label=_("Last day"), widget=DATE, required=False, help_text=_("Leave empty when it has no end.")
    )

    def __init__(self, *args: Any, people: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = [("", "–"), *people]  # type: ignore[attr-defined]
        self.fields["body"].choices = [("", "–"), *bodies()]  # type: ignore[attr-defined]
        self.fields["types"].choices = types()  # type: ignore[attr-defined]


class EndForm(forms.Form):
    """Why a term ends before its time."""

    reason = forms.CharField(
        label=_("Reason"), max_length=1_000, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"})
    )


class PolicyForm(forms.Form):
    """How decisions are handled from now on."""

    type_code = forms.ChoiceField(label=_("For which decisions?"), required=False)
    handlers = forms.IntegerField(
        label=_("How many handlers must approve?"), min_value=FEWEST_HANDLERS, max_value=MOST_HANDLERS
    )
    experienced_from = forms.ChoiceField(
        label=_("At which threat must one of them be experienced?"), choices=LEVELS, required=False
    )
    handlers_sign = forms.BooleanField(label=_("Handlers sign off by passkey"), required=False)
    deciders_sign = forms.BooleanField(label=_("Deciders sign off by passkey"), required=False)
    reason = forms.CharField(
        label=_("Reason"), max_length=1_000, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["type_code"].choices = [("", _("All types")), *types()]  # type: ignore[attr-defined]
