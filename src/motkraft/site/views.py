"""The pages that belong to no single app: start, language, hiding, health and errors."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Iterable
from importlib import import_module
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from motkraft.people.access import Actor, Role, public, signed_in
from motkraft.site.middleware import HIDDEN, SEAT
from motkraft.web.parts import Action, Empty, Row, Todo, WeekItem
from motkraft.web.views import neutral_page

#: The rooms that have something for people to do, in the order of urgency when two fall due at once.
ROOMS_WITH_TASKS = ("incidents", "decisions", "watch", "answers", "cooperation", "ledger")


@public
def welcome(request: HttpRequest) -> HttpResponse:
    """The front door for visitors: log in, read facts, verify a decision."""
    return render(request, "site/welcome.html", {"title": _("Protection, lawful decisions, facts")})


@signed_in
def start(request: HttpRequest) -> HttpResponse:
    """To do: what I must do, soonest first."""
    actor: Actor | None = request.actor  # type: ignore[attr-defined]
    if actor is None:
        return render(request, "site/no_role.html", {"title": _("You have no role yet")})
    now = timezone.now()
    waiting = todos(actor, now)
    week = [WeekItem(todo.due_at, todo.what, todo.url) for todo in waiting if todo.due_at]
    is_worker = Role.SOCIAL_WORKER in actor.roles
    empty = Empty(
        _("Nothing waits for you"),
        _("What you must do will stand here, soonest first, with the rule behind it."),
        Action(_("Report something that happened"), reverse("incident_report_start")) if is_worker else None,
        icon="check",
    )
    return render(
        request,
        "site/start.html",
        {
            "title": _("To do"),
            "tasks": waiting,
            "tasks_empty": empty,
            "week": week,
            "is_worker": is_worker,
            "follows": followed(actor),
        },
    )


def followed(actor: Actor) -> list[Row]:
    """What this actor has begun and others go on with."""
    return [row for module in _rooms() for row in getattr(module, "followed", _nothing)(actor)]


def todos(actor: Actor, now: dt.datetime) -> list[Todo]:
    """Everything this actor must do, soonest first; what has no time comes last."""
    found = [todo for module in _rooms() for todo in getattr(module, "todo", _nothing)(actor, now)]
    far = dt.datetime.max.replace(tzinfo=dt.UTC)
    return sorted(found, key=lambda todo: todo.due_at or far)


def _rooms() -> Iterable[Any]:
    return (import_module(f"motkraft.{room}.queries") for room in ROOMS_WITH_TASKS)


def _nothing(*_of: Any) -> tuple[()]:
    return ()


@require_POST
@public
def language(request: HttpRequest, code: str) -> HttpResponse:
    """Choose Swedish or English; the only cookie that is set without logging in, and only on this wish."""
    if code not in dict(settings.LANGUAGES):
        raise Http404
    response = redirect(_next(request, "/"))
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME, code, max_age=31_536_000, samesite="Lax", httponly=True, secure=settings.HTTPS
    )
    return response


@require_POST
@signed_in
def switch(request: HttpRequest) -> HttpResponse:
    """Act for another of one's organisations."""
    wanted = request.POST.get("acting", "")
    for seat in request.seats:  # type: ignore[attr-defined]
        if str(seat.organisation.pk) == wanted:
            if request.session.get(SEAT) != wanted:
                rotate_token(request)  # forms left open for the other organisation are not saved into this one
            request.session[SEAT] = wanted
            messages.info(request, _("You now act for %(organisation)s.") % {"organisation": seat.organisation.name})
            return redirect("start")
    raise Http404


@require_POST
@signed_in
def leave(request: HttpRequest) -> HttpResponse:
    """Log out and leave nothing behind in the browser."""
    logout(request)
    response = redirect("welcome")
    response["Clear-Site-Data"] = '"cache", "storage"'
    return response


@signed_in
def hide(request: HttpRequest) -> HttpResponse:
    """Hide the screen behind a neutral page; nothing else opens in this session until one has shown who one is."""
    if request.method == "POST":
        request.session[HIDDEN] = time.time()
        return redirect("hide")
    if HIDDEN not in request.session:
        return redirect("start")
    return neutral_page(request, reverse("unhide"))


@signed_in
def unhide(request: HttpRequest) -> HttpResponse:
    """Come back after showing who one is again, by password or passkey.

    Whoever has neither here (single sign-on) logs in anew; demo people, who have nothing to show, come straight back.
    """
    hidden_at = request.session.get(HIDDEN)
    if hidden_at is None:
        return redirect("start")
    methods = request.session.get("account_authentication_methods", [])
    shown = max((method.get("at", 0) for method in methods), default=0)
    can_show = request.user.has_usable_password() or request.user.authenticator_set.exists()
    if can_show and shown < hidden_at:
        return redirect(f"{reverse('account_reauthenticate')}?next={reverse('unhide')}")
    if not can_show and not settings.MOTKRAFT_DEMO:
        logout(request)
        return redirect("account_login")
    del request.session[HIDDEN]
    return redirect("start")


@public
def health(request: HttpRequest) -> HttpResponse:
    """Say whether the database answers; for load balancers."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"status": "ok"})


def _next(request: HttpRequest, otherwise: str) -> str:
    wanted = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, request.is_secure())
    return wanted if is_ours else otherwise


# -- errors: calm, with a way on, and never a word of what was asked for


def _error(request: HttpRequest, status: int) -> HttpResponse:
    return render(request, f"{status}.html", status=status)


def bad_request(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """400."""
    return _error(request, 400)


def forbidden(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """403."""
    return _error(request, 403)


def not_found(request: HttpRequest, exception: Exception | None = None) -> HttpResponse:
    """404."""
    return _error(request, 404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500."""
    return _error(request, 500)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403 for a form that was too old or came from elsewhere."""
    return render(request, "403_csrf.html", status=403)
