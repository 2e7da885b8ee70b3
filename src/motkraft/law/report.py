"""What the command line shows: the rules of a day as plain rows, and what is weak in a pack."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from motkraft.law import statute_text, vocabulary
from motkraft.law.citation import parse_sections
from motkraft.law.errors import LawDataError
from motkraft.law.library import Library, library, load
from motkraft.law.schema import citations_of, split_citation

MAX_AGE = timedelta(days=365)
"""A source that was checked longer ago than this is a finding."""

LEVELS = ("error", "warning", "note")


@dataclass(frozen=True, slots=True)
class Row:
    """One rule as a line of text: what to print, in the language asked for."""

    topic: str
    id: str
    citation: str
    title: str
    plain: str
    status: str
    verified: str
    valid_from: str
    valid_to: str
    checked_on: str
    source: str
    url: str


@dataclass(frozen=True, slots=True)
class Finding:
    """Something in the pack that a person should look at. ``level`` is error, warning or note."""

    level: str
    rule: str
    field: str
    text: str


def show(
    day: date,
    topic: str | None = None,
    *,
    language: str = "sv",
    include_proposed: bool = True,
    pack: Library | None = None,
) -> Iterator[Row]:
    """Yield the rules that applied on ``day`` as rows, proposed ones marked as such by their status."""
    column = 0 if language == "sv" else 1
    rules = (pack or library()).on(day, topic=topic, include_proposed=include_proposed)
    for rule in rules.rules:
        yield Row(
            topic=rule.topic,
            id=rule.id,
            citation=rule.citation,
            title=rule.title(language),
            plain=rule.plain(language),
            status=vocabulary.STATUSES[rule.status][column],
            verified=vocabulary.VERIFIED[rule.verified][column],
            valid_from=rule.valid_from.isoformat() if rule.valid_from else "",
            valid_to=rule.valid_to.isoformat() if rule.valid_to else "",
            checked_on=rule.checked_on.isoformat(),
            source=rule.source.title_sv if language == "sv" else rule.source.title_en,
            url=rule.source_url,
        )


def check(
    day: date, *, folder: Path | None = None, max_age: timedelta = MAX_AGE, statutes: Path | None = None
) -> list[Finding]:
    """List what is wrong or weak in a pack, worst first, as seen on ``day``.

    A pack that cannot be loaded gives one error a fault. Otherwise: sources checked longer ago than
    ``max_age``, rules that are not verified, proposals whose day has come, titles that are the same in both
    languages. With ``statutes`` (a folder of consolidated texts, sfs-1990-52.md and so on) every cited
    section is looked up and every excerpt compared with the words of that section.
    """
    try:
        pack = library() if folder is None else load(folder)
    except LawDataError as error:
        return [Finding("error", p.rule, p.field, str(p)) for p in error.problems]
    findings = list(_weak(pack, day, max_age))
    if statutes is not None:
        findings.extend(_against_statutes(pack, statutes))
    return sorted(findings, key=lambda finding: LEVELS.index(finding.level))


def _weak(pack: Library, day: date, max_age: timedelta) -> Iterator[Finding]:
    for rule in pack.rules:
        if rule.checked_on + max_age < day:
            age = (day - rule.checked_on).days
            yield Finding("warning", rule.id, "checked_on", f"{rule.citation} was checked {age} days ago.")
        if rule.checked_on > day:
            yield Finding("error", rule.id, "checked_on", f"{rule.checked_on} has not come yet.")
        if not rule.is_verified:
            yield Finding("note", rule.id, "verified", f"{rule.citation} is not verified: {rule.note_en}")
        if rule.valid_from_basis == "unverified":
            yield Finding("note", rule.id, "valid_from", f"{rule.valid_from} is not verified.")
        if rule.status == "proposed" and rule.expected_from is not None and rule.expected_from <= day:
            yield Finding(
                "warning", rule.id, "expected_from", f"{rule.expected_from} has come. Is it law now?"
            )
        if rule.plain_sv == rule.plain_en:
            yield Finding("warning", rule.id, "plain_en", "is the same text as plain_sv.")


def _against_statutes(pack: Library, statutes: Path) -> Iterator[Finding]:
    texts: dict[str, statute_text.Headings] = {}
    for source in pack.sources.values():
        path = statutes / statute_text.file_name(source.sfs) if source.sfs else None
        if path is not None and path.exists():
            texts[source.short] = statute_text.read(path)
    for rule in pack.rules:
        own = [rule.citation] if rule.section else []
        for citation in (*own, *citations_of(rule)):
            source, section = split_citation(citation, pack.sources)
            if source.short not in texts:
                continue
            for ref in parse_sections(section) if section else ():
                if ref.heading not in texts[source.short]:
                    yield Finding("error", rule.id, "section", f"{citation} is not in the statute text.")
        if rule.wording_sv:
            text = texts.get(rule.source.short)
            if text is None:
                yield Finding(
                    "error", rule.id, "wording_sv", f"There is no text of {rule.source.short} to quote."
                )
            elif not any(
                statute_text.normalise(rule.wording_sv) in text.get(ref.heading, "") for ref in rule.sections
            ):
                yield Finding("error", rule.id, "wording_sv", f"These words are not in {rule.citation}.")
