"""A thousand made-up names, of many scripts and forms, never leak: planted anywhere they are found; clean is clean."""

from __future__ import annotations

import pytest

from documents.samples import NOTICE, sample
from motkraft.documents import house_words, render
from motkraft.sealing import scan
from motkraft.sealing.leak.terms import find, prepare, words_of_name
from sealing.leak_names import DISGUISES, names, stuffed, taken_away, with_codes

NAMES = names(1000)


@pytest.fixture(scope="module")
def clean() -> bytes:
    """A notice that leaves the names out."""
    return render("notice", sample("notice"))


def missed(pdf: bytes, place: str = "") -> list[str]:
    """The names that a scan does not find at a place."""
    found = {leak.term for leak in scan(pdf, NAMES) if leak.where.startswith(place)}
    return [name for index, name in enumerate(NAMES) if index not in found]


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_clean_notice_holds_none_of_the_thousand_names_nor_of_their_family_names(language: str) -> None:
    ordinary = house_words(language)
    words = sorted({word for name in NAMES for word in words_of_name(name, ordinary=ordinary)})
    assert len(words) > 1500
    assert scan(render("notice", sample("notice"), language=language), words, "underrattelse-B-2026-0001.pdf") == []


def test_every_name_is_found_on_the_page_that_shows_it() -> None:
    some = [*NAMES[:10], *NAMES[10::4]]  # benchmarks/leaks.py draws them all
    pdf = render("notice", sample("notice", content="\n".join(some)))
    assert not set(missed(pdf, "text of")) & set(some)


def test_every_name_is_found_wherever_it_is_hidden(clean: bytes) -> None:
    pdf, places = stuffed(clean, NAMES)
    found = {place: set() for place in places}
    for leak in scan(pdf, NAMES):
        for place in places:
            if leak.where == place or leak.where.startswith(f"{place}, "):
                found[place].add(leak.term)
    assert {place: len(terms) for place, terms in found.items()} == dict.fromkeys(places, len(NAMES))


def test_every_name_is_found_that_a_later_revision_took_away(clean: bytes) -> None:
    assert missed(taken_away(clean, NAMES), "earlier revision") == []


def test_names_in_square_codes_are_found(clean: bytes) -> None:
    some = NAMES[::60][:12]
    leaks = scan(with_codes(clean, [f"https://exempel.example/?q={name}" for name in some]), NAMES)
    assert {NAMES[leak.term] for leak in leaks if leak.where == "code in a picture on page 1"} >= set(some)


def test_every_name_is_found_in_a_file_name() -> None:
    terms = prepare(NAMES)
    for at in range(0, len(NAMES), 100):
        batch = NAMES[at : at + 100]
        assert {index for index, _ in find("_".join(batch), terms)} >= set(range(at, at + len(batch)))


@pytest.mark.parametrize("disguise", sorted(DISGUISES))
def test_no_disguise_hides_a_name(disguise: str) -> None:
    hide = DISGUISES[disguise]
    terms = prepare(NAMES)
    found = {index for index, _ in find("\n|\n".join(hide(name) for name in NAMES), terms)}
    assert [NAMES[index] for index in range(len(NAMES)) if index not in found] == []


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Bo Ek", {"Bo Ek"}),
        ("Ebba von Stjärnhjälm", {"Ebba von Stjärnhjälm", "von Stjärnhjälm", "Stjärnhjälm"}),
        ("Ida Bergsund-Ek", {"Ida Bergsund-Ek", "Bergsund-Ek", "Bergsund"}),
        ("Per Beslut", {"Per Beslut"}),
    ],
)
def test_what_of_a_name_is_protected(name: str, words: set[str]) -> None:
    assert words_of_name(name, ordinary=house_words("sv")) == words


def test_the_square_code_of_the_notice_itself_is_read(clean: bytes) -> None:
    code = NOTICE["verification_url"].rsplit("/", 1)[-1]
    assert any(leak.where == "code in a picture on page 2" for leak in scan(clean, [code])), scan(clean, [code])
