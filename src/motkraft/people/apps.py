from django.apps import AppConfig


class PeopleConfig(AppConfig):
    name = "motkraft.people"
    label = "people"

    def ready(self) -> None:
        from django.contrib.auth.signals import user_logged_in

        from motkraft.people.login import record_login

        user_logged_in.disconnect(dispatch_uid="update_last_login")  # Django's own, which does not know the door
        user_logged_in.connect(record_login, dispatch_uid="people.record_login")
