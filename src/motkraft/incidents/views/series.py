"""Series: joining incidents, and what they show together."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from motkraft.errors import MotkraftError
from motkraft.incidents.actions import series as actions
from motkraft.incidents.forms.series import SERIES_WORDS, ChangeForm, JoinForm, SeriesForm, WhyForm
from motkraft.incidents.models import Incident, Series
from motkraft.incidents.queries import series as queries
from motkraft.incidents.rules import NotReady, Status, View, offered_offences
from motkraft.incidents.rules.series import Change, SeriesKind, counted
from motkraft.incidents.views import showing
from motkraft.incidents.views.seen import crumbs, seen_or_404
from motkraft.people import queries as people
from motkraft.people.access import Actor, Permission, requires
from motkraft.people.actions import record_reading
from motkraft.web.dates import day as day_words
from motkraft.web.parts import Crumb, Fact
from motkraft.web.steps import form_step, tell

#: The offence of the law data that a series may be.
PERSECUTION = "unlawful_persecution"


@requires(Permission.INCIDENT_MANAGE)
def join(request: HttpRequest, incident_id: uuid.UUID) -> HttpResponse:
    """Put an incident into a series, or begin one."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    seen = seen_or_404(request, incident_id, View.MANAGE)
    incident = seen.incident
    if incident.series_id is not None:
        return redirect("series", incident.series_id)
    there = list(queries.open_ones(actor)[:50])
    proposed = queries.proposed(actor, incident)
    offered = [(str(row.pk), _line(row)) for row, _reason in proposed if row.series_id is None]
    is_joining = request.method == "POST" and "join" in request.POST
    is_new = request.method == "POST" and not is_joining
    named = [(str(one.pk), " ".join(filter(None, (one.reference, one.title)))) for one in there]
    join_form = JoinForm(request.POST if is_joining else None, offered=named) if there else None
    form = SeriesForm(request.POST if is_new else None, offered=offered, initial={"kind": SeriesKind.PERSON.value})
    for row in there:
        record_reading(actor, "series", row.pk)
    if is_joining and join_form is not None and join_form.is_valid():
        try:
            given = join_form.cleaned_data
            actions.link_series(actor, incident.pk, uuid.UUID(given["series"]), reason=given["reason"])
            return redirect("incident", incident_id)
        except MotkraftError as error:
            tell(join_form, error)
    if is_new and form.is_valid():
        try:
            opened = actions.open_series(
                actor,
                [incident.pk, *_chosen(actor, form)],
                kind=form.cleaned_data["kind"],
                title=form.cleaned_data["title"],
                note=form.cleaned_data["note"],
            )
            return redirect("series", opened.pk)
        except MotkraftError as error:
            tell(form, error)
    context = {
        "title": _("Does it belong together with others?"),
        "lead": _("Several incidents against the same person can be a crime of their own."),
        "join_form": join_form,
        "form": form,
        "submit_label": _("Begin the series"),
        "crumbs": crumbs(seen),
    }
    refused = form.errors or (join_form is not None and join_form.errors)
    return render(request, "incidents/reporting/join.html", context, status=422 if refused else 200)


def _chosen(actor: Actor, form: SeriesForm) -> list[uuid.UUID]:
    chosen = [uuid.UUID(key) for key in form.cleaned_data.get("others", ())]
    reference = form.cleaned_data["other_reference"].strip().upper()
    if reference:
        row = (
            Incident.objects.filter(organisation_id=actor.organisation_id, reference=reference)
            .exclude(status=Status.DRAFT)
            .first()
        )
        if row is None:
            raise NotReady("There is no incident with that reference.", field="other_reference")
        chosen.append(row.pk)
    return chosen


def _asked(request: HttpRequest, act: Callable[[str], object], **page: Any) -> HttpResponse:
    """Ask for the reason and do it. ``page`` is what ``form_step`` takes."""
    form = WhyForm(request.POST or None)
    return form_step(request, form, lambda given: act(given["reason"]), asks=True, **page)


@requires(Permission.INCIDENT_MANAGE)
def leave(request: HttpRequest, incident_id: uuid.UUID) -> HttpResponse:
    """Take an incident out of its series, with the reason."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    seen = seen_or_404(request, incident_id, View.MANAGE)
    if seen.incident.series_id is None:
        raise Http404
    return _asked(
        request,
        lambda reason: actions.unlink_series(actor, incident_id, reason=reason),
        done=_("The incident is taken out of the series."),
        back=reverse("series", args=[seen.incident.series_id]),
        title=_("Take %(reference)s out of the series?") % {"reference": seen.incident.reference},
        lead=_("Nothing else about the incident changes. It can be put back."),
        submit=_("Take out"),
    )


@requires(Permission.INCIDENT_MANAGE)
def change(request: HttpRequest, series_id: uuid.UUID) -> HttpResponse:
    """Change what a series is called and what holds it together."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = _series_or_404(request, series_id)
    record_reading(actor, "series", found.pk)
    words, _noted = queries.done_with(actor, found)
    start = {"kind": found.kind, "title": found.title, "note": words}
    back = reverse("series", args=[found.pk])
    return form_step(
        request,
        ChangeForm(request.POST or None, initial=start),
        lambda given: actions.change_series(actor, found.pk, **given),
        title=_("Change the series"),
        back=back,
        crumbs=[Crumb(_("Incidents"), reverse("incident_list")), Crumb(found.reference, back)],
        done=_("Saved."),
    )


