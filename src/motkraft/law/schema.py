"""TOML in, rules out.

Anything unknown, missing or contradictory is a problem with a file, a rule, a field and a cure.
"""

from __future__ import annotations

import dataclasses
import itertools
import tomllib
import types
import typing
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from motkraft.law import vocabulary
from motkraft.law.citation import parse_sections
from motkraft.law.errors import Problem
from motkraft.law.rule import TOPICS, Rule, Source, Span

SOURCES_FILE = "sources.toml"
_COMPUTED = {"topic", "source"}


class _BadValueError(Exception):
    def __init__(self, what: str, mend: str) -> None:
        super().__init__(what)
        self.what, self.mend = what, mend


def _coerce(wanted: Any, value: Any) -> Any:
    if isinstance(wanted, types.UnionType):
        wanted = next(arm for arm in typing.get_args(wanted) if arm is not type(None))
    if typing.get_origin(wanted) is tuple:
        if not isinstance(value, list) or not all(isinstance(item, str) and item for item in value):
            raise _BadValueError("is not a list of texts.", 'Write ["one", "two"].')
        return tuple(value)
    if wanted is Span:
        if not isinstance(value, dict) or set(value) != {"amount", "unit"}:
            raise _BadValueError("is not a span.", 'Write { amount = 1, unit = "weeks" }.')
        amount, unit = value["amount"], value["unit"]
        if not isinstance(amount, int) or isinstance(amount, bool) or amount < 0:
            raise _BadValueError(f"has the amount {amount!r}.", "Give a whole number, zero or more.")
        if unit not in vocabulary.UNITS:
            raise _BadValueError(f"has the unit {unit!r}.", f"Use one of: {', '.join(vocabulary.UNITS)}.")
        return Span(amount, unit)
    if wanted is date:
        if not isinstance(value, date) or isinstance(value, datetime):
            raise _BadValueError(f"is {value!r}, not a date.", "Write 2025-07-02, without quotes.")
        return value
    if wanted is str:
        if not isinstance(value, str) or not value.strip():
            raise _BadValueError(
                f"is {value!r}, not a text.", "Write words in quotes, or leave the field out."
            )
        return value.strip()
    if type(value) is not wanted:
        raise _BadValueError(
            f"is {value!r}, not {wanted.__name__}.", f"Write a value of type {wanted.__name__}."
        )
    return value


