"""What every request passes: security headers, language, and for whom it acts."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation

from motkraft.people.access import NotAllowed, RouteAccess, acting, at_the_door
from motkraft.people.queries import Seat, seats

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; connect-src 'self';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self'; worker-src 'self'; media-src 'self'"
)
#: The login library's routes; it manages its own steps and sees persons, never an organisation's rows.
LOGIN_PATH = "/konto/"
SEAT = "seat"
HIDDEN = "hidden"

Response = Callable[[HttpRequest], HttpResponse]


class SecurityHeaders:
    """Nothing from elsewhere, nothing kept in caches, nothing told to other sites."""

    def __init__(self, get_response: Response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Content-Security-Policy", CONTENT_SECURITY_POLICY)
        response.headers.setdefault("Permissions-Policy", "camera=(), microphone=(), geolocation=(), interest-cohort=()")
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if not request.path.startswith((settings.STATIC_URL, "/log/")):
            response.headers.setdefault("Cache-Control", "no-store")
        return response


class Language:
    """Swedish unless the address (?lang=), the cookie or the person says English. Sets no cookie by itself."""

    def __init__(self, get_response: Response) -> None:
        self.get_response = get_response
        self.known = {code for code, _name in settings.LANGUAGES}

    def __call__(self, request: HttpRequest) -> HttpResponse:
        asked = request.GET.get("lang") or request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) or settings.LANGUAGE_CODE
        with translation.override(asked if asked in self.known else settings.LANGUAGE_CODE):
            request.LANGUAGE_CODE = translation.get_language() or settings.LANGUAGE_CODE
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", request.LANGUAGE_CODE)
        return response


class Access:
    """Every route is closed unless it says who may use it; each runs in one transaction for one actor.

    What you may not see answers 404. ``request.actor`` is the actor, None for the public and for those without a seat.
    """

    def __init__(self, get_response: Response) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = None  # type: ignore[attr-defined]
        request.seat = None  # type: ignore[attr-defined]
        request.seats = []  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse | None:
        """Decide who acts, check the route, and run the view in the actor's transaction."""
        if request.path.startswith(LOGIN_PATH):
            with at_the_door():
                return _rendered(view(request, *args, **kwargs))
        access: RouteAccess | None = getattr(view, "access", None)
        if access is None:
            raise Http404
        if access.is_public:
            with acting(None):
                return _rendered(view(request, *args, **kwargs))
        person = getattr(request, "user", None)
        is_signed_in = bool(person and person.is_authenticated)
        if not is_signed_in:
            if request.path == "/":
                return redirect("welcome")
            return redirect(f"{reverse('account_login')}?{urlencode({'next': request.get_full_path()})}")
        if HIDDEN in request.session and request.path not in (reverse("hide"), reverse("unhide"), reverse("leave")):
            return redirect("hide")
        found = seats(person)
        seat = chosen_seat(request, found)
        actor = seat.actor(person) if seat else None
        request.seats, request.seat, request.actor = found, seat, actor  # type: ignore[attr-defined]
        if not access.admits(actor, is_signed_in=True):
            raise Http404
        try:
            with acting(actor, person_id=person.pk):
                return _rendered(view(request, *args, **kwargs))
        except NotAllowed as error:
            raise Http404 from error


def chosen_seat(request: HttpRequest, found: list[Seat]) -> Seat | None:
    """The organisation chosen in this session, or the first; None for a person without any role today."""
    try:
        wanted = uuid.UUID(str(request.session.get(SEAT, "")))
    except ValueError:
        wanted = None
    for seat in found:
        if seat.organisation.pk == wanted:
            return seat
    return found[0] if found else None


def _rendered(response: HttpResponse) -> HttpResponse:
    """Render a lazy template inside the transaction: outside it the database shows nothing."""
    if getattr(response, "is_rendered", True) is False:
        response.render()  # type: ignore[attr-defined]
    return response
