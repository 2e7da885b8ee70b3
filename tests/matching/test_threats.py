"""Sentences are invented for this purpose; so, ckb and kmr not reviewed by native speakers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from motkraft.matching import normalise
from motkraft.matching.heads import ToldThreat, packaged_for_threats
from motkraft.matching.phrases import PhraseSet, compile_phrase
from motkraft.matching.threats import BY_MODEL, _patterns, find_threats

# language, then lines "kind | text" for threats and "- | text" for everyday talk
SENTENCES = {
    "sv": """
explicit | Vi ska döda dig
explicit | Nästa gång jag ser henne ska jag slå ihjäl henne
explicit | Du förtjänar att dö för det du gjort
explicit | Bränn ner socialkontoret
veiled | Vi vet var dina barn går i skolan
veiled | Jag vet vilken bil du kör
veiled | Du kommer att få ångra det här
veiled | Det vore synd om något hände din familj
incitement | Ta tillbaka barnen med våld
incitement | Den som dör för sina barn dör som martyr
incitement | Lägg ut handläggarens adress och bild
gathering | Samlas utanför socialkontoret kl 9
gathering | I kväll åker vi hem till henne
- | Jag dör av skratt, vilken film
- | Vi vet att det är svårt att vara förälder
- | Barnen samlas utanför skolan varje morgon
- | Akta dig för halkan på gården
- | Vi ska slå rekord i bakning i år
- | Sköt om er, vi ses snart kram
- | Polisen söker vittnen
- | Nytt kontor, ny adress från måndag
- | Du kommer inte att ångra den resan""",
    "en": """
explicit | I will kill her
explicit | She deserves to die for what she did
explicit | We're going to burn your house
explicit | Somebody put a bullet in her head
veiled | We know where you live
veiled | I know which school your daughter goes to
veiled | You will regret this
veiled | Nice family you have there
incitement | Take your children back by force
incitement | Whoever falls doing this dies as a martyr
incitement | Post the addresses of the caseworkers
gathering | Gather outside the social office tomorrow
gathering | Let's all show up at her house
- | I'd kill for a pizza right now
- | I'm gonna die laughing
- | We will kill them in the final on Saturday
- | My mom will kill me when she sees this haircut
- | The children will meet outside school
- | We will beat you in the quiz
- | I will shoot you an email tomorrow
- | You will not regret this book
- | Never forget to call your mother""",
    "ar": """
explicit | سنقتلها قريبا
explicit | هذه المرأة تستحق الموت
explicit | سنحرق مكتب السوسيال
explicit | رح نكسر ايديهم
veiled | نعرف أين تسكن هي وأولادها
veiled | منعرف وين ساكنة
veiled | ستندم على ما فعلت
veiled | انتظري دورك
incitement | استعيدوا أولادكم أو موتوا شهداء
incitement | خذوا أطفالكم بالقوة
incitement | انشروا عناوين الموظفات
gathering | تجمعوا أمام مكتب السوسيال غدا
gathering | يلا نروح لبيتها الليلة
- | نعرف أن الأمر صعب على الوالدين
- | أموت من الضحك على هذا الفيديو
- | ضربت الكرة في العارضة
- | انتظر دورك في الصيدلية من فضلك يا أخي الطابور طويل أمام الباب
- | القتل في الفيلم كان مخيفا
- | المدرسة قريبة من بيتنا
- | لن ننسى فضلكم علينا
- | دفع الثمن نقدا في السوق
- | شهيد الوطن في كتاب التاريخ""",
    "arabizi": """
explicit | ra7 n2tlak ya kalb
explicit | 7er2o maktab el social
explicit | o2tlo hal mwazafe
veiled | mna3ref wen sakne
veiled | ra7 tendam 3la kel shi
veiled | bna3ref wein madraset wladak
incitement | jibo wladkon bel 2uwe
incitement | mat shahid w ma khaf
incitement | nshro 3anwanha la kel el nas
gathering | yalla nro7 3ala beita hala2
gathering | tjama3o 2oddam maktab el soc
gathering | ta3o nro7 3al maktab
- | wen ra7 nekol lyom
- | bna3ref enno sa3be el 7ayet
- | ra7 mout men el de7k
- | khodo wladkon 3al ba7er
- | el maktab msakar bokra
- | 3anjad ktir 7elo hal film
- | yalla nro7 3al cinema
- | ma fi sha8el lyom""",
    "so": """
