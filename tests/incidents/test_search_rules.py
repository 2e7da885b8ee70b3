"""The promises of the search index and of the retention rules, without a database."""

from __future__ import annotations

import datetime as dt
import hmac

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from motkraft.incidents.rules import retention
from motkraft.incidents.rules.errors import NotReady
from motkraft.incidents.rules.retention import Category, add_months, category_of, closed_before, goes_on
from motkraft.incidents.rules.search import MOST_WORDS, tokens, wanted, words_of
from motkraft.law.calendar import STOCKHOLM


def keyed(word: str, key: bytes = b"one") -> bytes:
    return hmac.digest(key, word.encode(), "sha256")


def finds(query: str, *texts: str, facts=(), named=(), reads_texts=True, names=lambda word: ()) -> bool:
    there = set(tokens(texts, facts, named, keyed))
    groups = wanted(query, keyed, reads_texts=reads_texts, names=names)
    return bool(groups) and all(there & set(group) for group in groups)


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("kniv", "Han hade knivar med sig"),
        ("hotar", "Hon HOTADE mig"),
        ("barnens skola", "utanför skolan stod barnen"),
        ("O’Brien", "jag vet var du bor, O'Brien"),
        ("سأجدك", "سأجدك <b>"),
        ("åka", "a\u030aka"),
        ("straße", "STRASSE 5"),
        ("ABC123", "en röd bil, abc123, utan skylt"),
    ],
)
def test_a_word_is_found_in_any_inflection_and_script(query, text):
    assert finds(query, text)


@pytest.mark.parametrize(
    ("query", "text"),
    [("kniv pistol", "Han hade knivar"), ("knivar2", "knivar"), ("och att", "och att"), ("", "text"), ("--", "--")],
)
def test_every_word_must_be_there_and_function_words_find_nothing(query, text):
    assert not finds(query, text)


def test_quoted_words_must_stand_as_written():
    assert finds('"hotade"', "hon hotade mig")
    assert not finds('"hotar"', "hon hotade mig")


def test_a_reference_is_found_whole_and_by_its_end():
    for query in ("H-2026-0003", "h-2026-0003", "2026-0003", "0003"):
        assert finds(query, facts=["H-2026-0003"]), query
    assert not finds("H-2026-0004", facts=["H-2026-0003"])


def test_who_may_not_read_the_texts_finds_facts_and_no_texts():
    facts, named = ["H-2026-0003"], [("kind", "death_threat")]

    def names(word):
        return [("kind", "death_threat")] if word in "dödshot" else []

    assert finds("0003 hot", "kniv", facts=facts, named=named, reads_texts=False, names=names)
    assert not finds("kniv", "kniv", facts=facts, named=named, reads_texts=False, names=names)
    assert not finds("hemlig", "H-2026-0003", reads_texts=False)


def test_a_text_never_poses_as_a_fact():
    """Somebody who writes a reference in a text is found by the text alone."""
    assert not finds("H-2026-0009", "se H-2026-0009", reads_texts=False)


def test_another_key_gives_other_numbers():
    one, other = tokens(["kniv"], [], [], keyed), tokens(["kniv"], [], [], lambda word: keyed(word, b"other"))
    assert not set(one) & set(other)


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_found_by_any_of_its_words(text):
    there = set(tokens([text], [], [], keyed))
    for word in words_of(text)[:20]:
        for group in wanted(word, keyed, reads_texts=True):
            assert there & set(group)
    assert all(-(2**63) <= value < 2**63 for value in there)


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=400))
def test_a_search_has_at_most_so_many_words(query):
    assert len(wanted(query, keyed, reads_texts=True)) <= MOST_WORDS


# -- retention


def test_the_weightiest_category_counts():
    assert category_of("violence", has_police=True, has_series=True) is Category.POLICE
    assert category_of("violence", has_police=False, has_series=True) is Category.SERIES
    assert category_of("violence", has_police=False, has_series=False) is Category.VIOLENCE
    assert category_of("stalking", has_police=False, has_series=False) is Category.THREAT
    assert category_of("filming", has_police=False, has_series=False) is Category.LIGHT


def test_months_end_on_the_last_day_where_there_is_no_such_day():
    assert add_months(dt.date(2024, 2, 29), 12) == dt.date(2025, 2, 28)
    assert add_months(dt.date(2025, 10, 31), 1) == dt.date(2025, 11, 30)
    assert add_months(dt.date(2025, 1, 15), 24) == dt.date(2027, 1, 15)


def test_the_day_is_swedish():
    late = dt.datetime(2026, 6, 30, 22, 30, tzinfo=dt.UTC)  # 00.30 on the first of July in Sweden
    assert goes_on(late, 12) == dt.date(2027, 7, 1)
    assert goes_on(late, None) is None


@settings(max_examples=200, deadline=None)
@given(
    st.integers(1_420_070_400, 1_830_000_000).map(lambda at: dt.datetime.fromtimestamp(at, dt.UTC)),
    st.dates(dt.date(2020, 1, 1), dt.date(2030, 12, 31)),
    st.integers(1, 120),
)
def test_due_by_its_day_is_due_by_the_moment(closed_at, today, months):
    """The bound that the database is asked with agrees with the day that is shown, for every day and every month."""
    assert (goes_on(closed_at, months) <= today) == (closed_at < closed_before(today, months))


def test_the_day_of_the_change_to_winter_time_counts_whole():
    bound = closed_before(dt.date(2027, 10, 25), 12)
    assert bound == dt.datetime(2026, 10, 26, tzinfo=STOCKHOLM)


@pytest.mark.parametrize(("months", "basis", "field"), [(0, "p", "months"), (1201, "p", "months"), (9, " ", "basis")])
def test_a_line_without_ground_or_sense_is_refused(months, basis, field):
    with pytest.raises(NotReady) as refused:
        retention.check_line(months, basis)
    assert refused.value.data["field"] == field
