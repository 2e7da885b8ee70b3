"""Opening sealed records: asking, giving one's share, reading within the time."""

from __future__ import annotations

import base64
import uuid
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from motkraft import law
from motkraft.decisions import actions, queries
from motkraft.decisions.actions.opening import state_of
from motkraft.decisions.forms import KeyForm, OpeningForm, ShareForm, in_language
from motkraft.decisions.models import OpeningRequest, RecordKind
from motkraft.decisions.rules import BASIS_RULES, LEGAL_BASES, OPEN_FOR, DecisionError, OpeningState, is_key
from motkraft.decisions.views.item import load
from motkraft.decisions.views.words import form_step, told
from motkraft.errors import MotkraftError
from motkraft.people.access import Actor, NotAllowed, Permission, requires
from motkraft.people.models import Person
from motkraft.sealing.errors import PluginAway
from motkraft.web.dates import day_and_clock
from motkraft.web.lists import Column, csv_response, listing, wants_csv
from motkraft.web.parts import Action, Empty, Fact, NextStep, Status, Step

P = Permission
COOKIE = "oppning"
_FILES = {RecordKind.ORIGINAL: "original", RecordKind.TRAIL: "handlagt", RecordKind.REVOCATION: "upphavt"}


def _status(state: OpeningState) -> Status:
    return {
        OpeningState.WAITING: Status(_("Waits for custodians"), "warning", "clock"),
        OpeningState.OPEN: Status(_("Can be opened now"), "success", "lock-open"),
        OpeningState.EXPIRED: Status(_("The time has run out"), "neutral", "calendar-x"),
        OpeningState.CLOSED: Status(_("Closed"), "neutral", "lock"),
    }[state]


def _load(request: HttpRequest, request_id: uuid.UUID) -> tuple[Actor, OpeningRequest]:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor, get_object_or_404(queries.openings(actor), pk=request_id)


@requires(P.SEAL_REQUEST, P.SEAL_OPEN)
def openings(request: HttpRequest) -> HttpResponse:
    """List the requests to open sealed records."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    columns = [
        Column("reference", _("Reference"), "reference"),
        Column("decision", _("Decision"), "decision__reference"),
        Column("basis", _("Why"), "legal_basis"),
        Column("state", _("State")),
        Column("requested", _("Asked for"), "requested_at"),
        Column("expires", _("Open until"), "expires_at"),
    ]
    found = listing(
        request,
        queries.openings(actor),
        columns,
        search=lambda rows, words: (
            rows.filter(reference__icontains=words) | rows.filter(decision__reference__icontains=words)
        ),
        sort="-requested",
    )
    if wants_csv(request):
        lines = (
            [
                row.reference,
                row.decision.reference,
                in_language(LEGAL_BASES[row.legal_basis]),
                _status(state_of(row)).label,
                timezone.localtime(row.requested_at).isoformat(timespec="minutes"),
                timezone.localtime(row.expires_at).isoformat(timespec="minutes"),
            ]
            for row in found.rows
        )
        return csv_response("oppningar", [column.label for column in columns], lines)
    for row in found.page:
        row.shown_state, row.shown_basis = _status(state_of(row)), in_language(LEGAL_BASES[row.legal_basis])
    needs_key = actor.can(P.SEAL_OPEN) and not Person.objects.get(pk=actor.person_id).recipient
    own_key = Action(_("Register your key") if needs_key else _("Your key"), reverse("custodian_key"), icon="key-round")
    context = {
        "title": _("Openings"),
        "lead": _(
            "A sealed original is opened by two key custodians together, within a time, and each step is logged."
        ),
        "listing": found,
        "search_label": _("Search reference"),
        "row_template": "decisions/_opening_row.html",
        "list_action": Action(_("Custodians and drills"), reverse("custodians"), icon="users-round"),
        "own_key": own_key if actor.can(P.SEAL_OPEN) else None,
        "empty": Empty(
            _("No openings"),
            _("A registrar asks for an opening on the page of an issued decision."),
            icon="lock",
        ),
    }
    return render(request, "decisions/openings.html", context)


@requires(P.SEAL_OPEN)
def key(request: HttpRequest) -> HttpResponse:
    """Register the own public key."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    person = Person.objects.get(pk=actor.person_id)
    form = KeyForm(request.POST or None, initial={"recipient": person.recipient})
    if request.method == "POST" and form.is_valid():
        try:
            actions.register_key(actor, recipient=form.cleaned_data["recipient"])
        except NotAllowed:
            raise
        except (DecisionError, PluginAway) as error:
            form.add_error("recipient", told(error))
        except MotkraftError:
            form.add_error("recipient", _("This is not a public key. It is one line that begins with age1."))
        else:
            messages.success(request, _("Your key is registered. Decisions from now on are sealed to it."))
            return redirect("opening_list")
    if form.is_bound and is_key(form.data.get("recipient", "")):
        form.data = {"recipient": ""}  # a secret is never sent back to the browser
    context = {
        "title": _("Your key"),
        "lead": _("Records that were sealed earlier still need the key that you had then. Keep it."),
        "form": form,
        "back_url": reverse("opening_list"),
        "submit_label": _("Save the public key"),
    }
    return render(request, "web/form_page.html", context, status=422 if form.is_bound else 200)


