"""What a custodian does on a machine of their own: open the shares of a request and encrypt them to its key."""

from __future__ import annotations

from django.utils import timezone

from motkraft.decisions import actions
from motkraft.decisions.models import OpeningApproval
from motkraft.sealing import open_share
from motkraft.sealing.record import SealedRecord
from motkraft.sealing.requests import give_shares


def share_file(town, request, number: int, identity: str = "") -> str:
    """The file of shares that a custodian brings back for a request; with another key where one is given."""
    owner = str(town.custodians[number].person.pk)

    def opened(record: SealedRecord) -> tuple[str, str]:
        return owner, open_share(record, owner, identity or town.identities[number])

    asked = town.run(town.custodians[number], actions.request_file, request)
    return give_shares(asked, opened, now=timezone.now()).to_json().decode()


def give(town, request, number: int, identity: str = "") -> OpeningApproval:
    """Give a custodian's shares."""
    given = share_file(town, request, number, identity)
    return town.run(town.custodians[number], actions.approve_opening, request, given=given)
