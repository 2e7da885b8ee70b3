"""Doing the same to several incidents of the list: take on, give to somebody, link, keep, fetch, print."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from motkraft.errors import MotkraftError
from motkraft.incidents.actions import bulk, saved_views
from motkraft.incidents.forms import CaseForm
from motkraft.incidents.forms.duties import AssignForm
from motkraft.incidents.forms.retention import HoldForm
from motkraft.incidents.models import Incident
from motkraft.incidents.queries import lists as queries
from motkraft.incidents.queries.answering import answerable
from motkraft.incidents.views import list_filters, lists, showing
from motkraft.people.access import Actor, NotAllowed, Permission, requires
from motkraft.web.parts import Crumb
from motkraft.web.steps import tell

MOST_PRINTED = 500  # rows of one print


@requires(Permission.INCIDENT_MANAGE)
@require_POST
def several(request: HttpRequest) -> HttpResponse:
    """What was chosen in the list, and what to do with it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    ids = _ids(request)
    what = request.POST.get("gor", "")
    back = _back(request)
    if not ids:
        messages.error(request, _("Choose at least one incident."))
        return redirect(back)
    if what == "csv":
        return lists.csv_of(actor, queries.chosen(actor, ids), request.POST.getlist("kol"))
    if what == "skriv":
        return _printed(request, queries.chosen(actor, ids))
    if what in _ASKED:
        return _ASKED[what](request, actor, ids)
    try:
        done = bulk.take_all(actor, ids)
    except MotkraftError as error:
        messages.error(request, _(error.message))
    else:
        _tell(request, done, ngettext("%(n)s incident taken on.", "%(n)s incidents taken on.", done.done))
    return redirect(back)


def _link(request: HttpRequest, actor: Actor, ids: list[uuid.UUID]) -> HttpResponse:
    """Ask which case, then link all of them."""
    return _asked(
        request,
        actor,
        ids,
        CaseForm(request.POST if "reference" in request.POST else None),
        lambda given: bulk.link_all(actor, ids, given["reference"]),
        done=lambda n: ngettext("%(n)s incident linked.", "%(n)s incidents linked.", n),
        title=_("Link to a case"),
        lead=lambda n: ngettext(
            "%(n)s incident is linked to the case you write:", "%(n)s incidents are linked to the case you write:", n
        ),
        submit_label=_("Link"),
    )


def _assign(request: HttpRequest, actor: Actor, ids: list[uuid.UUID]) -> HttpResponse:
    """Ask who, then give what is left to do in all of them to that person."""
    people = [(str(person.pk), showing.title_of(person)) for person in answerable(actor)]
    return _asked(
        request,
        actor,
        ids,
        AssignForm(request.POST if "ja" in request.POST else None, people=people),
        lambda given: bulk.assign_all(actor, ids, given["person"]),
        done=lambda n: ngettext(
            "What is left to do in %(n)s incident is given away.",
            "What is left to do in %(n)s incidents is given away.",
            n,
        ),
        title=_("Give to somebody"),
        lead=lambda n: ngettext(
            "All that is left to do in %(n)s incident is given to whom you choose:",
            "All that is left to do in %(n)s incidents is given to whom you choose:",
            n,
        ),
        submit_label=_("Save"),
    )


def _hold(request: HttpRequest, actor: Actor, ids: list[uuid.UUID]) -> HttpResponse:
    """Ask why and until when, then keep all of them from being erased."""
    actor.require(Permission.HOLD_SET)
    return _asked(
        request,
        actor,
        ids,
        KeepForm(request.POST if "ja" in request.POST else None),
        lambda given: bulk.hold_all(actor, ids, reason=given["reason"], until=given["until"]),
        done=lambda n: ngettext(
            "%(n)s incident is kept now, and cannot be erased.",
            "%(n)s incidents are kept now, and cannot be erased.",
            n,
        ),
        title=_("Keep from being erased"),
        lead=lambda n: ngettext(
            "%(n)s incident is kept, whatever the table of retention says:",
            "%(n)s incidents are kept, whatever the table of retention says:",
            n,
        ),
        submit_label=_("Set the hold"),
    )


