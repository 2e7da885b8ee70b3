"""Approving, deciding and confirming: the question about conflict of interest, then the passkey where one is asked for.

A step is first tried without a passkey. When everything else is right and only that is missing, the page with the
statement is shown, and the same form comes back with what the passkey gave.
"""

from __future__ import annotations

import base64
import ipaddress
import json
import uuid
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from fido2.utils import websafe_encode

from motkraft.decisions import actions, queries
from motkraft.decisions.actions.sign_off import Assertion, is_handled, passkeys_of, to_sign
from motkraft.decisions.forms import in_language
from motkraft.decisions.forms.sign_off import ImpartialityForm, ReplaceForm
from motkraft.decisions.models import Decision, RecordKind
from motkraft.decisions.rules import NotReady, State, is_body
from motkraft.decisions.rules.rights import CONFLICT_CONSEQUENCE, CONFLICT_DUTY, conflict_rule
from motkraft.decisions.rules.sign_off import DECIDER, HANDLER, check_trail
from motkraft.decisions.views.item import load
from motkraft.decisions.views.opening import COOKIE
from motkraft.decisions.views.words import PARTS_SIGNED, SIGN_OFF_REFUSED, form_step, title_of, told
from motkraft.errors import MotkraftError
from motkraft.law import vocabulary
from motkraft.people.access import Actor, NotAllowed, Permission, Role, requires
from motkraft.people.queries import members
from motkraft.sealing.sign_off import challenge

P = Permission
SESSION = "sign-off"
PASSKEY_FIELD = "passkey"
Act = Callable[[Assertion | None], Any]


def sign_or_do(
    request: HttpRequest,
    actor: Actor,
    row: Decision,
    act: Act,
    *,
    part: str,
    body: str = "",
    day: Any = None,
    text: str = "",
) -> HttpResponse | None:
    """Do a step, with a passkey's sign-off where one is asked for.

    Gives the page on which the passkey is asked, or None when the step is done. Raises what the step raises.
    """
    given = request.POST.get(PASSKEY_FIELD)
    if given:
        asked = request.session.pop(SESSION, {})
        try:
            response = json.loads(given)
        except ValueError:
            response = {}
        act(Assertion(asked.get("statement", {}), response if isinstance(response, dict) else {}, *_here(request)))
        return None
    try:
        act(None)
    except NotReady as error:
        if error.data.get("missing") != ["passkey"]:
            raise
        return _ask(request, actor, row, to_sign(actor, row, part=part, body=body, day=day, text=text))
    return None


def _here(request: HttpRequest) -> tuple[str, str]:
    """The relying party's id and origin: the public address, and in a demo without TLS the one that was asked for."""
    origin = settings.MOTKRAFT_PUBLIC_URL if settings.HTTPS else f"{request.scheme}://{request.get_host()}"
    host = origin.partition("://")[2]
    return host.partition(":")[0], origin


def _ask(request: HttpRequest, actor: Actor, row: Decision, statement: dict[str, str]) -> HttpResponse:
    request.session[SESSION] = {"statement": statement}
    rp_id = _here(request)[0]
    passkeys = passkeys_of(actor.person_id)
    try:
        ipaddress.ip_address(rp_id)
        has_name = False
    except ValueError:
        has_name = True
    context = {
        "title": _("Sign off with your passkey"),
        "lead": f"{row.reference} · {title_of(queries.kind_of(row))}",
        "decision": row,
        "statement": statement,
        "data": {
            "challenge": websafe_encode(challenge(statement)),
            "rp_id": rp_id,
            "credentials": [websafe_encode(key) for key in passkeys],
        },
        "has_passkey": bool(passkeys),
        "has_name": has_name,
        "sent": [
            (name, value)
            for name, values in request.POST.lists()
            if name not in (PASSKEY_FIELD, "csrfmiddlewaretoken")
            for value in values
        ],
        "back_url": reverse("decision", args=[row.pk]),
    }
    return render(request, "decisions/sign_off.html", context)


def answer(request: HttpRequest, actor: Actor, row: Decision, data: dict[str, Any]) -> HttpResponse | None:
    """Keep the answer about conflict of interest; a yes ends here. Not asked anew when the passkey comes back."""
    if request.POST.get(PASSKEY_FIELD):
        return None
    conflict = data["conflict"] == "yes"
    actions.declare(actor, row, conflict=conflict, ground=data["ground"], facts=data["facts"])
    if not conflict:
        return None
    messages.warning(request, _("You take no further part in this decision. Somebody else must take your place."))
    return redirect("decision", row.pk)


def impartiality(today: Any) -> dict[str, Any]:
    """The rules that stand beside the question."""
    return {"duty": conflict_rule(CONFLICT_DUTY, today), "consequence": conflict_rule(CONFLICT_CONSEQUENCE, today)}


