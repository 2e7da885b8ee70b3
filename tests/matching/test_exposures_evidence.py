"""What another script says about a name, what the evidence weighs, and that the quick look loses nothing."""

from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest

from motkraft.matching import ExposureFinder, ProtectedEntry, normalise
from motkraft.matching.exposures.letters import Writing, writing
from motkraft.matching.exposures.names import Likeness
from motkraft.matching.exposures.rating import FEATURES, _weights, least_nats, most, of_pair, rate
from motkraft.matching.exposures.slips import slip
from motkraft.matching.exposures.transliteration import script_of

PAIRS = [
    line.split(" | ")
    for line in (Path(__file__).parent / "data/names.txt").read_text("utf-8").splitlines()
    if not line.startswith("#")
]
GIVEN = Likeness(1.0, "as_written", 6)
FAMILY = Likeness(1.0, "as_written", 8)


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


def test_a_bound_changes_no_evidence_above_it():
    for written, name in PAIRS:
        for word, target in zip(normalise(written).text.split(), normalise(name).text.split(), strict=False):
            script = script_of(word)
            if script in ("arabic", "cyrillic", "greek"):
                plain = writing(word, target, script)
                for least in (-1.0, 3.0, 8.0):
                    bounded = writing(word, target, script, least)
                    assert bounded == plain if plain.nats >= least else bounded.nats < least


@pytest.mark.parametrize("script", ["arabic", "greek"])
def test_more_is_never_asked_of_a_word_than_it_needs(script):
    way = f"in_{script}_letters"
    for nats, cost, at_large, letters, context in product((5, 9), (0.5, 2.0), (9, 16, 25), (4, 9), (True, False)):
        least = least_nats((float(nats), cost), at_large, letters, script == "arabic", context, 0.5)
        beside = Likeness(0.5, way, 6, (), Writing(nats, cost, 0))
        for half in range(-2, 2 * at_large):
            word = Likeness(0.5, way, 6, (), Writing(half / 2, (at_large - half / 2) / letters, 0))
            assert half / 2 >= least or most(beside, word, context) < 0.5


def test_the_quick_look_asks_what_a_shared_name_s_bearers_are_called():
    register = [ProtectedEntry(str(n), "name", f"Alva {name}") for n, name in enumerate(("Berglund", "Sandgren", "Ek"))]
    finder = ExposureFinder([*register, ProtectedEntry("o", "name", "Tora Lindqvist")])
    filler = "och sedan gick vi hem igen hela vägen genom skogen"
    assert finder.may_expose(f"jag såg Alva Sandgrne {filler}")
    assert not finder.may_expose(f"jag såg Alva Lindqvsit {filler}")
