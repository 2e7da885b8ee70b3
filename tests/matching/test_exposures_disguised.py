"""Names of several origins in the disguises that posts use, and what must not raise an alarm."""

import pytest

from motkraft.matching import ExposureFinder, ProtectedEntry, normalise

REGISTER = [
    ProtectedEntry("anna", "name", "Anna Svensson-Demo"),
    ProtectedEntry("ingbritt", "name", "Ing-Britt Lindberg-Demo"),
    ProtectedEntry("khalid", "name", "Khaled Al-Jabouri"),
    ProtectedEntry("somali", "name", "Xaliimo Cumar-Demo"),
    ProtectedEntry("emina", "name", "Emina Hodžić"),
    ProtectedEntry("virtanen", "name", "Aino Virtanen"),
    ProtectedEntry("yilmaz", "name", "Ayşe Yılmaz"),
    ProtectedEntry("office", "office", "Socialkontoret Exempelstad"),
    ProtectedEntry("phone", "phone", "070-174 06 05"),
    ProtectedEntry("mail", "email", "ingrid.demo@exempelstad.example"),
    ProtectedEntry("home", "address", "Norra Påhittsgatan 12"),
]
EXPOSING = [
    ("anna", "stoppa #StoppaAnnaSvensson nu"),
    ("anna", "#stoppaannasvensson"),
    ("anna", "fråga @anna.svensson87"),
    ("anna", "https://example.org/x/anna-svensson"),
    ("anna", "an na svens son bor här"),
    ("anna", "4nna Sv3nss0n igen"),
    ("anna", "Anna Svenssonin koti"),
    ("anna", "Anna Svenssonova adresa"),
    ("anna", "socialsekreteraren A. Svensson ljuger"),
    ("anna", "Anna på socialkontoret i Exempelstad"),
    ("ingbritt", "Ing-Britt Lindberg ringde"),
    ("khalid", "Khaled Jabouri är här"),
    ("khalid", "Khaled Aljabouri"),
    ("khalid", "شفت خالد الجبوري أمس"),
    ("khalid", "Халед Джабури"),
    ("somali", "الموظفة حليمة عمر"),
    ("emina", "vidio sam Eminu Hodžić"),
    ("emina", "Емина Хоџић"),
    ("virtanen", "näin Aino Virtasen eilen"),
    ("yilmaz", "Ayşe Yılmaz'ın evi"),
    ("yilmaz", "ayse yilmazdan"),
    ("phone", "ring 0701740605"),
    ("mail", "INGRID.DEMO(at)exempelstad dot example. Skriv"),
    ("home", "hon bor på norra påhittsgatan 12"),
]
CLEAN = [
    "Hanna Svensson vann loppet",
    "Britt Lindberg fyller år",
    "Ing-Britt Lundberg fyller år",
    "Erik Svensson, Anna Berg och Lisa Ek kom",
    "Anna är snäll och Svensson är en hund",
    "Anna-Lisa Svensson sjöng",
    "K. Svensson gjorde mål",
    "Khaled Al-Rawi och Omar Al-Jabouri",
    "خالد البياتي في السوق",
    "Emin Hodžić je dobar igrač",
    "Södra Påhittsgatan 12 är en annan gata",
    "Norra Påhittsgatan 13",
    "ring 070-174 06 06",
]


@pytest.fixture(scope="module")
def finder():
    return ExposureFinder(REGISTER)


@pytest.mark.parametrize(("entry", "text"), EXPOSING)
def test_a_disguised_name_is_found_and_let_through_by_the_quick_look(finder, entry, text):
    assert entry in {exposure.entry_id for exposure in finder.find(normalise(text))}
    assert finder.may_expose(text)


@pytest.mark.parametrize("text", CLEAN)
def test_other_people_and_places_are_left_alone(finder, text):
    assert finder.find(normalise(text)) == ()


@pytest.mark.parametrize(
    "text", ["", "Vilken fin dag vid sjön", "Anna bakar", "صباح الخير يا جماعة", "Matchen slutade 3-2", "😊"]
)
def test_the_quick_look_stops_ordinary_posts(finder, text):
    assert not finder.may_expose(text)


def test_the_quick_look_remembers_nothing_that_changes_its_answer(finder):
    texts = [text for _, text in EXPOSING] + CLEAN
    fresh = [ExposureFinder(REGISTER).may_expose(text) for text in texts]
    assert [finder.may_expose(text) for text in texts] == fresh


def test_a_place_is_told_in_the_post_as_it_was_written(finder):
    text = "titta: #StoppaAnnaSvensson!"
    assert [text[e.start : e.end] for e in finder.find(normalise(text))] == ["AnnaSvensson"]


def test_the_lowest_rating_told_is_a_setting():
    as_written, misspelt = (normalise(f"jag såg {name} på bussen") for name in ("Anna Svensson", "Anna Svenson"))
    [exposure] = ExposureFinder(REGISTER).find(as_written)
    strict = ExposureFinder(REGISTER, exposure.score)
    assert strict.find(as_written) == (exposure,)
    assert strict.find(misspelt) == () != ExposureFinder(REGISTER).find(misspelt)


def test_without_a_register_nothing_is_found():
    finder = ExposureFinder([])
    assert finder.find(normalise("Anna Svensson 0701740605")) == ()
    assert not finder.may_expose("Anna Svensson 0701740605")


def test_the_quick_look_bears_half_a_character():
    finder = ExposureFinder([ProtectedEntry("r1", "email", "anna.demo@example.org")])
    assert finder.may_expose("\ud800 skriv till anna.demo@example.org")
    assert not finder.may_expose("\ud800 skriv till någon annan")
