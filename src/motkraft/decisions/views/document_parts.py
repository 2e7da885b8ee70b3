"""What pages show about the documents of a decision: words for each kind, and the files that were made."""

from __future__ import annotations

from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from motkraft.decisions.actions.documents import KINDS, MAKERS, documents_of, kinds_for
from motkraft.decisions.models import Decision
from motkraft.people.access import Actor
from motkraft.web.parts import FileLink

#: For each kind: its name, who gets it, and what it holds at level 0 and at level 1.
WORDS: dict[str, tuple[Any, Any, Any, Any]] = {
    "minutes": (
        gettext_lazy("Extract from the minutes"),
        gettext_lazy("For the file, for whoever carries the decision out, and for a party who asks."),
        gettext_lazy("Holds the decision, the reasons and the names of those who decided, presented and took part."),
        gettext_lazy(
            "Holds the decision and the reasons. No name, and no line to sign on: a signature would be a name."
        ),
    ),
    "submission": (
        gettext_lazy("Submission to the court"),
        gettext_lazy("For the administrative court. The committee must send it in time, with the files."),
        gettext_lazy("Holds the decision, the reasons, the last day and the names of those who decided."),
        gettext_lazy(
            "Holds no name. The court gets the names with the original: ask for it to be opened by two key custodians, "
            "and hand it over for itself. Begin at once, since the time limit runs."
        ),
    ),
    "application": (
        gettext_lazy("Application to the court"),
        gettext_lazy("For the administrative court, which decides."),
        gettext_lazy("Holds what the committee asks for, the reasons, what the law asks to be said, and the names."),
        gettext_lazy(
            "Holds no name. The court gets the names with the original: ask for it to be opened by two key custodians, "
            "and hand it over for itself."
        ),
    ),
    "appeal": (
        gettext_lazy("How to appeal"),
        gettext_lazy("For the party, with the notice."),
        gettext_lazy("Holds what can be appealed, by when, where to send it and what to write. No name of staff."),
        gettext_lazy("Holds what can be appealed, by when, where to send it and what to write. No name of staff."),
    ),
    "plain": (
        gettext_lazy("The decision in plain language"),
        gettext_lazy("For the party, beside the notice, which is what counts."),
        gettext_lazy("Holds what the decision is called, what can be done and how to reach you. No name of staff."),
        gettext_lazy("Holds what the decision is called, what can be done and how to reach you. No name of staff."),
    ),
}


def files_of(actor: Actor, decision: Decision) -> list[FileLink]:
    """The documents that were made, newest first."""
    found = []
    for paper in documents_of(actor, decision):
        kind, _underscore, language = paper.kind.removeprefix("decision_").partition("_")
        if kind in KINDS:
            name = f"{WORDS[kind][0]} {decision.reference}.pdf"
            named = f"{name} ({LANGUAGE_NAMES[language]})" if language else name
            url = reverse("paper", args=[paper.pk])
            found.append(FileLink(named, url, paper.size, "file-text", str(WORDS[kind][1]), paper.sha256))
    return found


def may_make(actor: Actor, decision: Decision) -> bool:
    """Whether there is something that this actor can make now."""
    return bool(kinds_for(decision)) and any(actor.can(permission) for permission in MAKERS)


def choices(decision: Decision) -> list[dict[str, Any]]:
    """What can be made of a decision, each with who gets it and what it holds."""
    level = 3 if decision.protection_level else 2
    return [
        {
            "name": kind.name,
            "title": WORDS[kind.name][0],
            "who": WORDS[kind.name][1],
            "holds": WORDS[kind.name][level],
            "languages": [(code, LANGUAGE_NAMES[code]) for code in kind.languages] if len(kind.languages) > 1 else [],
        }
        for kind in kinds_for(decision)
    ]


#: Each language in its own words, and whether somebody who speaks it natively has read the text.
LANGUAGE_NAMES = {
    "sv": "Svenska",
    "en": "English",
    "ar": "العربية",
    "so": "Soomaali",
    "tr": "Türkçe",
    "fa": "فارسی",
}


def unreviewed_note() -> str:
    """What is said beside the choice of language."""
    return _("No native speaker has read the texts in other languages than Swedish and English. The page says so.")
