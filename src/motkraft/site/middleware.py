"""What every request passes: security headers, language, and for whom it acts."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlencode

from allauth.account.middleware import AccountMiddleware
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import rotate_token
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _

from motkraft.people.access import NotAllowed, RouteAccess, acting, at_the_door
from motkraft.people.queries import Seat, seats

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self';"
    " connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'; manifest-src 'self';"
    " worker-src 'self'; media-src 'self'"
)
PERMISSIONS_POLICY = "camera=(), microphone=(), geolocation=(), interest-cohort=()"
#: The login library's routes; it manages its own steps and sees persons, never an organisation's rows.
LOGIN_PATH = "/konto/"
#: Those of them that are open. Nobody signs up, gives an e-mail address or gets a password by e-mail here.
LOGIN_ROUTES = frozenset(
    {
        "account_login",
        "account_logout",
        "account_inactive",
        "account_reauthenticate",
        "account_change_password",
        "socialaccount_login_cancelled",
        "socialaccount_login_error",
        "socialaccount_connections",
    }
)
LOGIN_ROUTES_OF = ("mfa_", "openid_connect_", "saml_")
#: Those that a hidden screen leaves open: to show who one is, or to leave.
ROUTES_WHEN_HIDDEN = frozenset(
    {
        "hide",
        "unhide",
        "leave",
        "account_logout",
        "account_reauthenticate",
        "mfa_reauthenticate",
        "mfa_reauthenticate_webauthn",
    }
)
SAFE = ("GET", "HEAD", "OPTIONS")
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
        response.headers.setdefault(
            "Permissions-Policy", "camera=(), microphone=(), geolocation=(), interest-cohort=()"
        )
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
        self.login_library = AccountMiddleware(get_response)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.actor = None  # type: ignore[attr-defined]
        request.seat = None  # type: ignore[attr-defined]
        request.seats = []  # type: ignore[attr-defined]
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, view: Callable[..., HttpResponse], args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> HttpResponse:
        """Decide who acts, check the route, and run the view in the actor's transaction.

        It runs last of all: what guards forms has passed by then. The view is run here, so that an error leaves the
        transaction on its way to the page that tells of it, and rolls it back.
        """
        if "%00" in request.META.get("QUERY_STRING", ""):
            raise BadRequest("A zero byte is no text.")  # PostgreSQL holds none, and would say so with an error
        route = request.resolver_match.url_name if request.resolver_match else None
        if request.path.startswith(LOGIN_PATH):
            return self._login(request, route or "", lambda: view(request, *args, **kwargs))
        access: RouteAccess | None = getattr(view, "access", None)
        if access is None:
            raise Http404
        if access.is_public:
            with _seen_as_missing(), acting(None):
                return _rendered(view(request, *args, **kwargs))
        person = getattr(request, "user", None)
        if person is None or not person.is_authenticated:
            if request.path == "/":
                return redirect("welcome")
            return redirect(f"{reverse('account_login')}?{urlencode({'next': request.get_full_path()})}")
        if HIDDEN in request.session and route not in ROUTES_WHEN_HIDDEN:
            return redirect("hide")
        found = seats(person)
        seat = chosen_seat(request, found)
        if seat is not None and not _keep(request, seat) and request.method not in SAFE:
            return redirect("start")
        actor = seat.actor(person) if seat else None
        request.seats, request.seat, request.actor = found, seat, actor  # type: ignore[attr-defined]
        if not access.admits(actor, is_signed_in=True):
            raise Http404
        with _seen_as_missing(), acting(actor, person_id=person.pk):
            return _rendered(view(request, *args, **kwargs))

    def _login(self, request: HttpRequest, route: str, view: Callable[[], HttpResponse]) -> HttpResponse:
        if route not in LOGIN_ROUTES and not route.startswith(LOGIN_ROUTES_OF):
            raise Http404
        if HIDDEN in request.session and route not in ROUTES_WHEN_HIDDEN:
            return redirect("hide")
        try:
            with at_the_door():
                return _rendered(view())
        except Exception as error:  # the library answers some of its own, such as "show first who you are"
            with at_the_door():  # it looks up by what the person can show it
                answer: HttpResponse | None = self.login_library.process_exception(request, error)
            if answer is None:
                raise
            return answer


@contextmanager
def _seen_as_missing() -> Iterator[None]:
    try:
        yield
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


def _keep(request: HttpRequest, seat: Seat) -> bool:
    """Keep the organisation in the session; False when it is another than before.

    Then no form that was opened for the other one is accepted any longer: it must not be saved into this one.
    """
    chosen = str(seat.organisation.pk)
    before = request.session.get(SEAT)
    if before == chosen:
        return True
    request.session[SEAT] = chosen
    if before is None:
        return True
    rotate_token(request)
    messages.warning(request, _("You now act for %(organisation)s.") % {"organisation": seat.organisation.name})
    return False


def _rendered(response: HttpResponse) -> HttpResponse:
    """Render a lazy template inside the transaction: outside it the database shows nothing."""
    if not isinstance(response, HttpResponseBase):
        raise TypeError("A view gave no response.")  # Django would run it once more, outside the transaction
    if getattr(response, "is_rendered", True) is False:
        response.render()  # type: ignore[attr-defined]
    return response
