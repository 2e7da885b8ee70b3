"""Every write of incidents. Actor first, one transaction each, an event in the ledger with each."""

from motkraft.incidents.actions.cases import link_case, open_case
from motkraft.incidents.actions.duties import (
    close_incident,
    meet_duty,
    reopen_duty,
    reopen_incident,
    set_aside_duty,
    take_incident,
)
from motkraft.incidents.actions.evidence import (
    HandedIn,
    add_evidence,
    fetch_original,
    fetch_share_copy,
    make_share_copy,
    withdraw_evidence,
)
from motkraft.incidents.actions.files import Kept, keep, path_of
from motkraft.incidents.actions.police import add_case_number, fetch_police_report, file_police_report
from motkraft.incidents.actions.reporting import (
    discard_draft,
    report_incident,
    save_draft,
    send_draft,
    start_draft,
)
from motkraft.incidents.actions.threat import assess_threat, confirm_threat

__all__ = [
    "HandedIn",
    "Kept",
    "add_case_number",
    "add_evidence",
    "assess_threat",
    "close_incident",
    "confirm_threat",
    "discard_draft",
    "fetch_original",
    "fetch_police_report",
    "fetch_share_copy",
    "file_police_report",
    "keep",
    "link_case",
    "make_share_copy",
    "meet_duty",
    "open_case",
    "path_of",
    "reopen_duty",
    "reopen_incident",
    "report_incident",
    "save_draft",
    "send_draft",
    "set_aside_duty",
    "start_draft",
    "take_incident",
    "withdraw_evidence",
]
