"""Reporting, one question at a time."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from motkraft.incidents.forms.fields import EARLIEST, FILES, KIND_WORDS, FilesField, line_field, text_field
from motkraft.incidents.models import Channel, Incident
from motkraft.incidents.rules import CLOCK_SKEW
from motkraft.incidents.rules.report import DAMAGED
from motkraft.law import INCIDENT_KINDS
from motkraft.people.models import Office

DAMAGE_WORDS = {
    "car": gettext_lazy("A car"),
    "premises": gettext_lazy("The office or its surroundings"),
    "home": gettext_lazy("A home"),
    "other": gettext_lazy("Something else"),
}
assert tuple(DAMAGE_WORDS) == DAMAGED


class DangerForm(forms.Form):
    """The first question. ``client_id`` makes pressing twice one report."""

    client_id = forms.UUIDField(required=False, widget=forms.HiddenInput, initial=uuid.uuid4)
    danger_now = forms.ChoiceField(
        label=gettext_lazy("Are you in danger now?"),
        choices=[("no", gettext_lazy("No, not right now")), ("yes", gettext_lazy("Yes"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose yes or no.")},
    )


class StepForm(forms.Form):
    """One step of the report: reads from the draft, and says what to save in it."""

    def __init__(self, *args: Any, draft: Incident, offices: list[Office], **kwargs: Any) -> None:
        self.draft, self.offices = draft, offices
        super().__init__(*args, initial=self.read(draft), **kwargs)

    def read(self, draft: Incident) -> dict[str, Any]:
        """What the draft holds already."""
        return {name: getattr(draft, name, None) for name in self.base_fields}

    def values(self) -> dict[str, Any]:
        """What to save in the draft."""
        return dict(self.cleaned_data)


class KindForm(StepForm):
    """What happened."""

    kind = forms.ChoiceField(
        label=gettext_lazy("What happened?"),
        help_text=gettext_lazy("Choose what fits best. You can tell more afterwards."),
        choices=list(KIND_WORDS.items()),
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what fits best.")},
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.draft.for_colleague:  # "somebody threatened me" would be wrong
            self.fields["kind"].choices = [(kind, staff_words(kind)) for kind in KIND_WORDS]  # type: ignore[attr-defined]


def staff_words(kind: str) -> str:
    """The kind as staff call it, in the language of the page: "Hot", "Förtäckt hot"."""
    names = INCIDENT_KINDS[kind]
    words = names[0] if (get_language() or "sv").startswith("sv") else names[1]
    return words[:1].upper() + words[1:]


class WhoForm(StepForm):
    """Who it happened to, and whether the manager may see who tells it."""

    whom = forms.ChoiceField(
        label=gettext_lazy("Who did it happen to?"),
        choices=[("me", gettext_lazy("Me")), ("colleague", gettext_lazy("A colleague"))],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose who it happened to.")},
    )
    colleague = line_field(
        gettext_lazy("Which colleague?"),
        help_text=gettext_lazy(
            "Only for a colleague: their whole name or user name, if you want to. They can then follow what is done."
        ),
        most=150,
    )
    hide_identity = forms.BooleanField(
        label=gettext_lazy("Do not show my name to my manager"),
        help_text=gettext_lazy(
            "Only the security coordinator can then see that it is you, and is the one who contacts you. Your manager"
            " sees the rest: leave out of your texts what shows who you are."
        ),
        required=False,
    )

    def __init__(self, *args: Any, can_hide: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not can_hide:
            del self.fields["hide_identity"]

    def read(self, draft: Incident) -> dict[str, Any]:
        is_colleague = draft.for_colleague
        return {
            "whom": "colleague" if is_colleague else "me",
            "colleague": draft.person.username if is_colleague and draft.person else "",
            "hide_identity": draft.hide_identity,
        }

    def values(self) -> dict[str, Any]:
        given = self.cleaned_data
        is_colleague = given["whom"] == "colleague"
        return {
            "for_colleague": is_colleague,
            "hide_identity": bool(given.get("hide_identity")),
            "colleague": given["colleague"].strip() if is_colleague else None,
        }


class WhenForm(StepForm):
    """When it happened."""

    when = forms.ChoiceField(
        label=gettext_lazy("When did it happen?"),
        choices=[
            ("now", gettext_lazy("Just now")),
            ("today", gettext_lazy("Earlier today")),
            ("yesterday", gettext_lazy("Yesterday")),
            ("earlier", gettext_lazy("Another day")),
            ("unknown", gettext_lazy("I do not know, or it goes on")),
        ],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose when it happened. “I do not know” is fine.")},
    )
    day = forms.DateField(
        label=gettext_lazy("Which day?"),
        validators=[EARLIEST],
        help_text=gettext_lazy("Only if you chose another day."),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        error_messages={"invalid": gettext_lazy("Write the day as 2026-11-21.")},
    )
    clock = forms.TimeField(
        label=gettext_lazy("About what time?"),
        required=False,
        widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
        error_messages={"invalid": gettext_lazy("Write the time as 14:30.")},
    )

    def read(self, draft: Incident) -> dict[str, Any]:
        if draft.happened_at is None:
            return {}
        local = timezone.localtime(draft.happened_at)
        days = (timezone.localdate() - local.date()).days
        when = {0: "today", 1: "yesterday"}.get(days, "earlier")
        return {
            "when": when,
            "day": local.date() if when == "earlier" else None,
            "clock": local.time() if draft.time_is_known else None,
        }

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("when") == "earlier" and not given.get("day") and "day" not in self.errors:
            self.add_error("day", _("Give the day. A guess is fine."))
        moment = self._moment(given) if not self.errors else None
        if moment is not None and moment > timezone.now() + CLOCK_SKEW:
            is_later_today = bool(given.get("clock")) and timezone.localtime(moment).date() == timezone.localdate()
            self.add_error("clock" if is_later_today else "day", _("That time has not come yet."))
        return given

    def _moment(self, given: Mapping[str, Any]) -> dt.datetime | None:
        now = timezone.localtime()
        match given["when"]:
            case "unknown":
                return None
            case "now":
                return now
            case "today":
                day = now.date()
            case "yesterday":
                day = now.date() - dt.timedelta(days=1)
            case _:
                day = given["day"]
        moment = dt.datetime.combine(day, given.get("clock") or dt.time(12), now.tzinfo)
        return now if day == now.date() and moment > now and not given.get("clock") else moment

    def values(self) -> dict[str, Any]:
        given = self.cleaned_data
        is_known = given["when"] == "now" or bool(given.get("clock"))
        return {"happened_at": self._moment(given), "time_is_known": is_known}


class WhereForm(StepForm):
    """How it came, and where."""

    channel = forms.ChoiceField(
        label=gettext_lazy("How did it happen?"),
        choices=Channel.choices,
        required=False,
        widget=forms.RadioSelect,
    )
    place = line_field(
        gettext_lazy("Where?"),
        help_text=gettext_lazy("For instance the reception, the car park, or the name of the site or the group."),
    )
    office_id = forms.ChoiceField(label=gettext_lazy("Which office do you belong to?"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if len(self.offices) > 1:
            choices = [("", _("Choose office")), *((str(office.pk), office.name) for office in self.offices)]
            self.fields["office_id"].choices = choices  # type: ignore[attr-defined]
        else:
            del self.fields["office_id"]

    def values(self) -> dict[str, Any]:
        given = super().values()
        if "office_id" in given:
            given["office_id"] = given["office_id"] or None
        return given


class WordsForm(StepForm):
    """What was said or written."""

    exact_words = text_field(
        gettext_lazy("What was said or written?"),
        rows=5,
        help_text=gettext_lazy("Word for word if you can, in the language it was in. Paste if you have it."),
    )
    description = text_field(
        gettext_lazy("What happened, in your own words?"),
        rows=5,
        help_text=gettext_lazy("What you saw and heard. You need not explain or prove anything."),
    )


class MoreForm(StepForm):
    """What else is known; everything optional."""

    suspect = line_field(
        gettext_lazy("Do you know who it was?"),
        help_text=gettext_lazy("Name, number, account or what the person looked like. Only what you know."),
    )
    witnesses = line_field(gettext_lazy("Did anybody else see or hear it?"))
    weapon = forms.BooleanField(label=gettext_lazy("There was a weapon, or talk of a weapon"), required=False)
    relatives_meant = forms.BooleanField(
        label=gettext_lazy("My family or somebody close to me was meant"), required=False
    )
    children_meant = forms.BooleanField(label=gettext_lazy("My children were meant"), required=False)
    relatives = line_field(gettext_lazy("In what way were those close to you meant?"))
    danger_ongoing = forms.BooleanField(
        label=gettext_lazy("The danger goes on: it can happen again at any time"), required=False
    )
    damage_object = forms.ChoiceField(
        label=gettext_lazy("What was damaged?"),
        choices=list(DAMAGE_WORDS.items()),
        required=False,
        widget=forms.RadioSelect,
    )
    damage_note = line_field(gettext_lazy("How was it damaged?"))
    case_reference = line_field(
        gettext_lazy("Does it have to do with a case?"),
        help_text=gettext_lazy(
            "Write only the reference number, such as Ä-2026-0001. Nothing about the child or the parents."
        ),
        most=40,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.draft.kind != "damage":
            del self.fields["damage_object"], self.fields["damage_note"]
        else:
            self.order_fields(["damage_object", "damage_note"])
        if self.draft.for_colleague:
            self.fields["relatives_meant"].label = _("Somebody close to the colleague was meant")
            self.fields["children_meant"].label = _("The colleague's children were meant")
            self.fields["relatives"].label = _("In what way were they meant?")
        elif self.draft.kind == "revenge_report":
            self.fields["children_meant"].label = _("The report was about my own children")

    def read(self, draft: Incident) -> dict[str, Any]:
        return super().read(draft) | {"case_reference": draft.case.reference if draft.case_id else ""}


class FilesForm(StepForm):
    """Files and a link."""

    files = FilesField(**FILES)
    link = line_field(
        gettext_lazy("A link to it, if it is on the internet"),
        help_text=gettext_lazy("Copy the address of the page. You need not open it again."),
        most=2000,
    )
