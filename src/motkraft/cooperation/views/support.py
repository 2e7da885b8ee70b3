"""Support requests, for those who ask and those who answer."""

from __future__ import annotations

import datetime as dt
import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from motkraft.cooperation import actions, queries
from motkraft.cooperation.forms import AskForm, MessageForm
from motkraft.cooperation.models import STATUS_LABELS, URGENCY_LABELS, SupportRequest
from motkraft.cooperation.rules.support import Side, Status, Urgency
from motkraft.errors import MotkraftError
from motkraft.ledger import queries as ledger
from motkraft.ledger.rules import known
from motkraft.people.access import Actor, Permission, Role, requires
from motkraft.people.actions import record_reading
from motkraft.web import parts
from motkraft.web.htmx import render
from motkraft.web.lists import Choice, Column, Filter, listing

TONES: dict[Status, parts.Tone] = {
    Status.ASKED: "warning",
    Status.TAKEN: "info",
    Status.ANSWERED: "success",
    Status.CLOSED: "neutral",
}
_ASK, _ANSWER = Permission.SUPPORT_ASK, Permission.SUPPORT_ANSWER


def badge(status: Status) -> parts.Status:
    """A request's status as it is drawn."""
    return parts.Status(str(STATUS_LABELS[status]), TONES[status])


def role_label(value: str) -> str:
    """A role's name in the interface language; an unknown one as it is."""
    return str(Role(value).label) if value in Role._value2member_map_ else value


@requires(_ASK, _ANSWER)
def support_list(request: HttpRequest) -> HttpResponse:
    """The requests that one may see."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    columns = [
        Column("reference", _("Reference"), "reference"),
        Column("subject", _("About")),
        Column("organisation", _("From"), "organisation__name"),
        Column("urgency", _("Answer needed"), "due_at"),
        Column("status", _("Status"), "status"),
    ]
    found = listing(
        request,
        queries.requests(actor),
        columns,
        filters=[
            Filter(
                "status",
                _("Status"),
                [Choice(s.value, str(STATUS_LABELS[s])) for s in Status],
                lambda given, value: given.filter(status=value),
            )
        ],
        sort="urgency",
        with_csv=False,
    )
    for row in found.page:
        row.badge = badge(row.state)
        row.is_open = row.status in queries.OPEN
    ask = parts.Action(_("Ask the knowledge unit"), reverse("support_ask"), icon="life-buoy")
    return render(
        request,
        "web/list_page.html",
        {
            "title": _("Support requests"),
            "lead": _("Questions to the national knowledge unit. Only you and the unit see them."),
            "listing": found,
            "row_template": "cooperation/_support_row.html",
            "list_action": ask if actor.can(_ASK) else None,
            "empty": parts.Empty(
                _("No support requests"),
                _("Ask about a hard case, a threat, a decision or an answer. You never name anyone."),
                ask if actor.can(_ASK) else None,
                "life-buoy",
            )
            if actor.can(_ASK)
            else parts.Empty(_("No support requests"), _("What municipalities ask stands here."), None, "life-buoy"),
        },
        fragment="web/_list.html",
    )


@requires(_ASK)
def support_ask(request: HttpRequest) -> HttpResponse:
    """Ask."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        values = form.cleaned_data
        try:
            made = actions.ask_for_support(
                actor,
                knowledge_unit=values["knowledge_unit"],
                subject=values["subject"],
                question=values["question"],
                urgency=Urgency(values["urgency"]),
            )
        except MotkraftError as error:
            form.add_error(None, _(error.message))
        else:
            messages.success(request, _("Asked. The unit sees it now."))
            return redirect("support", made.pk)
    return render(
        request,
        "web/form_page.html",
        {
            "title": _("Ask the knowledge unit"),
            "lead": _("The unit and your organisation see what you write here, and nothing else of yours."),
            "form": form,
            "submit_label": _("Ask"),
            "back_url": reverse("support_list"),
        },
        status=422 if form.errors else 200,
    )


