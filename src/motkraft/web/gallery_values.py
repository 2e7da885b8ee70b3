"""Made-up values for the gallery: every component in all its states, and one page of each kind."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from django import forms
from django.http import HttpRequest
from django.utils.safestring import mark_safe

from motkraft.web import charts, lists, parts

NOW = datetime(2026, 11, 24, 8, 20, tzinfo=UTC)

RULE = SimpleNamespace(
    citation="FL 33 § 4 st",
    title_sv="Underrättelse utan namn",
    title_en="Notice without names",
    plain_sv="Den som får beslutet ska få veta innehållet. Namnen på dem som deltog kan lämnas utanför.",
    plain_en="The party is told what was decided. The names of those who took part can be left out.",
    wording_sv="Exempel på en ordalydelse. Den riktiga hämtas ur regelverket, med källa och datum.",
    status="in-force",
    verified="statute",
    valid_from=date(2018, 7, 1),
    checked_on=date(2026, 11, 2),
    source=SimpleNamespace(
        title_sv="Förvaltningslag (2017:900)",
        title_en="Administrative Procedure Act",
        url="https://example.org/",
    ),
)
RULE_PROPOSED = SimpleNamespace(
    citation="Förslag 2026:1",
    title_sv="Ett förslag",
    title_en="A proposal",
    status="proposed",
    verified="web",
    plain_sv="Visas som förslag. Gäller inte.",
    plain_en="Shown as a proposal. It does not apply.",
    expected_from=date(2027, 7, 1),
    checked_on=date(2026, 11, 2),
    source="Exempelkälla",
)
RULE_UNVERIFIED = SimpleNamespace(
    citation="AFS 2023:2 6 kap.",
    title_sv="En regel som väntar på kontroll",
    title_en="A rule that waits to be checked",
    status="in-force",
    verified="unverified",
    source="https://example.org/regel",
)

PROOF = parts.Proof("witnessed", 2, 3, "#kvitto", NOW - timedelta(hours=3))
VIEWERS = [parts.Viewer("Du"), parts.Viewer("Din chef", "Kontor Norr"), parts.Viewer("Säkerhetssamordnaren")]
SEEN = [parts.Viewer("Din chef", "Kontor Norr", NOW - timedelta(hours=2))]
EVENTS = [
    parts.Event(
        NOW - timedelta(days=1, hours=2),
        "Händelsen rapporterades",
        "Från en telefon, på 48 sekunder.",
        "Du",
        icon="megaphone",
    ),
    parts.Event(
        NOW - timedelta(days=1, hours=1),
        "Chefen tog emot",
        who="Enhetschef, Kontor Norr",
        tone="success",
        icon="check",
        proof=PROOF,
    ),
    parts.Event(
        NOW - timedelta(hours=4), "Polisanmälan lämnades in", "Diarienummer EX-5000-26", tone="accent"
    ),
    parts.Event(NOW - timedelta(hours=1), "Skyddsplanen är försenad", tone="danger", icon="triangle-alert"),
]
STATIONS = [
    parts.Station(
        NOW - timedelta(days=1),
        "Togs emot",
        "Rapportören",
        "Skärmbild, 1 290 × 2 796 bildpunkter",
        "9f2c" * 16,
        True,
    ),
    parts.Station(NOW - timedelta(hours=20), "Lästes", "Enhetschef, Kontor Norr"),
    parts.Station(
        NOW - timedelta(hours=4), "Lämnades till polisen", "Säkerhetssamordnaren", "", "9f2c" * 16, False
    ),
]
STEPS = [
    parts.Step("Utkast", "done", "Handläggare 1", NOW - timedelta(days=2)),
    parts.Step("Granskning", "done", "Handläggare 2", NOW - timedelta(days=1)),
    parts.Step("Beslut i utskott", "now", "Fem ledamöter"),
    parts.Step("Underrättelse"),
    parts.Step("Loggat", "later"),
]
WEEK = [
    parts.WeekItem(NOW - timedelta(days=2), "Skyddsplan EX-12", "#a"),
    parts.WeekItem(NOW + timedelta(hours=4), "Samtal EX-14", "#b"),
    parts.WeekItem(NOW - timedelta(hours=1), "Tillbud EX-11", "#c", done=True),
    parts.WeekItem(NOW + timedelta(days=2, hours=1), "Polisanmälan EX-14", "#d"),
    parts.WeekItem(NOW + timedelta(days=3), "Uppföljning EX-9", "#e"),
]
FILES = [
    parts.FileLink("polisanmalan-EX-14.pdf", "#f", 184_320, "file-text", "Ivägskickad 24 nov 2026"),
    parts.FileLink(
        "skarmbild-1.png", "#g", 2_412_000, "file-image", "Delningskopia utan metadata", "9f2c" * 16
    ),
]
FACTS = [
    parts.Fact("Vad", "Hot i sociala medier"),
    parts.Fact("När", "mån 23 nov 2026, 21:40"),
    parts.Fact("Kontor", "Kontor Norr"),
    parts.Fact("Spridning", "38 av 112 inlägg (34 %)", "Räknat på de inlägg som samlats in 1–23 nov 2026"),
    parts.Fact("Tidigare händelser", None),
]
NEXT_STEP = parts.NextStep(
    "Prata med medarbetaren",
    "Fråga hur hen mår och vad som behövs i dag. Skriv sedan en rad om vad ni kom överens om.",
    parts.Action("Anteckna samtalet", "#samtal", icon="pencil"),
    RULE,
    NOW + timedelta(hours=5),
    [parts.Action("Be om hjälp", "#hjalp")],
)


def _actions() -> list[parts.Action]:
    return [
        parts.Action("Rapportera en händelse", "#1", icon="megaphone"),
        parts.Action("Ta tillbaka", "#2", "post", tone="danger"),
        parts.Action("Spara utkast", "#3", "post", tone="neutral"),
    ]


class GalleryForm(forms.Form):
    """One field of each kind."""

    kind = forms.ChoiceField(
        label="Vad hände?",
        help_text="Välj det som ligger närmast. Du kan berätta mer sedan.",
        choices=[("threat", "Någon hotade mig"), ("filmed", "Jag blev filmad"), ("other", "Något annat")],
        widget=forms.RadioSelect,
    )
    where = forms.CharField(label="Var hände det?", max_length=80)
    on = forms.DateField(label="Vilken dag?", widget=forms.DateInput(attrs={"type": "date"}))
    office = forms.ChoiceField(label="Kontor", choices=[("n", "Kontor Norr"), ("s", "Kontor Söder")])
    told = forms.CharField(
        label="Vill du berätta mer?",
        widget=forms.Textarea(attrs={"rows": 4}),
        required=False,
        help_text="Du behöver inte ha alla uppgifter.",
    )
    seen_by = forms.MultipleChoiceField(
        label="Vem fick se det?",
        choices=[("f", "Familjen"), ("k", "Kollegor")],
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    evidence = forms.FileField(label="Bild eller fil", required=False, help_text="Högst 2 GB.")
    agree = forms.BooleanField(label="Jag vill att skyddsombudet får veta", required=False)


def shell() -> dict[str, Any]:
    """Give what stands around every page."""
    return {
        "demo": True,
        "home_url": "?",
        "hide_url": "#dolj",
        "now": NOW,
        "navigation": [
            parts.NavItem("Att göra", "#todo", True, "list-checks", 3),
            parts.NavItem("Händelser", "#incidents", icon="shield"),
            parts.NavItem("Kontor", "#offices", icon="building-2"),
            parts.NavItem("Påverkan", "#influence", icon="scale"),
        ],
        "acting": parts.ActingFor(
            "Kim Exempel",
            "Enhetschef",
            "Storås kommun",
            "plum",
            [
                parts.ActingChoice("1", "Enhetschef, Storås kommun", True),
                parts.ActingChoice("2", "Handledare, Kunskapsenheten"),
            ],
            "#byt",
            "#konto",
            "#ut",
        ),
        "footer_links": [
            parts.NavItem("Kontrollera ett beslut", "#kontrollera"),
            parts.NavItem("Tillgänglighet", "#wcag"),
        ],
    }


def components(request: HttpRequest) -> dict[str, Any]:
    """Give the values of the page with all components."""
    bars = charts.bars(
        [("Region Nord", 38), ("Region Syd", 24), ("Region Väst", 17), ("Region Öst", None)],
        title="Anmälda händelser per region",
        summary="Nord har flest, 38 av 79 (48 %), jan–mar 2026. Öst visas inte: för få händelser.",
        heads=("Region", "Händelser"),
        highlight="Region Nord",
        source="Påhittade siffror",
    )
    lines = charts.lines(
        {
            "Inlägg": [("jan", 12), ("feb", 31), ("mar", 24), ("apr", 9)],
            "Svar": [("jan", 2), ("feb", 6), ("mar", 15), ("apr", 14)],
        },
        title="Inlägg och svar",
        summary="Svaren kom i fatt inläggen i april.",
        heads=("Månad", "Inlägg", "Svar"),
    )
    spread = charts.small_multiples(
        {
            "arabiska": [("v 40", 4), ("v 41", 22), ("v 42", 9)],
            "svenska": [("v 40", 1), ("v 41", 6), ("v 42", 12)],
            "somaliska": [("v 40", 2), ("v 41", 3), ("v 42", 1)],
        },
        title="Påståendets väg mellan språk",
        summary="Det började på arabiska och nådde svenska en vecka senare.",
        heads=("Vecka", "arabiska", "svenska", "somaliska"),
    )
    bound = GalleryForm({"where": "", "told": "Text som redan är skriven står kvar."})
    return {
        "title": "Komponenter",
        "lead": "Alla delar i alla lägen, med påhittade värden.",
        "rule": RULE,
        "rule_proposed": RULE_PROPOSED,
        "rule_unverified": RULE_UNVERIFIED,
        "viewers": VIEWERS,
        "seen": SEEN,
        "proofs": [parts.Proof("waiting"), parts.Proof("logged", url="#k", at=NOW), PROOF],
        "statuses": [
            parts.Status("Ny", "info", "circle-dot"),
            parts.Status("Pågår", "accent"),
            parts.Status("Klar", "success", "check"),
            parts.Status("Väntar på dig", "warning", "clock"),
            parts.Status("Akut", "danger", "siren"),
            parts.Status("Vilande"),
        ],
        "dues": [
            (NOW + timedelta(days=4), None),
            (NOW + timedelta(hours=5), None),
            (NOW - timedelta(hours=20), None),
            (NOW + timedelta(hours=5), NOW - timedelta(hours=1)),
            (NOW - timedelta(days=3), NOW - timedelta(days=1)),
        ],
        "events": EVENTS,
        "stations": STATIONS,
        "steps": STEPS,
        "week": WEEK,
        "files": FILES,
        "facts": FACTS,
        "next_step": NEXT_STEP,
        "actions": _actions(),
        "progress": parts.Progress(3, 7),
        "empty": parts.Empty(
            "Inga händelser än",
            "Här kommer det som rapporteras på ditt kontor.",
            parts.Action("Rapportera", "#r"),
        ),
        "charts": [bars, lines, spread],
        "form": bound,
        "public_languages": [
            parts.Language("sv", "Svenska", "#sv", True),
            parts.Language("ar", "العربية", "#ar"),
            parts.Language("so", "Soomaali", "#so"),
        ],
    }


def form_page(request: HttpRequest) -> dict[str, Any]:
    """Give the values of a form page: one question, answered with nothing."""

    class Question(forms.Form):
        danger = forms.ChoiceField(
            label="Är du i fara nu?",
            help_text="Ring 112 först om du är det. Det du gör här väntar på dig.",
            choices=[("no", "Nej"), ("yes", "Ja, men jag är i säkerhet nu")],
            widget=forms.RadioSelect,
        )

    return {
        "title": "Är du i fara nu?",
        "question_is_heading": True,
        "form": Question({}),
        "progress": parts.Progress(1, 5),
        "back_url": "#tillbaka",
        "cancel_url": "#avbryt",
    }


def list_page(request: HttpRequest) -> dict[str, Any]:
    """Give the values of a list of 120 rows with search, chips and sorting."""
    kinds = {"hot": "Hot", "film": "Filmning", "namn": "Namn spridda"}
    rows = [
        {
            "reference": f"EX-{n}",
            "kind": list(kinds)[n % 3],
            "kind_label": list(kinds.values())[n % 3],
            "office": f"Kontor {n % 5 + 1}",
            "due_at": NOW + timedelta(hours=7 * n - 30),
            "met_at": NOW - timedelta(hours=2) if n % 4 == 3 else None,
            "posts": (n * 37) % 400,
            "rule": RULE,
        }
        for n in range(1, 121)
    ]
    listing = lists.listing(
        request,
        rows,
        [
            lists.Column("reference", "Referens", "reference"),
            lists.Column("kind", "Vad", "kind_label"),
            lists.Column("office", "Kontor", "office"),
            lists.Column("due", "Nästa frist", "due_at"),
            lists.Column("rule", "Regel"),
            lists.Column("posts", "Inlägg", "posts", numeric=True),
        ],
        filters=[
            lists.Filter(
                "kind",
                "Vad",
                [lists.Choice(key, label) for key, label in kinds.items()],
                lambda found, value: [row for row in found if row["kind"] == value],
            ),
        ],
        search=lambda found, words: [
            row for row in found if words.lower() in f"{row['reference']} {row['office']}".lower()
        ],
        sort="due",
        per_page=20,
    )
    return {
        "title": "Händelser",
        "listing": listing,
        "search_label": "Sök på referens eller kontor",
        "row_template": "web/_gallery_row.html",
        "list_action": parts.Action("Rapportera", "#r", icon="megaphone"),
        "empty": parts.Empty("Inga händelser än", "Här kommer det som rapporteras på ditt kontor."),
    }


def item_page(request: HttpRequest) -> dict[str, Any]:
    """Give the values of an item page."""
    return {
        "title": "Hot efter publicerad film",
        "reference": "EX-14",
        "kind": "Händelse",
        "status": parts.Status("Väntar på dig", "warning", "clock"),
        "next_step": NEXT_STEP,
        "facts": FACTS,
        "files": FILES,
        "events": EVENTS,
        "who_sees": "du, din chef och säkerhetssamordnaren",
        "viewers": VIEWERS,
        "seen": SEEN,
        "crumbs": [parts.Crumb("Händelser", "#l")],
        "duties": [
            ("Prata med medarbetaren", NOW + timedelta(hours=5), None),
            ("Polisanmäl", NOW - timedelta(hours=3), None),
            ("Anmäl tillbudet", NOW + timedelta(days=2), NOW - timedelta(hours=1)),
        ],
        "rule": RULE,
        "stations": STATIONS,
        "steps": STEPS,
    }


def review_page(request: HttpRequest) -> dict[str, Any]:
    """Give the values of the review screen."""
    return {
        "title": "Granska träffar",
        "progress": parts.Progress(12, 40, "12 av 40 granskade"),
        "choices": [
            parts.ReviewChoice("claim", "Upprepar påståendet", "j", "accent"),
            parts.ReviewChoice("critique", "Kritik eller fråga", "k", "neutral"),
            parts.ReviewChoice("story", "Egen berättelse", "l", "neutral"),
            parts.ReviewChoice("skip", "Vet inte", "o", "neutral"),
        ],
        "undo": parts.Action("Ångra", "#u", "post", icon="undo-2", key="z"),
        "undo_words": "Inlägg 11: Kritik eller fråga.",
        "post": "يأخذون الأطفال من عائلاتهم Socialtjänsten i Storås 2026",
        "facts": FACTS[:3],
    }


def start_page(request: HttpRequest) -> dict[str, Any]:
    """Give the values of the start page."""
    return {
        "title": "Att göra",
        "week": WEEK,
        "tasks": [
            parts.Todo(
                "Skriv en skyddsplan", "EX-12", "#1", "Öppna planen", NOW - timedelta(days=2), RULE_UNVERIFIED
            ),
            parts.Todo(
                "Prata med medarbetaren", "EX-14", "#2", "Anteckna samtalet", NOW + timedelta(hours=5), RULE
            ),
            parts.Todo(
                "Svara kunskapsenheten",
                "ST-3",
                "#3",
                "Öppna ärendet",
                NOW + timedelta(days=2),
                "Ni bad om stöd 20 nov 2026",
            ),
        ],
        "follows": [parts.Row("Hot efter publicerad film", "#f", "EX-14", parts.Status("Pågår", "accent"))],
        "news": [parts.Row("Kunskapsenheten har svarat", "#n", "i går 16:10")],
    }


def check_page(request: HttpRequest) -> dict[str, Any]:
    """Give the values of the page before sending."""
    return {
        "title": "",
        "back_url": "#b",
        "progress": parts.Progress(5, 5),
        "answers": [
            ("Vad hände?", "Jag blev filmad", "#1"),
            ("Var?", "Utanför kontoret", "#2"),
            ("Mer", "", "#3"),
        ],
    }


def done_page(request: HttpRequest) -> dict[str, Any]:
    """Give the values of the page after sending."""
    return {
        "title": "Tack. Bra att du berättar.",
        "lead": "Din chef har fått det här. Senast kl. 14 i dag ska hen ha talat med dig.",
        "reference": "EX-14",
        "happens": EVENTS[:2],
        "who_sees": "du, din chef och säkerhetssamordnaren",
        "viewers": VIEWERS,
        "seen": [],
        "actions": _actions()[:1],
    }


def public_page(request: HttpRequest) -> dict[str, Any]:
    """Give the values of a public page that is read from right to left."""
    return {
        "title": "ماذا يعني القرار؟",
        "lead": "صفحة تجريبية عن Socialtjänsten مع أرقام مثل 112 و 2026.",
        "page_language": "ar",
        "page_direction": "rtl",
        "languages": [
            parts.Language("sv", "Svenska", "#sv"),
            parts.Language("ar", "العربية", "#ar", True),
            parts.Language("so", "Soomaali", "#so"),
        ],
        "navigation": [parts.NavItem("حقائق", "#f", True), parts.NavItem("تحقق", "#v")],
        "rule": RULE,
        "facts": FACTS[:2],
        "events": EVENTS[:2],
        "post": mark_safe("نص مع رقم <bdi>EX-14</bdi> في داخله."),
    }


def confirm_page(request: HttpRequest) -> dict[str, Any]:
    """Give the values of a question on its own page."""
    return {
        "title": "Ta tillbaka rapporten?",
        "lead": "Den syns inte längre för din chef. Du kan lämna den igen.",
        "submit_label": "Ta tillbaka",
        "submit_tone": "danger",
        "cancel_url": "#nej",
    }


PAGES: dict[str, tuple[str, Callable[[HttpRequest], dict[str, Any]]]] = {
    "components": ("web/gallery.html", components),
    "start": ("web/start_page.html", start_page),
    "form": ("web/form_page.html", form_page),
    "check": ("web/check_page.html", check_page),
    "done": ("web/done_page.html", done_page),
    "confirm": ("web/confirm_page.html", confirm_page),
    "list": ("web/list_page.html", list_page),
    "item": ("web/gallery_item.html", item_page),
    "review": ("web/gallery_review.html", review_page),
    "public": ("web/gallery_public.html", public_page),
}
