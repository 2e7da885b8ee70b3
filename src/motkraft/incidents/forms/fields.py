"""What the forms share: words for kinds and levels, text fields in any script, and files."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import MinValueValidator
from django.utils.translation import gettext_lazy

from motkraft.incidents.rules import Level

#: What happened, in the words of the one it happened to. Every kind of the law's vocabulary, the usual first.
KIND_WORDS = {
    "threat": gettext_lazy("Somebody threatened me"),
    "veiled_threat": gettext_lazy("Somebody hinted at something, so that I got scared"),
    "death_threat": gettext_lazy("Somebody said they would kill me"),
    "threat_to_relatives": gettext_lazy("Somebody threatened my family or somebody close to me"),
    "violence": gettext_lazy("Somebody hit me, grabbed me or threw something at me"),
    "harassment": gettext_lazy("Somebody keeps contacting me, insulting me or disturbing me"),
    "stalking": gettext_lazy("Somebody follows me or keeps track of me"),
    "filming": gettext_lazy("Somebody filmed or photographed me"),
    "publishing": gettext_lazy("A picture or film of me has been spread"),
    "naming": gettext_lazy("My name, address or number has been spread"),
    "revenge_report": gettext_lazy("Somebody reported me or my family out of revenge"),
    "complaint_campaign": gettext_lazy("Many complaints at once, as if arranged"),
    "damage": gettext_lazy("Something was damaged, such as a car or a door"),
    "intrusion": gettext_lazy("Somebody got in where they should not be"),
    "other": gettext_lazy("Something else"),
}
LEVEL_WORDS = {
    Level.LOW: gettext_lazy("Low"),
    Level.ELEVATED: gettext_lazy("Elevated"),
    Level.HIGH: gettext_lazy("High"),
    Level.SEVERE: gettext_lazy("Severe"),
}
MOST_TEXT = 10_000  # characters
EARLIEST = MinValueValidator(dt.date(2000, 1, 1), gettext_lazy("Give a day in this century."))


def kind_words(kind: str) -> str:
    """What happened in plain words, in the language of the page."""
    return str(KIND_WORDS.get(kind, KIND_WORDS["other"]))


def text_field(label: Any, *, rows: int = 4, required: bool = False, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=MOST_TEXT,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows, "dir": "auto"}),
    )


def line_field(label: Any, *, required: bool = False, help_text: Any = "", most: int = 300) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=most,
        help_text=help_text,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )


class SeveralFiles(forms.ClearableFileInput):
    """A file control that takes several files."""

    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Any number of files."""

    widget = SeveralFiles

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile]:
        one = super().clean
        if isinstance(data, list | tuple) and data:
            return [one(item, initial) for item in data]
        return [found] if (found := one(data, initial)) else []


FILES = {
    "label": gettext_lazy("Do you have pictures, messages or files?"),
    "required": False,
    "help_text": gettext_lazy(
        "Screenshots, films, recordings, e-mails. At most 2 GB each. The file is kept exactly as it is."
    ),
    "error_messages": {"empty": gettext_lazy("The file is empty. Choose it again.")},
}
