"""What an import promises: nothing is lost, nothing is doubled, nobody's handle is kept in the clear."""

from __future__ import annotations

import datetime as dt
import io
import json

import pytest
from django.db import connection
from django.test import override_settings
from posts import AGENT, HANDLE, SPREADS, ndjson, row, table, tiktok

from factories import colleague, organisation
from motkraft.ledger.models import Event
from motkraft.people.access import NotAllowed, Role, acting
from motkraft.watch import actions, queries
from motkraft.watch.actions import importing, storing
from motkraft.watch.actions.analysing import analyse
from motkraft.watch.models import Exposure, Import, Match, Post, ThreatSignal, UnreadableLine
from motkraft.watch.rules import (
    IMPORT_TRANSITIONS,
    ImportRefused,
    ImportStatus,
    Piece,
    Scored,
    WrongState,
    kept_matches,
    next_import,
    percent,
    pieces,
)

pytestmark = pytest.mark.django_db


def read_in(actor, stream, name="zeeschuimer-export.ndjson") -> Import:
    with acting(actor):
        started = actions.start_import(actor, stream, name)
    return actions.run_import(actor, started.pk)


def test_a_zeeschuimer_file_becomes_posts_with_proposed_matches(house):
    actor = house.communicator.actor
    done = read_in(actor, ndjson(tiktok(1, SPREADS, playCount=9800, diggCount=0), tiktok(2, "Fin höstdag i parken")))
    assert (done.status, done.read, done.new, done.duplicate, done.unreadable) == ("done", 2, 2, 0, 0)
    assert (done.progress, done.total, done.format) == (100, 2, "ndjson")
    with acting(actor):
        match = Match.objects.select_related("post").get()
        assert (match.claim_id, match.state, match.post.language) == ("N01", "proposed", "sv")
        assert match.post.text == SPREADS
        assert [match.post.text[start:end] for start, end in match.words]
        assert Event.objects.filter(type="import.done").get().data["new"] == 2


def test_the_engine_is_told_the_day_of_each_post(house, monkeypatch):
    seen = []
    monkeypatch.setattr(storing, "analyse", lambda register, posts: seen.extend(posts) or analyse(register, posts))
    record = tiktok(2, "Ett inlägg utan dag")
    del record["data"]["createTime"]
    beyond = tiktok(3, "Ett inlägg från en tid som ingen kalender når")
    beyond["data"]["createTime"] = 10**25
    read_in(house.communicator.actor, ndjson(tiktok(1, SPREADS), record, beyond))
    assert [post.posted for post in seen] == [dt.date(2025, 10, 8), None, None]


def test_a_4cat_table_with_byte_order_mark_and_semicolons_is_read(house):
    actor = house.communicator.actor
    done = read_in(
        actor,
        table(row(1, f"{SPREADS}\nandra raden; med semikolon"), row(2, "نص عربي"), delimiter=";", bom=True),
        "4cat.csv",
    )
    assert (done.status, done.format, done.read, done.unreadable) == ("done", "csv", 2, 0)
    with acting(actor):
        post = Post.objects.get(language="sv")
        assert json.loads(post.raw)["body"] == f"{SPREADS}\nandra raden; med semikolon"
        assert json.loads(post.raw)["author"] == HANDLE


def test_broken_lines_are_counted_told_why_and_kept(house):
    actor = house.communicator.actor
    broken = '{"id": 3, "data": {"desc": "avbruten'
    done = read_in(
        actor, ndjson(tiktok(1, SPREADS), broken, {"source_platform": "ukänd.example", "data": {}}, tiktok(4, "Hej"))
    )
    assert (done.read, done.unreadable) == (2, 2)
    with acting(actor):
        lines = list(queries.unreadable_lines(actor, done))
    assert [(line.line, line.reason) for line in lines] == [(2, "not_json"), (3, "unknown_shape")]
    assert lines[0].raw == broken


def test_bytes_that_are_no_text_are_kept_as_a_broken_line(house):
    actor = house.communicator.actor
    stream = io.BytesIO(ndjson(tiktok(1, "Hej")).getvalue() + b'{"data": "\xff\xfe"}\n')
    done = read_in(actor, stream)
    assert (done.read, done.unreadable) == (1, 1)
    with acting(actor):
        assert "\\xff\\xfe" in queries.unreadable_lines(actor, done).get().raw


def test_half_a_letter_in_a_text_does_not_stop_the_import(house):
    actor = house.communicator.actor
    line = json.dumps(tiktok(1, "Hej \ud83d och \U0001f642"))
    done = read_in(actor, ndjson(line))
    assert (done.status, done.new) == ("done", 1)
    with acting(actor):
        assert Post.objects.get().text.endswith("\U0001f642")


