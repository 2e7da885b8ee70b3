"""One safety plan: its page, showing it, going through it, ending it."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.forms import HiddenInput
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from motkraft.errors import MotkraftError
from motkraft.incidents.actions import plans as actions
from motkraft.incidents.actions import plans_paper as on_paper
from motkraft.incidents.forms.plans import AccountForm, PaperAnswerForm, ReviewForm
from motkraft.incidents.models.paper import Paper
from motkraft.incidents.models.plan import PlanMeasure, SafetyPlan
from motkraft.incidents.queries import markings as marking_queries
from motkraft.incidents.queries import packs as pack_queries
from motkraft.incidents.queries import plans as queries
from motkraft.incidents.rules import NotReady
from motkraft.incidents.rules.plans import templates
from motkraft.incidents.rules.states import MeasureState, PlanState
from motkraft.incidents.views import packs, showing
from motkraft.incidents.views.plans.shown import (
    READING,
    crumbs,
    for_whom,
    measure_shown,
    plan_or_404,
    plan_status,
)
from motkraft.law.calendar import local_day
from motkraft.ledger import queries as ledger
from motkraft.people import queries as people
from motkraft.people.access import Actor, Permission, requires
from motkraft.people.actions import record_reading
from motkraft.web.dates import day as day_words
from motkraft.web.parts import Action, Crumb, Fact, NextStep
from motkraft.web.steps import confirm_step, do_step, form_step, tell


@requires(Permission.PLAN_MANAGE)
def plan(request: HttpRequest, plan_id: uuid.UUID) -> HttpResponse:
    """One plan: its measures, what the person has said, what is next. Opening it is recorded."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found, now = plan_or_404(request, plan_id), timezone.now()
    readings = list(people.readings(actor, READING, found.pk)[:300])
    record_reading(actor, READING, found.pk)
    rows = queries.measures(actor, found)
    name = queries.name_of(actor, found, purpose=f"safety plan {found.reference}")
    has_no_account = queries.is_on_paper(found)
    paper = queries.printed(actor, found) if has_no_account else None
    log = ledger.log(actor)
    taken = {row.template for row in rows if row.state != MeasureState.DROPPED}
    is_ended = found.state == PlanState.ENDED
    marking = marking_queries.of_plan(actor, found)
    context = {
        "title": _("Safety plan"),
        "marking": marking,
        "mark_url": "" if is_ended or marking else reverse("plan_mark", args=[found.pk]),
        "link_url": reverse("plan_link", args=[found.pk]) if has_no_account and not is_ended else "",
        "lift_url": reverse("plan_mark_lift", args=[found.pk]) if marking and not is_ended else "",
        "reference": found.reference,
        "kind": _("Safety plan"),
        "status": plan_status(found),
        "crumbs": [Crumb(_("Safety plans"), reverse("plan_list"))],
        "plan": found,
        "is_ended": is_ended,
        "facts": [
            Fact(_("For"), f"{name} ({for_whom(found)})".strip()),
            Fact(_("Begun"), day_words(found.opened_at)),
            Fact(_("Go through it again"), day_words(found.review_on)),
            *([Fact(_("Shown to the person"), day_words(found.shown_at))] if found.shown_at else []),
            *([Fact(_("Agreed to"), day_words(found.agreed_at))] if found.agreed_at else []),
        ],
        "duties_title": _("Measures"),
        "measures": [measure_shown(row, now) for row in rows],
        "offered": [] if is_ended else [row for row in templates().values() if row.key not in taken],
        "documents_title": _("Papers and applications"),
        "packs": [packs.shown(row) for row in pack_queries.packs(actor, found)],
        "follows": not is_ended,
        "pack_kinds": packs.offered(),
        "paper": paper,
        "next_step": _next_step(found, rows, paper),
        "events": showing.timeline(
            ledger.events(actor, "safetyplan", found.pk).select_related("actor"),
            log.size if log else 0,
            (),
            shows_who=True,
        ),
        "who_sees": _("managers and the security coordinator.")
        if has_no_account
        else _("the one it is for, managers and the security coordinator."),
        "has_seen": showing.has_seen(readings),
        "swedish": showing.is_swedish(),
    }
    return render(request, "incidents/plans/plan.html", context)


def _next_step(plan: SafetyPlan, rows: list[PlanMeasure], paper: Paper | None) -> NextStep | None:
    if plan.state == PlanState.ENDED:
        return None
    left = [row for row in rows if row.state != MeasureState.DROPPED]
    if not left:
        return NextStep(_("Choose the first measure"), _("From the list below, or one of your own."))
    if queries.is_on_paper(plan) and (plan.state == PlanState.DRAFT or (plan.state == PlanState.SHOWN and not paper)):
        make = Action(_("Print the plan"), reverse("plan_show", args=[plan.pk]), method="post", icon="file-text")
        changed = plan.shown_at is not None
        return NextStep(
            _("Change the plan and print it again") if changed else _("Print the plan for the one it is for"),
            _("They have no account: they read it, answer and sign on paper."),
            make,
        )
    if queries.is_on_paper(plan) and plan.state == PlanState.SHOWN:
        answer = Action(_("Note the answer"), reverse("plan_paper_answer", args=[plan.pk]), icon="pencil")
        return NextStep(_("Read the paper together, and have it signed"), _("Then note what they answered."), answer)
    if plan.state == PlanState.DRAFT:
        show = Action(_("Show it to the person"), reverse("plan_show", args=[plan.pk]), method="post", icon="eye")
        said_no = plan.shown_at is not None
        return NextStep(
            _("Change the plan and show it again") if said_no else _("Show the plan to the one it is for"),
            _("They read all of it and answer yes or no."),
            show,
        )
    if plan.state == PlanState.SHOWN:
        return NextStep(_("The person is to answer"), _("Measures that cannot wait need not wait for the answer."))
    waiting = sorted(
        (row for row in left if row.state == MeasureState.PLANNED), key=lambda row: row.due_on or plan.review_on
    )
    if waiting:
        return NextStep(
            _("Put the measures in place"),
            waiting[0].title,
            Action(_("Open"), reverse("plan_measure", args=[waiting[0].pk])),
            due_at=queries.end_of(waiting[0].due_on),
        )
    return NextStep(
        _("The plan is in place"), _("Look at each measure when its day comes."), due_at=queries.end_of(plan.review_on)
    )


