"""The demo: decisions in each stage, one of them without names, one that another town is asked to take over."""

from __future__ import annotations

import pytest
from django.conf import settings
from django.utils import timezone

from motkraft.decisions import demo
from motkraft.decisions.models import Decision
from motkraft.ledger import demo as ledger
from motkraft.ledger.queries import cosigned, witnesses
from motkraft.people import demo as people
from motkraft.people.access import acting, system
from motkraft.people.models import Organisation
from motkraft.site.demo import World

pytestmark = pytest.mark.django_db


def test_the_demo_shows_each_stage_and_one_decision_without_names(monkeypatch):
    organisations = {
        code: Organisation.objects.filter(code=code).first()
        or Organisation.objects.create(code=code, name=code, kind="municipality")
        for code in ("0114", "1262", "2580", "NKE")
    }
    offices, staff = people.load_staff(organisations, settings.MOTKRAFT_FOLDERS.secrets)
    world = World(organisations, offices, staff, timezone.now())
    demo.load(world)
    with acting(system(organisations["0114"].pk)):
        rows = list(Decision.objects.order_by("created_at").values_list("state", "protection_level"))
    assert rows == [("issued", 1), ("issued", 0), ("ready", 1), ("handling", 1), ("draft", 4)]

    ledger.load(world)
    ledger.sign(organisations)
    for organisation in organisations.values():
        actor = system(organisation.pk)
        with acting(actor):
            told = cosigned(actor)
            assert (told.count, told.witnesses, told.holds) == (3, 3, True)
            assert {row.problem for row in witnesses(actor)} == {""}
