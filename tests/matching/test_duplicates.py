import pickle
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motkraft.matching import SettingsError, normalise
from motkraft.matching.duplicates import DuplicateIndex, group_duplicates, sketch, sketches

BASE = "Socialen kidnappar barn mitt på dagen i hela landet, dela vidare till alla ni känner"
DEBUNK = f'Detta är en lögn som sprids, läs vad som gäller hos myndigheten: "{BASE}" Inget av det stämmer.'
LETTERS = random.Random(3)
WORDS = ["".join(LETTERS.choices("abdefgiklmnoprstuvåäö", k=LETTERS.randint(2, 9))) for _ in range(500)]


def posts(*pairs):
    return [(post_id, normalise(text)) for post_id, text in pairs]


def placed(*texts, **settings):
    """The placement of the last of the texts, whose ids are 0, 1, 2 ..."""
    return DuplicateIndex(**settings).add_many((str(n), normalise(t)) for n, t in enumerate(texts))[-1]


def written(generator, words=18):
    return " ".join(generator.choices(WORDS, k=words))


def edited(text, share, generator):
    """Each word, at the given share, left out, replaced, followed by another or misspelt."""
    words = []
    for word in text.split():
        if generator.random() >= share:
            words.append(word)
            continue
        at = generator.randrange(len(word))
        other = generator.choice(WORDS)
        words += generator.choice([[], [other], [word, other], [f"{word[:at]}x{word[at + 1 :]}"]])
    return " ".join(words)


def test_small_changes_stay_in_one_group_and_other_posts_out():
    groups = group_duplicates(
        posts(
            ("b", BASE),
            ("a", BASE.upper() + "!!!"),
            ("c", "OBS " + BASE),
            ("d", "Kommunen har öppet på lördag, välkommen till familjecentralen med hela familjen"),
        )
    )
    assert groups == {"a": "a", "b": "a", "c": "a", "d": "d"}


def test_the_group_does_not_depend_on_the_order():
    entries = posts(*((f"p{n}", BASE + " x" * (n % 3)) for n in range(6)), ("q", "något helt annat här"))
    expected = group_duplicates(entries)
    for seed in range(5):
        shuffled = entries[:]
        random.Random(seed).shuffle(shuffled)
        assert group_duplicates(shuffled) == expected


def test_posts_without_words_are_nobodys_duplicates():
    entries = posts(("a", ""), ("b", "@xx https://y.example"), ("c", "!!!"), ("d", "\ud800"))
    assert group_duplicates(entries) == {"a": "a", "b": "b", "c": "c", "d": "d"}


@pytest.mark.parametrize(
    "wrapped",
    [
        "RT @konto_1: {}",
        "{} via @nyheter",
        "{} (via @nyheter)",
        "Forwarded from Kanalen\n{}",
        "Vidarebefordrat från Kanalen: {}",
        "{}\n#lvu #dela https://t.example/x",
        "😂😂 {} 🔥🔥🔥",
        "”{}”",
        "@en @tva {}",
        "Translated from Arabic by Google\n{}",
        "{}\nVisa översättning",
        "[2021-12-29 14:03] Namn-Demo: {}",
        "RT @ett: RT @tva: {} https://t.example/y …",
    ],
)
def test_what_platforms_wrap_around_a_text_changes_nothing(wrapped):
    assert placed(BASE, wrapped.format(BASE)) == ("0", "same", 1.0)
    raw = DuplicateIndex()
    raw.add("0", BASE)
    assert raw.add("1", wrapped.format(BASE)) == ("0", "same", 1.0)


def test_hashtags_alone_are_still_words():
    assert placed("#lvu #barn #sverige", "#lvu #barn #sverige").relation == "same"
    assert placed("#lvu #barn #sverige", "#sol #bad #sommar").group == "1"


