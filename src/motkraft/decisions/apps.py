from django.apps import AppConfig


class DecisionsConfig(AppConfig):
    name = "motkraft.decisions"
    label = "decisions"

    def ready(self) -> None:
        from motkraft.decisions.queries.time_limits import feed_entries
        from motkraft.incidents.queries.feeds import add_source

        add_source(feed_entries)
