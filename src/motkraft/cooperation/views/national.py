"""The national picture, for everyone and for those signed in, and sharing a month's figures."""

from __future__ import annotations

import datetime as dt
from functools import lru_cache
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.shortcuts import render as plain_render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from motkraft.cooperation import actions, queries
from motkraft.cooperation.forms import CountsForm
from motkraft.cooperation.models import STATUS_LABELS
from motkraft.cooperation.rules import disclosure
from motkraft.cooperation.rules.disclosure import MINIMUM, FiguresError, Range
from motkraft.cooperation.rules.published import MAP_SOURCE, map_file, measures, municipalities, surveys
from motkraft.people.access import Actor, Permission, public, requires
from motkraft.web import parts
from motkraft.web.charts import Chart, map_of_sweden
from motkraft.web.htmx import render
from motkraft.web.lists import csv_response
from motkraft.web.rule_card import in_language

MONTHS_TO_SHARE = 12
LIMITS = (10, 20, 40)


def words(known: Range) -> str:
    """A total in words: "23", or "23–31" where something in it is hidden."""
    return str(known.least) if known.is_exact else f"{known.least}–{known.most}"


def month_words(month: dt.date) -> str:
    """A month with its year, in the language of the page."""
    return date_format(month, "F Y")


@public
def national_public(request: HttpRequest) -> HttpResponse:
    """Sweden in figures: no account, no cookie, no script."""
    response = plain_render(request, "cooperation/national_public.html", _context())
    response["Cache-Control"] = "public, max-age=300"
    return response


@public
def national_csv(request: HttpRequest) -> HttpResponse:
    """Every published figure; an empty cell is fewer than five, or hidden with its whole."""
    found = queries.picture(timezone.localdate())
    names = {place.code: place for place in municipalities()}
    rows = [
        (c.code, names[c.code].name, names[c.code].county, c.month.strftime("%Y-%m"), c.measure, c.value)
        for c in sorted(found.cells, key=lambda c: (c.code, c.month, c.measure))
        if c.code in names
    ]
    heads = [_("Code"), _("Municipality"), _("County"), _("Month"), _("Measure"), _("Figure")]
    response = csv_response("sverige", heads, rows)
    response["Cache-Control"] = "public, max-age=300"
    return response