explicit | Waan ku dilaynaa
explicit | Shaqaalaha ha la dilo
explicit | Xafiiska gub oo dhammee
explicit | Way dhiman doontaa haweeneydaasi
veiled | Waan ognahay halka aad degan tahay
veiled | Waan naqaan iskuulka carruurtaada
veiled | Waad ka shallayn doontaa
veiled | Ma iloobi doonno waxaad samaysay
incitement | Carruurtiinna xoog ku soo celiya
incitement | Qofkii ku dhinta waa shahiid
incitement | Sawirkeeda iyo cinwaankeeda soo dhiga
gathering | Xafiiska hortiisa isugu imaada berri
gathering | Aan tagno gurigeeda caawa
- | Carruurtu subaxdii iskuulka ayay tagaan
- | Waan ka helay buuggan cusub
- | Guriga cusub waa qurux
- | Xafiisku berri wuu xiran yahay
- | Waan ognahay inay adag tahay
- | Waxaan la yaabay filimka
- | Ciyaarta waan ku guulaysannay
- | Cuntada ayaa diyaar ah""",
    "tr": """
explicit | Seni öldüreceğiz
explicit | O kadın ölmeyi hak ediyor
explicit | Sosyal hizmetler binasını yakacağız
explicit | Ellerini kıracağız
veiled | Senin nerede oturduğunu biliyoruz
veiled | Çocuğunun hangi okula gittiğini biliyoruz
veiled | Buna pişman olacaksın
veiled | Bunun bedelini ödeyecekler
incitement | Çocuklarınızı zorla geri alın
incitement | Bu yolda ölen şehittir
incitement | Memurların adreslerini paylaşın
gathering | Yarın sosyal hizmetler önünde toplanalım
gathering | Bu gece evine gidelim
- | Gülmekten öldüm bu videoya
- | Açlıktan ölüyorum ne yesek
- | Çocuklar okulun bahçesinde oynuyor
- | Annem beni öldürecek saçımı görünce
- | Bu kitabı alırsan pişman olmazsın
- | Yarın hava çok güzel olacak
- | Mum yakalım elektrik yok
- | Yeni adresimizi web sitesinde bulursunuz""",
    "fa": """
explicit | تو را می‌کشیم
explicit | این زن باید بمیرد
explicit | اداره را آتش بزنید
explicit | دستشان را می‌شکنیم
veiled | می‌دانیم کجا زندگی می‌کنی
veiled | میدونیم بچه‌هات کدوم مدرسه میرن
veiled | از این کار پشیمان می‌شوی
veiled | تاوان این کار را پس می‌دهند
incitement | بچه‌هایتان را به زور پس بگیرید
incitement | هر که در این راه بمیرد شهید است
incitement | آدرس مددکار را پخش کنید
gathering | فردا جلوی اداره جمع شوید
gathering | امشب بریم در خانه‌اش
- | از خنده مردم با این فیلم
- | برای این کار زحمت می‌کشیم
- | می‌دانیم که پدر و مادر بودن سخت است
- | مدرسه نزدیک خانه ماست
- | فردا هوا خوب است
- | کتاب تازه را خواندم
- | مواظب خودت باش عزیزم
- | بچه‌ها در پارک بازی می‌کنند""",
    "ckb": """
explicit | ئێمە دەتکوژین
explicit | ئەو ژنە دەبێت بمرێت
explicit | ئاگر لە نووسینگەکە تێبەردەن
explicit | دەستیان دەشکێنین
veiled | دەزانین ماڵت لە کوێیە
veiled | دەزانین منداڵەکانت لە کام قوتابخانەن
veiled | پەشیمان دەبیتەوە
veiled | باجەکەی دەدەیت
incitement | منداڵەکانتان بە زۆر بهێننەوە
incitement | ئەوەی بمرێت شەهید دەبێت
incitement | ناونیشانی کارمەندەکان بڵاوبکەنەوە
gathering | سبەینێ لەبەردەم نووسینگە کۆببنەوە
gathering | با بچین بۆ ماڵی ئەو
- | لە پێکەنینان مردم
- | منداڵەکان بەیانیان دەچن بۆ قوتابخانە
- | کەشوهەوا ئەمڕۆ خۆشە
- | کتێبێکی نوێم کڕی
- | نووسینگەکە سبەینێ داخراوە
- | دەزانین کە ژیان سەختە
- | ماڵەکەمان نزیکی بازاڕە
- | ئەم خواردنە زۆر بەتامە""",
    "kmr": """
