"""The web room alone: the settings of tests/web/settings.py, whatever the rest of the run uses."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.template import engines
from django.test import RequestFactory, override_settings
from django.utils import translation

from web import settings as alone

NAMES = (
    "MOTKRAFT_DEMO",
    "MIDDLEWARE",
    "ROOT_URLCONF",
    "FORM_RENDERER",
    "TEMPLATES",
    "LANGUAGE_CODE",
    "ALLOWED_HOSTS",
)


@pytest.fixture(autouse=True)
def room() -> Iterator[None]:
    with override_settings(**{name: getattr(alone, name) for name in NAMES}), translation.override("sv"):
        yield


@pytest.fixture
def draw() -> Callable[..., str]:
    """Render a few lines of template with the room's tags."""

    def render(source: str, **context: Any) -> str:
        request = RequestFactory().get("/")
        return engines["django"].from_string("{% load i18n motkraft %}" + source).render(context, request)

    return render
