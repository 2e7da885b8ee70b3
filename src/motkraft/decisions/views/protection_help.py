"""Help from another municipality: the agreements, and the one row of a decision that both sides work in."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from motkraft import law
from motkraft.decisions.actions import note_viewing
from motkraft.decisions.actions import protection_help as actions
from motkraft.decisions.actions.paper import notice_name
from motkraft.decisions.forms import in_language
from motkraft.decisions.forms.protection_help import AgreementForm, HelpTextForm, PresenterForm, PresentForm, ToldForm
from motkraft.decisions.models import HandOver, HelpAgreement, HelpShare
from motkraft.decisions.queries import protection_help as queries
from motkraft.decisions.rules import State
from motkraft.decisions.rules.protection_help import TASK_WORDS, Task, agreement_rule
from motkraft.decisions.rules.rights import CONFLICT_CONSEQUENCE, CONFLICT_DUTY, conflict_rule
from motkraft.decisions.views.pdf import pdf_response
from motkraft.decisions.views.words import do_step, form_step
from motkraft.incidents.actions import path_of
from motkraft.people.access import Actor, Permission, requires
from motkraft.people.actions import record_reading
from motkraft.people.models import Kind, Organisation
from motkraft.web import htmx
from motkraft.web.dates import day
from motkraft.web.lists import Column, csv_response, listing, wants_csv
from motkraft.web.parts import Action, Crumb, Empty, Fact, NextStep, Status

P = Permission
READING = "helpshare"
WORKERS = (P.DECISION_PREPARE, P.NOTICE_ASSESS)


def _actor(request: HttpRequest) -> Actor:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


def _status(row: HelpAgreement) -> Status:
    today = timezone.localdate()
    if row.ended_on is not None or row.valid_to < today:
        return Status(_("Ended"), "neutral", "archive")
    if row.accepted_at is None:
        return Status(_("Waits for the helper to accept"), "warning", "clock")
    if row.valid_from > today:
        return Status(_("Begins later"), "info", "calendar")
    return Status(_("In force"), "success", "check")


def _tasks(tasks: list[str]) -> str:
    return "; ".join(in_language(TASK_WORDS[Task(task)]) for task in tasks)


def note(actor: Actor, row: HelpShare | HandOver, what: str) -> None:
    """Write down a reading: at home with the decision, whose viewings may be sealed, at the other as its own."""
    if row.organisation_id == actor.organisation_id:
        note_viewing(actor, row.decision)
    else:
        record_reading(actor, what, row.pk)


@requires(P.AGREEMENT_MANAGE, *WORKERS)
def agreements(request: HttpRequest) -> HttpResponse:
    """List agreements on help, in both directions."""
    actor = _actor(request)
    columns = [
        Column("reference", _("Reference"), "reference"),
        Column("helped", _("Who is helped"), "organisation__name"),
        Column("helper", _("Who helps"), "helper__name"),
        Column("from", _("First day"), "valid_from"),
        Column("to", _("Last day"), "valid_to"),
        Column("state", _("State")),
    ]
    found = listing(
        request,
        queries.agreements(actor),
        columns,
        search=lambda rows, words: rows.filter(reference__icontains=words),
        sort="-from",
    )
    if wants_csv(request):
        lines = (
            [row.reference, row.organisation.name, row.helper.name, row.valid_from, row.valid_to, _status(row).label]
            for row in found.rows
        )
        return csv_response("hjalpavtal", [column.label for column in columns], lines)
    for row in found.page:
        row.shown_state = _status(row)
    new = Action(_("Write down an agreement"), reverse("help_agreement_new"), icon="plus")
    may = actor.can(P.AGREEMENT_MANAGE)
    context = {
        "title": _("Agreements on help"),
        "lead": _("Another municipality investigates, presents or tells the party. The committee at home decides."),
        "listing": found,
        "search_label": _("Search reference"),
        "row_template": "decisions/_help_agreement_row.html",
        "list_action": new if may else None,
        "empty": Empty(
            _("No agreements yet"),
            _("The director writes an agreement down, and the other municipality accepts it."),
            new if may else None,
            icon="handshake",
        ),
    }
    return htmx.render(request, "web/list_page.html", context, fragment="web/_list.html")


@requires(P.AGREEMENT_MANAGE)
def agreement_new(request: HttpRequest) -> HttpResponse:
    """Write an agreement down."""
    actor = _actor(request)
    others = Organisation.objects.filter(kind=Kind.MUNICIPALITY).exclude(pk=actor.organisation_id)
    by_code = {each.code: each for each in others}

    def act(given: dict[str, Any]) -> str:
        made = actions.make_agreement(actor, **{**given, "helper": by_code[given["helper"]]})
        return reverse("help_agreement", args=[made.pk])

    return form_step(
        request,
        AgreementForm(request.POST or None, helpers=[(each.code, each.name) for each in others]),
        act,
        title=_("Write down an agreement"),
        back=reverse("help_agreement_list"),
        rules=_rules("coop_agreement", "coop_external_delegation"),
    )


def _rules(*ids: str) -> list[law.Rule]:
    rules = law.library().on(timezone.localdate())
    return [rules[each] for each in ids if each in rules]


@requires(P.AGREEMENT_MANAGE, *WORKERS)
def agreement(request: HttpRequest, agreement_id: uuid.UUID) -> HttpResponse:
    """One agreement, and what is shared on it."""
    actor = _actor(request)
    row = get_object_or_404(queries.agreements(actor), pk=agreement_id)
    may = actor.can(P.AGREEMENT_MANAGE) and row.ended_on is None
    accepts = may and row.helper_id == actor.organisation_id and row.accepted_at is None
    accept = Action(_("Accept the agreement"), reverse("help_agreement_accept", args=[row.pk]), "post", icon="check")
    facts = [
        Fact(_("Who is helped"), row.organisation.name),
        Fact(_("Who helps"), row.helper.name),
        Fact(_("What the helper does"), _tasks(row.tasks)),
        Fact(_("Holds"), f"{day(row.valid_from)} – {day(row.valid_to)}"),
        Fact(_("Where the agreement was decided"), row.basis),
    ]
    if row.ended_on:
        facts.append(Fact(_("Ended"), day(row.ended_on)))
    context = {
        "kind": _("Agreement on help"),
        "reference": row.reference,
        "title": _("Agreement on help"),
        "crumbs": [Crumb(_("Agreements on help"), reverse("help_agreement_list"))],
        "status": _status(row),
        "row": row,
        "rules": _rules("coop_agreement", "coop_external_delegation"),
        "facts": facts,
        "next_step": NextStep(_("Accept, so that the agreement counts"), action=accept) if accepts else None,
        "reads_shares": any(actor.can(each) for each in WORKERS),
        "shares": queries.shares(actor).filter(agreement=row),
        "can_end": may,
        "who_sees": _("those who make agreements and prepare decisions in both organisations"),
        "now": timezone.now(),
    }
    return render(request, "decisions/help_agreement.html", context)


@requires(P.AGREEMENT_MANAGE)
def agreement_accept(request: HttpRequest, agreement_id: uuid.UUID) -> HttpResponse:
    """Accept, as the helper."""
    actor = _actor(request)
    row = get_object_or_404(queries.agreements(actor), pk=agreement_id)
    back = reverse("help_agreement", args=[row.pk])
    return do_step(request, lambda: actions.accept_agreement(actor, row), onward=back, done=_("The agreement counts."))


@requires(P.AGREEMENT_MANAGE)
def agreement_end(request: HttpRequest, agreement_id: uuid.UUID) -> HttpResponse:
    """End it, from either side."""
    actor = _actor(request)
    row = get_object_or_404(queries.agreements(actor), pk=agreement_id)
    back = reverse("help_agreement", args=[row.pk])
    return do_step(request, lambda: actions.end_agreement(actor, row), onward=back, done=_("The agreement is ended."))


# -- what is shared


def _share(request: HttpRequest, share_id: uuid.UUID) -> tuple[Actor, HelpShare, bool]:
    """The actor, the row, and whether it is one's own decision."""
    actor = _actor(request)
    row = get_object_or_404(queries.shares(actor), pk=share_id)
    return actor, row, row.organisation_id == actor.organisation_id


