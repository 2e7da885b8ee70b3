"""Handing incidents out as open JSON, or as rows for a work-injury system."""

from __future__ import annotations

import json
import uuid

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from motkraft.errors import MotkraftError
from motkraft.incidents.actions import exports
from motkraft.incidents.forms.fields import line_field, text_field
from motkraft.incidents.queries import lists as queries
from motkraft.incidents.rules.exchange import FORM, INJURY_COLUMNS, as_injury, as_json
from motkraft.people.access import Actor, NotAllowed, Permission, requires
from motkraft.people.queries import organisation
from motkraft.web import lists
from motkraft.web.parts import Crumb
from motkraft.web.steps import tell


class ExportForm(forms.Form):
    """In which form, and on what basis texts come along."""

    form = forms.ChoiceField(
        label=gettext_lazy("In which form?"),
        choices=[
            ("json", gettext_lazy("JSON, for another system (open schema)")),
            ("injury", gettext_lazy("CSV, for a work-injury system")),
        ],
        widget=forms.RadioSelect,
        initial="json",
    )
    purpose = line_field(
        gettext_lazy("What for, and to whom?"),
        required=True,
        most=200,
        help_text=gettext_lazy(
            "Such as the work-injury system of the HR department. It is kept with each incident, encrypted."
        ),
    )
    basis = text_field(
        gettext_lazy("On what basis may the texts be given out?"),
        rows=2,
        help_text=gettext_lazy(
            "Leave it empty, and no texts come along. Names of those who reported, were exposed or are suspected"
            " never do, but what people wrote may hold names."
        ),
    )


@requires(Permission.INCIDENT_EXPORT)
@require_POST
def export(request: HttpRequest) -> HttpResponse:
    """Ask in which form and on what basis; then give the file."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    try:
        ids = [uuid.UUID(value) for value in request.POST.getlist("id")[: exports.MOST + 1]]
    except ValueError as error:
        raise NotAllowed("There is no such incident for you.") from error
    form = ExportForm(request.POST if "form" in request.POST else None)
    if form.is_bound and form.is_valid():
        given = form.cleaned_data
        try:
            found = exports.export(actor, ids, **given)
        except MotkraftError as error:
            tell(form, error)
        else:
            if given["form"] == "injury":
                return lists.csv_response("arbetsskada", INJURY_COLUMNS, (as_injury(one) for one in found))
            whole = {
                "form": FORM,
                "made_at": timezone.now().isoformat(timespec="seconds"),
                "organisation": organisation(actor).code,
                "incidents": [as_json(one) for one in found],
            }
            response = HttpResponse(json.dumps(whole, ensure_ascii=False, indent=1), content_type="application/json")
            response["Content-Disposition"] = 'attachment; filename="handelser.json"'
            return response
    rows = list(queries.chosen(actor, ids))
    context = {
        "title": _("Export"),
        "form": form,
        "rows": rows,
        "ids": [row.pk for row in rows],
        "crumbs": [Crumb(_("Incidents"), reverse("incident_list"))],
        "submit_label": _("Fetch the file"),
        "cancel_url": reverse("incident_list"),
    }
    return render(request, "incidents/lists/export.html", context, status=422 if form.errors else 200)