def test_the_same_file_twice_adds_nothing(house):
    actor = house.communicator.actor
    rows = [tiktok(number, SPREADS) for number in range(5)]
    read_in(actor, ndjson(*rows))
    again = read_in(actor, ndjson(*rows))
    assert (again.read, again.new, again.duplicate) == (5, 0, 5)
    with acting(actor):
        assert (Post.objects.count(), Match.objects.count()) == (5, 5)


def test_the_same_post_twice_in_a_file_is_one_post_and_the_later_record_counts(house):
    actor = house.communicator.actor
    done = read_in(
        actor,
        ndjson(
            tiktok(1, "Hej", collected=2_000_000_000_000, playCount=10),
            tiktok(1, "Hej", collected=1_000_000_000_000, playCount=5),
        ),
    )
    assert (done.new, done.duplicate) == (1, 1)
    with acting(actor):
        assert Post.objects.get().metrics["views"] == 10


def test_a_later_record_renews_figures_and_an_older_one_does_not(house):
    actor = house.communicator.actor
    read_in(actor, ndjson(tiktok(1, "Hej", collected=2_000, playCount=10, diggCount=3)))
    read_in(actor, ndjson(tiktok(1, "Hej", collected=3_000, playCount=20)))
    read_in(actor, ndjson(tiktok(1, "Hej", collected=1_000, playCount=1)))
    with acting(actor):
        assert Post.objects.get().metrics == {"likes": 3, "comments": None, "shares": None, "views": 20}


def test_new_words_of_a_post_are_analysed_anew(house):
    actor = house.communicator.actor
    read_in(actor, ndjson(tiktok(1, SPREADS, collected=1_000)))
    read_in(actor, ndjson(tiktok(1, "Fin höstdag i parken", collected=2_000)))
    with acting(actor):
        assert Post.objects.get().text == "Fin höstdag i parken"
        assert not Match.objects.exists()


def test_an_unknown_figure_stays_unknown(house):
    actor = house.communicator.actor
    read_in(actor, ndjson(tiktok(1, SPREADS, playCount=0), tiktok(2, SPREADS)))
    with acting(actor):
        views = [post.metrics["views"] for post in Post.objects.order_by("posted_at")]
    assert views == [0, None]


class Killed(BaseException):
    """What a kill -9 looks like from inside: nothing after it runs."""


def test_an_import_killed_in_the_middle_goes_on_where_it_stopped(house, monkeypatch):
    actor = house.communicator.actor
    monkeypatch.setattr(importing, "BATCH", 3)
    with acting(actor):
        started = actions.start_import(actor, ndjson(*[tiktok(n, SPREADS) for n in range(8)], "sönder"), "a.ndjson")

    def die(done: int, total: int) -> None:
        if done >= 6:
            raise Killed

    with pytest.raises(Killed):
        actions.run_import(actor, started.pk, die)
    with acting(actor):
        half = Import.objects.get()
        assert (half.status, half.line, half.read, half.progress) == ("analysing", 6, 6, 66)
    seen = []
    done = actions.run_import(actor, started.pk, lambda line, total: seen.append((line, total)))
    assert (done.status, done.read, done.new, done.unreadable) == ("done", 8, 8, 1)
    assert seen == [(9, 9)]
    with acting(actor):
        assert (Post.objects.count(), UnreadableLine.objects.count()) == (8, 1)


def test_a_batch_that_fails_half_way_leaves_nothing_of_itself(house, monkeypatch):
    actor = house.communicator.actor
    with acting(actor):
        started = actions.start_import(actor, ndjson(tiktok(1, SPREADS), "sönder"), "a.ndjson")

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("the disk is full")

    with monkeypatch.context() as patched:
        patched.setattr(UnreadableLine.objects.__class__, "bulk_create", fail)
        with pytest.raises(RuntimeError):
            actions.run_import(actor, started.pk)
    with acting(actor):
        assert not Post.objects.exists()
    assert actions.run_import(actor, started.pk).new == 1


def test_an_import_that_keeps_failing_is_given_up_and_says_so(house, monkeypatch):
    actor = house.communicator.actor
    with acting(actor):
        started = actions.start_import(actor, ndjson(tiktok(1, SPREADS)), "a.ndjson")
    with monkeypatch.context() as patched:
        patched.setattr(importing, "write", lambda *_: (_ for _ in ()).throw(RuntimeError("again")))
        for _ in range(5):
            with pytest.raises(RuntimeError):
                actions.run_import(actor, started.pk)
    given_up = actions.run_import(actor, started.pk)
    assert (given_up.status, given_up.error) == ("failed", "gave_up")


