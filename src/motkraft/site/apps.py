"""The site as a Django app: its templates and commands' home, no models."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "motkraft.site"
    label = "site"
