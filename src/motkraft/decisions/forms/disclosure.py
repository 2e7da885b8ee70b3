"""What people fill in about requests for documents."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from motkraft.decisions.forms.drafting import in_language
from motkraft.decisions.rules.disclosure import BURDENS, Came, Outcome, PartKind, Track
from motkraft.law import SecrecyRule

TRACKS = [
    (Track.PUBLIC.value, _("Anyone may ask for an official document")),
    (Track.PARTY.value, _("A party asks for material in the own case")),
]
CAME = {
    Came.PAGE: _("From the public page"),
    Came.MAIL: _("By e-mail"),
    Came.PHONE: _("By telephone"),
    Came.LETTER: _("By letter"),
    Came.VISIT: _("In person"),
}
OUTCOMES = {
    Outcome.RELEASE: _("Release"),
    Outcome.REDACT: _("Release with redactions"),
    Outcome.WITHHOLD: _("Do not release"),
}
KINDS = {
    PartKind.DOCUMENT: _("A document kept elsewhere"),
    PartKind.DECISION: _("A decision made here"),
    PartKind.SEALED_NAMES: _("The names of a sealed record"),
}
_TEXT = {"rows": 4, "dir": "auto"}


class AskForm(forms.Form):
    """A request from the public page. Nothing asks who it is or why."""

    organisation = forms.ChoiceField(label=_("Which authority do you ask?"))
    asked = forms.CharField(
        label=_("Which document do you want?"),
        max_length=5_000,
        widget=forms.Textarea(attrs=_TEXT),
        help_text=_("Describe it so that it can be found: what it is about, when, a diary number if you have one."),
    )
    answer_to = forms.CharField(
        label=_("How can we answer you?"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
        help_text=_("You need not say: you get a code to follow the request by. Kept encrypted."),
    )
    is_party = forms.BooleanField(
        label=_("I am a party in the case that the document is about"),
        required=False,
        help_text=_("A party may see more. Then we have to make sure who you are before we release anything."),
    )
    wants_decision = forms.BooleanField(
        label=_("If something is not released I want a written decision that I can appeal"), required=False
    )

    def __init__(self, *args: Any, organisations: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["organisation"].choices = [("", "–"), *organisations]  # type: ignore[attr-defined]


class FollowForm(forms.Form):
    """The reference and the code of a request."""

    reference = forms.CharField(
        label=_("Reference of the request"), max_length=40, widget=forms.TextInput(attrs={"dir": "ltr"})
    )
    code = forms.CharField(
        label=_("Your code"),
        max_length=40,
        widget=forms.TextInput(attrs={"dir": "ltr", "autocomplete": "off", "spellcheck": "false"}),
    )


class TrackForm(forms.Form):
    """On which right a request is tested."""

    track = forms.ChoiceField(
        label=_("On which right"), widget=forms.RadioSelect, choices=TRACKS, initial=Track.PUBLIC.value
    )
    identity = forms.CharField(
        label=_("How it was made sure that it is the party"),
        max_length=500,
        required=False,
        help_text=_("Only for a party. Kept encrypted."),
    )

    def clean(self) -> dict[str, Any]:
        """Ask how a party's identity was made sure of."""
        data = super().clean() or {}
        if data.get("track") == Track.PARTY and not (data.get("identity") or "").strip():
            self.add_error("identity", _("Write how you made sure that it is the party."))
        return data


