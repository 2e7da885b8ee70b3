"""A paper is made once, read by those its owner lets, and never holds a word that it must not."""

from __future__ import annotations

import uuid

import pytest
from django.urls import reverse

from factories import colleague, organisation
from motkraft.incidents.actions import papers
from motkraft.incidents.models import Paper
from motkraft.incidents.rules import IncidentError
from motkraft.people.access import Role, acting
from motkraft.people.models import Organisation

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(monkeypatch):
    found = colleague(organisation(), Role.MANAGER)
    kind = papers.PaperKind("handling", lambda actor, paper: paper.made_by_id == actor.person_id)
    monkeypatch.setitem(papers.PAPER_KINDS, "test", kind)
    return found


def made(someone, text: str, **given) -> Paper:
    data = {
        "organisation": {"name": "Exempelkommun", "unit": "Socialtjänsten", "address": "Exempelgatan 1"},
        "reference": "X-2026-0001",
        "issued_at": "2026-11-21T10:00:00+01:00",
        "title": "Begäran",
        "sections": [{"heading": "Vad som begärs", "text": text}],
    }
    with acting(someone.actor):
        return papers.keep_paper(
            someone.actor, data, kind="test", subject_kind="office", subject_id=uuid.uuid4(), **given
        )


def test_a_paper_comes_out_for_those_it_is_for_and_is_not_there_for_others(client, manager):
    paper = made(manager, "Ett räcke vid receptionen.")
    address = reverse("paper", args=[paper.pk])
    client.force_login(manager.person)
    answer = client.get(address)
    assert answer.status_code == 200
    assert b"".join(answer.streaming_content).startswith(b"%PDF")
    assert answer["Content-Disposition"].startswith("attachment")
    own = Organisation.objects.get(pk=manager.actor.organisation_id)
    for stranger in (colleague(own, Role.MANAGER), colleague(organisation(), Role.MANAGER)):
        client.force_login(stranger.person)
        assert client.get(address).status_code == 404


def test_a_paper_with_a_protected_word_is_not_made_and_the_refusal_does_not_say_the_word(manager):
    with pytest.raises(IncidentError) as refused:
        made(manager, "Ring Ingrid Lindqvist-Demo.", protected_words=["Ingrid Lindqvist-Demo"])
    assert "Lindqvist" not in f"{refused.value}{refused.value.data}"
    with acting(manager.actor):
        assert not Paper.objects.exists()
