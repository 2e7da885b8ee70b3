"""Nobody decides who may not: the director never, the chair only when urgent, the court on application."""

from datetime import date

import pytest

from motkraft import law
from motkraft.law import ROLES, RuleNotFoundError, UnknownKeyError, may_decide

RULES = law.library().on(date(2026, 11, 21))
CODES = [rule.code for rule in RULES.decision_types()]
URGENT = {"OMH", "OMH-INT", "PLAC", "TFLYTT", "TUTRES"}
APPLICATIONS = {"ANS", "TILLF", "FLYTT", "UTRES"}
COURT_TOO = {"OMH", "OMH-INT", "TFLYTT", "TUTRES", "LÄK", "HANDR-LÄK", "TILLF-UPPH"}
#: Not in the list of SoL chapter 30 section 7: what follows from that is not verified.
NOT_LISTED = {"LÄK", "TILLF-UPPH"}


def test_all_decision_types_of_the_act_are_there() -> None:
    assert set(CODES) == (
        {
            "OMH",
            "OMH-INT",
            "ANS",
            "TILLF",
            "PLAC",
            "ÖVERV",
            "UMG",
            "HEMLIG",
            "UPPH",
            "FÖREB",
            "FLYTT",
            "TFLYTT",
        }
        | {"UTRES", "TUTRES", "UNDANT", "LÄK", "PROV", "HANDR", "HANDR-LÄK", "UMG-FLYTT"}
        | {"ÖVERV-FLYTT", "ÖVERV-VÅRDNAD", "TILLF-UPPH", "FLYTT-KVAR", "FLYTT-UPPH", "UTRES-KVAR", "UTRES-UPPH"}
    )


def test_what_can_be_appealed_is_what_the_section_on_appeals_counts_up() -> None:
    points = {
        1: {"PLAC"},
        2: {"ÖVERV", "UPPH"},
        3: {"UMG", "HEMLIG"},
        4: {"FÖREB"},
        5: {"UMG-FLYTT"},
        6: {"FLYTT-KVAR", "FLYTT-UPPH"},
        7: {"TILLF-UPPH"},
        8: {"UTRES-KVAR", "UTRES-UPPH"},
        9: {"UNDANT"},
    }
    for point, codes in points.items():
        for code in codes:
            assert f"LVU 41 § 1 st {point} p" in RULES.decision_type(code).see, code
    assert {rule.code for rule in RULES.decision_types() if rule.appealable} == set().union(*points.values())


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize(
    "role", ["director", "manager", "social_worker", "official", "external_official", "knowledge_unit"]
)
def test_no_official_may_decide_under_lvu(code: str, role: str) -> None:
    answer = may_decide(RULES, code, role)
    assert not answer.allowed
    assert answer.mode == (
        "unclear" if code in NOT_LISTED and role in answer.rule.unclear_deciders else "not_allowed"
    )


@pytest.mark.parametrize("code", CODES)
def test_the_committee_may_always_decide_and_the_subcommittee_by_delegation(code: str) -> None:
    assert may_decide(RULES, code, "committee").mode == "ordinary"
    delegated = may_decide(RULES, code, "subcommittee")
    if code == "TILLF-UPPH":
        assert (delegated.allowed, delegated.mode) == (False, "unclear")
        return
    assert (delegated.allowed, delegated.mode) == (True, "delegated")
    if code != "LÄK":
        assert delegated.citation.startswith("SoL 30 kap. 7 § ")


@pytest.mark.parametrize("code", CODES)
@pytest.mark.parametrize("role", ["chair", "appointed_member"])
def test_the_chair_and_an_appointed_member_decide_only_where_the_act_says_so(code: str, role: str) -> None:
    answer = may_decide(RULES, code, role)
    if code in URGENT:
        assert (answer.allowed, answer.requires_urgency, answer.report_next_meeting) == (True, True, True)
        assert answer.citation.startswith("LVU ")
    elif (code, role) in {("HANDR", "appointed_member"), ("HANDR-LÄK", "chair")}:
        assert (answer.allowed, answer.requires_urgency) == (True, False)
    else:
        assert not answer.allowed


def test_urgent_custody_by_the_chair_cites_its_own_paragraph() -> None:
    answer = may_decide(RULES, "OMH", "chair")
    assert answer.citation == "LVU 6 § 2 st"
    assert "kan avvaktas" in answer.reason_sv
    assert "cannot be awaited" in answer.reason_en


def test_a_refusal_says_who_may_decide_instead() -> None:
    answer = may_decide(RULES, "OMH", "director")
    assert answer.citation == "SoL 30 kap. 7 § 2 p"
    assert answer.reason_sv == (
        "Förvaltningschefen får inte fatta beslutet. Rätten att besluta har socialnämnden och utskottet. "
        "I brådskande fall får nämndens ordförande och en ledamot som nämnden har förordnat besluta."
    )


@pytest.mark.parametrize("code", CODES)
def test_the_court_decides_on_applications_and_may_decide_some_matters_too(code: str) -> None:
    answer = may_decide(RULES, code, "administrative_court")
    assert answer.allowed == (code in APPLICATIONS | COURT_TOO)
    assert answer.rule.is_application == (code in APPLICATIONS)


def test_the_committee_decides_to_apply_but_not_the_matter_itself() -> None:
    assert "Domstolen avgör" in may_decide(RULES, "ANS", "committee").reason_sv


def test_an_appointed_official_may_ask_for_police_help_but_decide_nothing_else() -> None:
    allowed = {code for code in CODES if may_decide(RULES, code, "appointed_official").allowed}
    assert allowed == {"HANDR"}


def test_a_medical_examination_by_delegation_is_unclear_and_says_so() -> None:
    answer = may_decide(RULES, "LÄK", "social_worker")
    assert (answer.allowed, answer.mode) == (False, "unclear")
    assert "inte kontrollerat" in answer.reason_sv


def test_every_answer_has_a_reason_in_both_languages_and_a_citation() -> None:
    for code in CODES:
        for role in ROLES:
            answer = may_decide(RULES, code, role)
            assert answer.reason_sv.endswith(".") and answer.reason_en.endswith(".")
            assert answer.citation


def test_misspelt_roles_and_unknown_codes_are_errors_not_refusals() -> None:
    with pytest.raises(UnknownKeyError, match="commitee"):
        may_decide(RULES, "OMH", "commitee")
    with pytest.raises(RuleNotFoundError):
        may_decide(RULES, "OMHH", "committee")


def test_before_the_new_social_services_act_the_pack_gives_no_answer_at_all() -> None:
    with pytest.raises(RuleNotFoundError, match="2025-06-30"):
        may_decide(law.library().on(date(2025, 6, 30)), "OMH", "committee")
