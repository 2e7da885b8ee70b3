"""The rules that come with Motkraft answer for a day, in two languages, and say how far they are verified."""

import dataclasses
import re
from datetime import UTC, date, datetime

import pytest

from motkraft import law
from motkraft.law import INCIDENT_KINDS, TOPICS, Clock, LawError, RuleNotFoundError, UnknownKeyError

TODAY = date(2026, 11, 21)
RULES = law.library().on(TODAY)


def test_names_may_be_left_out_of_a_notice_from_2_july_2025_and_not_the_day_before() -> None:
    before, after = law.library().on(date(2025, 7, 1)), law.library().on(date(2025, 7, 2))
    assert "name_free_notice" not in before
    assert before.get("name_free_notice") is None
    assert after["name_free_notice"].citation == "FL 33 § 4 st"
    assert "decision_record" in before


def test_insult_to_an_official_is_a_crime_from_2_july_2025_and_not_the_day_before() -> None:
    def ids(day: date) -> set[str]:
        return {offence.id for offence in law.library().on(day).offences_for("harassment")}

    assert "insult_to_official" not in ids(date(2025, 7, 1))
    assert "insult_to_official" in ids(date(2025, 7, 2))
    assert RULES["insult_to_official"].citation == "BrB 17 kap. 3 §"


def test_blue_light_sabotage_is_in_the_catalogue_but_never_offered() -> None:
    assert RULES["blue_light_sabotage"].status == "in-force"
    offered = {offence.id for kind in INCIDENT_KINDS for offence in RULES.offences_for(kind)}
    assert "blue_light_sabotage" not in offered
    assert "extended_protection" not in offered
    assert "violence_or_threat_official" in offered


def test_open_filming_in_public_is_not_said_to_be_secret_photography() -> None:
    (rule,) = (offence for offence in RULES.offences_for("filming") if offence.id == "intrusive_photography")
    assert "allmän plats" in rule.plain_sv
    assert rule.speaks_against_en == ("The filming was open", "It was in a public place")


def test_every_incident_kind_gets_duties_and_unknown_kinds_are_refused() -> None:
    for kind in INCIDENT_KINDS:
        ids = [duty.id for duty in RULES.employer_duties(kind)]
        assert ids[:2] == ["safety_now", "support_talk"]
        assert len({"police_report", "police_report_assessment"} & set(ids)) == 1
    with pytest.raises(UnknownKeyError, match="thraet"):
        RULES.employer_duties("thraet")
    with pytest.raises(UnknownKeyError, match="thraet"):
        RULES.offences_for("thraet")


def test_no_duty_claims_a_statutory_figure_that_the_statute_does_not_have() -> None:
    assert {duty.due_basis for duty in RULES.employer_duties()} == {"practice", "local"}
    report = next(d for d in RULES.employer_duties() if d.id == "work_environment_report")
    assert (report.statute_limit_sv, report.due_basis, report.due.amount, report.due.unit) == (
        "utan dröjsmål",
        "practice",
        24,
        "hours",
    )
    assert report.needs_judgement
    police = next(d for d in RULES.employer_duties() if d.id == "police_report")
    assert (police.duty_basis, police.statute) == ("local", "")


def test_a_duty_is_counted_from_the_moment_and_not_put_off_for_a_holiday() -> None:
    duty = next(d for d in RULES.employer_duties("threat") if d.id == "police_report")
    friday = datetime(2026, 6, 19, 15, tzinfo=UTC)
    assert duty.due_after(friday).at == datetime(2026, 6, 20, 15, tzinfo=UTC)


@pytest.mark.parametrize(
    ("clock", "start", "raw", "extended"),
    [
        ("custody_submission", "2026-11-18", "2026-11-25", "2026-11-25"),
        ("custody_submission", "2026-12-17", "2026-12-24", "2026-12-28"),
        ("custody_court_review", "2026-11-20", "2026-11-27", "2026-11-27"),
        ("care_application", "2026-11-20", "2026-12-18", "2026-12-18"),
        ("care_application", "2026-11-26", "2026-12-24", "2026-12-28"),
        ("court_takes_up_case", "2026-11-20", "2026-12-04", "2026-12-04"),
        ("care_review_home", "2026-08-31", "2027-02-28", "2027-02-28"),
        ("contact_limits_review", "2026-11-30", "2027-02-28", "2027-02-28"),
        ("guardianship_transfer_first", "2024-02-29", "2026-02-28", "2026-02-28"),
        ("move_ban_application", "2026-11-20", "2026-12-04", "2026-12-04"),
        ("travel_ban_application", "2026-11-20", "2026-12-18", "2026-12-18"),
        ("temporary_care_longest", "2026-12-31", "2027-02-28", "2027-02-28"),
        ("appeal_committee_decision", "2026-11-20", "2026-12-11", "2026-12-11"),
        ("report_preliminary_assessment", "2026-11-20", "2026-12-04", "2026-12-04"),
        ("investigation_completed", "2026-10-31", "2027-02-28", "2027-02-28"),
    ],
)
def test_clocks_end_on_the_day_the_law_says(clock: str, start: str, raw: str, extended: str) -> None:
    due = RULES.clock(clock).due(date.fromisoformat(start))
    assert (due.raw.isoformat(), due.extended.isoformat()) == (raw, extended)


