"""Sent at once from several places, a report is one report."""

from __future__ import annotations

import threading
import uuid

from django.db import connection

from factories import colleague, organisation
from motkraft.incidents.actions import reporting
from motkraft.people.access import Role, acting


def test_two_that_come_at_once_make_one_report(django_db_blocker):
    """In transactions of their own, as requests are; what it makes stays in this run's database."""
    made, wrong = [], []
    with django_db_blocker.unblock():
        actor, number = colleague(organisation(code=uuid.uuid4().hex[:8]), Role.SOCIAL_WORKER).actor, uuid.uuid4()

        def send():
            try:
                with acting(actor):
                    made.append(reporting.report_once(actor, number, {"kind": "threat"}).pk)
            except Exception as error:
                wrong.append(error)
            finally:
                connection.close()

        threads = [threading.Thread(target=send) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        connection.close()
    assert not wrong
    assert len(made) == 6
    assert len(set(made)) == 1
