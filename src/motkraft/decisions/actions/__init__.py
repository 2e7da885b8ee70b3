"""Every write of decisions. Actor first; one transaction: load, ask the rule, write, append the ledger event.

What a stolen database and disk tell of a decision whose notice leaves names out (level 1), once it is issued:

* The original and the list of who handled it are sealed to the custodians; the server has no key to them.
* The persons' rows hold stand-ins (HMAC with a key per decision); the key is in the sealed trail and nowhere
  else. The facts of the assessments, who looked at the draft, and as what a single person decided go the same
  way: a municipality has one chair, so the role would be the name.
* Who revoked it is sealed like that too, in a record of its own.
* Until issuing, events of the decision carry a stand-in and no actor, whatever the level: an event is never
  changed, and the level may rise later.

What remains, and must be said. Until issuing, the rows name the persons. PostgreSQL keeps old row versions until
it vacuums, and its write-ahead log and backups made before issuing live as long as they are kept. A decision that
must be reported to the committee was made by its chair or an appointed member. The times of steps can be set
beside the times of logins. Readings after issuing, and reporting and opening, name who did them; who marked what
has happened since is encrypted, and found by the vault's key alone. In a small circle each of these tells something.
Whoever controls the running server while a person approves, decides or opens sees that person do it.
"""

from motkraft.decisions.actions.custodians import (
    as_sealed_now,
    confirm_resealed,
    finish_drill,
    request_file,
    reseal_file,
    start_drill,
    take_resealed,
    to_reseal,
    unconfirmed,
)
from motkraft.decisions.actions.deciding import concur, decide, report_to_meeting
from motkraft.decisions.actions.drafting import (
    approve,
    assess_notice,
    draft_decision,
    edit_text,
    submit,
)
from motkraft.decisions.actions.eseals import eseal_roots, kept_notice, renew, seal_certificate
from motkraft.decisions.actions.issuing import finalise
from motkraft.decisions.actions.opening import (
    approve_opening,
    close_opening,
    erase_expired,
    open_records,
    register_key,
    request_opening,
)
from motkraft.decisions.actions.protection import set_protection
from motkraft.decisions.actions.revoking import confirm_revocation, revoke
from motkraft.decisions.actions.rights import add_mandate, end_mandate, set_policy
from motkraft.decisions.actions.sign_off import Assertion, declare, replace_handler
from motkraft.decisions.actions.steps import note_viewing

__all__ = [
    "Assertion",
    "add_mandate",
    "approve",
    "approve_opening",
    "as_sealed_now",
    "assess_notice",
    "close_opening",
    "concur",
    "confirm_resealed",
    "confirm_revocation",
    "decide",
    "declare",
    "draft_decision",
    "edit_text",
    "end_mandate",
    "erase_expired",
    "eseal_roots",
    "finalise",
    "finish_drill",
    "kept_notice",
    "note_viewing",
    "open_records",
    "register_key",
    "renew",
    "replace_handler",
    "report_to_meeting",
    "request_file",
    "request_opening",
    "reseal_file",
    "revoke",
    "seal_certificate",
    "set_policy",
    "set_protection",
    "start_drill",
    "submit",
    "take_resealed",
    "to_reseal",
    "unconfirmed",
]
