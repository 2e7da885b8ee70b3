"""A protected text never reaches the database, a message or a dump as plain text, whichever way it is written."""

from __future__ import annotations

import uuid

import pytest
from django.core import serializers
from django.core.exceptions import ValidationError
from django.db import connection, transaction

from factories import colleague, organisation
from motkraft.people.access import Role, acting
from motkraft.people.models import Person
from motkraft.sealing import SealingError

pytestmark = pytest.mark.django_db
NAME = "Åsa Påhittad-Demo"


@pytest.fixture
def worker():
    found = colleague(organisation(), Role.SOCIAL_WORKER, name=NAME)
    with acting(found.actor):
        yield found.person


def stored(person: Person) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM people_person WHERE id = %s", [person.pk])
        return bytes(cursor.fetchone()[0])


@pytest.mark.parametrize("value", ["Ny Påhittad-Demo", b"Ny Demo", memoryview(b"Ny Demo")])
def test_update_refuses_plain_text_and_does_not_repeat_it(worker, value):
    before = stored(worker)
    with pytest.raises(TypeError) as caught, transaction.atomic():
        Person.objects.filter(pk=worker.pk).update(name=value)
    assert "Demo" not in str(caught.value)
    assert stored(worker) == before


def test_bulk_update_refuses_plain_text(worker):
    worker.name = "Ny Påhittad-Demo"
    with pytest.raises(TypeError), transaction.atomic():
        Person.objects.bulk_update([worker], ["name"])


def test_a_filter_on_the_text_fails_loudly(worker):
    with pytest.raises(TypeError) as caught, transaction.atomic():
        Person.objects.filter(name=NAME).exists()
    assert NAME not in str(caught.value)


def test_bytes_are_saved_only_when_they_are_the_rows_own_ciphertext(worker):
    worker.name = b"Ny Demo"
    with pytest.raises(SealingError), transaction.atomic():
        worker.save()


def test_a_copied_row_does_not_keep_a_ciphertext_that_nobody_can_open(worker):
    copy = Person.objects.get(pk=worker.pk)
    copy.pk, copy.username, copy._state.adding = uuid.uuid4(), "kopia", True
    with pytest.raises(SealingError), transaction.atomic():
        copy.save()


def test_bulk_create_encrypts(worker):
    colleague = Person(username="massa", name="Massa Påhittad-Demo")
    kept = Person._meta.get_field("name").pre_save(colleague, True)
    assert b"Massa" not in kept


@pytest.mark.parametrize("way", ["defer", "only", "refresh"])
def test_a_text_that_was_left_out_is_read_when_it_is_asked_for(worker, way):
    if way == "defer":
        found = Person.objects.defer("name").get(pk=worker.pk)
    elif way == "only":
        found = Person.objects.only("pk").get(pk=worker.pk)
    else:
        found = Person.objects.get(pk=worker.pk)
        found.refresh_from_db()
    assert found.name == NAME


def test_a_row_that_was_loaded_and_saved_untouched_keeps_its_text(worker):
    found = Person.objects.get(pk=worker.pk)
    found.title = "Handläggare"
    found.save()
    assert Person.objects.get(pk=worker.pk).name == NAME


def test_values_and_dumps_never_hold_the_text(worker):
    assert NAME.encode() not in bytes(Person.objects.values_list("name", flat=True).get(pk=worker.pk))
    assert NAME not in serializers.serialize("json", [Person.objects.get(pk=worker.pk)])
    assert NAME not in repr(worker) + str(worker)


def test_the_text_passes_validation_as_text(worker):
    worker.full_clean()
    worker.name = ""
    with pytest.raises(ValidationError):
        worker.full_clean()
