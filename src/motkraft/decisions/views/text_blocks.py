"""The organisation's text blocks: found, changed in versions, looked at, taken back."""

from __future__ import annotations

import base64
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from motkraft import law
from motkraft.decisions.actions.documents import sample_data
from motkraft.decisions.actions.steps import today
from motkraft.decisions.actions.text_blocks import restore_block, write_block
from motkraft.decisions.forms import in_language
from motkraft.decisions.forms.text_blocks import TextBlockForm
from motkraft.decisions.models import TextBlock
from motkraft.decisions.queries.text_blocks import history
from motkraft.decisions.rules.text_blocks import PLACES, Block, product_blocks
from motkraft.decisions.views.words import tell, title_of, told
from motkraft.documents import preview as draw
from motkraft.errors import MotkraftError
from motkraft.people.access import Actor, Permission, requires
from motkraft.people.models import Organisation
from motkraft.web.lists import Choice, Column, Filter, listing
from motkraft.web.parts import Action, Crumb, Empty

P = Permission


@requires(P.TEXT_BLOCK_WRITE)
def blocks(request: HttpRequest) -> HttpResponse:
    """List the blocks that apply today, the product's and the organisation's own."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    rows = list(TextBlock.objects.on(actor.organisation_id, today()).values())
    order = list(PLACES)

    def search(found: list[Block], words: str) -> list[Block]:
        wanted = words.casefold().split()
        return [row for row in found if all(word in f"{row.title} {row.text}".casefold() for word in wanted)]

    found = listing(
        request,
        rows,
        [
            Column("title", _("Title"), "title"),
            Column("place", _("Where it stands"), "place"),
            Column("types", _("Types of decision")),
            Column("version", _("Whose words"), "version"),
        ],
        filters=[
            Filter(
                "plats",
                _("Where it stands"),
                [Choice(key, name) for name, key in {_document(place): place for place in reversed(order)}.items()][
                    ::-1
                ],
                lambda given, value: [row for row in given if _document(row.place) == _document(value)],
            )
        ],
        search=search,
        sort="place",
        sort_key=lambda row, name: order.index(row.place) if name == "place" else getattr(row, name),
        with_csv=False,
    )
    context = {
        "title": _("Text blocks"),
        "lead": _("Words that are put into the form or that documents are set with. A block never holds a name."),
        "listing": found,
        "search_label": _("Search title and text"),
        "row_template": "decisions/_text_block_row.html",
        "list_action": Action(_("New text block"), reverse("text_block_new"), icon="plus"),
        "crumbs": _crumbs()[:1],
        "empty": Empty(_("No text block"), _("Search for something else.")),
    }
    return render(request, "web/list_page.html", context)


@requires(P.TEXT_BLOCK_WRITE)
def new(request: HttpRequest) -> HttpResponse:
    """Write a block of the organisation's own."""
    return _write(request, "", None)


@requires(P.TEXT_BLOCK_WRITE)
def block(request: HttpRequest, key: str) -> HttpResponse:
    """Change one block; its earlier versions stand below."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    found = TextBlock.objects.on(actor.organisation_id, today()).get(key) or product_blocks().get(key)
    versions = history(actor, key)
    if found is None and not versions:
        raise Http404
    return _write(request, key, found or versions[0].block)


def _write(request: HttpRequest, key: str, found: Block | None) -> HttpResponse:
    actor: Actor = request.actor  # type: ignore[attr-defined]
    own = product_blocks().get(key)
    types = [(kind.code, title_of(kind)) for kind in law.library().on(today()).decision_types()]
    initial: dict[str, Any] = {"valid_from": today()}
    if found is not None:
        initial |= {"title": found.title, "place": found.place, "types": list(found.types), "text": found.text}
    form = TextBlockForm(request.POST or None, initial=initial, types=types, place=own.place if own else "")
    context: dict[str, Any] = {}
    if request.method == "POST" and form.is_valid():
        if "preview" in request.POST:
            context = _preview(actor, form.cleaned_data)
        else:
            try:
                row = write_block(actor, key=key, **form.cleaned_data)
            except MotkraftError as error:
                tell(form, error)
            else:
                messages.success(request, _("The text block is saved."))
                return redirect(reverse("text_block", args=[row.key]))
    elif found is not None:
        context = _preview(actor, initial)
    context |= {
        "title": found.title if found else _("New text block"),
        "form": form,
        "versions": history(actor, key) if key else [],
        "own": own,
        "key": key,
        "current": found.version if found else None,
        "crumbs": _crumbs(),
        "submit_label": _("Save as a new version"),
    }
    status = 422 if request.method == "POST" and form.errors else 200
    return render(request, "decisions/text_block.html", context, status=status)


@require_POST
@requires(P.TEXT_BLOCK_WRITE)
def restore(request: HttpRequest, key: str) -> HttpResponse:
    """Take an earlier version, or the product's own words, back. Can be undone in the same way."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    given = request.POST.get("version", "")
    if not (given.isascii() and given.isdigit() and len(given) < 7):
        raise Http404
    try:
        restore_block(actor, key, int(given))
    except MotkraftError as error:
        messages.error(request, told(error))
    else:
        messages.success(request, _("The earlier words apply again."))
    return redirect(reverse("text_block", args=[key]))


def _preview(actor: Actor, given: dict[str, Any]) -> dict[str, Any]:
    """The text as a document sets it, drawn by the same template; nothing is stored."""
    organisation = Organisation.objects.get(pk=actor.organisation_id)
    heading = in_language(PLACES[given["place"]])
    try:
        pages = draw("paper", sample_data(organisation, heading, given["text"]))
    except MotkraftError as error:
        return {"preview_problem": told(error)}
    return {"pages": [base64.b64encode(page).decode() for page in pages]}


def _document(place: str) -> str:
    """The document, or the form, that a place belongs to: what stands before the colon of its words."""
    return in_language(PLACES[place]).partition(":")[0]


def _crumbs() -> list[Crumb]:
    return [Crumb(_("Decisions"), reverse("decision_list")), Crumb(_("Text blocks"), reverse("text_block_list"))]