@requires(_ASK, _ANSWER)
def support(request: HttpRequest, request_id: uuid.UUID) -> HttpResponse:
    """One request as a thread; messages, taking, closing and opening again are posted here."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = get_object_or_404(queries.requests(actor), pk=request_id)
    side = actions.side_of(actor, found)
    form = MessageForm()
    if request.method == "POST":
        form = MessageForm(request.POST)
        done = _post(request, actor, found, side, form)
        if done is not None:
            return done
    record_reading(actor, "support", found.pk)
    written = list(found.messages.all())
    thread = [
        {
            "from_unit": False,
            "who": found.organisation.name,
            "role": role_label(found.asked_as),
            "at": found.asked_at,
            "text": str(found.question),
            "is_mine": side is Side.ASKER,
        },
        *(
            {
                "from_unit": m.from_unit,
                "who": found.knowledge_unit.name if m.from_unit else found.organisation.name,
                "role": role_label(m.written_as),
                "at": m.at,
                "text": str(m.text),
                "is_mine": m.from_unit == (side is Side.UNIT),
            }
            for m in written
        ),
    ]
    can_write = actor.can(_ANSWER if side is Side.UNIT else _ASK) and (found.state is not Status.CLOSED)
    return render(
        request,
        "cooperation/support.html",
        {
            "kind": _("Support request"),
            "reference": found.reference,
            "title": str(found.subject),
            "status": badge(found.state),
            "support": found,
            "thread": thread,
            "form": form,
            "can_write": can_write,
            "message_label": _("Send the answer") if side is Side.UNIT else _("Send"),
            "next_step": _next_step(found, side),
            "can_close": found.state is Status.ANSWERED
            or (side is Side.ASKER and found.state in (Status.ASKED, Status.TAKEN)),
            "facts": [
                parts.Fact(_("From"), found.organisation.name, role_label(found.asked_as)),
                parts.Fact(_("To"), found.knowledge_unit.name),
                parts.Fact(_("Answer needed"), str(URGENCY_LABELS[Urgency(found.urgency)]), _("The unit's own aim")),
            ],
            "events": _events(actor, found),
            "who_sees": _("whoever asked, managers of the organisation, and the advisors of the unit"),
            "crumbs": [parts.Crumb(_("Support requests"), reverse("support_list"))],
        },
        status=422 if form.errors else 200,
    )


def _post(
    request: HttpRequest, actor: Actor, found: SupportRequest, side: Side, form: MessageForm
) -> HttpResponse | None:
    simple = {
        "take": (actions.take_request, _("You answer this one.")),
        "close": (actions.close_request, _("Closed.")),
        "reopen": (actions.reopen_request, _("Open again.")),
    }
    do = request.POST.get("do", "write")
    try:
        if do in simple:
            act, words = simple[do]
            act(actor, found.pk)
            messages.success(request, words)
        elif do == "write":
            if not form.is_valid():
                return None
            send = actions.answer_request if side is Side.UNIT else actions.ask_more
            send(actor, found.pk, text=form.cleaned_data["text"])
            messages.success(request, _("Sent."))
        else:
            raise Http404
    except MotkraftError as error:
        if do == "write":
            form.add_error(None, _(error.message))
            return None
        messages.error(request, _(error.message))
    return redirect("support", found.pk)


def _next_step(found: SupportRequest, side: Side) -> parts.NextStep | None:
    here = reverse("support", args=[found.pk])

    def post(label: str, do: str, icon: str = "") -> parts.Action:
        return parts.Action(label, here, "post", icon, fields=[("do", do)])

    write = parts.Action(_("Write an answer"), "#write", icon="pencil")
    match found.state, side:
        case Status.ASKED, Side.UNIT:
            return parts.NextStep(
                _("Take it, so that others see that you answer"), "", post(_("I answer this"), "take", "hand"),
                due_at=found.due_at,
            )  # fmt: skip
        case Status.TAKEN, Side.UNIT:
            return parts.NextStep(_("Give your answer"), "", write, due_at=found.due_at)
        case ((Status.ASKED | Status.TAKEN), Side.ASKER):
            return parts.NextStep(_("The unit answers"), _("You can add to your question below."), due_at=found.due_at)
        case Status.ANSWERED, Side.ASKER:
            return parts.NextStep(
                _("Read the answer"), _("Ask again below, or close it when you have what you need."),
                post(_("Close it"), "close", "check"),
            )  # fmt: skip
        case Status.CLOSED, Side.ASKER:
            return parts.NextStep(
                _("It is closed"), _("Need more help with it? Open it again."),
                post(_("Open it again"), "reopen", "rotate-ccw"),
            )  # fmt: skip
    return None


def _events(actor: Actor, found: SupportRequest) -> list[parts.Event]:
    swedish = get_language() == "sv"
    given: list[parts.Event] = [
        parts.Event(
            at=event.at,
            title=known(event.type).sv if swedish else known(event.type).en,
            who=event.actor.username if event.actor else "",
            proof=parts.Proof(
                "waiting" if event.index is None else "logged",
                url="" if event.index is None else reverse("receipt", args=[event.pk]),
                index=event.index,
            ),
        )
        for event in ledger.events(actor, "supportrequest", found.pk).select_related("actor")
    ]
    moments: list[tuple[dt.datetime | None, str]] = [(found.answered_at, _("Answered")), (found.taken_at, _("Taken"))]
    if found.organisation_id == actor.organisation_id:  # what the other side did stands in its own log
        given += [parts.Event(at=at, title=words, who=found.knowledge_unit.name) for at, words in moments if at]
    else:
        given.append(parts.Event(at=found.asked_at, title=_("Asked"), who=found.organisation.name))
    return sorted(given, key=lambda event: event.at)
