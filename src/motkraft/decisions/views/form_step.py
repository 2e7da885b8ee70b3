"""A page with one form: shown, acted on, shown again when refused; and a PDF to fetch."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from motkraft.decisions.views.words import told
from motkraft.errors import MotkraftError
from motkraft.people.access import NotAllowed


def form_step(
    request: HttpRequest,
    form: forms.Form,
    act: Callable[[dict[str, Any]], str],
    *,
    title: str,
    back: str,
    template: str = "decisions/disclosure_form.html",
    submit: str = "",
    lead: str = "",
    **more: Any,
) -> HttpResponse:
    """A form; when it is whole, do what it asks and go on; what a rule refuses stands at its field."""
    if request.method == "POST" and form.is_valid():
        try:
            return redirect(act(form.cleaned_data))
        except NotAllowed:
            raise Http404 from None
        except MotkraftError as error:
            missing = [name for name in error.data.get("missing", []) if name in form.fields]
            form.add_error(missing[0] if missing else None, told(error))
    context = {
        "title": title,
        "lead": lead,
        "form": form,
        "back_url": back,
        "cancel_url": back,
        "submit_label": submit or _("Save"),
        **more,
    }
    return render(request, template, context, status=422 if form.is_bound else 200)


def pdf_response(data: bytes, name: str) -> HttpResponse:
    """A PDF to fetch; its name holds a reference and nothing else."""
    response = HttpResponse(data, content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{name}.pdf"'
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    return response
