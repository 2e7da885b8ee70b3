"""The ways in which benchmarks/exposures.py hides a name: cases, slips of the pen, splitting, and other scripts.

Written apart from the finder and by other rules: where a letter may be written in several ways, one is drawn at
random. The transliterations follow what newspapers do (Swedish g before a soft vowel as y, v as f in Arabic), not a
standard.
"""

from __future__ import annotations

import re
from random import Random

_SOFT = "eiyäöé"
# (pattern, choices); first match wins; a choice may be empty. Weights by repetition.
_ARABIC = (
    (r"skj|stj|sj|sch|sh|š|ş|tj", "ش"), (rf"sk(?=[{_SOFT}])", "ش سك"), (r"č|ć|ç|ch", "تش ش"), (r"dž|đ", "ج"),
    (r"qv|kv", "كف كو"), (r"ck|k|q", "ك"), (r"ng", "نغ نج نق"), (r"th", "ت"), (r"ph", "ف"), (r"x", "كس"),
    (r"ž", "ج ز"), (r"z", "ز"), (r"aa|å", "و ا"), (r"ä|æ", "ي ا"), (r"ö|ø", "و ي"), (r"ü", "و"), (r"ı", "ي"),
    (r"hj|lj(?=u)|gj", "ي"), (r"ğ", "غ -"), (r"c", "ك س"), (r"b", "ب"), (r"p", "ب"), (r"v", "ف ف ف و"), (r"w", "و ف"),
    (r"g", "غ غ ج"), (r"j|y", "ي"), (r"f", "ف"), (r"h", "ه"), (r"t", "ت"), (r"d", "د"), (r"l", "ل"), (r"r", "ر"),
    (r"m", "م"), (r"n", "ن"), (r"s", "س"), (r"oo|ou|o|u", "و و و و -"), (r"ee|i|ii|í", "ي ي ي -"), (r"e|é", "ي ي -"),
    (r"a|á", "ا ا -"),
)  # fmt: skip
_PERSIAN = (
    (r"p", "پ"), (r"g", "گ"), (r"č|ć|ç|ch", "چ"), (r"ž", "ژ"), (r"v|w", "و"), (r"k|ck|q", "ک"),
    *_ARABIC,
)  # fmt: skip
_TURKISH_C = ((r"c", "ج"),)
_CYRILLIC = (
    (r"skj|stj|sj|sch|sh|š|ş", "ш"), (rf"sk(?=[{_SOFT}])", "ш ск"), (r"č|ç|tj|ch", "ч"), (r"ć", "ч ћ"),
    (r"dž|đ", "дж"),
    (r"qv|kv", "кв"), (r"ck|k|q", "к"), (r"th", "т"), (r"ph", "ф"), (r"x", "кс"), (r"ž", "ж"), (r"z", "з"),
    (r"ts|c", "ц к"),
    (r"jö", "йо ё"), (r"ja|ya", "я"), (r"jo|yo", "йо ё"), (r"ju|yu", "ю"), (r"hj|gj", "й"), (r"å", "о"),
    (r"ä", "е э"),
    (r"ö", "ё е"), (r"ü", "ю"), (r"ı", "ы"), (r"ğ", "г"), (r"y", "ю и"), (r"j", "й"), (r"b", "б"), (r"p", "п"),
    (r"v|w", "в"),
    (r"g", "г"), (r"f", "ф"), (r"h", "х"), (r"t", "т"), (r"d", "д"), (r"l", "л"), (r"r", "р"), (r"m", "м"),
    (r"n", "н"),
    (r"s", "с"), (r"a|á", "а"), (r"e|é", "е э"), (r"i|í", "и"), (r"o", "о"), (r"u", "у"),
)  # fmt: skip
_SERBIAN = (
    (r"dž", "џ"), (r"lj", "љ"), (r"nj", "њ"), (r"č", "ч"), (r"ć", "ћ"), (r"đ|dj", "ђ"), (r"š", "ш"), (r"ž", "ж"),
    (r"j", "ј"),
    (r"c", "ц"), (r"z", "з"), (r"h", "х"), (r"k", "к"), *_CYRILLIC,
)  # fmt: skip
_GREEK = (
    (r"skj|stj|sj|sch|sh|š|ş", "σ"), (r"č|ć|ç|tj|ch", "τσ"), (r"dž|đ", "τζ"), (r"qv|kv", "κβ"), (r"ck|k|q|c", "κ"),
    (r"mb", "μπ"),
    (r"nd", "ντ"), (r"ng", "νγκ γκ"), (r"th", "θ τ"), (r"ph", "φ"), (r"x", "ξ"), (r"ž|z", "ζ"), (r"å", "ο"),
    (r"ä", "ε"), (r"ö", "ε ο"),
    (r"ü", "ου"), (r"ı", "ι"), (r"ğ", "γ"), (r"hj|gj|j", "γ γι"), (r"y", "ι"), (r"b", "μπ"), (r"d", "ντ δ"),
    (r"g", "γκ γ"), (r"v", "β"), (r"w", "β ου"),
    (r"f", "φ"), (r"h", "χ"), (r"p", "π"), (r"t", "τ"), (r"l", "λ"), (r"r", "ρ"), (r"m", "μ"), (r"n", "ν"),
    (r"s", "σ"), (r"a|á", "α"),
    (r"e|é", "ε"), (r"i|í", "ι η"), (r"o", "ο"), (r"u", "ου"),
)  # fmt: skip
_SPOKEN = (  # Arabic and Somali names as they sound, before another script
    (r"^al-", ""), (r"kh|x", "kh"), (r"gh", "g"), (r"dh", "d"), (r"aa", "a"), (r"ee", "i"), (r"ii", "i"),
    (r"oo", "o"), (r"uu", "u"),
    (r"ou", "u"), (r"q", "k"), (r"^c(?=[aeiou])", ""), (r"(?<=[a-z])c(?=[a-z])", ""),
)  # fmt: skip
_CASES = {
    "sv": ("{}s",), "de": ("{}s",), "en": ("{}'s", "{}s"),
    "tr": ("{}'ın", "{}'e", "{}'dan", "{}'yi", "{}in", "{}'la", "{}ya", "{}dan"),
}  # fmt: skip
_LEET = {"a": "4@", "e": "3", "i": "1", "o": "0", "s": "5$", "t": "7"}


