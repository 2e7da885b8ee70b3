"""What an administrator fills in about witnesses."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _


def _key(**attributes: Any) -> forms.CharField:
    return forms.CharField(
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "ltr", "spellcheck": "false", "autocomplete": "off"}),
        **attributes,
    )


class WitnessForm(forms.Form):
    """Somebody who is to cosign the organisation's log."""

    name = forms.CharField(label=_("Who the witness is"), max_length=120)
    verifier_key = _key(
        label=_("The witness's public key"),
        help_text=_("One line. Get it from the witness itself, not by way of others."),
    )
    url = forms.URLField(
        label=_("The witness's address"),
        max_length=300,
        assume_scheme="https",
        help_text=_("The part before /add-checkpoint."),
    )


class LogForm(forms.Form):
    """A log of somebody else that is to be cosigned."""

    name = forms.CharField(label=_("Whose log it is"), max_length=120)
    verifier_key = _key(
        label=_("The log's public key"),
        help_text=_("One line. Get it from the organisation itself. It is never changed afterwards."),
    )


class QuorumForm(forms.Form):
    """How many witnesses must have cosigned."""

    quorum = forms.IntegerField(
        label=_("How many witnesses must have cosigned?"),
        min_value=1,
        max_value=20,
        help_text=_("More than half. Two of three is usual: one may be away; for a split view to pass, one must lie."),
    )
