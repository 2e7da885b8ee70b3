"""Writing about an incident, between the one it concerns and the employer."""

from __future__ import annotations

import uuid

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from motkraft.incidents.actions import messages as actions
from motkraft.incidents.forms.messages import MessageForm
from motkraft.incidents.rules import View
from motkraft.incidents.views.seen import crumbs, seen_or_404
from motkraft.people.access import Actor, Permission, requires
from motkraft.web.steps import form_step


@requires(Permission.INCIDENT_READ_OWN, Permission.INCIDENT_MANAGE)
def write(request: HttpRequest, incident_id: uuid.UUID) -> HttpResponse:
    """Write a message about an incident."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    seen = seen_or_404(request, incident_id, View.OWN, View.MANAGE)
    is_own = seen.view is View.OWN
    back = reverse("incident", args=[incident_id])
    return form_step(
        request,
        MessageForm(request.POST or None),
        lambda given: actions.write_message(actor, incident_id, text=given["text"], asks=given["asks"]),
        title=_("Answer or tell more") if is_own else _("Write to the one who reported"),
        lead=_("Your managers and the security coordinator read it.")
        if is_own
        else _("The one who reported, managers and the security coordinator read it."),
        back=back,
        onward=f"{back}#meddelanden",
        crumbs=crumbs(seen),
        submit=_("Send"),
        done=_("Your message is sent."),
    )
