"""Writing about an incident, between the one it concerns and the employer."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from motkraft.errors import MotkraftError
from motkraft.incidents.actions import messages as actions
from motkraft.incidents.forms import tell
from motkraft.incidents.forms.messages import MessageForm
from motkraft.incidents.rules import View
from motkraft.incidents.views.seen import crumbs, seen_or_404
from motkraft.people.access import Actor, Permission, requires


@requires(Permission.INCIDENT_READ_OWN, Permission.INCIDENT_MANAGE)
def write(request: HttpRequest, incident_id: uuid.UUID) -> HttpResponse:
    """Write a message about an incident."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    seen = seen_or_404(request, incident_id, View.OWN, View.MANAGE)
    form = MessageForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.write_message(actor, incident_id, text=form.cleaned_data["text"], asks=form.cleaned_data["asks"])
        except MotkraftError as error:
            tell(form, error)
        else:
            messages.success(request, _("Your message is sent."))
            return redirect(reverse("incident", args=[incident_id]) + "#meddelanden")
    is_own = seen.view is View.OWN
    context = {
        "title": _("Answer or tell more") if is_own else _("Write to the one who reported"),
        "lead": _("Your managers and the security coordinator read it.")
        if is_own
        else _("The one who reported, managers and the security coordinator read it."),
        "form": form,
        "submit_label": _("Send"),
        "crumbs": crumbs(seen),
        "cancel_url": reverse("incident", args=[incident_id]),
    }
    return render(request, "web/form_page.html", context)
