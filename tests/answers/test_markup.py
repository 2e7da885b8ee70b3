"""The little markup: text stays text, links are https, Latin words are set apart in right-to-left texts."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from motkraft.answers.rules import LANGUAGES, blocks, pieces, runs
from motkraft.answers.rules.phrases import languages, phrases


def kinds(text: str) -> list[str]:
    return [block.kind for block in blocks(text, "sv")]


def test_paragraphs_headings_lists_and_quotations_are_told_apart():
    text = "Ett stycke\nsom fortsätter.\n\n## Rubrik\n\n- ett\n- två\n\n> citat"
    assert kinds(text) == ["paragraph", "heading", "list", "quote"]
    assert len(blocks(text, "sv")[2].lines) == 2


def test_a_list_right_after_a_line_is_still_a_list():
    assert kinds("Tre saker:\n- ett\n- två\nSlut.") == ["paragraph", "list", "paragraph"]


def test_only_https_links_become_links():
    (link,) = [p for p in pieces("Läs [lagen](https://lagen.nu/1990:52) här", "sv") if p.url]
    assert (link.text, link.url) == ("lagen", "https://lagen.nu/1990:52")
    for bad in (
        "[x](javascript:alert(1))",
        "[x](http://x.se)",
        '[x](https://x.se" onclick="y)',
        "[x](data:a)",
    ):
        assert not [p for p in pieces(bad, "sv") if p.url]


@given(st.text(max_size=200), st.sampled_from(["sv", "ar", "fa"]))
def test_no_word_is_lost_between_runs(text, language):
    assert "".join(run for run, _ in runs(text, language)) == text


@given(st.text(max_size=300))
def test_any_text_can_be_read(text):
    blocks(text, "ar")


def test_latin_words_and_figures_are_set_apart_in_arabic():
    text = "القانون (1990:52) المسمى LVU 4 § يقول"
    assert [run for run, foreign in runs(text, "ar") if foreign] == ["1990:52", "LVU 4 §"]


def test_a_left_to_right_text_is_one_run():
    assert list(runs("LVU 4 §", "sv")) == [("LVU 4 §", False)]


def test_every_language_of_the_page_has_all_its_words():
    assert {"sv", "en", "ar"} <= set(languages()) <= set(LANGUAGES)
    for code in languages():
        assert phrases(code).keys() - {"language"} == phrases("sv").keys() - {"language"}
    assert phrases("tr")["language"] == "en"


def test_an_unreviewed_translation_says_so():
    assert phrases("ar")["reviewed"] is False
    assert phrases("ar")["unreviewed"]
