"""The safety representative asks for measures, and stops work. A receipt is written in the same breath."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from motkraft.incidents.actions.issuer import bases, issuer
from motkraft.incidents.actions.loading import lock_numbers, next_number
from motkraft.incidents.actions.papers import LANGUAGE, keep_paper, paper_kind
from motkraft.incidents.models import Incident, Paper
from motkraft.incidents.models.representative import RepresentativeRequest, WorkStop
from motkraft.incidents.queries.sight import view_for
from motkraft.incidents.rules import NotReady, WrongState, rule_of
from motkraft.incidents.rules.representative import (
    REQUEST_RULE,
    answer_due,
    check_measures,
    check_stop,
    may_refer,
    request_reference,
)
from motkraft.incidents.rules.states import AnswerKind
from motkraft.law.calendar import local_day
from motkraft.ledger.actions import append
from motkraft.people import queries as people
from motkraft.people.access import Actor, NotAllowed, Permission
from motkraft.people.models import Office
from motkraft.web.dates import clock, day

RECEIPT = "request_receipt"
REFERRAL = "request_referral"
SUBJECT = "representativerequest"


def _may_read(actor: Actor, paper: Paper) -> bool:
    return paper.subject_kind == SUBJECT and (
        actor.can(Permission.REPRESENTATIVE_ACT) or actor.can(Permission.REPRESENTATIVE_ANSWER)
    )


paper_kind(RECEIPT, "bekraftelse", _may_read)
paper_kind(REFERRAL, "begaran-om-provning", _may_read)


@transaction.atomic
def ask(
    actor: Actor,
    *,
    measures: str,
    office_id: uuid.UUID | None = None,
    incident_id: uuid.UUID | None = None,
    request_id: uuid.UUID | None = None,
) -> RepresentativeRequest:
    """Ask the employer for measures. The written receipt is made at once. Raises NotReady.

    The same ``request_id`` again returns the request there is: a double press makes one.
    """
    actor.require(Permission.REPRESENTATIVE_ACT)
    text = check_measures(measures)
    office, incident = _place(actor, office_id, incident_id)
    lock_numbers(actor, "representative")
    wanted = request_id or uuid.uuid4()
    mine = RepresentativeRequest.objects.filter(organisation_id=actor.organisation_id)
    if (there := mine.filter(pk=wanted).first()) is not None:
        return there
    now = timezone.now()
    year = local_day(now).year
    request = RepresentativeRequest(
        pk=wanted,
        organisation_id=actor.organisation_id,
        reference=request_reference(year, next_number(mine, f"SB-{year}-")),
        office=office,
        incident=incident,
        measures=text,
        asked_by_id=actor.person_id,
        asked_at=now,
        receipt_at=now,
        answer_due_at=answer_due(now),
    )
    request.save(force_insert=True)
    append(actor, "representative.asked", request, data={"reference": request.reference})
    _receipt(actor, request, now)
    append(actor, "representative.receipted", request, data={"reference": request.reference})
    return request


@transaction.atomic
def answer(actor: Actor, request_id: uuid.UUID, *, kind: str, text: str) -> RepresentativeRequest:
    """Answer a request for the employer: yes, partly or no, and what will be done or why not. Raises NotReady."""
    actor.require(Permission.REPRESENTATIVE_ANSWER)
    request = _request(actor, request_id)
    if kind not in set(AnswerKind):
        raise NotReady("Choose what you answer.", field="kind")
    if not text.strip():
        raise NotReady("Write what will be done and when, or why not.", field="text")
    if request.answered_at is not None:
        raise WrongState("Somebody has answered this already. Load the page again.", state="answered", wanted="answer")
    request.answer, request.answer_kind = text.strip(), kind
    request.answered_at, request.answered_by_id = timezone.now(), actor.person_id
    request.save(update_fields=["answer", "answer_kind", "answered_at", "answered_by"])
    append(actor, "representative.answered", request, data={"kind": kind})
    return request


@transaction.atomic
def refer(actor: Actor, request_id: uuid.UUID) -> Paper:
    """Make the paper that asks the Work Environment Authority to examine a request. Raises WrongState if early."""
    actor.require(Permission.REPRESENTATIVE_ACT)
    request = _request(actor, request_id)
    now = timezone.now()
    if not may_refer(request.answer_kind, request.answered_at, request.answer_due_at, request.referred_at, now):
        raise WrongState(
            "It can go to the authority when the answer is late or is not a whole yes.", state="", wanted="refer"
        )
    request.referred_at = now
    request.save(update_fields=["referred_at"])
    append(actor, "representative.referred", request, data={"reference": request.reference})
    with translation.override(LANGUAGE):
        rows = [*_rows(request), {"label": _("Answer due by"), "value": _moment(request.answer_due_at)}]
        if request.answered_at is None:
            rows.append({"label": _("Answer"), "value": _("No answer has come")})
        else:
            rows.append({"label": _("Answered"), "value": _moment(request.answered_at)})
        sections = [
            {"heading": _("What has happened"), "rows": rows},
            {"heading": _("What I ask the employer to do"), "text": request.measures},
        ]
        if request.answer:
            sections.append({"heading": _("The employer's answer"), "text": request.answer})
        sections.append({"heading": _("Legal basis"), "bases": bases(rule_of(REQUEST_RULE, now))})
        data = {
            "organisation": issuer(people.organisation(actor)),
            "reference": request.reference,
            "issued_at": now,
            "title": _("Request for examination by the Work Environment Authority"),
            "addressee": "Arbetsmiljöverket",
            "lead": _("The safety representative asks the authority to decide on the measures below."),
            "sections": sections,
            "signatures": [_("The safety representative")],
        }
    return keep_paper(actor, data, kind=REFERRAL, subject_kind=SUBJECT, subject_id=request.pk)


@transaction.atomic
def stop(
    actor: Actor,
    *,
    office_id: uuid.UUID,
    kind: str,
    what: str,
    reason: str,
    incident_id: uuid.UUID | None = None,
    stop_id: uuid.UUID | None = None,
) -> WorkStop:
    """Stop dangerous or lone work, from now. The employer is told in the same moment. Raises NotReady."""
    actor.require(Permission.REPRESENTATIVE_ACT)
    check_stop(kind, what, reason)
    office, incident = _place(actor, office_id, incident_id)
    if office is None:
        raise NotReady("Choose the office where the work is stopped.", field="office")
    lock_numbers(actor, "workstop")
    wanted = stop_id or uuid.uuid4()
    there = WorkStop.objects.filter(organisation_id=actor.organisation_id, pk=wanted).first()
    if there is not None:
        return there
    now = timezone.now()
    made = WorkStop(
        pk=wanted,
        organisation_id=actor.organisation_id,
        office=office,
        incident=incident,
        kind=kind,
        what=what.strip(),
        reason=reason.strip(),
        stopped_at=now,
        stopped_by_id=actor.person_id,
        employer_told_at=now,
    )
    made.save(force_insert=True)
    append(actor, "work.stopped", made, data={"kind": kind, "office": str(office.pk)})
    return made


@transaction.atomic
def authority_called(actor: Actor, stop_id: uuid.UUID) -> WorkStop:
    """Note that the Work Environment Authority has been called about stopped work. Twice is once."""
    actor.require(Permission.REPRESENTATIVE_ACT, Permission.REPRESENTATIVE_ANSWER)
    found = _stop(actor, stop_id)
    if found.authority_called_at is None:
        found.authority_called_at = timezone.now()
        found.save(update_fields=["authority_called_at"])
        append(actor, "work.authority_called", found)
    return found


@transaction.atomic
def resume(actor: Actor, stop_id: uuid.UUID, *, reason: str, authority_decided: bool = False) -> WorkStop:
    """Let stopped work go on: the representative, or the employer on the authority's decision. Raises NotReady."""
    actor.require(Permission.REPRESENTATIVE_ACT, Permission.REPRESENTATIVE_ANSWER)
    found = _stop(actor, stop_id)
    by_representative = actor.can(Permission.REPRESENTATIVE_ACT)
    if found.resumed_at is not None:
        raise WrongState("The work goes on already. Load the page again.", state="resumed", wanted="resume")
    if not by_representative and not authority_decided:
        raise NotReady(
            "Only the safety representative can let the work go on, unless the authority has decided.",
            field="authority_decided",
        )
    if not reason.strip():
        raise NotReady("Write why the work can go on.", field="reason")
    found.resumed_at, found.resumed_by_id, found.resumed_reason = timezone.now(), actor.person_id, reason.strip()
    found.save(update_fields=["resumed_at", "resumed_by", "resumed_reason"])
    append(actor, "work.resumed", found, data={"by": "representative" if by_representative else "authority"})
    return found


