"""What learning from judgements promises to those who judged, and to those whose names are protected."""

import random

import pytest

from learning import CONSTANTS
from motkraft.matching import Analyser, Claim, ClaimLibrary, LibraryError, MatchSettings, PostIn, Settings, Wording
from motkraft.matching.learning import FEWEST, FURTHEST, VERDICTS, Judged, TooLittle, recalibrate
from motkraft.matching.match import calibrations

SPREADS = "Socialen kidnappar muslimska barn i Sverige! Sprid och dela innan de tar bort det"
NONSENSE = [
    "grottor bakom horisonten viskar aldrig", "sju gröna paraplyer marscherar baklänges", "tystnaden kokar långsamt",
    "en kofta av glas sjunger", "fyrtio mynt under mattan nynnar", "pianot åt upp kvällens tidning",
    "dimman lånade min cykel", "bergen byter plats varje torsdag", "osten röstade om vädret",
    "klockorna simmar hem över isen", "ugglan strök farfars skjortor", "vinden stavar fel på allt",
    "trappan glömde sina grannar", "fiskarna bokade tågbiljetter norrut", "soffan kräver nytt ljus",
]  # fmt: skip


@pytest.fixture(scope="module")
def base(tmp_path_factory):
    path = tmp_path_factory.mktemp("base") / "base.toml"
    path.write_text(CONSTANTS, "utf-8")
    return path


@pytest.fixture(scope="module")
def library():
    """A part of the seed library: it is indexed once a fold."""
    seed = ClaimLibrary.seed()
    claims = [claim for claim in seed.claims if claim.id in ("N01", "N02", "N03", "N90", "N91", "N92")]
    kept = {claim.id for claim in claims}
    return ClaimLibrary(
        tuple(claims), tuple(w for w in seed.wordings if w.claim_id in kept and w.language in ("sv", "en", "ar"))
    )


@pytest.fixture(scope="module")
def judged(labelled):
    """The labelled posts as people would have judged them, those that spread nothing under N01."""
    verdicts = {"denies": "denies", "criticism": "criticism", "asks": "criticism", "own_story": "own_story"}
    return [
        Judged(post.text, min(post.claims), "confirmed")
        if post.stance == "spreads"
        else Judged(post.text, "N01", verdicts.get(post.stance, "unrelated"))
        for post in labelled
        if post.stance != "spreads" or (post.claims and min(post.claims) in ("N01", "N02", "N03"))
    ]


@pytest.fixture(scope="module")
def learned(judged, library, base):
    return recalibrate(judged, library, None, base=base)


def test_the_same_judgements_teach_the_same_in_any_order(judged, library, base, learned):
    mixed = random.Random(4).sample(judged, len(judged))
    again = recalibrate(mixed, library, None, base=base)
    assert again.calibration_toml() == learned.calibration_toml()
    assert again.wordings_toml() == learned.wordings_toml()
    assert again.effect == learned.effect


def test_too_few_judgements_are_refused_and_it_says_how_many_are_needed(judged, library, base):
    confirmed = [one for one in judged if one.verdict == "confirmed"]
    rejected = [one for one in judged if one.verdict != "confirmed"]
    with pytest.raises(TooLittle) as caught:
        recalibrate(confirmed + rejected[:3], library, None, base=base)
    assert (caught.value.data["rejected"], caught.value.data["needed"]) == (3, FEWEST)
    assert f"3 rejected; {FEWEST} of each are needed" in caught.value.message


def test_many_claims_of_few_posts_are_too_few_posts(library, base):
    posts = [
        Judged(f"{words} {n}", claim, verdict)
        for n, words in enumerate(NONSENSE[:8])
        for claim, verdict in (("N01", "confirmed"), ("N02", "confirmed"), ("N03", "denies"))
    ]
    for some in (posts, []):
        with pytest.raises(TooLittle) as caught:
            recalibrate(some, library, None, base=base)
        assert caught.value.data["confirmed"] == len(some) // 3


def test_copies_of_a_post_count_once(judged, library, base):
    copies = [Judged(f"{SPREADS} {'!' * n}", "N01", "confirmed") for n in range(40)]
    with pytest.raises(TooLittle) as caught:
        recalibrate(copies + [one for one in judged if one.verdict != "confirmed"], library, None, base=base)
    assert caught.value.data["confirmed"] == 1


def test_where_people_disagree_more_than_half_must_confirm(judged, library, base):
    rest = [one for one in judged if one.verdict != "confirmed"]
    with pytest.raises(TooLittle) as caught:
        recalibrate(
            [Judged(SPREADS, "N01", "confirmed"), Judged(SPREADS, "N01", "denies"), *rest], library, None, base=base
        )
    assert caught.value.data["confirmed"] == 0


