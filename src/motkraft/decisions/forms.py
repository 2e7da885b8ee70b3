"""What people fill in about decisions."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from motkraft import law
from motkraft.decisions.rules import BODIES, FEARED, LEGAL_BASES, is_body, normal_public_id
from motkraft.law import vocabulary

DATE = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
LARGEST_CHECKED = 20 * 1024 * 1024  # bytes of a file that the public page verifies in memory
TOO_BIG = _("The file is too big (%(size)s MB). At most 20 MB can be checked here. Is it the right file?")


def in_language(words: tuple[str, str]) -> str:
    """The Swedish or the English of a pair, after the language of the page."""
    return words[0] if (get_language() or "sv").startswith("sv") else words[1]


class NewDecisionForm(forms.Form):
    """The case and the people of a new decision."""

    case = forms.CharField(
        label=_("Case reference"),
        max_length=40,
        help_text=_("The reference number only. Write no name of a child or parent."),
    )
    rapporteur = forms.ChoiceField(
        label=_("Rapporteur"),
        help_text=_("Who presents the matter to those who decide. Stands in the record."),
    )
    grounds = forms.MultipleChoiceField(
        label=_("Ground"),
        widget=forms.CheckboxSelectMultiple,
        required=False,
        help_text=_("The decision must name its ground."),
    )

    def __init__(self, *args: Any, kind: law.DecisionType, rapporteurs: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rapporteur"].choices = rapporteurs  # type: ignore[attr-defined]
        if kind.grounds:
            self.fields["grounds"].choices = [(ground, ground) for ground in kind.grounds]  # type: ignore[attr-defined]
            self.fields["grounds"].required = True
        else:
            del self.fields["grounds"]


class TextForm(forms.Form):
    """The text of a decision."""

    content = forms.CharField(
        label=_("What is decided"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
        help_text=_("One or a few sentences that the party understands. No names of staff."),
    )
    reasons = forms.CharField(
        label=_("Reasons"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 10, "dir": "auto"}),
        help_text=_("The decisive circumstances. The whole text goes to the party; write no names of staff."),
    )
    provisions = forms.CharField(
        label=_("Provisions applied"),
        max_length=1_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One on each line, such as LVU 6 §."),
    )
    dissent = forms.CharField(
        label=_("Dissenting opinion"),
        max_length=10_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
    )

    def clean_provisions(self) -> list[str]:
        """The lines, without empty ones."""
        lines = [line.strip() for line in self.cleaned_data["provisions"].splitlines() if line.strip()]
        if any(len(line) > 120 for line in lines):
            raise forms.ValidationError(_("A provision is at most 120 characters. Put one on each line."))
        return lines


class DecideForm(forms.Form):
    """As what one decides, and that one has read the text."""

    body = forms.ChoiceField(label=_("You decide as"), widget=forms.RadioSelect)
    decided_on = forms.DateField(
        label=_("Day of the meeting"),
        required=False,
        widget=DATE,
        help_text=_("Only for a decision at a meeting. Otherwise the decision is dated today."),
    )
    minutes = forms.CharField(
        label=_("Minutes"),
        max_length=60,
        required=False,
        help_text=_("For a decision at a meeting, such as IFU § 42."),
    )
    urgency = forms.CharField(
        label=_("Why the committee cannot be awaited"),
        max_length=2_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=_("Only when you decide in the committee's place."),
    )
    read = forms.BooleanField(label=_("I have read the text and I am the one who decides. This cannot be undone."))
    text_sha256 = forms.CharField(widget=forms.HiddenInput)

    def __init__(self, *args: Any, bodies: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["body"].choices = [  # type: ignore[attr-defined]
            (body, in_language(vocabulary.ROLES[body]).capitalize()) for body in bodies if body in BODIES
        ]
        if not any(is_body(body) for body in bodies):
            del self.fields["decided_on"], self.fields["minutes"]


class AssessForm(forms.Form):
    """Why one person's name may be left out of the notice."""

    feared = forms.MultipleChoiceField(
        label=_("What can be feared if the name stands in the notice?"), widget=forms.CheckboxSelectMultiple
    )
    facts = forms.CharField(
        label=_("On what facts?"),
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 5, "dir": "auto"}),
        help_text=_("What has happened or been said in this case. A general worry is not enough."),
    )
    review_on = forms.DateField(
        label=_("When is the assessment looked at again?"), widget=DATE, help_text=_("A day to come.")
    )
    contact_channel = forms.CharField(
        label=_("How does the party reach you with questions?"),
        max_length=200,
        help_text=_("A function, not a person. Stands in the notice."),
    )

    def clean_review_on(self) -> Any:
        """Say at once, with the other errors, that the day must come."""
        chosen = self.cleaned_data["review_on"]
        if chosen <= timezone.localdate():
            raise forms.ValidationError(_("Choose a day to come."))
        return chosen

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["feared"].choices = [(key, in_language(words)) for key, words in FEARED.items()]  # type: ignore[attr-defined]


class ReportForm(forms.Form):
    """When a substitute's decision was reported."""

    on = forms.DateField(label=_("Day of the meeting"), widget=DATE)


class ReasonForm(forms.Form):
    """Why an issued decision no longer stands."""

    reason = forms.CharField(
        label=_("Reason"), max_length=2_000, widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"})
    )


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
    """A custodian's key, or the words of a share that was opened offline."""

    given = forms.CharField(
        label=_("Your key, or the 33 words of your share"),
        max_length=4_000,
        strip=True,
        required=False,
        widget=forms.Textarea(attrs={"rows": 4, "autocomplete": "off", "spellcheck": "false", "dir": "ltr"}),
        help_text=_("The key begins with AGE-SECRET-KEY-1. It is used once and not kept."),
    )
    file = forms.FileField(label=_("Or your key file"), required=False)
    given_for_trail = forms.CharField(
        label=_("The 33 words of your share of the list of who handled the decision"),
        max_length=4_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "autocomplete": "off", "spellcheck": "false", "dir": "ltr"}),
        help_text=_("Only when you give words and not the key."),
    )

    def __init__(self, *args: Any, has_trail: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["given"].required = not (self.files and self.files.get("file"))
        if not has_trail:
            del self.fields["given_for_trail"]

    def clean(self) -> dict[str, Any]:
        """Take the key from the file when none was typed."""
        data = super().clean() or self.cleaned_data
        file = data.get("file")
        if file is not None and not data.get("given"):
            if file.size > 10_000:
                self.add_error("file", _("That file is too big to be a key file. Choose the file that holds your key."))
            else:
                data["given"] = file.read().decode("utf-8", errors="replace")
        if not data.get("given") and not self.errors:
            self.add_error("given", _("Paste your key, or choose your key file."))
        return data


class KeyForm(forms.Form):
    """A custodian's public key."""

    recipient = forms.CharField(
        label=_("Your public key"),
        max_length=200,
        help_text=_(
            "Begins with age1. Make the key on a computer of your own with age-keygen, and keep the secret part there."
        ),
    )


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
