"""Safety plans: made by those who answer for safety, seen and agreed to by the one they are for."""

from __future__ import annotations

import datetime as dt
import uuid

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from motkraft.incidents.actions.loading import lock_numbers, next_number
from motkraft.incidents.models.incident import Case
from motkraft.incidents.models.plan import PlanMeasure, SafetyPlan
from motkraft.incidents.queries import plans as queries
from motkraft.incidents.queries.plans import digest_of, owners
from motkraft.incidents.rules import IncidentError, NotReady, WrongState
from motkraft.incidents.rules.plans import (
    REVIEW_AFTER,
    after_change,
    checked_days,
    next_check,
    next_measure_state,
    next_plan_state,
    plan_reference,
    templates,
)
from motkraft.incidents.rules.states import MeasureState, PlanState
from motkraft.law.calendar import local_day
from motkraft.ledger.actions import append
from motkraft.people import queries as people
from motkraft.people.access import Actor, NotAllowed, Permission
from motkraft.people.actions import give_account, protect
from motkraft.people.models import DetailKind, ProtectedPerson

#: What of a measure can be changed; all of it is part of what the person agrees to.
MEASURE_FIELDS = ("title", "detail", "owner_id", "due_on", "check_days")


@transaction.atomic
def open_plan(
    actor: Actor,
    person_id: uuid.UUID | None,
    *,
    protected_person_id: uuid.UUID | None = None,
    summary: str = "",
    case_id: uuid.UUID | None = None,
    review_on: dt.date | None = None,
) -> SafetyPlan:
    """Begin a safety plan for somebody who works here, or for somebody under protection who has no account.

    Raises NotReady, and WrongState when they have one already.
    """
    actor.require(Permission.PLAN_MANAGE)
    protected = queries.without_account(actor).filter(pk=protected_person_id).first()
    if person_id is not None:
        protected = ProtectedPerson.objects.filter(organisation_id=actor.organisation_id, person_id=person_id).first()
    if person_id is None and protected is None:
        raise NotReady("Choose somebody under protection who has no account.", field="protected")
    if person_id is not None and person_id not in {person.pk for person in people.members(actor)}:
        raise NotReady("Choose somebody who works here.", field="person")
    if case_id and not Case.objects.filter(organisation_id=actor.organisation_id, pk=case_id).exists():
        raise IncidentError("What you chose is not in your organisation. Choose again.", field="case")
    lock_numbers(actor, "safetyplan")
    mine = SafetyPlan.objects.filter(organisation_id=actor.organisation_id)
    same = Q(person_id=person_id) if person_id else Q(protected_person=protected)
    if mine.filter(same).exclude(state=PlanState.ENDED).exists():
        raise WrongState("There is a safety plan for this person already. Add to that one.", field="person")
    now = timezone.now()
    today = local_day(now)
    plan = SafetyPlan(
        organisation_id=actor.organisation_id,
        reference=plan_reference(today.year, next_number(mine, f"SP-{today.year}-")),
        person_id=person_id,
        protected_person=protected,
        case_id=case_id,
        summary=summary.strip(),
        opened_at=now,
        opened_by_id=actor.person_id,
        review_on=_coming(review_on, today) if review_on else today + REVIEW_AFTER,
    )
    plan.save(force_insert=True)
    append(actor, "plan.opened", plan, data={"reference": plan.reference})
    return plan


@transaction.atomic
def open_plan_for_name(actor: Actor, name: str, *, summary: str = "", review_on: dt.date | None = None) -> SafetyPlan:
    """Begin a plan for somebody without an account, such as one newly hired or a relative; they come under protection.

    The name is kept encrypted and is watched for like that of anybody under protection.
    """
    actor.require(Permission.PLAN_MANAGE)
    if not name.strip():
        raise NotReady("Write the name.", field="name")
    protected = protect(actor, details={DetailKind.NAME: name.strip()})
    return open_plan(actor, None, protected_person_id=protected.pk, summary=summary, review_on=review_on)