explicit | Em ê te bikujin
explicit | Divê ew jin bimire
explicit | Ofîsa wan bişewitînin
explicit | Destê wan bişkînin
veiled | Em dizanin tu li ku dijî
veiled | Em dizanin zarokên te diçin kîjan dibistanê
veiled | Tu ê poşman bibî
veiled | Em te ji bîr nakin
incitement | Zarokên xwe bi zorê bistînin
incitement | Yê ku bimire şehîd e
incitement | Navnîşana wê belav bikin
gathering | Sibê li ber ofîsa sosyalê kom bibin
gathering | Em îşev biçin mala wê
- | Ez ji kenan mirim
- | Zarok li baxçe dilîzin
- | Îro hewa pir xweş e
- | Em dizanin ku jiyan zor e
- | Pirtûka nû pir xweş e
- | Dibistan nêzîkî mala me ye
- | Ofîs sibê girtî ye
- | Hay ji xwe hebe, rê qeşa ye""",
    "bs": """
explicit | Ubit ćemo te
explicit | Ta žena zaslužuje smrt
explicit | Zapalite taj centar
explicit | Treba im polomiti ruke
veiled | Znamo gdje živiš
veiled | Znam u koju školu ti idu djeca
veiled | Zažalit ćeš zbog ovoga
veiled | Doći će tvoj red
incitement | Uzmite djecu silom
incitement | Ko pogine za djecu taj je šehid
incitement | Objavite adrese socijalnih radnica
gathering | Okupljanje ispred centra u osam
gathering | Večeras idemo kod nje na vrata
- | Umrijet ću od smijeha
- | Djeca se igraju ispred škole
- | Mrtav sam umoran
- | Mama će me ubiti kad vidi ovo
- | Danas je lijepo vrijeme
- | Čuvaj se prehlade
- | Zapalite svijeću za zdravlje
- | Nećeš se pokajati ako kupiš knjigu""",
    "de": """
