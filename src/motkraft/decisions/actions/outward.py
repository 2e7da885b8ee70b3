"""Papers that leave the house: e-sealed as the notice is, and searched for protected words as they go out.

A paper is sealed once, when it is made, and kept write-once with its SHA-256 on the ledger; whoever fetches it gets the
very same bytes. A draft is never sealed, and says that it is one.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from motkraft.decisions.actions.eseals import UnderWay, complete, facts_of, is_elsewhere, lay_out, seal_certificate
from motkraft.people.access import Actor
from motkraft.people.models import Organisation

Check = Callable[[bytes], None]
"""Raises when something stands in a PDF that must not go out."""


def e_sealed(actor: Actor, pdf: bytes, data: Mapping[str, Any], check: Check, *, again: bool = True) -> bytes:
    """Seal a paper made of ``data`` (documents.schemas.Paper) for the actor's organisation; ``check`` passes it.

    Where the key is elsewhere nothing is sent before it was checked, and what was laid out is kept: tried ``again``
    with the same data, the very same document goes on. Raises DecisionError when there is no e-seal, SealingError when
    its key's holder is away or refuses, and as ``check``.
    """
    organisation = Organisation.objects.get(pk=actor.organisation_id)
    now = timezone.now()
    signer = seal_certificate(organisation, now)
    reason = str(data["title"])
    if not is_elsewhere(organisation):
        sealed = complete(lay_out(pdf, signer, now, reason), signer, "", now)
        check(sealed)
        return sealed
    check(pdf)
    facts = facts_of({name: value for name, value in data.items() if name != "issued_at"}, 0)
    name = f"eseals/under-way/paper-{facts}.json"

    def begin() -> bytes:
        return UnderWay(now, facts, lay_out(pdf, signer, now, reason), {}).to_json()

    begun = UnderWay.from_json(settings.MOTKRAFT_FOLDERS.secret(name, make=begin) if again else begin())
    request = hashlib.sha256(f"{facts} {begun.moment.isoformat()}".encode()).hexdigest()[:32]
    sealed = complete(begun.prepared, signer, request, begun.moment)
    check(sealed)
    if again:
        transaction.on_commit((settings.MOTKRAFT_FOLDERS.secrets / name).unlink)
    return sealed
