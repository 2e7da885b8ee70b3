"""Who may decide what: the answer with its rule and its reason, never a bare yes or no."""

from __future__ import annotations

from dataclasses import dataclass

from motkraft.law import vocabulary
from motkraft.law.library import RuleSet
from motkraft.law.rule import DecisionType, ProposedRule

#: The role that decides in place of every committee, once the law data says that the switch's rule is in force.
NATIONAL_UNIT, _SWITCH = "knowledge_unit", "national_unit_decides"


@dataclass(frozen=True, slots=True)
class Permission:
    """Whether a role may make a decision, and why.

    ``mode`` is "ordinary", "delegated" (``citation`` then cites the delegation), "urgent" (only when the
    committee cannot be awaited: ask for the reason and record it), "court", "not_allowed" or "unclear" (the
    law could not be verified: treat as not allowed until a lawyer has said). ``report_next_meeting`` is
    true when the decision must be reported at the committee's next meeting.
    """

    allowed: bool
    mode: str
    rule: DecisionType
    role: str
    citation: str
    reason_sv: str
    reason_en: str
    report_next_meeting: bool = False

    @property
    def requires_urgency(self) -> bool:
        """Whether the decision stands only if the committee's own decision could not be awaited."""
        return self.mode == "urgent"


def may_decide(ruleset: RuleSet, decision_type_code: str, decider_role: str) -> Permission:
    """Say whether a role may make a decision of a type, on the rule set's day.

    For an application to the court (``ANS``) the committee's decision is the one to apply. Raises
    RuleNotFoundError for an unknown code and UnknownKeyError for an unknown role: a misspelt role must not
    pass for one that may not decide.
    """
    rule = ruleset.decision_type(decision_type_code)
    vocabulary.require(vocabulary.ROLES, decider_role, "role")
    role_sv, role_en = vocabulary.ROLES[decider_role]
    role_sv, role_en = role_sv[0].upper() + role_sv[1:], role_en[0].upper() + role_en[1:]

    def answer(
        allowed: bool, mode: str, citation: str, sv: str, en: str, *, report: bool = False
    ) -> Permission:
        return Permission(
            allowed, mode, rule, decider_role, citation, f"{role_sv} {sv}", f"{role_en} {en}", report
        )

    if decider_role == NATIONAL_UNIT:
        for found in ruleset.of(ProposedRule):
            if found.switch == _SWITCH and found.status == "in-force":
                return answer(
                    True,
                    "ordinary",
                    found.citation,
                    "får fatta beslut som har överlämnats dit.",
                    "may make decisions that were handed over to it.",
                )
    if decider_role in rule.deciders:
        if rule.is_application:
            return answer(
                True,
                "ordinary",
                rule.citation,
                "får besluta att ansöka. Domstolen avgör saken.",
                "may decide to apply. The court decides the matter.",
            )
        return answer(True, "ordinary", rule.citation, "får fatta beslutet.", "may make the decision.")
    if decider_role in rule.delegable_to:
        return answer(
            True,
            "delegated",
            rule.delegation or rule.citation,
            "får fatta beslutet om nämnden har delegerat det.",
            "may make the decision if the committee has delegated it.",
        )
    if decider_role in rule.urgent_substitutes:
        return answer(
            True,
            "urgent",
            rule.urgent or rule.citation,
            "får fatta beslutet bara om nämndens beslut inte kan avvaktas. "
            "Det anmäls vid nämndens nästa sammanträde.",
            "may decide only if the committee's decision cannot be awaited. "
            "It is reported at its next meeting.",
            report=rule.report_next_meeting,
        )
    if decider_role == "administrative_court" and rule.court_role != "none":
        if rule.court_role == "decides":
            return answer(
                True,
                "court",
                rule.citation,
                "avgör saken efter ansökan av nämnden.",
                "decides the matter on application by the committee.",
            )
        return answer(
            True,
            "court",
            rule.citation,
            "får också besluta, när nämnden har ansökt hos rätten.",
            "may decide too, once the committee has applied to the court.",
        )
    if decider_role in rule.unclear_deciders:
        return answer(
            False,
            "unclear",
            rule.citation,
            f"kan ha rätt att besluta, men det är inte kontrollerat. {rule.note_sv}",
            f"may have the right to decide, but that is not verified. {rule.note_en}",
        )
    may = (*rule.deciders, *rule.delegable_to)
    who_sv = vocabulary.join_sv(vocabulary.ROLES[role][0] for role in may)
    who_en = vocabulary.join_en(vocabulary.ROLES[role][1] for role in may)
    sv = f"får inte fatta beslutet. Rätten att besluta har {who_sv}."
    en = f"may not make the decision. The right to decide belongs to {who_en}."
    if rule.urgent_substitutes:
        subs_sv = vocabulary.join_sv(vocabulary.ROLES[role][0] for role in rule.urgent_substitutes)
        subs_en = vocabulary.join_en(vocabulary.ROLES[role][1] for role in rule.urgent_substitutes)
        sv += f" I brådskande fall får {subs_sv} besluta."
        en += f" In urgent cases these may decide: {subs_en}."
    return answer(False, "not_allowed", rule.delegation or rule.citation, sv, en)
