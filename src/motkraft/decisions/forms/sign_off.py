"""What handlers and deciders answer before they sign off, and what is said when somebody comes in another's place."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from motkraft.decisions.rules.rights import CONFLICTS, conflict_rule


def grounds() -> list[tuple[str, str]]:
    """The law's grounds of conflict of interest, each with its section, in the language of the page."""
    is_swedish = (get_language() or "sv").startswith("sv")
    found = [(name, conflict_rule(name, timezone.localdate())) for name in CONFLICTS]
    return [(name, f"{rule.title_sv if is_swedish else rule.title_en} ({rule.citation})") for name, rule in found]


class ImpartialityForm(forms.Form):
    """Whether one has a conflict of interest; the text that one has read."""

    conflict = forms.ChoiceField(
        label=_("Is there anything that makes your impartiality questionable?"),
        choices=[("no", _("No, nothing that I know of")), ("yes", _("Yes, or perhaps"))],
        widget=forms.RadioSelect,
    )
    ground = forms.ChoiceField(
        label=_("Which circumstance?"), required=False, help_text=_("Only if you answered yes."), choices=()
    )
    facts = forms.CharField(
        label=_("In short, what is it about?"),
        required=False,
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
        help_text=_("Only if you answered yes. Stored encrypted, and sealed with the decision."),
    )
    text_sha256 = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["ground"].choices = [("", _("None")), *grounds()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        """A yes says which circumstance, and what."""
        data: dict[str, Any] = super().clean() or {}
        if data.get("conflict") == "yes":
            for name, words in (
                ("ground", _("Choose which circumstance it is.")),
                ("facts", _("Say in short what it is about.")),
            ):
                if not data.get(name):
                    self.add_error(name, words)
        return data


class ReplaceForm(forms.Form):
    """Who takes no further part as handler, and why."""

    person = forms.ChoiceField(label=_("Who takes no further part?"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=_("Stored encrypted and kept with the decision."),
    )
    rapporteur = forms.ChoiceField(
        label=_("New rapporteur"), required=False, help_text=_("Only when the rapporteur is the one who is replaced.")
    )

    def __init__(
        self, *args: Any, people: list[tuple[str, str]], rapporteurs: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].choices = people  # type: ignore[attr-defined]
        self.fields["rapporteur"].choices = [("", _("The same as now")), *rapporteurs]  # type: ignore[attr-defined]
