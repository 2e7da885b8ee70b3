"""What leaves in an exchange: incidents as open JSON, and rows that a work-injury system can import."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from motkraft.law.calendar import STOCKHOLM

#: Names this version of the JSON form; docs/formats/incident.schema.json describes it.
FORM = "motkraft-incident-export/1"

#: The columns of the work-injury CSV, in order. Ours, for no public import form was found.
INJURY_COLUMNS = (
    "referens",
    "handelsedatum",
    "klockslag",
    "rapporterad",
    "arbetsstalle",
    "plats",
    "slag",
    "slag_kod",
    "handelseforlopp",
    "vittnen",
    "vapen",
    "polisanmald",
    "arende",
)
#: Those of them that people wrote: empty unless a basis for telling is written.
INJURY_TEXTS = frozenset({"plats", "handelseforlopp", "vittnen"})


@dataclass(frozen=True)
class Exported:
    """One incident as it leaves. ``texts`` is empty unless a basis for telling them was written."""

    reference: str
    kind: str
    kind_sv: str
    kind_en: str
    status: str
    reported_at: dt.datetime
    happened_at: dt.datetime | None = None
    time_is_known: bool = True
    closed_at: dt.datetime | None = None
    office: str = ""
    channel: str = ""
    case: str = ""
    series: str = ""
    flags: tuple[str, ...] = ()
    police_reports: int = 0
    duties: tuple[Mapping[str, Any], ...] = ()
    evidence: tuple[Mapping[str, Any], ...] = ()
    texts: Mapping[str, str] = field(default_factory=dict)


def _moment(at: dt.datetime | None) -> str | None:
    return at.astimezone(dt.UTC).isoformat(timespec="seconds") if at else None


def as_json(one: Exported) -> dict[str, Any]:
    """The JSON form of an incident; times in UTC, nothing that is not in the schema."""
    return {
        "reference": one.reference,
        "kind": {"code": one.kind, "sv": one.kind_sv, "en": one.kind_en},
        "status": one.status,
        "reported_at": _moment(one.reported_at),
        "happened_at": _moment(one.happened_at),
        "time_is_known": one.time_is_known,
        "closed_at": _moment(one.closed_at),
        "office": one.office or None,
        "channel": one.channel or None,
        "case": one.case or None,
        "series": one.series or None,
        "flags": list(one.flags),
        "police_reports": one.police_reports,
        "duties": [dict(duty) for duty in one.duties],
        "evidence": [dict(item) for item in one.evidence],
        "texts": dict(one.texts),
    }


def as_injury(one: Exported) -> list[str]:
    """The incident's row in the work-injury CSV; days and hours on Swedish clocks."""
    deed = one.happened_at.astimezone(STOCKHOLM) if one.happened_at else None
    told = "\n".join(filter(None, (one.texts.get("description", ""), one.texts.get("exact_words", ""))))
    row = {
        "referens": one.reference,
        "handelsedatum": deed.date().isoformat() if deed else "",
        "klockslag": deed.strftime("%H:%M") if deed and one.time_is_known else "",
        "rapporterad": one.reported_at.astimezone(STOCKHOLM).date().isoformat(),
        "arbetsstalle": one.office,
        "plats": one.texts.get("place", ""),
        "slag": one.kind_sv,
        "slag_kod": one.kind,
        "handelseforlopp": told,
        "vittnen": one.texts.get("witnesses", ""),
        "vapen": "ja" if "weapon" in one.flags else "nej",
        "polisanmald": "ja" if one.police_reports else "nej",
        "arende": one.case,
    }
    return [row[column] for column in INJURY_COLUMNS]
