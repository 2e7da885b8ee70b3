"""One incident, and the papers made of it."""

from django.urls import URLPattern, path

from motkraft.incidents.urls.paths import ITEM
from motkraft.incidents.views import items, papers

urlpatterns: list[URLPattern] = [
    path(ITEM, items.incident, name="incident"),
    path(f"{ITEM}/ta-hand-om", items.take, name="incident_take"),
    path(f"{ITEM}/avsluta", items.close, name="incident_close"),
    path(f"{ITEM}/oppna-igen", items.reopen, name="incident_reopen"),
    path(f"{ITEM}/arende", items.link_case, name="incident_case"),
    path("handlingar/<uuid:paper_id>", papers.paper, name="paper"),
]