@requires(P.SEAL_REQUEST)
def ask(request: HttpRequest, decision_id: uuid.UUID) -> HttpResponse:
    """Ask the custodians to open a decision's original."""
    actor, row = load(request, decision_id)
    if not row.records.exists():
        raise Http404

    def act(given: dict[str, Any]) -> HttpResponse:
        made, identity = actions.request_opening(actor, row, **given)
        response = redirect("opening", made.pk)
        response.set_cookie(
            COOKIE,
            base64.b64encode(identity.encode()).decode(),
            path=reverse("opening", args=[made.pk]),
            max_age=int(OPEN_FOR.total_seconds()),
            httponly=True,
            samesite="Strict",
            secure=settings.HTTPS,
        )
        return response

    return form_step(
        request,
        OpeningForm(request.POST or None),
        act,
        title=_("Why is the original of %(reference)s opened?") % {"reference": row.reference},
        lead=_("Two key custodians must agree. You have eight hours. Use this same browser to read it."),
        back=reverse("decision", args=[row.pk]),
        submit=_("Ask the custodians"),
        template="decisions/ask_opening.html",
        rules=[
            rule
            for rule in (
                law.library().on(timezone.localdate()).get(name) for name in dict.fromkeys(BASIS_RULES.values())
            )
            if rule is not None
        ],
    )


