"""Revoking an issued decision: one who may decide it says so, and another member confirms where a committee decides."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from motkraft.decisions import actions, queries
from motkraft.decisions.actions.protection import is_unit
from motkraft.decisions.actions.revoking import begun_revocation, text_to_revoke
from motkraft.decisions.forms import RevokeForm
from motkraft.decisions.forms.sign_off import ImpartialityForm
from motkraft.decisions.models import Decision
from motkraft.decisions.rules import State, bodies_of, may_decide, text_sha256
from motkraft.decisions.rules.sign_off import REVOKER
from motkraft.decisions.views import sign_off
from motkraft.decisions.views.item import load
from motkraft.decisions.views.words import form_step
from motkraft.people.access import Actor, Permission, requires

P = Permission


def _signed(
    request: HttpRequest,
    actor: Actor,
    row: Decision,
    given: dict[str, Any],
    do: sign_off.Act,
    **signed: Any,
) -> HttpResponse | None:
    """Answer about impartiality, sign, and do it; the page that the signing needs, or None when it is done."""
    done = sign_off.answer(request, actor, row, given) or sign_off.sign_or_do(
        request, actor, row, do, part=REVOKER, **signed
    )
    if done is None:
        _told(request, row)
    return done


def _told(request: HttpRequest, row: Decision) -> None:
    row.refresh_from_db()
    if row.state == State.REVOKED:
        messages.success(request, _("The public page now says that the decision is revoked."))
    else:
        messages.success(request, _("You have signed. The decision stands until another member confirms."))


def _shown(row: Decision) -> dict[str, Any]:
    return {
        "decision": row,
        "impartiality": sign_off.impartiality(timezone.localdate()),
        "back": reverse("decision", args=[row.pk]),
        "template": "decisions/approve.html",
    }


@requires(P.DECISION_DECIDE)
def revoke(request: HttpRequest, decision_id: uuid.UUID) -> HttpResponse:
    """Revoke an issued decision, in a role that may decide it; a committee needs another member to confirm."""
    actor, row = load(request, decision_id)
    if row.state != State.ISSUED:
        raise Http404
    bodies = bodies_of(actor.roles, in_unit=is_unit(row))
    allowed = [body for body in bodies if may_decide(row.type_code, body, timezone.localdate()).allowed]
    form = RevokeForm(
        request.POST or None,
        bodies=list(bodies),
        initial={"body": allowed[0] if len(allowed) == 1 else None, "text_sha256": queries.text_sha256(row)},
    )

    def act(given: dict[str, Any]) -> HttpResponse | None:
        said = {"reason": given["reason"], "urgency": given["urgency"], "minutes": given.get("minutes", "")}
        return _signed(
            request,
            actor,
            row,
            given,
            lambda assertion: actions.revoke(actor, row, body=given["body"], assertion=assertion, **said),
            body=given["body"],
            text=text_sha256(text_to_revoke(row, **said)),
        )

    return form_step(
        request,
        form,
        act,
        title=_("Revoke %(reference)s?") % {"reference": row.reference},
        lead=_("The public page will say that the decision is revoked. This cannot be undone."),
        submit=_("Revoke"),
        tone="danger",
        **_shown(row),
    )


@requires(P.DECISION_DECIDE)
def confirm(request: HttpRequest, decision_id: uuid.UUID) -> HttpResponse:
    """Confirm, as another member, that the committee revokes."""
    actor, row = load(request, decision_id)
    begun = begun_revocation(row) if row.state == State.ISSUED else None
    if begun is None:
        raise Http404
    form = ImpartialityForm(request.POST or None, initial={"text_sha256": queries.text_sha256(row)})
    said = {"reason": begun.reason, "urgency": begun.urgency, "minutes": begun.minutes}

    def act(given: dict[str, Any]) -> HttpResponse | None:
        return _signed(
            request,
            actor,
            row,
            given,
            lambda assertion: actions.confirm_revocation(actor, row, assertion=assertion),
            body=begun.body,
            day=begun.begun_on,
            text=text_sha256(text_to_revoke(row, **said)),
        )

    return form_step(
        request,
        form,
        act,
        title=_("Confirm that %(reference)s is revoked?") % {"reference": row.reference},
        lead=_("The public page will say that the decision is revoked. This cannot be undone."),
        submit=_("Confirm the revocation"),
        tone="danger",
        begun=begun,
        **_shown(row),
    )
