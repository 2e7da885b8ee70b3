"""The web room as a Django app."""

from django.apps import AppConfig


class WebConfig(AppConfig):
    """Templates, static files and template tags; no models."""

    name = "motkraft.web"
    label = "web"
    verbose_name = "Motkraft: web"
