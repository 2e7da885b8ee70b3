"""Everything that can be done to a thing of incidents, in every state it can be in: what grids.txt says, no more."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext

from incidents.matrix.machines import MACHINES, Make, Try
from incidents.matrix.town import Town
from motkraft.errors import MotkraftError
from motkraft.people.access import NotAllowed


def grids() -> Iterator[tuple[str, dict[tuple[str, str], str]]]:
    """Each grid by its name: the mark of each pair of a state and what is tried in it."""
    lines = [line for line in Path(__file__).with_name("grids.txt").read_text().splitlines() if line[:1] != "#"]
    for block in "\n".join(lines).strip().split("\n\n"):
        (name, *states), *rows = (line.split() for line in block.splitlines())
        yield name, {(state, row[0]): mark for row in rows for state, mark in zip(states, row[1:], strict=True)}


GRIDS = dict(grids())


def test_every_state_and_everything_that_is_tried_stands_in_the_grids():
    assert set(GRIDS) == set(MACHINES)
    for name, (states, tries) in MACHINES.items():
        assert set(GRIDS[name]) == {(state, attempt) for state in states for attempt in tries}, name
        assert set(GRIDS[name].values()) <= set("xo-"), name


@pytest.mark.parametrize("name", MACHINES)
def test_what_may_be_done_is_done_and_all_else_is_refused_clearly_and_changes_nothing(town, name):
    states, tries = MACHINES[name]
    wrong = {}
    for state, make in states.items():
        with transaction.atomic():
            for attempt, found in tried(town, make, tries):
                if found != GRIDS[name][state, attempt]:
                    wrong[f"{attempt} when {state}"] = found
            transaction.set_rollback(True)
    assert wrong == {}


def tried(town: Town, make: Make, tries: dict[str, Try]) -> Iterator[tuple[str, str]]:
    """Make a thing and try everything with it, each undone again; the mark that each would have in the grid."""
    thing = make(town)
    thing = getattr(thing, "pk", thing)
    before = town.fingerprint()
    for name, attempt in tries.items():
        with transaction.atomic():
            mark = refusal = ""
            try:
                attempt(town, thing)
            except NotAllowed:
                mark = "-"
            except MotkraftError as error:
                mark, refusal = "-", error.message
            changed = town.fingerprint() != before
            transaction.set_rollback(True)
        if mark and changed:
            mark = "refused, and changed something"
        elif refusal and not is_clear(refusal):
            mark = f"refused without Swedish words: {refusal}"
        yield name, mark or ("x" if changed else "o")


def is_clear(message: str) -> bool:
    """Whether a refusal is a sentence that Swedes are told in Swedish."""
    with translation.override("sv"):
        return message.endswith(".") and gettext(message) != message
