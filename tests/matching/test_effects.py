"""When what was learned counts as worse, on judgements that it was not learned from."""

import pytest

from motkraft.matching.effects import Effect, worse

BEFORE = {"precision": (19, 20), "sure": (19, 40), "recall": (30, 40), "criticism": (2, 20), "own_story": (1, 10),
          "denies": (3, 20), "unrelated": (8, 40)}  # fmt: skip


def effect(**after):
    return [Effect(what, figure, after.get(what, figure)) for what, figure in BEFORE.items()]


def test_what_changes_nothing_is_not_worse():
    assert worse(effect()) == () and worse([]) == ()


def test_more_found_for_a_few_more_wrong_is_not_worse():
    assert worse(effect(recall=(36, 40), unrelated=(11, 40))) == ()


@pytest.mark.parametrize(
    "after", [{"recall": (29, 40)}, {"unrelated": (9, 40)}, {"recall": (31, 40), "denies": (14, 20)}]
)
def test_what_hits_less_well_is_worse(after):
    assert worse(effect(**after)) == ("proposals",)


def test_more_criticism_or_own_stories_proposed_is_worse_however_much_is_found():
    assert worse(effect(recall=(40, 40), own_story=(2, 10))) == ("apart",)
    assert worse(effect(recall=(40, 40), own_story=(0, 10), criticism=(3, 20))) == ()


@pytest.mark.parametrize(
    ("precision", "told"), [((18, 20), ("precision",)), ((38, 40), ()), ((47, 50), ()), ((0, 0), ())]
)
def test_quick_confirmation_may_be_a_little_less_right_but_not_below_the_rule(precision, told):
    assert worse(effect(precision=precision)) == told
