from django.apps import AppConfig


class IncidentsConfig(AppConfig):
    name = "motkraft.incidents"
    label = "incidents"

    def ready(self) -> None:
        from django.db.models.signals import post_save

        from motkraft.incidents.actions.search import index_saved

        post_save.connect(index_saved, sender="incidents.Incident", dispatch_uid="incidents.search")