@transaction.atomic
def add_measure(
    actor: Actor,
    plan_id: uuid.UUID,
    *,
    title: str,
    template: str = "",
    detail: str = "",
    owner_id: uuid.UUID | None = None,
    due_on: dt.date | None = None,
    check_days: int | None = None,
) -> PlanMeasure:
    """Add a measure: what, who sees to it, by when, how often it is looked at. A plan that was shown is shown again."""
    plan = managed_plan(actor, plan_id)
    if template and template not in templates():
        raise IncidentError("There is no such measure. Choose again.", field="template")
    measure = PlanMeasure(
        organisation_id=actor.organisation_id, plan=plan, position=plan.measures.count(), template=template
    )
    given = {"title": title, "detail": detail, "owner_id": owner_id, "due_on": due_on, "check_days": check_days}
    _fill(actor, plan, measure, given)
    measure.save(force_insert=True)
    append(actor, "plan.measure_added", plan, data={"measure": str(measure.pk), "template": template})
    _changed(actor, plan)
    return measure


@transaction.atomic
def change_measure(
    actor: Actor,
    measure_id: uuid.UUID,
    *,
    title: str,
    detail: str = "",
    owner_id: uuid.UUID | None = None,
    due_on: dt.date | None = None,
    check_days: int | None = None,
) -> PlanMeasure:
    """Change what a measure is; the person is asked again, and what was done is to be done anew."""
    measure = _measure(actor, measure_id)
    managed_plan(actor, measure.plan_id)
    if measure.state == MeasureState.DROPPED:
        raise WrongState("This measure was dropped. Add a new one.", state=measure.state)
    given = {"title": title, "detail": detail, "owner_id": owner_id, "due_on": due_on, "check_days": check_days}
    before = [getattr(measure, name) for name in MEASURE_FIELDS]
    _fill(actor, measure.plan, measure, given)
    if before == [getattr(measure, name) for name in MEASURE_FIELDS]:
        return measure
    if measure.state != MeasureState.PLANNED:
        measure.state = next_measure_state(measure.state, MeasureState.PLANNED).value
        measure.done_at = measure.done_by_id = measure.check_on = measure.checked_at = None
    measure.save()
    append(actor, "plan.measure_changed", measure.plan, data={"measure": str(measure.pk)})
    _changed(actor, measure.plan)
    return measure


@transaction.atomic
def drop_measure(actor: Actor, measure_id: uuid.UUID, *, reason: str) -> PlanMeasure:
    """Take a measure out of the plan, with the reason; it stays on record."""
    measure = _measure(actor, measure_id)
    managed_plan(actor, measure.plan_id)
    if not reason.strip():
        raise NotReady("Say why.", field="reason")
    measure.state = next_measure_state(measure.state, MeasureState.DROPPED).value
    measure.reason = reason.strip()
    measure.save(update_fields=["state", "reason"])
    append(actor, "plan.measure_dropped", measure.plan, data={"measure": str(measure.pk)})
    _changed(actor, measure.plan)
    return measure


@transaction.atomic
def measure_done(actor: Actor, measure_id: uuid.UUID) -> PlanMeasure:
    """Say that a measure is in place. Whoever sees to it may, and those who answer for the plan."""
    measure = _measure(actor, measure_id)
    now = timezone.now()
    measure.state = next_measure_state(measure.state, MeasureState.DONE).value
    measure.done_at, measure.done_by_id = now, actor.person_id
    measure.check_on = next_check(local_day(now), measure.check_days)
    measure.save(update_fields=["state", "done_at", "done_by", "check_on"])
    append(actor, "plan.measure_done", measure.plan, data={"measure": str(measure.pk)})
    stands(measure.plan)
    return measure


@transaction.atomic
def check_measure(actor: Actor, measure_id: uuid.UUID) -> PlanMeasure:
    """Say that a measure was looked at and still holds; the next look is counted from today."""
    measure = _measure(actor, measure_id)
    now = timezone.now()
    measure.state = next_measure_state(measure.state, MeasureState.CHECKED).value
    measure.checked_at = now
    measure.check_on = next_check(local_day(now), measure.check_days)
    measure.save(update_fields=["state", "checked_at", "check_on"])
    append(actor, "plan.measure_checked", measure.plan, data={"measure": str(measure.pk)})
    return measure