def _receipt(actor: Actor, request: RepresentativeRequest, now: dt.datetime) -> Paper:
    with translation.override(LANGUAGE):
        rule = rule_of(REQUEST_RULE, now)
        data = {
            "organisation": issuer(people.organisation(actor)),
            "reference": request.reference,
            "issued_at": now,
            "title": _("Confirmation: the employer has received a request for measures"),
            "addressee": _("The safety representative"),
            "lead": _("The employer confirms that it has received the request below. It answers without delay."),
            "sections": [
                {
                    "heading": _("The request"),
                    "rows": [
                        *_rows(request),
                        {"label": _("Answer due by"), "value": _moment(request.answer_due_at)},
                    ],
                },
                {"heading": _("What is asked for"), "text": request.measures},
                {"heading": _("Legal basis"), "bases": bases(rule)},
            ],
        }
    return keep_paper(actor, data, kind=RECEIPT, subject_kind=SUBJECT, subject_id=request.pk)


def _rows(request: RepresentativeRequest) -> list[dict[str, str]]:
    rows = [
        {"label": _("Asked for"), "value": _moment(request.asked_at)},
        {"label": _("Receipt"), "value": _moment(request.receipt_at)},
        {"label": _("Place of work"), "value": request.office.name if request.office else _("The whole organisation")},
    ]
    if request.incident is not None:
        rows.append({"label": _("Incident"), "value": request.incident.reference})
    return rows


