import json
from pathlib import Path

import pytest

from motkraft.matching import gate, second_look, skim
from motkraft.matching.gate import words_in

ON = [
    "Socialen kidnappar muslimska barn mitt på dagen, dela vidare",
    "soc tog mina barn och jag vet fortfarande inte varför",
    "Stämmer det att socialtjänsten tar barn utan domstol?",
    "Det är falskt att socialtjänsten kidnappar barn, säger myndigheten",
    "السوسيال يخطف أطفال المسلمين في السويد",
    "Sweden is kidnapping Muslim children and calls it LVU",
    "İsveç sosyal hizmetleri Müslüman çocukları kaçırıyor",
    "Adeega bulshada Iswiidhan waxay afduubtaan carruurta Muslimiinta",
    "Das Jugendamt in Schweden entführt muslimische Kinder",
]
EXAMS = Path(__file__).parents[2] / "benchmarks/field"
NEAR = ("other_kidnapping", "school_food", "offtopic")  # kinds of their posts
OFF = [
    "Köpte begagnad cykel i går, kedjan hoppar men den går att laga",
    "Vilken match i går, tre mål på tio minuter och sedan regn",
    "وصفة اليوم مقلوبة بالباذنجان مع لبن",
    "New album drops on Friday and I have already cried to the single twice",
]


@pytest.fixture(params=[gate.topical, second_look.topical], ids=["gate", "second look"])
def topical(request):
    return request.param


def test_what_may_be_on_the_topic_passes_in_many_languages(topical):
    assert topical(ON) == [True] * len(ON)


def test_ordinary_posts_are_stopped(topical):
    assert topical(OFF) == [False] * len(OFF)


@pytest.mark.parametrize(
    "text",
    [
        "S0cialen k1dnappar muslimska b4rn mitt på dagen, dela",
        "So\u00adcialen kid\u200bnappar muslimska barn mitt på dagen, dela",
        "S o c i a l e n som k i d n a p p a r muslimska barn igen, dela",
        "SOCIALEN KIDNAPPAR!!! muslimska BARN 😡😡",
        "#SocialenKidnapparBarn #slutakidnappavårabarn #lvu",
        "Sоciаlen kіdnаppar muslimska barn mitt på dagen",
    ],
)
def test_disguises_pass_too(topical, text):
    assert topical([text]) == [True]


def test_the_answer_does_not_depend_on_the_company(labelled):
    texts = [post.text for post in labelled] + ["", " ", "@a", "https://x.example"]
    words = gate.packaged()
    together = words.score(texts).tolist()
    assert together == [float(words.score([text])[0]) for text in texts]
    words._forget()
    assert together[::-1] == words.score(texts[::-1]).tolist()
    for student in (skim.packaged(), second_look.packaged()):
        assert student.read(texts).tolist() == [float(student.read([text])[0]) for text in texts]


def test_the_wide_gate_lets_through_all_that_the_narrow_one_does(topical, labelled):
    texts = [post.text for post in labelled] + OFF
    narrow, wide = topical(texts), topical(texts, "wide")
    assert all(broad or not small for small, broad in zip(narrow, wide, strict=True)) and sum(wide) > sum(narrow)


def test_the_second_look_keeps_only_what_the_gate_lets_through(labelled):
    texts = [post.text for post in labelled] + ON + OFF
    for width in ("narrow", "wide"):
        first, both = gate.topical(texts, width), second_look.topical(texts, width)
        assert all(passed or not kept for passed, kept in zip(first, both, strict=True))


def exam(*names):
    """The posts of these exams and whether each passes gate, skim and look."""
    paths = [path for name in names for path in sorted((EXAMS / name).glob("*.ndjson"))]
    posts = [json.loads(line) for path in paths for line in path.open(encoding="utf-8")]
    return list(zip(posts, second_look.topical([post["text"] for post in posts]), strict=True))


def test_of_three_exams_ninety_nine_of_a_hundred_posts_on_the_topic_stay_and_most_of_those_near_it_do_not():
    judged = exam("exam", "second", "third")
    on = [stays for post, stays in judged if post["kind"] not in NEAR]
    near = [stays for post, stays in judged if post["kind"] in NEAR]
    assert len(on) == 2700 and sum(on) / len(on) >= 0.99
    assert len(near) == 150 and sum(near) / len(near) <= 0.4


def test_of_an_exam_that_chose_nothing_ninety_nine_of_a_hundred_posts_that_spread_a_claim_stay():
    judged = exam("fourth")
    spread = [stays for post, stays in judged if post["stance"] == "spreads"]
    assert len(spread) == 310 and sum(spread) / len(spread) >= 0.99
    assert sum(stays for _, stays in judged) / len(judged) >= 0.98


def test_what_stands_beside_a_word_is_heard():
    near, apart = "socialen tog barnen", "barnen tog socialen"
    assert gate.packaged().score([near]) == gate.packaged().score([apart])
    assert skim.packaged().read([near]) != skim.packaged().read([apart])


def test_no_post_gives_no_answer(topical):
    assert topical([]) == []


@pytest.mark.parametrize(("text", "words"), [("barn,", ["barn"]), ("k1dnappar!", ["kidnappar"]), ("s.o.c.i", ["soci"])])
def test_a_token_is_read_as_its_words(text, words):
    assert words_in(text) == words
