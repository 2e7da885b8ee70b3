"""What speaks for each claim, on a library small enough to see through."""

import datetime as dt

import numpy as np
import pytest

from motkraft.matching import Claim, ClaimLibrary, Wording, normalise
from motkraft.matching.evidence import FEATURES, EvidenceIndex, _largest

DAY = dt.date(2026, 3, 31)


@pytest.fixture(scope="module")
def library():
    texts = {
        "B": ["Kommunen säljer barn", "De tjänar pengar på barnen"],
        "A": ["Sverige är en polisstat"],
        "C": ["Tåget är sent"],
    }
    claims = [
        Claim("A", "", "", "claim", "x", None, DAY),
        Claim("B", "", "", "claim", "x"),
        Claim("C", "", "", "claim", "x"),
        Claim("D", "", "", "claim", "without any wording"),
    ]
    wordings = [Wording(f"{c}{n}", c, "sv", text, "test", True) for c, ts in texts.items() for n, text in enumerate(ts)]
    return ClaimLibrary(tuple(claims), tuple(wordings))


def column(evidence, name):
    return evidence.table[:, FEATURES.index(name)]


def test_the_best_wording_of_a_claim_counts(library):
    [found] = EvidenceIndex(library, None).of([normalise("Alla vet att de tjänar pengar på barnen")], None)
    assert [library.claims[n].id for n in found.claims] == ["A", "B", "C"]
    assert library.wordings[found.wordings[1]].text.startswith("De tjänar")
    assert column(found, "words").argmax() == 1 and column(found, "words")[1] == pytest.approx(1)
    assert column(found, "words_gap")[1] == 0 and (column(found, "words_gap")[[0, 2]] < 0).all()
    assert column(found, "words_rank")[1] == 0 and not column(found, "semantic").any()


def test_only_the_likeliest_candidates_are_looked_at(library):
    [found] = EvidenceIndex(library, None, candidates=1).of([normalise("en polisstat är Sverige")], None)
    assert [library.claims[n].id for n in found.claims] == ["A"]


@pytest.mark.parametrize(
    ("posted", "within_1", "within_30", "before", "undated"),
    [(DAY, 1, 1, 0, 0), (DAY - dt.timedelta(20), 0, 1, 0, 0), (DAY + dt.timedelta(9), 0, 0, 1, 0), (None, 0, 0, 0, 1)],
)
def test_days_are_told_where_both_are_known(library, posted, within_1, within_30, before, undated):
    [found] = EvidenceIndex(library, None).of([normalise("Sverige")], None, [posted])
    told = [column(found, name)[0] for name in ("within_1_days", "within_30_days", "before", "undated")]
    assert told == [within_1, within_30, before, undated]
    assert column(found, "undated")[1] == 1


def test_a_posts_evidence_does_not_depend_on_the_others(library):
    posts = [normalise(text) for text in ("Kommunen säljer barn", "tåget", "", "polisstaten tjänar pengar")]
    index = EvidenceIndex(library, None)
    for post, found in zip(posts, index.of(posts, None), strict=True):
        [alone] = index.of([post], None)
        assert (alone.table == found.table).all() and (alone.claims == found.claims).all()


def test_nor_does_it_depend_on_how_many_are_worked_out_at_a_time(library, monkeypatch):
    class Encoder:
        name = "made up"

        def embed(self, texts, kind):
            made = [np.random.default_rng(len(text)).standard_normal(384, np.float32) for text in texts]
            return np.stack(made) / 20

    posts = [normalise(text) for text in ("Kommunen säljer barn", "tåget", "", "polisstaten tjänar pengar", "barn")]
    vectors, days = Encoder().embed([post.text for post in posts], "query"), [DAY, None, None, DAY, None]
    index = EvidenceIndex(library, Encoder(), candidates=2)
    whole = list(index.of(posts, vectors, days))
    monkeypatch.setattr("motkraft.matching.evidence._CLOSELY", 8)
    for one, other in zip(whole, index.of(posts, vectors, days), strict=True):
        assert (one.table == other.table).all() and (one.wordings == other.wordings).all()
        assert (one.claims == other.claims).all()


def test_of_equal_candidates_the_first_are_taken():
    assert _largest(np.array([1.0, 3.0, 1.0, 2.0, 1.0]), 3).tolist() == [0, 1, 3]
    assert _largest(np.array([1.0, 1.0]), 3).tolist() == [0, 1]


def test_a_library_without_wordings_gives_no_evidence():
    empty = ClaimLibrary((Claim("A", "", "", "claim", "x"),), ())
    [found] = EvidenceIndex(empty, None).of([normalise("Sverige")], None)
    assert found.table.shape == (0, len(FEATURES)) and found.claims.dtype == np.intp
