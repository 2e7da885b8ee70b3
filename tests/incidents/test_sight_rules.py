"""Who may know who reported: one table, tried whole."""

from __future__ import annotations

import itertools

import pytest

from motkraft.incidents.rules.sight import View, shows_identity


@pytest.mark.parametrize(
    ("view", "is_hidden", "may_know", "is_reporter"), list(itertools.product(View, *[(False, True)] * 3))
)
def test_a_hidden_name_is_known_to_its_owner_and_to_those_who_hold_the_right(view, is_hidden, may_know, is_reporter):
    shown = shows_identity(view, is_hidden=is_hidden, may_know=may_know, is_reporter=is_reporter)
    if is_reporter:
        assert shown
    elif view is View.REPRESENTATIVE:
        assert not shown
    else:
        assert shown is (may_know or not is_hidden)
