"""Synthetic data for every template; docs/formats/notice.md shows the same."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

ORGANISATION = {
    "name": "Exempelkommun",
    "unit": "Individ- och familjenämnden",
    "address": "Box 100\n999 99 Exempelstad",
    "phone": "0470-000 00",
    "email": "ifo@exempelkommun.example",
}
CONTACT = {
    "who": "Säkerhetssamordnaren",
    "phone": "0470-000 10",
    "email": "sakerhet@exempelkommun.example",
    "hours": "Vardagar 08–16",
}
SHA = "3b7f0c2a9d5e4f6188c1d0e2b3a495867f6e5d4c3b2a19080f1e2d3c4b5a6978"
EVIDENCE = {
    "reference": "B1",
    "title": "Skärmbild av kommentar under film",
    "sha256": SHA,
    "size": 482_133,
    "preserved_at": "2026-11-20T21:14:05+01:00",
    "source": "https://video.example/@konto/video/1",
}

NOTICE: dict[str, Any] = {
    "organisation": ORGANISATION,
    "reference": "IFN 2026/0142",
    "decision_id": "B-2026-000381",
    "issued_at": "2026-11-21T09:30:00+01:00",
    "decided_on": "2026-11-20",
    "title": "Begränsning av umgänge",
    "concerns": "Den som underrättelsen är ställd till",
    "content": "Nämnden beslutar att umgänge ska ske en gång i veckan, i nämndens lokaler, till och "
    "med 20 februari 2027.",
    "reasons": "Vid de senaste umgängena har barnet visat oro. Ett tätt men tryggt umgänge bedöms "
    "svara mot barnets behov.",
    "legal_basis": [{"section": "LVU 14 § 2 st 1", "text": "Nämnden får besluta hur umgänget ska utövas."}],
    "contact": {
        "who": "Nämndens kontaktlinje",
        "phone": "0470-000 20",
        "email": "kontakt@exempelkommun.example",
        "hours": "Vardagar 09–15",
    },
    "verification_url": "https://motkraft.example/verifiera/B-2026-000381",
    "commitment": SHA,
    "name_free": True,
    "names_left_out_basis": {
        "section": "FL 33 § 4 st",
        "text": "En skriftlig underrättelse behöver inte innehålla uppgift om den som beslutat, "
        "föredragit eller "
        "deltagit, om det kan befaras att personen utsätts för hot, trakasserier eller annan "
        "allvarlig olägenhet.",
    },
    "appeal": {
        "court": "Förvaltningsrätten i Exempelstad",
        "deadline": "Tre veckor från den dag du fick del av beslutet (FL 44 §)",
        "send_to": "Exempelkommun, Individ- och familjenämnden\nBox 100, 999 99 Exempelstad",
        "instructions": "Skriv vilket beslut du överklagar, hur du vill att det ska ändras och varför. "
        "Nämnden prövar att överklagandet kommit in i tid och sänder det till rätten.",
    },
    "demo": True,
}

DECISION_ORIGINAL: dict[str, Any] = {
    "organisation": ORGANISATION,
    "reference": "IFN 2026/0142",
    "decision_id": "B-2026-000381",
    "issued_at": "2026-11-20T15:10:00+01:00",
    "decided_on": "2026-11-20",
    "title": "Begränsning av umgänge",
    "concerns": "Ärende IFN 2026/0142",
    "content": NOTICE["content"],
    "reasons": NOTICE["reasons"],
    "grounds": "Fyra dokumenterade umgängen 2–30 oktober 2026. Barnets egen uppfattning, given den 5 "
    "november.",
    "provisions": NOTICE["legal_basis"],
    "deciders": [
        {"name": "Karin Provström", "title": "ordförande i utskottet"},
        {"name": "Lars Testberg", "title": "ledamot"},
    ],
    "rapporteur": {"name": "Amina Exempelsson", "title": "socialsekreterare"},
    "participants": [{"name": "Nils Påhittad", "title": "enhetschef"}],
    "secrecy": {
        "provision": "OSL 26 kap. 1 §",
        "marked_on": "2026-11-20",
        "authority": "Exempelkommun, Individ- och familjenämnden",
    },
    "name_free_reason": "Det kan befaras att de som deltagit utsätts för hot (FL 33 § 4 st). "
    "Bedömning H-2026-17.",
    "decided_as": "Utskottet",
    "right_to_decide": "SoL 30 kap. 5 §\nKF § 12, 2026-01-02",
    "minutes": "IFN 2026-11-20 § 31",
    "demo": True,
}

POLICE_REPORT: dict[str, Any] = {
    "organisation": ORGANISATION,
    "reference": "H-2026-000093",
    "issued_at": "2026-11-21T08:45:00+01:00",
    "office": "Socialkontoret Norr",
    "office_address": "Torggatan 1\n999 99 Exempelstad",
    "contact": CONTACT,
    "exposed": "Socialsekreterare vid kontoret. Namnet lämnas till förundersökningsledaren.",
    "what": "Hot i kommentarer till en film som visar den anställda på väg till arbetet.",
    "happened": "20 november 2026, 20:52",
    "where": "video.example, öppet konto",
    "channel": "Kommentar på video, sedd av omkring 14 000",
    "exact_words": [
        {
            "text": "نحن نعرف أين يذهب أطفالك إلى المدرسة 🔪",
            "language": "Arabiska",
            "translation": "Vi vet var dina barn går i skolan",
            "source": "Bevis B1",
        },
        {"text": "Vänta bara. Vi ses utanför jobbet.", "language": "Svenska", "source": "Bevis B2"},
    ],
    "suspect": "Okänd. Kontot heter enligt bevis B1.",
    "earlier": "5000-K000001-26, 3 oktober 2026",
    "evidence": [
        EVIDENCE,
        EVIDENCE | {"reference": "B2", "title": "Sidan arkiverad (WACZ)", "size": 7_310_022},
    ],
    "offences": [
        {
            "name": "Våld eller hot mot tjänsteman",
            "section": "BrB 17 kap. 1 och 5 §§",
            "penalty": "Böter eller fängelse i högst tre år",
            "why": "Hot om brott för att hämnas en åtgärd i myndighetsutövning.",
        },
        {"name": "Olaga hot", "section": "BrB 4 kap. 5 §", "penalty": "Böter eller fängelse i högst två år"},
    ],
    "requests": ["Att kontaktförbud prövas.", "Besked om diarienummer och förundersökningsledare."],
    "disclosure_basis": [
        {
            "section": "OSL 10 kap. 24 §",
            "text": "Uppgift om den anställda får lämnas; fängelse ingår i straffskalan.",
        },
        {"section": "OSL 10 kap. 2 §", "text": "Uppgift om enskild lämnas bara så långt det är nödvändigt."},
    ],
    "demo": True,
}

CUSTODY_REPORT: dict[str, Any] = {
    "organisation": ORGANISATION,
    "reference": "H-2026-000093",
    "issued_at": "2026-11-21T08:50:00+01:00",
    "contact": CONTACT,
    "items": [
        {
            "evidence": EVIDENCE,
            "kind": "Bild (image/png), uppladdad av den utsatta",
            "receipt": "motkraft.example/log/9999, rad 4 211",
            "events": [
                {
                    "at": "2026-11-20T21:14:05+01:00",
                    "action": "Mottaget",
                    "actor": "Den utsatta (P-1043)",
                    "tool": "Motkraft 0.1.0",
                    "sha256": SHA,
                },
                {
                    "at": "2026-11-20T21:14:07+01:00",
                    "action": "Tidsstämplat",
                    "actor": "Motkraft",
                    "tool": "RFC 3161",
                },
                {
                    "at": "2026-11-21T08:02:40+01:00",
                    "action": "Visat",
                    "actor": "Säkerhetssamordnare (P-0007)",
                    "purpose": "Hotbildsbedömning",
                },
                {
                    "at": "2026-11-21T08:45:00+01:00",
                    "action": "Utlämnat",
                    "actor": "Säkerhetssamordnare (P-0007)",
                    "counterparty": "Polismyndigheten",
                    "purpose": "Polisanmälan H-2026-000093",
                    "sha256": SHA,
                },
            ],
        }
    ],
    "demo": True,
}

PAPER: dict[str, Any] = {
    "organisation": ORGANISATION,
    "reference": "OV-2026-0001",
    "issued_at": "2026-11-21T08:50:00+01:00",
    "title": "Ansökan om ordningsvakter",
    "addressee": "Polismyndigheten\nBox 200, 999 98 Exempelstad",
    "lead": "Kommunen ansöker om att få anordna bevakning med ordningsvakter i receptionen.",
    "contact": CONTACT,
    "secrecy": {"provision": "OSL 18 kap. 8 §", "marked_on": "2026-11-21", "authority": "Exempelkommun"},
    "sections": [
        {
            "heading": "Behovet",
            "text": "Sex händelser på tre månader.\n\nسنجدك أينما كنت",
            "rows": [
                {"label": "Plats", "value": "Receptionen, Exempelgatan 1"},
                {"label": "Tid", "value": "Vardagar 08–16"},
            ],
            "points": ["Kameran täcker entrén", "Larmet provades i oktober"],
        },
        {
            "heading": "Bestämmelser",
            "bases": [{"section": "Förordning 2023:422 2 §", "text": "Vad ansökan ska innehålla."}],
            "checks": [{"text": "Ritning över platsen", "done": True}, {"text": "Polisens samråd", "done": False}],
        },
    ],
    "signatures": ["Säkerhetssamordnare", "Förvaltningschef"],
    "demo": True,
}

_ALL = {
    "notice": NOTICE,
    "decision_original": DECISION_ORIGINAL,
    "police_report": POLICE_REPORT,
    "custody_report": CUSTODY_REPORT,
    "paper": PAPER,
}
TEMPLATES = sorted(_ALL)


def sample(template: str, **changes: Any) -> dict[str, Any]:
    """A fresh copy of a template's sample data, with changes."""
    return deepcopy(_ALL[template]) | changes
