from django.apps import AppConfig


class WatchConfig(AppConfig):
    name = "motkraft.watch"
    label = "watch"
