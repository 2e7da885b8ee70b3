"""Signing off a text by passkey, answering about conflict of interest, and putting another handler in one's place."""

from __future__ import annotations

import json
import secrets
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from allauth.mfa.models import Authenticator
from django.db import transaction
from django.utils import timezone
from fido2 import cbor
from fido2.utils import websafe_decode
from rfc8785 import dumps

from motkraft.decisions.actions.rights import policy_of
from motkraft.decisions.actions.steps import add_person, begin, hash_of, key_of, record, text_of, today
from motkraft.decisions.models import Decision, Declaration, Impartiality, SignOff
from motkraft.decisions.rules import DecisionError, NotReady, Part, State, WrongDecider, handled, opaque
from motkraft.decisions.rules.rights import CONFLICT_CONSEQUENCE, CONFLICTS, Term, conflict_rule
from motkraft.decisions.rules.sign_off import DECIDER, HANDLER, TEXT_NAME, by_login, statement
from motkraft.documents import Attachment
from motkraft.people.access import Actor, Role, system
from motkraft.people.models import Organisation
from motkraft.people.queries import roles_of
from motkraft.people.same_person import experienced, humans, is_same
from motkraft.sealing.sign_off import LOGIN, PASSKEY, SignOffRejected, sign_off_from_browser

HANDLER_ROLES = (Role.SOCIAL_WORKER, Role.MANAGER)


@dataclass(frozen=True)
class Assertion:
    """What a browser gave for a statement: WebAuthn's ``PublicKeyCredential`` as JSON, and where it was asked."""

    statement: Mapping[str, str]
    response: Mapping[str, Any]
    rp_id: str
    origin: str


def passkeys_of(person_id: uuid.UUID | None) -> dict[bytes, tuple[bytes, bytes]]:
    """A person's own passkeys: credential id to (COSE public key in CBOR, attestation object)."""
    found = {}
    for row in Authenticator.objects.filter(user_id=person_id, type=Authenticator.Type.WEBAUTHN):
        data = row.wrap().authenticator_data
        if data.credential_data is not None:
            attestation = _attestation(row.data)
            key = cbor.encode(dict(data.credential_data.public_key))
            found[bytes(data.credential_data.credential_id)] = (key, attestation)
    return found


def _attestation(data: Mapping[str, Any]) -> bytes:
    given = data.get("credential", {}).get("response", {}).get("attestationObject", "")
    return bytes(websafe_decode(given)) if given else b""


def to_sign(
    actor: Actor, decision: Decision, *, part: str, body: str = "", day: Any = None, text: str = ""
) -> dict[str, str]:
    """The statement that the actor is to sign, with a fresh nonce.

    ``text`` is the SHA-256, in hex, of what is signed when that is another text than the decision's.
    """
    organisation = Organisation.objects.get(pk=actor.organisation_id)
    return statement(
        organisation=organisation.code,
        decision=decision.public_id,
        type_code=decision.type_code,
        part=part,
        body=body,
        text_sha256=text or hash_of(decision),
        day=day or today(),
        nonce=secrets.token_hex(32),
    )


def keep_sign_off(
    actor: Actor,
    decision: Decision,
    given: Assertion | None,
    *,
    part: str,
    body: str = "",
    day: Any = None,
    text: str = "",
    required: bool,
    term: Term | None = None,
) -> SignOff:
    """Verify and keep a sign-off of this very text. Without one, the policy must say that none is needed.

    Raises NotReady when a passkey is needed, SignOffRejected (with why) when what the browser gave does not hold.
    """
    wanted = to_sign(actor, decision, part=part, body=body, day=day, text=text)
    if given is None:
        if required:
            raise NotReady("Sign off with your passkey. Your organisation asks for one here.", missing=["passkey"])
        signed, method = by_login(wanted, policy="no passkey asked for"), LOGIN
    else:
        nonce = given.statement.get("nonce", "")
        if dict(given.statement) != wanted | {"nonce": nonce} or len(nonce) != len(wanted["nonce"]):
            raise SignOffRejected("The passkey signed something else than this statement.", why="challenge")
        signed = sign_off_from_browser(
            given.response,
            statement=given.statement,
            credentials=passkeys_of(actor.person_id),
            rp_id=given.rp_id,
            origin=given.origin,
        ).to_parsed()
        method = PASSKEY
    mandate = None
    if term is not None:
        mandate = {
            "body": term.body,
            "reference": term.reference,
            "given_on": term.given_on.isoformat(),
            "valid_from": term.valid_from.isoformat(),
            "valid_to": term.valid_to.isoformat() if term.valid_to else "",
        }
    return SignOff.objects.create(
        organisation_id=actor.organisation_id,
        decision=decision,
        person_id=actor.person_id,
        part=part,
        method=method,
        text_sha256=wanted["text_sha256"],
        record=json.dumps({"sign_off": signed, "mandate": mandate}),
        at=timezone.now(),
    )


