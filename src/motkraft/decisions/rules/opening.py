"""Opening a sealed record: at least two custodians, within a time, each on their own."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Mapping
from enum import StrEnum
from types import MappingProxyType

from motkraft.decisions.rules.errors import DecisionError, NotReady

#: How long a request stays open: custodians approve and the requester reads within it.
OPEN_FOR = dt.timedelta(hours=8)

#: Why a record is opened: key, (Swedish, English).
LEGAL_BASES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "document_request": ("Någon begär ut handlingen", "Someone asks for the document"),
        "party_access": ("Parten vill se beslutet", "The party wants to see the decision"),
        "court": ("Domstol behöver originalet", "A court needs the original"),
        "supervision": ("Tillsyn (IVO eller JO)", "Supervision"),
        "review": ("Omprövning av att namn utelämnas", "Review of names being left out"),
    }
)
#: The rule of the law data behind a basis, where there is one.
BASIS_RULES: Mapping[str, str] = MappingProxyType(
    {"document_request": "no_questions_asked", "party_access": "party_access", "review": "name_free_notice"}
)


class OpeningState(StrEnum):
    """Where a request to open stands."""

    WAITING = "waiting"
    OPEN = "open"
    EXPIRED = "expired"
    CLOSED = "closed"


def opening_state(
    *, closed: bool, approvals: int, threshold: int, expires_at: dt.datetime, now: dt.datetime
) -> OpeningState:
    """The state of a request at a moment."""
    if closed:
        return OpeningState.CLOSED
    if now >= expires_at:
        return OpeningState.EXPIRED
    return OpeningState.OPEN if approvals >= threshold else OpeningState.WAITING


def check_approval(
    custodian: uuid.UUID | None,
    *,
    requester: uuid.UUID,
    approved_by: Collection[uuid.UUID],
    state: OpeningState,
) -> None:
    """A custodian approves once, in time, and never the own request."""
    if state is OpeningState.EXPIRED:
        raise DecisionError("The time for this request has run out. Ask the registrar to make a new one.")
    if state is OpeningState.CLOSED:
        raise DecisionError("This request is closed.")
    if custodian is None or custodian == requester:
        raise DecisionError("You cannot approve your own request. Two other custodians have to.")
    if custodian in approved_by:
        raise DecisionError("You have given your share already. Another custodian has to give theirs.")


def check_opening(
    person: uuid.UUID | None, *, requester: uuid.UUID, state: OpeningState, given: int, needed: int
) -> None:
    """Only the requester opens, and only when enough custodians have given their shares in time."""
    if person != requester:
        raise DecisionError("Only the person who made the request can open the record.")
    if state is OpeningState.EXPIRED:
        raise DecisionError("The time for this request has run out. Make a new request.")
    if state is OpeningState.CLOSED:
        raise DecisionError("This request is closed. Make a new request.")
    if state is OpeningState.WAITING:
        raise NotReady(
            "%(needed)s custodians are needed and %(given)s have given their share.",
            missing=["shares"],
            needed=needed,
            given=given,
        )
