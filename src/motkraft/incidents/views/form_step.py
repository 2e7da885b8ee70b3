"""A page with one form, and a page that asks before something is done: shown, acted on, shown again when refused."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from motkraft.errors import MotkraftError
from motkraft.incidents.forms import tell
from motkraft.law import Rule
from motkraft.people.access import NotAllowed
from motkraft.web.parts import Crumb


def form_step(
    request: HttpRequest,
    form: forms.Form,
    act: Callable[[dict[str, Any]], object],
    *,
    title: object,
    back: str,
    lead: object = "",
    crumbs: Sequence[Crumb] = (),
    submit: str = "",
    tone: str = "",
    rule: Rule | None = None,
    done: str = "",
    onward: str = "",
    asks: bool = False,
) -> HttpResponse:
    """Show a form under its rule; when it is sent and whole, do what ``act`` does with what was given.

    Then ``done`` is said, and one goes on to the address that ``act`` returns, or ``onward``, or ``back``: where one
    comes from, and where Cancel leads. What ``act`` refuses stands at its field, with all that was typed; what is not
    there for the actor answers 404. ``asks``: the page is a question before what cannot be undone.
    """
    if request.method == "POST" and form.is_valid():
        try:
            return _gone_on(request, act(form.cleaned_data), done, onward or back)
        except NotAllowed:
            raise Http404 from None
        except MotkraftError as error:
            tell(form, error)
    context = {
        "title": title,
        "lead": lead,
        "form": form,
        "rule": rule,
        "submit_label": submit or _("Save"),
        "submit_tone": tone,
        "crumbs": crumbs,
        "back_url": "" if crumbs or asks else back,
        "cancel_url": back,
    }
    return render(request, "web/confirm_page.html" if asks else "incidents/form.html", context)


def confirm_step(
    request: HttpRequest,
    act: Callable[[], object],
    *,
    title: object,
    lead: object,
    back: str,
    submit: str,
    crumbs: Sequence[Crumb] = (),
    tone: str = "danger",
    done: str = "",
    onward: str = "",
) -> HttpResponse:
    """Ask whether to do what ``act`` does; as ``form_step`` without a form. The next page says what is refused."""
    if request.method == "POST":
        try:
            return _gone_on(request, act(), done, onward or back)
        except NotAllowed:
            raise Http404 from None
        except MotkraftError as error:
            messages.error(request, _(error.message))
        return redirect(onward or back)
    context = {
        "title": title,
        "lead": lead,
        "submit_label": submit,
        "submit_tone": tone,
        "crumbs": crumbs,
        "cancel_url": back,
    }
    return render(request, "web/confirm_page.html", context)


def _gone_on(request: HttpRequest, done_to: object, done: str, onward: str) -> HttpResponse:
    if done:
        messages.success(request, done)
    return redirect(done_to if isinstance(done_to, str) else onward)
