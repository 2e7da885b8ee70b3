"""Errors of the law engine: a broken pack, a rule that is not there, a key that nobody knows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from motkraft.errors import MotkraftError


class LawError(MotkraftError):
    """A question to the law data that cannot be answered."""

    code: ClassVar[str] = "law"


class RuleNotFoundError(LawError):
    """No rule with that id, or that decision type code, applied on the day asked about."""

    code: ClassVar[str] = "law.rule_not_found"


class UnknownKeyError(LawError):
    """A key (incident kind, role, topic) that is not in the vocabulary. Guessing would hide a rule."""

    code: ClassVar[str] = "law.unknown_key"


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault in the rule files: where it is, what is wrong, how to mend it."""

    file: str
    rule: str
    field: str
    what: str
    mend: str

    def __str__(self) -> str:
        where = f"{self.file}: {self.rule or '(whole file)'}"
        if self.field:
            where += f", field {self.field}"
        return f"{where}: {self.what} {self.mend}"


class LawDataError(LawError):
    """The rule files cannot be trusted. ``problems`` names every fault that was found, not only the first."""

    code: ClassVar[str] = "law.data"

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        first = problems[0]
        more = f" ({len(problems) - 1} more)" if len(problems) > 1 else ""
        super().__init__(
            f"{first}{more}", file=first.file, rule=first.rule, field=first.field, mend=first.mend
        )
        self.problems = problems
