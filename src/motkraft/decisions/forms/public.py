"""What everybody may ask of an issued decision."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from motkraft.decisions.rules import normal_public_id

LARGEST_CHECKED = 20 * 1024 * 1024  # bytes of a file that the public page verifies in memory
TOO_BIG = _("The file is too big (%(size)s MB). At most 20 MB can be checked here. Is it the right file?")


class FileForm(forms.Form):
    """A file to verify. It is read in memory and not kept."""

    file = forms.FileField(
        label=_("The PDF file"),
        help_text=_("The very file that you were sent. At most 20 MB."),
        error_messages={"required": _("Choose a file first."), "empty": _("The file is empty. Choose another.")},
    )

    def clean_file(self) -> Any:
        """Refuse a file that is too big before it is read."""
        file = self.cleaned_data["file"]
        if file.size > LARGEST_CHECKED:
            raise forms.ValidationError(TOO_BIG, params={"size": round(file.size / 1e6)})
        return file


class IdForm(forms.Form):
    """The public id of a decision, as a person types it."""

    public_id = forms.CharField(
        label=_("The decision's id"),
        max_length=40,
        help_text=_("16 letters and digits, printed in the notice beside the square code."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "dir": "ltr"}),
    )

    def clean_public_id(self) -> str:
        """Read the id as typed."""
        found = normal_public_id(self.cleaned_data["public_id"])
        if not found:
            raise forms.ValidationError(_("An id has 16 letters and digits. Look at the notice and type it again."))
        return found
