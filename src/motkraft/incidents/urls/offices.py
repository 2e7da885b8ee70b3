"""Offices, guards, the safety representative, the union."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
