"""Safety plans: the list, one plan with its measures, and one's own protection."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from motkraft.errors import MotkraftError
from motkraft.incidents import queries as incident_queries
from motkraft.incidents.actions import plans as actions
from motkraft.incidents.forms import tell
from motkraft.incidents.forms.plans import AnswerForm, DropForm, MeasureForm, PlanForm, ReviewForm
from motkraft.incidents.models.plan import PlanMeasure, SafetyPlan
from motkraft.incidents.queries import markings as marking_queries
from motkraft.incidents.queries import packs as pack_queries
from motkraft.incidents.queries import plans as queries
from motkraft.incidents.queries.sight import hidden_from
from motkraft.incidents.rules import rule_of
from motkraft.incidents.rules.plans import MeasureTemplate, templates
from motkraft.incidents.rules.states import MeasureState, PlanState
from motkraft.incidents.views import packs, showing
from motkraft.law.calendar import local_day
from motkraft.ledger import queries as ledger
from motkraft.people import queries as people
from motkraft.people.access import Actor, Permission, requires
from motkraft.people.actions import record_reading
from motkraft.web import htmx, lists
from motkraft.web.dates import day as day_words
from motkraft.web.parts import Action, Crumb, Empty, Fact, NextStep, Status

#: Under which name readings of a plan are kept.
READING = "safetyplan"


def plan_status(plan: SafetyPlan) -> Status:
    """Where a plan stands, in words."""
    match PlanState(plan.state):
        case PlanState.DRAFT:
            if plan.shown_at is not None:
                return Status(_("The person said no"), "warning", "message-square")
            return Status(_("Draft"), "neutral", "pencil")
        case PlanState.SHOWN:
            return Status(_("Waits for the person's answer"), "info", "clock")
        case PlanState.AGREED:
            return Status(_("Agreed to"), "accent", "check")
        case PlanState.ACTIVE:
            return Status(_("In place"), "success", "shield-check")
    return Status(_("Plan ended"), "neutral", "archive")


def measure_status(measure: PlanMeasure) -> Status:
    """Where a measure stands, in words."""
    match MeasureState(measure.state):
        case MeasureState.PLANNED:
            return Status(_("To be done"), "info", "circle-dot")
        case MeasureState.DONE:
            return Status(_("In place"), "success", "check")
        case MeasureState.CHECKED:
            return Status(_("In place and checked"), "success", "shield-check")
    return Status(_("Taken out"), "neutral", "minus")


@requires(Permission.PLAN_MANAGE)
def plan_list(request: HttpRequest) -> HttpResponse:
    """Every safety plan, by reference and employee id; no names."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    states = {
        "nej": (_("The person said no"), {"state": PlanState.DRAFT, "shown_at__isnull": False}),
        "utkast": (_("Draft"), {"state": PlanState.DRAFT, "shown_at__isnull": True}),
        "visad": (_("Waits for the person's answer"), {"state": PlanState.SHOWN}),
        "galler": (_("Agreed to"), {"state__in": (PlanState.AGREED, PlanState.ACTIVE)}),
        "avslutad": (_("Plan ended"), {"state": PlanState.ENDED}),
    }
    listing = lists.listing(
        request,
        queries.plans(actor),
        [
            lists.Column("reference", _("Reference"), "reference"),
            lists.Column("person", _("For"), "person__username"),
            lists.Column("state", _("Status"), "state"),
            lists.Column("review", _("Go through it again"), "review_on"),
        ],
        filters=[
            lists.Filter(
                "lage",
                _("Status"),
                [lists.Choice(key, words) for key, (words, _where) in states.items()],
                lambda rows, value: rows.filter(**states[value][1]),
            )
        ],
        search=lambda rows, words: (
            rows.filter(reference__icontains=words) | rows.filter(person__username__icontains=words)
        ),
        sort="review",
    )
    for row in listing.page.object_list:
        row.shown_status = plan_status(row)
        row.shown_for = showing.title_of(row.person)
    context = {
        "title": _("Safety plans"),
        "lead": _("What protects somebody who is threatened: what, who sees to it, by when, and whether it holds."),
        "listing": listing,
        "row_template": "incidents/plans/_row.html",
        "search_label": _("Search reference or employee id"),
        "list_action": Action(_("Make a safety plan"), reverse("plan_new"), icon="plus"),
        "today": local_day(timezone.now()),
        "empty": Empty(
            _("No safety plans yet"),
            _("Make one when somebody is threatened. The one it is for sees it and says yes or no."),
            Action(_("Make a safety plan"), reverse("plan_new")),
            icon="shield-check",
        ),
    }
    return htmx.render(request, "web/list_page.html", context, fragment="web/_list.html")