def test_two_workers_on_one_import_write_each_batch_once(house, monkeypatch):
    actor = house.communicator.actor
    monkeypatch.setattr(importing, "BATCH", 2)
    with acting(actor):
        started = actions.start_import(actor, ndjson(*[tiktok(n, SPREADS) for n in range(4)]), "a.ndjson")
    overtaken = []

    def overtake(done: int, total: int) -> None:
        if not overtaken:
            overtaken.append(actions.run_import(actor, started.pk))

    actions.run_import(actor, started.pk, overtake)
    with acting(actor):
        row = Import.objects.get()
        assert (row.status, row.read, row.new, row.duplicate) == ("done", 4, 4, 0)


def test_no_handle_and_no_browser_stands_anywhere_in_the_database(house):
    """Every column of every table, as the owner sees them: the author, the address with the author in it, the text."""
    actor = house.communicator.actor
    read_in(
        actor,
        ndjson(
            tiktok(1, f"{SPREADS} @{HANDLE} #{HANDLE}"),
            {"source_platform": "tiktok.com", "data": {"author": HANDLE}, "user_agent": AGENT},
        ),
        f"{HANDLE}.ndjson",
    )
    secrets = [HANDLE.encode(), b"Firefox/140", b"kidnappar", b"Lindqvist"]
    found = []
    with connection.cursor() as cursor:
        cursor.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
        tables = [name for (name,) in cursor.fetchall()]
        with acting(actor):
            for name in tables:
                try:
                    cursor.execute("SAVEPOINT look")
                    cursor.execute(f'SELECT t::text FROM "{name}" t')
                    rows = "\n".join(text for (text,) in cursor.fetchall()).encode()
                    cursor.execute("RELEASE look")
                except Exception:
                    cursor.execute("ROLLBACK TO look")
                    continue
                for secret in secrets:
                    if secret in rows or secret.hex().encode() in rows:
                        found.append((name, secret))
            assert Post.objects.count() == 1  # so that something was looked at
    assert "watch_post" in tables
    assert found == []


def test_the_same_author_has_one_pseudonym_here_and_another_elsewhere(house):
    other = colleague(organisation(), Role.COMMUNICATOR).actor
    actor = house.communicator.actor
    read_in(actor, ndjson(tiktok(1, "Hej"), tiktok(2, "Hej igen")))
    read_in(actor, table(row(3, "Hej ur tabell")), "4cat.csv")
    read_in(other, ndjson(tiktok(1, "Hej")))
    with acting(actor):
        mine = set(Post.objects.values_list("author", flat=True))
    with acting(other):
        theirs = set(Post.objects.values_list("author", flat=True))
    assert len(mine) == len(theirs) == 1
    assert mine.isdisjoint(theirs)


def test_the_file_is_deleted_when_the_import_is_over(house, private_folders):
    actor = house.communicator.actor
    with acting(actor):
        started = actions.start_import(actor, ndjson(tiktok(1, "Hej")), "a.ndjson")
    assert actions.path_of(started).stat().st_mode & 0o077 == 0
    with override_settings():
        from django.test import TestCase

        with TestCase.captureOnCommitCallbacks(execute=True):
            actions.run_import(actor, started.pk)
    assert not actions.path_of(started).exists()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\n \n", "empty"),
        (b"namn;adress\r\nA;B\r\n", "format"),
        (b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20, "format"),
        (b"[1, 2, 3]", "format"),
    ],
)
def test_a_file_that_is_no_post_file_is_refused_clearly_and_leaves_nothing(house, private_folders, content, reason):
    actor = house.communicator.actor
    with pytest.raises(ImportRefused) as refused, acting(actor):
        actions.start_import(actor, io.BytesIO(content), "fil.ndjson")
    assert refused.value.data["reason"] == reason
    with acting(actor):
        assert not Import.objects.exists()
    assert not [path for path in private_folders.files.rglob("*") if path.is_file()]


@override_settings(MOTKRAFT_LARGEST_FILE=1_000)
def test_a_file_over_the_limit_is_refused_with_the_limit(house, private_folders):
    actor = house.communicator.actor
    with pytest.raises(ImportRefused) as refused, acting(actor):
        actions.start_import(actor, io.BytesIO(b"x" * 1_001), "fil.ndjson")
    assert (refused.value.data["reason"], refused.value.data["largest"]) == ("too_large", 1_000)
    assert not [path for path in private_folders.files.rglob("*") if path.is_file()]


def test_a_huge_line_is_a_broken_line_and_the_rest_is_read(house):
    actor = house.communicator.actor
    huge = "{" + "x" * 3_000_000
    done = read_in(actor, ndjson(huge, tiktok(1, "a" * 60_000), tiktok(2, SPREADS)))
    with acting(actor):
        reasons = list(queries.unreadable_lines(actor, done).values_list("reason", flat=True))
    assert (done.read, reasons) == (1, ["not_json", "text_too_long"])


