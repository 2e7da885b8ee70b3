"""The review screen: one post, one question, one key for each answer, and always the way back."""

from __future__ import annotations

import uuid
from urllib.parse import urlencode

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from motkraft.people.access import Actor, Permission, requires
from motkraft.people.actions import record_reading
from motkraft.watch import actions, queries
from motkraft.watch.models import Match
from motkraft.watch.rules import State, Verdict, WrongState
from motkraft.watch.views import showing
from motkraft.web import parts
from motkraft.web.htmx import render

SKIPPED = "watch_skipped"
MOST_SKIPPED = 500


def _here(claim_id: str) -> str:
    return reverse("watch_review") + (f"?{urlencode({'pastaende': claim_id})}" if claim_id else "")


@requires(Permission.WATCH_JUDGE)
def review(request: HttpRequest) -> HttpResponse:
    """Show the likeliest match that waits; take the decision about it."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    claim_id = request.GET.get("pastaende", "")
    if claim_id and queries.claim(claim_id) is None:
        raise Http404
    if request.method == "POST":
        _judge(request, actor)
        return redirect(_here(claim_id))
    if "om" in request.GET:
        request.session.pop(SKIPPED, None)
        return redirect(_here(claim_id))
    now = timezone.now()
    skipped = request.session.get(SKIPPED, [])
    queue = queries.review_queue(actor, claim_id=claim_id)
    match = queue.exclude(pk__in=skipped).first()
    done, total = queries.review_progress(actor, now, claim_id=claim_id)
    last = queries.last_judged(actor, now)
    context = {
        "title": _("Review"),
        "progress": parts.Progress(
            done, total, _("%(done)s of %(total)s judged today") % {"done": done, "total": total}
        )
        if total
        else None,
        "form_url": _here(claim_id),
        "undo": parts.Action(
            _("Undo"), reverse("watch_undo"), "post", icon="undo-2",
            fields=[("match", str(last.pk)), ("pastaende", claim_id)], key="z",
        )
        if last
        else None,
        "undo_words": _("Last: %(words)s.") % {"words": showing.match_status(last).label.lower()} if last else "",
    }  # fmt: skip
    if match is None:
        context["done"] = _nothing_left(actor, claim_id, queue.count())
        return render(request, "watch/review.html", context)
    if match.post.exposures.exists():
        record_reading(actor, "post", match.post_id, purpose="review")
    threats = dict.fromkeys(str(showing.THREATS[kind]) for kind in match.post.threats.values_list("kind", flat=True))
    wordings = [wording for texts in queries.wordings(actor, match.claim_id).values() for wording in texts]
    wording = next((one for one in wordings if one.id == match.wording_id), None)
    context |= {
        "match": match,
        "pieces": showing.match_pieces(match),
        "claim_title": queries.title_of(match.claim_id),
        "claim_url": reverse("claim", args=[match.claim_id]),
        "sure": showing.sure(match.score),
        "wording": wording,
        "wording_direction": "rtl" if wording and showing.is_right_to_left(wording.language) else "ltr",
        "facts": [
            *showing.post_facts(match.post),
            parts.Fact(_("How it reads"), showing.STANCES.get(match.stance, match.stance)),
        ],
        "reasons": showing.reasons(match),
        "threats": list(threats),
        "exposure": match.post.exposures.filter(state="proposed").first()
        if actor.can(Permission.EXPOSURE_CONFIRM)
        else None,
        "choices": [
            parts.ReviewChoice("confirm", _("Repeats the claim"), "j", "accent"),
            parts.ReviewChoice(Verdict.CRITICISM.value, str(showing.VERDICTS[Verdict.CRITICISM]), "k"),
            parts.ReviewChoice(Verdict.OWN_STORY.value, str(showing.VERDICTS[Verdict.OWN_STORY]), "l"),
            parts.ReviewChoice(Verdict.DENIES.value, str(showing.VERDICTS[Verdict.DENIES]), "m"),
            parts.ReviewChoice(Verdict.UNRELATED.value, str(showing.VERDICTS[Verdict.UNRELATED]), "n"),
            parts.ReviewChoice("skip", _("Do not know"), "o"),
        ],
    }
    return render(request, "watch/review.html", context)


def _nothing_left(actor: Actor, claim_id: str, skipped: int) -> parts.Empty:
    if skipped:
        return parts.Empty(
            _("Only those that you passed over are left"),
            _("They wait until you or a colleague judges them."),
            parts.Action(
                _("Look at them again"), f"{reverse('watch_review')}?{urlencode({'pastaende': claim_id, 'om': '1'})}"
            ),
            icon="rotate-ccw",
        )
    return parts.Empty(
        _("Everything is judged"),
        _("New posts come here when a file has been imported."),
        parts.Action(_("To the morning list"), reverse("watch_morning")),
        icon="check",
    )


def _judge(request: HttpRequest, actor: Actor) -> None:
    match_id, choice = _id(request.POST.get("match", "")), request.POST.get("choice", "")
    if choice == "skip":
        request.session[SKIPPED] = [*request.session.get(SKIPPED, []), str(match_id)][-MOST_SKIPPED:]
        return
    if choice != "confirm" and choice not in {verdict.value for verdict in Verdict}:
        raise Http404
    state = State.CONFIRMED if choice == "confirm" else State.REJECTED
    try:
        actions.judge_match(actor, match_id, state, "" if choice == "confirm" else Verdict(choice))
    except WrongState:
        messages.info(request, _("A colleague was before you with that one. Nothing was changed."))


@requires(Permission.WATCH_JUDGE)
def undo(request: HttpRequest) -> HttpResponse:
    """Take the last judgement back."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if request.method != "POST":
        raise Http404
    claim_id = request.POST.get("pastaende", "")
    try:
        match: Match = actions.undo_judgement(actor, _id(request.POST.get("match", "")))
    except WrongState:
        messages.info(request, _("That was undone already."))
    else:
        skipped = [pk for pk in request.session.get(SKIPPED, []) if pk != str(match.pk)]
        request.session[SKIPPED] = skipped
        messages.info(request, _("Undone. It waits to be judged again."))
    return redirect(_here(claim_id if queries.claim(claim_id) else ""))


def _id(text: str) -> uuid.UUID:
    try:
        return uuid.UUID(text)
    except ValueError:
        raise Http404 from None
