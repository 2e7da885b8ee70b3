from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    name = "motkraft.incidents"
    label = "incidents"
