"""What another script says about a name, what the evidence weighs, and that the quick look loses nothing."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from motkraft.matching import ExposureFinder, ProtectedEntry, normalise
from motkraft.matching.exposures.letters import writing
from motkraft.matching.exposures.names import Answer
from motkraft.matching.exposures.rating import FEATURES, _weights, most, of_pair, rate
from motkraft.matching.exposures.slips import slip

PAIRS = [
    line.split(" | ")
    for line in (Path(__file__).parent / "data/names.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
]
GIVEN = Answer(0, 0, 1.0, "as_written", 6)
FAMILY = Answer(0, 1, 1.0, "as_written", 8)


@pytest.mark.parametrize(
    ("written", "script", "name", "another"),
    [
        ("الجبوري".removeprefix("ال"), "arabic", "jabouri", "bayati"),
        ("حليمه", "arabic", "xaliimo", "xasan"),
        ("يوران", "arabic", "göran", "kjell"),
        ("ходжич", "cyrillic", "hodžić", "husić"),
        ("λινντγκρεν", "greek", "lindgren", "lundqvist"),
    ],
)
def test_the_letters_speak_for_the_name_they_were_written_for(written, script, name, another):
    assert writing(written, name, script).nats > 3
    assert writing(written, name, script).nats > writing(written, another, script).nats + 5


def test_a_long_name_says_more_than_a_short_one():
    assert writing("عبدالرحمن", "abdulrahman", "arabic").nats > writing("علي", "ali", "arabic").nats


def test_a_word_of_two_scripts_is_no_evidence():
    assert writing("وgöran", "göran", "arabic").nats == float("-inf")


def test_every_feature_has_a_weight_and_every_weight_a_feature():
    assert set(_weights()) == set(FEATURES)


@pytest.mark.parametrize(
    ("given", "family"),
    list(
        product(
            [GIVEN, replace(GIVEN, way="misspelt", slips=("left_out",)), replace(GIVEN, way="spelling_variant")],
            [
                FAMILY,
                replace(FAMILY, way="inflected"),
                replace(FAMILY, way="misspelt", slips=("another_letter", "last_letter")),
            ],
        )
    ),
)
def test_a_word_of_context_never_speaks_against_a_name(given, family):
    assert most(given, family, context=True) >= most(given, family, context=False)


def test_a_name_as_written_weighs_more_than_any_change_to_it():
    best = rate(of_pair(GIVEN, FAMILY))
    for way in ("spelling_variant", "inflected_by_a_vowel", "inflected_by_i", "without_its_vowel"):
        assert rate(of_pair(replace(GIVEN, way=way), FAMILY)) <= best
        assert rate(of_pair(GIVEN, replace(FAMILY, way=way))) <= best


@pytest.mark.parametrize(
    ("written", "target", "slips"),
    [
        ("svenson", "svensson", ("left_out",)),
        ("svennsson", "svensson", ("doubled",)),
        ("sevnsson", "svensson", ("exchanged",)),
        ("svinsson", "svensson", ("another_vowel",)),
        ("tvensson", "svensson", ("another_letter", "first_letter")),
        ("svenssom", "svensson", ("another_letter", "last_letter")),
        ("lundberg", "lindberg", ("another_vowel", "another_name")),
    ],
)
def test_a_slip_is_told_by_its_kind_and_place(written, target, slips):
    assert slip(written, target) == slips


def test_the_quick_look_lets_through_whatever_is_found():
    names = sorted({name for name, _ in PAIRS})
    finder = ExposureFinder([ProtectedEntry(str(n), "name", name) for n, name in enumerate(names)])
    particles = ("{}", "ال{}", "و{}", "#{}", "handläggare {}", "{} i Falun", "это {}", "{}s bil")
    texts = [form.format(text) for pair in PAIRS for text in pair for form in particles]
    texts += [text[:at] + text[at + 1 :] for text in names for at in range(1, len(text))]
    found = [text for text in texts if finder.find(normalise(text))]
    assert len(found) > len(texts) // 2
    assert [text for text in found if not finder.may_expose(text)] == []
