from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    name = "motkraft.decisions"
    label = "decisions"
