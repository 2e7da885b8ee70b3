from django.apps import AppConfig


class AnswersConfig(AppConfig):
    name = "motkraft.answers"
    label = "answers"
