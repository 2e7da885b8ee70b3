from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "motkraft.people"
    label = "people"