@requires(*WORKERS)
def share(request: HttpRequest, share_id: uuid.UUID) -> HttpResponse:
    """What is shared of one decision, as either side sees it. Opening it is recorded."""
    actor, row, is_home = _share(request, share_id)
    note(actor, row, READING)
    kind = law.library().on(timezone.localdate()).decision_type(row.type_code)
    prepares, is_open = actor.can(P.DECISION_PREPARE), row.ended_at is None
    helps, runs = prepares and is_open and not is_home, prepares and is_open and is_home
    facts = [
        Fact(_("Who is helped"), row.organisation.name),
        Fact(_("Who helps"), row.helper.name),
        Fact(_("Decision"), in_language((kind.title_sv, kind.title_en))),
        Fact(_("Case"), row.case_reference),
        Fact(_("What the helper does"), _tasks(row.tasks)),
        Fact(_("Who decides"), _("The committee at home, and nobody else")),
    ]
    if Task.PRESENT in row.tasks:
        facts.append(Fact(_("Presenter"), _("Named in the record") if row.presenter_name else _("Not said yet")))
    if row.told_on:
        facts.append(Fact(_("The party was told"), day(row.told_on)))
    context = {
        "kind": _("Help from another municipality"),
        "reference": row.reference,
        "title": _("Help from another municipality"),
        "crumbs": [Crumb(_("Agreements on help"), reverse("help_agreement_list"))],
        "status": Status(_("Shared"), "success", "share-2") if is_open else Status(_("Ended"), "neutral", "archive"),
        "row": row,
        "is_home": is_home,
        "rules": [agreement_rule(timezone.localdate())],
        "facts": facts,
        "can_write": helps and Task.INVESTIGATE in row.tasks,
        "can_present": helps and Task.PRESENT in row.tasks,
        "can_fetch": not is_home and is_open and Task.COMMUNICATE in row.tasks and bool(row.notice_sha256),
        "can_take": runs and row.written_at is not None,
        "can_assess": is_home and is_open and actor.can(P.NOTICE_ASSESS) and bool(row.presenter_name),
        "is_assessed": bool(row.feared),
        "can_give": runs
        and Task.COMMUNICATE in row.tasks
        and not row.notice_sha256
        and row.decision.state == State.ISSUED,
        "who_sees": _("those who prepare and protect decisions in both organisations"),
        "now": timezone.now(),
    }
    return render(request, "decisions/help_share.html", context)


