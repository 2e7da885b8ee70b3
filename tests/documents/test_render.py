from __future__ import annotations

import io
import re

import pikepdf
import pypdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pikepdf import pdfa

from documents.samples import NOTICE, TEMPLATES, sample
from motkraft.documents import (
    LANGUAGES,
    SCHEMAS,
    Attachment,
    DocumentError,
    InvalidData,
    UnknownTemplate,
    preview,
    qr_svg,
    render,
)
from motkraft.documents.glyphs import settable, tight

HOSTILE = [
    '#import "/etc/passwd"',
    '#eval("1+1") #sys.inputs.data #read("words.toml")',
    "*fet* _kursiv_ `kod` $x^2$ <etikett> @referens [hak] {krull}",
    "\"citat\" 'apostrof' \\u{1F600} \\n \\",
    "= Rubrik\n- lista\n/ ord: term\n// kommentar /* block */",
    "נא לא לפתוח · لا تفتح · не открывать · μην ανοίξεις",
    "\u202eekil rättsmos\u202c \u2067isolat\u2069 \u200bnoll\ufeffbredd\u200d",
    "kontroll\x00\x07\x1b tecken, privat \ue000, halvt \ud800, emoji 🔪👨‍👩‍👧❤️, kinesiska 家",
    "a" * 10_000,
    ("ord " * 2_500),
    "ক্ষ हिन्दी தமிழ் ไทย ქართული հայերեն ሰላም ܫܠܡܐ 𝓱𝓮𝓳 ①②",
]


def text_of(pdf: bytes) -> str:
    """All text of a PDF, with single spaces."""
    pages = pypdf.PdfReader(io.BytesIO(pdf)).pages
    return re.sub(r"\s+", " ", " ".join(page.extract_text() for page in pages))


def letters(text: str) -> str:
    """A text without spaces and invisible break marks, to compare across line ends."""
    return re.sub(r"[\s\u200b\u00a0]", "", text)


def assert_archive_and_accessible(pdf: bytes, language: str) -> None:
    """The structural half of PDF/A-3a and PDF/UA-1; the release gate runs veraPDF for the whole."""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        xmp = document.Root.Metadata.read_bytes()
        assert b"<pdfaid:part>3<" in xmp and b"<pdfaid:conformance>A<" in xmp and b"<pdfuaid:part>1<" in xmp
        assert b"dc:creator" not in xmp and "/Author" not in document.docinfo
        assert str(document.Root.Lang).split("-")[0] == language
        assert document.Root.MarkInfo.Marked
        assert "/StructTreeRoot" in document.Root
        assert document.Root.ViewerPreferences.DisplayDocTitle
        (intent,) = document.Root.OutputIntents
        assert str(intent.S) == "/GTS_PDFA1" and intent.DestOutputProfile.read_bytes()
        assert not document.is_encrypted
        for page in document.pages:
            if "/Annots" in page:
                assert str(page.get("/Tabs")) == "/S"
        fonts = [
            o for o in document.objects if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/Font"
        ]
        assert fonts
        for font in fonts:
            if font.Subtype == "/Type0":
                assert "/ToUnicode" in font, "text must be extractable"
                continue
            descriptor = font.FontDescriptor
            assert {"/FontFile", "/FontFile2", "/FontFile3"} & set(descriptor.keys()), (
                "every font is embedded"
            )


@pytest.mark.parametrize("language", ["sv", "en"])
@pytest.mark.parametrize("template", TEMPLATES)
def test_every_document_is_archivable_and_accessible(template: str, language: str) -> None:
    assert_archive_and_accessible(render(template, sample(template), language=language), language)


#: What pikepdf's validator, which knows level B and no second standard, takes for a fault in a file of PDF/A-3a and
#: PDF/UA-1: the level's letter, the XMP schemas of PDF/UA, and a named place in the outline.
NOT_FAULTS = {"ISO_19005_3:6.6.4-3", "ISO_19005_3:6.6.2.3.1-1", "pikepdf:schema-OutlineItem"}


