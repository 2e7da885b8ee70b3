import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from matching import plain_normalise
from motkraft.matching import normalise

TRICKY = "aAeåÅİıß#_@ ./01345$\u0301\u0640\u200d\u0654اأيىьοаiwwwhttps:/!\n…ﷺǆ½²"
TEXTS = st.text(st.one_of(st.characters(), st.sampled_from(TRICKY)), max_size=40)


@settings(max_examples=800, deadline=None)
@given(TEXTS)
def test_normalising_twice_changes_nothing(text):
    once = normalise(text)
    assert normalise(once.text).text == once.text


@settings(max_examples=800, deadline=None)
@given(TEXTS)
def test_every_character_points_into_the_original_in_order(text):
    normalised = normalise(text)
    assert len(normalised.offsets) == len(normalised.text)
    assert all(0 <= start < end <= len(text) for start, end in normalised.offsets)
    assert list(normalised.offsets) == sorted(normalised.offsets, key=lambda offset: offset[0])


def like_plain(text):
    fast, plain = normalise(text), plain_normalise.normalise(text)
    return (
        fast.text == plain.text
        and fast.offsets == plain.offsets
        and [(a.kind, a.span) for a in fast.asides] == [(a.kind, a.span) for a in plain.asides]
    )


@settings(max_examples=1500, deadline=None)
@given(TEXTS)
def test_it_does_what_the_plain_way_does_character_by_character(text):
    assert like_plain(text)


def test_it_does_what_the_plain_way_does_on_posts_in_every_language(labelled):
    rng = random.Random(7)
    for post in labelled:
        letters = list(post.text)
        for _ in range(rng.randrange(6)):
            letters.insert(rng.randrange(len(letters)), rng.choice(TRICKY) * rng.choice((1, 1, 3)))
        assert like_plain(post.text) and like_plain("".join(letters))


@pytest.mark.parametrize(
    ("written", "compared"),
    [
        ("S0cialen kіdnаpparrrr BARN!!!!", "socialen kidnappar barn!"),
        ("kid\u00adnap\u200bpar", "kidnappar"),
        ("e\u0301", "é"),
        ("السّوسيـــال يَخطفُ أطفالنا", "السوسيال يخطف اطفالنا"),
        ("بچه‌های ما", "بچههاي ما"),
        ("٠٧٠ ۱۲۳", "070 123"),
        ("#Sweden_kidnaps_children", "sweden kidnaps children"),
        ("#SlutaKidnappaVåraBarn", "sluta kidnappa våra barn"),
        ("ABC123 och LVU2023", "abc123 och lvu2023"),
    ],
)
def test_disguises_and_spellings_come_to_one_form(written, compared):
    assert normalise(written).text == compared


def test_links_and_mentions_are_set_aside_where_they_stood():
    text = "se https://x.example/a @kalle nu"
    normalised = normalise(text)
    assert normalised.text == "se nu"
    assert [(a.kind, text[a.span.start : a.span.end]) for a in normalised.asides] == [
        ("link", "https://x.example/a"),
        ("mention", "@kalle"),
    ]


def test_a_span_leads_back_to_what_was_written():
    text = "Nu: kіd\u00adnаpparrr dom!"
    normalised = normalise(text)
    at = normalised.text.index("kidnappar")
    span = normalised.span(at, at + len("kidnappar"))
    assert text[span.start : span.end] == "kіd\u00adnаpparrr"


def test_an_empty_span_is_refused():
    with pytest.raises(IndexError):
        normalise("abc").span(1, 1)
