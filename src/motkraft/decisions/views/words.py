"""Words for states, parts and errors, in the language of the page."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from motkraft.decisions.forms import in_language
from motkraft.decisions.models import Decision
from motkraft.decisions.rules import SEALED_BODY, Part, State
from motkraft.decisions.rules.sign_off import DECIDER, HANDLER, REVOKER
from motkraft.errors import MotkraftError
from motkraft.law import DecisionType, vocabulary
from motkraft.web import steps
from motkraft.web.parts import Status

STATES: dict[str, tuple[Any, str, str]] = {
    State.DRAFT: (gettext_lazy("Draft"), "neutral", "pencil"),
    State.HANDLING: (gettext_lazy("With the handlers"), "info", "users"),
    State.READY: (gettext_lazy("Ready to be decided"), "warning", "gavel"),
    State.DECIDED: (gettext_lazy("Decided, not yet issued"), "warning", "stamp"),
    State.ISSUED: (gettext_lazy("Sealed and issued"), "success", "badge-check"),
    State.REPLACED: (gettext_lazy("Replaced"), "neutral", "repeat"),
    State.REVOKED: (gettext_lazy("Revoked"), "danger", "ban"),
}
PARTS: dict[str, Any] = {
    Part.DECIDER: gettext_lazy("Decider"),
    Part.RAPPORTEUR: gettext_lazy("Rapporteur"),
    Part.PARTICIPANT: gettext_lazy("Took part"),
}
LEVELS = {
    0: gettext_lazy("Names stand in the notice"),
    1: gettext_lazy("Names are left out of the notice"),
    2: gettext_lazy("Names are left out, with help from another municipality"),
    3: gettext_lazy("Names are left out, and a joint board decides"),
    4: gettext_lazy("Names are left out, and the case moves"),
    5: gettext_lazy("Names are left out, and a national unit decides"),
}

#: What the engines say in English, said by code.
BY_CODE: dict[str, Any] = {
    "sealing.custodian-rejected": gettext_lazy("This key does not open your share. Use the key that you registered."),
    "sealing.shares-rejected": gettext_lazy("The shares do not belong together. Close the request and make a new one."),
    "sealing.not-enough-shares": gettext_lazy("Not enough custodians have given their share."),
    "sealing.tampered-record": gettext_lazy("The sealed record was changed. Fetch it again from the backup."),
    "documents.invalid-data": gettext_lazy(
        "The document cannot be made from this text. Look through the text and try again."
    ),
    "sealing.scan-impossible": gettext_lazy(
        "The notice could not be searched for protected words, so it was not issued."
    ),
    "law.rule-not-found": gettext_lazy("That type of decision is not in the law data for today."),
}


def status(state: str) -> Status:
    """A state as a badge."""
    label, tone, icon = STATES[state]
    return Status(str(label), tone, icon)  # type: ignore[arg-type]


def title_of(kind: DecisionType) -> str:
    """The title of a type of decision."""
    return in_language((kind.title_sv, kind.title_en))


def body_of(decision: Decision) -> str:
    """Who decided, as a role."""
    if not decision.decider_body:
        return ""
    if decision.decider_body == SEALED_BODY:
        return _("Sealed")
    words = in_language(vocabulary.ROLES[decision.decider_body])
    return words[:1].upper() + words[1:]


#: What a sign-off says that was done.
PARTS_SIGNED: dict[str, Any] = {
    HANDLER: gettext_lazy("Approved the text"),
    DECIDER: gettext_lazy("Decided"),
    REVOKER: gettext_lazy("Signed the revocation"),
}
#: Why a passkey's sign-off was refused, by ``data["why"]`` of sealing.SignOffRejected.
SIGN_OFF_REFUSED: dict[str, Any] = {
    "form": gettext_lazy("The passkey's answer could not be read. Try again."),
    "challenge": gettext_lazy("The passkey signed something else than this text. Read the text again and sign it."),
    "type": gettext_lazy("The passkey's answer is not a signature. Try again."),
    "origin": gettext_lazy("The passkey signed for another address than this one. Nothing was signed off."),
    "presence": gettext_lazy("The passkey did not say that somebody was there. Try again."),
    "verification": gettext_lazy(
        "The passkey did not check that it was you. Use one that asks for a PIN, a fingerprint or your face."
    ),
    "credential": gettext_lazy("That passkey is not one of yours. Use your own, or register it first."),
    "signature": gettext_lazy("The signature does not hold. Nothing was signed off."),
}


def told(error: MotkraftError) -> str:
    """An error in the language of the page: what, where and how to mend it."""
    if error.code == "sealing.sign-off-rejected":
        return str(SIGN_OFF_REFUSED[error.data["why"]])
    if error.code in BY_CODE:
        return str(BY_CODE[error.code])
    template = getattr(error, "template", error.message)
    return str(_(template) % error.data) if error.data else str(_(template))


#: The steps of a page, which say their refusals so.
tell = partial(steps.tell, words=told)
form_step = partial(steps.form_step, words=told)
do_step = partial(steps.do_step, words=told)