@pytest.mark.parametrize("template", TEMPLATES)
def test_a_validator_of_pdf_a_3_finds_no_fault(template: str) -> None:
    with pikepdf.open(io.BytesIO(render(template, sample(template)))) as document:
        found = pdfa.check(document, pdfa.Flavour.PDFA_3B).findings
    assert {finding.rule for finding in found if finding.kind == "violation"} <= NOT_FAULTS


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_paper_is_set_in_its_language_and_direction(language: str) -> None:
    pdf = render("paper", sample("paper", draft=True), language=language)
    assert_archive_and_accessible(pdf, language)
    pages = preview("paper", sample("paper", draft=True), language=language, dots=30)
    assert all(page.startswith(b"\x89PNG") for page in pages) and pages


def test_a_draft_says_so_on_every_page_and_a_document_does_not() -> None:
    assert "UTKAST" in text_of(render("notice", sample("notice", draft=True)))
    assert "UTKAST" not in text_of(render("notice", sample("notice")))


def test_every_schema_has_a_sample() -> None:
    assert sorted(SCHEMAS) == TEMPLATES


@pytest.mark.parametrize("template", TEMPLATES)
def test_the_same_data_gives_the_same_bytes(template: str) -> None:
    assert render(template, sample(template)) == render(template, sample(template))


def test_a_sealed_notice_is_still_archivable_accessible_and_clean() -> None:
    import datetime as dt

    from motkraft.sealing import Signer, eseal, generate_test_certificate, scan, verify_pdf

    now = dt.datetime(2026, 11, 21, 9, 31, tzinfo=dt.UTC)
    signer = Signer.from_pkcs12(generate_test_certificate("Exempelkommun", now=now))
    sealed = eseal(render("notice", sample("notice")), signer, reason="Underrättelse om beslut", now=now)
    assert_archive_and_accessible(sealed, "sv")
    with pikepdf.open(io.BytesIO(sealed)) as document:
        found = pdfa.check(document, pdfa.Flavour.PDFA_3B).findings
    assert {finding.rule for finding in found if finding.kind == "violation"} <= NOT_FAULTS
    assert verify_pdf(sealed, now=now).organisation == "Exempelkommun"
    names = ["Karin Provström", "Lars Testberg", "Amina Exempelsson", "Nils Påhittad"]
    assert scan(sealed, names, other_texts={"QR code": NOTICE["verification_url"]}) == []
    original = render("decision_original", sample("decision_original"))
    assert {leak.term for leak in scan(original, names)} == {0, 1, 2, 3}


@pytest.mark.parametrize("hostile", HOSTILE)
@pytest.mark.parametrize(("template", "field"), [("notice", "content"), ("police_report", "what"), ("paper", "lead")])
def test_hostile_text_is_shown_and_never_run(template: str, field: str, hostile: str) -> None:
    pdf = render(template, sample(template, **{field: hostile}))
    plain = letters(settable(hostile)).encode("ascii", "ignore").decode()
    if plain.isascii() and hostile.isascii():
        assert plain[:60] in letters(text_of(pdf))
    assert_archive_and_accessible(pdf, "sv")


@settings(max_examples=40, deadline=None)
@given(st.text(min_size=1, max_size=200).filter(str.strip))
def test_any_text_at_all_can_be_set(text: str) -> None:
    quotes = [{"text": text, "translation": text, "source": text}]
    assert render("police_report", sample("police_report", exact_words=quotes, what=text)).startswith(b"%PDF")


def test_arabic_is_embedded_and_extractable() -> None:
    pdf = render("police_report", sample("police_report"))
    assert "المدرسة" in text_of(pdf) or "ةسردملا" in text_of(pdf)
    assert "U+1F52A HOCHO" in text_of(pdf)


def test_a_notice_says_what_the_party_needs() -> None:
    text = text_of(render("notice", sample("notice")))
    for needed in (
        "Underrättelse om beslut",
        "20 november 2026",
        "Individ- och familjenämnden, Exempelkommun",
        "LVU 14 § 2 st 1",
        "FL 33 § 4 st",
        "Namnen på dem som har beslutat",
        "Förvaltningsrätten i Exempelstad",
        "0470-000 20",
        "B-2026-000381",
        "https://motkraft.example/verifiera/B-2026-000381",
        "3b7f0c2a9d5e4f61 88c1d0e2b3a49586",
        "1 (2)",
    ):
        assert needed in text.replace("\u00a0", " "), needed