def _form(request: HttpRequest, row: HelpShare, form: Any, act: Any, title: str) -> HttpResponse:
    actor, back = _actor(request), reverse("help_share", args=[row.pk])

    def send(given: dict[str, Any]) -> str:
        act(actor, row, **given)
        return back

    return form_step(request, form, send, title=title, lead=row.reference, back=back)


@requires(P.DECISION_PREPARE)
def text(request: HttpRequest, share_id: uuid.UUID) -> HttpResponse:
    """Write the text, as the helper."""
    actor, row, is_home = _share(request, share_id)
    if is_home or Task.INVESTIGATE not in row.tasks:
        raise Http404
    record_reading(actor, READING, row.pk)
    form = HelpTextForm(request.POST or None, initial={"content": row.content or "", "reasons": row.reasons or ""})
    return _form(request, row, form, actions.write_text, _("Write the text"))


@requires(P.NOTICE_ASSESS)
def assess(request: HttpRequest, share_id: uuid.UUID) -> HttpResponse:
    """Assess the presenter's name, at home."""
    _who, row, is_home = _share(request, share_id)
    if not is_home or not row.presenter_name:
        raise Http404
    later = timezone.localdate() + dt.timedelta(days=90)
    initial = {"feared": row.feared, "facts": row.facts or "", "review_on": row.review_on or later}
    form = PresenterForm(request.POST or None, initial=initial)
    return _form(request, row, form, actions.assess_presenter, _("May the name be left out?"))


@requires(P.DECISION_PREPARE)
def note_told(request: HttpRequest, share_id: uuid.UUID) -> HttpResponse:
    """Note that the party was told, as the helper."""
    _who, row, is_home = _share(request, share_id)
    if is_home:
        raise Http404
    form = ToldForm(request.POST or None, initial={"on": timezone.localdate()})
    return _form(request, row, form, actions.note_told, _("The party has been told"))


@requires(P.DECISION_PREPARE)
def present(request: HttpRequest, share_id: uuid.UUID) -> HttpResponse:
    """Say that one presents."""
    actor, row, is_home = _share(request, share_id)
    if is_home:
        raise Http404
    today = timezone.localdate()
    return form_step(
        request,
        PresentForm(request.POST or None),
        lambda given: _none(actions.present(actor, row, **given)),
        title=_("Do you present this matter?"),
        lead=_("The record names whoever presents. The notice leaves the name out, when that has been assessed."),
        back=reverse("help_share", args=[row.pk]),
        rules=[conflict_rule(CONFLICT_DUTY, today), conflict_rule(CONFLICT_CONSEQUENCE, today)],
        submit=_("I present this matter"),
        done=_("The record will name you as presenter."),
    )


def _none(_done_to: object) -> None:
    """What was changed is not where one goes on to."""


@requires(P.DECISION_PREPARE)
def take(request: HttpRequest, share_id: uuid.UUID) -> HttpResponse:
    """Take the helper's text into the decision."""
    actor, row, is_home = _share(request, share_id)
    if not is_home:
        raise Http404
    back = reverse("help_share", args=[row.pk])
    return do_step(
        request, lambda: actions.take_text(actor, row), onward=back, done=_("The text stands in the decision now.")
    )


@requires(P.DECISION_PREPARE)
def give(request: HttpRequest, share_id: uuid.UUID) -> HttpResponse:
    """Give the helper the notice."""
    actor, row, is_home = _share(request, share_id)
    if not is_home:
        raise Http404
    back = reverse("help_share", args=[row.pk])
    return do_step(
        request, lambda: actions.give_notice(actor, row), onward=back, done=_("The helper can fetch the notice.")
    )


@requires(P.DECISION_PREPARE)
def notice(request: HttpRequest, share_id: uuid.UUID) -> HttpResponse:
    """Fetch the notice, as the helper that communicates."""
    actor, row, is_home = _share(request, share_id)
    if is_home or row.ended_at is not None or Task.COMMUNICATE not in row.tasks or not row.notice_sha256:
        raise Http404
    path = path_of(row.organisation_id, row.notice_sha256)
    if not path.exists():
        raise Http404
    record_reading(actor, READING, row.pk, purpose="notice")
    return pdf_response(path.read_bytes(), notice_name(row.reference))