@requires(Permission.PLAN_MANAGE)
def plan_new(request: HttpRequest) -> HttpResponse:
    """Begin a plan, for the one an incident concerns when one comes from there."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    form = PlanForm(request.POST or None, initial={"person": _exposed(request, actor)})
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        wanted = given["person"].strip().casefold()
        found = [person for person in people.members(actor) if person.username.casefold() == wanted]
        if not found:
            form.add_error("person", _("Nobody who works here has that employee id."))
        else:
            try:
                with_id = found[0].pk
                opened = actions.open_plan(actor, with_id, summary=given["summary"], review_on=given["review_on"])
                return redirect("plan", opened.pk)
            except MotkraftError as error:
                tell(form, error)
    context = {
        "title": _("Make a safety plan"),
        "lead": _("You choose measures in the next step. Nothing is shown to the person until you say so."),
        "form": form,
        "submit_label": _("Continue"),
        "crumbs": [Crumb(_("Safety plans"), reverse("plan_list"))],
        "cancel_url": reverse("plan_list"),
    }
    return render(request, "web/form_page.html", context)


def _exposed(request: HttpRequest, actor: Actor) -> str:
    """The employee id of the one that the incident in the address concerns, unless it must not be told."""
    try:
        seen = incident_queries.find(actor, uuid.UUID(request.GET.get("handelse", "")))
    except ValueError:
        return ""
    if seen is None or not seen.shows_words:
        return ""
    protected = seen.incident.protected_person
    person = seen.incident.person or (protected.person if protected else None)
    return person.username if person and person.pk not in hidden_from(actor, seen.incident) else ""


def _plan(request: HttpRequest, plan_id: uuid.UUID) -> SafetyPlan:
    found = queries.plans(request.actor).filter(pk=plan_id).first()  # type: ignore[attr-defined]
    if found is None:
        raise Http404
    return found


@requires(Permission.PLAN_MANAGE)
def plan(request: HttpRequest, plan_id: uuid.UUID) -> HttpResponse:
    """One plan: its measures, what the person has said, what is next. Opening it is recorded."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found, now = _plan(request, plan_id), timezone.now()
    readings = list(people.readings(actor, READING, found.pk)[:300])
    record_reading(actor, READING, found.pk)
    rows = queries.measures(actor, found)
    names = people.names(actor, [found.person_id], purpose=f"safety plan {found.reference}") if found.person_id else {}
    log = ledger.log(actor)
    taken = {row.template for row in rows if row.state != MeasureState.DROPPED}
    is_ended = found.state == PlanState.ENDED
    marking = marking_queries.of_plan(actor, found)
    context = {
        "title": _("Safety plan"),
        "marking": marking,
        "mark_url": "" if is_ended or marking else reverse("plan_mark", args=[found.pk]),
        "lift_url": reverse("plan_mark_lift", args=[found.pk]) if marking and not is_ended else "",
        "reference": found.reference,
        "kind": _("Safety plan"),
        "status": plan_status(found),
        "crumbs": [Crumb(_("Safety plans"), reverse("plan_list"))],
        "plan": found,
        "is_ended": is_ended,
        "facts": [
            Fact(_("For"), f"{names.get(found.person_id, '')} ({showing.title_of(found.person)})".strip()),
            Fact(_("Begun"), day_words(found.opened_at)),
            Fact(_("Go through it again"), day_words(found.review_on)),
            *([Fact(_("Shown to the person"), day_words(found.shown_at))] if found.shown_at else []),
            *([Fact(_("Agreed to"), day_words(found.agreed_at))] if found.agreed_at else []),
        ],
        "duties_title": _("Measures"),
        "measures": [_shown(row, now) for row in rows],
        "offered": [] if is_ended else [row for row in templates().values() if row.key not in taken],
        "documents_title": _("Applications"),
        "packs": [packs.shown(row) for row in pack_queries.packs(actor, found)],
        "follows": not is_ended,
        "pack_kinds": packs.offered(),
        "next_step": _next_step(found, rows),
        "events": showing.timeline(
            ledger.events(actor, "safetyplan", found.pk).select_related("actor"),
            log.size if log else 0,
            (),
            shows_who=True,
        ),
        "who_sees": _("the one it is for, managers and the security coordinator."),
        "has_seen": showing.has_seen(readings),
        "swedish": showing.is_swedish(),
    }
    return render(request, "incidents/plans/plan.html", context)