@transaction.atomic
def show_plan(actor: Actor, plan_id: uuid.UUID) -> SafetyPlan:
    """Show a plan to the one it is for, who answers it. Raises NotReady for an empty one, WrongState after a yes."""
    plan = managed_plan(actor, plan_id)
    if plan.state in (PlanState.AGREED, PlanState.ACTIVE):
        raise WrongState("The plan is in another state now. Load the page again.", state=plan.state)
    if not plan.measures.exclude(state=MeasureState.DROPPED).exists():
        raise NotReady("Add at least one measure first.")
    plan.state = next_plan_state(plan.state, PlanState.SHOWN).value
    plan.shown_at, plan.agreed_at, plan.agreed_sha256, plan.agreed_text = timezone.now(), None, "", ""
    plan.save(update_fields=["state", "shown_at", "agreed_at", "agreed_sha256", "agreed_text"])
    append(actor, "plan.shown", plan)
    return plan


@transaction.atomic
def agree(actor: Actor, plan_id: uuid.UUID, sha256: str, *, words: str = "") -> SafetyPlan:
    """Say yes to a plan, as the one it is for. ``sha256`` is of the plan as it was read (rules.plans.digest).

    Raises WrongState when the plan has changed since.
    """
    plan = _own(actor, plan_id)
    plan.state = next_plan_state(plan.state, PlanState.AGREED).value
    if sha256 != digest_of(plan):
        raise WrongState("The plan has changed since you opened it. Read it again.")
    plan.agreed_at, plan.agreed_sha256, plan.agreed_text = timezone.now(), sha256, words.strip()
    plan.save(update_fields=["state", "agreed_at", "agreed_sha256", "agreed_text"])
    append(actor, "plan.agreed", plan, data={"plan_sha256": sha256})
    stands(plan)
    return plan


@transaction.atomic
def decline(actor: Actor, plan_id: uuid.UUID, *, words: str) -> SafetyPlan:
    """Say no to a plan, as the one it is for, and what should be otherwise; those who made it change it."""
    plan = _own(actor, plan_id)
    if not words.strip():
        raise NotReady("Say what should be otherwise.", field="words")
    if plan.state != PlanState.SHOWN:
        raise WrongState("The plan is in another state now. Load the page again.", state=plan.state)
    plan.state = next_plan_state(plan.state, PlanState.DRAFT).value
    plan.agreed_text = words.strip()
    plan.save(update_fields=["state", "agreed_text"])
    append(actor, "plan.declined", plan)
    return plan


@transaction.atomic
def review_plan(actor: Actor, plan_id: uuid.UUID, *, review_on: dt.date) -> SafetyPlan:
    """Say that a plan was gone through today, and when it is gone through again."""
    plan = managed_plan(actor, plan_id)
    plan.review_on = _coming(review_on, local_day(timezone.now()))
    plan.save(update_fields=["review_on"])
    append(actor, "plan.reviewed", plan, data={"review_on": plan.review_on.isoformat()})
    return plan


@transaction.atomic
def end_plan(actor: Actor, plan_id: uuid.UUID) -> SafetyPlan:
    """End a plan; it stays on record, and the one it was for sees that it ended."""
    plan = managed_plan(actor, plan_id)
    plan.state = next_plan_state(plan.state, PlanState.ENDED).value
    plan.ended_at = timezone.now()
    plan.save(update_fields=["state", "ended_at"])
    append(actor, "plan.ended", plan)
    return plan


@transaction.atomic
def link_account(actor: Actor, plan_id: uuid.UUID, person_id: uuid.UUID) -> SafetyPlan:
    """Tie a plan kept on paper to the account that the one it is for has got; their protection is tied to it too.

    They read it there from now on, and are asked anew: a yes on paper no longer holds. Raises NotReady, WrongState.
    """
    plan = managed_plan(actor, plan_id)
    if not queries.is_on_paper(plan) or plan.protected_person is None:
        raise WrongState("The person has an account, and answers there.")
    person = next((one for one in people.members(actor) if one.pk == person_id), None)
    if person is None:
        raise NotReady("Choose somebody who works here.", field="person")
    lock_numbers(actor, "safetyplan")
    theirs = SafetyPlan.objects.filter(organisation_id=actor.organisation_id, person=person)
    if theirs.exclude(state=PlanState.ENDED).exists():
        raise WrongState("There is a safety plan for this person already. End one of them first.", field="person")
    give_account(actor, plan.protected_person, person)
    for one in SafetyPlan.objects.select_for_update().filter(
        organisation_id=actor.organisation_id, protected_person=plan.protected_person, person=None
    ):  # those that ended as well: they are about the same person
        one.person = person
        one.save(update_fields=["person"])
    plan.person = person
    append(actor, "plan.linked", plan)
    _changed(actor, plan)
    return plan


