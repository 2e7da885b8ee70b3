"""The report shows a day's rules as rows, and finds what is weak or wrong in a pack."""

from datetime import date
from pathlib import Path

import pytest

from law import pack
from motkraft import law
from motkraft.law import report, statute_text

DAY = date(2026, 11, 21)
STATUTES = Path(__file__).parents[2].parent / "shared" / "facts" / "statutes"
STATUTE = (
    "# Lag\n\n1 § Första.\n\n6 § Nämnden får besluta.\nDet ska anmälas.\n30 § nämns här.\n\n6 a § Annat.\n"
)


def test_rows_mark_what_is_proposed_and_what_is_not_verified() -> None:
    rows = {row.id: row for row in report.show(DAY, "proposed")}
    assert rows["proposed_new_lvu"].status == "föreslagen"
    assert rows["proposed_new_lvu"].verified == "inte kontrollerad"
    assert rows["proposed_new_lvu"].valid_from == ""
    english = {row.id: row for row in report.show(DAY, "guards", language="en")}
    assert english["guards_renewal"].citation == "Förordning (2023:422) 4 §"
    assert english["guards_renewal"].verified == "read in the statute text"


def test_rows_of_a_day_without_proposals_hold_only_what_applied() -> None:
    rows = list(report.show(DAY, include_proposed=False))
    assert len(rows) == len(law.library().on(DAY))
    assert all(row.status == "gäller" for row in rows)


def test_the_pack_that_comes_with_motkraft_has_no_errors_and_no_warnings_today() -> None:
    assert {finding.level for finding in report.check(DAY)} == {"note"}


def test_old_checks_and_proposals_whose_day_has_come_are_found() -> None:
    fields = {finding.field for finding in report.check(date(2027, 6, 1)) if finding.level == "warning"}
    assert fields == {"checked_on", "expected_from"}


def test_a_check_made_in_the_future_is_an_error(tmp_path: Path) -> None:
    folder = pack.write(tmp_path, "counting", pack.rule(checked_on="2027-01-01"))
    (finding,) = report.check(DAY, folder=folder)
    assert (finding.level, finding.rule, finding.field) == ("error", "one", "checked_on")


def test_a_pack_that_cannot_be_loaded_gives_its_faults_as_findings(tmp_path: Path) -> None:
    folder = pack.write(tmp_path, "counting", pack.rule(colour='"blue"'))
    (finding,) = report.check(DAY, folder=folder)
    assert (finding.level, finding.field) == ("error", "colour")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"section": '"7 §"'}, "section"),
        ({"section": '"30 §"'}, "section"),
        ({"see": '["LVU 99 §"]'}, "section"),
        ({"wording_sv": '"Nämnden ska besluta."'}, "wording_sv"),
        ({"wording_sv": '"Annat."'}, "wording_sv"),
    ],
)
def test_sections_and_words_that_the_statute_does_not_have_are_errors(
    tmp_path: Path, changes: dict[str, str], field: str
) -> None:
    statutes = tmp_path / "statutes"
    statutes.mkdir()
    (statutes / "sfs-1990-52.md").write_text(STATUTE, encoding="utf-8")
    folder = tmp_path / "pack"
    folder.mkdir()
    pack.write(folder, "counting", pack.rule(**changes))
    (finding,) = report.check(DAY, folder=folder, statutes=statutes)
    assert (finding.level, finding.field) == ("error", field)


def test_an_excerpt_is_found_across_line_breaks(tmp_path: Path) -> None:
    (tmp_path / "sfs-1990-52.md").write_text(STATUTE, encoding="utf-8")
    pack.write(tmp_path, "counting", pack.rule(wording_sv='"får besluta. Det ska anmälas."'))
    assert report.check(DAY, folder=tmp_path, statutes=tmp_path) == []


def test_a_file_that_is_no_statute_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "sfs-1990-52.md"
    path.write_text("Ingen lag.", encoding="utf-8")
    with pytest.raises(law.LawError, match="No section"):
        statute_text.read(path)


def _statutes_at_hand() -> Path:
    if not STATUTES.is_dir():
        pytest.skip(
            f"NO SECTION WAS VERIFIED: the statute texts are not at {STATUTES.name}/ beside the repository."
        )
    return STATUTES


def test_every_cited_section_and_every_excerpt_is_in_the_statute_text() -> None:
    errors = [f for f in report.check(DAY, statutes=_statutes_at_hand()) if f.level == "error"]
    assert errors == []


@pytest.mark.parametrize(
    "sfs", ["1990:52", "2025:400", "2017:900", "1977:1160", "2023:421", "2023:422", "1930:173"]
)
def test_each_statute_text_was_read_and_is_cited(sfs: str) -> None:
    text = statute_text.read(_statutes_at_hand() / statute_text.file_name(sfs))
    cited = [rule for rule in law.library().rules if rule.sfs == sfs and rule.verified == "statute"]
    assert cited
    for rule in cited:
        assert rule.sections
        for ref in rule.sections:
            assert ref.heading in text, rule.citation