def test_a_claim_that_nobody_could_judge_is_refused(judged, library, base):
    for claim in ("N90", "X1"):
        with pytest.raises(LibraryError):
            recalibrate([*judged, Judged("ett inlägg om något", claim, "confirmed")], library, None, base=base)


def made_up(count, core, claim, verdict):
    """Different posts with the same words at their end."""
    letters = random.Random(f"{core}{count}")
    words = ["".join(letters.choices("abdefgiklmnoprstuvö", k=7)) for _ in range(12 * count)]
    return [Judged(" ".join([*words[n::count], core]), claim, verdict) for n in range(count)]


def test_few_judgements_move_the_constants_less_than_many(library, base):
    start = calibrations(base)["words"]

    def moved(count):
        posts = [
            *made_up(count, "socialen kidnappar muslimska barn i Sverige", "N01", "confirmed"),
            *made_up(count, "kidnappar barn", "N01", "unrelated"),
        ]
        now = recalibrate(posts, library, None, base=base).calibration["words"]
        assert now.about.named() == start.about.named()
        return abs(now.spreading.weights - start.spreading.weights).sum()

    assert 0 < moved(FEWEST) < moved(8 * FEWEST)


def test_thresholds_move_no_further_than_they_may(learned, base, judged, library):
    start, now = calibrations(base)["words"], learned.calibration["words"]
    assert 0 < now.suggest <= now.confirm < 1
    rejected = [Judged(one.text, one.claim_id, "criticism") for one in judged if one.verdict != "confirmed"]
    only = recalibrate(
        rejected + [one for one in judged if one.verdict == "confirmed"], library, None, base=base
    ).calibration["words"]
    assert only.confirm <= start.confirm + FURTHEST


def test_what_people_reject_is_proposed_less(judged, library, base, tmp_path):
    """Posts about a claim, all rejected as something else: after learning fewer like them are proposed."""
    confirmed = [one for one in judged if one.verdict == "confirmed"]
    wrong = made_up(30, "socialen kidnappar muslimska barn i Sverige", "N01", "unrelated")
    learned = recalibrate(confirmed + wrong, library, None, base=base)
    effect = {one.what: one for one in learned.effect}
    assert effect["unrelated"].before[0] > 0
    score = {}
    learned.write(tmp_path)
    for name, path in (("before", base), ("after", tmp_path / "calibration.toml")):
        settings = Settings(MatchSettings(calibration=path, suggest=0.0))
        (result,) = Analyser(library, settings=settings).analyse([PostIn("p", wrong[0].text)])
        score[name] = next(match.score for match in result.matches if match.claim_id == "N01")
    assert score["after"] < score["before"]


def test_the_effect_is_counted_over_the_judgements(learned):
    figures = {one.what: one for one in learned.effect}
    for verdict in VERDICTS[1:]:
        assert figures[verdict].before[1] == figures[verdict].after[1] == learned.judged[verdict]
    assert figures["recall"].before[1] == learned.judged["confirmed"] == figures["sure"].after[1]
    assert figures["sure"].after[0] == figures["precision"].after[0] <= figures["precision"].after[1]


def test_no_post_is_measured_with_a_wording_made_from_itself(judged, library, base):
    """Confirmed posts that share no word with anything: as wordings they would find themselves, and only that."""
    strange = [Judged(text, "N01", "confirmed") for text in NONSENSE]
    learned = recalibrate(strange + [one for one in judged if one.verdict != "confirmed"], library, None, base=base)
    recall = next(one for one in learned.effect if one.what == "recall")
    assert recall.before[0] == recall.after[0] == 0


# -- wordings


def wordings(extra, judged, library, base, **more):
    """What becomes of confirmed posts, learned with the others."""
    posts = [Judged(text, "N01", "confirmed") for text in extra]
    return recalibrate([*posts, *judged], library, None, base=base, **more)


def test_only_confirmed_posts_become_wordings_and_none_claims_a_review(learned, judged, library):
    confirmed = {(one.text, one.claim_id) for one in judged if one.verdict == "confirmed"}
    assert learned.wordings
    for wording in learned.wordings:
        assert any(wording.text in text and claim == wording.claim_id for text, claim in confirmed)
        assert not wording.reviewed
        assert wording.author == "Confirmed post"
    assert len(learned.wordings) + sum(learned.refused.values()) == learned.judged["confirmed"]


@pytest.mark.parametrize(
    "told",
    [
        "Ingrid Lindqvist-Demo",
        "Ingrid Lindqvist",
        "ring henne 070-123 45 67",
        "skriv till ingrid@demo.example",
        "hon är född 19640823-3234",
        "ring ٠٧٠١٢٣٤٥٦٧",
        "انغريد ليندكفيست",
    ],
)
def test_a_post_that_may_expose_somebody_becomes_no_wording(told, judged, library, base, register):
    text = f"Grannen såg att socialen kidnappar muslimska barn på Storgatan igen, {told}"
    found = wordings([text], judged, library, base, register=register)
    assert not any("Storgatan" in one.text for one in found.wordings)
    assert found.refused["exposes"] + found.refused["number"] >= 1
    assert told not in found.wordings_toml() and told not in repr(found)


