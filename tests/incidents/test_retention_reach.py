"""The promise of erasing: of every table that leads to an incident, and of every file, nothing of it is left."""

from __future__ import annotations

import datetime as dt
import json

import pytest
import time_machine
from django.apps import apps
from django.conf import settings
from django.db import connection, transaction
from django.test import Client
from django.urls import reverse

from factories import colleague, office, organisation
from motkraft.incidents import actions
from motkraft.incidents.actions import messages, packages, packs, plans, retention, series, uploads
from motkraft.incidents.actions.evidence import make_share_copy
from motkraft.incidents.actions.police import file_police_report
from motkraft.incidents.actions.retention_reach import UNLINKED, reach
from motkraft.incidents.models import (
    Duty,
    DutyReceipt,
    Evidence,
    EvidenceTimestamp,
    Export,
    Incident,
    LegalHold,
    PoliceContact,
    PoliceDecision,
    PoliceWithheld,
    Reminder,
    RepresentativeRequest,
    Series,
    WorkStop,
)
from motkraft.incidents.models.plan import ApplicationPack
from motkraft.incidents.queries import retention as queries
from motkraft.incidents.rules import Report, offered_offences
from motkraft.incidents.rules.retention import Category
from motkraft.law.calendar import STOCKHOLM
from motkraft.ledger.actions import publish
from motkraft.ledger.queries import verify
from motkraft.people.access import Role, acting
from motkraft.people.actions import record_reading

pytestmark = pytest.mark.django_db
THEN = dt.datetime(2026, 4, 1, 12, 0, tzinfo=STOCKHOLM)
LATER = dt.timedelta(days=900)
SECRET = "Kvarnbergsparken"

#: Tables that may still hold the incident's number (a random one): the leaf, who has read what, and that it was erased.
#: What a reporter gave the knowledge unit is the unit's own record and stays there too.
MAY_REMEMBER = {"ledger_event", "people_reading", "incidents_erasure", "incidents_escalation"}


@pytest.fixture(autouse=True)
def clock():
    with time_machine.travel(THEN) as moving:
        yield moving


@pytest.fixture
def house():
    class House:
        org = organisation()
        here = office(org)
        worker = colleague(org, Role.SOCIAL_WORKER, office=here)
        manager = colleague(org, Role.MANAGER, office=here)
        coordinator = colleague(org, Role.SECURITY_COORDINATOR)
        director = colleague(org, Role.DIRECTOR)
        registrar = colleague(org, Role.REGISTRAR)
        administrator = colleague(org, Role.ADMINISTRATOR)

    return House


def report(house, words=SECRET, file=b"sms") -> Incident:
    with acting(house.worker.actor):
        return actions.report_incident(
            house.worker.actor,
            Report(kind="death_threat", exact_words=words, office_id=house.here.pk),
            evidence=[actions.HandedIn(file, f"{SECRET}.txt")],
        )


def full(house) -> Incident:
    """An incident with a row in every table that can lead to it, and a file in every place that can hold one."""
    incident, who = report(house), house.manager
    org, now = {"organisation": house.org}, THEN
    with acting(who.actor):
        actor = who.actor
        evidence = incident.evidence.get()
        make_share_copy(actor, evidence.pk)
        EvidenceTimestamp.objects.create(
            **org, evidence=evidence, at=now, service="x", digest=evidence.sha256, response=b"x"
        )
        upload = uploads.start_upload(actor, incident.pk, size=9, name=f"{SECRET}.mp4")
        uploads.write_piece(actor, incident.pk, upload.pk, offset=0, piece=b"halv")
        packages.make_custody_report(actor, incident.pk)
        packages.make_package(actor, incident.pk)
        messages.write_message(actor, incident.pk, text=SECRET)
        offence = offered_offences(now, now)[0].id
        filed = file_police_report(actor, incident.pk, offences=[offence], basis=SECRET)
        PoliceContact.objects.create(**org, report=filed, at=now, how="phone", note=SECRET)
        PoliceDecision.objects.create(**org, report=filed, number=1, state="closed", decided_on=now.date(), at=now)
        PoliceWithheld.objects.create(**org, incident=incident, reason_key="other", reason=SECRET, at=now)
        duty = Duty.objects.filter(incident=incident).first()
        Reminder.objects.create(**org, duty=duty, person=who.person, moment="before", at=now)
        DutyReceipt.objects.create(**org, duty=duty, told_at=now)
        RepresentativeRequest.objects.create(
            **org, reference="SB-2024-0001", incident=incident, measures="x", asked_at=now, receipt_at=now,
            answer_due_at=now,
        )  # fmt: skip
        WorkStop.objects.create(
            **org, office=house.here, incident=incident, kind="lone", what="x", reason="x", stopped_at=now,
            employer_told_at=now,
        )  # fmt: skip
        Export.objects.create(**org, incident=incident, form="json", with_texts=True, purpose=SECRET, at=now)
        LegalHold.objects.create(**org, incident=incident, reason=SECRET, set_at=now, lifted_at=now)
        record_reading(actor, "incident", incident.pk)
    with acting(house.coordinator.actor):
        actor = house.coordinator.actor
        plan = plans.open_plan(actor, house.worker.person.pk)
        packs.make_pack(actor, plan.pk, kind="secrecy_marking", grounds=SECRET, incident_ids=[incident.pk])
    return incident


