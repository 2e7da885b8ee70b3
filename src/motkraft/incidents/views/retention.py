"""Retention: the table, what is held, the dry run, and erasing by two persons. References and dates, never words."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.db.models import Model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_POST

from motkraft.errors import MotkraftError
from motkraft.incidents.actions import retention as actions
from motkraft.incidents.actions.retention_reach import reach
from motkraft.incidents.forms.retention import CategoryForm, HoldForm, LineForm
from motkraft.incidents.models import Case, Duty, Evidence, Incident, Message, Paper, PoliceReport, Series
from motkraft.incidents.models.evidence import Upload
from motkraft.incidents.queries import retention as queries
from motkraft.incidents.rules import NotReady, Status
from motkraft.incidents.rules.retention import MOST_AT_ONCE, PROPOSAL_VALID, Category
from motkraft.incidents.views import showing
from motkraft.people.access import Actor, Permission, requires
from motkraft.people.actions import record_reading
from motkraft.web.parts import Crumb
from motkraft.web.steps import confirm_step, do_step, form_step

CATEGORY_WORDS = {
    Category.POLICE: gettext_lazy("Reported to the police"),
    Category.SERIES: gettext_lazy("Part of a series"),
    Category.VIOLENCE: gettext_lazy("Violence"),
    Category.THREAT: gettext_lazy("Threats, stalking and intrusion"),
    Category.LIGHT: gettext_lazy("Other incidents"),
}

#: What stands by name among what goes with incidents, in the order shown.
GOES_WORDS: dict[type[Model], str | Promise] = {
    Incident: gettext_lazy("Incidents"),
    Series: gettext_lazy("Series that become empty"),
    Evidence: gettext_lazy("Pieces of evidence"),
    Upload: gettext_lazy("Files on their way in"),
    Duty: gettext_lazy("Duties"),
    Message: gettext_lazy("Messages"),
    PoliceReport: gettext_lazy("Police reports"),
    Paper: gettext_lazy("Papers made"),
}


@requires(Permission.RETENTION_MANAGE, Permission.HOLD_SET)
def overview(request: HttpRequest) -> HttpResponse:
    """The table of times, what is held, and what has been erased."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = timezone.now()
    manages = actor.can(Permission.RETENTION_MANAGE)
    context = {
        "title": _("Retention"),
        "lead": _("How long incidents are kept after they are closed, and what must not be erased."),
        "manages": manages,
        "may_hold": actor.can(Permission.HOLD_SET),
        "lines": [
            {"key": category.value, "label": CATEGORY_WORDS[category], "row": row}
            for category, row in queries.table(actor).items()
        ],
        "holds": [_shown(hold) for hold in queries.holds(actor, queries.today(now))],
        "proposal": queries.proposal(actor, now) if manages else None,
        "erasures": list(queries.erasures(actor)[:50]),
        "category_words": CATEGORY_WORDS,
    }
    return render(request, "incidents/retention/overview.html", context)


def _shown(hold: object) -> dict[str, object]:
    incident, case = hold.incident, hold.case  # type: ignore[attr-defined]
    return {
        "hold": hold,
        "what": incident.reference if incident else case.reference,
        "kind": showing.kind_name(incident.kind) if incident else _("All incidents of the case"),
        "who": showing.title_of(hold.set_by),  # type: ignore[attr-defined]
    }


