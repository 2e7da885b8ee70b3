"""One decision: its state, next step, text, people, deadlines, documents and what has happened."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from motkraft.decisions import actions, queries
from motkraft.decisions.actions.paper import notice_name
from motkraft.decisions.actions.protection import is_level_chosen
from motkraft.decisions.actions.revoking import begun_revocation, signers
from motkraft.decisions.actions.rights import policy_of
from motkraft.decisions.actions.sign_off import is_handled, is_out, must_answer
from motkraft.decisions.forms import in_language
from motkraft.decisions.models import Decision, DecisionPerson, RecordKind, SealedRecord
from motkraft.decisions.queries import time_limits as limit_queries
from motkraft.decisions.rules import (
    BODIES,
    MEMBERS_NEEDED,
    Part,
    State,
    is_body,
    name_free_rule,
)
from motkraft.decisions.rules.errors import DecisionError
from motkraft.decisions.views import sign_off_parts, time_limits_shown
from motkraft.decisions.views.document_parts import files_of, may_make
from motkraft.decisions.views.listing import who_decides
from motkraft.decisions.views.words import LEVELS, PARTS, body_of, status, title_of
from motkraft.ledger import queries as ledger
from motkraft.ledger.rules import registry
from motkraft.people.access import Actor, Permission, requires
from motkraft.people.queries import readings
from motkraft.people.same_person import is_same
from motkraft.web.dates import day
from motkraft.web.parts import Action, Event, Fact, FileLink, NextStep, Proof, Step, Viewer

P = Permission
READERS_OF_TEXT = (P.DECISION_PREPARE, P.DECISION_HANDLE, P.DECISION_DECIDE, P.SEAL_REQUEST)


def load(request: HttpRequest, decision_id: uuid.UUID) -> tuple[Actor, Decision]:
    """The actor and the decision, or 404."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor, get_object_or_404(queries.decisions(actor), pk=decision_id)


@requires(P.DECISION_READ, P.NOTICE_ASSESS)
def decision(request: HttpRequest, decision_id: uuid.UUID) -> HttpResponse:
    """Show one decision."""
    actor, row = load(request, decision_id)
    actions.note_viewing(actor, row)
    kind = queries.kind_of(row)
    now = timezone.now()
    persons = list(row.persons.select_related("person", "assessment"))
    approvals = list(row.approvals.filter(text_sha256=queries.text_sha256(row)).select_related("person"))
    events = list(ledger.events(actor, "decision", row.pk))
    reads_text = any(actor.can(permission) for permission in READERS_OF_TEXT)
    is_at_work = actor.can(P.DECISION_PREPARE) or actor.can(P.NOTICE_ASSESS)
    context = {
        "kind": _("Decision"),
        "reference": row.reference,
        "title": title_of(kind),
        "status": status(row.state),
        "decision": row,
        "rule": kind,
        "next_step": _next(actor, row, persons, approvals, now),
        "steps": _steps(row, persons, approvals),
        "facts": _facts(row, kind, reads_text=reads_text),
        "reads_text": reads_text,
        "text_sha256": queries.text_sha256(row),
        "provisions": row.provisions,
        "sign_offs": sign_off_parts.sign_offs(actor, row),
        "can_replace": row.state in (State.DRAFT, State.HANDLING, State.READY) and actor.can(P.DECISION_PREPARE),
        **time_limits_shown.section(actor, row, now),
        "duties_title": _("Deadlines"),
        "files": [*_files(actor, row), *files_of(actor, row)],
        "may_make": may_make(actor, row),
        "people": [_person(actor, row, person) for person in persons],
        "people_title": _("People of the record"),
        "events": _events(events),
        "proof": _proof(actor, row, events),
        "who_sees": _("those who prepare, handle, decide and register decisions in your organisation"),
        "seen": _seen(actor, row),
        "is_at_work": is_at_work,
        "is_sealed": row.state not in queries.OPEN_STATES,
        "can_protect": row.state in queries.OPEN_STATES and is_at_work,
        "can_ask_police": row.state in (State.DECIDED, State.ISSUED) and actor.can(P.POLICE_HELP_ASK),
        "help_share": row.help_shares.filter(ended_at=None).first(),
        "hand_over": row.hand_overs.order_by("-sent_at").first(),
        "can_copy": bool(row.content) and actor.can(P.DECISION_PREPARE),
        "can_replace_decision": row.state == State.ISSUED and actor.can(P.DECISION_PREPARE),
        "can_revoke": row.state == State.ISSUED and actor.can(P.DECISION_DECIDE),
        "can_open": row.state not in queries.OPEN_STATES and actor.can(P.SEAL_REQUEST),
        "name_free": _name_free(now),
        "now": now,
    }
    return render(request, "decisions/decision.html", context)


