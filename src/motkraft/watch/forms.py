"""What a communicator hands in."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from motkraft.watch.rules import ImportRefused
from motkraft.web.numbers import size


class ImportForm(forms.Form):
    """A file of posts."""

    file = forms.FileField(
        label=gettext_lazy("File with posts"),
        allow_empty_file=True,  # the action says why an empty file cannot be read
        max_length=None,
        error_messages={"required": gettext_lazy("Choose a file first.")},
        widget=forms.FileInput(attrs={"accept": ".ndjson,.csv,.jsonl,.json,.txt"}),
    )


def refusal(error: ImportRefused) -> str:
    """Why a file was refused and how to mend it, in the language of the page."""
    match error.data.get("reason"):
        case "too_large":
            return _(
                "The file is too large. At most %(largest)s can be uploaded. Split it into smaller files and import "
                "them one by one; nothing is doubled."
            ) % {"largest": size(int(error.data["largest"]))}
        case "empty":
            return _("The file is empty. Export it again and choose the new file.")
    return _(
        "The file is in no format that can be read here. Export from Zeeschuimer or 4CAT (.ndjson or .csv) or from "
        "YouTube Data Tools (.csv), and do not open it in a spreadsheet in between."
    )
