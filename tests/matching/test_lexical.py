import math
import random
import re
from collections import Counter

import numpy as np
import pytest

from motkraft.matching import normalise
from motkraft.matching.lexical import LexicalIndex, stem


@pytest.fixture(scope="module")
def index(library):
    return LexicalIndex(library.wordings)


@pytest.fixture(scope="module")
def posts(labelled):
    return [normalise(post.text) for post in labelled] + [normalise("")]


def test_a_post_scores_the_same_bit_by_bit_whatever_it_is_analysed_with(index, posts):
    whole = index.tables(posts)
    order = random.Random(3).sample(range(len(posts)), len(posts))
    for at in range(0, len(order), 7):
        part = order[at : at + 7]
        for table, expected in zip(index.tables([posts[n] for n in part]), whole, strict=True):
            assert np.array_equal(table, expected[part])


def test_words_is_the_weighted_share_of_the_wordings_stems(index, library, posts):
    wording = next(w for w in library.wordings if w.language == "sv")
    row = library.wordings.index(wording)
    stems = [{stem(word, "sv") for word in re.findall(r"\w+", normalise(w.text).text)} - {""} for w in library.wordings]
    swedish = [s for s, w in zip(stems, library.wordings, strict=True) if w.language == "sv"]
    weight = {s: math.log1p(len(swedish) / sum(s in other for other in swedish)) for s in stems[row]}
    post = normalise(" ".join(wording.text.split()[:3]))
    held = {stem(word, "sv") for word in post.text.split()}
    expected = sum(weight[s] for s in held & stems[row]) / sum(weight.values())
    assert index.words(post)[row] == pytest.approx(expected) and 0 < expected < 1


def test_characters_is_the_cosine_of_n_grams(index, library):
    texts = [normalise(w.text).text for w in library.wordings]
    grams = [_grams(text) for text in texts]
    found = Counter(gram for counts in grams for gram in counts)

    def vector(counts):
        weights = {g: (1 + math.log(n)) * math.log1p(len(texts) / max(found[g], 1)) for g, n in counts.items()}
        norm = math.sqrt(sum(w * w for w in weights.values()))
        return {g: w / norm for g, w in weights.items()}

    post = "socialen tar våra barnbarnbarn qzxqzx qzxqzx"
    mine = vector(_grams(post))
    expected = [sum(mine.get(g, 0) * w for g, w in vector(counts).items()) for counts in grams]
    assert index.characters(normalise(post)) == pytest.approx(expected)


def _grams(text):
    framed = [f" {word} " for word in re.findall(r"\w+", text)]
    return Counter(word[at : at + n] for word in framed for n in (3, 4, 5) for at in range(len(word) - n + 1))


def test_an_empty_library_gives_empty_tables(posts):
    assert {table.shape for table in LexicalIndex([]).tables(posts)} == {(len(posts), 0)}