def test_a_notice_with_names_shows_them_and_no_exemption() -> None:
    people = {"deciders": [{"name": "Karin Provström", "title": "ordförande"}], "names_left_out_basis": None}
    text = text_of(render("notice", sample("notice", name_free=False, **people)))
    assert "Karin Provström, ordförande" in text
    assert "Namnen på dem" not in text


def test_the_original_shows_what_fl_31_and_32_ask_for() -> None:
    text = text_of(render("decision_original", sample("decision_original"))).replace("\u00a0", " ")
    for needed in (
        "INTERN HANDLING",
        "OSL 26 kap. 1 §",
        "20 november 2026",
        "Karin Provström, ordförande i utskottet",
        "Amina Exempelsson, socialsekreterare",
        "Nils Påhittad, enhetschef",
        "Skälen för beslutet",
        "LVU 14 § 2 st 1",
    ):
        assert needed in text, needed


def test_a_police_report_shows_evidence_offences_and_legal_basis() -> None:
    text = text_of(render("police_report", sample("police_report"))).replace("\u00a0", " ")
    for needed in (
        "Polisanmälan",
        "21 november 2026, 08:45",
        "Våld eller hot mot tjänsteman",
        "BrB 17 kap. 1 och 5 §§",
        "OSL 10 kap. 24 §",
        "Hemadress och privata telefonnummer lämnas inte",
        "482,1 kB",
        "Vänta bara. Vi ses utanför jobbet.",
    ):
        assert needed in text, needed


def test_a_paper_shows_its_parts_its_marking_and_what_is_lacking() -> None:
    text = text_of(render("paper", sample("paper"))).replace("\u00a0", " ")
    for needed in (
        "Ansökan om ordningsvakter",
        "SEKRETESSMARKERING",
        "OSL 18 kap. 8 §",
        "Receptionen, Exempelgatan 1",
        "Förordning 2023:422 2 §",
        "Finns: Ritning över platsen",
        "Saknas: Polisens samråd",
        "Underskrift",
    ):
        assert needed in text, needed
    plain = text_of(render("paper", sample("paper", secrecy=None, signatures=[])))
    assert "SEKRETESSMARKERING" not in plain and "Underskrift" not in plain


def test_demo_data_says_so_on_every_page_and_real_data_does_not() -> None:
    for page in pypdf.PdfReader(io.BytesIO(render("police_report", sample("police_report")))).pages:
        assert "DEMO" in page.extract_text()
    assert "DEMO" not in text_of(render("police_report", sample("police_report", demo=False)))


def test_times_are_shown_in_swedish_time() -> None:
    text = text_of(render("custody_report", sample("custody_report", issued_at="2026-07-01T22:30:00+00:00")))
    assert "2 juli 2026, 00:30" in text.replace("\u00a0", " ")


def test_attachments_travel_inside_and_come_out_whole() -> None:
    proof = b"c2sp.org/tlog-proof@v1\nindex 4211\n"
    attached = Attachment("kvitto.tlog-proof", proof, "text/plain", "Kvitto ur loggen", "supplement")
    pdf = render("notice", sample("notice"), attachments=[attached])
    assert pdf == render("notice", sample("notice"), attachments=[attached])
    with pikepdf.open(io.BytesIO(pdf)) as document:
        (found,) = document.attachments.values()
        assert found.get_file().read_bytes() == proof
        (associated,) = document.Root.AF
        assert str(associated.AFRelationship) == "/Supplement"
    assert_archive_and_accessible(pdf, "sv")


@pytest.mark.parametrize("name", ["../x", "å.txt", "", "a b", "/etc/passwd", ".dold"])
def test_an_attachments_name_cannot_leave_its_folder(name: str) -> None:
    with pytest.raises(DocumentError):
        render("notice", sample("notice"), attachments=[Attachment(name, b"x", "text/plain", "x")])


