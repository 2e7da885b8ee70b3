"""A decision begun from an earlier one: in its place, or with the same text in another case."""

from __future__ import annotations

import uuid
from typing import Any

from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from motkraft.decisions import actions
from motkraft.decisions.forms import CopyForm, ReplaceDecisionForm
from motkraft.decisions.rules import NotReady, State
from motkraft.decisions.views.item import load
from motkraft.decisions.views.words import form_step
from motkraft.incidents.actions import open_case
from motkraft.people.access import Permission, requires

P = Permission


@requires(P.DECISION_PREPARE)
def replace(request: HttpRequest, decision_id: uuid.UUID) -> HttpResponse:
    """Begin a decision that replaces an issued one, with its text to change; the old one stands until it is issued."""
    actor, row = load(request, decision_id)
    if row.state != State.ISSUED:
        raise Http404

    def act(given: dict[str, Any]) -> str:
        made = actions.draft_decision(
            actor,
            type_code=row.type_code,
            case=row.case,
            content=row.content,
            reasons=row.reasons,
            provisions=row.provisions,
            replaces=row,
            reason=given["reason"],
        )
        return reverse("decision_text", args=[made.pk])

    return form_step(
        request,
        ReplaceDecisionForm(request.POST or None),
        act,
        title=_("Replace %(reference)s by a new decision?") % {"reference": row.reference},
        lead=_(
            "A draft is made with the same text. It is handled, decided and signed as every decision; the old one "
            "stands until the new one is issued."
        ),
        back=reverse("decision", args=[row.pk]),
        submit=_("Begin the new decision"),
        asks=True,
    )


@requires(P.DECISION_PREPARE)
def copy(request: HttpRequest, decision_id: uuid.UUID) -> HttpResponse:
    """Begin a decision of the same type in another case, such as a sibling's, with the text to change."""
    actor, row = load(request, decision_id)

    def act(given: dict[str, Any]) -> str:
        with transaction.atomic():
            case = open_case(actor, given["case"])
            if case.pk == row.case_id:
                raise NotReady("Give another case. In the same case a decision is replaced instead.", missing=["case"])
            made = actions.draft_decision(
                actor,
                type_code=row.type_code,
                case=case,
                content=row.content,
                reasons=row.reasons,
                provisions=row.provisions,
            )
        return reverse("decision_text", args=[made.pk])

    actions.note_viewing(actor, row)
    return form_step(
        request,
        CopyForm(request.POST or None),
        act,
        title=_("The same text in another case"),
        lead=_(
            "For a sibling: each child has a case of its own. A draft is made with this text. Change what is about the "
            "child before you hand it over: nothing is changed by itself, and no approval comes along."
        ),
        back=reverse("decision", args=[row.pk]),
        submit=_("Make the draft"),
    )
