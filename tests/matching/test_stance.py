import pytest

from motkraft.matching import normalise
from motkraft.matching.language import identify
from motkraft.matching.stance import judge


def label(text):
    normalised = normalise(text)
    return judge(normalised, identify(normalised)).label


@pytest.mark.parametrize(
    "text",
    [
        "Det är inte sant att socialen kidnappar barn, sprid fakta",
        "It is false? No evidence that they kidnap children, stop sharing this",
        "الخدمات الاجتماعية لا تخطف الأطفال، هذه شائعة",
        "İsveç çocukları kaçırmıyor, bu asılsız bir iddia",
        "Ma run baa? Maya, carruurta ma afduubto, waa been abuur",
        "این شایعه است، سوئد بچه‌ها را نمی‌دزدد",
        "Desinformation om att barn rövas bort sprids igen",
    ],
)
def test_a_denial_is_never_taken_for_spreading(text):
    assert label(text) == "denies"


def test_calling_a_correction_a_lie_is_no_denial():
    assert label("De kallar det desinformation men socialen kidnappar barn") == "spreads"


@pytest.mark.parametrize(
    ("stance", "text"),
    [
        ("own_story", "De tog min dotter i måndags, socialen kidnappade henne"),
        ("own_story", "أخذوا ابنتي قبل شهر"),
        ("asks", "Stämmer det att socialen kidnappar barn?"),
        ("criticism", "JO kritiserar nämnden för brister"),
        ("news", "Enligt polisen hölls en manifestation på torget"),
        ("spreads", "Socialen kidnappar våra barn, dela vidare"),
        ("spreads", "السوسيال يخطف الأطفال انشروا"),
        ("unsure", "Kommunen har öppet på lördag"),
        ("unsure", "Enligt tidningen kidnappar socialen barn"),
    ],
)
def test_a_clear_sign_is_told_and_the_rest_is_unsure(stance, text):
    assert label(text) == stance


def test_the_words_that_told_are_pointed_out():
    text = "Hör på: det är INTE  sant alls"
    normalised = normalise(text)
    stance = judge(normalised, identify(normalised))
    assert [text[span.start : span.end] for span in stance.spans] == ["INTE  sant"]
    assert stance.reasons[0].code == "stance_phrase"
