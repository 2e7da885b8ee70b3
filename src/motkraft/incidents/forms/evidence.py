"""Handing in files and addresses, fetching an original, handing over."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy

from motkraft.incidents.forms.fields import FILES, FilesField, line_field
from motkraft.incidents.models import SourceClass

#: What the one who hands something in may say that it is.
SOURCES = (
    (SourceClass.OWN_UPLOAD.value, gettext_lazy("A picture, film, recording or document")),
    (SourceClass.SCREENSHOT.value, gettext_lazy("A screenshot")),
    (SourceClass.CHAT.value, gettext_lazy("A chat, saved or exported")),
    (SourceClass.VOICEMAIL.value, gettext_lazy("A voice message")),
    (SourceClass.EMAIL.value, gettext_lazy("An e-mail, saved as a file")),
)


class EvidenceForm(forms.Form):
    """Files handed in later."""

    source = forms.ChoiceField(
        label=gettext_lazy("What is it?"),
        choices=SOURCES,
        initial=SourceClass.OWN_UPLOAD.value,
        required=False,
    )
    files = FilesField(
        **(
            FILES
            | {
                "required": True,
                "label": gettext_lazy("Files"),
                "help_text": gettext_lazy(
                    "Pictures, films, recordings, documents, e-mails as .eml, chats as .zip. At most 2 GB each. If the"
                    " connection is lost, the file goes on from where it stopped. It is kept exactly as it is."
                ),
                "error_messages": {
                    "required": gettext_lazy("Choose at least one file."),
                    "empty": gettext_lazy("The file is empty. Choose it again."),
                },
            }
        )
    )

    def clean_source(self) -> str:
        """What was chosen, or the usual."""
        return str(self.cleaned_data.get("source") or SourceClass.OWN_UPLOAD.value)


class LinkForm(forms.Form):
    """An address kept as evidence."""

    link = line_field(
        gettext_lazy("Address"),
        required=True,
        most=2000,
        help_text=gettext_lazy(
            "Only the address and the time are kept. Motkraft does not visit the page: take a screenshot too."
        ),
    )
    note = line_field(gettext_lazy("What is there?"))


class PurposeForm(forms.Form):
    """What an original is fetched for."""

    purpose = line_field(
        gettext_lazy("What do you need the original for?"),
        required=True,
        help_text=gettext_lazy("It is written in the chain of custody, with your name and the time."),
        most=200,
    )


class HandOverForm(forms.Form):
    """To whom a piece of evidence was handed over."""

    to = line_field(
        gettext_lazy("To which authority or function?"),
        required=True,
        help_text=gettext_lazy("Such as the police, region and unit. No private name."),
        most=120,
    )
    basis = line_field(
        gettext_lazy("On what basis?"),
        required=True,
        help_text=gettext_lazy("The rule or the request, with its reference."),
        most=120,
    )
    purpose = line_field(gettext_lazy("What for?"), required=True, most=200)