def _rewrite(word: str, rules: tuple[tuple[str, str], ...], random: Random) -> str:
    word = re.sub(r"([^\W\d_aou])\1", r"\1", word.lower())
    out, at = "", 0
    while at < len(word):
        for pattern, choices in rules:
            match = re.compile(pattern).match(word, at)
            if match and match.end() > at:
                out += random.choice(choices.split(" ")).replace("-", "") if choices else ""
                at = match.end()
                break
        else:
            at += 1
    return out


def _spoken(word: str) -> str:
    word = word.lower()
    for pattern, by in _SPOKEN:
        word = re.sub(pattern, by, word)
    return word


def to_arabic(word: str, origin: str, random: Random, persian: bool = False) -> str:
    """A word in Arabic (or Persian) letters, as a newspaper might write it."""
    rules = _PERSIAN if persian else _ARABIC
    lower = word.lower()
    if origin == "turkish":
        rules = (*_TURKISH_C, *rules)
    if origin == "swedish":
        lower = re.sub(rf"^g(?=[{_SOFT}])|(?<=r)g$", "j" if lower[0] == "g" else "g", lower)
        lower = re.sub(rf"^k(?=[{_SOFT}])", random.choice(("sj", "k")), lower)
    parts = [_rewrite(part, rules, random) for part in re.split("[- ]", lower)]
    initial = {"a": "أ ا آ", "e": "إ ا", "é": "إ", "i": "إ ا", "ä": "إ"} | dict.fromkeys("ouåöü", "أو")
    whole = []
    for source, part in zip(re.split("[- ]", lower), parts, strict=True):
        if source and source[0] in initial:
            part = random.choice(initial[source[0]].split()) + (part[1:] if part[:1] in "اويأ" else part)
        if source.endswith("a") and part[-1:] != "ا":
            part += random.choice("اه")
        elif source[-1:] in "eiyouö" and part[-1:] not in "يو":
            part += "و" if source[-1] in "ouö" else "ي"
        whole.append(part)
    return " ".join(whole)


def to_cyrillic(word: str, origin: str, random: Random) -> str:
    """A word in Cyrillic letters: Serbian for Bosnian names, else as in Russian."""
    if origin in ("arabic", "somali"):
        word = _spoken(word).replace("kh", "h").replace("j", "dž")
    if origin == "swedish":
        word = re.sub(rf"^g(?=[{_SOFT}])", "j", word.lower())
    if origin == "turkish":
        word = word.lower().replace("c", "dž")
    rules = _SERBIAN if origin == "bosnian" else _CYRILLIC
    return " ".join(_rewrite(part, rules, random).capitalize() for part in re.split("[- ]", word) if part)