def _name_free(now: dt.datetime) -> Any:
    try:
        return name_free_rule(timezone.localdate(now))
    except DecisionError:
        return None


def _facts(row: Decision, kind: Any, *, reads_text: bool) -> list[Fact]:
    facts = [
        Fact(_("Case"), row.case.reference),
        Fact(_("Who may decide"), who_decides(kind)),
        Fact(_("Notice"), LEVELS[row.protection_level], _not_chosen(row)),
        Fact(_("Sign-off"), sign_off_parts.policy_words(policy_of(row.organisation_id, row.type_code))),
    ]
    if row.decided_on:
        facts.append(Fact(_("Decided on"), day(row.decided_on)))
        facts.append(Fact(_("Decided by"), body_of(row), row.minutes or ""))
    if row.must_report:
        shown = day(row.reported_on) if row.reported_on else _("Not yet")
        facts.append(Fact(_("Reported to the committee"), shown))
    if row.state not in queries.OPEN_STATES:
        facts.append(Fact(_("Id for verification"), row.public_id))
    if row.replaces is not None:
        facts.append(Fact(_("Replaces"), row.replaces.reference, row.replaces_reason or "" if reads_text else ""))
    if row.ended_at:
        new = row.replaced_by.filter(state=State.ISSUED).first()
        words = _("Replaced by %(reference)s") % {"reference": new.reference} if new else _("Revoked")
        facts.append(Fact(words, day(row.ended_at), row.ended_reason or "" if reads_text else ""))
    return facts


def _not_chosen(row: Decision) -> str:
    is_chosen = row.state not in queries.OPEN_STATES or is_level_chosen(row)
    return "" if is_chosen else _("Proposed: nobody has chosen it yet")


def _steps(row: Decision, persons: list[DecisionPerson], approvals: list[Any]) -> list[Step]:
    order = list(State)
    reached = order.index(State(row.state)) if row.state in (*queries.OPEN_STATES, State.ISSUED) else len(order)

    def state(number: int) -> Any:
        return "done" if reached > number else "now" if reached == number else "later"

    needed = policy_of(row.organisation_id, row.type_code).handlers
    given = ngettext("%(n)s of %(of)s approved", "%(n)s of %(of)s approved", len(approvals)) % {
        "n": min(len(approvals), needed),
        "of": needed,
    }
    return [
        Step(_("Draft"), state(0), at=row.created_at if reached else None),
        Step(_("The handlers"), state(1), who=given, at=row.ready_at),
        Step(_("Decision"), state(2), who=body_of(row), at=row.decided_at),
        Step(_("Sealed and issued"), "done" if row.issued_at else state(3), at=row.issued_at),
    ]


def _person(actor: Actor, row: Decision, person: DecisionPerson) -> dict[str, Any]:
    if person.person is None:
        shown = _("Sealed. Two key custodians together can open it.")
    elif person.person_id == actor.person_id:
        shown = _("You")
    else:
        shown = f"{person.person.title} · {person.person.username}".strip(" ·")
    assessment = getattr(person, "assessment", None)
    may_assess = (
        row.protection_level > 0
        and row.state in (State.HANDLING, State.READY, State.DECIDED)
        and actor.can(P.NOTICE_ASSESS)
        and person.person_id != actor.person_id
    )
    return {
        "part": PARTS[person.part],
        "shown": shown,
        "assessed": assessment,
        "feared": ", ".join(in_language(words) for words in assessment.feared_words) if assessment else "",
        "needs": row.protection_level > 0 and assessment is None,
        "url": reverse("decision_assess", args=[row.pk, person.pk]) if may_assess else "",
    }


