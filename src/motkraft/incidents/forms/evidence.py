"""Handing in files, and fetching an original."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from motkraft.incidents.forms.fields import FILES, FilesField, line_field


class EvidenceForm(forms.Form):
    """Files handed in later."""

    files = FilesField(
        **(
            FILES
            | {
                "required": True,
                "label": gettext_lazy("Files"),
                "error_messages": {
                    "required": gettext_lazy("Choose at least one file."),
                    "empty": gettext_lazy("The file is empty. Choose it again."),
                },
            }
        )
    )


class PurposeForm(forms.Form):
    """What an original is fetched for."""

    purpose = line_field(
        gettext_lazy("What do you need the original for?"),
        required=True,
        help_text=gettext_lazy("It is written in the chain of custody, with your name and the time."),
        most=200,
    )
