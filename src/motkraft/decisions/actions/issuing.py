"""Issuing: the original rendered and sealed; the notice rendered on its own, e-sealed, scanned, published, logged."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256
from django.conf import settings
from django.db import transaction
from django.utils import timezone
from rfc8785 import dumps

from motkraft import documents, law, sealing
from motkraft.decisions.actions.deciding import end
from motkraft.decisions.actions.eseals import (
    UnderWay,
    complete,
    facts_of,
    hold,
    is_elsewhere,
    lay_out,
    let_go,
    seal_certificate,
    take_up,
)
from motkraft.decisions.actions.paper import notice_data, notice_name, original_data
from motkraft.decisions.actions.protection import check_level_chosen, trail_of
from motkraft.decisions.actions.protection import forget as forget_choices
from motkraft.decisions.actions.protection_help import check_presented, presenter
from motkraft.decisions.actions.sign_off import is_out, sealed_sign_offs, signed_text
from motkraft.decisions.actions.steps import begin, key_of, record, text_of, today
from motkraft.decisions.models import (
    Decision,
    DecisionPerson,
    LimitReminder,
    NoticeAssessment,
    Published,
    PublishedProof,
    RecordKind,
    SealedRecord,
)
from motkraft.decisions.rules import (
    MEMBERS_NEEDED,
    SEALED_BODY,
    Assessment,
    DecisionError,
    LeakFound,
    NotReady,
    Part,
    State,
    is_body,
    missing_in,
    name_free_rule,
)
from motkraft.decisions.rules.time_limits import REMINDED
from motkraft.incidents.actions import keep
from motkraft.ledger.actions import body_of
from motkraft.people.access import Actor, Role, system
from motkraft.people.models import DetailKind, Organisation, ProtectedDetail
from motkraft.people.queries import members
from motkraft.people.same_person import humans
from motkraft.sealing.leak import words_of_name

THRESHOLD = 2


@transaction.atomic
def finalise(actor: Actor, decision: Decision) -> Decision:
    """Seal and issue a decision; after this nobody on the server can read who decided when the notice leaves names out.

    Raises NotReady (naming what is missing: members, assessments, custodians), LeakFound when a protected word stands
    in the notice, DecisionError when the organisation has no e-seal, and SealingError or DocumentError of the engines.
    """
    decision, move = begin(actor, decision, "finalise")
    persons = list(decision.persons.select_related("person"))
    assessments = _check_whole(actor, decision, persons)
    organisation = Organisation.objects.get(pk=actor.organisation_id)
    begun = take_up(decision)
    now = begun.moment if begun else timezone.now()
    facts = original_data(decision, organisation, persons, now)
    signer = seal_certificate(organisation, now)
    if begun is None:
        begun = _lay_out(actor, decision, organisation, persons, assessments, facts, signer, now)
        if is_elsewhere(organisation):
            hold(decision, begun)
    elif begun.facts != facts_of(facts, decision.protection_level):
        raise DecisionError(
            "The decision was changed after its hash was sent to be signed. Two documents are never signed for one "
            "decision: have the signing service withdraw %(id)s, and let the administrator remove what was kept.",
            id=decision.public_id,
        )
    sealed_notice = complete(begun.prepared, signer, decision.public_id, now)
    _check_leaks(actor, decision, persons, sealed_notice)
    let_go(decision)
    rows = begun.records
    for kind, sealed in rows.items():
        SealedRecord.objects.create(
            organisation_id=actor.organisation_id,
            decision=decision,
            kind=kind,
            record=sealed.to_json(),
            sha256=sealed.sha256,
            commitment=sealed.commitment.hex(),
            threshold=sealed.threshold,
            custodians=list(sealed.custodians),
            sealed_at=now,
        )

    certificate = x509.load_pem_x509_certificate(signer.certificate_pem).fingerprint(SHA256()).hex()
    decision.state, decision.issued_at = move.target.value, now
    kept = keep(decision.organisation_id, sealed_notice, content_type="application/pdf")
    decision.notice_sha256, decision.notice_size = kept.sha256, kept.size
    _publish(actor, decision, organisation, rows, certificate, is_test=signer.is_test)
    if decision.protection_level:
        _forget(decision)
    decision.save()
    if decision.replaces_id is not None:
        _replace(actor, decision)
    return decision


def _lay_out(
    actor: Actor,
    decision: Decision,
    organisation: Organisation,
    persons: list[DecisionPerson],
    assessments: list[NoticeAssessment],
    facts: dict[str, Any],
    signer: sealing.Signer,
    now: dt.datetime,
) -> UnderWay:
    """Render the original and the notice, seal the records, and lay out the e-seal; nothing is signed yet."""
    custodians = custodians_of(actor)
    original = documents.render("decision_original", facts, attachments=[signed_text(decision)])
    committed = sealing.commit(original)
    notice = documents.render(
        "notice",
        notice_data(decision, organisation, persons, now, commitment=committed.digest.hex(), assessments=assessments),
    )
    if is_elsewhere(organisation):  # nothing leaves before it was looked at
        _check_leaks(actor, decision, persons, notice)
    reference = f"{organisation.code}/{decision.reference}"
    records = {
        RecordKind.ORIGINAL: sealing.seal(original, custodians, THRESHOLD, record_id=reference, commitment=committed),
        RecordKind.TRAIL: sealing.seal(
            dumps(_trail(decision, persons)), custodians, THRESHOLD, record_id=f"{reference}/trail"
        ),
    }
    return UnderWay(now, facts_of(facts, decision.protection_level), lay_out(notice, signer, now), records)


def _check_whole(actor: Actor, decision: Decision, persons: list[DecisionPerson]) -> list[NoticeAssessment]:
    # A member who found a conflict of interest afterwards stays on record, and does not count.
    deciders = [row for row in persons if row.part == Part.DECIDER and not is_out(actor, decision, row.person_id)]
    if is_body(decision.decider_body) and len(deciders) < MEMBERS_NEEDED:
        raise NotReady("Another member of the committee must confirm the decision first.", missing=["members"])
    if not decision.protection_level:
        return []
    check_presented(decision)
    name_free_rule(today())
    check_level_chosen(actor, decision)
    assessments = {row.subject_id: row for row in NoticeAssessment.objects.filter(subject__decision=decision)}
    missing = []
    for row in persons:
        found = assessments.get(row.pk)
        filled = found and Assessment(tuple(found.feared), found.facts or "", found.review_on, found.contact_channel)
        if missing_in(filled or None, today=today()):
            missing.append(f"{row.part} {row.number}")
    if missing:
        raise NotReady(
            "Each person whose name is left out needs an assessment first. %(count)s are missing.",
            missing=missing,
            count=len(missing),
        )
    return list(assessments.values())


def custodians_of(actor: Actor) -> dict[str, str]:
    """Today's custodians and their public keys, one account for each human. Raises NotReady for fewer than two."""
    held = [person for person in members(actor, Role.CUSTODIAN) if person.recipient]
    who = humans(actor, [person.pk for person in held])  # two accounts of one custodian get one share
    found = {str(person.pk): person.recipient for person in {who[person.pk]: person for person in held}.values()}
    if len(found) < THRESHOLD:
        raise NotReady(
            "The decision is sealed to key custodians: at least %(needed)s must have registered a key; %(given)s have.",
            missing=["custodians"],
            needed=THRESHOLD,
            given=len(found),
        )
    return found