def to_greek(word: str, origin: str, random: Random) -> str:
    """A word in Greek letters, with an accent on one vowel."""
    if origin in ("arabic", "somali"):
        word = _spoken(word).replace("kh", "h").replace("j", "dž")
    written = []
    for part in re.split("[- ]", word):
        if not part:
            continue
        greek = _rewrite(part, _GREEK, random)
        greek = greek[:-1] + "ς" if greek.endswith("σ") else greek
        vowels = [at for at, letter in enumerate(greek) if letter in "αεηιο"]
        if vowels:
            at = random.choice(vowels)
            greek = greek[:at] + "άέήίό"["αεηιο".index(greek[at])] + greek[at + 1 :]
        written.append(greek.capitalize())
    return " ".join(written)


def finnish(word: str, random: Random) -> str:
    """A surname or given name in a Finnish case; words in -nen take -s-, i after a consonant stays."""
    ending = random.choice(("n", "lle", "sta", "lta", "n"))
    if word.endswith("nen"):
        stem = word[:-3]
        return stem + random.choice(("sen", "selle", "sesta", "selta", "sta"))
    if word[-1] not in "aeiouyäö":
        return word + "i" + ending
    return word + ending


def bosnian(given: str, family: str, random: Random) -> str:
    """Given name and surname in a Bosnian case: a woman's surname stays, a man's is inflected too."""
    case = random.randrange(3)
    if given.endswith("a"):
        return f"{given[:-1]}{('e', 'i', 'u')[case]} {family}"
    stem = given[:-1] if given[-1] in "oe" else given
    surname = family[:-1] if family[-1] in "aoe" else family
    ending = ("a", "u", "om")[case]
    return f"{stem}{ending} {surname}{ending}"


def inflected(language: str, given: str, family: str, random: Random) -> str:
    """The full name in a case of the language."""
    if language == "fi":
        return f"{given} {finnish(family, random)}"
    if language == "bs":
        return bosnian(given, family, random)
    return f"{given} {random.choice(_CASES[language]).format(family)}"


def slip(word: str, random: Random) -> str:
    """One edit: a letter left out, doubled, exchanged with its neighbour, or another letter; never the first."""
    at = random.randrange(1, len(word))
    kind = random.choice(("drop", "double", "swap", "other"))
    if kind == "drop" and len(word) > 3:
        return word[:at] + word[at + 1 :]
    if kind == "double":
        return word[:at] + word[at] + word[at:]
    if kind == "swap" and at + 1 < len(word) and word[at] != word[at + 1]:
        return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    return word[:at] + random.choice("abdegiklmnoprstu".replace(word[at].lower(), "")) + word[at + 1 :]


def respelled(word: str, random: Random) -> str:
    """Another spelling of the same sounds, or marks left out."""
    ways = [(r"v", "w"), (r"w", "v"), (r"qv", "kv"), (r"kv", "qv"), (r"ck|kk", "k"), (r"k", "c"), (r"c", "k"),
            (r"q", "k"),
            (r"ss", "s"), (r"ll", "l"), (r"nn", "n"), (r"tt", "t"), (r"z", "s"), (r"å|ä", "a"), (r"ö", "o"),
            (r"š|ş", "s"),
            (r"ć|č|ç", "c"), (r"ğ", "g"),
            (r"ı", "i"), (r"ü", "u"), (r"ž", "z"), (r"đ", "dj"), (r"th", "t"),
            (r"(?<=[aeiou])l(?=[aeiou])", "ll")]  # fmt: skip
    possible = [(pattern, by) for pattern, by in ways if re.search(pattern, word[1:], re.IGNORECASE)]
    if not possible:
        return word + word[-1]
    pattern, by = random.choice(possible)
    return word[0] + re.sub(pattern, by, word[1:], count=1)


def leet(word: str, random: Random) -> str:
    """Some letters as digits and signs, as in Ann4 Sv3nss0n."""
    letters = [at for at, letter in enumerate(word) if at and letter.lower() in _LEET]
    for at in random.sample(letters, min(len(letters), random.choice((1, 2)))):
        word = word[:at] + random.choice(_LEET[word[at].lower()]) + word[at + 1 :]
    return word


def split(name: str, random: Random) -> str:
    """A name written apart: letter by letter, with signs, or cut at the wrong places."""
    way = random.randrange(4)
    if way == 0:
        return " ".join(name.replace(" ", "").replace("-", ""))
    if way == 1:
        return random.choice("._-·*").join(name.split(" "))
    if way == 2:
        return random.choice(".-_").join(letter for letter in name if letter.isalpha())
    cut = [word[:at] + random.choice(" -.") + word[at:] for word in name.split(" ") for at in [len(word) // 2]]
    return " ".join(cut)
