from django.apps import AppConfig


class CooperationConfig(AppConfig):
    name = "motkraft.cooperation"
    label = "cooperation"
