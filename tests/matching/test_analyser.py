from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import motkraft.matching
from motkraft.matching import Analyser, LibraryError, MatchSettings, PostIn, ProtectedEntry, Settings, SettingsError
from motkraft.matching.match import SETS, calibrations
from motkraft.matching.model import APART


def one(analyser, text):
    return analyser.analyse([PostIn("p", text)])[0]


@pytest.fixture(scope="module")
def held_results(analyser, held):
    return list(
        zip(held, analyser.analyse([PostIn(str(n), post.text) for n, post in enumerate(held)]), strict=True)
    )


def test_a_debunk_is_never_proposed_as_spreading(analyser, labelled):
    debunks = [post for post in labelled if post.stance == "denies"]
    assert len(debunks) >= 10
    for post, result in zip(debunks, analyser.analyse([PostIn("x", p.text) for p in debunks]), strict=True):
        assert result.proposed == (), post.text


def test_a_debunk_is_still_matched_so_that_it_can_be_counted(analyser):
    result = one(analyser, "Det är falskt att socialen kidnappar muslimska barn i Sverige")
    assert result.matches[0].claim_id == "N01" and result.matches[0].role == "mentions"


def test_criticism_stories_and_questions_are_never_proposed(analyser, labelled):
    apart = [post for post in labelled if post.stance in ("criticism", "own_story", "asks")]
    for post, result in zip(apart, analyser.analyse([PostIn("x", p.text) for p in apart]), strict=True):
        assert result.proposed == (), post.text
        assert all(match.level == "suggest" for match in result.matches)


def test_a_post_that_may_well_be_criticism_is_only_mentioned(analyser, monkeypatch):
    text = "Socialen kidnappar muslimska barn i Sverige, dela vidare till alla"
    clear = one(analyser, text)
    assert clear.proposed and clear.stance.apart < APART

    def judged(*given):
        return replace(clear.stance, apart=APART)

    monkeypatch.setattr("motkraft.matching.stance.judge", judged)
    doubtful = one(analyser, text)
    assert doubtful.stance.label == "spreads" and doubtful.proposed == ()
    assert [match.score for match in doubtful.matches] == [match.score for match in clear.matches]
    assert "stance_may_be_apart" in {reason.code for reason in doubtful.matches[0].reasons}


def test_only_a_clear_spread_may_be_put_up_for_confirmation(held_results):
    for _, result in held_results:
        for match in result.matches:
            assert match.level == "suggest" or (
                match.role == "spreads" and match.kind in ("claim", "incitement")
            )


def test_held_out_posts_find_their_claim(held_results):
    with_claim = [(post, result) for post, result in held_results if post.claims]
    right = sum(
        bool(result.matches) and result.matches[0].claim_id in post.claims for post, result in with_claim
    )
    assert right / len(with_claim) >= 0.85


def test_held_out_neutral_posts_give_no_proposal(held_results):
    neutral = [result for post, result in held_results if not post.claims]
    assert sum(bool(result.proposed) for result in neutral) <= len(neutral) // 10


def test_a_match_shows_the_words_and_the_wording_that_carry_it(analyser, library):
    text = "Alla måste veta: socialen kidnappar muslimska barn från deras familjer varje dag, dela vidare!"
    match = one(analyser, text).matches[0]
    wording = next(w for w in library.wordings if w.id == match.wording_id)
    words = [text[span.start : span.end] for span in match.words]
    assert match.claim_id == "N01" and wording.claim_id == "N01"
    assert "kidnappar" in words and "muslimska" in words
    assert match.semantic is not None and 0 < match.lexical_words <= 1 and match.level == "confirm"


def test_a_disguised_claim_is_found(analyser):
    assert one(analyser, "S0ci\u00adalen kіdnаpparrr musl1mska b4rn").matches[0].claim_id == "N01"


def test_a_short_text_is_held_back(library, embedder):
    analyser = Analyser(library, settings=Settings(MatchSettings(confirm=0.3)), embedder=embedder)
    match = one(analyser, "Socialen kidnappar muslimska barn").matches[0]
    assert match.level == "suggest"
    assert "held_back_short_text" in [reason.code for reason in match.reasons]


def test_the_threat_in_arabic_against_a_swedish_name_comes_out_whole(analyser):
    text = "الموظفة إنغريد ليندكفيست ديمو من مكتب السوسيال في إكسمبلستاد، نعرف أين تسكن وستدفع الثمن"
    result = one(analyser, text)
    assert result.language.code == "ar"
    assert {e.entry_id for e in result.exposures} == {"worker", "office"}
    assert "ar.veiled" in {t.pattern_id for t in result.threats}
    assert "ليندكفيست" in text[result.exposures[0].start : result.exposures[0].end]


def test_incitement_in_free_wording_is_told_by_the_heads_for_threats(analyser):
    text = "Tusen pappor borde gå in i de där hemmen i natt och ta ut ungarna, så vore det över till morgonen"
    (signal,) = one(analyser, text).threats
    assert (signal.kind, signal.severity, signal.pattern_id) == ("incitement", "medium", "model.incitement")
    assert "ta ut ungarna" in text[signal.start : signal.end]


def test_a_post_is_judged_alike_alone_and_in_company(analyser, held):
    posts = [PostIn(f"{n:03}", post.text) for n, post in enumerate(held)]
    together = analyser.analyse(posts)
    alone = [analyser.analyse([post])[0] for post in posts]
    thirds = [r for at in range(0, len(posts), 3) for r in analyser.analyse(posts[at : at + 3])]
    strip = [
        [replace(result, duplicate_group="") for result in results] for results in (together, alone, thirds)
    ]
    assert strip[0] == strip[1] == strip[2]