@requires(P.SEAL_REQUEST, P.SEAL_OPEN)
def opening(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Show one request: how far it has come, and what to do."""
    actor, row = _load(request, request_id)
    state = state_of(row)
    records = [actions.as_sealed_now(each) for each in row.decision.records.order_by("kind")]
    approvals = list(row.approvals.select_related("custodian"))
    threshold = records[0].threshold
    context = {
        "kind": _("Opening"),
        "reference": row.reference,
        "title": _("Opening of %(reference)s") % {"reference": row.decision.reference},
        "opening": row,
        "status": _status(state),
        "next_step": _next(actor, row, state, approvals, threshold),
        "steps": [
            Step(_("Asked for"), "done", at=row.requested_at),
            *[
                Step(
                    _("Custodian %(n)s") % {"n": number + 1},
                    "done" if number < len(approvals) else "now" if number == len(approvals) else "later",
                    at=approvals[number].at if number < len(approvals) else None,
                )
                for number in range(threshold)
            ],
            Step(
                _("Opened"),
                "done" if row.opened_at else "now" if state is OpeningState.OPEN else "later",
                at=row.opened_at,
            ),
        ],
        "facts": [
            Fact(_("Decision"), row.decision.reference),
            Fact(_("Why"), in_language(LEGAL_BASES[row.legal_basis])),
            Fact(_("Reason"), row.reason),
            Fact(_("Open until"), day_and_clock(row.expires_at, timezone.now())),
            Fact(
                _("Custodians of the record"),
                ngettext(
                    "%(n)s, of whom %(k)s are needed",
                    "%(n)s, of whom %(k)s are needed",
                    len(records[0].custodians),
                )
                % {"n": len(records[0].custodians), "k": threshold},
            ),
        ],
        "who_sees": _(
            "registrars and key custodians in your organisation. Only the one who asked can read the original"
        ),
        "can_close": state in (OpeningState.WAITING, OpeningState.OPEN),
    }
    return render(request, "decisions/opening.html", context)


def _next(
    actor: Actor, row: OpeningRequest, state: OpeningState, approvals: list[Any], threshold: int
) -> NextStep | None:
    if state is OpeningState.OPEN and actor.person_id == row.requested_by_id:
        url = reverse("opening_show", args=[row.pk])
        trail = Action(
            _("Fetch the list of who handled it"),
            url,
            "post",
            icon="file-lock",
            fields=[("kind", RecordKind.TRAIL.value)],
        )
        signed = Action(
            _("See who signed which text"), reverse("opening_sign_offs", args=[row.pk]), "post", icon="badge-check"
        )
        revoked = [
            Action(_("Fetch the list of who revoked it"), url, "post", icon="file-lock", fields=[("kind", each.kind)])
            for each in row.decision.records.filter(kind=RecordKind.REVOCATION, sealed_at__lte=row.requested_at)
        ]
        return NextStep(
            _("Open and read the original"),
            _("It comes to you as a file. The server keeps nothing of it. The opening is logged."),
            Action(_("Open the original"), url, "post", icon="lock-open"),
            others=[signed, trail, *revoked] if row.decision.records.filter(kind=RecordKind.TRAIL).exists() else [],
            due_at=row.expires_at,
        )
    given = any(approval.custodian_id == actor.person_id for approval in approvals)
    if (
        state in (OpeningState.WAITING, OpeningState.OPEN)
        and actor.can(P.SEAL_OPEN)
        and not given
        and actor.person_id != row.requested_by_id
    ):
        return NextStep(
            _("Decide whether you give your share"),
            _("You answer for your own judgement. Without you and one more, nothing is opened."),
            Action(_("Give my share"), reverse("opening_give", args=[row.pk]), icon="key-round"),
            due_at=row.expires_at,
        )
    if state is OpeningState.WAITING:
        words = ngettext(
            "%(n)s custodian more is needed.", "%(n)s custodians more are needed.", threshold - len(approvals)
        )
        return NextStep(_("Waits for custodians"), words % {"n": threshold - len(approvals)}, due_at=row.expires_at)
    return None


@requires(P.SEAL_OPEN)
def give(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Give one's share: a file or words, made on the custodian's own machine."""
    actor, row = _load(request, request_id)
    if state_of(row) not in (OpeningState.WAITING, OpeningState.OPEN):
        raise Http404
    has_trail = row.decision.records.filter(kind=RecordKind.TRAIL).exists()
    form = ShareForm(request.POST or None, request.FILES or None, has_trail=has_trail)
    if request.method == "POST" and form.is_valid():
        try:
            actions.approve_opening(
                actor,
                row,
                given=form.cleaned_data["given"],
                given_for_trail=form.cleaned_data.get("given_for_trail", ""),
            )
        except NotAllowed:
            raise
        except MotkraftError as error:
            form.add_error(None, told(error))
        else:
            messages.success(request, _("Your share is given."))
            return redirect("opening", row.pk)
    if form.is_bound:  # a share, or a key given by mistake, is never sent back to the browser
        form.data = form.data.copy()
        for name in ("given", "given_for_trail"):
            form.data[name] = ""
    context = {
        "title": _("Give your share for %(reference)s") % {"reference": row.decision.reference},
        "lead": in_language(LEGAL_BASES[row.legal_basis]),
        "form": form,
        "opening": row,
        "back_url": reverse("opening", args=[row.pk]),
        "submit_label": _("Give my share"),
    }
    return render(request, "decisions/give_share.html", context, status=422 if form.is_bound else 200)


@require_POST
@requires(P.SEAL_REQUEST)
def show(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """Open the record in memory and give it to the requester."""
    actor, row = _load(request, request_id)
    try:
        identity = base64.b64decode(request.COOKIES.get(COOKIE, "")).decode()
        opened = actions.open_records(actor, row, identity=identity)
    except NotAllowed:
        raise
    except MotkraftError as error:
        messages.error(request, told(error))
        return redirect("opening", row.pk)
    except ValueError:
        messages.error(
            request,
            _("This browser does not hold the key of this request. Open it where you made it, or make a new request."),
        )
        return redirect("opening", row.pk)
    wanted = request.POST.get("kind", RecordKind.ORIGINAL)
    if wanted not in opened:
        wanted = RecordKind.ORIGINAL
    record = opened[wanted]
    is_pdf = record.payload.startswith(b"%PDF-")
    response = HttpResponse(record.payload, content_type="application/pdf" if is_pdf else "application/json")
    name = f"{_FILES[wanted]}-{row.decision.reference}"
    response["Content-Disposition"] = f'attachment; filename="{name}.{"pdf" if is_pdf else "json"}"'
    response["X-Commitment"] = record.commitment.digest.hex()
    response["X-Salt"] = record.commitment.salt.hex()
    return response


@require_POST
@requires(P.SEAL_REQUEST, P.SEAL_OPEN)
def close(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """End a request before its time."""
    actor, row = _load(request, request_id)
    actions.close_opening(actor, row)
    messages.success(request, _("The request is closed and its shares are erased."))
    response = redirect("opening", row.pk)
    response.delete_cookie(COOKIE, path=reverse("opening", args=[row.pk]), samesite="Strict")
    return response
