"""What stands in the original and in the notice: two documents, each written on its own."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable, Mapping
from typing import Any

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from motkraft import law
from motkraft.decisions.actions.protection_help import presenter
from motkraft.decisions.actions.steps import hash_of
from motkraft.decisions.models import Decision, DecisionPerson, NoticeAssessment, TextBlock
from motkraft.decisions.rules import Part, may_decide, name_free_rule
from motkraft.decisions.rules.sign_off import DECIDER
from motkraft.decisions.rules.text_blocks import filled
from motkraft.law import vocabulary
from motkraft.people.access import Role, system
from motkraft.people.models import Organisation
from motkraft.people.queries import roles_of

LANGUAGE = "sv"  # the language of the authority; a party who needs another gets the notice explained or translated


def original_data(
    decision: Decision, organisation: Organisation, persons: list[DecisionPerson], now: dt.datetime
) -> dict[str, Any]:
    """The data of the original on record: every person that the rule on the record asks for, by name and title."""
    with override(LANGUAGE):
        rules = law.library().on(now_day(now))
        marking = rules.secrecy_rules("client_data")
        return {
            **_both(decision, organisation, now),
            "deciders": _named(persons, Part.DECIDER),
            **_presented(decision, persons),
            **_right(decision, now),
            "reasons": _reasons(decision),
            "provisions": provisions_of(decision),
            "secrecy": {
                "provision": marking[0].citation,
                "marked_on": now_day(now),
                "authority": organisation.name,
            },
            "name_free_reason": name_free_rule(now_day(now)).citation if decision.protection_level else None,
        }


def notice_data(
    decision: Decision,
    organisation: Organisation,
    persons: list[DecisionPerson],
    now: dt.datetime,
    *,
    commitment: str,
    assessments: Iterable[NoticeAssessment],
) -> dict[str, Any]:
    """The data of the notice: at level 1 no name reaches it at all, and the rule that allows it is cited."""
    with override(LANGUAGE):
        data = {
            **_both(decision, organisation, now),
            "reasons": decision.reasons,
            "legal_basis": provisions_of(decision),
            "contact": _contact(organisation, assessments),
            "verification_url": f"{settings.MOTKRAFT_PUBLIC_URL}/kontrollera/{decision.public_id}",
            "commitment": commitment,
            "name_free": bool(decision.protection_level),
            "questions": _words(decision, "questions"),
            **_appeal(decision, organisation),
        }
        if decision.protection_level:
            rule = name_free_rule(now_day(now))
            data["names_left_out_basis"] = {"section": rule.citation, "text": rule.plain_sv}
        else:
            data["deciders"] = _named(persons, Part.DECIDER)
            data["rapporteur"] = next(iter(_named(persons, Part.RAPPORTEUR)), None)
            data["participants"] = _named(persons, Part.PARTICIPANT)
        return data


def draft_data(decision: Decision, typed: Mapping[str, Any]) -> dict[str, Any]:
    """The data of the notice as it will be with the texts of a form. It holds no name, and says that it is a draft.

    Nothing has been decided: the day is today's, and neither check sum nor seal is there yet.
    """
    now = timezone.now()
    with override(LANGUAGE):
        organisation = Organisation.objects.get(pk=decision.organisation_id)
        lines = [line.strip() for line in str(typed.get("provisions", "")).splitlines() if line.strip()]
        written = Decision(
            organisation_id=decision.organisation_id,
            reference=decision.reference,
            public_id=decision.public_id,
            type_code=decision.type_code,
            case=decision.case,
            created_at=decision.created_at,
            content=str(typed.get("content", "")).strip() or _("(Nothing is written yet.)"),
            reasons=str(typed.get("reasons", "")).strip() or _("(Nothing is written yet.)"),
            dissent=str(typed.get("dissent", "")).strip() or None,
            provisions=lines or list(decision.provisions),
            protection_level=decision.protection_level,
            decided_on=now_day(now),
        )
        data = notice_data(written, organisation, [], now, commitment="0" * 64, assessments=[])
        if not decision.protection_level:
            data["deciders"] = [{"name": _("Filled in when the decision is issued"), "title": _("by name and title")}]
        return {**data, "draft": True}


def _presented(decision: Decision, persons: list[DecisionPerson]) -> dict[str, Any]:
    """Who presented and who took part. When another municipality's person presents, home's rapporteur took part."""
    home, others = _named(persons, Part.RAPPORTEUR), _named(persons, Part.PARTICIPANT)
    helper = presenter(decision)
    if helper is None:
        return {"rapporteur": next(iter(home), None), "participants": others}
    return {"rapporteur": helper, "participants": [*home, *others]}


def _right(decision: Decision, now: dt.datetime) -> dict[str, str | None]:
    """As what it was decided, by which section and which line of the organisation's list, and where the minutes are."""
    given = [
        json.loads(row.record).get("mandate")
        for row in decision.sign_offs.filter(part=DECIDER, text_sha256=hash_of(decision))
    ]
    lines = [f"{mandate['reference']}, {mandate['given_on']}" for mandate in given if mandate]
    answer = may_decide(decision.type_code, decision.decider_body, decision.decided_on or now_day(now))
    return {
        "decided_as": str(vocabulary.ROLES[decision.decider_body][0]).capitalize(),
        "right_to_decide": "\n".join(dict.fromkeys([answer.citation, *lines])),
        "minutes": decision.minutes or None,
    }


