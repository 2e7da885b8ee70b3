"""Demo data: the demo's organisations cosign each other's logs, by their own witness keys and the same actions as ever.

All of it runs on one machine here, so it shows how witnesses work and proves nothing: real ones run elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from django.conf import settings

from motkraft.ledger.actions import add_log, add_witness, cosign, log_of, publish, respond, witness_key
from motkraft.people.access import acting, system
from motkraft.people.models import Organisation
from motkraft.tlog.witness import PATH

CODES = ("0114", "1262", "2580", "NKE")


class World(Protocol):
    """What the loader of the demo gives: the organisations by code."""

    organisations: dict[str, Organisation]


def load(world: World) -> None:
    """Each organisation asks the three others to cosign, and they agree."""
    organisations = {code: world.organisations[code] for code in CODES}
    logs = {}
    for code, organisation in organisations.items():
        with acting(system(organisation.pk)):
            logs[code] = log_of(system(organisation.pk)).verifier_key
    for code, organisation in organisations.items():
        actor = system(organisation.pk)
        with acting(actor):
            for other, neighbour in organisations.items():
                if other != code:
                    key = str(witness_key(other).verifier)
                    add_witness(actor, name=f"{neighbour.name} (demo)", verifier_key=key, url=_address(other))
                    add_log(actor, name=f"{neighbour.name} (demo)", verifier_key=logs[other])


def sign(organisations: Mapping[str, Organisation]) -> None:
    """Sign the logs and have them cosigned, without a server: each witness is asked where it is, in this process."""
    here = {_address(code) + PATH: organisations[code].pk for code in CODES}

    def ask(url: str, body: str) -> tuple[int, str]:
        answer = respond(here[url], body.encode())
        return answer.status, answer.body

    for code in CODES:
        publish(organisations[code].pk)
    for code in CODES:
        cosign(organisations[code].pk, ask=ask)


def _address(code: str) -> str:
    return f"{settings.MOTKRAFT_PUBLIC_URL}/witness/{code}"
