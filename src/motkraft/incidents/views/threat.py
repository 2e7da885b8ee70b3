"""Assessing the threat, and confirming the highest level as the second person."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from motkraft.errors import MotkraftError
from motkraft.incidents import actions, queries
from motkraft.incidents.forms import AssessForm, tell
from motkraft.incidents.views import showing
from motkraft.incidents.views.cases import case_or_404
from motkraft.people.access import Actor, Permission, requires
from motkraft.web.parts import Crumb


@requires(Permission.THREAT_ASSESS)
def assess(request: HttpRequest, case_id: uuid.UUID) -> HttpResponse:
    """Assess the threat around a case."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found, now = case_or_404(request, case_id), timezone.now()
    proposal = queries.proposal(actor, found, now)
    form = AssessForm(request.POST or None, initial={"level": proposal.level.value})
    if request.method == "POST" and form.is_valid():
        try:
            actions.assess_threat(actor, found.pk, **form.cleaned_data)
        except MotkraftError as error:
            tell(form, error)
        else:
            messages.success(request, _("The assessment is noted."))
            return redirect("case", found.pk)
    context = {
        "title": _("Assess the threat around %(reference)s") % {"reference": found.reference},
        "form": form,
        "proposal": showing.level_status(proposal.level.value),
        "grounds": [showing.GROUND_WORDS[key]() for key, _count in proposal.grounds],
        "submit_label": _("Save the assessment"),
        "cancel_url": reverse("case", args=[found.pk]),
        "crumbs": [Crumb(_("Cases"), reverse("case_list")), Crumb(found.reference, reverse("case", args=[found.pk]))],
    }
    return render(request, "incidents/assess.html", context)


@require_POST
@requires(Permission.THREAT_ASSESS)
def confirm(request: HttpRequest, case_id: uuid.UUID, assessment_id: uuid.UUID) -> HttpResponse:
    """Confirm the highest level as the second person."""
    case_or_404(request, case_id)
    try:
        actions.confirm_threat(request.actor, assessment_id)  # type: ignore[attr-defined]
        messages.success(request, _("The level is confirmed."))
    except MotkraftError as error:
        messages.error(request, _(error.message))
    return redirect("case", case_id)