def _shown(measure: PlanMeasure, now: Any) -> dict[str, Any]:
    template = templates().get(measure.template)
    is_in_place = measure.state in (MeasureState.DONE, MeasureState.CHECKED)
    return {
        "measure": measure,
        "status": measure_status(measure),
        "owner": showing.title_of(measure.owner) if measure.owner else "",
        "due_at": queries.end_of(measure.due_on),
        "is_planned": measure.state == MeasureState.PLANNED,
        "is_in_place": is_in_place,
        "is_dropped": measure.state == MeasureState.DROPPED,
        "check_is_late": is_in_place and measure.check_on is not None and measure.check_on <= local_day(now),
        "rules": [rule for key in template.rules if (rule := rule_of(key, now))] if template else [],
    }


def _next_step(plan: SafetyPlan, rows: list[PlanMeasure]) -> NextStep | None:
    if plan.state == PlanState.ENDED:
        return None
    left = [row for row in rows if row.state != MeasureState.DROPPED]
    if not left:
        return NextStep(_("Choose the first measure"), _("From the list below, or one of your own."))
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


def _title(template: MeasureTemplate) -> str:
    return template.title_sv if showing.is_swedish() else template.title_en


@requires(Permission.PLAN_MANAGE)
def measure_add(request: HttpRequest, plan_id: uuid.UUID) -> HttpResponse:
    """Add a measure, filled in from the one that was chosen of the usual ones."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = _plan(request, plan_id)
    if found.state == PlanState.ENDED:
        raise Http404
    record_reading(actor, READING, found.pk)
    template = templates().get(request.GET.get("mall", ""))
    swedish = showing.is_swedish()
    owners = queries.owners(actor, found)
    initial: dict[str, Any] = {"owner": actor.person_id}
    if template is not None:
        steps = template.steps_sv if swedish else template.steps_en
        initial |= {"title": _title(template), "detail": "\n".join(steps), "check_days": template.check_days}
    form = MeasureForm(
        request.POST or None, owners=[(str(one.pk), showing.title_of(one)) for one in owners], initial=initial
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            actions.add_measure(
                actor,
                found.pk,
                template=template.key if template else "",
                title=given["title"],
                detail=given["detail"],
                owner_id=given["owner"],
                due_on=given["due_on"],
                check_days=given["check_days"],
            )
        except MotkraftError as error:
            tell(form, error)
        else:
            messages.success(request, _("The measure is added."))
            return redirect("plan", plan_id)
    context = {
        "title": _("Add a measure"),
        "lead": _("The one the plan is for reads this."),
        "form": form,
        "submit_label": _("Add"),
        "crumbs": _crumbs(found),
        "cancel_url": reverse("plan", args=[found.pk]),
    }
    return render(request, "web/form_page.html", context)


def _crumbs(plan: SafetyPlan) -> list[Crumb]:
    return [Crumb(_("Safety plans"), reverse("plan_list")), Crumb(plan.reference, reverse("plan", args=[plan.pk]))]


def _measure(request: HttpRequest, measure_id: uuid.UUID) -> PlanMeasure:
    found = queries.measure(request.actor, measure_id)  # type: ignore[attr-defined]
    if found is None:
        raise Http404
    return found


@requires(Permission.PLAN_MANAGE, Permission.PLAN_READ_OWN)
def measure(request: HttpRequest, measure_id: uuid.UUID) -> HttpResponse:
    """One measure, for whoever sees to it and for those who answer for the plan."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found, now = _measure(request, measure_id), timezone.now()
    record_reading(actor, READING, found.plan_id, purpose="measure")
    manages = actor.can(Permission.PLAN_MANAGE)
    context = {
        "title": found.title,
        "reference": found.plan.reference,
        "crumbs": _crumbs(found.plan) if manages else [],
        "shown": _shown(found, now),
        "measure": found,
        "plan": found.plan,
        "manages": manages,
        "is_ended": found.plan.state == PlanState.ENDED,
        "facts": [
            Fact(_("Who sees to it"), showing.title_of(found.owner) if found.owner else "–"),
            *([Fact(_("In place by"), day_words(found.due_on))] if found.due_on else []),
            *([Fact(_("In place since"), day_words(found.done_at))] if found.done_at else []),
            *([Fact(_("Checked"), day_words(found.checked_at))] if found.checked_at else []),
            *([Fact(_("Look again"), day_words(found.check_on))] if found.check_on else []),
        ],
    }
    return render(request, "incidents/plans/measure.html", context)


