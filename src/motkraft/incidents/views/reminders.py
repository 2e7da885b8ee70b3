"""One's own reminders, and where they are mailed."""

from __future__ import annotations

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from motkraft.incidents.actions import reminders as reminder_actions
from motkraft.incidents.forms.duties import WorkMailForm
from motkraft.incidents.queries import answering as duty_queries
from motkraft.incidents.queries import duty_title
from motkraft.incidents.queries.offices import reminded
from motkraft.incidents.queries.plans import end_of
from motkraft.incidents.rules.guards import renew_by
from motkraft.incidents.views import showing
from motkraft.law.calendar import local_day
from motkraft.people import contacts
from motkraft.people.access import Actor, Permission, requires
from motkraft.web.parts import Crumb, Empty
from motkraft.web.steps import form_step


@requires(Permission.INCIDENT_MANAGE, Permission.GUARD_APPLY, Permission.DEADLINE_MARK)
def reminder_list(request: HttpRequest) -> HttpResponse:
    """What the actor has been reminded of: permits for guards to renew, then duties, the latest first."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    now = timezone.now()
    answers = actor.can(Permission.INCIDENT_MANAGE)
    permits = [
        {"permit": permit, "at": at, "due_at": end_of(renew_by(permit.valid_to)) if permit.valid_to else None}
        for permit, at in reminded(actor, local_day(now))
    ]
    rows = [
        {
            "reminder": reminder,
            "duty": reminder.duty,
            "title": duty_title(reminder.duty),
            "kind": showing.kind_name(reminder.duty.incident.kind),
            "met_at": reminder.duty.met_at if reminder.duty.state == "met" else None,
        }
        for reminder in (duty_queries.reminders(actor)[:100] if answers else ())
    ]
    mail = contacts.work_mail(actor)
    context = {
        "title": _("Reminders"),
        "rows": rows,
        "permits": permits,
        "answers": answers,
        "unseen": any(row["reminder"].seen_at is None for row in rows),
        "failed": any(row["reminder"].mail_state == "failed" and row["reminder"].seen_at is None for row in rows),
        "mail_works": settings.MOTKRAFT_SENDS_MAIL,
        "mail_on": bool(mail and mail.wants_reminders),
        "empty": Empty(
            _("No reminders"),
            _("When the time of something that you answer for comes near, it stands here."),
            icon="bell",
        ),
        "now": now,
    }
    return render(request, "incidents/duties/reminders.html", context)


@require_POST
@requires(Permission.INCIDENT_MANAGE)
def reminders_seen(request: HttpRequest) -> HttpResponse:
    """Say that one's reminders have been seen."""
    reminder_actions.see_reminders(request.actor)  # type: ignore[attr-defined]
    return redirect("reminder_list")


@requires(Permission.INCIDENT_MANAGE, Permission.GUARD_APPLY, Permission.DEADLINE_MARK)
def work_mail(request: HttpRequest) -> HttpResponse:
    """One's own address at work: where it is said that something waits, and nothing more."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    back = reverse("reminder_list")
    found = contacts.work_mail(actor)
    initial = {"address": str(found.address), "wants_reminders": found.wants_reminders} if found else {}
    form = WorkMailForm(request.POST or None, initial=initial)
    lead = _("The mail says that something waits and by when. It never says what, where or about whom.")
    if not settings.MOTKRAFT_SENDS_MAIL:
        lead += " " + _("No mail server is set here yet, so nothing is mailed; reminders stand in the product.")
    return form_step(
        request,
        form,
        lambda given: contacts.set_work_mail(actor, given["address"], wants_reminders=given["wants_reminders"]),
        title=_("Mail to me"),
        lead=lead,
        back=back,
        crumbs=[Crumb(_("Reminders"), back)],
        done=_("Saved."),
    )
