"""What ``motkraft incidents export`` promises: everything once, in the open form, logged, and never on a screen."""

from __future__ import annotations

import contextlib
import csv
import datetime as dt
import io
import json
from pathlib import Path

import jsonschema
import pytest
import time_machine
from typer.testing import CliRunner

from factories import colleague, office, organisation
from motkraft.cli import incidents as command
from motkraft.cli.frame import app
from motkraft.errors import MotkraftError
from motkraft.incidents import actions
from motkraft.incidents.actions import exports
from motkraft.incidents.rules import Report
from motkraft.incidents.rules.exchange import INJURY_COLUMNS
from motkraft.law.calendar import STOCKHOLM
from motkraft.ledger.models import Event
from motkraft.people.access import Role, acting
from motkraft.people.models import Reading

pytestmark = pytest.mark.django_db
SCHEMA = json.loads((Path(__file__).resolve().parents[2] / "docs" / "formats" / "incident.schema.json").read_text())
SECRET = "=Kvarnbergsparken; O'Brien سأجدك"


@pytest.fixture
def town(monkeypatch):
    monkeypatch.setattr(command, "database", contextlib.nullcontext)
    monkeypatch.setattr(exports, "MOST", 2)  # several rounds

    class Town:
        org, other = organisation(), organisation()
        worker = colleague(org, Role.SOCIAL_WORKER, name="Viveka Rapportör-Demo", office=office(org))
        stranger = colleague(other, Role.SOCIAL_WORKER)
        incidents = []

    for who, days in ((Town.worker, (1, 2, 3, 4, 5)), (Town.stranger, (3,))):
        for day in days:
            with (
                time_machine.travel(dt.datetime(2026, 11, day, 23, 30, tzinfo=STOCKHOLM), tick=False),
                acting(who.actor),
            ):
                told = Report(kind="threat", exact_words=SECRET, suspect="Okänd-Demo")
                made = actions.report_incident(who.actor, told)
                if who is Town.worker:
                    Town.incidents.append(made)
    with acting(Town.worker.actor):
        actions.start_draft(Town.worker.actor, danger_now=False, office_id=None)
    return Town


def run(*arguments: str):
    return CliRunner().invoke(app, ["incidents", "export", "--purpose", "Till HR", *arguments], catch_exceptions=False)


def lines(text: str) -> list[dict]:
    return [json.loads(line) for line in text.splitlines()]


def test_every_sent_report_leaves_once_in_order_a_line_each_and_follows_the_schema(town):
    done = run("--for", town.org.code)
    assert done.exit_code == 0
    head, *rows = lines(done.stdout)
    whole = head | {"incidents": rows}
    jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker()).validate(whole)
    jsonschema.validate(head, {"$ref": "#/$defs/head", "$defs": SCHEMA["$defs"]})
    assert [row["reference"] for row in rows] == [each.reference for each in town.incidents]
    assert "5 incidents exported, without texts" in done.stderr
    assert "Kvarnberg" not in done.output
    with acting(town.worker.actor):
        events = Event.objects.filter(type="incident.exported", organisation=town.org)
        assert {event.subject_id for event in events} == {each.pk for each in town.incidents}
        assert all(
            event.data == {"form": "json", "texts": False, "has_purpose": True, "by": "operator"} for event in events
        )
        assert {event.actor_id for event in events} == {None}


def test_texts_leave_on_a_basis_alone_with_a_reading_each_and_names_never(town, tmp_path):
    path = tmp_path / "ut.ndjson"
    done = run("--for", town.org.code, "--basis", "Beslut om utlämnande.", "-o", str(path))
    assert SECRET not in done.output and "with their texts" in done.stderr
    text = path.read_text("utf-8")
    assert text.count("Kvarnbergsparken") == 5
    assert "Rapportör-Demo" not in text and "Okänd-Demo" not in text
    assert path.stat().st_mode & 0o777 == 0o600
    assert not (tmp_path / "ut.ndjson.part").exists()
    with acting(town.worker.actor):
        assert Reading.objects.filter(organisation=town.org, purpose="export").count() == 5


def test_the_days_are_swedish_and_both_are_counted(town):
    done = run("--for", town.org.code, "--since", "2026-11-02", "--until", "2026-11-04")
    assert [row["reference"] for row in lines(done.stdout)[1:]] == [each.reference for each in town.incidents[1:4]]
    assert run("--for", town.org.code, "--since", "i går").exit_code == 2


def test_the_work_injury_rows_can_be_read_back_and_run_no_formula(town):
    done = run("--for", town.org.code, "--form", "injury", "--basis", "Samtycke.")
    heads, *rows = csv.reader(io.StringIO(done.stdout.removeprefix("\ufeff")), delimiter=";")
    assert tuple(heads) == INJURY_COLUMNS
    assert [row[0] for row in rows] == [each.reference for each in town.incidents]
    assert {row[INJURY_COLUMNS.index("handelseforlopp")] for row in rows} == {f"'{SECRET}"}


def test_nothing_is_printed_on_a_screen_or_written_over_something(town, tmp_path, monkeypatch):
    path = tmp_path / "finns.ndjson"
    path.write_text("viktigt")
    with pytest.raises(MotkraftError, match="there already"):
        run("--for", town.org.code, "-o", str(path))
    assert path.read_text() == "viktigt"
    with pytest.raises(MotkraftError, match="No organisation"):
        run("--for", "saknas")
    with pytest.raises(MotkraftError, match="cannot be written"):
        run("--for", town.org.code, "-o", str(tmp_path / "saknas" / "ut.ndjson"))

    class Screen(io.StringIO):
        def isatty(self) -> bool:
            return True

    screen = Screen()
    monkeypatch.setattr(command.sys, "stdout", screen)
    with pytest.raises(MotkraftError, match="not printed on a screen"):
        command.export(town.org.code, "Till HR")
    assert not screen.getvalue()
    with acting(town.worker.actor):
        assert not Event.objects.filter(type="incident.exported").exists()


def test_a_town_without_incidents_gives_the_head_alone(town):
    empty = organisation()
    (head,) = lines(run("--for", empty.code).stdout)
    assert head["organisation"] == empty.code
