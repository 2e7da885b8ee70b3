"""A pack with a fault does not load, and the error says which file, rule and field, and how to mend it."""

from datetime import date
from pathlib import Path

import pytest

from law import pack
from motkraft import law
from motkraft.law import LawDataError


def load_error(folder: Path) -> LawDataError:
    with pytest.raises(LawDataError) as caught:
        law.load(folder)
    return caught.value


def test_a_good_pack_loads(tmp_path: Path) -> None:
    library = law.load(pack.write(tmp_path, "counting", pack.rule()))
    rule = library.on(date(2026, 1, 1))["one"]
    assert (rule.citation, rule.sfs, rule.checked_on) == ("LVU 6 §", "1990:52", date(2026, 4, 27))
    assert rule.source_url == "https://lagen.nu/1990:52"


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"source": None}, "source", "missing"),
        ({"source": '"XYZ"'}, "source", "unknown"),
        ({"valid_from": None}, "valid_from", "missing"),
        ({"valid_from": '"2025-07-01"'}, "valid_from", "not a date"),
        ({"valid_from": "2025-07-01T00:00:00"}, "valid_from", "not a date"),
        ({"valid_to": "2025-06-30"}, "valid_to", "before valid_from"),
        ({"colour": '"blue"'}, "colour", "unknown"),
        ({"title_sv": None}, "title_sv", "missing"),
        ({"plain_en": '"  "'}, "plain_en", "not a text"),
        ({"note_sv": '"Bara svenska."'}, "note_en", "beside note_sv"),
        ({"status": '"maybe"'}, "status", "maybe"),
        ({"status": '"proposed"'}, "valid_from", "proposed"),
        ({"status": '"repealed"'}, "valid_to", "missing"),
        ({"valid_to": "2026-01-31"}, "status", "in-force"),
        ({"expected_from": "2027-01-01"}, "expected_from", "is law"),
        ({"verified": '"statute"', "source": '"Rutin"', "section": None}, "verified", "source is none"),
        ({"verified": '"unverified"'}, "note_sv", "missing"),
        ({"verified": '"sure"'}, "verified", "sure"),
        ({"section": '"§ 6"'}, "section", "cannot be read"),
        ({"section": '"6 § och 7 §"'}, "section", "cannot be read"),
        ({"section": None}, "section", "missing"),
        ({"see": '["Nowhere 1 §"]'}, "see", "no known source"),
        ({"see": '"LVU 1 §"'}, "see", "not a list"),
    ],
)
def test_a_bad_rule_is_named_with_its_field(
    tmp_path: Path, changes: dict[str, str | None], field: str, says: str
) -> None:
    error = load_error(pack.write(tmp_path, "counting", pack.rule(**changes)))
    problem = next(p for p in error.problems if p.field == field)
    assert (problem.file, problem.rule) == ("counting.toml", "one")
    assert says in problem.what
    assert problem.mend
    assert error.code == "law.data"


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"limit": '{ amount = -1, unit = "weeks" }'}, "limit", "-1"),
        ({"limit": '{ amount = 1, unit = "fortnights" }'}, "limit", "fortnights"),
        ({"limit": '"1 week"'}, "limit", "not a span"),
        ({"limit": "{ amount = 1 }"}, "limit", "not a span"),
        ({"extends": '"yes"'}, "extends", "not bool"),
        ({"extends": "1"}, "extends", "not bool"),
        ({"actor": '"nobody"'}, "actor", "nobody"),
        ({"decision_types": '["XYZ"]'}, "decision_types", "XYZ"),
    ],
)
def test_a_bad_clock_is_named_with_its_field(
    tmp_path: Path, changes: dict[str, str | None], field: str, says: str
) -> None:
    error = load_error(pack.write(tmp_path, "clocks", pack.rule(pack.CLOCK, **changes)))
    assert any(p.field == field and says in p.what for p in error.problems)


def test_two_versions_of_a_rule_follow_each_other(tmp_path: Path) -> None:
    old = pack.rule(status='"repealed"', valid_to="2025-12-31", title_sv='"Äldre"')
    new = pack.rule(valid_from="2026-01-01", title_sv='"Nyare"')
    library = law.load(pack.write(tmp_path, "counting", new, old))
    assert library.on(date(2025, 12, 31))["one"].title_sv == "Äldre"
    assert library.on(date(2026, 1, 1))["one"].title_sv == "Nyare"
    assert [rule.title_sv for rule in library.versions("one")] == ["Äldre", "Nyare"]
    assert "one" not in library.on(date(2025, 6, 30))


@pytest.mark.parametrize("end", ["2026-01-01", "2026-03-01", None])
def test_two_versions_may_not_apply_on_the_same_day(tmp_path: Path, end: str | None) -> None:
    old = pack.rule(valid_to=end, status='"repealed"' if end else '"in-force"')
    error = load_error(pack.write(tmp_path, "counting", old, pack.rule(valid_from="2026-01-01")))
    assert "two versions apply on 2026-01-01" in str(error)


def test_every_fault_is_named_and_not_only_the_first(tmp_path: Path) -> None:
    first = pack.rule(source=None)
    second = pack.rule(id='"two"', colour='"blue"', status='"maybe"')
    error = load_error(pack.write(tmp_path, "counting", first, second))
    assert {(p.rule, p.field) for p in error.problems} == {
        ("one", "source"),
        ("two", "colour"),
        ("two", "status"),
    }
    assert "(2 more)" in error.message


@pytest.mark.parametrize(
    ("text", "field"),
    [
        ('topic = "weather"', "topic"),
        ('topic = "rights"\n[[rule]]\n', "topic"),
        ('topic = "counting"', "rule"),
        ('topic = "counting"\ncolour = "blue"\n' + pack.rule(), "colour"),
        ("topic = ", ""),
    ],
)
def test_a_bad_file_is_named(tmp_path: Path, text: str, field: str) -> None:
    pack.write(tmp_path, "counting", pack.rule())
    (tmp_path / "counting.toml").write_text(text, encoding="utf-8")
    error = load_error(tmp_path)
    assert error.problems[0].file == "counting.toml"
    assert field in {p.field for p in error.problems}


def test_a_pack_without_sources_or_without_rules_is_refused(tmp_path: Path) -> None:
    pack.write(tmp_path, "counting", pack.rule())
    (tmp_path / "counting.toml").unlink()
    assert "holds no rules" in str(load_error(tmp_path))
    (tmp_path / "sources.toml").unlink()
    assert "sources.toml" in str(load_error(tmp_path))


def test_a_source_without_a_day_of_check_is_refused(tmp_path: Path) -> None:
    sources = pack.SOURCES.replace("checked_on = 2026-04-27\n", "")
    error = load_error(pack.write(tmp_path, "counting", pack.rule(), sources=sources))
    assert (error.problems[0].file, error.problems[0].rule, error.problems[0].field) == (
        "sources.toml",
        "LVU",
        "checked_on",
    )