def _moment(moment: dt.datetime) -> str:
    return f"{day(moment)} {clock(moment)}"


def _place(
    actor: Actor, office_id: uuid.UUID | None, incident_id: uuid.UUID | None
) -> tuple[Office | None, Incident | None]:
    incident = None
    if incident_id is not None:
        incident = Incident.objects.filter(organisation_id=actor.organisation_id, pk=incident_id).first()
        if incident is None or view_for(actor, incident) is None:
            raise NotAllowed("There is no such incident for you.")
    wanted = office_id or (incident.office_id if incident else None)
    office = people.offices(actor).filter(pk=wanted).first() if wanted else None
    if wanted and office is None:
        raise NotReady("Choose an office in the list.", field="office")
    return office, incident


def _request(actor: Actor, request_id: uuid.UUID) -> RepresentativeRequest:
    found = (
        RepresentativeRequest.objects.select_for_update(of=("self",))
        .filter(organisation_id=actor.organisation_id, pk=request_id)
        .first()
    )
    if found is None:
        raise NotAllowed("There is no such request for you.")
    return found


def _stop(actor: Actor, stop_id: uuid.UUID) -> WorkStop:
    found = (
        WorkStop.objects.select_for_update(of=("self",))
        .filter(organisation_id=actor.organisation_id, pk=stop_id)
        .first()
    )
    if found is None:
        raise NotAllowed("There is no such stop for you.")
    return found