@pytest.mark.parametrize(
    ("template", "changes", "field"),
    [
        ("notice", {"reference": ""}, "reference"),
        ("notice", {"reference": None}, "reference"),
        ("notice", {"reference": "två\nrader"}, "reference"),
        ("notice", {"namn": "x"}, "namn"),
        ("notice", {"decided_on": "i går"}, "decided_on"),
        ("notice", {"issued_at": "2026-11-21T09:30:00"}, "issued_at"),
        ("notice", {"commitment": "ABC"}, "commitment"),
        ("notice", {"verification_url": "javascript:alert(1)"}, "verification_url"),
        ("notice", {"content": "x" * 20_001}, "content"),
        ("notice", {"legal_basis": "FL 33 §"}, "legal_basis"),
        ("notice", {"demo": "nej"}, "demo"),
        ("notice", {"deciders": [{"name": "A", "title": "b"}]}, "deciders"),
        ("notice", {"names_left_out_basis": None}, "names_left_out_basis"),
        ("notice", {"name_free": False}, "deciders"),
        ("notice", {"no_appeal": "Beslutet kan inte överklagas."}, "appeal"),
        ("decision_original", {"deciders": []}, "deciders"),
        ("decision_original", {"provisions": []}, "provisions"),
        ("police_report", {"evidence": [{"reference": "B1"}]}, "evidence[0].title"),
        ("police_report", {"organisation": {"name": "X"}}, "organisation.unit"),
        ("custody_report", {"items": []}, "items"),
        ("paper", {"sections": []}, "sections"),
        ("paper", {"sections": [{"heading": "Tom"}]}, "sections"),
        ("paper", {"title": "två\nrader"}, "title"),
    ],
)
def test_bad_data_names_the_field(template: str, changes: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidData) as caught:
        render(template, sample(template, **changes))
    assert caught.value.data["field"] == field


def test_custody_steps_out_of_order_are_refused() -> None:
    data = sample("custody_report")
    data["items"][0]["events"].reverse()
    with pytest.raises(InvalidData, match="order"):
        render("custody_report", data)


def test_an_error_never_repeats_the_data() -> None:
    with pytest.raises(InvalidData) as caught:
        render("notice", sample("notice", decided_on="Karin Provström"))
    assert "Karin" not in str(caught.value) and "Karin" not in repr(caught.value.data)


def test_unknown_templates_and_languages_are_refused() -> None:
    with pytest.raises(UnknownTemplate, match="custody_report"):
        render("brev", {})
    with pytest.raises(InvalidData):
        render("notice", sample("notice"), language="no")


def test_data_may_be_given_as_the_dataclass_itself() -> None:
    from motkraft.documents.reading import read

    notice = read(SCHEMAS["notice"], sample("notice"))
    assert render("notice", notice) == render("notice", sample("notice"))


def test_the_same_address_gives_the_same_code() -> None:
    assert qr_svg("https://a.example") == qr_svg("https://a.example") != qr_svg("https://b.example")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FL 33 § 4 st", "FL 33\u00a0§\u00a04\u00a0st"),
        ("6 a § LVU", "6\u00a0a\u00a0§ LVU"),
        ("den 5 november", "den 5\u00a0november"),
        ("14 000 kronor", "14\u00a0000 kronor"),
        ("i 2 stater", "i 2 stater"),
    ],
)
def test_swedish_typography_keeps_together_what_belongs_together(text: str, expected: str) -> None:
    assert tight(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rad\r\nrad\tmellan", "rad\nrad mellan"),
        ("\u202eemorhc", "[U+202E RIGHT-TO-LEFT OVERRIDE]emorhc"),
        ("می‌خواهم", "می‌خواهم"),
        ("❤️", "[U+2764 HEAVY BLACK HEART]"),
        ("\x00", "[U+0000]"),
        ("A\u030a", "Å"),
    ],
)
def test_nothing_is_hidden_or_lost_when_text_is_set(text: str, expected: str) -> None:
    if text == "❤️" and settable("\u2764") == "\u2764":
        expected = "\u2764"
    assert settable(text) == expected
