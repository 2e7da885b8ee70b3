"""What a decision's page tells of its sign-offs: who has signed which text, and what is still needed."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from motkraft.decisions import queries
from motkraft.decisions.actions.rights import policy_of
from motkraft.decisions.actions.sign_off import HANDLER_ROLES
from motkraft.decisions.actions.steps import today
from motkraft.decisions.models import Decision, Declaration
from motkraft.decisions.rules.rights import Policy
from motkraft.decisions.rules.sign_off import HANDLER, REVOKER
from motkraft.decisions.views.words import PARTS_SIGNED
from motkraft.people.access import Actor
from motkraft.people.same_person import experienced


@dataclass(frozen=True)
class Line:
    """One line under "Sign-offs"."""

    what: str
    who: str
    how: str
    at: Any
    counts: bool


def sign_offs(actor: Actor, row: Decision) -> list[Line]:
    """Each sign-off, whether it is of the text as it stands, and who was replaced or has a conflict of interest."""
    current = queries.text_sha256(row)
    approved = set(row.approvals.filter(text_sha256=current).values_list("person_id", flat=True))
    lines = []
    for found in row.sign_offs.select_related("person"):
        is_handler = found.part == HANDLER
        is_current = found.part == REVOKER or found.text_sha256 == current
        if not is_current:
            how = _("Of an earlier text: no longer counts")
        elif is_handler and found.person_id not in approved:
            how = _("Has fallen: the handler takes no further part")
        else:
            how = _("Signed by passkey") if found.method == "passkey" else _("Without passkey, as the policy allows")
        counts = is_current and (not is_handler or found.person_id in approved)
        lines.append(Line(str(PARTS_SIGNED[found.part]), _who(actor, found.person), how, found.at, counts))
    for each in row.impartialities.exclude(declared=Declaration.FREE).select_related("person"):
        what = _("Conflict of interest") if each.declared == Declaration.CONFLICT else _("Replaced")
        who = _who(actor, each.person) if each.person else _("Sealed")
        lines.append(Line(what, who, _("Takes no further part"), each.at, False))
    return sorted(lines, key=lambda line: line.at)


def _who(actor: Actor, person: Any) -> str:
    return _("You") if person.pk == actor.person_id else f"{person.title} · {person.username}".strip(" ·")


def policy_words(policy: Policy) -> str:
    """How decisions of this type are handled, in words."""
    words = ngettext("%(n)s handler", "%(n)s handlers", policy.handlers) % {"n": policy.handlers}
    if policy.handlers_sign and policy.deciders_sign:
        signs = _("handlers and deciders sign by passkey")
    elif policy.deciders_sign:
        signs = _("deciders sign by passkey, handlers without")
    elif policy.handlers_sign:
        signs = _("handlers sign by passkey, deciders without")
    else:
        signs = _("your organisation does not ask for passkeys yet")
    return f"{words}; {signs}"


def waits_for(actor: Actor, row: Decision, *, mine: bool) -> str:
    """Why a text with the handlers is not ready yet."""
    policy = policy_of(row.organisation_id, row.type_code)
    given: list[uuid.UUID] = [each.person_id for each in row.approvals.filter(text_sha256=queries.text_sha256(row))]
    words = [_("You have approved.")] if mine else []
    if policy.needs_experience(row.case.threat_level) and not experienced(actor, given, HANDLER_ROLES, today()):
        words.append(_("The threat in the case asks for an experienced handler among those who approve."))
    return " ".join(words)
