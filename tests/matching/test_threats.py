import pytest

from motkraft.matching import normalise
from motkraft.matching.threats import find_threats


@pytest.mark.parametrize(
    ("kind", "severity", "words", "text"),
    [
        ("explicit", "high", "ska döda dig", "Vi ska döda dig"),
        ("veiled", "medium", "Vi vet var dina barn går", "Vi vet var dina barn går i skolan"),
        ("incitement", "high", "dö som martyr", "Ta tillbaka barnen eller dö som martyr"),
        ("gathering", "medium", "Samlas utanför socialkontoret", "Samlas utanför socialkontoret kl 9"),
        ("explicit", "high", "will kill her", "I will kill her"),
        ("veiled", "medium", "We know where you live", "We know where you live"),
        ("veiled", "medium", "نعرف أين تسكن", "نعرف أين تسكن هي وأولادها"),
        ("explicit", "high", "سنقتلها", "سنقتلها قريبا"),
        ("incitement", "high", "موتوا شهداء", "استعيدوا أولادكم أو موتوا شهداء"),
        ("veiled", "medium", "nerede oturduğunu biliyoruz", "Senin nerede oturduğunu biliyoruz"),
        ("veiled", "medium", "می‌دانیم کجا زندگی", "می‌دانیم کجا زندگی می‌کنی"),
        ("veiled", "medium", "Waan ognahay halka", "Waan ognahay halka aad degan tahay"),
    ],
)
def test_a_threat_is_told_with_the_words_that_carry_it(kind, severity, words, text):
    signals = find_threats(normalise(text))
    assert (kind, severity, words) in [(s.kind, s.severity, text[s.start : s.end]) for s in signals]


@pytest.mark.parametrize(
    "text",
    [
        "Vi vet att det är svårt att vara förälder",
        "Barnen samlas utanför skolan varje morgon",
        "Jag dör av skratt, vilken film",
        "The children will meet outside school",
        "نعرف أن الأمر صعب على الوالدين",
        "Polisen söker vittnen",
        "Nytt kontor, ny adress från måndag",
    ],
)
def test_everyday_talk_is_no_threat(text):
    assert find_threats(normalise(text)) == ()
