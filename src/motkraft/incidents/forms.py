"""Forms: one question each for the one who reports, plain sections for the one who acts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.core.validators import MinValueValidator
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from motkraft.errors import MotkraftError
from motkraft.incidents.models import Channel, Incident
from motkraft.incidents.rules import CLOCK_SKEW, Level
from motkraft.people.models import Office

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


def tell(form: forms.Form, error: MotkraftError) -> None:
    """Show a rule's refusal at its field, or above the form."""
    field = error.data.get("field")
    form.add_error(field if field in form.fields else None, _(error.message))


def _text(label: Any, *, rows: int = 4, required: bool = False, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=MOST_TEXT,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": rows, "dir": "auto"}),
    )


def _line(label: Any, *, required: bool = False, help_text: Any = "", most: int = 300) -> forms.CharField:
    return forms.CharField(
        label=label,
        required=required,
        max_length=most,
        help_text=help_text,
        widget=forms.TextInput(attrs={"dir": "auto"}),
    )


# -- reporting, a question at a time


class DangerForm(forms.Form):
    """The first question."""

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
    place = _line(
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

    exact_words = _text(
        gettext_lazy("What was said or written?"),
        rows=5,
        help_text=gettext_lazy("Word for word if you can, in the language it was in. Paste if you have it."),
    )
    description = _text(
        gettext_lazy("What happened, in your own words?"),
        rows=5,
        help_text=gettext_lazy("What you saw and heard. You need not explain or prove anything."),
    )


class MoreForm(StepForm):
    """What else is known; everything optional."""

    suspect = _line(
        gettext_lazy("Do you know who it was?"),
        help_text=gettext_lazy("Name, number, account or what the person looked like. Only what you know."),
    )
    witnesses = _line(gettext_lazy("Did anybody else see or hear it?"))
    weapon = forms.BooleanField(label=gettext_lazy("There was a weapon, or talk of a weapon"), required=False)
    relatives_meant = forms.BooleanField(
        label=gettext_lazy("My family or somebody close to me was meant"), required=False
    )
    relatives = _line(gettext_lazy("In what way were those close to you meant?"))
    case_reference = _line(
        gettext_lazy("Does it have to do with a case?"),
        help_text=gettext_lazy(
            "Write only the reference number, such as Ä-2026-0001. Nothing about the child or the parents."
        ),
        most=40,
    )

    def read(self, draft: Incident) -> dict[str, Any]:
        return super().read(draft) | {"case_reference": draft.case.reference if draft.case_id else ""}


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


_FILES = {
    "label": gettext_lazy("Do you have pictures, messages or files?"),
    "required": False,
    "help_text": gettext_lazy(
        "Screenshots, films, recordings, e-mails. At most 200 MB each. The file is kept exactly as it is."
    ),
    "error_messages": {"empty": gettext_lazy("The file is empty. Choose it again.")},
}


class FilesForm(StepForm):
    """Files and a link."""

    files = FilesField(**_FILES)
    link = _line(
        gettext_lazy("A link to it, if it is on the internet"),
        help_text=gettext_lazy("Copy the address of the page. You need not open it again."),
        most=2000,
    )


# -- acting


class EvidenceForm(forms.Form):
    """Files handed in later."""

    files = FilesField(
        **(
            _FILES
            | {
                "required": True,
                "label": gettext_lazy("Files"),
                "error_messages": {
                    "required": gettext_lazy("Choose at least one file."),
                    "empty": gettext_lazy("The file is empty. Choose it again."),
                },
            }
        )
    )


class MeetForm(forms.Form):
    """A duty is done."""

    note = _text(
        gettext_lazy("What was done?"),
        help_text=gettext_lazy("The one who reported can read this."),
    )
    day = forms.DateField(
        label=gettext_lazy("Day"),
        validators=[EARLIEST],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    clock = forms.TimeField(label=gettext_lazy("Time"), widget=forms.TimeInput(attrs={"type": "time"}, format="%H:%M"))

    def met_at(self) -> dt.datetime:
        """The moment that was given, on Swedish clocks."""
        given = self.cleaned_data
        return dt.datetime.combine(given["day"], given["clock"], timezone.get_current_timezone())


class ReasonForm(forms.Form):
    """A written reason."""

    reason = _text(
        gettext_lazy("Why?"),
        required=True,
        help_text=gettext_lazy("The one who reported and the safety representative see that it was set aside."),
    )


class CloseForm(forms.Form):
    """Closing; the reason is needed when something is left."""

    reason = _text(gettext_lazy("Why is it closed although not everything is done?"), required=True)


class PurposeForm(forms.Form):
    """What an original is fetched for."""

    purpose = _line(
        gettext_lazy("What do you need the original for?"),
        required=True,
        help_text=gettext_lazy("It is written in the chain of custody, with your name and the time."),
        most=200,
    )


class PoliceForm(forms.Form):
    """What the report to the police says beyond the incident itself. Choices come from the law of the day."""

    offences = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple(attrs={"class": "ds-input"}),
        error_messages={
            "required": gettext_lazy("Choose at least one offence. It is a suggestion: the police decides.")
        },
    )
    harm = _text(gettext_lazy("Injuries or other harm"), rows=3)
    basis_rules = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple(attrs={"class": "ds-input"}), required=False
    )
    basis = _text(gettext_lazy("Another basis, or why"), rows=2)
    include_name = forms.BooleanField(
        label=gettext_lazy("Give the name of the person exposed"),
        help_text=gettext_lazy("Ask the person first. Otherwise the police gets the title, and the name on request."),
        required=False,
    )

    def __init__(
        self, *args: Any, offences: list[tuple[str, str]], basis: list[tuple[str, str]], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["offences"].choices = offences  # type: ignore[attr-defined]
        self.fields["basis_rules"].choices = basis  # type: ignore[attr-defined]
        self.fields["offences"].label = _("What crimes may it be?")
        self.fields["basis_rules"].label = _("On what basis is the police told?")


class CaseNumberForm(forms.Form):
    """The number that the police gave."""

    case_number = _line(gettext_lazy("The number from the police"), required=True, most=40)


class CaseForm(forms.Form):
    """A case's reference number."""

    reference = _line(
        gettext_lazy("The reference number of the case"),
        required=True,
        help_text=gettext_lazy("Such as Ä-2026-0001. Nothing about the child or the parents."),
        most=40,
    )


class AssessForm(forms.Form):
    """The threat around a case."""

    level = forms.ChoiceField(
        label=gettext_lazy("How high is the threat?"),
        choices=[(level.value, words) for level, words in LEVEL_WORDS.items()],
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose a level.")},
    )
    grounds = _text(
        gettext_lazy("What does the assessment rest on?"),
        required=True,
        help_text=gettext_lazy("What has happened, what may happen. Nothing about the child or the parents."),
    )
    valid_until = forms.DateField(
        label=gettext_lazy("Assess again no later than"),
        required=False,
        help_text=gettext_lazy("Empty: a week for severe, 30 days for high, 90 for elevated, 180 for low."),
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