def test_reviews_and_longest_times_are_never_extended() -> None:
    for clock in RULES.clocks():
        if clock.recurring or ("review" in clock.id and clock.actor == "committee"):
            assert not clock.extends, clock.id


def test_clocks_are_found_by_trigger_and_by_decision_type() -> None:
    assert [c.id for c in RULES.clocks(trigger="custody_decided")] == ["custody_submission"]
    assert {c.id for c in RULES.clocks(decision_type="TUTRES")} >= {
        "temporary_travel_ban_submission",
        "travel_ban_application",
    }
    assert len(RULES.clocks()) >= 25


def test_every_appealable_decision_has_the_appeal_clock_and_no_other_does() -> None:
    appealable = {rule.code for rule in RULES.decision_types() if rule.appealable}
    assert set(RULES.clock("appeal_committee_decision").decision_types) == appealable


def test_what_is_proposed_is_left_out_unless_asked_for_and_is_never_in_force() -> None:
    assert RULES.proposed() == ()
    with_proposals = law.library().on(TODAY, include_proposed=True)
    assert {rule.id for rule in with_proposals.proposed()} == {
        "proposed_new_lvu",
        "proposed_blue_light_protection",
        "proposed_national_decision_unit",
    }
    for rule in with_proposals.proposed():
        assert rule.verified == "unverified"
        assert not rule.applied_on(date(2027, 6, 1))


def test_a_day_after_the_expected_new_act_carries_a_caveat_on_lvu_only() -> None:
    later = law.library().on(date(2027, 1, 1))
    keys = [caveat.key for caveat in later.caveats_for(later["custody_submission"])]
    assert keys == ["after_check", "may_have_changed"]
    assert [caveat.key for caveat in later.caveats_for(later["decision_record"])] == ["after_check"]
    assert [c.key for c in law.library().on(date(2026, 12, 31)).caveats()] == ["after_check"]
    assert law.library().on(date(2026, 4, 1)).caveats() == ()


def test_every_rule_speaks_both_languages_and_cites_something() -> None:
    for rule in law.library().rules:
        assert rule.title_sv != rule.title_en
        assert rule.plain("sv") != rule.plain("en")
        assert rule.citation
        assert rule.source.title_sv
        assert rule.checked_on <= TODAY
        assert not re.search(r"/(work|tmp|root)/", rule.source_url)


def test_a_rule_that_is_not_verified_says_what_is_not() -> None:
    weak = [rule for rule in law.library().rules if not rule.is_verified]
    assert weak
    for rule in weak:
        assert rule.note_sv and rule.note_en


def test_every_topic_has_rules_of_its_class() -> None:
    everything = law.library().on(TODAY, include_proposed=True)
    for topic, cls in TOPICS.items():
        rules = everything.topic(topic)
        assert rules, topic
        assert all(type(rule) is cls for rule in rules)
        assert law.library().on(TODAY, topic=topic, include_proposed=True).rules == rules


def test_secrecy_of_a_home_address_presumes_secrecy() -> None:
    tests = {rule.id: rule.test for rule in RULES.secrecy_rules("home_address")}
    assert tests == {
        "staff_home_and_photo": "presumed-secret",
        "contact_data_of_threatened": "special-reason",
    }


def test_guard_permits_last_three_years_and_are_renewed_four_weeks_ahead() -> None:
    by_id = {rule.id: rule for rule in RULES.guard_rules()}
    assert by_id["guards_permit_longest"].longest == law.Span(3, "years")
    assert by_id["guards_renewal"].ahead == law.Span(4, "weeks")
    assert by_id["guards_permit_longest"].longest_until(date(2026, 11, 21)) == date(2029, 11, 21)
    assert by_id["guards_renewal"].apply_by(date(2029, 11, 21)) == date(2029, 10, 24)
    assert by_id["guards_renewal"].longest_until(date(2026, 11, 21)) is None
    assert by_id["guards_application"].apply_by(date(2029, 11, 21)) is None
    assert by_id["guards_application"].requires == ("applicant", "place", "need", "other_circumstances")


def test_the_library_is_read_once_and_its_rules_cannot_be_changed() -> None:
    assert law.library() is law.library()
    with pytest.raises(dataclasses.FrozenInstanceError):
        RULES["decision_record"].section = "1 §"  # type: ignore[misc]


def test_unknown_ids_topics_codes_and_datetimes_are_refused() -> None:
    with pytest.raises(RuleNotFoundError, match="2026-11-21"):
        RULES["no_such_rule"]
    with pytest.raises(RuleNotFoundError):
        RULES.decision_type("XYZ")
    with pytest.raises(RuleNotFoundError, match="not a clock"):
        RULES.clock("decision_record")
    with pytest.raises(UnknownKeyError):
        law.library().on(TODAY, topic="weather")
    with pytest.raises(LawError, match="calendar day"):
        law.library().on(datetime(2026, 11, 21, tzinfo=UTC))
    assert isinstance(RULES.clock("care_start"), Clock)