class Counting:
    """An embedder that counts the posts it is shown."""

    def __init__(self, embedder):
        self.embedder, self.seen, self.name = embedder, [], embedder.name

    def embed(self, texts, kind):
        if kind == "query":
            self.seen += texts
        return self.embedder.embed(texts, kind)


def test_a_lent_vector_stands_for_the_posts_own(library, embedder):
    counting = Counting(embedder)
    analyser = Analyser(library, embedder=counting)
    posts = [PostIn("a", "Socialen kidnappar barn mitt på dagen"), PostIn("b", "Soc stjäl våra barn och säljer dem")]
    own = analyser.analyse(posts)
    first, second = analyser.vectors_of(posts)
    counting.seen.clear()
    assert analyser.analyse(posts, [first, second]) == own and counting.seen == []
    lent = analyser.analyse(posts, [None, first], grouped=False)
    assert lent[0] == own[0] and len(counting.seen) == 1
    assert [m.semantic for m in lent[1].matches] != [m.semantic for m in own[1].matches]
    assert analyser.analyse(posts) == own


def test_near_duplicates_share_the_lowest_id(analyser):
    text = "Socialen kidnappar barn mitt på dagen, dela vidare till alla ni känner"
    results = analyser.analyse(
        [PostIn("z", text), PostIn("m", text + "!"), PostIn("a", "något annat helt och hållet")]
    )
    assert [result.duplicate_group for result in results] == ["m", "m", "a"]


@pytest.mark.parametrize("text", ["", " ", "😀", "\ud800", "\0", "@a", "a" * 20_000, "ا" * 5_000, "#" * 500])
def test_no_text_makes_it_fail(analyser, text):
    assert one(analyser, text).post_id == "p"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(max_size=80))
def test_every_offset_lies_within_the_post(lexical_analyser, text):
    result = one(lexical_analyser, text)
    spans = [
        *result.stance.spans,
        *result.exposures,
        *result.threats,
        *(s for m in result.matches for s in m.words),
    ]
    assert all(0 <= span.start < span.end <= len(text) for span in spans)


@pytest.fixture(scope="module")
def lexical_analyser(library, register):
    return Analyser(library, register)


def test_a_post_that_is_too_long_says_that_it_was_cut(lexical_analyser):
    assert one(lexical_analyser, "ord " * 10_000).cut and not one(lexical_analyser, "ord").cut


def test_without_an_embedder_shared_words_still_match(lexical_analyser):
    match = one(lexical_analyser, "Nu igen: socialen kidnappar muslimska barn i hela Sverige, sprid").matches[
        0
    ]
    assert match.claim_id == "N01" and match.semantic is None


@pytest.mark.parametrize("name", SETS)
def test_the_constants_are_the_written_ones(constants, name):
    table, packaged = constants[name], calibrations()[name]
    assert {k: pytest.approx(v) for k, v in packaged.about.named().items()} == table["about"]
    assert 0 < table["suggest"] <= table["confirm"] < 1


def test_constants_of_ones_own_replace_the_packaged_ones(constants, tmp_path, library):
    written = (Path(motkraft.matching.__file__).parent / "calibration.toml").read_text("utf-8")
    own = tmp_path / "own.toml"
    own.write_text(written.replace(f"confirm = {constants['words']['confirm']}", "confirm = 0.9999"), "utf-8")
    sets = calibrations(own)
    assert sets["words"].confirm == 0.9999 and sets["heads"].suggest == constants["heads"]["suggest"]


@pytest.mark.parametrize("text", ["", "[words]\nsuggest = 0.5\n", "[words.about]\nunknown = 1\n", "not toml"])
def test_constants_that_cannot_be_used_are_refused(text, tmp_path):
    own = tmp_path / "own.toml"
    own.write_text(text, "utf-8")
    if text:
        with pytest.raises(LibraryError):
            calibrations(own)
    else:
        assert calibrations(own).keys() == set(SETS)


def test_thresholds_can_be_set(library):
    text = "Nu igen: barn tas av socialen i hela Sverige"
    loose = Analyser(library, (), Settings(MatchSettings(suggest=0.0001, max_matches=20)))
    strict = Analyser(library, (), Settings(MatchSettings(suggest=0.9999)))
    assert len(one(loose, text).proposed) > 5 and one(strict, text).proposed == ()


@pytest.mark.parametrize("wrong", [{"exposure_minimum": 2}, {"duplicate_threshold": -1}])
def test_settings_outside_their_range_are_refused(wrong):
    with pytest.raises(SettingsError):
        Settings(**wrong)


def test_an_analysis_never_shows_a_protected_value(analyser):
    shown = repr(one(analyser, "Ingrid Lindqvist bor på Påhittsgatan 12")) + repr(
        PostIn("p", "Ingrid Lindqvist")
    )
    assert "Lindqvist" not in shown and "Påhitts" not in shown


def test_two_entries_of_one_name_are_both_told(library):
    twins = [
        ProtectedEntry("one", "name", "Ada Exempelsson"),
        ProtectedEntry("two", "name", "Ada Exempelsson"),
    ]
    result = one(Analyser(library, twins), "Ada Exempelsson igen")
    assert [e.entry_id for e in result.exposures] == ["one", "two"]
