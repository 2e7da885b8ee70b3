"""The documents that follow an issued decision: for the minutes, the court and the party. Each is written on its own.

At level 1 nothing here can hold a name: the server has none left. The court gets the names with the original, which two
key custodians open for it and which is enclosed; the submission and the application say so. The rule on notices without
names is cited for notices alone: its wording covers no others. Sections and time limits come from the law data.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from motkraft import documents, law
from motkraft.decisions.actions.outward import e_sealed
from motkraft.decisions.actions.paper import LANGUAGE, now_day, provisions_of, title_of
from motkraft.decisions.models import Decision, DecisionPerson, TextBlock
from motkraft.decisions.rules import DecisionError, Part, State, is_body
from motkraft.decisions.rules.text_blocks import filled
from motkraft.incidents.actions.papers import keep_paper, paper_kind
from motkraft.incidents.models import Paper
from motkraft.law import vocabulary
from motkraft.people.access import Actor, Permission
from motkraft.people.models import DetailKind, Organisation, ProtectedDetail
from motkraft.people.queries import members
from motkraft.sealing.leak import words_of_name
from motkraft.web.dates import day as day_words

Rows = list[tuple[str, str]]
READERS = (
    Permission.DECISION_PREPARE,
    Permission.DECISION_HANDLE,
    Permission.DECISION_DECIDE,
    Permission.SEAL_REQUEST,
)
MAKERS = (Permission.DECISION_PREPARE, Permission.SEAL_REQUEST)


@dataclass(frozen=True)
class Kind:
    """A kind of document: its plain file word, when it can be made, and what stands in it."""

    name: str
    file_word: str
    fits: Callable[[Decision], bool]
    data: Callable[[Decision, Organisation, dt.datetime, str], dict[str, Any]]
    languages: tuple[str, ...] = (LANGUAGE,)

    def stored_as(self, language: str) -> str:
        """The name that its papers are kept under, with the language where there are several."""
        return f"decision_{self.name}_{language}" if len(self.languages) > 1 else f"decision_{self.name}"


def kinds_for(decision: Decision) -> list[Kind]:
    """The kinds that can be made of a decision now; none before it is issued."""
    return [kind for kind in KINDS.values() if decision.state == State.ISSUED and kind.fits(decision)]


@transaction.atomic
def make_document(actor: Actor, decision: Decision, kind: str, *, language: str = LANGUAGE) -> Paper:
    """Make a document of an issued decision: e-sealed, searched for protected words, stored write-once and logged.

    Raises DecisionError when this decision has no such document, IncidentError when a protected word stands in it, and
    as ``outward.e_sealed``.
    """
    actor.require(*MAKERS)
    found = Decision.objects.filter(pk=decision.pk, organisation_id=actor.organisation_id).first()
    known = next((one for one in kinds_for(found) if one.name == kind), None) if found else None
    if found is None or known is None or language not in known.languages:
        raise DecisionError("That document cannot be made of this decision.")
    organisation = Organisation.objects.get(pk=actor.organisation_id)
    with override("en" if language == "en" else LANGUAGE):
        data = known.data(found, organisation, timezone.now(), language)
    return keep_paper(
        actor,
        data,
        kind=known.stored_as(language),
        subject_kind="decision",
        subject_id=found.pk,
        protected_words=words_to_keep_out(actor, found),
        language=language,
        finish=lambda pdf, check: e_sealed(actor, pdf, data, check),
    )


def documents_of(actor: Actor, decision: Decision) -> list[Paper]:
    """What has been made of a decision, newest first."""
    rows = Paper.objects.filter(organisation_id=actor.organisation_id, subject_kind="decision", subject_id=decision.pk)
    return list(rows.order_by("-made_at")) if any(actor.can(permission) for permission in READERS) else []


def words_to_keep_out(actor: Actor, decision: Decision) -> list[str]:
    """What must not stand in a document of this decision.

    At level 1 every name of everybody who works here, since the record of who it was is sealed; always the protected
    details of everybody here.
    """
    words: set[str] = set()
    ordinary = documents.house_words(LANGUAGE)
    if decision.protection_level:
        for person in members(actor):
            words |= {*words_of_name(str(person.name), ordinary=ordinary), person.username}
    details = ProtectedDetail.objects.filter(organisation_id=actor.organisation_id)
    if not decision.protection_level:
        details = details.exclude(kind=DetailKind.NAME)
    return sorted(words | {str(detail.value) for detail in details})


def sample_data(organisation: Organisation, heading: str, text: str) -> dict[str, Any]:
    """The data of a paper that shows one text block as documents set it; a draft that is never stored."""
    with override(LANGUAGE):
        return {
            "organisation": {
                "name": organisation.name,
                "unit": _("The social welfare committee"),
                "address": organisation.postal_address or organisation.name,
            },
            "reference": "B-0000-0000",
            "issued_at": timezone.now(),
            "title": _("Text block"),
            "sections": [{"heading": heading, "text": filled(text, decision=_("immediate custody"))}],
            "demo": bool(settings.MOTKRAFT_DEMO),
            "draft": True,
        }


def _rows(rows: Rows) -> list[dict[str, str]]:
    return [{"label": label, "value": value} for label, value in rows if value]


def _kind(decision: Decision) -> law.DecisionType:
    return law.library().on(decision.decided_on or now_day(timezone.now())).decision_type(decision.type_code)


def _base(decision: Decision, organisation: Organisation, now: dt.datetime, title: str) -> dict[str, Any]:
    return {
        "organisation": {
            "name": organisation.name,
            "unit": _("The social welfare committee"),
            "address": organisation.postal_address or organisation.name,
            "phone": organisation.phone or None,
        },
        "reference": decision.reference,
        "issued_at": now,
        "title": title,
        "contact": {"who": _("The registrar of the social welfare committee"), "phone": organisation.phone or None},
    }


def _block(decision: Decision, place: str, now: dt.datetime) -> str:
    text = TextBlock.objects.text(decision.organisation_id, place, decision.type_code, now_day(now))
    return filled(text, decision=_kind(decision).title_sv.lower())


def _points(decision: Decision, place: str, now: dt.datetime) -> list[str]:
    return [line.strip() for line in _block(decision, place, now).splitlines() if line.strip()]


def _text_of(decision: Decision, content: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = [
        {"heading": content, "text": decision.content},
        {"heading": _("Reasons"), "text": decision.reasons},
        {"heading": _("Provisions applied"), "bases": provisions_of(decision)},
    ]
    if decision.dissent:
        found.append({"heading": _("Dissenting opinion"), "text": decision.dissent})
    return found


def _who(decision: Decision, *, for_court: bool) -> dict[str, Any]:
    """Who decided and took part; at level 1 where that stands and how whoever may know gets to know it."""
    heading = _("Who decided and took part")
    if decision.protection_level:
        where = _("The names are on record in the original of the decision, which is sealed.")
        how = (
            _("It is enclosed for the court: two key custodians of the municipality open it.")
            if for_court
            else _("Whoever may see them gets the original: two key custodians of the municipality open it.")
        )
        return {"heading": heading, "text": f"{where} {how}", "bases": [_basis("decision_record")]}
    labels = {
        Part.DECIDER: _("Decider"),
        Part.RAPPORTEUR: _("Rapporteur"),
        Part.PARTICIPANT: _("Took part without deciding"),
    }
    persons = DecisionPerson.objects.filter(decision=decision).select_related("person")
    rows = [
        (str(labels[Part(row.part)]), f"{row.person.name}, {title_of(row)}")
        for part in labels
        for row in persons
        if row.part == part and row.person is not None
    ]
    return {"heading": heading, "rows": _rows(rows), "bases": [_basis("decision_record")]}


def _enclosures(decision: Decision, place: str, now: dt.datetime) -> dict[str, Any]:
    """What goes with a document to the court; at level 1 first the opened original, which holds the names."""
    points = _points(decision, place, now)
    if decision.protection_level:
        opened = _("The original of the decision, opened by two key custodians: %(reference)s, with its own marking.")
        points.insert(0, opened % {"reference": decision.reference})
    return {"heading": _("Enclosures"), "points": points}


def _basis(rule_id: str) -> dict[str, str]:
    rule = _rule(rule_id)
    return {"section": rule.citation, "text": rule.plain_sv}


def _rule(rule_id: str) -> law.Rule:
    return law.library().on(timezone.localdate())[rule_id]


def _limit_rows(rule: law.Clock, decided_on: dt.date) -> Rows:
    limit = rule.due(decided_on)
    rows = [(_("With the court no later than"), day_words(limit.raw))]
    if limit.is_extended:
        rows.append((_("The law still accepts"), day_words(limit.extended)))
    return [*rows, (_("If it is missed"), rule.effect_sv)]


def submission_clock(decision: Decision) -> law.Clock | None:
    """The time limit within which the committee itself brings its decision before the court, None where it need not.

    It is the one that the decision starts, that the committee must keep, and that ends the measure when it is missed.
    """
    for rule in _clocks(decision):
        if rule.trigger.endswith("_decided") and rule.actor == "committee" and rule.effect == "lapses":
            return rule
    return None


def _clocks(decision: Decision) -> tuple[law.Clock, ...]:
    rules = law.library().on(decision.decided_on or timezone.localdate())
    return tuple(rules.clocks(decision_type=decision.type_code))


def _court() -> str:
    return str(vocabulary.ROLES["administrative_court"][0]).capitalize()


def _minutes(decision: Decision, organisation: Organisation, now: dt.datetime, _language: str) -> dict[str, Any]:
    kind = _kind(decision)
    body = vocabulary.ROLES.get(decision.decider_body, ("", ""))[0].capitalize() if decision.decider_body else ""
    met = decision.decided_on if is_body(decision.decider_body) else decision.reported_on
    meeting: Rows = [
        (_("Body"), body if is_body(decision.decider_body) else _("The social welfare committee")),
        (_("Day of the meeting"), day_words(met) if met else ""),
        (_("Minutes"), decision.minutes),
        (_("Case"), decision.case.reference),
        (_("Matter"), kind.title_sv),
    ]
    if not is_body(decision.decider_body) and decision.decided_on:
        meeting.append((_("Decided on"), day_words(decision.decided_on)))
    sections = [
        {"heading": _("The meeting"), "rows": _rows(meeting)},
        *_text_of(decision, _("Decision")),
        _who(decision, for_court=False),
        {"heading": _("Who gets the extract"), "points": _points(decision, "minutes_recipients", now)},
    ]
    if not is_body(decision.decider_body):
        rule = kind
        sections.insert(
            1,
            {
                "heading": _("Reported to the committee"),
                "text": _("The decision was made in the committee's place and is reported at this meeting."),
                "bases": [{"section": rule.urgent or rule.citation, "text": rule.plain_sv}],
            },
        )
    signed = [] if decision.protection_level else [_("Adjuster"), _("The extract agrees with the minutes")]
    return {
        **_base(decision, organisation, now, _("Extract from the minutes")),
        "sections": sections,
        "signatures": signed,
    }


def _submission(decision: Decision, organisation: Organisation, now: dt.datetime, _language: str) -> dict[str, Any]:
    rule, day = submission_clock(decision), decision.decided_on
    assert rule is not None and day is not None  # the kind fits only where there is one
    return {
        **_base(decision, organisation, now, _("Submission of a decision to the court")),
        "addressee": _court(),
        "lead": _block(decision, "submission_request", now),
        "sections": [
            {
                "heading": _("Time limit"),
                "rows": _rows([(_("Day of the decision"), day_words(day)), *_limit_rows(rule, day)]),
                "bases": [{"section": rule.citation, "text": rule.plain_sv}],
            },
            *_text_of(decision, _("Decision")),
            _who(decision, for_court=True),
            _enclosures(decision, "submission_enclosures", now),
            _parties(decision),
        ],
        "signatures": [] if decision.protection_level else [_("For the committee")],
    }


def _application(decision: Decision, organisation: Organisation, now: dt.datetime, _language: str) -> dict[str, Any]:
    kind = _kind(decision)
    clocks = [
        rule
        for rule in _clocks(decision)
        if rule.actor == "committee" and rule.effect == "lapses" and not rule.recurring
    ]
    limits = {
        "heading": _("Time limit"),
        "bases": [{"section": rule.citation, "text": rule.plain_sv} for rule in clocks],
    }
    asked = {
        "heading": _("What the law asks the application to say"),
        "bases": [{"section": kind.citation, "text": kind.plain_sv}],
        "points": list(kind.content_sv),
    }
    return {
        **_base(decision, organisation, now, _("Application: %(what)s") % {"what": kind.title_sv}),
        "addressee": _court(),
        "lead": _block(decision, "application_request", now),
        "sections": [
            *_text_of(decision, _("What the committee asks for")),
            asked,
            *([limits] if clocks else []),
            _who(decision, for_court=True),
            _enclosures(decision, "application_enclosures", now),
            _parties(decision),
        ],
        "signatures": [] if decision.protection_level else [_("For the committee")],
    }


def has_right(decision: Decision, rule_id: str) -> bool:
    """Whether the law data gives this right in the matter of this type of decision: no party is promised another."""
    rule = _rule(rule_id)
    return not isinstance(rule, law.RightRule) or rule.belongs_to(decision.type_code)


def _parties(decision: Decision) -> dict[str, Any]:
    rights = [each for each in ("right_be_heard", "right_public_counsel") if has_right(decision, each)]
    return {
        "heading": _("The young person and the guardians"),
        "text": _("Who they are and how they are reached stands in the enclosures alone."),
        "bases": [_basis(each) for each in rights],
    }


def _appeal(decision: Decision, organisation: Organisation, now: dt.datetime, _language: str) -> dict[str, Any]:
    kind = _kind(decision)
    limit = _appeal_clock(decision)
    assert limit is not None  # the kind fits only where there is one
    sections = [
        {
            "heading": _("What you can appeal"),
            "rows": _rows([(_("Decision"), kind.title_sv), (_("Day of the decision"), day_words(decision.decided_on))]),
            "bases": [_basis("right_appeal")],
        },
        {
            "heading": _("No later than"),
            "bases": [{"section": limit.citation, "text": f"{limit.plain_sv} {limit.effect_sv}"}],
        },
        {
            "heading": _("Where you send it"),
            "rows": _rows(
                [
                    (_("Send it to"), f"{organisation.name}\n{organisation.postal_address}".strip()),
                    (_("The court that decides"), _court()),
                ]
            ),
        },
        {"heading": _("What you write"), "text": _block(decision, "appeal_how", now)},
        {"heading": _("Help"), "text": _block(decision, "appeal_help", now), "bases": [_basis("decision_notice")]},
    ]
    return {**_base(decision, organisation, now, _("How to appeal")), "sections": sections}


def _appeal_clock(decision: Decision) -> law.Clock | None:
    if not _kind(decision).appealable:
        return None
    return next((rule for rule in _clocks(decision) if rule.trigger == "decision_served"), None)


def _plain(decision: Decision, organisation: Organisation, now: dt.datetime, language: str) -> dict[str, Any]:
    words = documents.plain_words()[language]
    kind = _kind(decision)
    every = {"see_material": "right_see_material", "counsel": "right_public_counsel", "hearing": "right_oral_hearing"}
    rights = [(key, rule) for key, rule in every.items() if has_right(decision, rule)]
    sections: list[dict[str, Any]] = [
        {
            "heading": words["about"],
            "rows": _rows(
                [
                    (words["decision"], kind.title_en if language == "en" else kind.title_sv),
                    (words["day"], f"{decision.decided_on:%Y-%m-%d}"),
                    (words["case"], decision.case.reference),
                ]
            ),
        },
        {"heading": words["understand"], "text": words["understand_text"]},
        {"heading": words["appeal"], "text": _what_next(decision, kind, words)},
        {
            "heading": words["rights"],
            "points": [words[key].format(citation=_from_left(_rule(rule).citation)) for key, rule in rights],
        },
        {
            "heading": words["contact"],
            "text": "\n".join(filter(None, [organisation.name, organisation.postal_address, organisation.phone])),
        },
        {
            "heading": words["genuine"],
            "text": f"{words['genuine_text']}\n\n{settings.MOTKRAFT_PUBLIC_URL}/kontrollera/{decision.public_id}",
        },
    ]
    return {
        **_base(decision, organisation, now, words["title"]),
        "contact": None,
        "lead": "\n\n".join(filter(None, [words["lead"], words["unreviewed"]])),
        "sections": sections,
    }


def _from_left(citation: str) -> str:
    """Keep a citation's signs in their order inside a text from right to left (U+200E around it)."""
    return f"\u200e{citation}\u200e"


