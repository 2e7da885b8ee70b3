"""Every write of requests for help from the police."""

from __future__ import annotations

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from motkraft import documents, law, sealing
from motkraft.decisions.actions.issuing import protected_words
from motkraft.decisions.actions.outward import e_sealed
from motkraft.decisions.actions.paper import LANGUAGE
from motkraft.decisions.actions.rights import terms_of
from motkraft.decisions.actions.steps import locked, next_reference, today
from motkraft.decisions.models import Decision, PoliceHelp
from motkraft.decisions.rules import DecisionError, LeakFound, NotReady, State, WrongState, protection_for
from motkraft.decisions.rules.police_help import (
    TYPES,
    Answer,
    Presence,
    Purpose,
    check_answer,
    check_carried_out,
    check_mandate,
    check_named,
    condition_words,
    conditions,
)
from motkraft.decisions.rules.rights import check_term
from motkraft.incidents.actions import keep
from motkraft.incidents.models import Case
from motkraft.law import vocabulary
from motkraft.ledger.actions import append
from motkraft.people import queries as people
from motkraft.people.access import Actor, Permission
from motkraft.people.models import DetailKind, ProtectedDetail, ProtectedPerson
from motkraft.sealing import SealingError
from motkraft.web.dates import day_and_clock

_TEXTS = ("facts", "place", "needs", "contact")


@transaction.atomic
def ask_police(
    actor: Actor,
    *,
    case: Case,
    decision: Decision | None = None,
    purpose: str,
    mandate: str,
    mandate_basis: str = "",
    condition: str,
    facts: str,
    wanted_at: dt.datetime,
    place: str,
    needs: str,
    contact: str,
    unnamed: str = "",
) -> PoliceHelp:
    """Ask the police for help, as PDF/A with the least that is needed.

    The PDF says who asks, with title and mandate, and names nobody else of the staff. Where names are left out of the
    decision's notice, or the threat in the case proposes it, it says in the place of the name why (``unnamed``), and
    that the police get it on request.

    It is e-sealed; but no seal that cannot be had now keeps the police from being asked. Raises WrongDecider with the
    section for a wrong mandate, NotReady for what is missing, LeakFound when a protected word stands in the texts.
    """
    actor.require(Permission.POLICE_HELP_ASK)
    chosen, given = Purpose(purpose), {"facts": facts, "place": place, "needs": needs, "contact": contact}
    if case.organisation_id != actor.organisation_id:
        raise DecisionError("That case belongs to another organisation.")
    if decision is not None:
        decision = locked(actor, decision)
        if decision.case_id != case.pk:
            raise DecisionError("That decision belongs to another case.")
        if decision.state not in (State.DECIDED, State.ISSUED):
            raise WrongState("Only a decision that is made can be carried out.", state=decision.state)
        check_carried_out(chosen, decision.type_code, today())
    answer = check_mandate(chosen, mandate, actor.roles, mandate_basis, today())
    check_term(TYPES[chosen], mandate, terms_of(actor), (today(),), citation=answer.citation)
    condition_words(condition, today())
    missing = [name for name in _TEXTS if not given[name].strip()]
    if missing:
        raise NotReady("Write the facts, where, what is needed and how the police reach you.", missing=missing)
    is_named = check_named(is_threatened=_is_threatened(actor, case, decision), unnamed=unnamed, day=today())
    if wanted_at <= timezone.now():
        raise NotReady("The time has passed. Write a time ahead.", missing=["wanted_at"])
    request = PoliceHelp(
        organisation_id=actor.organisation_id,
        reference=next_reference(actor, "PH", PoliceHelp),
        case=case,
        decision=decision,
        purpose=chosen.value,
        mandate=mandate,
        mandate_basis=mandate_basis.strip() or None,
        citation=answer.citation,
        condition=condition,
        wanted_at=wanted_at,
        asked_by_id=actor.person_id,
        asked_at=timezone.now(),
        **{name: text.strip() for name, text in given.items()},
    )
    pdf, is_sealed = _paper(actor, request, unnamed.strip())
    kept = keep(actor.organisation_id, pdf, content_type="application/pdf")
    request.sha256, request.size = kept.sha256, kept.size
    request.save(force_insert=True)
    append(
        actor,
        "police_help.asked",
        request,
        data={
            "mandate": mandate,
            "condition": condition,
            "sha256": kept.sha256,
            "case": str(case.pk),
            "eseal": is_sealed,
            "named": is_named,
        },
    )
    return request


def _is_threatened(actor: Actor, case: Case, decision: Decision | None) -> bool:
    level = decision.protection_level if decision is not None else protection_for(case.threat_level).level
    own = ProtectedPerson.objects.filter(organisation_id=actor.organisation_id, person_id=actor.person_id)
    return level > 0 or own.exists()


def _paper(actor: Actor, request: PoliceHelp, unnamed: str) -> tuple[bytes, bool]:
    """The PDF, and whether it is e-sealed. It names who asks when there is no reason to leave the name out."""
    data = _data(actor, request, unnamed)
    pdf = documents.render("paper", data, language=LANGUAGE)

    def check(made: bytes) -> None:
        _check_leaks(actor, request, made)

    try:
        return e_sealed(actor, pdf, data, check, again=False), True
    except LeakFound:
        raise
    except (DecisionError, SealingError):  # there is no e-seal, or who holds its key is away
        check(pdf)
        return pdf, False