class KeepForm(HoldForm):
    """Why those that were chosen are kept, and until when."""

    reference = None  # type: ignore[assignment]


_ASKED = {"arende": _link, "person": _assign, "stopp": _hold}


def _asked(
    request: HttpRequest,
    actor: Actor,
    ids: list[uuid.UUID],
    form: forms.Form,
    do: Callable[[dict[str, Any]], bulk.Done],
    *,
    done: Callable[[int], str],
    lead: Callable[[int], str],
    **words: str,
) -> HttpResponse:
    """A page that says which incidents and asks what is needed, before anything is done; then do it and tell."""
    back = _back(request)
    if form.is_bound and form.is_valid():
        try:
            result = do(form.cleaned_data)
        except MotkraftError as error:
            tell(form, error)
        else:
            _tell(request, result, done(result.done))
            return redirect(back)
    found = list(queries.without_texts(queries.chosen(actor, ids)).select_related("case"))
    context = {
        **words,
        "lead": lead(len(found)) % {"n": len(found)},
        "form": form,
        "cancel_url": back,
        "rows": found,
        "what": request.POST["gor"],
        "query": request.POST.get("fraga", ""),
    }
    return render(request, "incidents/lists/several.html", context, status=422 if form.errors else 200)


@requires(Permission.INCIDENT_READ)
def printed(request: HttpRequest) -> HttpResponse:
    """The list as the address narrows it, on one page to print."""
    return _printed(request, lists.narrowed(request).rows)


def _printed(request: HttpRequest, rows: QuerySet[Incident]) -> HttpResponse:
    count = rows.count()
    shown = lists.dress(queries.shown(rows[:MOST_PRINTED]))
    context = {
        "title": _("Incidents"),
        "rows": shown,
        "count": count,
        "left_out": count - len(shown),
        "crumbs": [Crumb(_("Incidents"), reverse("incident_list"))],
    }
    return render(request, "incidents/lists/print.html", context)


# -- views that somebody keeps


@requires(Permission.INCIDENT_READ)
@require_POST
def save_view(request: HttpRequest) -> HttpResponse:
    """Keep the filters of the list under a name."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    query = list_filters.kept_query(request.POST.get("fraga", ""))
    try:
        view = saved_views.save_view(actor, request.POST.get("name", ""), query)
    except MotkraftError as error:
        messages.error(request, _(error.message))
        return redirect(_back(request))
    messages.success(request, _("The view “%(name)s” is saved. Only you see it.") % {"name": view.name})
    return redirect(f"{reverse('incident_list')}?{view.query}")


@requires(Permission.INCIDENT_READ)
@require_POST
def remove_view(request: HttpRequest, view_id: uuid.UUID) -> HttpResponse:
    """Remove one's own view."""
    saved_views.remove_view(request.actor, view_id)  # type: ignore[attr-defined]
    messages.success(request, _("The view is removed."))
    return redirect(reverse("incident_list"))


def _tell(request: HttpRequest, done: bulk.Done, words: str) -> None:
    """Say what was done and, for each that was refused, why."""
    if done.done:
        messages.success(request, words % {"n": done.done})
    for reference, why in done.refused[:10]:
        messages.error(request, f"{reference}: {_(why)}")
    if len(done.refused) > 10:
        more = len(done.refused) - 10
        messages.error(request, ngettext("And %(n)s more.", "And %(n)s more.", more) % {"n": more})


def _ids(request: HttpRequest) -> list[uuid.UUID]:
    found = []
    for value in request.POST.getlist("id")[: bulk.MOST + 1]:
        try:
            found.append(uuid.UUID(value))
        except ValueError as error:
            raise NotAllowed("There is no such incident for you.") from error
    return found


def _back(request: HttpRequest) -> str:
    """The list as it was narrowed, without words that were searched for."""
    query = list_filters.kept_query(request.POST.get("fraga", ""))
    return reverse("incident_list") + (f"?{query}" if query else "")
