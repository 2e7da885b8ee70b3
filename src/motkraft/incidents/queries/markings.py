"""Secrecy markings: the provisions that one can rest on, and the one that holds."""

from __future__ import annotations

import datetime as dt

from motkraft.incidents.models.plan import SafetyPlan
from motkraft.incidents.rules import rules_on
from motkraft.law import Rule
from motkraft.people import markings
from motkraft.people.access import Actor, Permission
from motkraft.people.models.marking import SecrecyMarking

#: Which rules of the law data keep data of staff secret; OSL 5 kap. 5 § asks that a marking names its provision.
PROVISIONS = (
    "staff_personal_circumstances_social_services",
    "staff_personal_circumstances",
    "staff_home_and_photo",
    "contact_data_of_threatened",
    "protected_registration_secrecy",
)


def provisions(now: dt.datetime) -> list[Rule]:
    """The provisions that there are on the day."""
    rules = rules_on(now)
    return [rule for key in PROVISIONS if (rule := rules.get(key)) is not None]


def of_plan(actor: Actor, plan: SafetyPlan) -> SecrecyMarking | None:
    """The marking that holds for the one a plan is for, for those who answer for it and for themselves."""
    is_own = actor.person_id is not None and plan.person_id == actor.person_id
    if not (is_own or actor.can(Permission.PLAN_MANAGE)):
        return None
    return markings.current_marking(actor, plan.protected_person)