def close(house, *incidents):
    with acting(house.manager.actor):
        for incident in incidents:
            actions.close_incident(house.manager.actor, incident.pk, reason="Klart.")


def erase(house):
    with acting(house.registrar.actor):
        for category in Category:
            retention.set_line(house.registrar.actor, category, months=12, basis="Plan 12")
        made = retention.propose(house.registrar.actor)
    with acting(house.administrator.actor), transaction.atomic():
        return retention.run(house.administrator.actor, made.run)


def leading_to_incident() -> dict[type, list[str]]:
    """Every model with a foreign key path to Incident, with those columns; worked out from the models themselves."""
    found: dict[type, list[str]] = {Incident: []}
    while True:
        before = sum(map(len, found.values()))
        for model in apps.get_models():
            for column in model._meta.concrete_fields:
                if column.related_model in found and column.related_model not in UNLINKED:
                    found.setdefault(model, [])
                    if column.name not in found[model]:
                        found[model].append(column.name)
        if sum(map(len, found.values())) == before:
            return found


def stored():
    return {path.name for path in settings.MOTKRAFT_FOLDERS.files.rglob("*") if path.is_file()}


def tables_with(*words: str) -> dict[str, set[str]]:
    """Which tables hold one of these words anywhere in a row."""
    found: dict[str, set[str]] = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            for word in words:
                cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{word}%"])
                if cursor.fetchone()[0]:
                    found.setdefault(table, set()).add(word)
    return found


def test_nothing_of_an_erased_incident_is_left_but_a_leaf_that_says_nothing(
    house, clock, django_capture_on_commit_callbacks
):
    other = report(house, words="Ett annat hot", file=b"annat sms")
    with acting(house.manager.actor):
        kept = {row for pair in Evidence.objects.values_list("sha256", "share_sha256") for row in pair if row}
    incident = full(house)
    with acting(house.manager.actor):
        held = series.open_series(house.manager.actor, [incident.pk, other.pk], kind="person", title="Tillsammans")
        series.unlink_series(house.manager.actor, other.pk, reason="Ett annat nummer")
    with acting(house.coordinator.actor):
        plans.end_plan(house.coordinator.actor, ApplicationPack.objects.get().plan_id)
    close(house, incident)
    clock.shift(LATER)
    publish(house.org.pk)

    with acting(house.registrar.actor):
        going = reach(house.registrar.actor, [incident.pk])
        paths = leading_to_incident()
        for model in paths:
            if model not in UNLINKED:
                assert going.of(model), f"the test makes no {model.__name__}, and could not tell whether one stays"
        before = {model: model._base_manager.count() for model in apps.get_models() if hasattr(model, "organisation")}
        left = {model: ids for model in before if (ids := going.of(model))}
        words = {str(pk) for pk in going.ids} | going.digests | {incident.reference}
    assert stored() > kept
    with django_capture_on_commit_callbacks(execute=True):
        assert erase(house) == (1, 0)

    with acting(house.registrar.actor):
        for model, columns in paths.items():
            ids = going.of(model)
            assert not model._base_manager.filter(pk__in=ids).exists(), model
            for column in columns:
                target = model._meta.get_field(column).related_model
                assert not model._base_manager.filter(**{f"{column}__in": going.of(target)}).exists(), (model, column)
        for model, ids in left.items():
            assert model._base_manager.count() == before[model] - len(ids), f"{model}: just what the dry run said"
        for model in UNLINKED:
            assert model.objects.get().incident_id is None, "the office's own record stays, without the link"
        pack = ApplicationPack.objects.get()
        assert (pack.attachments, pack.paper_id, pack.grounds) == ([], None, "")
        assert not Series.objects.filter(pk=held.pk).exists()
        assert Incident.objects.filter(pk=other.pk).exists()
        remember = tables_with(*words)
        assert set(remember) <= MAY_REMEMBER, remember
        digests_left = {word for found in remember.values() for word in found} & (going.digests | {incident.reference})
        assert not digests_left
    assert stored() == kept, "every file of it is gone, and no other"
    publish(house.org.pk)
    with acting(house.registrar.actor):
        assert verify(house.registrar.actor).erased > 0


