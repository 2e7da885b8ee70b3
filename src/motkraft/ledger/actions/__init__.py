"""Every write of the ledger: append an event, number and sign the log, cosign and ask to be cosigned."""

from motkraft.ledger.actions.log import (
    append,
    body_of,
    erase_events,
    log_of,
    organisation_code,
    origin_of,
    publish,
    record_people,
    signed_log,
)
from motkraft.ledger.actions.witnesses import (
    add_log,
    add_witness,
    cosign,
    end_log,
    end_witness,
    respond,
    set_quorum,
    witness_key,
)

__all__ = [
    "add_log",
    "add_witness",
    "append",
    "body_of",
    "cosign",
    "end_log",
    "end_witness",
    "erase_events",
    "log_of",
    "organisation_code",
    "origin_of",
    "publish",
    "record_people",
    "respond",
    "set_quorum",
    "signed_log",
    "witness_key",
]