def _next(
    actor: Actor, row: Decision, persons: list[DecisionPerson], approvals: list[Any], now: dt.datetime
) -> NextStep | None:
    url = lambda name: reverse(f"decision_{name}", args=[row.pk])  # noqa: E731
    change = Action(_("Change the text"), url("text"), icon="pencil")
    if row.state in (State.DRAFT, State.HANDLING, State.READY) and any(
        person.part == Part.RAPPORTEUR and is_out(actor, row, person.person_id) for person in persons
    ):
        replace = Action(_("Replace a handler"), url("replace_handler"), icon="users")
        return NextStep(
            _("Name another rapporteur"),
            _("The rapporteur takes no further part in this decision."),
            replace if actor.can(P.DECISION_PREPARE) else None,
        )
    if must_answer(actor, row):
        return NextStep(
            _("Answer whether you have a conflict of interest"),
            _("You present the matter. The decision can be made when you have answered."),
            Action(_("To the question"), url("declare"), icon="scale"),
            others=[Action(_("To the approval"), url("approve"), icon="check")] if row.state == State.HANDLING else [],
        )
    if row.state == State.DRAFT:
        if not actor.can(P.DECISION_PREPARE):
            return NextStep(_("The text is being written"))
        if not row.content or not row.reasons:
            return NextStep(_("Write the text"), _("What is decided, and why."), change)
        return NextStep(
            _("Hand the text over to the handlers"),
            _("They approve this very text. When it changes they approve again."),
            Action(_("Hand over"), url("submit"), "post", icon="send"),
            others=[change],
        )
    if row.state == State.HANDLING or (row.state == State.READY and not is_handled(actor, row)):
        mine = is_same(actor, actor.person_id, [approval.person_id for approval in approvals])
        if actor.can(P.DECISION_HANDLE) and not mine and not is_out(actor, row, actor.person_id):
            return NextStep(
                _("Read the text and approve it"),
                _("Different persons approve. You stand in the record as one who took part."),
                Action(_("To the approval"), url("approve"), icon="check"),
                others=[change] if actor.can(P.DECISION_PREPARE) else [],
            )
        return NextStep(
            _("Waits for another handler"),
            sign_off_parts.waits_for(actor, row, mine=mine),
            others=[change] if actor.can(P.DECISION_PREPARE) else [],
        )
    if row.state == State.READY:
        if actor.can(P.DECISION_DECIDE):
            return NextStep(
                _("Make the decision"),
                _("Read the text first. The law of today says in which role you may decide."),
                Action(_("To the decision"), url("decide"), icon="gavel"),
            )
        return NextStep(_("Waits for whoever decides"), others=[change] if actor.can(P.DECISION_PREPARE) else [])
    if row.state == State.DECIDED:
        return _next_decided(actor, row, persons, url)
    if row.state == State.ISSUED:
        return _next_issued(actor, row, url, now)
    return None


def _next_decided(actor: Actor, row: Decision, persons: list[DecisionPerson], url: Any) -> NextStep:
    deciders = [person for person in persons if person.part == "decider"]
    counted = [person for person in deciders if not is_out(actor, row, person.person_id)]
    if is_body(row.decider_body) and len(counted) < MEMBERS_NEEDED:
        mine = any(person.person_id == actor.person_id for person in deciders)
        if actor.can(P.DECISION_DECIDE) and not mine:
            return NextStep(
                _("Confirm that you took part in deciding"),
                _("A committee is more than one person. Each member confirms in person."),
                Action(_("To the confirmation"), url("concur"), icon="check"),
            )
        return NextStep(_("Waits for another member to confirm"))
    if not is_level_chosen(row):
        can = actor.can(P.DECISION_PREPARE) or actor.can(P.NOTICE_ASSESS)
        return NextStep(
            _("Choose the level of protection"),
            _("The threat picture proposes that names are left out. A person chooses, and says why."),
            Action(_("To the levels"), url("level"), icon="shield") if can else None,
            rule=_name_free(timezone.now()),
        )
    waiting = [person for person in persons if row.protection_level and not hasattr(person, "assessment")]
    if waiting:
        mine = [person for person in waiting if person.person_id != actor.person_id]
        text = ngettext(
            "%(n)s person has no assessment yet.", "%(n)s persons have no assessment yet.", len(waiting)
        ) % {"n": len(waiting)}
        if actor.can(P.NOTICE_ASSESS) and mine:
            return NextStep(
                _("Assess whether each name may be left out"),
                text,
                Action(_("Assess the next"), reverse("decision_assess", args=[row.pk, mine[0].pk]), icon="scale"),
                rule=_name_free(timezone.now()),
            )
        return NextStep(_("Waits for the assessment of the names"), text, rule=_name_free(timezone.now()))
    if actor.can(P.DECISION_PREPARE) or actor.can(P.DECISION_DECIDE):
        return NextStep(
            _("Seal and issue the decision"),
            _("The original is sealed to the key custodians, the notice gets its seal and a place in the log."),
            Action(_("To issuing"), url("finalise"), icon="stamp"),
        )
    return NextStep(_("Waits to be issued"))