explicit | Wir werden dich umbringen
explicit | Sie hat den Tod verdient
explicit | Zündet das Jugendamt an
explicit | Man sollte ihr die Knochen brechen
veiled | Wir wissen, wo du wohnst
veiled | Ich weiß, auf welche Schule deine Kinder gehen
veiled | Das wirst du bereuen
veiled | Schöne Familie, die du da hast
incitement | Holt eure Kinder mit Gewalt zurück
incitement | Wer dabei stirbt, ist ein Märtyrer
incitement | Postet die Adresse der Sachbearbeiterin
gathering | Wir treffen uns morgen vor dem Jugendamt
gathering | Lasst uns heute Abend zu ihr nach Hause fahren
- | Ich habe mich totgelacht
- | Die Kinder treffen sich vor der Schule
- | Am Samstag werden wir sie im Derby schlagen
- | Meine Mutter bringt mich um, wenn sie das sieht
- | Das wirst du nicht bereuen
- | Pass auf dich auf, es ist glatt
- | Zündet eine Kerze an
- | Ich sterbe vor Hunger""",
}
LINES = [
    (language, *line.split(" | ", 1)) for language, block in SENTENCES.items() for line in block.strip().splitlines()
]


@pytest.mark.parametrize("language", SENTENCES)
def test_each_kind_of_threat_is_found_in_each_language(language):
    missed = [
        (kind, text)
        for spoken, kind, text in LINES
        if spoken == language and kind != "-" and kind not in {s.kind for s in find_threats(normalise(text))}
    ]
    assert missed == []


@pytest.mark.parametrize("language", SENTENCES)
def test_everyday_talk_is_no_threat(language):
    alarms = [
        (text, signals)
        for spoken, kind, text in LINES
        if spoken == language and kind == "-" and (signals := find_threats(normalise(text)))
    ]
    assert alarms == []


@pytest.mark.parametrize(
    ("kind", "severity", "words", "text"),
    [
        ("explicit", "high", "ska döda dig", "Vi ska döda dig"),
        ("veiled", "medium", "Vi vet var dina barn går", "Vi vet var dina barn går i skolan"),
        ("gathering", "medium", "Samlas utanför socialkontoret", "Samlas utanför socialkontoret kl 9"),
        ("explicit", "high", "سنقتلها", "سنقتلها قريبا"),
        ("incitement", "high", "موتوا شهداء", "استعيدوا أولادكم أو موتوا شهداء"),
    ],
)
def test_a_threat_is_told_with_the_words_that_carry_it(kind, severity, words, text):
    signals = find_threats(normalise(text))
    assert (kind, severity, words) in [(s.kind, s.severity, text[s.start : s.end]) for s in signals]


FRAMED = [
    ("reported", "En man åtalas för att ha skrivit jag ska döda dig till en socialsekreterare"),
    ("reported", "A man is charged with writing I will kill you to a social worker"),
    ("reported", "Mann angeklagt, weil er ihr schrieb: ich bringe dich um"),
    ("reported", "Muškarac optužen da je socijalnoj radnici napisao 'ubit ću te'"),
    ("condemned", "Ingen ska behöva höra 'vi vet var du bor' på sitt jobb"),
    ("condemned", "Nobody should have to hear 'we know where you live' at work"),
    ("condemned", "Kimse iş yerinde 'nerede oturduğunu biliyoruz' sözünü duymamalı"),
    ("condemned", "لا يحق لأحد أن يقول لموظف نعرف أين تسكن"),
    ("sport", "Vi hämnas på dem i derbyt"),
]


@pytest.mark.parametrize(("by", "text"), FRAMED)
def test_a_threat_that_is_reported_condemned_or_played_is_never_above_low_and_says_why(by, text):
    signals = find_threats(normalise(text))
    assert {signal.severity for signal in signals} == {"low"}
    assert all(by in [reason.data["by"] for reason in s.reasons if reason.code == "framed"] for s in signals)


def test_what_frames_one_threat_leaves_another_far_from_it_as_grave_as_it_is():
    text = "Vi vet var du bor, sa mannen. Polisen utreder det. " + "Sedan hände ingenting på länge. " * 6
    graded = [signal.severity for signal in find_threats(normalise(text + "Nu ska jag döda dig."))]
    assert graded == ["low", "high"]


QUIET = normalise("Ni förstår vad som behöver göras med dem nu, bröder")


def told(probability=0.7, kind="incitement"):
    """What the heads for threats say."""
    return ToldThreat(kind, probability, 4, 26)


def test_a_threat_that_no_phrase_knows_is_told_as_the_models_with_the_words_that_carry_it():
    assert find_threats(QUIET) == find_threats(QUIET, told(0.49)) == ()
    (signal,) = find_threats(QUIET, told())
    assert (signal.kind, signal.severity, signal.pattern_id) == ("incitement", "medium", BY_MODEL + "incitement")
    assert (signal.start, signal.end) == (4, 26)
    assert [(r.code, r.data) for r in signal.reasons] == [("threat_model", {"probability": 0.7})]


def test_a_post_without_words_threatens_nobody():
    assert find_threats(normalise(""), ToldThreat("veiled", 0.9, 0, 0)) == ()


def test_what_a_phrase_says_needs_no_model():
    text = normalise("Ta tillbaka barnen med våld")
    assert find_threats(text, told()) == find_threats(text) != ()


def test_the_models_signal_is_graded_low_too_where_the_words_are_framed():
    text = normalise("Polisen utreder en man som uppmanade andra att göra upp med dem")
    assert [signal.severity for signal in find_threats(text, told())] == ["low"]


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("explicit", "Jag ska slå ihjäl handläggaren som tog mina barn"),
        ("veiled", "Vi vet vilken skola dina barn går i och när de slutar."),
        ("veiled", "We know which bus you take home and when you leave the office."),
        ("incitement", "Dela hennes namn och adress till alla, låt henne få känna på det"),
        ("gathering", "Samling utanför hennes hus ikväll klockan sju"),
        (None, "Hon kör en röd Volvo och parkerar alltid vid förskolan. Bara så ni vet."),  # a threat, of whatever kind
    ],
)
def test_the_heads_say_what_kind_and_on_which_words_a_threat_rests(embedder, kind, text):
    text = normalise(text).text
    heads = packaged_for_threats()
    found = heads.told(text, embedder.embed([text], "query")[0])
    assert heads.fit(embedder.name) and found.probability >= 0.5 and found.kind == (kind or found.kind)
    assert 0 <= found.start < found.end <= len(text)


def test_only_patterns_of_lethal_words_end_in_death():
    assert all(pattern.kind == "explicit" for pattern in _patterns()[1] if pattern.id.endswith(".death"))
    assert not BY_MODEL.endswith(".death")


_WORDS = sorted({word for _, _, text in LINES for word in text.split()} | {"", "#", "döda", "kill", "her."})


def _plainly(phrases: PhraseSet, text):
    return [(number, start, end) for number, phrase in enumerate(phrases.phrases) for start, end in phrase.find(text)]


@given(st.lists(st.sampled_from(_WORDS), max_size=40).map(" ".join))
def test_the_automaton_misses_nothing_that_the_phrases_find(written):
    phrases, text = _patterns()[0], normalise(written)
    assert list(phrases.find(text)) == _plainly(phrases, text)


def test_the_automaton_misses_nothing_in_the_sentences():
    phrases = _patterns()[0]
    for _, _, written in LINES:
        text = normalise(written)
        assert list(phrases.find(text)) == _plainly(phrases, text)


def test_a_phrase_is_looked_for_by_its_most_telling_word():
    assert compile_phrase("x", "vi|jag vet .. skola|förskola").stems == ("skola", "förskola")
    assert compile_phrase("x", "going_to|will kill").stems == ("kill",)