def test_a_text_cut_short_is_near_the_whole_and_another_beginning_is_not():
    assert placed(BASE, BASE[:50] + "…") == ("0", "near", 1.0)
    assert placed(BASE, BASE[:50] + "... https://t.example/x").relation == "near"
    assert placed(BASE, BASE[30:60] + "…").group == "1"


@pytest.mark.parametrize(
    "quote", [DEBUNK, f"Fel! RT @konto: {BASE}", f"{BASE} Nej, så går det inte till enligt lagen."]
)
def test_a_post_that_contains_another_and_own_words_quotes_it(quote):
    placement = placed(BASE, quote)
    assert placement[:2] == ("0", "quotes") and placement.similarity >= 0.9
    assert group_duplicates(posts(("0", BASE), ("1", quote))) == {"0": "0", "1": "1"}


def test_copies_of_a_quoting_post_are_copies_of_it_and_not_of_what_it_quotes():
    assert placed(BASE, DEBUNK, DEBUNK + "!!") == ("1", "same", 1.0)
    assert placed(DEBUNK, BASE, BASE) == ("1", "same", 1.0)


def test_edited_copies_are_found_and_others_are_left_alone():
    generator = random.Random(4)
    originals = [written(generator) for _ in range(200)]
    index = DuplicateIndex()
    for n, text in enumerate(originals):
        assert index.add(f"o{n}", text).group == f"o{n}"
    for share, at_least in ((0.05, 0.99), (0.1, 0.98), (0.2, 0.9), (0.3, 0.7)):
        found = [index.add(f"e{n}-{share}", edited(text, share, generator)) for n, text in enumerate(originals)]
        right = sum(placement.group == f"o{n}" for n, placement in enumerate(found))
        wrong = sum(placement.group not in (f"o{n}", f"e{n}-{share}") for n, placement in enumerate(found))
        assert right / len(originals) >= at_least and wrong <= 2


def test_batching_sketches_and_saving_in_the_middle_change_nothing(tmp_path):
    generator = random.Random(5)
    texts = [written(generator, 12) for _ in range(60)]
    stream = [(str(n), edited(generator.choice(texts), 0.15, generator)) for n in range(600)]
    expected = DuplicateIndex(capacity=4_000).add_many(stream)
    index = DuplicateIndex(capacity=4_000)
    found = index.add_many((post_id, sketch(text)) for post_id, text in stream[:250])
    index.save(tmp_path / "index.npz")
    index = DuplicateIndex.load(tmp_path / "index.npz")
    found += index.add_many(stream[250:400])
    found += pickle.loads(pickle.dumps(index)).add_many(stream[400:])
    assert found == expected


@given(st.lists(st.text(max_size=60), max_size=8))
def test_any_text_has_a_sketch_and_it_is_the_same_in_every_batch(texts):
    for text, one in zip(texts, sketches(texts), strict=True):
        alone = sketch(text)
        assert one[:2] == alone[:2] and one[4:] == alone[4:]
        assert one.shingles.tolist() == alone.shingles.tolist() == sorted(set(alone.shingles.tolist()))
        assert one.anchors.tolist() == alone.anchors.tolist()
        assert bool(one.shingles.size) == bool(one.anchors.size)


def test_memory_is_bounded_and_the_longest_waiting_group_goes_first():
    generator = random.Random(6)
    index = DuplicateIndex(capacity=4_000)
    index.add("old", BASE)
    index.add("older", DEBUNK.replace(BASE, ""))
    for n in range(300):
        index.add(str(n), written(generator))
        index.add(f"again{n}", BASE)
    assert len(index) < 60
    assert index.add("x", BASE).group == "old"
    assert index.add("y", DEBUNK.replace(BASE, "")).group == "y"


@pytest.mark.parametrize("wrong", [{"threshold": -0.1}, {"threshold": 1.5}, {"capacity": 10}])
def test_settings_outside_their_range_are_refused(wrong):
    with pytest.raises(SettingsError):
        DuplicateIndex(**wrong)
