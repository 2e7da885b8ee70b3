"""Who sees an incident, and in what way."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from enum import StrEnum


class View(StrEnum):
    """In what way somebody may see an incident."""

    OWN = "own"  # reported it, or it concerns them: everything, and every clock
    MANAGE = "manage"  # answers for the duties: everything
    REPRESENTATIVE = "representative"  # what, where and which duties; never who, never the words


def view_of(
    person_id: uuid.UUID | None,
    *,
    can_read: bool,
    can_manage: bool,
    is_draft: bool,
    reporter_id: uuid.UUID | None,
    concerned_ids: Iterable[uuid.UUID | None] = (),
) -> View | None:
    """How somebody may see an incident; None: not at all. A draft belongs to its reporter alone."""
    is_reporter = person_id is not None and person_id == reporter_id
    if is_draft:
        return View.OWN if is_reporter else None
    if can_manage:
        return View.MANAGE
    if is_reporter or (person_id is not None and person_id in set(concerned_ids)):
        return View.OWN
    return View.REPRESENTATIVE if can_read else None


def shows_identity(view: View, *, is_hidden: bool, may_know: bool, is_reporter: bool) -> bool:
    """Whether somebody who sees an incident in this way may know who reported it.

    Those who reported it always know. Where they asked that their name be hidden, only those who hold the right to
    know it (``may_know``: the security coordinator) do. A safety representative never does.
    """
    if is_reporter:
        return True
    if view is View.REPRESENTATIVE:
        return False
    return may_know or not is_hidden
