"""Duties as a calendar: one's own secret address, and what a calendar program reads from it."""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe
from icalendar import Calendar, Event

from motkraft.incidents.actions import feeds
from motkraft.incidents.queries import feeds as feed_queries
from motkraft.people import queries as people
from motkraft.people.access import Actor, acting, public, requires, system
from motkraft.people.models import Organisation
from motkraft.web.parts import Crumb


@requires(*feeds.READERS)
def calendar(request: HttpRequest) -> HttpResponse:
    """Whether one's calendar is open, and how to open or close it."""
    return _page(request)


def _page(request: HttpRequest, address: str = "") -> HttpResponse:
    context = {
        "title": _("Calendar"),
        "feed": feeds.open_feed_of(request.actor),  # type: ignore[attr-defined]
        "address": address,
        "crumbs": [Crumb(_("Reminders"), reverse("reminder_list"))],
    }
    return render(request, "incidents/duties/calendar.html", context)


@require_POST
@requires(*feeds.READERS)
def calendar_make(request: HttpRequest) -> HttpResponse:
    """Make the secret address and show it, this once."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    token = feeds.make_feed(actor, shows_references=request.POST.get("shows_references") == "on")
    path = reverse("calendar_feed", args=[actor.organisation_id, token])
    return _page(request, f"{settings.MOTKRAFT_PUBLIC_URL}{path}")


@require_POST
@requires(*feeds.READERS)
def calendar_revoke(request: HttpRequest) -> HttpResponse:
    """Close the secret address."""
    feeds.revoke_feed(request.actor)  # type: ignore[attr-defined]
    messages.success(request, _("The address no longer works."))
    return redirect("calendar")


@require_safe
@public
def calendar_feed(request: HttpRequest, organisation_id: uuid.UUID, token: str) -> HttpResponse:
    """What a calendar program reads: when something waits, and nothing of what it is."""
    if not Organisation.objects.filter(pk=organisation_id).exists():
        raise Http404
    organisation = system(organisation_id)
    with acting(organisation):
        feed = feeds.open_feed(organisation, token)
        if feed is None or not feed.person.is_active:
            raise Http404
        roles = people.roles_of(organisation, feed.person_id)
        language = feed.person.language or "sv"
    actor = Actor(feed.person_id, organisation_id, roles)
    if not any(actor.can(permission) for permission in feeds.READERS):
        raise Http404
    with acting(actor), translation.override(language):
        body = _calendar(actor, shows_references=feed.shows_references)
    etag = f'"{hashlib.sha256(body).hexdigest()}"'
    if request.headers.get("If-None-Match") == etag:
        response: HttpResponse = HttpResponseNotModified()
    else:
        response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
        response["Content-Disposition"] = 'inline; filename="motkraft.ics"'
    response["ETag"] = etag
    response["Cache-Control"] = "private, max-age=300"
    return response


def _calendar(actor: Actor, *, shows_references: bool) -> bytes:
    """RFC 5545: an event at the time of all that waits for the person; the same things give the same bytes."""
    found = Calendar()
    found.add("prodid", "-//Motkraft//SV")
    found.add("version", "2.0")
    found.add("method", "PUBLISH")
    found.add("x-wr-calname", "Motkraft")
    what = _("Something waits for you in Motkraft")
    for each in feed_queries.entries(actor):
        entry = Event()
        entry.add("uid", each.uid)
        entry.add("dtstamp", each.made_at.astimezone(dt.UTC))
        entry.add("dtstart", each.at.astimezone(dt.UTC) if isinstance(each.at, dt.datetime) else each.at)
        entry.add("summary", f"{what} ({each.reference})" if shows_references else what)
        entry.add("transp", "TRANSPARENT")
        entry.add("class", "PRIVATE")
        entry.add("url", f"{settings.MOTKRAFT_PUBLIC_URL}/")
        found.add_component(entry)
    return bytes(found.to_ical())