def protected_words(actor: Actor, decision: Decision, persons: Iterable[DecisionPerson]) -> list[str]:
    """What must not stand in the notice: for level 1 the names, always the other protected details of these persons.

    A person's whole name and family name count; a given name alone does not, since it is a common word too often.
    """
    people = {row.person for row in persons if row.person is not None}
    people |= {row.person for row in decision.approvals.select_related("person") if row.person is not None}
    words: set[str] = set()
    if decision.protection_level:
        for person in people:
            words |= {*words_of_name(str(person.name), ordinary=documents.house_words()), person.username}
    helper = presenter(decision)
    if helper is not None:
        words |= {helper["name"], helper["name"].split()[-1]}
    details = ProtectedDetail.objects.filter(organisation_id=actor.organisation_id, protected_person__person__in=people)
    for detail in details:
        if decision.protection_level or detail.kind != DetailKind.NAME:
            words.add(str(detail.value))
    return sorted(words)


def _check_leaks(actor: Actor, decision: Decision, persons: list[DecisionPerson], pdf: bytes) -> None:
    leaks = sealing.scan(
        pdf,
        protected_words(actor, decision, persons),
        f"{notice_name(decision.reference)}.pdf",
        other_texts={"QR code": verification_url(decision.public_id)},
    )
    if leaks:
        places = sorted({leak.where for leak in leaks})
        raise LeakFound(
            "The notice holds %(count)s protected words and was not issued. Take names and contact details out of the "
            "decision's text and reasons.",
            count=len({leak.term for leak in leaks}),
            where=places,
        )


def verification_url(public_id: str) -> str:
    """The address printed in a notice."""
    return f"{settings.MOTKRAFT_PUBLIC_URL}/kontrollera/{public_id}"


