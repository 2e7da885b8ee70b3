"""What fear does to decisions: told in a minute, read by few, shown as figures."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from motkraft.incidents.actions import influence as actions
from motkraft.incidents.forms.influence import AREA_WORDS, EFFECT_WORDS, InfluenceForm
from motkraft.incidents.models import InfluenceReport
from motkraft.incidents.queries import influence as queries
from motkraft.incidents.rules.influence import MINIMUM, Area, Table
from motkraft.incidents.rules.states import Effect
from motkraft.incidents.views import showing
from motkraft.law.calendar import local_day
from motkraft.people import queries as people
from motkraft.people.access import Actor, Permission, requires
from motkraft.web.dates import day as day_words
from motkraft.web.lists import Column, Listing, listing
from motkraft.web.parts import Action, Crumb, Empty, Fact
from motkraft.web.steps import form_step

YEARS = 3


@requires(Permission.INFLUENCE_REPORT)
def tell_of(request: HttpRequest) -> HttpResponse:
    """Tell of a decision that fear touched; without a name unless one asks for it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return form_step(
        request,
        InfluenceForm(request.POST or None),
        lambda given: actions.report_influence(actor, **given),
        title=_("Has fear touched a decision?"),
        lead=_("Nobody is blamed. It becomes figures that show what threats do to the work."),
        back=reverse("incident_report_start"),
        submit=_("Send"),
        onward=reverse("influence_sent"),
        template="incidents/influence/tell.html",
        cancel_url=reverse("start"),
    )


@requires(Permission.INFLUENCE_REPORT)
def sent(request: HttpRequest) -> HttpResponse:
    """Thanks; says nothing of what was sent, so that nothing stays in the browser."""
    context = {
        "title": _("Thank you for telling"),
        "lead": _("What you told has been kept. Without your name, nobody can see that it was you."),
        "who_sees": _("those who hold the right to read influence reports. Figures below five are shown to nobody."),
        "actions": [
            Action(_("Report a threat or something that happened"), reverse("incident_report_start"), icon="megaphone"),
            Action(_("To the start page"), reverse("start")),
        ],
    }
    return render(request, "incidents/influence/sent.html", context)


@requires(Permission.INFLUENCE_READ, Permission.INFLUENCE_FIGURES)
def reports(request: HttpRequest) -> HttpResponse:
    """The reports, for those who may read them; the figures for the others."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not actor.can(Permission.INFLUENCE_READ):
        return redirect("influence_figures")
    found: Listing = listing(
        request,
        queries.reports(actor),
        [
            Column("reference", _("Reference"), "reference"),
            Column("effect", _("What fear did"), "effect"),
            Column("area", _("About"), "area"),
            Column("month", _("Month"), "month"),
            Column("reported", _("Told"), "reported_at"),
        ],
        sort="-reported",
        with_csv=False,
    )
    for row in found.page.object_list:
        _dress(row)
    context = {
        "title": _("Influence reports"),
        "lead": _(
            "Decisions that fear avoided, delayed or changed. They tell what threats do, never whose fault it is."
        ),
        "listing": found,
        "row_template": "incidents/influence/_row.html",
        "list_action": Action(_("Figures"), reverse("influence_figures"), icon="list"),
        "empty": Empty(
            _("Nothing has been told yet"),
            _("What staff tell of decisions that fear touched stands here."),
            Action(_("Tell of a decision"), reverse("influence_report")),
            icon="folder-open",
        ),
    }
    return render(request, "incidents/influence/list.html", context)


@requires(Permission.INFLUENCE_READ)
def report(request: HttpRequest, report_id: uuid.UUID) -> HttpResponse:
    """One report. Opening it is recorded."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = actions.read_influence(actor, report_id)
    _dress(found)
    named = _("Without a name")
    if found.reporter_id is not None:
        names = people.names(actor, [found.reporter_id], purpose=f"influence {found.reference}")
        named = names.get(found.reporter_id, showing.title_of(found.reporter))
    context = {
        "title": found.shown_effect,  # type: ignore[attr-defined]
        "crumbs": [Crumb(_("Influence reports"), reverse("influence_list"))],
        "report": found,
        "facts": [
            Fact(_("Reference"), found.reference),
            Fact(_("About"), found.shown_area),  # type: ignore[attr-defined]
            Fact(_("Month"), date_format(found.month, "F Y")),
            Fact(_("Told"), day_words(found.reported_at)),
            Fact(_("By"), named),
        ],
        "has_seen": showing.has_seen(people.readings(actor, actions.READING, found.pk)[:300]),
    }
    return render(request, "incidents/influence/report.html", context)


@requires(Permission.INFLUENCE_FIGURES)
def figures(request: HttpRequest) -> HttpResponse:
    """What fear did in one year. Figures below five are hidden, and so are sums that would give them away."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    this_year = local_day(timezone.now()).year
    offered = [this_year - back for back in range(YEARS)]
    asked = request.GET.get("ar", "")
    year = int(asked) if asked in {str(one) for one in offered} else this_year
    found = queries.figures(actor, year)
    context = {
        "title": _("What fear does to decisions"),
        "lead": _("Decisions of %(year)s that somebody has told of. Nobody is counted, only decisions.")
        % {"year": year},
        "crumbs": [Crumb(_("Influence reports"), reverse("influence_list"))]
        if actor.can(Permission.INFLUENCE_READ)
        else [],
        "years": [
            {"label": str(one), "url": f"{reverse('influence_figures')}?ar={one}", "current": one == year}
            for one in offered
        ],
        "tables": _tables(found),
        "minimum": MINIMUM,
    }
    return render(request, "incidents/influence/figures.html", context)


def _tables(found: queries.InfluenceFigures) -> list[dict[str, object]]:
    effects = {key.value: str(words) for key, words in EFFECT_WORDS.items()}
    tables = [_table(_("What fear did"), found.by_effect, effects)]
    if found.by_area is not None:
        areas = {key.value: str(words) for key, words in AREA_WORDS.items()}
        tables.append(_table(_("About"), found.by_area, areas))
    return tables


def _table(title: str, table: Table, words: dict[str, str]) -> dict[str, object]:
    fewer = _("fewer than %(n)s") % {"n": MINIMUM}
    total = str(table.least) if table.least == table.most else f"{table.least}–{table.most}"
    return {
        "title": title,
        "rows": [(words[cell.key], fewer if cell.count is None else str(cell.count)) for cell in table.cells],
        "total": total,
    }


def _dress(row: InfluenceReport) -> None:
    row.shown_effect = str(EFFECT_WORDS[Effect(row.effect)])  # type: ignore[attr-defined]
    area = Area(row.area) if row.area in set(Area) else Area.OTHER
    row.shown_area = str(AREA_WORDS[area])  # type: ignore[attr-defined]
