"""The engine on a part of the exam (benchmarks/field.py runs it whole): bounds that a worse model would break."""

import json
from pathlib import Path

import pytest

from motkraft.matching import PostIn

EXAM = Path(__file__).parents[2] / "benchmarks/field/exam"


@pytest.fixture(scope="module")
def judged(analyser):
    """Posts and analyses: every eighth post, from another place in each language."""
    files = [path.read_text("utf-8").splitlines() for path in sorted(EXAM.glob("*.ndjson"))]
    posts = [json.loads(line) for at, lines in enumerate(files) for line in lines[at % 8 :: 8]]
    found = analyser.analyse([PostIn(post["id"], post["text"]) for post in posts], grouped=False)
    return list(zip(posts, found, strict=True))


def spread(post):
    return set(post["claims"]) if post["stance"] == "spreads" else set()


def test_the_exam_is_in_ten_languages_and_half_of_it_is_hard_negatives():
    posts = [json.loads(line) for path in EXAM.glob("*.ndjson") for line in path.read_text("utf-8").splitlines()]
    assert len(posts) >= 1500 and len({post["language"] for post in posts}) == 10
    assert 0.45 <= sum(bool(spread(post)) for post in posts) / len(posts) <= 0.55


def test_what_is_put_up_for_confirmation_is_nearly_always_right(judged):
    pairs = [m.claim_id in spread(post) for post, found in judged for m in found.proposed if m.level == "confirm"]
    assert len(pairs) >= 30 and sum(pairs) / len(pairs) >= 0.9


def test_most_spread_claims_are_proposed(judged):
    pairs = [
        claim in {match.claim_id for match in found.proposed} for post, found in judged for claim in spread(post)
    ]
    assert sum(pairs) / len(pairs) >= 0.7


def test_criticism_and_own_stories_are_left_alone(judged):
    apart = [found for post, found in judged if post["stance"] in ("criticism", "own_story")]
    assert len(apart) >= 25 and sum(bool(found.proposed) for found in apart) <= 1


@pytest.mark.parametrize(
    ("name", "apart_posts", "right", "found"),
    [("second", 150, 0.94, 0.69), ("third", 270, 0.94, 0.64), ("fourth", 270, 0.92, 0.64)],
)
def test_exams_by_other_hands_hold_too(analyser, name, apart_posts, right, found):
    paths = sorted((EXAM.parent / name).glob("*.ndjson"))
    posts = [json.loads(line) for path in paths for line in path.open(encoding="utf-8")]
    judged = analyser.analyse([PostIn(post["id"], post["text"]) for post in posts], grouped=False)
    pairs = list(zip(posts, judged, strict=True))
    apart = [bool(each.proposed) for post, each in pairs if post["stance"] in ("criticism", "own_story")]
    sure = [m.claim_id in spread(post) for post, each in pairs for m in each.proposed if m.level == "confirm"]
    hit = [claim in {m.claim_id for m in each.proposed} for post, each in pairs for claim in spread(post)]
    assert len(apart) == apart_posts and sum(apart) <= 1
    assert len(sure) >= 80 and sum(sure) / len(sure) >= right and sum(hit) / len(hit) >= found


def test_stance_is_mostly_told_right(judged):
    assert sum(found.stance.label == post["stance"] for post, found in judged) / len(judged) >= 0.8


@pytest.mark.parametrize(
    "text",
    [
        "Det är falskt att socialen kidnappar muslimska barn i Sverige",
        "It is not true that Sweden kidnaps Muslim children",
        "ليس صحيحا أن السوسيال يخطف أطفال المسلمين",
        "İsveç'in Müslüman çocukları kaçırdığı iddiası asılsız",
        "Run maaha in Sweden ay afduubto carruurta Muslimiinta, waa been abuur",
        "درست نیست که سوئد بچه‌های مسلمانان را می‌دزدد",
        "Es stimmt nicht, dass Schweden muslimische Kinder entführt",
        "Nije istina da Švedska otima muslimansku djecu",
        "Ne rast e ku Swêd zarokên misilmanan direvîne",
        "ڕاست نییە کە سوید منداڵی موسڵمانان دەڕفێنێت",
    ],
)
def test_a_plain_denial_is_told_as_one_in_every_language(analyser, text):
    [found] = analyser.analyse([PostIn("p", text)])
    assert found.stance.label == "denies" and found.proposed == ()