def notice_name(reference: str) -> str:
    """The name of a notice's file, without ending: what is searched for protected words is what is sent."""
    return f"underrattelse-{reference}"


def now_day(now: dt.datetime) -> dt.date:
    """The day in Sweden."""
    return law.calendar.local_day(now)


def provisions_of(decision: Decision) -> list[dict[str, str]]:
    """The provisions applied, each with its words where the law data has them, read in the statute.

    Of several rules with one section that of a type of decision speaks; an event's or a clock's words never do.
    """
    rules = law.library().on(decision.decided_on or decision.created_at.date()).rules
    words: dict[str, str] = {}
    for rule in sorted(rules, key=lambda rule: rule.topic != "decision_types"):
        if rule.topic not in ("events", "clocks") and rule.is_verified:
            words.setdefault(rule.citation, rule.plain_sv)
    return [
        {"section": citation, "text": words.get(citation) or _("The ground of the decision.")}
        for citation in decision.provisions
    ]


def _both(decision: Decision, organisation: Organisation, now: dt.datetime) -> dict[str, Any]:
    kind = law.library().on(decision.decided_on or now_day(now)).decision_type(decision.type_code)
    return {
        "organisation": {
            "name": organisation.name,
            "unit": _("The social welfare committee"),
            "address": organisation.postal_address or organisation.name,
            "phone": organisation.phone or None,
        },
        "reference": decision.reference,
        "decision_id": decision.public_id,
        "issued_at": now,
        "decided_on": decision.decided_on,
        "title": kind.title_sv,
        "concerns": _("Case %(reference)s") % {"reference": decision.case.reference},
        "content": decision.content,
        "dissent": decision.dissent or None,
        "demo": bool(settings.MOTKRAFT_DEMO),
    }


def _named(persons: Iterable[DecisionPerson], part: Part) -> list[dict[str, str]]:
    return [
        {"name": str(row.person.name), "title": title_of(row)}
        for row in persons
        if row.part == part and row.person is not None
    ]


def title_of(row: DecisionPerson) -> str:
    """A person's title, or else the role they hold."""
    if row.person is None:
        return ""
    if row.person.title:
        return str(row.person.title)
    roles = roles_of(system(row.organisation_id), row.person.pk)
    return ", ".join(str(role.label) for role in Role if role in roles) or _("Employee")


def _reasons(decision: Decision) -> str:
    """The reasons, and why a substitute decided in the committee's place."""
    if not decision.urgency:
        return decision.reasons
    why = _("Why the committee's decision could not be awaited: %(why)s") % {"why": decision.urgency}
    return f"{decision.reasons}\n\n{why}"


def _contact(organisation: Organisation, assessments: Iterable[NoticeAssessment]) -> dict[str, Any]:
    channel = next((row.contact_channel for row in assessments), "")
    return {
        "who": channel or _("The registrar of the social welfare committee"),
        "phone": organisation.phone or None,
    }


def _appeal(decision: Decision, organisation: Organisation) -> dict[str, Any]:
    rules = law.library().on(decision.decided_on or now_day(decision.created_at))
    kind = rules.decision_type(decision.type_code)
    clocks = rules.clocks(decision_type=decision.type_code)
    court = vocabulary.ROLES["administrative_court"][0].capitalize()
    if kind.appealable:
        limit = next((clock for clock in clocks if clock.trigger == "decision_served"), None)
        return {
            "appeal": {
                "court": court,
                "deadline": limit.plain_sv if limit else _("See the decision."),
                "send_to": f"{organisation.name}, {organisation.postal_address}".rstrip(", "),
                "instructions": _words(decision, "appeal_how"),
            }
        }
    submission = next((clock for clock in clocks if clock.trigger.endswith("_decided")), None)
    if kind.is_application:
        why = kind.plain_sv
    elif submission is not None:
        why = submission.plain_sv
    else:
        why = _("The law does not list this decision among those that can be appealed. Ask the contact below.")
    return {"no_appeal": why}


def _words(decision: Decision, place: str) -> str:
    """The organisation's own words for a place in the notice, or else the product's."""
    day = timezone.localdate()
    text = TextBlock.objects.text(decision.organisation_id, place, decision.type_code, day)
    return filled(text, decision=law.library().on(day).decision_type(decision.type_code).title_sv.lower())
