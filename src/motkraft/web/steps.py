"""A step: a page with one form, a page that asks first, and a button that acts at once. Acted on, or shown again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from motkraft.errors import MotkraftError, NotAllowed
from motkraft.law import Rule
from motkraft.web.parts import Crumb

Words = Callable[[MotkraftError], str]


def words_of(error: MotkraftError) -> str:
    """What a rule refuses, in the language of the page."""
    return _(error.message)


def tell(form: forms.Form, error: MotkraftError, words: Words = words_of) -> None:
    """Show a refusal at the field that it names (``field``, or the first of ``missing``), or above the form."""
    named = [error.data.get("field"), *error.data.get("missing", ())]
    form.add_error(next((name for name in named if name in form.fields), None), words(error))


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
    template: str = "",
    words: Words = words_of,
    **more: object,
) -> HttpResponse:
    """Show a form under its rule; when it is sent and whole, do what ``act`` does with what was given.

    Then ``done`` is said, and one goes on to the address (or answer) that ``act`` returns, or ``onward``, or ``back``:
    where one comes from, and where Cancel leads. What ``act`` refuses stands at its field, with all that was typed, in
    an answer 422; NotAllowed goes through. ``asks``: the page is a question before what cannot be undone. ``more`` is
    what an own ``template`` shows beside the form.
    """
    if request.method == "POST" and form.is_valid():
        try:
            return _gone_on(request, act(form.cleaned_data), done, onward or back)
        except NotAllowed:
            raise
        except MotkraftError as error:
            tell(form, error, words)
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
        **more,
    }
    template = template or ("web/confirm_page.html" if asks else "web/form_page.html")
    return render(request, template, context, status=422 if form.is_bound else 200)


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
        return do_step(request, act, onward=onward or back, done=done)
    context = {
        "title": title,
        "lead": lead,
        "submit_label": submit,
        "submit_tone": tone,
        "crumbs": crumbs,
        "cancel_url": back,
    }
    return render(request, "web/confirm_page.html", context)


def do_step(
    request: HttpRequest, act: Callable[[], object], *, onward: str, done: str = "", words: Words = words_of
) -> HttpResponse:
    """Do what a button asks for and go on as ``form_step`` does; the page at ``onward`` says what is refused.

    Whoever comes without having pressed it, as when a login stood between, goes to that page and nothing is done.
    """
    if request.method == "POST":
        try:
            return _gone_on(request, act(), done, onward)
        except NotAllowed:
            raise
        except MotkraftError as error:
            messages.error(request, words(error))
    return redirect(onward)


def _gone_on(request: HttpRequest, done_to: object, done: str, onward: str) -> HttpResponse:
    if isinstance(done_to, HttpResponseBase):
        return done_to
    if done:
        messages.success(request, done)
    return redirect(done_to if isinstance(done_to, str) else onward)