def sealed_sign_offs(decision: Decision, parts: Sequence[str] = (HANDLER, DECIDER)) -> list[dict[str, Any]]:
    """The sign-offs as the sealed record holds them: each whole, with who signed and whether it still stands."""
    approved = {(row.person_id, row.text_sha256) for row in decision.approvals.all()}
    found = []
    for row in decision.sign_offs.filter(part__in=parts).select_related("person"):
        found.append(
            json.loads(row.record)
            | {
                "signer": {
                    "person": str(row.person_id),
                    "name": str(row.person.name),
                    "title": row.person.title,
                    "username": row.person.username,
                },
                "at": row.at.isoformat(),
                "stands": row.part != HANDLER or (row.person_id, row.text_sha256) in approved,
            }
        )
    return found


def signed_text(decision: Decision) -> Attachment:
    """The text that was signed off, byte for byte as it was hashed, for the original to carry."""
    return Attachment(TEXT_NAME, dumps(text_of(decision)), "application/json", "Den text som signerades", "source")


# -- conflict of interest


@transaction.atomic
def declare(
    actor: Actor, decision: Decision, *, conflict: bool, ground: str = "", facts: str = ""
) -> tuple[Decision, Impartiality]:
    """Answer whether one has a conflict of interest. A yes takes the person out of the decision, for good."""
    decision, _move = begin(actor, decision, "declare")
    key, person = key_of(decision), actor.person_id
    if person is None:
        raise DecisionError("A person answers, not the system.")
    if conflict:
        if ground not in CONFLICTS:
            raise NotReady("Choose which circumstance it is.", missing=["ground"])
        conflict_rule(ground, today())
        if not facts.strip():
            raise NotReady("Say in short what it is about.", missing=["facts"])
    row = Impartiality.objects.create(
        organisation_id=actor.organisation_id,
        decision=decision,
        person_id=person,
        stand_in=opaque(key or secrets.token_bytes(32), "impartiality", person),
        declared=Declaration.CONFLICT if conflict else Declaration.FREE,
        ground=ground if conflict else "",
        reason=facts.strip() or None if conflict else None,
        by_id=person,
        at=timezone.now(),
    )
    if conflict:
        is_sealed = key is None and decision.protection_level  # who decided is not told by who could not revoke
        record(system(actor.organisation_id) if is_sealed else actor, "decision.conflict_declared", decision)
        if decision.state != State.ISSUED:
            _take_out(actor, decision, person)
    return decision, row


def check_part(actor: Actor, decision: Decision) -> None:
    """The actor has answered that there is no conflict of interest, and nobody came in their place.

    Raises WrongDecider with the law's section, or NotReady when the question is not answered. Asks about the natural
    person: an answer with another account counts against this one too.
    """
    rows = list(decision.impartialities.all())
    out = [row for row in rows if row.declared != Declaration.FREE]
    if out and is_same(actor, actor.person_id, [row.person_id for row in out]):
        rule = conflict_rule(CONFLICT_CONSEQUENCE, today())
        mine = [row for row in out if is_same(actor, actor.person_id, [row.person_id])]
        if any(row.declared == Declaration.CONFLICT for row in mine):
            raise WrongDecider(
                "You have said that you have a conflict of interest: you take no further part. (%(citation)s)",
                citation=rule.citation,
            )
        raise DecisionError("Somebody else has been put in your place in this decision.")
    if not any(row.person_id == actor.person_id for row in rows):
        raise NotReady("Answer first whether you have a conflict of interest.", missing=["conflict"])