@requires(Permission.INCIDENT_MANAGE)
def close(request: HttpRequest, series_id: uuid.UUID) -> HttpResponse:
    """Close a series, with the reason."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = _series_or_404(request, series_id)
    return _asked(
        request,
        lambda reason: actions.close_series(actor, found.pk, reason=reason),
        done=_("The series is closed."),
        back=reverse("series", args=[found.pk]),
        title=_("Close the series?"),
        lead=_("Nothing is put into it or taken out of it until it is opened again. Its incidents stay as they are."),
        submit=_("Close the series"),
    )


@requires(Permission.INCIDENT_MANAGE)
def reopen(request: HttpRequest, series_id: uuid.UUID) -> HttpResponse:
    """Open a closed series again, with the reason."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = _series_or_404(request, series_id)
    return _asked(
        request,
        lambda reason: actions.reopen_series(actor, found.pk, reason=reason),
        done=_("The series is open again."),
        back=reverse("series", args=[found.pk]),
        title=_("Open the series again?"),
        lead=_("Incidents can be put into it again."),
        submit=_("Open it again"),
    )


def _series_or_404(request: HttpRequest, series_id: uuid.UUID) -> Series:
    found: Series | None = queries.every(request.actor).filter(pk=series_id).first()  # type: ignore[attr-defined]
    if found is None:
        raise Http404
    return found


CHANGE_WORDS = {
    Change.JOINED: gettext_lazy("Put into the series"),
    Change.LEFT: gettext_lazy("Taken out of the series"),
    Change.CLOSED: gettext_lazy("Closed"),
    Change.REOPENED: gettext_lazy("Opened again"),
}


@requires(Permission.INCIDENT_MANAGE)
def series(request: HttpRequest, series_id: uuid.UUID) -> HttpResponse:
    """A series: its incidents in order, what they are, and the crime that they may be together."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found, now = _series_or_404(request, series_id), timezone.now()
    record_reading(actor, "series", found.pk)
    incidents = queries.members(actor, found)
    latest = incidents[-1].deed_at if incidents else now
    offence = next((one for one in offered_offences(latest, now) if one.id == PERSECUTION), None)
    swedish = showing.is_swedish()
    words, done = queries.done_with(actor, found)
    context = {
        "title": found.title or _("Incidents that belong together"),
        "reference": found.reference,
        "crumbs": [Crumb(_("Incidents"), reverse("incident_list"))],
        "series": found,
        "note": words,
        "done": [
            {"what": CHANGE_WORDS[each.change], "on": each.on, "reference": reference, "reason": each.reason}
            for each, reference in done
        ],
        "facts": [
            Fact(_("What holds them together"), str(SERIES_WORDS[SeriesKind(found.kind)])),
            Fact(_("Begun"), day_words(found.opened_at)),
            *([Fact(_("Closed"), day_words(found.closed_at))] if found.closed_at else []),
            Fact(
                _("Time"),
                f"{day_words(incidents[0].deed_at)} – {day_words(incidents[-1].deed_at)}" if incidents else "–",
            ),
            Fact(
                _("Kinds"),
                ", ".join(f"{showing.kind_name(kind)} ({n})" for kind, n in counted(i.kind for i in incidents).items()),
            ),
        ],
        "rows": [
            {
                "incident": row,
                "kind": showing.kind_name(row.kind),
                "when": showing.happened(row, now),
                "status": showing.status(row),
            }
            for row in incidents
        ],
        "offence": offence if found.kind == SeriesKind.PERSON else None,
        "offence_title": (offence.title_sv if swedish else offence.title_en) if offence else "",
        "speaks_for": (offence.speaks_for_sv if swedish else offence.speaks_for_en) if offence else (),
        "speaks_against": (offence.speaks_against_sv if swedish else offence.speaks_against_en) if offence else (),
        "has_seen": showing.has_seen(people.readings(actor, "series", found.pk)[:300]),
    }
    return render(request, "incidents/reporting/series.html", context)


def _line(incident: Incident) -> str:
    return f"{incident.reference} {showing.kind_name(incident.kind)}, {day_words(incident.deed_at)}"


def left_words(others: int) -> str:
    """How many other incidents stand in the same series."""
    return ngettext(
        "It belongs together with %(n)s other incident.", "It belongs together with %(n)s others.", others
    ) % {"n": others}
