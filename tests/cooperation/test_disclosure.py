"""Nobody can be found in the figures: every small table there is, attacked with all that is published."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motkraft.cooperation.rules.disclosure import (
    MINIMUM,
    Cell,
    FiguresError,
    Measure,
    Range,
    complete_month,
    months_before,
    next_month,
    safe,
    share,
    total,
)
from motkraft.cooperation.rules.published import map_file, measures, municipalities, surveys

ALL = Measure("all", "Alla", "All")
PART = Measure("part", "Del", "Part", part_of="all")
MEASURES = (ALL, PART)
MONTH = dt.date(2026, 10, 1)


def published(table: tuple[tuple[int, int], ...], minimum: int = MINIMUM) -> tuple[object, ...]:
    """All that anybody sees of a table of (all, part) per municipality: the cells, and every total of them."""
    cells = [
        Cell(str(n), MONTH, key, value)
        for n, (whole, part) in enumerate(table)
        for key, value in safe({"all": whole, "part": part}, MEASURES, minimum).items()
    ]
    country = tuple(total(cells, m, minimum) for m in MEASURES)
    county = tuple(total([c for c in cells if c.code in ("0", "1")], m, minimum) for m in MEASURES)
    shares = tuple(share(t, country[0]) for t in country)
    return (tuple(cells), country, county, shares)


def every(largest: int, municipalities: int) -> list[tuple[tuple[int, int], ...]]:
    one = [(whole, part) for whole in range(largest + 1) for part in range(whole + 1)]
    return list(product(one, repeat=municipalities))


def attack(tables: list[tuple[tuple[int, int], ...]], minimum: int, *, parts: bool = True) -> int:
    """Group all tables by what is published; in each group every hidden figure must be able to be many figures.

    Whoever sees a publication, knows the method and knows every other municipality's true figures can do no better
    than this: the figures that the other tables of the group hold at that place. Returns how many were attacked.
    """
    groups = defaultdict(list)
    for table in tables:
        groups[published(table, minimum)].append(table)
    attacked = 0
    for (cells, *_), group in groups.items():
        for place in range(len(group[0])):
            by_others = defaultdict(set)
            for table in group:
                others = table[:place] + table[place + 1 :]
                by_others[others].add(table[place])
            whole, part = (
                next(c.value for c in cells if (c.code, c.measure) == (str(place), m)) for m in ("all", "part")
            )
            for candidates in by_others.values():
                if whole is None:
                    attacked += 1
                    assert {w for w, _ in candidates} == set(range(minimum))
                if parts and part is None:
                    attacked += 1
                    assert len({p for _, p in candidates}) >= minimum
                    assert len({w - p for w, p in candidates}) >= minimum
    return attacked


def test_one_municipality_gives_nothing_hidden_away():
    assert attack(every(3 * MINIMUM, 1), MINIMUM) > 0


def test_two_municipalities_whose_totals_are_known_give_nothing_hidden_away():
    assert attack(every(6, 2), 3) > 0


def test_a_county_in_a_country_gives_nothing_hidden_away():
    wholes = [(n, 0) for n in range(7)]
    assert attack(list(product(wholes, repeat=3)), 3, parts=False) > 0


@given(
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)).map(lambda t: (max(t), min(t))), min_size=1, max_size=8),
    st.data(),
)
def test_exchanging_a_small_figure_for_another_small_one_changes_nothing_that_is_seen(table, data):
    place = data.draw(st.integers(0, len(table) - 1))
    small = data.draw(st.integers(0, MINIMUM - 1))
    if table[place][0] >= MINIMUM:
        return
    other = [*table]
    other[place] = (small, data.draw(st.integers(0, small)))
    assert published(tuple(table)) == published(tuple(other))


@given(st.lists(st.integers(0, 60), min_size=1, max_size=10))
def test_a_total_holds_the_truth_and_is_exact_when_nothing_is_hidden(counts):
    cells = [Cell(str(n), MONTH, "all", safe({"all": c}, [ALL])["all"]) for n, c in enumerate(counts)]
    found = total(cells, ALL)
    assert found.least <= sum(counts) <= found.most
    assert found.is_exact == all(c >= MINIMUM for c in counts)


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)), min_size=1, max_size=6))
def test_a_share_holds_the_true_share(pairs):
    table = tuple((max(p), min(p)) for p in pairs)
    _, (whole, part), *_ = published(table)
    true_whole, true_part = sum(w for w, _ in table), sum(p for _, p in table)
    found = share(part, whole)
    if found is not None:
        assert found[0] <= 100 * true_part / true_whole <= found[1]


@pytest.mark.parametrize(
    ("whole", "part", "shown"),
    [
        (4, 4, (None, None)),
        (0, 0, (None, None)),
        (5, 5, (5, None)),
        (7, 5, (7, None)),
        (9, 5, (9, None)),
        (10, 5, (10, 5)),
        (12, 0, (12, None)),
        (12, 12, (12, None)),
        (112, 38, (112, 38)),
    ],
)
def test_a_part_is_shown_only_when_it_and_the_rest_are_large_enough(whole, part, shown):
    found = safe({"all": whole, "part": part}, MEASURES)
    assert (found["all"], found["part"]) == shown


def test_months_cannot_be_subtracted_from_a_year():
    months = [Cell("0114", dt.date(2026, m, 1), "all", 10 if m > 1 else None) for m in range(1, 13)]
    assert total(months, ALL) == Range(110, 114)


@pytest.mark.parametrize("counts", [{"all": 3}, {"all": -1, "part": 0}, {"all": 3, "part": 4}, {"all": 3, "part": -1}])
def test_figures_that_do_not_hold_together_are_refused(counts):
    with pytest.raises(FiguresError):
        safe(counts, MEASURES)


def test_only_a_month_that_is_over_is_shared():
    complete_month(dt.date(2026, 10, 1), dt.date(2026, 11, 1))
    for bad in (dt.date(2026, 11, 1), dt.date(2027, 1, 1), dt.date(2026, 10, 2)):
        with pytest.raises(FiguresError):
            complete_month(bad, dt.date(2026, 11, 30))


def test_months_follow_each_other_over_the_new_year():
    assert next_month(dt.date(2026, 12, 1)) == dt.date(2027, 1, 1)
    assert months_before(dt.date(2026, 2, 14), 3) == [dt.date(2026, 1, 1), dt.date(2025, 12, 1), dt.date(2025, 11, 1)]


def test_the_map_and_the_register_hold_the_same_290_municipalities():
    import json

    shapes = {f["properties"]["code"] for f in json.loads(map_file().read_text("utf-8"))["features"]}
    assert shapes == {place.code for place in municipalities()}
    assert len(shapes) == 290


def test_every_survey_figure_tells_whom_when_and_from_where():
    for survey in surveys():
        assert survey.population_sv and survey.population_en and survey.source and survey.says_sv
        assert survey.read in ("page", "secondary")
    assert {"69 %", "66 %", "38 %", "26 %", "7 %", "tre av tio", "en av fem"} == {s.value_sv for s in surveys()}


def test_the_measures_are_wholes_before_their_parts():
    assert safe({m.key: 0 for m in measures()}, measures()) == {m.key: None for m in measures()}
