"""Pages for the administrator: who works here, in which roles."""

from __future__ import annotations

import uuid
from typing import Any

from django.contrib import messages
from django.db import IntegrityError, transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from motkraft.people import actions, queries
from motkraft.people.access import Actor, Permission, Role, requires
from motkraft.people.forms import PersonForm, RoleForm
from motkraft.people.models import Membership
from motkraft.people.views_same_person import marks
from motkraft.web.lists import Choice, Column, Filter, csv_response, listing, wants_csv
from motkraft.web.parts import Action, Crumb, Empty, Fact


@requires(Permission.PEOPLE_MANAGE)
def people_list(request: HttpRequest) -> HttpResponse:
    """List people by employee id; names are not shown here."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    rows = queries.memberships(actor)
    roles = Filter(
        "roll",
        _("Role"),
        [Choice(role.value, str(role.label)) for role in Role],
        lambda found, value: found.filter(role=value),
    )
    columns = [
        Column("person", _("Employee id"), "person__username"),
        Column("title", _("Title"), "person__title"),
        Column("role", _("Role"), "role"),
        Column("office", _("Office"), "office__name"),
        Column("from", _("From"), "valid_from"),
        Column("to", _("Until"), "valid_to"),
    ]
    found = listing(
        request,
        rows,
        columns,
        filters=[roles],
        search=lambda given, words: given.filter(person__username__icontains=words),
        sort="person",
    )
    if wants_csv(request):
        return csv_response(
            "personer",
            [column.label for column in columns],
            (
                [
                    row.person.username,
                    row.person.title,
                    str(Role(row.role).label),
                    row.office or "",
                    row.valid_from,
                    row.valid_to or "",
                ]
                for row in found.rows
            ),
        )
    context = {
        "title": _("People"),
        "listing": found,
        "empty": Empty(_("Nobody here yet"), _("Everyone who works with Motkraft stands here with their roles.")),
        "search_label": _("Search by employee id"),
        "row_template": "people/_person_row.html",
        "list_action": Action(_("Add a person"), reverse("person_new"), icon="plus"),
    }
    return render(request, "web/list_page.html", context)


@requires(Permission.PEOPLE_MANAGE)
def person_new(request: HttpRequest) -> HttpResponse:
    """Add a person with a first role."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    form = PersonForm(request.POST or None, offices=queries.offices(actor))
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            with transaction.atomic():
                person = actions.add_person(
                    actor,
                    username=given["username"],
                    name=given["name"],
                    title=given["title"],
                    password=given["password"] or None,
                )
                actions.give_role(actor, person, Role(given["role"]), office=given["office"])
        except IntegrityError:
            form.add_error("username", _("That employee id is taken. Choose another."))
        else:
            messages.success(request, _("%(id)s can now log in.") % {"id": person.username})
            return redirect("person", person_id=person.pk)
    context = {"title": _("Add a person"), "form": form, "back_url": reverse("people_list"), "submit_label": _("Add")}
    return render(request, "web/form_page.html", context)


@requires(Permission.PEOPLE_MANAGE)
def person(request: HttpRequest, person_id: uuid.UUID) -> HttpResponse:
    """One person: roles held, one more role, roles that end."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    held = list(queries.memberships(actor).filter(person_id=person_id))
    if not held:
        raise Http404
    someone = held[0].person
    form = RoleForm(request.POST if "add" in request.POST else None, offices=queries.offices(actor))
    if request.method == "POST":
        if "end" in request.POST:
            return _end(request, actor, held)
        if form.is_valid():
            given = form.cleaned_data
            try:
                with transaction.atomic():
                    actions.give_role(
                        actor, someone, Role(given["role"]), office=given["office"], valid_to=given["valid_to"]
                    )
            except IntegrityError:
                form.add_error("role", _("The person has that role already, or it would end before it begins."))
            else:
                messages.success(request, _("The role is given."))
                return redirect("person", person_id=person_id)
    context: dict[str, Any] = {
        "title": someone.username,
        "crumbs": [Crumb(_("People"), reverse("people_list"))],
        "facts": [
            Fact(_("Name"), queries.names(actor, [someone.pk], purpose="administration").get(someone.pk, "")),
            Fact(_("Title"), someone.title or "–"),
        ],
        "held": held,
        "marks": marks(actor, someone, held),
        "someone": someone,
        "form": form,
    }
    return render(request, "people/person.html", context)


def _end(request: HttpRequest, actor: Actor, held: list[Membership]) -> HttpResponse:
    wanted = request.POST.get("end", "")
    for row in held:
        if str(row.pk) == wanted:
            try:
                actions.end_role(actor, row)
            except actions.LastAdministrator:
                messages.error(request, _("Somebody must be the administrator. Give the role to another person first."))
            else:
                messages.success(request, _("The role ends today."))
            return redirect("person", person_id=row.person_id)
    raise Http404
