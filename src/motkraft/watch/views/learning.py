"""Learning from judgements: what there is to learn from, what it changed, and the way back."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from motkraft.matching.effects import Effect, worse
from motkraft.people.access import Actor, Permission, requires
from motkraft.watch import actions, queries
from motkraft.watch.models import Learning
from motkraft.watch.rules import LearningState, TooFewJudgements, WrongState
from motkraft.web import parts
from motkraft.web.htmx import render
from motkraft.web.numbers import number

FIGURES = {
    "precision": gettext_lazy("Sure proposals that were right"),
    "sure": gettext_lazy("Confirmed posts that are sure proposals"),
    "recall": gettext_lazy("Confirmed posts that are proposed"),
    "criticism": gettext_lazy("Criticism and questions that are proposed all the same"),
    "own_story": gettext_lazy("Stories of one's own that are proposed all the same"),
    "denies": gettext_lazy("Answers to a claim that are proposed all the same"),
    "unrelated": gettext_lazy("Other things that are proposed all the same"),
}
WORSE = {
    "proposals": gettext_lazy("What is proposed would hit less well what you confirmed."),
    "apart": gettext_lazy("More criticism and stories of one's own would be proposed."),
    "precision": gettext_lazy("Fewer of the sure proposals would be right."),
}
_BETTER_WHEN_MORE = ("precision", "sure", "recall")


@requires(Permission.WATCH_JUDGE)
def learning(request: HttpRequest) -> HttpResponse:
    """How much is judged, what was learned from it, and with what effect."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    judged = queries.judgements(actor)
    rows = queries.learnings(actor)
    used = rows.filter(state=LearningState.USED.value).first()
    last = rows.exclude(state=LearningState.LEFT.value).first()
    refused = last if last is not None and last.state == LearningState.REFUSED else None
    context = {
        "title": _("Learn from your judgements"),
        "lead": _(
            "What you confirm and reject can teach the proposals: which posts are proposed, how sure it is, and new "
            "wordings from posts that you confirmed. You decide when, and you can always go back."
        ),
        "facts": [
            parts.Fact(_("Confirmed matches"), number(judged.confirmed)),
            parts.Fact(_("Rejected matches"), number(judged.rejected)),
        ],
        "missing": ""
        if judged.are_enough
        else _("At least %(n)s confirmed and %(n)s rejected matches are needed.") % {"n": number(judged.needed)},
        "can_learn": judged.are_enough,
        "is_waiting": last is not None and last.state == LearningState.WAITING,
        "failed": last if last is not None and last.state == LearningState.FAILED else None,
        "refused": refused,
        "refused_effect": _effect(refused) if refused else [],
        "refused_why": [str(WORSE[code]) for code in worse(_figures(refused))] if refused else [],
        "used": used,
        "effect": _effect(used) if used else [],
        "verdict": _verdict(used) if used else "",
        "wordings": ngettext("%(n)s new wording.", "%(n)s new wordings.", used.new_wordings)
        % {"n": number(used.new_wordings)}
        if used
        else "",
        "now": timezone.now(),
        "crumbs": [parts.Crumb(_("Review"), reverse("watch_review"))],
    }
    return render(request, "watch/learning.html", context)


@requires(Permission.WATCH_JUDGE)
def learn(request: HttpRequest) -> HttpResponse:
    """Ask a worker to learn."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if request.method != "POST":
        raise Http404
    try:
        actions.start_learning(actor, in_background=True)
    except TooFewJudgements:
        messages.info(request, _("There are too few judgements to learn from. Nothing was changed."))
    return redirect("watch_learning")


@requires(Permission.WATCH_JUDGE)
def unlearn(request: HttpRequest) -> HttpResponse:
    """Go back to what ships."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if request.method != "POST":
        raise Http404
    try:
        actions.unlearn(actor)
    except WrongState:
        messages.info(request, _("That was undone already."))
    else:
        messages.info(request, _("Posts that come in from now on are compared as they were before you taught it."))
    return redirect("watch_learning")


def _figures(row: Learning) -> list[Effect]:
    return [Effect(what, (before[0], before[1]), (after[0], after[1])) for what, before, after in row.effect]


def _effect(row: Learning) -> list[dict[str, str]]:
    return [
        {"what": str(FIGURES[what]), "before": _share(*before), "after": _share(*after)}
        for what, before, after in row.effect
    ]


def _share(part: int, whole: int) -> str:
    if not whole:
        return _("none")
    values = {"part": number(part), "whole": number(whole), "percent": number(100 * part / whole)}
    return _("%(part)s of %(whole)s (%(percent)s %%)") % values


def _verdict(row: Learning) -> str:
    """The effect in a sentence."""
    figures = {what: (before, after) for what, before, after in row.effect}
    wrong = [sum(figures[what][at][0] for what in figures if what not in _BETTER_WHEN_MORE) for at in (0, 1)]
    right = [figures["recall"][at][0] for at in (0, 1)]
    values = {"wrong": number(wrong[1]), "was": number(wrong[0]), "right": number(right[1]), "had": number(right[0])}
    return (
        _(
            "Of the posts that you rejected %(wrong)s would still be proposed; before it was %(was)s. Of those that "
            "you confirmed %(right)s would be proposed; before it was %(had)s."
        )
        % values
    )
