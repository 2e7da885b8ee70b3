"""Application packs: making one, and following what became of the application."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from motkraft.incidents.actions import packs as actions
from motkraft.incidents.forms.packs import OUTCOME_WORDS, FollowForm, PackForm
from motkraft.incidents.models.plan import ApplicationPack
from motkraft.incidents.queries import packs as queries
from motkraft.incidents.rules.packs import PACKS
from motkraft.incidents.rules.states import PackKind, PlanState
from motkraft.incidents.views import showing
from motkraft.incidents.views.plans.shown import READING, crumbs, plan_or_404
from motkraft.people.access import Actor, Permission, requires
from motkraft.people.actions import record_reading
from motkraft.web.dates import day as day_words
from motkraft.web.parts import Status
from motkraft.web.steps import form_step

PACK_WORDS: dict[str, str | Promise] = {
    PackKind.PROTECTED_REGISTRATION.value: gettext_lazy("Protected population registration"),
    PackKind.SECRECY_MARKING.value: gettext_lazy("A secrecy marking in the population register"),
    PackKind.NON_CONTACT_ORDER.value: gettext_lazy("Non-contact order"),
    PackKind.RELOCATION.value: gettext_lazy("Another workplace or another home"),
}


def offered() -> list[tuple[str, str | Promise]]:
    """The kinds of application that there are packs for."""
    return [(kind.value, PACK_WORDS[kind]) for kind in PACKS]


def shown(pack: ApplicationPack) -> dict[str, object]:
    """A pack as a line of the plan."""
    if pack.outcome:
        tone = "success" if pack.outcome == queries.GRANTED else "neutral"
        status = Status(str(OUTCOME_WORDS[pack.outcome]), tone, "check" if tone == "success" else "minus")
    elif pack.sent_on:
        status = Status(_("Sent on %(day)s") % {"day": day_words(pack.sent_on)}, "info", "send")
    elif PACKS[PackKind(pack.kind)].is_employers:
        status = Status(_("To be decided and signed"), "neutral", "file-text")
    else:
        status = Status(_("To be signed and sent"), "neutral", "file-text")
    return {"pack": pack, "title": PACK_WORDS[pack.kind], "status": status}


@requires(Permission.PLAN_MANAGE)
def pack_new(request: HttpRequest, plan_id: uuid.UUID, kind: str) -> HttpResponse:
    """Make the paper for an application."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    plan = plan_or_404(request, plan_id)
    if plan.state == PlanState.ENDED or kind not in {known.value for known in PACKS}:
        raise Http404
    record_reading(actor, READING, plan.pk, purpose="application pack")
    there = queries.incidents(actor, plan)
    choices = [
        (str(row.pk), f"{row.reference} {showing.kind_name(row.kind)}, {day_words(row.deed_at)}") for row in there
    ]
    template = PACKS[PackKind(kind)]
    form = PackForm(
        request.POST or None,
        template=template,
        offered=choices,
        initial={"incidents": [key for key, _words in choices]},
    )
    return form_step(
        request,
        form,
        lambda given: actions.make_pack(
            actor,
            plan.pk,
            kind=kind,
            grounds=given["grounds"],
            incident_ids=given.get("incidents", ()),
            family=given.get("family", ""),
            against=given.get("against", ""),
            where=given.get("where", ""),
        ),
        title=PACK_WORDS[kind],
        lead=_(
            "A paper in Swedish for the employer's own decision. It names the person: only whoever decides reads it."
        )
        if template.is_employers
        else _("A paper in Swedish for the person's own application. It names them, so show it to nobody else."),
        back=reverse("plan", args=[plan.pk]),
        crumbs=crumbs(plan),
        submit=_("Make the paper"),
        done=_("The paper is made. Whoever decides signs it, and so does the person.")
        if template.is_employers
        else _("The paper is made. The person signs it and sends it in."),
    )


@requires(Permission.PLAN_MANAGE)
def pack_follow(request: HttpRequest, pack_id: uuid.UUID) -> HttpResponse:
    """Note when it was sent, and what was decided."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    pack = queries.pack(actor, pack_id)
    if pack is None:
        raise Http404
    form = FollowForm(
        request.POST or None,
        initial={
            "sent_on": pack.sent_on,
            "outcome": pack.outcome,
            "outcome_on": pack.outcome_on,
            "valid_to": pack.valid_to,
        },
    )
    return form_step(
        request,
        form,
        lambda given: actions.follow_pack(actor, pack.pk, **given),
        title=PACK_WORDS[pack.kind],
        lead=_("What became of the application?"),
        back=reverse("plan", args=[pack.plan_id]),
        crumbs=crumbs(pack.plan),
        done=_("Saved."),
    )
