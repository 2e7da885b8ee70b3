from django.apps import AppConfig


class LedgerConfig(AppConfig):
    name = "motkraft.ledger"
    label = "ledger"

    def ready(self) -> None:
        from motkraft.ledger.actions import record_people
        from motkraft.people.access import happened

        happened.connect(record_people, dispatch_uid="ledger")
