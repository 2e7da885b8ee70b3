"""A page with one form: shown, acted on when it is sent, shown again when it is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from motkraft.errors import MotkraftError
from motkraft.incidents.forms import tell
from motkraft.law import Rule
from motkraft.people.access import NotAllowed


def form_step(
    request: HttpRequest,
    form: forms.Form,
    act: Callable[[dict[str, Any]], str],
    *,
    title: str,
    lead: str,
    back: str,
    submit: str = "",
    tone: str = "",
    rule: Rule | None = None,
) -> HttpResponse:
    """Show a form under its rule; when it is sent and whole, do what ``act`` does with what was given.

    ``act`` returns the address to go on to. What it refuses stands at its field, with all that was typed; what is not
    there for the actor answers 404. ``back`` is where one comes from.
    """
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(act(form.cleaned_data))
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
        "back_url": back,
        "cancel_url": back,
    }
    return render(request, "incidents/representative/form.html", context)