@transaction.atomic
def replace_handler(
    actor: Actor, decision: Decision, person_id: uuid.UUID, *, reason: str, rapporteur: uuid.UUID | None = None
) -> Decision:
    """Put somebody out of a decision as handler, with a reason that is kept. Their approval falls.

    A rapporteur must be followed by another one, named in ``rapporteur``.
    """
    decision, _move = begin(actor, decision, "replace_handler")
    if not reason.strip():
        raise NotReady("Say why another handler comes instead.", missing=["reason"])
    key = key_of(decision)
    parts = set(decision.persons.filter(person_id=person_id).values_list("part", flat=True))
    if key is None or not (parts or decision.approvals.filter(person_id=person_id).exists()):
        raise DecisionError("That person is not a handler of this decision.")
    if Part.RAPPORTEUR in parts:
        if rapporteur is None or is_same(actor, person_id, [rapporteur]):
            raise NotReady("Name who presents the decision instead.", missing=["rapporteur"])
        presenter = presenter_of(actor, rapporteur)
        if is_out(actor, decision, presenter):
            raise NotReady("That person takes no part in this decision. Name another.", missing=["rapporteur"])
        decision.persons.filter(part=Part.RAPPORTEUR).delete()
        add_person(decision, Part.RAPPORTEUR, presenter)
    if not is_out(actor, decision, person_id):
        Impartiality.objects.create(
            organisation_id=actor.organisation_id,
            decision=decision,
            person_id=person_id,
            stand_in=opaque(key, "impartiality", person_id),
            declared=Declaration.REPLACED,
            reason=reason.strip(),
            by_id=actor.person_id,
            at=timezone.now(),
        )
    record(actor, "decision.handler_replaced", decision)
    _take_out(actor, decision, person_id)
    return decision


def must_answer(actor: Actor, decision: Decision) -> bool:
    """Whether the actor presents the matter and has still to answer about conflict of interest."""
    if decision.state not in (State.HANDLING, State.READY):
        return False
    presents = decision.persons.filter(part=Part.RAPPORTEUR, person_id=actor.person_id).exists()
    return presents and not decision.impartialities.filter(person_id=actor.person_id).exists()


def is_out(actor: Actor, decision: Decision, person_id: uuid.UUID | None) -> bool:
    """True when this natural person has a conflict of interest here, or was replaced."""
    out = decision.impartialities.exclude(declared=Declaration.FREE).values_list("person_id", flat=True)
    return is_same(actor, person_id, out)


def _take_out(actor: Actor, decision: Decision, person_id: uuid.UUID) -> None:
    """Let a person's approvals fall, with every account of theirs; a text with too few goes back to the handlers."""
    for row in list(decision.approvals.all()):
        if is_same(actor, person_id, [row.person_id]):
            row.delete()
    for present in list(decision.persons.filter(part=Part.PARTICIPANT)):
        if is_same(actor, person_id, [present.person_id]):
            present.delete()
    if decision.state == State.READY and not is_handled(actor, decision):
        decision.state, decision.ready_at = State.HANDLING.value, None
        decision.save(update_fields=["state", "ready_at"])


def is_handled(actor: Actor, decision: Decision) -> bool:
    """True when as many different persons as the policy asks have approved this text, an experienced one if needed."""
    policy = policy_of(decision.organisation_id, decision.type_code)
    rows = [(row.person_id, row.text_sha256) for row in decision.approvals.all()]
    people = [person for person, _text in rows]
    skilled = None
    if policy.needs_experience(decision.case.threat_level):
        skilled = experienced(actor, people, HANDLER_ROLES, today())
    return handled(rows, hash_of(decision), needed=policy.handlers, humans=humans(actor, people), experienced=skilled)


def presenter_of(actor: Actor, person: uuid.UUID | None) -> uuid.UUID:
    """A person who may present a decision in this organisation today."""
    if person is None or not roles_of(actor, person) & set(HANDLER_ROLES):
        raise DecisionError("The rapporteur must be a social worker or a manager of your organisation.")
    return person