@requires(Permission.RETENTION_MANAGE)
def line(request: HttpRequest, category: str) -> HttpResponse:
    """Decide how long one category is kept."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    if category not in set(Category):
        raise Http404
    wanted = Category(category)
    row = queries.table(actor)[wanted]
    start = {"months": row.months, "basis": row.basis} if row else {}
    return form_step(
        request,
        LineForm(request.POST if request.method == "POST" else None, initial=start),
        lambda given: actions.set_line(actor, category, **given),
        title=CATEGORY_WORDS[wanted],
        lead=_("How long is it kept?"),
        back=reverse("retention"),
        crumbs=_crumbs(),
        submit=_("Set the time"),
        done=_("The time is set. Nothing is erased by that alone."),
    )


@requires(Permission.RETENTION_MANAGE, Permission.INCIDENT_MANAGE)
def category(request: HttpRequest) -> HttpResponse:
    """Decide which line of the table one incident is kept by; without a choice what it is decides."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    reference = request.GET.get("referens", "")[:40]
    asked = queries.named(actor, reference) if reference else None
    offered = [("", gettext_lazy("By itself: the first line that fits")), *CATEGORY_WORDS.items()]
    start = {"reference": reference}
    if asked is not None:
        start |= {"category": asked.category, "reason": asked.category_reason or ""}
        record_reading(actor, "incident", asked.pk, purpose="category")
    form = CategoryForm(request.POST if request.method == "POST" else None, initial=start, offered=offered)
    manages = actor.can(Permission.RETENTION_MANAGE)

    def decide(given: dict[str, Any]) -> str:
        found = queries.named(actor, given["reference"])
        if found is None:
            raise NotReady("There is no incident with that reference.", field="reference")
        actions.set_category(actor, found.pk, given["category"], reason=given["reason"])
        return reverse("retention") if manages else reverse("incident", args=[found.pk])

    lead = _("Each category has its own time. The incident itself stays as it is.")
    if asked is not None:
        lead = _("%(reference)s is kept now as: %(category)s.") % {
            "reference": asked.reference,
            "category": CATEGORY_WORDS[Category(asked.falls_in)],
        }
    back = reverse("incident", args=[asked.pk]) if asked else reverse("incident_list")
    return form_step(
        request,
        form,
        decide,
        title=_("Retention category of an incident"),
        lead=lead,
        back=reverse("retention") if manages else back,
        crumbs=_crumbs() if manages else [Crumb(_("Incidents"), reverse("incident_list"))],
        submit=_("Set the category"),
        done=_("The category is decided. Nothing is erased by that alone."),
    )


# -- legal holds


@requires(Permission.HOLD_SET)
def hold(request: HttpRequest) -> HttpResponse:
    """Keep an incident, or all of a case, from being erased."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    form = HoldForm(
        request.POST if request.method == "POST" else None, initial={"reference": request.GET.get("referens", "")[:40]}
    )

    def keep(given: dict[str, Any]) -> None:
        actions.set_hold(actor, reason=given["reason"], until=given["until"], **_named(actor, given["reference"]))

    return form_step(
        request,
        form,
        keep,
        title=_("Keep from being erased"),
        lead=_("Nothing under a legal hold is erased, whatever the table says."),
        back=reverse("retention"),
        crumbs=_crumbs(),
        submit=_("Set the hold"),
        done=_("It is kept now, and cannot be erased."),
    )


def _named(actor: Actor, reference: str) -> dict[str, uuid.UUID | None]:
    """The incident or the case with this reference."""
    own = {"organisation_id": actor.organisation_id, "reference__iexact": reference.strip()}
    incident = Incident.objects.filter(**own).exclude(status=Status.DRAFT).values_list("pk", flat=True).first()
    if incident is not None:
        return {"incident_id": incident}
    case = Case.objects.filter(**own).values_list("pk", flat=True).first()
    if case is None:
        raise NotReady("There is no incident and no case with this reference.", field="reference")
    return {"case_id": case}


@requires(Permission.HOLD_SET)
@require_POST
def lift(request: HttpRequest, hold_id: uuid.UUID) -> HttpResponse:
    """Lift a hold."""
    return do_step(
        request,
        lambda: actions.lift_hold(request.actor, hold_id),  # type: ignore[attr-defined]
        onward=reverse("retention"),
        done=_("The hold is lifted. The table decides again."),
    )


# -- erasing


@requires(Permission.RETENTION_MANAGE)
def dry_run(request: HttpRequest) -> HttpResponse:
    """What would go today. Proposing and confirming are two persons' two presses; looking changes nothing."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = timezone.now()
    found = queries.dry_run(actor, queries.today(now))
    waiting = queries.proposal(actor, now)
    context = {
        "title": _("What would be erased today"),
        "crumbs": _crumbs(),
        "found": found,
        "rows": [
            {
                "reference": line.incident.reference,
                "kind": showing.kind_name(line.incident.kind),
                "category": CATEGORY_WORDS[line.category],
                "closed": line.incident.closed_at,
                "since": line.since,
                "is_held": line.is_held,
                "is_needed": line.is_needed,
                "is_proposed": waiting is not None and line.incident.pk in waiting.incident_ids,
            }
            for line in found.lines
        ],
        "counts": [(CATEGORY_WORDS[category], count) for category, count in found.by_category.items()],
        "goes": _goes(actor, [line.incident.pk for line in found.would_go]),
        "has_table": any(row is not None for row in queries.table(actor).values()),
        "waiting": waiting,
        "void_at": waiting.at + PROPOSAL_VALID if waiting else None,
        "is_mine": waiting is not None and waiting.by_id == actor.person_id,
        "most": MOST_AT_ONCE,
    }
    return render(request, "incidents/retention/try.html", context)


