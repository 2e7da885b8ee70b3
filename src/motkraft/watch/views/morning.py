"""The morning list and the claims: what is being claimed, where it grows, how it has spread."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from motkraft.people.access import Actor, Permission, requires
from motkraft.watch import queries
from motkraft.watch.rules import ExposureState, State
from motkraft.watch.views import showing
from motkraft.web import charts, parts
from motkraft.web.dates import day
from motkraft.web.htmx import render
from motkraft.web.lists import Choice, Column, Filter, csv_response, listing, wants_csv
from motkraft.web.numbers import number

MOST_SERIES = 6


@requires(Permission.WATCH_READ)
def morning(request: HttpRequest) -> HttpResponse:
    """What has come since yesterday, claim by claim, the most first."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = timezone.now()
    can_judge = actor.can(Permission.WATCH_JUDGE)
    rows = [
        {
            "row": row,
            "title": row.title,
            "url": reverse("claim", args=[row.claim_id]),
            "new": ngettext("%(n)s new post", "%(n)s new posts", row.new) % {"n": number(row.new)},
            "judged": _counted(row),
            "languages": ", ".join(
                f"{showing.language_name(code)} {number(count)}" for code, count in row.languages.items()
            ),
            "reach": _reach(row),
            "before": _before(row),
            "action": parts.Action(_("Review"), f"{reverse('watch_review')}?pastaende={row.claim_id}")
            if can_judge and row.proposed
            else parts.Action(_("Look"), reverse("claim", args=[row.claim_id])),
        }
        for row in queries.morning(actor, now)
    ]
    exposed = 0
    if actor.can(Permission.EXPOSURE_CONFIRM):
        exposed = queries.exposures(actor).filter(state=ExposureState.PROPOSED.value).count()
    context = {
        "title": _("Morning list"),
        "lead": _(
            "Claims with posts that came in since yesterday, the most first. What is proposed is not judged yet."
        ),
        "rows": rows,
        "exposed": exposed,
        "exposed_words": ngettext("One post may expose a colleague.", "%(n)s posts may expose a colleague.", exposed)
        % {"n": exposed},
        "empty": parts.Empty(
            _("Nothing new since yesterday"),
            _("When posts are imported, the claims that they repeat stand here, the most repeated first."),
            parts.Action(_("Import a file"), reverse("import_new"), icon="upload")
            if actor.can(Permission.WATCH_IMPORT)
            else None,
            icon="sun",
        ),
    }
    return render(request, "watch/morning.html", context)


def _counted(row: queries.MorningRow) -> str:
    told = []
    if row.proposed:
        told.append(_("%(n)s to judge") % {"n": number(row.proposed)})
    if row.confirmed:
        told.append(ngettext("%(n)s confirmed", "%(n)s confirmed ones", row.confirmed) % {"n": number(row.confirmed)})
    return ", ".join(told)


def _reach(row: queries.MorningRow) -> str:
    if row.reach is None:
        return _("How many have seen them is not known.")
    values = {"n": number(row.reach), "known": number(row.reach_known), "all": number(row.new)}
    return _("Shown at least %(n)s times (known for %(known)s of %(all)s).") % values


def _before(row: queries.MorningRow) -> str:
    if row.per_day_before is None:
        return _("There is no earlier week to compare with.")
    values = {"n": number(row.per_day_before, 1)}
    if row.is_rising:
        return _("More than usual: %(n)s a day the week before.") % values
    return _("%(n)s a day the week before.") % values


