"""The police report, its number, contacts, decisions, and why something was not reported."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from motkraft.incidents.forms.fields import EARLIEST, line_field, text_field
from motkraft.incidents.queries.police import FACT_WORDS
from motkraft.incidents.rules.police import CLOSING_REASONS, CONTACT_WAYS, WITHHELD_REASONS, AddedFact, Decided

DECISION_WORDS = {
    Decided.OPENED: gettext_lazy("An investigation is opened"),
    Decided.CLOSED: gettext_lazy("The investigation is closed, or never opened"),
    Decided.RESUMED: gettext_lazy("The investigation is opened again"),
    Decided.CHARGED: gettext_lazy("Charges are brought"),
    Decided.JUDGED: gettext_lazy("There is a judgment"),
}
CLOSING_WORDS = {
    "no_suspect": gettext_lazy("Nobody can be suspected"),
    "not_provable": gettext_lazy("The crime cannot be proved"),
    "not_a_crime": gettext_lazy("The act is not a crime"),
    "resources": gettext_lazy("It is not investigated further, for reasons of resources"),
    "limited": gettext_lazy("The investigation is limited to other crimes"),
    "other": gettext_lazy("Another reason"),
}
WITHHELD_WORDS = {
    "not_a_crime": gettext_lazy("It is not a crime as we judge it"),
    "persons_wish": gettext_lazy("The person exposed does not want it, and we found that to weigh more"),
    "secrecy": gettext_lazy("Secrecy stops us from telling enough"),
    "other": gettext_lazy("Another reason"),
}
CONTACT_WORDS = {
    "phone": gettext_lazy("By phone"),
    "mail": gettext_lazy("E-mail"),
    "meeting": gettext_lazy("At a meeting"),
    "letter": gettext_lazy("By letter"),
}
SECRECY_WORDS = [
    ("none", gettext_lazy("No: nothing in the report is secret. I write why below.")),
    ("overridden", gettext_lazy("Some of it is secret, but a rule lets it out. I choose the rule below.")),
    ("unsure", gettext_lazy("I do not know")),
]


class PoliceForm(forms.Form):
    """What the report to the police says beyond the least. Choices come from the law of the day; none is made here."""

    offences = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple(attrs={"class": "ds-input"}),
        error_messages={
            "required": gettext_lazy("Choose at least one offence. It is a suggestion: the police decides.")
        },
    )
    elements = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple(attrs={"class": "ds-input"}), required=False
    )
    harm = text_field(gettext_lazy("Which injuries or harm?"), rows=3)
    secrecy = forms.ChoiceField(
        label=gettext_lazy("Does secrecy stop you from telling this?"),
        choices=SECRECY_WORDS,
        widget=forms.RadioSelect(attrs={"class": "ds-input"}),
        error_messages={"required": gettext_lazy("Answer the question about secrecy. Nobody answers it for you.")},
    )
    basis_rules = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple(attrs={"class": "ds-input"}), required=False
    )
    basis = text_field(gettext_lazy("Another basis, or why"), rows=2)

    def __init__(
        self,
        *args: Any,
        offences: list[tuple[str, str]],
        elements: list[tuple[str, str]],
        basis: list[tuple[str, str]],
        sections: Mapping[str, str],
        facts: Sequence[str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.facts = facts
        self.fields["offences"].choices = offences  # type: ignore[attr-defined]
        self.fields["elements"].choices = elements  # type: ignore[attr-defined]
        self.fields["basis_rules"].choices = basis  # type: ignore[attr-defined]
        self.fields["offences"].label = _("What crimes may it be?")
        self.fields["elements"].label = _("What speaks for it, and against?")
        self.fields["basis_rules"].label = _("Which rules let it out?")
        for key in facts:
            words = FACT_WORDS[key]
            self.fields[f"fact_{key}"] = forms.BooleanField(label=words, required=False)
            self.fields[f"basis_{key}"] = forms.ChoiceField(
                label=_("On what basis? %(fact)s") % {"fact": words},
                choices=[("", _("Choose a rule")), *((key, f"{sections[key]}: {title}") for key, title in basis)],
                required=False,
            )
            self.fields[f"reason_{key}"] = line_field(_("Or in your own words: %(fact)s") % {"fact": words})

    def clean(self) -> dict[str, Any]:
        """Hold the answer about secrecy against what is chosen, and each added fact against its basis."""
        data = super().clean() or {}
        match data.get("secrecy"):
            case "unsure":
                self.add_error(
                    "secrecy", _("Ask your lawyer first. Nothing is made or sent before you know, and this page waits.")
                )
            case "overridden" if not data.get("basis_rules"):
                self.add_error("basis_rules", _("Choose the rule that lets it out."))
            case "none" if not (data.get("basis") or "").strip():
                self.add_error("basis", _("Write why nothing in the report is secret."))
        if (data.get("harm") or "").strip() and not data.get("fact_harm"):
            self.add_error("fact_harm", _("You wrote about harm. Tick it and give its basis, or empty the text."))
        for key in self.facts:
            if data.get(f"fact_{key}") and not (data.get(f"basis_{key}") or (data.get(f"reason_{key}") or "").strip()):
                self.add_error(f"basis_{key}", _("Say on what basis the police is told this, or leave it out."))
        return data

    def filing(self) -> Mapping[str, Any]:
        """What the action takes."""
        data = self.cleaned_data
        added = [
            AddedFact(key, data[f"basis_{key}"], data[f"reason_{key}"].strip())
            for key in self.facts
            if data.get(f"fact_{key}")
        ]
        return {name: data[name] for name in ("offences", "elements", "harm", "basis_rules", "basis")} | {
            "facts": added
        }


class CaseNumberForm(forms.Form):
    """The number that the police gave."""

    case_number = line_field(gettext_lazy("The number from the police"), required=True, most=40)


class ContactForm(forms.Form):
    """A contact with the police."""

    how = forms.ChoiceField(
        label=gettext_lazy("How did you have contact?"), choices=[(way, CONTACT_WORDS[way]) for way in CONTACT_WAYS]
    )
    with_whom = line_field(
        gettext_lazy("With whom"), help_text=gettext_lazy("A function or a unit is enough."), most=120
    )
    note = text_field(gettext_lazy("What was said?"), rows=3, required=True)


class DecisionForm(forms.Form):
    """What the police or the prosecutor decided. Offers only what may follow."""

    state = forms.ChoiceField(
        label=gettext_lazy("What is decided?"),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what the police decided.")},
    )
    decided_on = forms.DateField(
        label=gettext_lazy("Day of the decision"),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        validators=[EARLIEST],
        error_messages={"required": gettext_lazy("Give the day of the decision.")},
    )
    reason_key = forms.ChoiceField(
        label=gettext_lazy("Why, if it is closed"),
        choices=[("", gettext_lazy("Choose a reason")), *((key, CLOSING_WORDS[key]) for key in CLOSING_REASONS)],
        required=False,
    )
    reason = text_field(gettext_lazy("The reason, as the police wrote it"), rows=2)

    def __init__(self, *args: Any, offered: Sequence[Decided], today: dt.date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["state"].choices = [  # type: ignore[attr-defined]
            (state.value, words) for state, words in DECISION_WORDS.items() if state in offered
        ]
        self.fields["decided_on"].widget.attrs["max"] = today.isoformat()


class WithholdForm(forms.Form):
    """Why an incident is not reported."""

    reason_key = forms.ChoiceField(
        label=gettext_lazy("Why is it not reported?"),
        choices=[(key, WITHHELD_WORDS[key]) for key in WITHHELD_REASONS],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose why it is not reported.")},
    )
    reason = text_field(
        gettext_lazy("Write how you came to it"),
        required=True,
        rows=4,
        help_text=gettext_lazy("The one who reported can read it."),
    )
