"""The page of figures: how much is reported, of what kind, and whether the employer does its duties in time."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from motkraft.incidents.queries import union as queries
from motkraft.incidents.rules.influence import MINIMUM, Table
from motkraft.incidents.views import showing
from motkraft.law.calendar import local_day
from motkraft.people.access import Actor, Permission, requires
from motkraft.web import charts

#: How many years can be chosen, this one included.
YEARS = 5


def in_all(table: Table) -> str:
    """The total of a table as far as it can be shown: "12", or "12–20"."""
    return str(table.least) if table.least == table.most else f"{table.least}–{table.most}"


@requires(Permission.INCIDENT_FIGURES)
def figures(request: HttpRequest) -> HttpResponse:
    """One year, counted; figures below five are hidden from everybody who opens the page."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = timezone.now()
    this_year = local_day(now).year
    offered = [this_year - back for back in range(YEARS)]
    asked = request.GET.get("ar", "")
    year = int(asked) if asked in {str(one) for one in offered} else this_year
    found = queries.figures(actor, year, now)
    cells = [(showing.kind_name(cell.key), cell.count) for cell in found.by_kind.cells]
    visible = sorted(((name, n) for name, n in cells if n is not None), key=lambda pair: (-pair[1], pair[0]))
    links = [(_("What came of the police reports"), reverse("police_figures"))]
    if actor.can(Permission.INFLUENCE_FIGURES):
        links.append((_("What fear does to decisions"), reverse("influence_figures")))
    links.append((_("Sweden in figures"), reverse("national_public")))
    context = {
        "title": _("Figures"),
        "lead": _("Threats and violence against staff in %(year)s, as they were reported. Nobody can be found in them.")
        % {"year": year},
        "years": [
            {"label": str(one), "url": f"{reverse('incident_figures')}?ar={one}", "current": one == year}
            for one in offered
        ],
        "chart": charts.bars(
            visible,
            title=_("Incidents by kind"),
            summary=_("Reported in all, as far as can be shown: %(n)s") % {"n": in_all(found.by_kind)},
            heads=(_("Kind"), _("Incidents")),
        )
        if visible
        else None,
        "hidden": sorted(name for name, n in cells if n is None),
        "in_time": found.in_time,
        "links": links,
        "minimum": MINIMUM,
    }
    return render(request, "incidents/union/figures.html", context)
