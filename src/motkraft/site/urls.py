"""All addresses. Each app brings its own; a route whose view says nothing about access is closed."""

from __future__ import annotations

from importlib.util import find_spec

from django.conf import settings
from django.urls import include, path

from motkraft.site import views

handler400 = "motkraft.site.views.bad_request"
handler403 = "motkraft.site.views.forbidden"
handler404 = "motkraft.site.views.not_found"
handler500 = "motkraft.site.views.server_error"

urlpatterns = [
    path("", views.start, name="start"),
    path("halsa", views.health, name="health"),
    path("sprak/<str:code>", views.language, name="language"),
    path("konto/", include("allauth.urls")),
]
for _app in ("people", "ledger", "incidents", "decisions", "watch", "answers", "cooperation"):
    if find_spec(f"motkraft.{_app}.urls"):
        urlpatterns.append(path("", include(f"motkraft.{_app}.urls")))
if settings.MOTKRAFT_DEMO:
    from motkraft.site import demo_views

    urlpatterns += [
        path("demo", demo_views.people, name="demo"),
        path("demo/bli/<uuid:person_id>", demo_views.become, name="demo_become"),
    ]
