"""What a communicator fills in."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.validators import URLValidator
from django.utils.translation import gettext_lazy as _

from motkraft.answers import queries
from motkraft.answers.models import AUDIENCE_LABELS, CHANNEL_LABELS, Answer, Fact
from motkraft.answers.rules import LANGUAGES, Audience, Channel, claims, direction
from motkraft.law.library import library
from motkraft.people.access import Actor


class Day(forms.DateInput):
    """A day, as the browser's own control."""

    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class AnswerForm(forms.Form):
    """An answer. The text's direction follows the language."""

    revision = forms.IntegerField(widget=forms.HiddenInput, required=False)
    claim_id = forms.ChoiceField(label=_("Which claim?"))
    language = forms.ChoiceField(label=_("Language"))
    channel = forms.ChoiceField(
        label=_("Where will it be read?"), choices=[(c.value, CHANNEL_LABELS[c]) for c in Channel]
    )
    audience = forms.ChoiceField(label=_("For whom?"), choices=[(a.value, AUDIENCE_LABELS[a]) for a in Audience])
    title = forms.CharField(
        label=_("Heading"),
        max_length=160,
        help_text=_("Say what is true. Do not repeat the claim."),
    )
    body = forms.CharField(
        label=_("Text"),
        widget=forms.Textarea(attrs={"rows": 14}),
        help_text=_(
            "Short sentences, the general rule, never a single case. An empty line makes a new paragraph, "
            "“## ” a"
            " heading, “- ” a list, [words](https://…) a link."
        ),
    )
    facts = forms.ModelMultipleChoiceField(
        label=_("What does it rest on?"),
        queryset=Fact.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text=_("An answer with a fact that is not verified cannot be approved."),
    )
    is_language_reviewed = forms.BooleanField(
        label=_("A native speaker has read the text"),
        required=False,
        help_text=_("If not, the page says that the translation is not yet reviewed."),
    )
    review_by = forms.DateField(
        label=_("Read through again no later than"),
        required=False,
        widget=Day,
        help_text=_("The law may change. An answer that is not read through in time says so to its readers."),
    )

    def __init__(self, actor: Actor, *args: Any, answer: Answer | None = None, **kwargs: Any) -> None:
        if answer is not None:
            kwargs.setdefault(
                "initial",
                {
                    "revision": answer.revision,
                    "claim_id": answer.claim_id,
                    "language": answer.language,
                    "channel": answer.channel,
                    "audience": answer.audience,
                    "title": answer.title,
                    "body": answer.body,
                    "facts": [fact.pk for fact in answer.ordered_facts()],
                    "is_language_reviewed": answer.is_language_reviewed,
                    "review_by": answer.review_by,
                },
            )
        super().__init__(*args, **kwargs)
        self.fields["claim_id"].choices = [(p.id, f"{p.id} · {p.title_sv}") for p in claims.places()]  # type: ignore[attr-defined]
        self.fields["language"].choices = [(c, f"{i.own} ({i.sv})") for c, i in LANGUAGES.items()]  # type: ignore[attr-defined]
        choice = self.fields["facts"]
        choice.queryset = queries.usable_facts(actor).order_by("citation", "key")  # type: ignore[attr-defined]
        choice.label_from_instance = _fact_label  # type: ignore[attr-defined]
        language = (self.data.get("language") if self.is_bound else (self.initial or {}).get("language")) or "sv"
        for name in ("title", "body"):
            self.fields[name].widget.attrs |= {"lang": language, "dir": direction(language)}

    def clean_facts(self) -> list[Fact]:
        """The chosen facts, in the order in which they were offered or chosen before."""
        chosen = list(self.cleaned_data["facts"])
        before = [str(key) for key in (self.initial or {}).get("facts", [])]
        return sorted(chosen, key=lambda f: (before.index(str(f.pk)) if str(f.pk) in before else len(before), f.key))


def _fact_label(fact: Fact) -> str:
    state = "" if fact.status == "verified" else f" ({fact.get_status_display()})"
    source = (fact.citation or fact.source_title).replace(" §", "\N{NO-BREAK SPACE}§")
    return f"{fact.statement_sv} – {source}{state}"


class FactForm(forms.Form):
    """A fact with its source."""

    key = forms.SlugField(
        label=_("Short name"),
        max_length=60,
        help_text=_("Letters, figures and hyphens, for example care-is-reconsidered."),
    )
    statement_sv = forms.CharField(
        label=_("The fact in Swedish"), widget=forms.Textarea(attrs={"rows": 3, "lang": "sv"})
    )
    statement_en = forms.CharField(
        label=_("The fact in English"), widget=forms.Textarea(attrs={"rows": 3, "lang": "en"})
    )
    statement_ar = forms.CharField(
        label=_("The fact in Arabic"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "lang": "ar", "dir": "rtl"}),
    )
    source_title = forms.CharField(label=_("Source"), max_length=200)
    citation = forms.CharField(
        label=_("Section, report or table"),
        max_length=120,
        required=False,
        help_text=_("For example LVU 7 §."),
    )
    source_url = forms.CharField(
        label=_("The source's address"),
        max_length=500,
        required=False,
        validators=[URLValidator(schemes=["https", "http"])],
    )
    rule_id = forms.ChoiceField(label=_("Rule in the law library"), required=False)
    checked_on = forms.DateField(
        label=_("When was the source read?"),
        widget=Day,
        help_text=_("For a statute: the day whose wording you read."),
    )

    def __init__(self, *args: Any, fact: Fact | None = None, **kwargs: Any) -> None:
        if fact is not None:
            kwargs.setdefault(
                "initial",
                {
                    **{name: getattr(fact, name) for name in self.base_fields if hasattr(fact, name)},
                    "statement_ar": fact.translations.get("ar", ""),
                },
            )
        super().__init__(*args, **kwargs)
        if fact is not None:
            del self.fields["key"]
        rules = {rule.id: rule for rule in library().rules if rule.status == "in-force"}
        self.fields["rule_id"].choices = [("", "–")] + [  # type: ignore[attr-defined]
            (rule.id, f"{rule.citation} · {rule.title_sv}") for rule in rules.values()
        ]

    def values(self, fact: Fact | None = None) -> dict[str, Any]:
        """The fields as the actions take them."""
        values = dict(self.cleaned_data)
        arabic = values.pop("statement_ar")
        translations = dict(fact.translations) if fact else {}
        translations.pop("ar", None)
        if arabic:
            translations["ar"] = arabic
        return {**values, "translations": translations}


class SeenForm(forms.Form):
    """The fingerprint of the text that the approver had on the screen."""

    seen = forms.CharField(widget=forms.HiddenInput)


class ReasonForm(forms.Form):
    """Why something is withdrawn, sent back or retired."""

    reason = forms.CharField(label=_("Why?"), max_length=300, widget=forms.Textarea(attrs={"rows": 3}))