@requires(Permission.PLAN_MANAGE)
def measure_change(request: HttpRequest, measure_id: uuid.UUID) -> HttpResponse:
    """Change a measure; the person is asked again."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = _measure(request, measure_id)
    record_reading(actor, READING, found.plan_id, purpose="measure")
    owners = queries.owners(actor, found.plan)
    form = MeasureForm(
        request.POST or None,
        owners=[(str(one.pk), showing.title_of(one)) for one in owners],
        initial={
            "title": found.title,
            "detail": found.detail or "",
            "owner": found.owner_id,
            "due_on": found.due_on,
            "check_days": found.check_days,
        },
    )
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            actions.change_measure(
                actor,
                found.pk,
                title=given["title"],
                detail=given["detail"],
                owner_id=given["owner"],
                due_on=given["due_on"],
                check_days=given["check_days"],
            )
        except MotkraftError as error:
            tell(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("plan", found.plan_id)
    context = {
        "title": _("Change the measure"),
        "lead": _("If the plan has been shown, the person is asked again."),
        "form": form,
        "submit_label": _("Save"),
        "crumbs": _crumbs(found.plan),
        "cancel_url": reverse("plan_measure", args=[found.pk]),
    }
    return render(request, "web/form_page.html", context)


@requires(Permission.PLAN_MANAGE)
def measure_drop(request: HttpRequest, measure_id: uuid.UUID) -> HttpResponse:
    """Take a measure out of the plan, with a reason."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = _measure(request, measure_id)
    form = DropForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.drop_measure(actor, found.pk, reason=form.cleaned_data["reason"])
        except MotkraftError as error:
            tell(form, error)
        else:
            messages.success(request, _("The measure is taken out. It stays on record with the reason."))
            return redirect("plan", found.plan_id)
    context = {
        "title": _("Take the measure out of the plan?"),
        "lead": _("It cannot be put back. If the plan has been shown, the person is asked again."),
        "form": form,
        "submit_label": _("Take it out"),
        "submit_tone": "danger",
        "crumbs": _crumbs(found.plan),
        "cancel_url": reverse("plan_measure", args=[found.pk]),
    }
    return render(request, "web/confirm_page.html", context)


def _do(request: HttpRequest, measure_id: uuid.UUID, action: Any, words: str) -> HttpResponse:
    found = _measure(request, measure_id)
    try:
        action(request.actor, found.pk)  # type: ignore[attr-defined]
        messages.success(request, words)
    except MotkraftError as error:
        messages.error(request, _(error.message))
    return redirect("plan_measure", measure_id)


@require_POST
@requires(Permission.PLAN_MANAGE, Permission.PLAN_READ_OWN)
def measure_done(request: HttpRequest, measure_id: uuid.UUID) -> HttpResponse:
    """The measure is in place."""
    return _do(request, measure_id, actions.measure_done, _("Noted: it is in place."))


@require_POST
@requires(Permission.PLAN_MANAGE, Permission.PLAN_READ_OWN)
def measure_check(request: HttpRequest, measure_id: uuid.UUID) -> HttpResponse:
    """The measure was looked at, and holds."""
    return _do(request, measure_id, actions.check_measure, _("Noted: it still holds."))


@require_POST
@requires(Permission.PLAN_MANAGE)
def plan_show(request: HttpRequest, plan_id: uuid.UUID) -> HttpResponse:
    """Show the plan to the one it is for."""
    _plan(request, plan_id)
    try:
        actions.show_plan(request.actor, plan_id)  # type: ignore[attr-defined]
        messages.success(request, _("The person sees the plan now, and is asked for an answer."))
    except MotkraftError as error:
        messages.error(request, _(error.message))
    return redirect("plan", plan_id)


