"""Help from another municipality with a decision: what an agreement lets its people do, on which days."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from enum import StrEnum
from types import MappingProxyType

from motkraft import law
from motkraft.decisions.rules.errors import DecisionError, NotReady
from motkraft.ledger.rules import event_type

for _name, _sv, _en in (
    ("agreement.made", "Avtal om hjälp upprättat", "Agreement on help made"),
    ("agreement.accepted", "Avtal om hjälp godkänt", "Agreement on help accepted"),
    ("agreement.ended", "Avtal om hjälp avslutat", "Agreement on help ended"),
    ("help.shared", "Delat med den som hjälper", "Shared with the helper"),
    ("help.written", "Den som hjälper skrev text", "The helper wrote a text"),
    ("help.presented", "Den som hjälper föredrar", "The helper presents"),
    ("help.assessed", "Namnet på den som hjälper bedömt", "The helper's name assessed"),
    ("help.taken", "Texten hämtad in i beslutet", "The text taken into the decision"),
    ("help.notice_given", "Underrättelsen lämnad till den som hjälper", "The notice given to the helper"),
    ("help.told", "Parten underrättad av den som hjälper", "The party told by the helper"),
    ("help.ended", "Hjälpen avslutad", "Help ended"),
):
    event_type(_name, sv=_sv, en=_en)


class Task(StrEnum):
    """What the helper's people may do. Deciding is not among it: the committee at home decides."""

    INVESTIGATE = "investigate"
    PRESENT = "present"
    COMMUNICATE = "communicate"


#: Task -> (Swedish, English).
TASK_WORDS: Mapping[Task, tuple[str, str]] = MappingProxyType(
    {
        Task.INVESTIGATE: ("utreder och skriver texten", "investigates and writes the text"),
        Task.PRESENT: ("föredrar för dem som beslutar", "presents to those who decide"),
        Task.COMMUNICATE: ("underrättar parten", "tells the party"),
    }
)


def in_force(*, accepted: bool, valid_from: dt.date, valid_to: dt.date, ended_on: dt.date | None, day: dt.date) -> bool:
    """Whether an agreement lets anybody do anything on a day. On the day that it is ended it does not."""
    return accepted and valid_from <= day <= valid_to and (ended_on is None or day < ended_on)


def agreement_rule(day: dt.date) -> law.Rule:
    """The rule that help between municipalities rests on."""
    return law.library().on(day)["coop_agreement"]


def check_terms(tasks: Collection[str], valid_from: dt.date, valid_to: dt.date, basis: str, today: dt.date) -> None:
    """An agreement has at least one task, an end ahead, and says where it was decided."""
    if not tasks or not set(tasks) <= set(Task):
        raise NotReady("Choose what the other municipality does.", missing=["tasks"])
    if valid_to < valid_from or valid_to < today:
        raise NotReady("The last day is after the first, and not past.", missing=["valid_to"])
    if not basis.strip():
        raise NotReady("Write where the agreement was decided.", missing=["basis"])


def check_task(tasks: Collection[str], task: Task) -> None:
    """Raise DecisionError when the agreement does not let the helper do this."""
    if task not in tasks:
        raise DecisionError("The agreement does not let your organisation do this.", task=str(task))