@requires(Permission.WATCH_READ)
def claim_list(request: HttpRequest) -> HttpResponse:
    """The claims of the library, with how often they are repeated here."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    columns = [
        Column("id", _("Number"), "id"),
        Column("title", _("Claim"), "title"),
        Column("confirmed", _("Confirmed ones"), "confirmed", numeric=True),
        Column("proposed", _("To judge"), "proposed", numeric=True),
        Column("rejected", _("Rejected"), "rejected", numeric=True),
    ]
    found = listing(
        request,
        queries.claim_counts(actor),
        columns,
        search=lambda rows, words: [row for row in rows if words.casefold() in f"{row.id} {row.title}".casefold()],
    )
    if wants_csv(request):
        rows = ((r.id, r.title, r.confirmed, r.proposed, r.rejected) for r in found.rows)
        return csv_response("pastaenden", [column.label for column in columns], rows)
    context = {
        "title": _("Claims"),
        "lead": _(
            "False or misleading claims that posts are compared with. The titles say what is claimed, not what is true."
        ),
        "listing": found,
        "search_label": _("Search claims"),
        "list_action": parts.Action(_("Learn from your judgements"), reverse("watch_learning"), icon="book-open")
        if actor.can(Permission.WATCH_JUDGE)
        else None,
        "row_template": "watch/_claim_row.html",
        "empty": parts.Empty(_("The claim library is empty")),
    }
    return render(request, "watch/claim_list.html", context, fragment="web/_list.html")


@requires(Permission.WATCH_READ)
def claim(request: HttpRequest, claim_id: str) -> HttpResponse:
    """One claim: how it has spread, the posts, and the ways in which it is said."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = queries.claim(claim_id)
    if found is None:
        raise Http404
    now = timezone.now()
    count = next(row for row in queries.claim_counts(actor) if row.id == claim_id)
    matches = queries.claim_matches(actor, claim_id)
    languages = queries.values_of(matches, "post__language")
    states = {State.PROPOSED: _("To judge"), State.CONFIRMED: _("Confirmed ones"), State.REJECTED: _("Rejected")}
    rows = listing(
        request,
        matches,
        [
            Column("post", _("Post")),
            Column("language", _("Language"), "post__language"),
            Column("where", _("Where"), "post__platform"),
            Column("score", _("Likelihood"), "score", numeric=True),
            Column("state", _("Status"), "state"),
            Column("found", _("Came in"), "post__found_at"),
        ],
        filters=[
            Filter(
                "status", _("Status"), [Choice(state.value, words) for state, words in states.items()],
                lambda given, value: given.filter(state=value),
            ),
            Filter(
                "sprak", _("Language"),
                [Choice(code, showing.language_name(code), n) for code, n in languages],
                lambda given, value: given.filter(post__language=value),
            ),
        ],
        sort="-found",
        per_page=20,
        with_csv=False,
    )  # fmt: skip
    for match in rows.page:
        match.badge, match.sure = showing.match_status(match), showing.sure(match.score)
        match.language_name = showing.language_name(match.post.language)
        match.platform_name = showing.platform_name(match.post.platform)
    context = {
        "title": count.title,
        "kind": _("Claim"),
        "reference": found.id,
        "count": count,
        "facts": [
            parts.Fact(_("Confirmed posts"), number(count.confirmed)),
            parts.Fact(_("Posts to judge"), number(count.proposed)),
            parts.Fact(_("Rejected"), number(count.rejected), _("Criticism, own stories and other things.")),
        ],
        "next_step": _judge_next(actor, count),
        "spread": _spread_chart(actor, claim_id, count),
        "listing": rows,
        "row_template": "watch/_claim_post_row.html",
        "empty": parts.Empty(_("No post has repeated this claim here"), icon="message-square"),
        "wordings": [
            {
                "language": showing.language_name(code),
                "code": code,
                "direction": "rtl" if showing.is_right_to_left(code) else "ltr",
                "texts": texts,
            }
            for code, texts in queries.wordings(actor, claim_id).items()
        ],
        "now": now,
    }
    return render(request, "watch/claim.html", context, fragment="web/_list.html")


def _judge_next(actor: Actor, count: queries.ClaimCount) -> parts.NextStep | None:
    if not count.proposed or not actor.can(Permission.WATCH_JUDGE):
        return None
    return parts.NextStep(
        _("Judge what is proposed"),
        ngettext("One post waits.", "%(n)s posts wait.", count.proposed) % {"n": number(count.proposed)},
        parts.Action(_("Review"), f"{reverse('watch_review')}?pastaende={count.id}"),
    )


def _spread_chart(actor: Actor, claim_id: str, count: queries.ClaimCount) -> charts.Chart | None:
    spread = queries.spread(actor, claim_id, timezone.now())
    if not spread:
        return None
    largest = dict(list(spread.items())[:MOST_SERIES])
    series: dict[str, list[tuple[str, float | None]]] = {
        showing.language_name(code): [(day(week)[:-5], float(n)) for week, n in points]
        for code, points in largest.items()
    }
    total = sum(n for points in spread.values() for _week, n in points)
    first = next(iter(series))
    summary = ngettext(
        "%(total)s post in the last %(weeks)s weeks, most in %(language)s.",
        "%(total)s posts in the last %(weeks)s weeks, most in %(language)s.",
        total,
    ) % {"total": number(total), "weeks": queries.WEEKS, "language": first}
    return charts.small_multiples(
        series,
        title=_("Posts a week, by language"),
        summary=summary,
        heads=(_("Week from"), *series),
        source=_("Posts that are confirmed or wait to be judged, by the day they were written."),
        columns=min(2, len(series)),
    )