# -- loading, and what follows of itself


def managed_plan(actor: Actor, plan_id: uuid.UUID) -> SafetyPlan:
    """A plan that is not ended, locked, for those who answer for plans. Raises NotAllowed, WrongState."""
    actor.require(Permission.PLAN_MANAGE)
    plan = SafetyPlan.objects.select_for_update().filter(organisation_id=actor.organisation_id, pk=plan_id).first()
    if plan is None:
        raise NotAllowed("There is no such plan for you.")
    if plan.state == PlanState.ENDED:
        raise WrongState("The plan is ended. Begin a new one.", state=plan.state)
    return plan


def _own(actor: Actor, plan_id: uuid.UUID) -> SafetyPlan:
    actor.require(Permission.PLAN_READ_OWN)
    plan = SafetyPlan.objects.select_for_update().filter(organisation_id=actor.organisation_id, pk=plan_id).first()
    if plan is None or actor.person_id is None or plan.person_id != actor.person_id:
        raise NotAllowed("There is no such plan for you.")
    return plan


def _measure(actor: Actor, measure_id: uuid.UUID) -> PlanMeasure:
    """The measure with its plan, both locked, for those who answer for plans and whoever sees to it."""
    actor.require(Permission.PLAN_MANAGE, Permission.PLAN_READ_OWN)
    there = PlanMeasure.objects.filter(organisation_id=actor.organisation_id, pk=measure_id).first()
    if there is None or not (
        actor.can(Permission.PLAN_MANAGE) or (actor.person_id is not None and there.owner_id == actor.person_id)
    ):
        raise NotAllowed("There is no such measure for you.")
    plan = SafetyPlan.objects.select_for_update().get(organisation_id=actor.organisation_id, pk=there.plan_id)
    if plan.state == PlanState.ENDED:
        raise WrongState("The plan is ended. Begin a new one.", state=plan.state)
    measure = PlanMeasure.objects.select_for_update().get(organisation_id=actor.organisation_id, pk=measure_id)
    measure.plan = plan
    return measure


def _fill(actor: Actor, plan: SafetyPlan, measure: PlanMeasure, given: dict[str, object]) -> None:
    title = str(given["title"] or "").strip()
    if not title:
        raise NotReady("Say what is to be done.", field="title")
    owner = given["owner_id"]
    if owner is not None and owner not in {person.pk for person in owners(actor, plan)}:
        raise NotReady("Choose somebody from the list.", field="owner")
    checked_days(given["check_days"])  # type: ignore[arg-type]
    for name, value in (given | {"title": title, "detail": str(given["detail"] or "").strip()}).items():
        setattr(measure, name, value)


def _changed(actor: Actor, plan: SafetyPlan) -> None:
    """A plan that the person has seen is shown to them again as it is now; an earlier yes no longer holds."""
    state = after_change(plan.state)
    if state is PlanState.SHOWN:
        plan.state = next_plan_state(plan.state, state).value
        plan.shown_at, plan.agreed_at, plan.agreed_sha256 = timezone.now(), None, ""
        plan.save(update_fields=["state", "shown_at", "agreed_at", "agreed_sha256"])
        append(actor, "plan.shown", plan)


def stands(plan: SafetyPlan) -> None:
    """A plan that was agreed to, with nothing left to put in place, is in force."""
    if plan.state == PlanState.AGREED and not plan.measures.filter(state=MeasureState.PLANNED).exists():
        plan.state = next_plan_state(plan.state, PlanState.ACTIVE).value
        plan.save(update_fields=["state"])


def _coming(day: dt.date, today: dt.date) -> dt.date:
    if not today < day <= today + dt.timedelta(days=366):
        raise NotReady("Choose a day within a year from now.", field="review_on")
    return day