def test_links_mentions_and_hashtags_at_the_end_are_left_out(judged, library, base):
    text = "@någon_demo Kommunen rövar bort muslimska ungar mitt på blanka dagen! https://a.example/x #lvu #soc"
    found = wordings([text], judged, library, base)
    assert "Kommunen rövar bort muslimska ungar mitt på blanka dagen!" in [one.text for one in found.wordings]


def test_of_a_long_post_the_part_about_the_claim_is_kept(judged, library, base):
    told = "Varje dag kidnappar socialen muslimska barn från vanliga familjer i Sverige."
    text = f"{' '.join(f'{words}.' for words in NONSENSE)} {told} {' '.join(f'{words}.' for words in NONSENSE[::-1])}"
    found = wordings([text], judged, library, base)
    (kept,) = [one for one in found.wordings if told in one.text]
    assert len(kept.text.split()) <= 40


def test_what_is_like_a_known_wording_is_not_added_again(judged, library, base):
    known = library.of_claim("N01")[0].text
    found = wordings([f"{known}!!", f"RT @konto_demo: {known} https://a.example"], judged, library, base)
    assert found.refused["known"] >= 1
    assert not any(known in one.text for one in found.wordings)


def test_a_post_that_says_nothing_by_its_words_becomes_no_wording(judged, library, tmp_path):
    path = tmp_path / "base.toml"
    path.write_text(CONSTANTS.replace("mention = 0.0", "mention = 0.5"), "utf-8")
    found = wordings(["Dela den här videon till alla ni känner"], judged, library, path)
    assert not any("videon" in one.text for one in found.wordings)
    assert found.refused["unclear"] >= 1


def test_at_most_so_many_wordings_of_a_claim_the_most_copied_first(judged, library, base):
    copied = "Ungarna rövas bort av kommunen på löpande band, fråga vem som helst i Rosenhill"
    posts = [copied, copied + " 😡", copied + " 👇👇", "En gång till: de kidnappar muslimska barn här i Sverige"]
    found = wordings(posts, judged, library, base, per_claim=1)
    assert [one.text for one in found.wordings if one.claim_id == "N01"] == [copied]
    assert found.refused["enough"] > 0


# -- files


def test_the_files_are_read_as_the_packaged_ones_are(learned, library, tmp_path):
    calibration, wordings = learned.write(tmp_path / "new")
    read = calibrations(calibration)
    assert read["words"].suggest == pytest.approx(learned.calibration["words"].suggest)
    assert read["words"].spreading.named() == pytest.approx(learned.calibration["words"].spreading.named(), rel=1e-5)
    assert read["heads"] is calibrations()["heads"]
    assert library.with_file(wordings) == library.with_wordings(learned.wordings)


def test_learned_wordings_stand_in_a_folder_beside_the_library(learned, tmp_path):
    (tmp_path / "own.toml").write_text(
        "\n".join(
            f'[[claim]]\nid = "{one}"\nkind = "claim"\nnarrative = "n"\ntitle_sv = "s"\ntitle_en = "e"\n'
            for one in sorted({wording.claim_id for wording in learned.wordings})
        ),
        "utf-8",
    )
    learned.write(tmp_path)
    assert len(ClaimLibrary.load(tmp_path).wordings) == len(learned.wordings)


@pytest.mark.parametrize("text", ['a "quoted" \\ back', "ny\u2028rad", "tab\tbort", "\x7f", "می‌خواهند بچه‌ها را"])
def test_every_text_survives_the_file(text, learned, library, tmp_path):
    from dataclasses import replace

    wording = Wording("N01.learned.0", "N01", "sv", f"ord {text}", "a", False)
    _, path = replace(learned, wordings=(wording,)).write(tmp_path)
    assert wording in library.with_file(path).wordings


def test_a_library_of_ones_own_learns_too(base):
    claims = [Claim(f"X{n}", "s", "e", "claim", "n") for n in range(2)]
    library = ClaimLibrary(tuple(claims), (Wording("w", "X0", "sv", "kommunen säljer skolorna", "a", True),))
    posts = [
        *(Judged(f"{text}: kommunen säljer skolorna", "X0", "confirmed") for text in NONSENSE[:FEWEST]),
        *(Judged(f"{' '.join(reversed(text.split()))} och skolorna", "X0", "unrelated") for text in NONSENSE),
    ]
    assert recalibrate(posts, library, None, base=base).calibration.keys() == {"words"}