def test_a_file_of_which_nothing_can_be_read_fails_and_keeps_its_lines(house):
    actor = house.communicator.actor
    done = read_in(actor, ndjson('{"a": 1}', '{"b": '))
    assert (done.status, done.error, done.unreadable) == ("failed", "nothing_read", 2)


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "C:\\\\temp\\\\x.ndjson", "a\u202egnp.ndjson", "\x00\r\n.csv", "å" * 500, ""]
)
def test_a_hostile_file_name_harms_nothing(house, private_folders, name):
    actor = house.communicator.actor
    done = read_in(actor, ndjson(tiktok(1, "Hej")), name)
    assert done.status == "done"
    assert not set(done.file_name) & set("/\\\x00\r\n\u202e")
    assert 0 < len(done.file_name) <= 120
    assert all(str(path).startswith(str(private_folders.root)) for path in [actions.path_of(done).resolve()])


def test_another_organisation_sees_nothing_and_reads_nothing(house):
    other = colleague(organisation(), Role.COMMUNICATOR).actor
    mine = read_in(house.communicator.actor, ndjson(tiktok(1, SPREADS), "sönder"))
    with acting(other):
        for model in (Import, UnreadableLine, Post, Match, Exposure, ThreatSignal):
            assert not model.objects.exists()
    with pytest.raises(NotAllowed):
        actions.run_import(other, mine.pk)


def test_only_those_who_may_import_import(house):
    for actor in (house.worker.actor, house.manager.actor, house.coordinator.actor, house.director.actor):
        with pytest.raises(NotAllowed), acting(actor):
            actions.start_import(actor, ndjson(tiktok(1, "Hej")), "a.ndjson")


def test_reading_the_protected_details_for_an_import_is_written_down(house):
    from motkraft.people.models import Reading

    read_in(house.communicator.actor, ndjson(tiktok(1, "Hej")))
    with acting(house.communicator.actor):
        reading = Reading.objects.get(subject_kind="protected_person", purpose="watch")
    assert reading.subject_id == house.protected.pk


def test_import_file_reads_a_file_from_disk_and_tells_how_far_it_is(house, tmp_path):
    path = tmp_path / "export.ndjson"
    path.write_bytes(ndjson(*[tiktok(n, "Hej") for n in range(3)]).getvalue())
    seen = []
    done = actions.import_file(house.communicator.actor, path, lambda line, total: seen.append((line, total)))
    assert (done.status, done.file_name, seen) == ("done", "export.ndjson", [(3, 3)])


def test_raw_records_are_forgotten_after_their_time_but_not_while_an_exposure_waits(house):
    import datetime as dt

    from conftest import PROTECTED
    from motkraft.watch.rules import RAW_KEPT

    actor = house.communicator.actor
    read_in(actor, ndjson(tiktok(1, "Hej"), tiktok(2, f"{PROTECTED} tar barn")))
    with acting(actor):
        assert actions.forget_raw(actor) == 0
        for post in Post.objects.all():
            Post.objects.filter(pk=post.pk).update(found_at=post.found_at - RAW_KEPT - dt.timedelta(hours=1))
        assert actions.forget_raw(actor) == 1
        assert {post.text: post.raw is not None for post in Post.objects.all()} == {
            "Hej": False,
            f"{PROTECTED} tar barn": True,
        }


# -- the rules behind


def test_an_import_moves_only_along_its_table():
    for now in ImportStatus:
        for wanted in ImportStatus:
            if wanted in IMPORT_TRANSITIONS[now]:
                assert next_import(now, wanted) is wanted
            else:
                with pytest.raises(WrongState):
                    next_import(now, wanted)


def test_progress_is_whole_only_when_done():
    assert [percent(0, 10, "reading"), percent(5, 10, "analysing"), percent(10, 10, "analysing")] == [0, 50, 99]
    assert percent(0, 0, "done") == 100


def test_few_claims_are_proposed_for_one_post():
    scored = [Scored("N03", 0.4), Scored("N01", 0.9), Scored("N02", 0.6), Scored("N04", 0.55)]
    assert kept_matches(scored) == ("N01", "N02", "N04")
    assert kept_matches([Scored("N01", 0.3), Scored("N02", 0.29)]) == ("N01",)


def test_a_text_is_cut_at_its_marks_and_loses_nothing():
    assert pieces("abcdef", [(1, 3, "name"), (2, 5, "threat")]) == (
        Piece("a"), Piece("bc", "name"), Piece("de", "threat"), Piece("f"),
    )  # fmt: skip
    assert pieces("abc", []) == (Piece("abc"),)