def _what_next(decision: Decision, kind: law.DecisionType, words: dict[str, Any]) -> str:
    """What the party can do, in the words of one language, with the law data's own numbers."""
    submitted = submission_clock(decision)
    served = _appeal_clock(decision)
    if kind.is_application:
        return str(words["application"])
    rule, sentence = (served, "appealable") if served else (submitted, "submitted")
    if rule is None:
        return str(words["not_listed"])
    unit = (words["unit"] if rule.limit.amount == 1 else words["units"])[rule.limit.unit]
    return str(words[sentence]).format(amount=rule.limit.amount, unit=unit, citation=_from_left(rule.citation))


KINDS: dict[str, Kind] = {
    kind.name: kind
    for kind in (
        Kind(
            "minutes",
            "protokollsutdrag",
            lambda decision: is_body(decision.decider_body) or decision.reported_on is not None,
            _minutes,
        ),
        Kind("submission", "understallning", lambda decision: submission_clock(decision) is not None, _submission),
        Kind("application", "ansokan", lambda decision: _kind(decision).is_application, _application),
        Kind("appeal", "overklagande", lambda decision: _appeal_clock(decision) is not None, _appeal),
        Kind("plain", "i-klartext", lambda _decision: True, _plain, documents.LANGUAGES),
    )
}


def _may_read(actor: Actor, _paper: Paper) -> bool:
    return any(actor.can(permission) for permission in READERS)


for _each in KINDS.values():
    for _language in _each.languages:
        _word = _each.file_word if _language == LANGUAGE else f"{_each.file_word}-{_language}"
        paper_kind(_each.stored_as(_language), _word, _may_read)