def _next_issued(actor: Actor, row: Decision, url: Any, now: dt.datetime) -> NextStep | None:
    begun = begun_revocation(row)
    if begun is not None and actor.roles & BODIES[begun.body] and not is_same(actor, actor.person_id, signers(row)):
        return NextStep(
            _("Confirm that the decision is revoked"),
            _("A committee is more than one person. Each member confirms in person."),
            Action(_("To the confirmation"), url("revoke_confirm"), icon="check"),
        )
    limits = time_limits_shown.shown(actor, limit_queries.limits_of(actor, row, now))
    soonest = next((each for each in limits if each.limit.is_open and each.limit.is_ours), None)
    must_report = row.must_report and row.reported_on is None
    may_report = actor.can(P.DECISION_PREPARE) or actor.can(P.DECISION_DECIDE)
    note = Action(_("Note that it was reported to the committee"), url("report"), icon="landmark")
    fetch = Action(_("Fetch the notice"), reverse("decision_notice", args=[row.pk]), icon="download")
    if soonest is not None:
        return NextStep(
            soonest.title,
            in_language((soonest.clock.plain_sv, soonest.clock.plain_en)),
            Action(_("It is done: mark the day"), soonest.mark_url, icon="check") if soonest.mark_url else None,
            rule=soonest.clock,
            due_at=soonest.limit.at,
            others=[fetch, *([note] if must_report and may_report else [])],
        )
    if must_report and may_report:
        return NextStep(
            _("Report the decision at the committee's next meeting"), action=note, rule=queries.kind_of(row)
        )
    return NextStep(_("Give the notice to the party"), action=fetch)


def _files(actor: Actor, row: Decision) -> list[FileLink]:
    if not row.notice_sha256:
        return []
    files = [
        FileLink(
            f"{_('Notice')} {row.reference}.pdf",
            reverse("decision_notice", args=[row.pk]),
            row.notice_size,
            "file-check",
            str(LEVELS[row.protection_level]),
            row.notice_sha256,
        )
    ]
    for record in SealedRecord.objects.filter(organisation_id=actor.organisation_id, decision=row).order_by("kind"):
        files.append(
            FileLink(
                f"{RecordKind(record.kind).label} ({_('sealed')})",
                reverse("decision_sealed", args=[row.pk, record.kind]),
                len(bytes(record.record)),
                "file-lock",
                _("%(n)s of %(of)s custodians open it together")
                % {"n": record.threshold, "of": len(record.custodians)},
                record.sha256,
            )
        )
    return files


def _events(events: list[Any]) -> list[Event]:
    words = registry()
    return [
        Event(
            at=event.at,
            title=in_language((words[event.type].sv, words[event.type].en)) if event.type in words else event.type,
            tone="success" if event.type == "decision.issued" else "neutral",
        )
        for event in events
    ]


def _proof(actor: Actor, row: Decision, events: list[Any]) -> Proof | None:
    issued = next((event for event in events if event.type == "decision.issued"), None)
    if issued is None:
        return None
    if ledger.receipt(actor, issued) is None:
        return Proof("waiting")
    return Proof("logged", url=reverse("verify_receipt", args=[row.public_id]), index=issued.index)


def _seen(actor: Actor, row: Decision) -> list[Viewer]:
    seen = [Viewer(view.person.username, view.person.title, view.at) for view in row.viewings.select_related("person")]
    seen += [
        Viewer(reading.reader.username if reading.reader else "", "", reading.at)
        for reading in readings(actor, "decision", row.pk)[:50]
    ]
    return seen


@requires(P.DECISION_READ)
def notice(request: HttpRequest, decision_id: uuid.UUID) -> HttpResponse:
    """Fetch the notice, as it was sealed."""
    actor, row = load(request, decision_id)
    path = queries.notice_file(row)
    if path is None or not path.exists() or not any(actor.can(permission) for permission in READERS_OF_TEXT):
        raise Http404
    response = HttpResponse(path.read_bytes(), content_type="application/pdf")
    response["Content-Disposition"] = f'attachment; filename="{notice_name(row.reference)}.pdf"'
    response["X-Content-Type-Options"] = "nosniff"
    return response


@requires(P.DECISION_READ)
def sealed(request: HttpRequest, decision_id: uuid.UUID, kind: str) -> HttpResponse:
    """Fetch a sealed record; nobody can read it without two custodians."""
    actor, row = load(request, decision_id)
    record = get_object_or_404(SealedRecord, organisation_id=actor.organisation_id, decision=row, kind=kind)
    record = actions.as_sealed_now(record)
    response = HttpResponse(bytes(record.record), content_type="application/json")
    response["Content-Disposition"] = f'attachment; filename="forseglad-{row.reference}-{kind}.json"'
    return response