@requires(Permission.PLAN_MANAGE)
def plan_review(request: HttpRequest, plan_id: uuid.UUID) -> HttpResponse:
    """Say that the plan was gone through, and when next."""
    found = _plan(request, plan_id)
    form = ReviewForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.review_plan(request.actor, plan_id, review_on=form.cleaned_data["review_on"])  # type: ignore[attr-defined]
        except MotkraftError as error:
            tell(form, error)
        else:
            messages.success(request, _("Saved."))
            return redirect("plan", plan_id)
    context = {
        "title": _("We have gone through the plan"),
        "lead": _("When is it gone through again?"),
        "form": form,
        "submit_label": _("Save"),
        "crumbs": _crumbs(found),
        "cancel_url": reverse("plan", args=[found.pk]),
    }
    return render(request, "web/form_page.html", context)


@requires(Permission.PLAN_MANAGE)
def plan_end(request: HttpRequest, plan_id: uuid.UUID) -> HttpResponse:
    """End the plan, after asking."""
    found = _plan(request, plan_id)
    if request.method == "POST":
        try:
            actions.end_plan(request.actor, plan_id)  # type: ignore[attr-defined]
            messages.success(request, _("The plan is ended."))
        except MotkraftError as error:
            messages.error(request, _(error.message))
        return redirect("plan", plan_id)
    context = {
        "title": _("End the safety plan?"),
        "lead": _("The person sees that it ended. It stays on record and cannot be opened again."),
        "submit_label": _("End the plan"),
        "submit_tone": "danger",
        "crumbs": _crumbs(found),
        "cancel_url": reverse("plan", args=[found.pk]),
    }
    return render(request, "web/confirm_page.html", context)


# -- one's own


@requires(Permission.PLAN_READ_OWN)
def my_protection(request: HttpRequest) -> HttpResponse:
    """My protection: my plan as it is, what I said of it, and who has read it."""
    return _mine(request)


def _mine(request: HttpRequest, answered: tuple[uuid.UUID, AnswerForm] | None = None) -> HttpResponse:
    """The page, with an answer that could not be taken as it was typed."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = timezone.now()
    plans = []
    for found in queries.own(actor):
        readings = list(people.readings(actor, READING, found.pk)[:300])
        record_reading(actor, READING, found.pk, purpose="own")
        is_shown = queries.is_shown(found)
        rows = queries.measures(actor, found) if is_shown else []
        plans.append(
            {
                "plan": found,
                "status": plan_status(found) if is_shown else Status(_("Being made"), "neutral", "pencil"),
                "is_shown": is_shown,
                "waits": found.state == PlanState.SHOWN,
                "marking": marking_queries.of_plan(actor, found),
                "packs": [packs.shown(row) for row in pack_queries.packs(actor, found)],
                "said_no": found.state == PlanState.DRAFT and found.shown_at is not None,
                "measures": [_shown(row, now) for row in rows if row.state != MeasureState.DROPPED],
                "form": answered[1] if answered and answered[0] == found.pk else AnswerForm(),
                "seen": queries.digest_of(found),
                "has_seen": showing.has_seen(readings),
            }
        )
    context = {
        "title": _("My protection"),
        "lead": _("What your employer does to protect you. You say yes or no to it."),
        "plans": plans,
        "empty": Empty(
            _("There is no safety plan for you"),
            _("Ask your manager or the security coordinator if you want one. Report what happens: it starts there."),
            Action(_("Report"), reverse("incident_report_start"), icon="megaphone"),
            icon="shield-check",
        ),
    }
    if answered:
        context["form"] = answered[1]
    return render(request, "incidents/plans/mine.html", context)


@require_POST
@requires(Permission.PLAN_READ_OWN)
def my_plan_answer(request: HttpRequest, plan_id: uuid.UUID) -> HttpResponse:
    """Say yes or no to one's own plan."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if not queries.own(actor).filter(pk=plan_id).exists():
        raise Http404
    form = AnswerForm(request.POST)
    is_yes = request.POST.get("answer") == "yes"
    if form.is_valid():
        try:
            if is_yes:
                actions.agree(actor, plan_id, form.cleaned_data["seen"], words=form.cleaned_data["words"])
                messages.success(request, _("You have said yes to the plan."))
            else:
                actions.decline(actor, plan_id, words=form.cleaned_data["words"])
                messages.success(request, _("You have said no. Those who made the plan are told, and change it."))
        except MotkraftError as error:
            tell(form, error)
        else:
            return redirect("my_protection")
    return _mine(request, (plan_id, form))
