import pytest
from py3langid.langid import LanguageIdentifier

from motkraft.matching import language, normalise
from motkraft.matching.language import identify


@pytest.mark.parametrize(
    ("code", "text"),
    [
        ("sv", "Kommunen har öppnat en ny förskola för barnen"),
        ("en", "The council has opened a new nursery for the children"),
        ("ar", "افتتحت البلدية روضة جديدة للأطفال"),
        ("fa", "شهرداری یک مهدکودک تازه برای بچه‌ها باز کرده است"),
        ("tr", "Belediye çocuklar için yeni bir anaokulu açtı"),
        ("so", "Degmadu waxay carruurta u furtay xanaano cusub"),
        ("ckb", "شارەوانی باخچەیەکی نوێی بۆ منداڵان کردووەتەوە"),
        ("no", "Kommunen har åpnet en ny barnehage for barna sine"),
        ("de", "Die Gemeinde hat einen neuen Kindergarten eröffnet"),
        ("bs", "Općina je otvorila novi vrtić za djecu"),
    ],
)
def test_a_plain_sentence_is_told(code, text):
    assert identify(normalise(text)).code == code


@pytest.mark.parametrize("text", ["", "Hej", "ja nej", "12 34 56", "https://a.example @b"])
def test_too_little_to_go_on_is_undetermined(text):
    assert identify(normalise(text)).code == "und"


def test_the_search_for_strings_answers_as_the_table_of_states_does(labelled):
    theirs = LanguageIdentifier.from_model_file("data/model.npz.xz", norm_probs=True)
    theirs.set_languages(language.LANGUAGES)
    for text in ["", "a", "???", "文字", "ab\ud800cd", *(post.text for post in labelled)]:
        assert language._identifier().classify(text) == theirs.classify(text)
