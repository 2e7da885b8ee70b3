"""Asking for a document, for anyone: no cookie, no script, nobody asked who they are."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from allauth.account.adapter import get_adapter
from django.conf import settings
from django.core.cache import cache
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from motkraft import law
from motkraft.decisions.actions import disclosure as actions
from motkraft.decisions.forms.disclosure import OUTCOMES, AskForm, FollowForm
from motkraft.decisions.models import DisclosureRequest
from motkraft.decisions.queries import disclosure as queries
from motkraft.decisions.rules import NotReady
from motkraft.decisions.rules.disclosure import Outcome, Step, Track
from motkraft.decisions.views.disclosure.shown import step_status
from motkraft.decisions.views.pdf import pdf_response
from motkraft.decisions.views.words import told
from motkraft.errors import MotkraftError
from motkraft.people.access import Actor, acting, public, system
from motkraft.people.models import Organisation

#: Own control, not law: how many requests and how many looks one address may make in an hour.
MOST_ASKED, MOST_LOOKED, HOUR = 20, 60, 3600


def _too_often(request: HttpRequest, what: str, most: int) -> bool:
    """Whether this address has done this too often in the last hour. Only a keyed digest of it is kept, for an hour."""
    address = str(get_adapter().get_client_ip(request))
    digest = hmac.new(settings.SECRET_KEY.encode(), f"{what}:{address}".encode(), hashlib.sha256).hexdigest()
    key = f"disclosure:{digest}"
    count = int(cache.get(key, 0)) + 1
    cache.set(key, count, HOUR)
    return count > most


def _rules(*ids: str) -> list[law.Rule]:
    rules = law.library().on(timezone.localdate())
    return [rules[each] for each in ids if each in rules]


@csrf_exempt
@public
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a document. The answer shows the reference and the code once."""
    choices = [(each.code, each.name) for each in queries.authorities()]
    form = AskForm(request.POST or None, organisations=choices, initial={"organisation": request.GET.get("hos", "")})
    context: dict[str, Any] = {
        "title": _("Ask for a document"),
        "lead": _("You may ask for an official document without saying who you are or why."),
        "rules": _rules("no_questions_asked", "release_promptly"),
        "follow_url": reverse("disclosure_follow"),
    }
    if request.method == "POST" and form.is_valid():
        if _too_often(request, "ask", MOST_ASKED):
            problem = _("Too many requests have come from here. Wait an hour, or write or call the authority.")
            form.add_error(None, problem)
            return render(request, "decisions/disclosure_ask.html", {**context, "form": form}, status=429)
        given = form.cleaned_data
        organisation = Organisation.objects.get(code=given["organisation"])
        actor = system(organisation.pk)
        try:
            with acting(actor):
                made, code = actions.receive(
                    actor,
                    asked=given["asked"],
                    answer_to=given["answer_to"],
                    track=Track.PARTY if given["is_party"] else Track.PUBLIC,
                    wants_decision=given["wants_decision"],
                )
        except NotReady as error:
            form.add_error("organisation", told(error))
            return render(request, "decisions/disclosure_ask.html", {**context, "form": form}, status=422)
        context |= {
            "title": _("Your request has come in"),
            "lead": _("Write down the code now. It is shown only once and nobody can give you a new one."),
            "made": f"{organisation.code}/{made.reference}",
            "code": code,
            "organisation": organisation,
        }
        response = render(request, "decisions/disclosure_asked.html", context)
        response["Cache-Control"] = "no-store"
        return response
    context["form"] = form
    return render(request, "decisions/disclosure_ask.html", context, status=422 if form.is_bound else 200)


def _followed(form: FollowForm) -> tuple[Actor, Organisation, DisclosureRequest] | None:
    """The request of a reference ("0114/U-2026-0001") and its code; None for any that is not."""
    code, _slash, reference = form.cleaned_data["reference"].strip().upper().partition("/")
    organisation = Organisation.objects.filter(code__iexact=code).first()
    if organisation is None:
        return None
    actor = system(organisation.pk)
    with acting(actor):
        row = queries.followed(actor, reference.strip(), form.cleaned_data["code"])
    return (actor, organisation, row) if row is not None else None


@csrf_exempt
@public
def follow(request: HttpRequest) -> HttpResponse:
    """See how a request stands, and ask for a written decision. Reference and code are posted, never in an address."""
    form = FollowForm(request.POST or None)
    context: dict[str, Any] = {"title": _("Follow a request for a document"), "form": form}
    if request.method != "POST" or not form.is_valid():
        return render(request, "decisions/disclosure_follow.html", context, status=422 if form.is_bound else 200)
    if _too_often(request, "follow", MOST_LOOKED):
        form.add_error(None, _("Too many tries have come from here. Wait an hour and try again."))
        return render(request, "decisions/disclosure_follow.html", context, status=429)
    found = _followed(form)
    if found is None:
        form.add_error(None, _("There is no request with that reference and code. Look at both and type them again."))
        return render(request, "decisions/disclosure_follow.html", context, status=422)
    actor, organisation, row = found
    wish = request.POST.get("do", "")
    if wish in ("decision", "withdraw"):
        with acting(actor):
            try:
                row = (actions.ask_decision if wish == "decision" else actions.withdraw)(actor, row)
            except MotkraftError as error:
                context["problem"] = told(error)
    with acting(actor):
        parts = [
            {
                "number": part.number,
                "label": part.label,
                "outcome": OUTCOMES[Outcome(part.outcome)] if part.outcome else "",
                "has_copy": queries.file_of(part) is not None,
            }
            for part in row.parts.all()
        ]
    context |= {
        "row": row,
        "organisation": organisation,
        "status": step_status(row.step),
        "parts": parts if row.answered_at else [],
        "told": row.told,
        "can_ask": row.step == Step.TOLD,
        "can_withdraw": actions.is_open(row),
        "has_decision": queries.file_of(row) is not None,
        "rules": _rules("release_formal_decision", "appeal_form", "disclosure_refusal_appeal")
        if row.outcome and row.outcome != Outcome.RELEASE
        else _rules("release_promptly"),
        "fetch_url": reverse("disclosure_fetch"),
        "given": form.cleaned_data,
    }
    response = render(request, "decisions/disclosure_follow.html", context)
    response["Cache-Control"] = "no-store"
    return response


@csrf_exempt
@public
@require_POST
def fetch(request: HttpRequest) -> HttpResponse:
    """Fetch a released copy ("1", "2", ...) or the written decision ("decision") with reference and code."""
    form = FollowForm(request.POST)
    found = None if not form.is_valid() or _too_often(request, "follow", MOST_LOOKED) else _followed(form)
    if found is None:
        raise Http404
    actor, _organisation, row = found
    what = request.POST.get("what", "")
    with acting(actor):
        if what == "decision":
            path, name = queries.file_of(row), row.reference
        else:
            number = int(what) if what.isascii() and what.isdigit() and len(what) < 5 else 0
            part = row.parts.filter(number=number).first() if row.answered_at else None
            path, name = (queries.file_of(part), f"{row.reference}-{number}") if part else (None, "")
        if path is None:
            raise Http404
        actions.note_fetched(actor, row, what=what)
        return pdf_response(path.read_bytes(), name)
