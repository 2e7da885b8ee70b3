"""A safety plan on paper, for one who has no account: printed to be read and signed, and the answer noted.

A yes is bound to what was signed by the number that stands on the paper: the first figures of the plan's fingerprint.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.db import transaction
from django.utils import timezone, translation

from motkraft.incidents.actions import papers
from motkraft.incidents.actions.plans import managed_plan, show_plan, stands
from motkraft.incidents.models.paper import Paper
from motkraft.incidents.models.plan import SafetyPlan
from motkraft.incidents.queries import plans as queries
from motkraft.incidents.rules import NotReady, WrongState
from motkraft.incidents.rules.plans import next_plan_state, paper_code
from motkraft.incidents.rules.states import MeasureState, PlanState
from motkraft.law.calendar import STOCKHOLM, local_day
from motkraft.ledger.actions import append
from motkraft.people import queries as people
from motkraft.people.access import Actor, Permission
from motkraft.web.dates import day as day_words

PAPER = queries.PAPER
_LINE = "_" * 95  # to write on


def may_read(actor: Actor, paper: Paper) -> bool:
    """Those who answer for the plan."""
    return queries.plans(actor).filter(pk=paper.subject_id).exists()


papers.paper_kind(PAPER, "skyddsplan", may_read)


@transaction.atomic
def print_plan(actor: Actor, plan_id: uuid.UUID) -> Paper:
    """Show a plan to one who has no account: on a paper that they read and sign. Raises NotReady, WrongState."""
    _on_paper(actor, plan_id)
    plan = show_plan(actor, plan_id)
    return papers.keep_paper(actor, _data(actor, plan), kind=PAPER, subject_kind="safetyplan", subject_id=plan.pk)


@transaction.atomic
def note_answer(
    actor: Actor, plan_id: uuid.UUID, *, is_yes: bool, code: str, signed_on: dt.date, words: str = ""
) -> SafetyPlan:
    """Note what the person answered on the paper, on which day. ``code`` is the number that stands on it.

    Raises NotReady when the number is not of the plan as it is now, WrongState when the plan waits for no answer.
    """
    plan, now = _on_paper(actor, plan_id), timezone.now()
    if plan.state != PlanState.SHOWN or plan.shown_at is None:
        raise WrongState("The plan is in another state now. Load the page again.", state=plan.state)
    digest = queries.digest_of(plan)
    if code.strip().upper() != paper_code(digest):
        raise NotReady("That is not the number of the plan as it is now. Has it changed, print it again.", field="code")
    if not local_day(plan.shown_at) <= signed_on <= local_day(now):
        raise NotReady("Give the day of the answer: after the paper was made, not a day to come.", field="signed_on")
    if not is_yes and not words.strip():
        raise NotReady("Say what should be otherwise.", field="words")
    plan.agreed_text = words.strip()
    data = {"on_paper": True, "signed_on": signed_on.isoformat()}
    if is_yes:
        plan.state = next_plan_state(plan.state, PlanState.AGREED).value
        noon = dt.datetime.combine(signed_on, dt.time(12), STOCKHOLM)
        plan.agreed_at, plan.agreed_sha256 = min(now, noon), digest
        plan.save(update_fields=["state", "agreed_at", "agreed_sha256", "agreed_text"])
        append(actor, "plan.agreed", plan, data=data | {"plan_sha256": digest})
        stands(plan)
    else:
        plan.state = next_plan_state(plan.state, PlanState.DRAFT).value
        plan.save(update_fields=["state", "agreed_text"])
        append(actor, "plan.declined", plan, data=data)
    return plan


def _on_paper(actor: Actor, plan_id: uuid.UUID) -> SafetyPlan:
    actor.require(Permission.PLAN_MANAGE)
    plan = managed_plan(actor, plan_id)
    if not queries.is_on_paper(plan):
        raise WrongState("The person has an account, and answers there.")
    return plan


def _day(day: dt.date) -> str:
    """A day as it is written in Swedish."""
    with translation.override("sv"):
        return day_words(day)


def _how_often(days: int | None) -> str:
    return "varje dag" if days == 1 else f"med {days} dagars mellanrum" if days else ""


def _data(actor: Actor, plan: SafetyPlan) -> dict[str, Any]:
    """The paper's content (documents.schemas.Paper), in Swedish."""
    organisation = people.organisation(actor)
    rows = [row for row in queries.measures(actor, plan) if row.state != MeasureState.DROPPED]
    sections: list[dict[str, Any]] = [
        {
            "heading": "Den planen gäller",
            "rows": [
                {"label": "Namn", "value": queries.name_of(actor, plan, purpose=f"safety plan {plan.reference}")},
                {"label": "Planens nummer", "value": paper_code(queries.digest_of(plan))},
                {"label": "Gås igenom igen", "value": _day(plan.review_on)},
            ],
        }
    ]
    if plan.summary:
        sections.append({"heading": "Varför det finns en plan", "text": plan.summary})
    for number, row in enumerate(rows, 1):
        facts = [
            ("Ser till det", (row.owner.title or row.owner.username) if row.owner else ""),
            ("På plats senast", _day(row.due_on) if row.due_on else ""),
            ("Ses över", _how_often(row.check_days)),
        ]
        sections.append(
            {
                "heading": f"{number}. {row.title}",
                "text": row.detail or None,
                "rows": [{"label": label, "value": value} for label, value in facts if value]
                or [{"label": "Ser till det", "value": "–"}],
            }
        )
    sections.append(
        {
            "heading": "Svar: ringa in ett av dem",
            "points": ["Ja, planen är rätt för mig.", "Nej, något behöver ändras."],
        }
    )
    sections.append({"heading": "Det här behöver ändras", "text": "\n\n\n".join([_LINE] * 3)})
    return {
        "organisation": {
            "name": organisation.name,
            "unit": "Socialtjänsten",
            "address": organisation.postal_address or organisation.name,
            "phone": organisation.phone or None,
        },
        "reference": plan.reference,
        "issued_at": timezone.now(),
        "title": "Skyddsplan",
        "lead": "Läs hela planen. Du säger ja eller nej till den. Ändras den får du läsa den igen. Visa papperet bara "
        "för den du litar på.",
        "sections": sections,
        "signatures": ["Den planen gäller", "För arbetsgivaren"],
    }