def _trail(decision: Decision, persons: list[DecisionPerson]) -> dict[str, Any]:
    """Who did what until issuing, for those who may open it; with it the stand-ins become persons again."""
    key = key_of(decision)
    return {
        "decision": str(decision.pk),
        "reference": decision.reference,
        "public_id": decision.public_id,
        "text": text_of(decision),
        "sign_offs": sealed_sign_offs(decision),
        "impartialities": [
            {
                "person": str(row.person_id),
                "declared": row.declared,
                "ground": row.ground,
                "reason": row.reason or "",
                "by": str(row.by_id or ""),
                "at": row.at.isoformat(),
            }
            for row in decision.impartialities.all()
        ],
        "trace_key": key.hex() if key else "",
        "persons": [
            {"part": row.part, "number": row.number, "person": str(row.person_id), "stand_in": row.stand_in}
            for row in persons
        ],
        "approvals": [
            {"person": str(row.person_id), "text_sha256": row.text_sha256, "at": row.at.isoformat()}
            for row in decision.approvals.all()
        ],
        "assessments": [
            {"part": row.subject.part, "number": row.subject.number, "facts": row.facts or ""}
            for row in NoticeAssessment.objects.filter(subject__decision=decision).select_related("subject")
        ],
        "protection": trail_of(decision),
        "viewings": [{"person": str(row.person_id), "at": row.at.isoformat()} for row in decision.viewings.all()],
        "marks": [
            {"event": row.event, "person": str(row.marked_by_id or ""), "withdrawn_by": str(row.withdrawn_by_id or "")}
            for row in decision.time_marks.all()
        ],
        "police_help": [
            {"reference": row.reference, "person": str(row.asked_by_id or "")} for row in decision.police_helps.all()
        ],
        "decided_as": decision.decider_body,
        "urgency": decision.urgency or "",
    }


def _forget(decision: Decision) -> None:
    """Cut the links between the decision and persons; they stand in the sealed trail alone."""
    decision.persons.update(person=None)
    decision.approvals.update(person=None)
    forget_choices(decision)
    decision.viewings.all().delete()
    decision.sign_offs.all().delete()
    decision.impartialities.update(person=None, by=None, ground="", reason=None)
    NoticeAssessment.objects.filter(subject__decision=decision).update(facts=None)
    decision.time_marks.update(marked_by=None, withdrawn_by=None)
    # reminders to those on record, from when the decision was to be issued with names
    standing = [person.pk for person in members(system(decision.organisation_id), *REMINDED)]
    LimitReminder.objects.filter(decision=decision).exclude(person__in=standing).delete()
    decision.police_helps.update(asked_by=None)
    decision.trace_key = None
    decision.urgency = None
    if not is_body(decision.decider_body):
        decision.decider_body = SEALED_BODY  # a municipality has one chair: the role would be the name


def _publish(
    actor: Actor,
    decision: Decision,
    organisation: Organisation,
    records: dict[RecordKind, sealing.SealedRecord],
    certificate: str,
    *,
    is_test: bool,
) -> None:
    kind = law.library().on(decision.decided_on or today()).decision_type(decision.type_code)
    commitment = records[RecordKind.ORIGINAL].commitment.hex()
    event = record(
        Actor(None, actor.organisation_id, is_system=True),
        "decision.issued",
        decision,
        public_id=decision.public_id,
        type=decision.type_code,
        decided_on=str(decision.decided_on),
        notice_sha256=decision.notice_sha256,
        commitment=commitment,
        certificate_sha256=certificate,
        records={name.value: sealed.sha256 for name, sealed in records.items()},
    )
    PublishedProof.objects.create(
        organisation_id=organisation.pk,
        public_id=decision.public_id,
        type_code=decision.type_code,
        title_sv=kind.title_sv,
        title_en=kind.title_en,
        decided_on=decision.decided_on,
        notice_sha256=decision.notice_sha256,
        commitment=commitment,
        certificate_sha256=certificate,
        is_test=is_test,
        event_id=event.pk,
        event=body_of(event, organisation.code),
        salt=bytes(event.salt),
        changed_at=event.at,
    )


def _replace(actor: Actor, decision: Decision) -> None:
    old = Decision.objects.select_for_update().get(pk=decision.replaces_id, organisation_id=actor.organisation_id)
    if old.state != State.ISSUED:
        raise DecisionError("The decision that this one replaces no longer stands. Check which one is in force.")
    reason = decision.replaces_reason or ""
    end(actor, old, State.REPLACED.value, Published.REPLACED, reason=reason, replaced_by=decision.public_id)
    record(
        Actor(None, actor.organisation_id, is_system=True),
        "decision.replaced",
        old,
        by_decision=decision.public_id,
    )
