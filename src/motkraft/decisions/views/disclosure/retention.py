"""How long requests for documents are kept: the table, the dry run, erasing by two persons, and holds."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from motkraft.decisions.actions.disclosure import retention as actions
from motkraft.decisions.actions.steps import today
from motkraft.decisions.forms.disclosure_retention import HoldForm, RetentionForm
from motkraft.decisions.queries import disclosure_retention as queries
from motkraft.decisions.rules.disclosure import ENDED_STEPS, Step
from motkraft.decisions.views.disclosure.shown import STEPS, P, load
from motkraft.decisions.views.words import do_step, form_step
from motkraft.incidents.rules.retention import PROPOSAL_VALID
from motkraft.people.access import Actor, requires
from motkraft.web.parts import Crumb
from motkraft.web.steps import confirm_step


@requires(P.RETENTION_MANAGE)
def retention(request: HttpRequest) -> HttpResponse:
    """The table of times, what would go today, a proposal that waits, and what has been erased. References and days."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = timezone.now()
    waiting = queries.proposal(actor, now)
    lines = queries.dry_run(actor, today())
    context = {
        "title": _("Retention of requests"),
        "lead": _("How long requests for documents are kept after they ended. What has no time is kept."),
        "table": [
            {"key": step.value, "label": STEPS[step][0], "row": row} for step, row in queries.table(actor).items()
        ],
        "lines": [{"it": line, "label": STEPS[line.request.step][0]} for line in lines],
        "would_go": sum(not line.is_held for line in lines),
        "waiting": waiting,
        "is_mine": waiting is not None and waiting.by_id == actor.person_id,
        "void_at": waiting.at + PROPOSAL_VALID if waiting else None,
        "erasures": list(queries.erasures(actor)[:50]),
        "now": now,
    }
    return render(request, "decisions/disclosure_retention.html", context)


@requires(P.RETENTION_MANAGE)
def line(request: HttpRequest, step: str) -> HttpResponse:
    """Decide how long requests that ended in one way are kept."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if step not in ENDED_STEPS:
        raise Http404
    row = queries.table(actor)[Step(step)]
    return form_step(
        request,
        RetentionForm(request.POST or None, initial={"months": row.months, "basis": row.basis} if row else {}),
        lambda given: actions.set_line(actor, step, **given),
        title=STEPS[step][0],
        lead=_("How long is it kept?"),
        back=reverse("disclosure_retention"),
        submit=_("Set the time"),
        done=_("The time is set. Nothing is erased by that alone."),
    )


@requires(P.RETENTION_MANAGE)
@require_POST
def propose(request: HttpRequest) -> HttpResponse:
    """Propose to erase; another confirms."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    done = _("It is proposed. Somebody else must confirm before anything goes.")
    return do_step(request, lambda: _none(actions.propose(actor)), onward=reverse("disclosure_retention"), done=done)


def _none(_made: object) -> None:
    """What was made is not where one goes on to."""


@requires(P.RETENTION_MANAGE)
def run(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Confirm another's proposal. It cannot be undone, and the page says so before."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    waiting = queries.proposal(actor, timezone.now())
    if waiting is None or waiting.run != run_id:
        raise Http404
    n = len(waiting.ids)

    def act() -> None:
        gone = actions.erase(actor, run_id)
        words = ngettext("%(n)s request is erased.", "%(n)s requests are erased.", gone)
        messages.success(request, words % {"n": gone})

    return confirm_step(
        request,
        act,
        title=ngettext("Erase %(n)s request?", "Erase %(n)s requests?", n) % {"n": n},
        lead=_(
            "What was asked, documents, tests, answers and files go for ever. The reference, the days and how it ended "
            "stay, and in the log a leaf that says nothing. This cannot be undone."
        ),
        back=reverse("disclosure_retention"),
        submit=_("Erase for ever"),
        crumbs=[Crumb(_("Retention of requests"), reverse("disclosure_retention"))],
    )


@requires(P.HOLD_SET)
def hold(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Keep one request from being erased."""
    actor, row = load(request, request_id)
    if row.erased_at is not None or not (actor.can(P.DISCLOSURE_HANDLE) or actor.can(P.DISCLOSURE_DECIDE)):
        raise Http404
    start: dict[str, Any] = {"reason": row.hold_reason or "", "until": row.hold_until}
    return form_step(
        request,
        HoldForm(request.POST or None, initial=start),
        lambda given: _none(actions.set_hold(actor, row, **given)),
        title=_("Keep from being erased"),
        lead=row.reference,
        back=reverse("disclosure", args=[row.pk]),
        submit=_("Set the hold"),
        done=_("It is kept now, and cannot be erased."),
    )


@requires(P.HOLD_SET)
@require_POST
def lift(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Let what was held follow the table again."""
    actor, row = load(request, request_id)
    if not (actor.can(P.DISCLOSURE_HANDLE) or actor.can(P.DISCLOSURE_DECIDE)):
        raise Http404
    onward = reverse("disclosure", args=[row.pk])
    return do_step(request, lambda: _none(actions.lift_hold(actor, row)), onward=onward, done=_("The hold is lifted."))
