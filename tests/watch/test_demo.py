"""The demo's posts are made up, format-true, and never expose the person that the journey is about."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest
from django.utils import timezone

from factories import colleague, organisation
from motkraft.people.access import Role, acting
from motkraft.people.actions import protect
from motkraft.people.models import DetailKind
from motkraft.watch import demo
from motkraft.watch.models import Exposure, Import, Match, Post

pytestmark = pytest.mark.django_db


def test_the_demo_loads_matches_and_one_exposure_in_each_municipality():
    names = {
        "0114": ("Ingrid Lindqvist-Demo", "Yusuf Karlsson-Demo"),
        "2580": ("Sanna Niemi-Demo", "Per-Ola Juuso-Demo"),
    }
    actors, protected = {}, {}
    for code, pair in names.items():
        of = organisation()
        actors[code] = colleague(of, Role.COMMUNICATOR).actor
        admin = colleague(of, Role.SECURITY_COORDINATOR).actor
        with acting(admin):
            protected[code] = [protect(admin, details={DetailKind.NAME: name}) for name in pair]

    class World:
        now = timezone.now()

        def actor(self, key: str):
            return actors[key.split(".")[0]]

    demo.load(World())
    for code in names:
        with acting(actors[code]):
            exposure = Exposure.objects.get()
            assert exposure.protected_person_id == protected[code][1].pk
            assert Import.objects.get().status == "done"
            assert Match.objects.filter(state="confirmed").exists()
            assert Match.objects.filter(state="proposed").exists()
            assert all(post.posted_at < World.now for post in Post.objects.all())
    with acting(actors["0114"]):
        assert Import.objects.get().unreadable == 1
        texts = {match.post.text for match in Match.objects.select_related("post")}
        assert not [
            text for text in texts if re.search(r"desinformation|Fact check|تضليل|Min dotter|\?|JO kritiserar", text)
        ]


@pytest.mark.parametrize("name", [name for name, _, _ in demo.FILES.values()])
def test_every_handle_in_the_demo_says_that_it_is_made_up(name):
    text = (files("motkraft.watch") / "data" / name).read_text("utf-8")
    handles = re.findall(r'"(?:uniqueId|unique_id|screen_name)": "([^"]+)"', text)
    assert handles
    assert all(handle.startswith("demo_") for handle in handles)
