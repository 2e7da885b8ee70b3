"""Safety plans, application packs, messages, escalations."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
