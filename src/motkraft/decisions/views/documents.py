"""Documents of a decision: made from its page, and drawn beside the form while the text is written."""

from __future__ import annotations

import base64
import uuid
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from motkraft.decisions import actions, queries
from motkraft.decisions.actions.documents import make_document
from motkraft.decisions.actions.paper import draft_data
from motkraft.decisions.actions.steps import today
from motkraft.decisions.forms import TextForm
from motkraft.decisions.models import Decision, TextBlock
from motkraft.decisions.rules import State
from motkraft.decisions.rules.text_blocks import IN_THE_FORM, filled
from motkraft.decisions.views.document_parts import WORDS, choices, may_make, unreviewed_note
from motkraft.decisions.views.words import title_of, told
from motkraft.documents import preview as draw
from motkraft.errors import MotkraftError
from motkraft.people.access import Actor, NotAllowed, Permission, requires
from motkraft.web.parts import Crumb

P = Permission
WRITTEN_IN = (State.DRAFT, State.HANDLING, State.READY)


def _load(request: HttpRequest, decision_id: uuid.UUID) -> tuple[Actor, Decision]:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor, get_object_or_404(queries.decisions(actor), pk=decision_id)


@requires(P.DECISION_PREPARE, P.SEAL_REQUEST)
def documents(request: HttpRequest, decision_id: uuid.UUID) -> HttpResponse:
    """Choose a document to make of an issued decision; each says who gets it and what it holds."""
    actor, row = _load(request, decision_id)
    if not may_make(actor, row):
        raise Http404
    problem = ""
    if request.method == "POST":
        kind, language = request.POST.get("kind", ""), request.POST.get("language", "sv")
        try:
            make_document(actor, row, kind, language=language)
        except NotAllowed:
            raise
        except MotkraftError as error:
            problem = told(error)
        else:
            messages.success(request, _("%(what)s is made and kept with the decision.") % {"what": WORDS[kind][0]})
            return redirect(reverse("decision", args=[row.pk]) + "#documents")
    actions.note_viewing(actor, row)
    context = {
        "title": _("Documents of %(reference)s") % {"reference": row.reference},
        "lead": _("Each document is set anew, e-sealed, searched for protected words and kept with the decision."),
        "problem": problem,
        "choices": choices(row),
        "note": unreviewed_note(),
        "crumbs": [
            Crumb(_("Decisions"), reverse("decision_list")),
            Crumb(row.reference, reverse("decision", args=[row.pk])),
        ],
    }
    return render(request, "decisions/documents.html", context, status=422 if problem else 200)


@require_POST
@requires(P.DECISION_PREPARE)
def preview(request: HttpRequest, decision_id: uuid.UUID) -> HttpResponse:
    """Draw the notice of the text as it stands in the form; nothing is stored. Inserts a text block when asked to.

    A request by htmx gets the pictures alone, any other the whole form with them beside it.
    """
    actor, row = _load(request, decision_id)
    if row.state not in WRITTEN_IN:
        raise Http404
    actions.note_viewing(actor, row)
    typed = request.POST.copy()
    place, _colon, key = request.POST.get("insert", "").partition(":")
    if place in IN_THE_FORM:
        _insert(row, typed, place, key)
    context = preview_of(row, typed)
    if request.headers.get("HX-Request") and not key:
        return render(request, "decisions/_preview.html", context)
    form = TextForm(initial={name: typed.get(name, "") for name in TextForm.base_fields})
    return render(request, "decisions/text.html", text_page(row, form) | context)


def _insert(row: Decision, typed: Any, place: str, key: str) -> None:
    """Put a block after what is already written."""
    for block in TextBlock.objects.at(row.organisation_id, place, row.type_code, today()):
        if block.key == key:
            text = filled(block.text, decision=queries.kind_of(row).title_sv.lower())
            typed[place] = "\n\n".join(filter(None, [typed.get(place, "").rstrip(), text]))


def preview_of(row: Decision, typed: Any) -> dict[str, Any]:
    """The pages of the notice with these texts, as pictures in the page itself; and what is wrong where none can be."""
    try:
        pages = draw("notice", draft_data(row, typed))
    except MotkraftError as error:
        return {"preview_problem": told(error)}
    return {"pages": [base64.b64encode(page).decode() for page in pages]}


def text_page(row: Decision, form: TextForm) -> dict[str, Any]:
    """What the page on which the text is written shows beside the form."""
    lead = (
        _("When you change the text, the handlers approve it again.")
        if row.state != State.DRAFT
        else _("Write so that the party understands. The names of staff never stand in the text.")
    )
    return {
        "title": _("Text of %(reference)s") % {"reference": row.reference},
        "kind_title": title_of(queries.kind_of(row)),
        "lead": lead,
        "form": form,
        "form_url": reverse("decision_text", args=[row.pk]),
        "preview_url": reverse("decision_preview", args=[row.pk]),
        "blocks": {
            place: TextBlock.objects.at(row.organisation_id, place, row.type_code, today()) for place in IN_THE_FORM
        },
        "back_url": reverse("decision", args=[row.pk]),
        "submit_label": _("Save the text"),
    }
