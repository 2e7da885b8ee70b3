"""The filters of the list of incidents, and which of them a saved view may keep."""

from __future__ import annotations

import datetime as dt
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlencode

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from motkraft.errors import MotkraftError
from motkraft.incidents import queries
from motkraft.incidents.models import Incident, PoliceReport
from motkraft.incidents.queries.lists import kinds_in_use
from motkraft.incidents.queries.search import search
from motkraft.incidents.rules import Status
from motkraft.incidents.views import showing
from motkraft.people import queries as people
from motkraft.people.access import Actor, Permission
from motkraft.people.models.encryption import vault
from motkraft.web import lists

#: The filters that stand open; the rest wait under "More filters".
ALWAYS = ("skede", "tid", "slag")
#: Every key of the list's address that says how it is narrowed and sorted. Words searched for are never kept.
SEARCH = "sok"
KEPT = (*ALWAYS, "kontor", "ansvarig", "period", "polis", "serie", "fara", "sort")
MOST_KEPT = 400  # characters of a saved view's address
LONGEST_SEARCH = 300  # characters


def status_words() -> dict[Status, str]:
    """The states in words."""
    return {
        Status.REPORTED: _("New report"),
        Status.IN_PROGRESS: _("In progress"),
        Status.CLOSED: _("Finished"),
    }


def covered(actor: Actor, words: str) -> str:
    """Words that are searched for, as they may stand in an address: encrypted, and of use to this person alone."""
    blob = vault().encrypt(words[:LONGEST_SEARCH], context=_context(actor))
    return urlsafe_b64encode(blob).decode().rstrip("=")


def uncovered(actor: Actor, given: str) -> str:
    """The words of a covered search; empty for what this person has not covered."""
    try:
        blob = urlsafe_b64decode(given + "=" * (-len(given) % 4))
        return vault().decrypt_text(blob, context=_context(actor))
    except (ValueError, MotkraftError):
        return ""


def _context(actor: Actor) -> str:
    return f"incidents.search:{actor.organisation_id}:{actor.person_id}"


def searching(actor: Actor, given: str) -> tuple[str, list[lists.Filter]]:
    """The words searched for, and the filter that narrows by them; none when nothing is searched for."""
    words = uncovered(actor, given) if given else ""
    if not words:
        return "", []
    chip = lists.Choice(given, words)
    return words, [lists.Filter(SEARCH, _("Search"), [chip], lambda found, value: search(actor, found, words))]


def filters(actor: Actor, rows: QuerySet[Incident], now: dt.datetime) -> list[lists.Filter]:
    """The filters that the actor may use, each with the choices that there are."""
    used = kinds_in_use(actor)
    offices = list(people.offices(actor))
    found = [
        lists.Filter(
            "skede",
            _("State"),
            [lists.Choice(key.value, words) for key, words in status_words().items()],
            lambda found, value: found.filter(status=value),
        ),
        lists.Filter(
            "tid",
            _("Time"),
            [lists.Choice("sen", _("Past their time"), queries.late(rows, now).count())],
            lambda found, value: queries.late(found, now),
        ),
        lists.Filter(
            "slag",
            _("Kind"),
            [lists.Choice(kind, showing.kind_name(kind)) for kind in used],
            lambda found, value: found.filter(kind=value),
        ),
    ]
    if len(offices) > 1:
        found.append(
            lists.Filter(
                "kontor",
                _("Office"),
                [lists.Choice(str(office.pk), office.name) for office in offices],
                lambda found, value: found.filter(office_id=value),
            )
        )
    found += [
        lists.Filter(
            "period",
            _("Reported"),
            [
                lists.Choice("30", _("The last 30 days")),
                lists.Choice("90", _("The last 90 days")),
                lists.Choice("ar", _("This year")),
            ],
            lambda found, value: found.filter(reported_at__gte=_since(value, now)),
        ),
        lists.Filter(
            "fara",
            _("Danger"),
            [
                lists.Choice("nu", _("Danger at that moment")),
                lists.Choice("vapen", _("Weapon")),
                lists.Choice("nara", _("Children or relatives meant")),
            ],
            lambda found, value: found.filter(_DANGERS[value]),
        ),
        lists.Filter(
            "polis",
            _("Police"),
            [lists.Choice("ja", _("Reported to the police")), lists.Choice("nej", _("Not reported to the police"))],
            lambda found, value: found.filter(_with_police() if value == "ja" else ~_with_police()),
        ),
        lists.Filter(
            "serie",
            _("Series"),
            [lists.Choice("ja", _("Part of a series"))],
            lambda found, value: found.filter(series__isnull=False),
        ),
    ]
    if actor.can(Permission.INCIDENT_MANAGE):
        found.append(
            lists.Filter(
                "ansvarig",
                _("Taken on"),
                [lists.Choice("jag", _("By me")), lists.Choice("ingen", _("By nobody"))],
                lambda found, value: found.filter(
                    Q(taken_by_id=actor.person_id) if value == "jag" else Q(taken_by__isnull=True)
                ),
            )
        )
    return found


_DANGERS = {
    "nu": Q(danger_now=True) | Q(danger_ongoing=True),
    "vapen": Q(weapon=True),
    "nara": Q(relatives_meant=True) | Q(children_meant=True),
}


def _since(value: str, now: dt.datetime) -> dt.datetime:
    if value == "ar":
        return timezone.localtime(now).replace(month=1, day=1, hour=0, minute=0, second=0, microsecond=0)
    return now - dt.timedelta(days=int(value))


def _with_police() -> Exists:
    return Exists(PoliceReport.objects.filter(incident=OuterRef("pk")))


def kept_query(given: str) -> str:
    """What of an address a saved view keeps: filters and order, in one order. Never what was searched for."""
    chosen = dict(parse_qsl(given[: 4 * MOST_KEPT], max_num_fields=50))
    return urlencode([(key, chosen[key]) for key in KEPT if key in chosen])[:MOST_KEPT]


def split(listing: lists.Listing) -> tuple[Sequence[lists.ChipRow], Sequence[lists.ChipRow], bool]:
    """The rows of chips that stand open, those that wait, and whether one of the waiting is in use."""
    always = [row for row in listing.filters if row.key in (SEARCH, *ALWAYS)]
    more = [row for row in listing.filters if row.key not in (SEARCH, *ALWAYS)]
    return always, more, any(chip.current for row in more for chip in row.chips)
