"""Lists, search, bulk actions, retention, exchange."""

from django.urls import URLPattern, path

from motkraft.incidents.views import lists

urlpatterns: list[URLPattern] = [
    path("mina-handelser", lists.mine, name="incident_mine"),
    path("handelser", lists.queue, name="incident_list"),
]