@requires(Permission.SUPPORT_ANSWER, Permission.FIGURES_SHARE)
def national(request: HttpRequest) -> HttpResponse:
    """The same figures, with what is asked of the unit and what one's own organisation has shared."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    context = _context()
    is_unit = actor.can(Permission.SUPPORT_ANSWER)
    context |= {
        "support": [
            (str(STATUS_LABELS[status]), count, f"{reverse('support_list')}?status={status.value}")
            for status, count in queries.request_counts(actor).items()
        ],
        "support_title": _("Asked of the unit") if is_unit else _("Your support requests"),
        "share_url": reverse("share_figures")
        if actor.can(Permission.FIGURES_SHARE) and queries.is_municipality(actor)
        else "",
    }
    return render(request, "cooperation/national.html", context)


def _context() -> dict[str, Any]:
    found = queries.picture(timezone.localdate())
    months, country = found.months, found.country
    lead = ngettext(
        "%(sharing)s of %(all)s municipality has shared figures for %(from)s to %(to)s.",
        "%(sharing)s of %(all)s municipalities have shared figures for %(from)s to %(to)s.",
        country.municipalities,
    ) % {
        "sharing": country.shared,
        "all": country.municipalities,
        "from": month_words(months[0]),
        "to": month_words(months[-1]),
    }
    return {
        "title": _("Sweden in figures"),
        "description": lead,
        "lead": lead,
        "chart": _map(tuple(sorted(found.least.items())), found.sharing, get_language() or "sv"),
        "totals": [
            {
                "title": in_language(measure, "title"),
                "what": in_language(measure, "what"),
                "words": words(known),
                "is_exact": known.is_exact,
                "share": _share_words(known, country.totals[0]) if measure.part_of else "",
            }
            for measure, known in zip(found.measures, country.totals, strict=True)
        ],
        "heads": [in_language(measure, "title") for measure in found.measures],
        "counties": [
            {"name": row.name, "shared": row.shared, "of": row.municipalities, "totals": [words(t) for t in row.totals]}
            for row in found.counties
            if row.shared
        ],
        "is_empty": not found.cells,
        "by_hand": found.by_hand,
        "minimum": MINIMUM,
        "surveys": [
            {
                "value": in_language(s, "value"),
                "says": in_language(s, "says"),
                "population": in_language(s, "population"),
                "n": s.n,
                "year": s.year,
                "source": s.source,
                "secondary": s.read != "page",
            }
            for s in surveys()
        ],
        "csv_url": reverse("national_csv"),
    }


def _share_words(part: Range, whole: Range) -> str:
    found = disclosure.share(part, whole)
    if found is None:
        return ""
    least, most = found
    return f"{least} %" if least == most else f"{least}–{most} %"


@lru_cache(maxsize=8)
def _map(least: tuple[tuple[str, int], ...], sharing: int, language: str) -> Chart:
    """The map, drawn once for each state of the figures and language."""
    known = dict(least)
    names = {place.code: place.name for place in municipalities()}
    if known:
        most = max(known, key=lambda code: known[code])
        summary = _(
            "%(shown)s municipalities show at least one month with five or more reported incidents; the highest"
            " is %(name)s with at least %(count)s. Those without a colour have not shared, or have fewer than five"
            " a month."
        ) % {"shown": len(known), "name": names.get(most, most), "count": known[most]}
    else:
        summary = _(
            "No municipality has a figure that can be shown. No colour means not shared, or fewer than five a month."
        )
    return map_of_sweden(
        known,
        map_file(),
        title=_("Reported incidents against staff"),
        summary=summary,
        heads=(_("Municipality"), _("At least")),
        limits=LIMITS,
        labels=(_("5 to 9"), _("10 to 19"), _("20 to 39"), _("40 or more")),
        no_value=_("no figure"),
        source=_("Figures: the municipalities, through Motkraft. Borders: %(source)s.") % {"source": MAP_SOURCE},
    )


# -- sharing


@requires(Permission.FIGURES_SHARE)
def share_figures(request: HttpRequest) -> HttpResponse:
    """The months that are over: which are shared, and how each looks to others."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not queries.is_municipality(actor):
        raise Http404
    shared: dict[dt.date, dict[str, int | None]] = {}
    for row in queries.figures_of(actor):
        shared.setdefault(row.month, {})[row.measure] = row.value
    counted = measures()
    months = [
        {
            "month": month,
            "words": month_words(month),
            "url": reverse("share_month", args=[month.strftime("%Y-%m")]),
            "is_shared": month in shared,
            "values": [_cell_words(shared[month].get(m.key)) for m in counted] if month in shared else [],
        }
        for month in disclosure.months_before(timezone.localdate(), MONTHS_TO_SHARE)
    ]
    return render(
        request,
        "cooperation/share.html",
        {
            "title": _("Share figures"),
            "lead": _("You choose month by month. Before you share you see exactly what others will see."),
            "months": months,
            "heads": [in_language(measure, "title") for measure in counted],
            "minimum": MINIMUM,
            "crumbs": [parts.Crumb(_("National picture"), reverse("national"))],
        },
    )


def _cell_words(value: int | None) -> str:
    return _("hidden") if value is None else str(value)


@requires(Permission.FIGURES_SHARE)
def share_month(request: HttpRequest, month: str) -> HttpResponse:
    """See one month as others will see it, and share it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    try:
        first = dt.datetime.strptime(month, "%Y-%m").date()  # noqa: DTZ007 a month has no clock
        disclosure.complete_month(first, timezone.localdate())
    except (ValueError, FiguresError):
        raise Http404 from None
    if not queries.is_municipality(actor) or queries.figures_of(actor).filter(month=first).exists():
        return redirect("share_figures")
    counted = measures()
    by_hand = request.GET.get("egna") == "1" or request.POST.get("by_hand") == "1"
    form = CountsForm(counted, request.POST if request.method == "POST" else None) if by_hand else None
    problem = ""
    if request.method == "POST" and (form is None or form.is_valid()):
        try:
            actions.share_figures(actor, first, counts=form.counts() if form else None)
        except FiguresError as error:
            problem = _(error.message)
        else:
            messages.success(request, _("Shared. Everyone can see it now."))
            return redirect("share_figures")
    rows = []
    if not by_hand:
        true = actions.count_month(actor, first)
        shown = disclosure.safe(true, counted)
        rows = [(in_language(m, "title"), true[m.key], _cell_words(shown[m.key])) for m in counted]
    return render(
        request,
        "cooperation/share_month.html",
        {
            "title": _("Share %(month)s") % {"month": month_words(first)},
            "rows": rows,
            "form": form,
            "problem": problem,
            "by_hand": by_hand,
            "minimum": MINIMUM,
            "back_url": reverse("share_figures"),
            "cancel_url": reverse("share_figures"),
            "submit_label": _("Share with everyone"),
        },
        status=422 if problem or (form is not None and form.errors) else 200,
    )
