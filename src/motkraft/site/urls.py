"""All addresses. Each app brings its own; a route whose view says nothing about access is closed."""

from __future__ import annotations

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
    path("valkommen", views.welcome, name="welcome"),
    path("sprak/<str:code>", views.language, name="language"),
    path("byt", views.switch, name="switch"),
    path("lamna", views.leave, name="leave"),
    path("dolj", views.hide, name="hide"),
    path("visa", views.unhide, name="unhide"),
    path("konto/", include("allauth.urls")),
]
urlpatterns += [
    path("", include(f"motkraft.{app}.urls"))
    for app in ("people", "ledger", "incidents", "decisions", "watch", "answers", "cooperation")
]
if settings.MOTKRAFT_DEMO:
    from motkraft.people.access import public
    from motkraft.site import demo_views
    from motkraft.web.views import gallery

    urlpatterns += [
        path("demo", demo_views.people, name="demo"),
        path("demo/bli/<uuid:person_id>", demo_views.become, name="demo_become"),
        path("demo/komponenter", public(gallery), name="gallery"),
        path("demo/komponenter/<str:page>", public(gallery), name="gallery_page"),
    ]