def _goes(actor: Actor, incident_ids: list[uuid.UUID]) -> list[tuple[str | Promise, int]]:
    """How much of each kind goes with these incidents, what there is none of left out."""
    going = reach(actor, incident_ids)
    counted = [(GOES_WORDS[model], len(going.of(model))) for model in GOES_WORDS]
    rest = len(going.ids) - sum(count for _words, count in counted)
    files = len(going.digests) + len(going.uploads)
    return [
        (words, count)
        for words, count in (
            *counted,
            (_("Other rows, such as steps of custody and the search index"), rest),
            (_("Files on the disk"), files),
            (_("Applications that lose their grounds and paper"), len(going.packs)),
            (_("Records of the office that lose the link"), sum(len(ids) for _model, _column, ids in going.unlinked)),
        )
        if count
    ]


@requires(Permission.RETENTION_MANAGE)
@require_POST
def propose(request: HttpRequest) -> HttpResponse:
    """Propose to erase; another confirms."""
    try:
        made = actions.propose(request.actor)  # type: ignore[attr-defined]
    except MotkraftError as error:
        messages.error(request, _(error.message))
    else:
        n = len(made.incident_ids)
        messages.success(
            request,
            ngettext(
                "%(n)s incident is proposed. Somebody else must confirm before anything goes.",
                "%(n)s incidents are proposed. Somebody else must confirm before anything goes.",
                n,
            )
            % {"n": n},
        )
    return redirect("retention_try")


@requires(Permission.RETENTION_MANAGE)
def run(request: HttpRequest, run_id: uuid.UUID) -> HttpResponse:
    """Confirm another's proposal. It cannot be undone, and the page says so before."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    waiting = queries.proposal(actor, timezone.now())
    if waiting is None or waiting.run != run_id:
        raise Http404
    n = len(waiting.incident_ids)
    back = reverse("retention_try")
    return confirm_step(
        request,
        lambda: _erased(request, run_id),
        title=ngettext("Erase %(n)s incident?", "Erase %(n)s incidents?", n) % {"n": n},
        lead=_(
            "Texts, evidence, files, duties and police reports go for ever. In the log a leaf stays that proves that"
            " something was there, and says nothing of what. This cannot be undone."
        ),
        back=back,
        submit=_("Erase for ever"),
        crumbs=[*_crumbs(), Crumb(_("What would be erased today"), back)],
    )


def _erased(request: HttpRequest, run_id: uuid.UUID) -> str:
    """Erase what was proposed, say how much, and go on to the table."""
    gone, left = actions.run(request.actor, run_id)  # type: ignore[attr-defined]
    words = ngettext("%(n)s incident is erased.", "%(n)s incidents are erased.", gone)
    messages.success(request, words % {"n": gone})
    if left:
        words = ngettext(
            "%(n)s stays: it is held, or not due any more.", "%(n)s stay: held, or not due any more.", left
        )
        messages.info(request, words % {"n": left})
    return reverse("retention")


def _crumbs() -> list[Crumb]:
    return [Crumb(_("Retention"), reverse("retention"))]