def test_a_file_that_something_else_needs_stays(house, clock, django_capture_on_commit_callbacks):
    incident, other = report(house), report(house, words="Igen")
    close(house, incident)
    clock.shift(LATER)
    with acting(house.manager.actor):
        digest = Evidence.objects.get(incident=other).sha256
    with django_capture_on_commit_callbacks(execute=True):
        assert erase(house) == (1, 0)
    assert digest in stored()


def test_what_a_package_alone_names_stays_when_somebody_elses_copy_goes(
    house, clock, django_capture_on_commit_callbacks
):
    other = report(house, words="Igen", file=b"annat sms")
    with acting(house.manager.actor):
        package = packages.make_package(house.manager.actor, other.pk)
        manifest = json.loads(actions.path_of(house.org.pk, package.sha256).read_bytes())
        (digest,) = (each["sha256"] for each in manifest["documents"])
    incident = report(house, file=actions.path_of(house.org.pk, digest).read_bytes())
    with acting(house.manager.actor):
        assert Evidence.objects.get(incident=incident).sha256 == digest
    close(house, incident)
    clock.shift(LATER)
    with acting(house.registrar.actor):
        assert digest not in reach(house.registrar.actor, [incident.pk]).digests
        assert digest in reach(house.registrar.actor, [other.pk, incident.pk]).digests
    with django_capture_on_commit_callbacks(execute=True):
        assert erase(house) == (1, 0)
    assert digest in stored()


def test_the_same_bytes_that_come_in_while_they_are_erased_stay(house, clock, django_capture_on_commit_callbacks):
    incident = report(house)
    close(house, incident)
    clock.shift(LATER)
    with django_capture_on_commit_callbacks() as waiting:
        assert erase(house) == (1, 0)
    other = report(house, words="Igen")
    for callback in waiting:
        callback()
    with acting(house.manager.actor):
        assert Evidence.objects.get(incident=other).sha256 in stored()


def test_what_an_application_rests_on_stays_while_the_plan_goes_on(house, clock):
    incident = report(house)
    with acting(house.coordinator.actor):
        plan = plans.open_plan(house.coordinator.actor, house.worker.person.pk)
        packs.make_pack(
            house.coordinator.actor, plan.pk, kind="secrecy_marking", grounds="x", incident_ids=[incident.pk]
        )
    close(house, incident)
    clock.shift(LATER)
    with acting(house.registrar.actor):
        for category in Category:
            retention.set_line(house.registrar.actor, category, months=12, basis="Plan 12")
        found = queries.dry_run(house.registrar.actor, (THEN + LATER).date())
        assert (found.due, found.held, found.needed, found.would_go) == (0, 0, 1, [])
        with pytest.raises(retention.NotReady):
            retention.propose(house.registrar.actor)
    with acting(house.coordinator.actor):
        plans.end_plan(house.coordinator.actor, plan.pk)
    assert erase(house) == (1, 0)


def test_the_dry_run_counts_what_goes(house, clock):
    incident = full(house)
    with acting(house.coordinator.actor):
        plans.end_plan(house.coordinator.actor, ApplicationPack.objects.get().plan_id)
    close(house, incident)
    clock.shift(LATER)
    with acting(house.registrar.actor):
        for category in Category:
            retention.set_line(house.registrar.actor, category, months=12, basis="Plan 12")
        going = reach(house.registrar.actor, [incident.pk])
        client = Client()
        client.force_login(house.registrar.person, backend="motkraft.people.login.Door")
    page = client.get(reverse("retention_try"), headers={"accept-language": "sv"})
    counts = dict((str(words), count) for words, count in page.context["goes"])
    assert counts["Skyldigheter"] == len(going.of(Duty))
    assert counts["Filer på disken"] == len(going.digests) + 1, "with the one on its way in"
    assert SECRET not in page.content.decode()


def test_what_a_series_says_of_an_erased_incident_goes_and_the_rest_of_it_stays(house, clock):
    one, two, three = (report(house) for _ in range(3))
    with acting(house.manager.actor):
        actor = house.manager.actor
        held = series.open_series(actor, [one.pk, two.pk], kind="person", note="Samma röst")
        series.link_series(actor, three.pk, held.pk, reason=SECRET)
        series.unlink_series(actor, three.pk, reason=SECRET)
        series.unlink_series(actor, two.pk, reason="Annan röst")
    close(house, three)
    clock.shift(LATER)
    assert erase(house) == (1, 0)
    with acting(house.manager.actor):
        held.refresh_from_db()
    assert SECRET not in held.note and "Annan röst" in held.note and held.note.startswith("Samma röst")
