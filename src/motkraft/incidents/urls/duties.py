"""Duties, reminders, calendar feeds."""

from django.urls import URLPattern, path

from motkraft.incidents.urls.paths import DUTY, ITEM
from motkraft.incidents.views import duties, feeds, reminders

urlpatterns: list[URLPattern] = [
    path(f"{DUTY}/klar", duties.meet, name="duty_meet"),
    path(f"{DUTY}/avsta", duties.set_aside, name="duty_set_aside"),
    path(f"{DUTY}/oppna-igen", duties.reopen, name="duty_reopen"),
    path(f"{DUTY}/pausa", duties.pause, name="duty_pause"),
    path(f"{DUTY}/fortsatt", duties.resume, name="duty_resume"),
    path(f"{DUTY}/ansvarig", duties.assign, name="duty_assign"),
    path(f"{DUTY}/kvittens", duties.confirm, name="duty_confirm"),
    path(f"{ITEM}/ny-atgard", duties.add, name="duty_add"),
    path("paminnelser", reminders.reminder_list, name="reminder_list"),
    path("paminnelser/sedda", reminders.reminders_seen, name="reminders_seen"),
    path("paminnelser/post", reminders.work_mail, name="work_mail"),
    path("kalender", feeds.calendar, name="calendar"),
    path("kalender/oppna", feeds.calendar_make, name="calendar_make"),
    path("kalender/stang", feeds.calendar_revoke, name="calendar_revoke"),
    path("kalender/<uuid:organisation_id>/<str:token>.ics", feeds.calendar_feed, name="calendar_feed"),
]