class Reader:
    """Reads one folder of rule files. ``problems`` collects every fault, to be mended all at once."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.problems: list[Problem] = []
        self.sources: dict[str, Source] = {}
        self.rules: list[Rule] = []

    def read(self) -> None:
        """Read the sources, then every topic, then check what rules say about each other."""
        self._read_sources()
        for path in sorted(self.folder.glob("*.toml")):
            if path.name != SOURCES_FILE:
                self._read_topic(path)
        self._check_versions()
        self._check_citations()

    def _problem(self, file: str, rule: str, field: str, what: str, mend: str) -> None:
        self.problems.append(Problem(file, rule, field, what, mend))

    def _toml(self, path: Path) -> dict[str, Any] | None:
        try:
            return tomllib.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            self._problem(path.name, "", "", "is missing.", "A pack needs it; see the reference page.")
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            self._problem(
                path.name, "", "", f"is not TOML: {error}.", "Mend the line that the message names."
            )
        return None

    def _read_sources(self) -> None:
        for short, values in (self._toml(self.folder / SOURCES_FILE) or {}).items():
            if not isinstance(values, dict):
                self._problem(
                    SOURCES_FILE, short, "", "is not a table.", f"Write [{short}] and its fields below."
                )
                continue
            source = self._build(Source, {**values, "short": short}, SOURCES_FILE, short)
            if source is not None:
                self.sources[short] = source

    def _read_topic(self, path: Path) -> None:
        data = self._toml(path)
        if data is None:
            return
        topic = data.pop("topic", None)
        defaults = data.pop("defaults", {})
        entries = data.pop("rule", [])
        if topic not in TOPICS:
            self._problem(path.name, "", "topic", f"is {topic!r}.", f"Use one of: {', '.join(TOPICS)}.")
            return
        if path.stem != topic:
            self._problem(path.name, "", "topic", f"is {topic!r}.", f"Name the file {topic}.toml.")
        for key in data:
            self._problem(path.name, "", key, "is unknown.", "A file holds topic, [defaults] and [[rule]].")
        if not isinstance(entries, list) or not entries or not isinstance(defaults, dict):
            self._problem(path.name, "", "rule", "holds no rules.", "Write each rule as [[rule]].")
            return
        for number, entry in enumerate(entries, start=1):
            self._read_rule(path.name, topic, {**defaults, **entry}, number)

    def _read_rule(self, file: str, topic: str, values: dict[str, Any], number: int) -> None:
        name = str(values.get("id") or f"rule number {number}")
        short = values.pop("source", None)
        if not isinstance(short, str) or not short:
            self._problem(file, name, "source", "is missing.", f"Name a source of {SOURCES_FILE}.")
            return
        source = self.sources.get(short)
        if source is None:
            self._problem(file, name, "source", f"{short!r} is unknown.", f"Add it to {SOURCES_FILE}.")
            return
        values.setdefault("checked_on", source.checked_on)
        rule = self._build(TOPICS[topic], {**values, "topic": topic, "source": source}, file, name)
        if rule is not None and self._consistent(rule, file):
            self.rules.append(rule)

    def _build(self, cls: type[Any], values: Mapping[str, Any], file: str, name: str) -> Any:
        before = len(self.problems)
        fields = {field.name: field for field in dataclasses.fields(cls)}
        hints = typing.get_type_hints(cls)
        built: dict[str, Any] = {}
        for key, value in values.items():
            if key not in fields:
                self._problem(file, name, key, "is unknown.", f"Fields are: {', '.join(sorted(fields))}.")
                continue
            if key in _COMPUTED:
                built[key] = value
                continue
            try:
                built[key] = _coerce(hints[key], value)
                self._check_value(fields[key].metadata, built[key])
            except _BadValueError as bad:
                self._problem(file, name, key, bad.what, bad.mend)
        for key, field in fields.items():
            no_default = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
            if no_default and key not in values:
                self._problem(file, name, key, "is missing.", "Add it.")
        self._check_languages(file, name, fields, built)
        return cls(**built) if len(self.problems) == before else None

    def _check_languages(
        self, file: str, name: str, fields: Mapping[str, Any], built: Mapping[str, Any]
    ) -> None:
        for swedish in fields:
            english = f"{swedish.removesuffix('_sv')}_en"
            if not swedish.endswith("_sv") or english not in fields:
                continue
            sv, en = built.get(swedish), built.get(english)
            if bool(sv) != bool(en) and fields[swedish].default is not dataclasses.MISSING:
                there, lacking = (swedish, english) if sv else (english, swedish)
                self._problem(file, name, lacking, f"is missing beside {there}.", "Write both languages.")
            elif isinstance(sv, tuple) and isinstance(en, tuple) and len(sv) != len(en):
                self._problem(
                    file, name, english, f"has not as many items as {swedish}.", "Translate each item."
                )

    @staticmethod
    def _check_value(metadata: Mapping[str, Any], value: Any) -> None:
        allowed = metadata.get("one_of")
        if allowed is not None:
            for item in value if isinstance(value, tuple) else (value,):
                if item not in allowed:
                    raise _BadValueError(f"is {item!r}.", f"Use one of: {', '.join(allowed)}.")
        if metadata.get("section"):
            try:
                parse_sections(value)
            except ValueError as error:
                raise _BadValueError(
                    f"cannot be read at {str(error)!r}.",
                    'Write "33 § 4 st" or "30 kap. 7 § 2 p", parted by ", ".',
                ) from None

    def _consistent(self, rule: Rule, file: str) -> bool:
        before = len(self.problems)

        def wrong(field: str, what: str, mend: str) -> None:
            self._problem(file, rule.id, field, what, mend)

        if rule.status == "proposed":
            if rule.valid_from is not None or rule.valid_to is not None:
                wrong(
                    "valid_from",
                    "stands on a proposed rule.",
                    "What is proposed has no validity; use expected_from.",
                )
        else:
            if rule.valid_from is None:
                wrong("valid_from", "is missing.", "Give the first day on which the rule is known to apply.")
            if rule.expected_from is not None:
                wrong("expected_from", "stands on a rule that is law.", "Keep it for proposed rules.")
        if rule.topic == "proposed" and rule.status != "proposed":
            wrong(
                "status",
                f"is {rule.status!r} among the proposed.",
                "Move the rule to the topic it now belongs to.",
            )
        if rule.status == "repealed" and rule.valid_to is None:
            wrong("valid_to", "is missing on a repealed rule.", "Give the last day on which it applied.")
        if rule.status == "in-force" and rule.valid_to is not None and rule.valid_to < rule.checked_on:
            wrong("status", f"is in-force, but valid_to is {rule.valid_to}.", "Call it repealed.")
        if rule.valid_from and rule.valid_to and rule.valid_to < rule.valid_from:
            wrong(
                "valid_to",
                f"{rule.valid_to} is before valid_from {rule.valid_from}.",
                "Swap or mend the days.",
            )
        if rule.source.sfs and not rule.section and rule.status != "proposed":
            wrong("section", "is missing.", "A rule of a statute names its section.")
        if rule.verified == "statute" and not rule.source.sfs:
            wrong("verified", "is statute, but the source is none.", 'Use "web" or "unverified".')
        if rule.verified == "unverified" and not rule.note_sv:
            wrong("note_sv", "is missing on a rule that is not verified.", "Say what is not verified.")
        return len(self.problems) == before

    def _check_versions(self) -> None:
        versions: dict[str, list[Rule]] = {}
        for rule in self.rules:
            versions.setdefault(rule.id, []).append(rule)
        for name, rules in versions.items():
            file = f"{rules[0].topic}.toml"
            if len({rule.topic for rule in rules}) > 1:
                self._problem(file, name, "id", "is used in two topics.", "Choose another id.")
            dated = sorted((r for r in rules if r.valid_from), key=lambda r: r.valid_from or date.min)
            for earlier, later in itertools.pairwise(dated):
                if earlier.valid_to is None or (later.valid_from and earlier.valid_to >= later.valid_from):
                    self._problem(
                        file,
                        name,
                        "valid_to",
                        f"lets two versions apply on {later.valid_from}.",
                        "End the earlier version the day before the later begins.",
                    )

    def _check_citations(self) -> None:
        codes = {getattr(rule, "code", None) for rule in self.rules}
        events = {rule.id for rule in self.rules if rule.topic == "events"}
        for rule in self.rules:
            file = f"{rule.topic}.toml"
            for field in dataclasses.fields(rule):
                if not field.metadata.get("citations"):
                    continue
                value = getattr(rule, field.name)
                for text in value if isinstance(value, tuple) else filter(None, (value,)):
                    try:
                        split_citation(text, self.sources)
                    except ValueError as error:
                        self._problem(
                            file,
                            rule.id,
                            field.name,
                            f"{text!r}: {error}.",
                            f"Cite a source of {SOURCES_FILE}.",
                        )
            for name in ("other_triggers", "met_by", "ended_by", "asked_by", "extended_by", "settles"):
                for event in getattr(rule, name, ()):
                    if event not in events:
                        self._problem(file, rule.id, name, f"{event!r} is unknown.", "Use an id of the topic events.")
            for code in (*getattr(rule, "decision_types", ()), *getattr(rule, "by_decision", ())):
                if code not in codes:
                    self._problem(
                        file, rule.id, "decision_types", f"{code!r} is unknown.", "Use a decision type code."
                    )


def split_citation(text: str, sources: Mapping[str, Source]) -> tuple[Source, str]:
    """Split "SoL 30 kap. 7 § 2 p" into its source and section. Raises ValueError saying what is wrong."""
    for short in sorted(sources, key=len, reverse=True):
        if text == short:
            return sources[short], ""
        if text.startswith(f"{short} "):
            section = text.removeprefix(f"{short} ")
            try:
                parse_sections(section)
            except ValueError as error:
                raise ValueError(f"cannot be read at {str(error)!r}") from None
            return sources[short], section
    raise ValueError("names no known source")


def citations_of(rule: Rule) -> Iterable[str]:
    """Yield every citation that a rule makes beside its own: delegation, urgency, grounds, see also."""
    for field in dataclasses.fields(rule):
        if field.metadata.get("citations"):
            value = getattr(rule, field.name)
            yield from value if isinstance(value, tuple) else filter(None, (value,))
