"""Drills of a submission to the court that was missed: a made-up decision, what the act says, who must do what."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from motkraft.decisions.actions import time_limits as actions
from motkraft.decisions.forms import in_language
from motkraft.decisions.forms.time_limits import DrillForm
from motkraft.decisions.queries import time_limits as limit_queries
from motkraft.decisions.rules.time_limits import DRILL_STEPS, drilled_limit, drills, rules_on
from motkraft.decisions.views.time_limits_shown import event_title
from motkraft.decisions.views.words import told
from motkraft.errors import MotkraftError
from motkraft.people.access import Actor, Permission, requires
from motkraft.web.dates import day
from motkraft.web.parts import Crumb, Empty, Fact

P = Permission
#: Step -> who does it, what. Advice for a drill, not law.
STEPS: dict[str, tuple[Any, Any]] = {
    "stop": (gettext_lazy("The manager"), gettext_lazy("Stop: nobody acts on the decision any more.")),
    "tell": (
        gettext_lazy("Whoever finds it"),
        gettext_lazy("Tell the chair, the director and the municipal lawyer at once, by phone."),
    ),
    "parties": (
        gettext_lazy("The social worker"),
        gettext_lazy("Tell the parties and their counsel that the measure has ended, and why."),
    ),
    "child": (
        gettext_lazy("The manager and the social worker"),
        gettext_lazy("See that the child is safe now, and settle where the child stays tonight."),
    ),
    "try_anew": (
        gettext_lazy("The committee, or the chair when it cannot be awaited"),
        gettext_lazy("Try, on the circumstances of today, whether there are grounds for a new decision."),
    ),
    "court": (gettext_lazy("The registrar"), gettext_lazy("Tell the court, also when files were sent too late.")),
    "write_down": (
        gettext_lazy("The registrar"),
        gettext_lazy(
            "Mark that the measure ended, and write down what happened, when it was found and by which routine."
        ),
    ),
    "routine": (
        gettext_lazy("The director"),
        gettext_lazy("Find out why nobody saw the alarm, and change the routine."),
    ),
}
assert tuple(STEPS) == DRILL_STEPS


@requires(P.DECISION_READ)
def drill_list(request: HttpRequest) -> HttpResponse:
    """What can be drilled, and the drills there have been."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    today = timezone.localdate()
    context = {
        "title": _("Drill a missed submission"),
        "lead": _(
            "A decision that never was has not reached the court in time. Go through what the act says and who does "
            "what. Nothing of a drill stands among decisions, cases, time limits or figures."
        ),
        "kinds": [
            {"id": clock.id, "title": in_language((clock.title_sv, clock.title_en)), "rule": clock}
            for clock in drills(today)
        ]
        if _may(actor)
        else [],
        "rows": [
            {
                "drill": row,
                "title": _title(row.clock, row.decided_on),
                "begun": row.begun_by.username,
                "done": row.done_by.username if row.done_by else "",
            }
            for row in limit_queries.drills_done(actor)[:100]
        ],
        "empty": Empty(_("No drill yet"), _("Each drill stands here with its day and who did it."), icon="siren"),
        "crumbs": [Crumb(_("Time limits"), reverse("limit_list"))],
        "now": timezone.now(),
    }
    return render(request, "decisions/drills.html", context)


def _may(actor: Actor) -> bool:
    return actor.can(P.DEADLINE_MARK) or actor.can(P.DECISION_DECIDE)


def _title(clock_id: str, on: Any) -> str:
    found = rules_on(on).get(clock_id)
    return in_language((found.title_sv, found.title_en)) if found is not None else clock_id


@require_POST
@requires(P.DEADLINE_MARK, P.DECISION_DECIDE)
def begin(request: HttpRequest) -> HttpResponse:
    """Begin a drill."""
    try:
        drill = actions.begin_drill(request.actor, clock=request.POST.get("clock", ""))  # type: ignore[attr-defined]
    except MotkraftError as error:
        messages.error(request, told(error))
        return redirect("drill_list")
    return redirect("drill", drill.pk)


@requires(P.DECISION_READ)
def drill(request: HttpRequest, drill_id: uuid.UUID) -> HttpResponse:
    """One drill: the made-up decision, what the act says, the steps, and that it is done."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row = get_object_or_404(limit_queries.drills_done(actor), pk=drill_id)
    limit = drilled_limit(row.clock, row.decided_on, row.found_on)
    choices = [(key, f"{who}: {what}") for key, (who, what) in STEPS.items()]
    form = DrillForm(request.POST or None, steps=choices)
    if request.method == "POST" and form.is_valid() and _may(actor):
        try:
            given = form.cleaned_data
            actions.finish_drill(actor, row, steps=given["steps"], learned=given["learned"])
        except MotkraftError as error:
            form.add_error("steps" if error.data.get("missing") else None, told(error))
        else:
            messages.success(request, _("The drill is on record."))
            return redirect("drill", row.pk)
    clock = limit.clock
    facts = [
        Fact(_("Made-up decision"), event_title(limit.started_by, limit.started_on), day(row.decided_on, weekday=True)),
        Fact(_("Our alarm"), day(limit.alarm, weekday=True), _("Nobody saw it.")),
        Fact(_("Last day as counted"), day(limit.raw, weekday=True)),
        Fact(_("The act accepts until"), day(limit.extended, weekday=True)),
        Fact(_("Found on"), day(row.found_on, weekday=True), _("Nothing had reached the court.")),
        Fact(_("What the act says happens"), in_language((clock.effect_sv, clock.effect_en)), clock.citation),
    ]
    context = {
        "title": _("Drill: %(what)s") % {"what": in_language((clock.title_sv, clock.title_en))},
        "row": row,
        "facts": facts,
        "rule": clock,
        "advice": in_language((clock.missed_sv, clock.missed_en)),
        "form": form if row.done_at is None and _may(actor) else None,
        "steps": [{"who": who, "what": what} for who, what in STEPS.values()],
        "begun": row.begun_by.username,
        "done": row.done_by.username if row.done_by else "",
        "crumbs": [Crumb(_("Time limits"), reverse("limit_list")), Crumb(_("Drills"), reverse("drill_list"))],
        "now": timezone.now(),
    }
    return render(request, "decisions/drill.html", context, status=422 if form.is_bound else 200)
