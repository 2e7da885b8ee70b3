"""The gallery, and the language switch that the header links to."""

from django.contrib.staticfiles.views import serve
from django.http import HttpRequest, HttpResponse
from django.urls import path, re_path

from motkraft.web import views


def broken(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("a fault on purpose")


urlpatterns = [
    path("", views.gallery),
    path("gallery/<str:page>", views.gallery),
    path("neutral", views.neutral_page, {"return_url": "/come-back"}),
    path("broken", broken),
    path("language/<str:code>", broken, name="language"),
    re_path(r"^static/(?P<path>.*)$", serve, {"insecure": True}),
]
