"""What people fill in to open a sealed record."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from motkraft.decisions.forms.drafting import in_language
from motkraft.decisions.rules import LEGAL_BASES

LARGEST_SHARES = 100_000  # bytes; three records to a key take a few thousand


class OpeningForm(forms.Form):
    """Why a sealed record is to be opened."""

    legal_basis = forms.ChoiceField(label=_("Why is it opened?"), widget=forms.RadioSelect)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 4, "dir": "auto"}),
        help_text=_("The diary number of the request is enough. Do not write who asks: they may be anonymous."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["legal_basis"].choices = [(key, in_language(words)) for key, words in LEGAL_BASES.items()]  # type: ignore[attr-defined]


class ShareForm(forms.Form):
    """A custodian's file of shares, or the words of a share; both made on a machine of the custodian's own."""

    file = forms.FileField(label=_("Your file of shares"), required=False)
    given = forms.CharField(
        label=_("Or the 33 words of your share"),
        max_length=4_000,
        strip=True,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false", "dir": "ltr"}),
        help_text=_("Never your key: a key stays with you."),
    )
    given_for_trail = forms.CharField(
        label=_("The 33 words of your share of the list of who handled the decision"),
        max_length=4_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false", "dir": "ltr"}),
        help_text=_("Only when you give words and not a file."),
    )

    def __init__(self, *args: Any, has_trail: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_trail:
            del self.fields["given_for_trail"]

    def clean(self) -> dict[str, Any]:
        """Take the shares from the file when no words were typed."""
        data = super().clean() or self.cleaned_data
        file = data.get("file")
        if file is not None and not data.get("given"):
            if file.size > LARGEST_SHARES:
                self.add_error("file", _("That file is too big to hold shares. Choose the file that you made."))
            else:
                data["given"] = file.read().decode("utf-8", errors="replace")
        if not data.get("given") and not self.errors:
            self.add_error("file", _("Choose your file of shares, or type the words."))
        return data


class KeyForm(forms.Form):
    """A custodian's public key."""

    recipient = forms.CharField(
        label=_("Your public key"),
        max_length=200,
        help_text=_(
            "Begins with age1. Make the key on a computer of your own with age-keygen, and keep the secret part there, "
            "or use the key of a hardware token."
        ),
    )


class ResealedForm(forms.Form):
    """The file of resealed records that a custodian brings back."""

    file = forms.FileField(label=_("The resealed records"))

    def clean_file(self) -> Any:
        """Refuse what is bigger than any such file."""
        file = self.cleaned_data["file"]
        if file.size > 100_000_000:
            raise forms.ValidationError(_("That file is too big. Fetch fewer records at a time."))
        return file


class DrillForm(forms.Form):
    """The code that the custodians read in the exercise's record, and who took part."""

    code = forms.CharField(
        label=_("The code in the opened record"),
        max_length=40,
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false", "dir": "ltr"}),
        help_text=_("16 characters. Hyphens and small letters do not matter."),
    )
    took_part = forms.MultipleChoiceField(label=_("Who took part?"), widget=forms.CheckboxSelectMultiple)
    sheet = forms.ChoiceField(label=_("Whose recovery sheet opened it?"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, custodians: list[tuple[str, str]], has_sheet: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["took_part"].choices = custodians  # type: ignore[attr-defined]
        if has_sheet:
            self.fields["sheet"].choices = custodians  # type: ignore[attr-defined]
        else:
            del self.fields["sheet"]