@require_POST
@requires(Permission.PLAN_MANAGE)
def plan_show(request: HttpRequest, plan_id: uuid.UUID) -> HttpResponse:
    """Show the plan to the one it is for; to one who has no account on paper."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = plan_or_404(request, plan_id)
    onward = reverse("plan", args=[plan_id])
    if queries.is_on_paper(found):
        done = _("The paper is made. Fetch it below, and show it to nobody else.")
        return do_step(request, lambda: on_paper.print_plan(actor, plan_id), onward=onward, done=done)
    done = _("The person sees the plan now, and is asked for an answer.")
    return do_step(request, lambda: actions.show_plan(actor, plan_id), onward=onward, done=done)


@requires(Permission.PLAN_MANAGE)
def plan_paper_answer(request: HttpRequest, plan_id: uuid.UUID) -> HttpResponse:
    """Note what somebody without an account answered on the plan's paper."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = plan_or_404(request, plan_id)
    if not queries.is_on_paper(found) or found.state != PlanState.SHOWN:
        raise Http404
    return form_step(
        request,
        PaperAnswerForm(request.POST or None, initial={"signed_on": local_day(timezone.now())}),
        lambda given: on_paper.note_answer(actor, plan_id, is_yes=given.pop("answer") == "yes", **given),
        title=_("What did they answer?"),
        lead=_("Keep the signed paper as you keep other papers about staff."),
        back=reverse("plan", args=[found.pk]),
        crumbs=crumbs(found),
        submit=_("Note the answer"),
        done=_("The answer is noted."),
    )


@requires(Permission.PLAN_MANAGE)
def plan_link(request: HttpRequest, plan_id: uuid.UUID) -> HttpResponse:
    """Link a plan on paper to the account that its person has got: first whose account it is, then the linking."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = plan_or_404(request, plan_id)
    if not queries.is_on_paper(found) or found.state == PlanState.ENDED:
        raise Http404
    form = AccountForm(request.POST or None)
    context = {
        "title": _("Link the plan to an account"),
        "lead": _("The one the plan is for reads it there from now on, and is asked for a yes anew."),
        "form": form,
        "submit_label": _("Continue"),
        "crumbs": crumbs(found),
        "cancel_url": reverse("plan", args=[found.pk]),
    }
    if request.method == "POST" and form.is_valid():
        wanted = form.cleaned_data["person"].strip().casefold()
        person = next((one for one in people.members(actor) if one.username.casefold() == wanted), None)
        try:
            if person is None:
                raise NotReady("Nobody who works here has that employee id.", field="person")
            if form.cleaned_data["sure"]:
                actions.link_account(actor, plan_id, person.pk)
                messages.success(request, _("The plan is linked. The person sees it, and is asked for an answer."))
                return redirect("plan", plan_id)
        except MotkraftError as error:
            tell(form, error)
        else:
            purpose = f"safety plan {found.reference}"
            name = people.names(actor, [person.pk], purpose=purpose).get(person.pk, "")
            now = queries.name_of(actor, found, purpose=purpose)
            context |= {
                "title": _("Is it the same person?"),
                "lead": _("The plan is for %(name)s. The account %(id)s is that of %(account)s. This cannot be undone.")
                % {"name": now or for_whom(found), "id": person.username, "account": name or person.title},
                "form": AccountForm(initial={"person": person.username, "sure": True}),
                "submit_label": _("Yes, link the plan"),
            }
            context["form"].fields["person"].widget = HiddenInput()  # type: ignore[attr-defined]
    return render(request, "web/form_page.html", context)


@requires(Permission.PLAN_MANAGE)
def plan_review(request: HttpRequest, plan_id: uuid.UUID) -> HttpResponse:
    """Say that the plan was gone through, and when next."""
    found = plan_or_404(request, plan_id)
    return form_step(
        request,
        ReviewForm(request.POST or None),
        lambda given: actions.review_plan(request.actor, plan_id, **given),  # type: ignore[attr-defined]
        title=_("We have gone through the plan"),
        lead=_("When is it gone through again?"),
        back=reverse("plan", args=[found.pk]),
        crumbs=crumbs(found),
        done=_("Saved."),
    )


@requires(Permission.PLAN_MANAGE)
def plan_end(request: HttpRequest, plan_id: uuid.UUID) -> HttpResponse:
    """End the plan, after asking."""
    found = plan_or_404(request, plan_id)
    return confirm_step(
        request,
        lambda: actions.end_plan(request.actor, plan_id),  # type: ignore[attr-defined]
        title=_("End the safety plan?"),
        lead=_("The person sees that it ended. It stays on record and cannot be opened again."),
        back=reverse("plan", args=[found.pk]),
        submit=_("End the plan"),
        crumbs=crumbs(found),
        done=_("The plan is ended."),
    )