def _data(actor: Actor, request: PoliceHelp, unnamed: str) -> dict[str, Any]:
    organisation, rules = people.organisation(actor), law.library().on(today())
    tests, data_rule = conditions(today()), rules["police_help_data"]
    kind = rules.decision_type(TYPES[Purpose(request.purpose)])
    with override(LANGUAGE):
        mandate = vocabulary.ROLES[request.mandate][0]
        sections: list[dict[str, Any]] = [
            {
                "heading": _("What is asked for"),
                "rows": [
                    {"label": _("Help"), "value": request.needs},
                    {"label": _("When"), "value": day_and_clock(request.wanted_at, request.asked_at)},
                    {"label": _("Where"), "value": request.place},
                    {"label": _("Case"), "value": request.case.reference},
                ],
            },
            {
                "heading": _("Who asks"),
                "rows": [
                    *_asker(request, unnamed),
                    {"label": _("Mandate"), "value": mandate[:1].upper() + mandate[1:]},
                    {"label": _("Rests on"), "value": request.mandate_basis or kind.citation},
                    {"label": _("Reached by"), "value": request.contact},
                ],
                "bases": [{"section": kind.citation, "text": kind.plain_sv}],
            },
            {
                "heading": _("Which condition is met"),
                "text": condition_words(request.condition, today())[0],
                "bases": [{"section": tests.citation, "text": tests.plain_sv}],
            },
            {"heading": _("The facts"), "text": request.facts},
            {
                "heading": _("What is told, and why"),
                "bases": [{"section": data_rule.citation, "text": data_rule.plain_sv}],
            },
        ]
        return {
            "organisation": {
                "name": organisation.name,
                "unit": _("The social welfare committee"),
                "address": organisation.postal_address or organisation.name,
                "phone": organisation.phone or None,
            },
            "reference": request.reference,
            "issued_at": request.asked_at,
            "title": _("Request for help from the police"),
            "addressee": "Polismyndigheten",
            "sections": sections,
            "demo": bool(settings.MOTKRAFT_DEMO),
        }


def _asker(request: PoliceHelp, unnamed: str) -> list[dict[str, str]]:
    if unnamed:
        told = _("The police get it from the committee on request.")
        return [{"label": _("Name"), "value": told}, {"label": _("Why it does not stand here"), "value": unnamed}]
    person = request.asked_by
    return [{"label": _("Name and title"), "value": ", ".join(filter(None, (str(person.name), person.title)))}]


def _check_leaks(actor: Actor, request: PoliceHelp, pdf: bytes) -> None:
    details = ProtectedDetail.objects.filter(organisation_id=actor.organisation_id).exclude(kind=DetailKind.NAME)
    words = {str(each.value) for each in details}
    if request.decision is not None:
        words |= set(protected_words(actor, request.decision, request.decision.persons.select_related("person")))
    leaks = sealing.scan(pdf, sorted(words), f"{request.reference}.pdf")
    if leaks:
        raise LeakFound(
            "A protected name or detail of staff stands in the request, so it was not made. Take it out of the texts.",
            missing=["facts"],
            where=sorted({leak.where for leak in leaks}),
        )


@transaction.atomic
def note_answer(
    actor: Actor, request: PoliceHelp, *, answer: str, answer_reason: str = "", other_at: dt.datetime | None = None
) -> PoliceHelp:
    """Note what the police answered."""
    actor.require(Permission.POLICE_HELP_ASK)
    request, chosen = _locked(actor, request), Answer(answer)
    check_answer(chosen, answered=bool(request.answer), other_at=other_at, reason=answer_reason)
    request.answer, request.answered_at = chosen.value, timezone.now()
    request.answer_reason = answer_reason.strip() or None
    request.other_at = other_at if chosen is Answer.OTHER_TIME else None
    request.save()
    append(actor, "police_help.answered", request, data={"answer": chosen.value})
    return request


@transaction.atomic
def note_end(actor: Actor, request: PoliceHelp, *, presence: str, aftermath: str = "") -> PoliceHelp:
    """Note whether the police were there, and what is to be learnt."""
    actor.require(Permission.POLICE_HELP_ASK)
    request = _locked(actor, request)
    if not request.answer:
        raise WrongState("Note the answer of the police first.")
    if request.ended_at is not None:
        raise WrongState("What happened is noted already.")
    request.presence, request.ended_at = Presence(presence).value, timezone.now()
    request.aftermath = aftermath.strip() or None
    request.save()
    append(actor, "police_help.ended", request, data={"presence": request.presence})
    return request


def _locked(actor: Actor, request: PoliceHelp) -> PoliceHelp:
    found = (
        PoliceHelp.objects.select_for_update(of=("self",))
        .filter(pk=request.pk, organisation_id=actor.organisation_id)
        .first()
    )
    if found is None:
        raise DecisionError("There is no such request in your organisation.")
    return found
