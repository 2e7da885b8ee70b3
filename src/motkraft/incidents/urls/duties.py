"""Duties, reminders, calendar feeds."""

from django.urls import URLPattern, path

from motkraft.incidents.urls.paths import DUTY
from motkraft.incidents.views import duties

urlpatterns: list[URLPattern] = [
    path(f"{DUTY}/klar", duties.meet, name="duty_meet"),
    path(f"{DUTY}/avsta", duties.set_aside, name="duty_set_aside"),
    path(f"{DUTY}/oppna-igen", duties.reopen, name="duty_reopen"),
]