def _page(request: HttpRequest, row: Decision, act: Callable[[dict[str, Any]], object], **page: Any) -> HttpResponse:
    """The text, and the question of conflict of interest; ``page`` is what ``form_step`` takes."""
    return form_step(
        request,
        ImpartialityForm(request.POST or None, initial={"text_sha256": queries.text_sha256(row)}),
        act,
        back=reverse("decision", args=[row.pk]),
        template="decisions/approve.html",
        decision=row,
        impartiality=impartiality(queries.day_of(row)),
        **page,
    )


@requires(P.DECISION_HANDLE)
def approve(request: HttpRequest, decision_id: uuid.UUID) -> HttpResponse:
    """Read the text, answer about conflict of interest, approve."""
    actor, row = load(request, decision_id)
    if row.state != State.HANDLING and not (row.state == State.READY and not is_handled(actor, row)):
        raise Http404
    actions.note_viewing(actor, row)

    def act(data: dict[str, Any]) -> HttpResponse | None:
        return answer(request, actor, row, data) or sign_or_do(
            request,
            actor,
            row,
            lambda given: actions.approve(actor, row, text_sha256=data["text_sha256"], assertion=given),
            part=HANDLER,
        )

    return _page(
        request,
        row,
        act,
        title=_("Approve the text of %(reference)s") % {"reference": row.reference},
        lead=_("You approve this very text. When it changes, your approval falls."),
        submit=_("I have read it and approve"),
        done=_("You have approved the text."),
    )


@requires(P.DECISION_DECIDE)
def concur(request: HttpRequest, decision_id: uuid.UUID) -> HttpResponse:
    """Confirm that one took part in deciding."""
    actor, row = load(request, decision_id)
    if row.state != State.DECIDED or not is_body(row.decider_body):
        raise Http404
    actions.note_viewing(actor, row)

    def act(data: dict[str, Any]) -> HttpResponse | None:
        return answer(request, actor, row, data) or sign_or_do(
            request,
            actor,
            row,
            lambda given: actions.concur(actor, row, assertion=given),
            part=DECIDER,
            body=row.decider_body,
            day=row.decided_on,
        )

    return _page(
        request,
        row,
        act,
        title=_("Confirm that you took part in deciding"),
        lead=_("A committee is more than one person. Each member confirms in person."),
        submit=_("I took part in the decision"),
        done=_("You are on record as decider."),
    )


@requires(P.DECISION_PREPARE)
def replace(request: HttpRequest, decision_id: uuid.UUID) -> HttpResponse:
    """Put another handler in somebody's place."""
    actor, row = load(request, decision_id)
    if row.state not in (State.DRAFT, State.HANDLING, State.READY):
        raise Http404
    actions.note_viewing(actor, row)
    hands = {person.person_id: person.person for person in row.persons.select_related("person") if person.person}
    hands |= {each.person_id: each.person for each in row.approvals.select_related("person") if each.person}
    form = ReplaceForm(
        request.POST or None,
        people=[(str(key), f"{who.title} · {who.username}".strip(" ·")) for key, who in hands.items()],
        rapporteurs=[(str(who.pk), who.username) for who in members(actor, Role.SOCIAL_WORKER, Role.MANAGER)],
    )
    return form_step(
        request,
        form,
        lambda given: actions.replace_handler(
            actor,
            row,
            uuid.UUID(given["person"]),
            reason=given["reason"],
            rapporteur=uuid.UUID(given["rapporteur"]) if given["rapporteur"] else None,
        ),
        title=_("Replace a handler"),
        lead=_("Whoever is replaced takes no further part in this decision. The reason is kept."),
        back=reverse("decision", args=[row.pk]),
        submit=_("Replace"),
        done=_("The handler is replaced. Their approval no longer counts."),
    )


@require_POST
@requires(P.SEAL_REQUEST)
def opened(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Open the sealed list in memory and say who signed which text; nothing of it is kept."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    row = get_object_or_404(queries.openings(actor), pk=request_id)
    try:
        identity = base64.b64decode(request.COOKIES.get(COOKIE, "")).decode()
        records = actions.open_records(actor, row, identity=identity)
        record = records[RecordKind.TRAIL]
        found = check_trail(record.payload, records[RecordKind.ORIGINAL].payload)
    except NotAllowed:
        raise
    except (MotkraftError, KeyError, ValueError) as error:
        words = told(error) if isinstance(error, MotkraftError) else _("This record holds no sign-offs.")
        messages.error(request, words)
        return redirect("opening", row.pk)
    context = {
        "title": _("Who signed %(reference)s") % {"reference": found.reference},
        "lead": _("Each signature was verified just now against the text in the sealed record."),
        "found": found,
        "lines": [
            {
                "it": line,
                "what": PARTS_SIGNED.get(line.part, _("Decided")),
                "body": in_language(vocabulary.ROLES[line.body]) if line.body in vocabulary.ROLES else "",
                "problem": SIGN_OFF_REFUSED.get(line.problem, ""),
            }
            for line in found.sign_offs
        ],
        "commitment": record.commitment.digest.hex(),
        "back_url": reverse("opening", args=[row.pk]),
    }
    return render(request, "decisions/opened_sign_offs.html", context)