class RegisterForm(TrackForm):
    """A request that came in another way."""

    field_order = ["came", "received_at", "asked", "answer_to", "track", "identity", "wants_decision"]
    came = forms.ChoiceField(
        label=_("How it came in"),
        widget=forms.RadioSelect,
        choices=[(key.value, words) for key, words in CAME.items() if key is not Came.PAGE],
    )
    received_at = forms.DateTimeField(
        label=_("When it came in"),
        required=False,
        widget=forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M"),
        help_text=_("Now, when it is left empty."),
    )
    asked = forms.CharField(
        label=_("Which document is asked for"),
        max_length=5_000,
        widget=forms.Textarea(attrs=_TEXT),
        help_text=_("Do not ask who it is or why, unless the secrecy test needs it."),
    )
    answer_to = forms.CharField(
        label=_("Where the answer goes"),
        max_length=500,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "dir": "auto"}),
        help_text=_("Kept encrypted. May be empty."),
    )
    wants_decision = forms.BooleanField(label=_("A written decision was asked for at once"), required=False)


class PartForm(forms.Form):
    """A document that the request is about."""

    label = forms.CharField(
        label=_("What the document is called"),
        max_length=200,
        help_text=_("Stands in the answer: write no name and nothing secret."),
    )
    kind = forms.ChoiceField(
        label=_("Kind"),
        widget=forms.RadioSelect,
        choices=[(key.value, words) for key, words in KINDS.items()],
        initial=PartKind.DOCUMENT.value,
    )
    decision = forms.CharField(
        label=_("Reference of the decision"),
        max_length=20,
        required=False,
        help_text=_("For a decision made here, such as B-2026-0001."),
    )
    text = forms.CharField(
        label=_("Text of the document"),
        max_length=200_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 8, "dir": "auto"}),
        help_text=_("Needed when a copy is to be made here. A decision made here brings its own text."),
    )


class TestForm(forms.Form):
    """One provision tried on one document."""

    __test__ = False
    rule_id = forms.ChoiceField(label=_("Provision"), widget=forms.RadioSelect)
    finding = forms.ChoiceField(
        label=_("What the test gives"),
        widget=forms.RadioSelect,
        choices=[
            ("applies", _("Something in the document is secret")),
            ("open", _("Nothing is secret by this provision")),
        ],
    )
    assessment = forms.CharField(
        label=_("Assessment"),
        max_length=5_000,
        widget=forms.Textarea(attrs=_TEXT),
        help_text=_("Which data, what harm, to whom, and why it is to be feared or is clear. Kept encrypted."),
    )

    def __init__(self, *args: Any, rules: tuple[SecrecyRule, ...], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["rule_id"].choices = [  # type: ignore[attr-defined]
            (rule.id, f"{rule.citation} · {in_language((rule.title_sv, rule.title_en))} · {burden_words(rule.test)}")
            for rule in rules
        ]


def burden_words(test: str) -> str:
    """How a provision's test leans, in words."""
    return in_language(BURDENS[test])


class SettleForm(forms.Form):
    """What becomes of a document."""

    outcome = forms.ChoiceField(
        label=_("What becomes of the document"),
        widget=forms.RadioSelect,
        choices=[(key.value, words) for key, words in OUTCOMES.items()],
    )
    text = forms.CharField(
        label=_("Text for the copy"),
        max_length=200_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 12, "dir": "auto"}),
    )
    never = forms.CharField(
        label=_("Further words that must not stand in the copy"),
        max_length=5_000,
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "dir": "auto"}),
        help_text=_("One on each line. The finished copy is searched for them and for all that is marked."),
    )


class AnswerForm(forms.Form):
    """A few words to whoever asked."""

    told = forms.CharField(
        label=_("Words to whoever asked"),
        max_length=5_000,
        required=False,
        widget=forms.Textarea(attrs=_TEXT),
        help_text=_("May be empty. Shown to whoever has the code."),
    )


class RefuseForm(forms.Form):
    """The authority's written decision."""

    reasons = forms.CharField(
        label=_("Reasons"),
        max_length=20_000,
        widget=forms.Textarea(attrs={"rows": 8, "dir": "auto"}),
        help_text=_("Why the provisions apply, without telling what is secret."),
    )
    delegation = forms.CharField(
        label=_("You decide by"),
        max_length=120,
        help_text=_("The point of the authority's own order, such as Delegationsordningen 4.2."),
    )
