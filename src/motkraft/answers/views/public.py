"""The pages that everyone may read: no account, no cookie, no script."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.cache import patch_vary_headers
from django.utils.translation.trans_real import parse_accept_lang_header

from motkraft.answers import queries
from motkraft.answers.rules import LANGUAGES, blocks, claims, direction, pieces, runs
from motkraft.answers.rules.phrases import languages as phrase_languages
from motkraft.answers.rules.phrases import phrases
from motkraft.people.access import public
from motkraft.web import parts
from motkraft.web.dates import day

INTERFACE = ("sv", "en")
FRESH = "public, max-age=60"  # a withdrawn answer is gone within a minute


@public
def facts(request: HttpRequest) -> HttpResponse:
    """Which claims are answered."""
    asked = request.GET.get("lang", "")
    language = asked if asked in phrase_languages() else (translation.get_language() or "sv")
    with translation.override(language):
        context = _around(language) | {
            "title": phrases(language)["index_title"],
            "description": phrases(language)["index_lead"],
            "entries": [
                {
                    "title": entry.title,
                    "language": entry.title_language,
                    "direction": direction(entry.title_language),
                    "runs": tuple(runs(entry.title, entry.title_language)),
                    "url": reverse("fact_page", args=[entry.claim.slug, entry.title_language]),
                    "claim": entry.claim.title(language),
                    "claim_language": "sv" if language == "sv" else "en",
                    "languages": [
                        parts.Language(code, name, reverse("fact_page", args=[entry.claim.slug, code]))
                        for code, name in entry.languages_named
                    ],
                }
                for entry in queries.index(language)
            ],
            "languages": [
                parts.Language(code, LANGUAGES[code].own, f"{reverse('facts')}?lang={code}", code == language)
                for code in LANGUAGES
                if code in phrase_languages()
            ],
        }
        return _public(render(request, "answers/facts.html", context), language)


@public
def fact_choice(request: HttpRequest, slug: str) -> HttpResponse:
    """Lead to a claim's answer in a language that the reader's browser asks for."""
    place = claims.by_slug(slug)
    there = queries.languages_of(place.id) if place else ()
    if place is None or not there:
        raise Http404
    asked = [
        code.split("-")[0] for code, _weight in parse_accept_lang_header(request.headers.get("Accept-Language", ""))
    ]
    language = next((code for code in (*asked, "sv", "en") if code in there), there[0])
    response = redirect("fact_page", place.slug, language)
    response["Cache-Control"] = FRESH
    patch_vary_headers(response, ["Accept-Language"])
    return response


@public
def fact_page(request: HttpRequest, slug: str, language: str) -> HttpResponse:
    """One answer: what is true, the facts with their sources, and what we cannot say."""
    place = claims.by_slug(slug)
    if place is None or language not in LANGUAGES:
        raise Http404
    there = queries.languages_of(place.id)
    found = queries.public_answer(place.id, language, code=request.GET.get("fran", ""))
    if found is None and not there:
        raise Http404
    if slug != place.slug:
        return redirect("fact_page", place.slug, language)
    with translation.override(language if language in phrase_languages() else "en"):
        words = phrases(language)
        context = _around(language) | {
            "claim": place,
            "claim_title": place.title(language),
            "claim_language": "sv" if language == "sv" else "en",
            "languages": [
                parts.Language(
                    code, LANGUAGES[code].own, reverse("fact_page", args=[place.slug, code]), code == language
                )
                for code in there
            ],
            "default_url": f"{settings.MOTKRAFT_PUBLIC_URL}{reverse('fact_choice', args=[place.slug])}",
            "crumbs": [parts.Crumb(words["all"], f"{reverse('facts')}?lang={words['language']}")],
        }
        if found is None:
            context |= {"title": words["not_in_language"], "missing": True}
            return _public(render(request, "answers/fact_page.html", context, status=404), language)
        context |= _shown(found, words)
        return _public(render(request, "answers/fact_page.html", context), language)


def _shown(found: queries.PublicAnswer, words: dict[str, str]) -> dict[str, Any]:
    answer = found.answer
    language = answer.language

    def said(key: str, **values: str) -> Any:
        return pieces(words[key].format(**values), words["language"])

    context: dict[str, Any] = {
        "found": found,
        "answer": answer,
        "title": words["withdrawn"] if found.is_withdrawn else answer.title,
        "title_pieces": tuple(runs(answer.title, language)),
        "from_pieces": said("from", organisation=found.organisation),
        "others": [
            (name, f"{reverse('fact_page', args=[found.claim.slug, language])}?fran={code}")
            for code, name in found.others
        ],
    }
    if found.is_withdrawn:
        when = day(answer.withdrawn_at) if answer.withdrawn_at else ""
        return context | {"withdrawn_pieces": said("withdrawn_on", day=when)}
    return context | {
        "description": answer.title,
        "blocks": blocks(answer.body, language),
        "facts": [
            {
                "pieces": pieces(fact.statement, fact.language),
                "language": fact.language,
                "direction": direction(fact.language),
                "fact": fact,
                "checked": said("checked", day=day(fact.checked_on)),
                "chip": fact.rule,
            }
            for fact in found.facts
        ],
        "chip_language": language if language in INTERFACE else "sv",
        "published_pieces": said("published", day=day(answer.valid_from or answer.published_at)),
        "review_pieces": said("overdue" if found.is_overdue else "review", day=day(answer.review_by))
        if answer.review_by
        else (),
        "individual_pieces": said("individual"),
        "people_pieces": said("people"),
        "data_url": reverse("fact_data", args=[found.claim.slug, language]),
        "canonical_url": settings.MOTKRAFT_PUBLIC_URL + reverse("fact_page", args=[found.claim.slug, language]),
    }


def _around(language: str) -> dict[str, Any]:
    words = phrases(language)
    context: dict[str, Any] = {
        "words": words,
        "page_language": language,
        "page_direction": direction(language),
        "is_foreign": words["language"] not in INTERFACE,
        "words_language": words["language"],
        "words_direction": direction(words["language"]),
    }
    if words["language"] not in INTERFACE:
        context |= {
            "navigation": [parts.NavItem(words["all"], f"{reverse('facts')}?lang={words['language']}", True)],
            "footer_links": [],
        }
    return context


def _public(response: HttpResponse, language: str) -> HttpResponse:
    response["Cache-Control"] = FRESH
    response["Content-Language"] = language
    return response


@public
def fact_data(request: HttpRequest, slug: str, language: str) -> HttpResponse:
    """One answer as schema.org ClaimReview."""
    place = claims.by_slug(slug)
    found = queries.public_answer(place.id, language) if place and language in LANGUAGES else None
    if found is None or found.is_withdrawn:
        raise Http404
    return _data(_review(found))


@public
def claim_data(request: HttpRequest, slug: str) -> HttpResponse:
    """A claim's answers in every language as schema.org ClaimReview."""
    place = claims.by_slug(slug)
    found = [queries.public_answer(place.id, code) for code in queries.languages_of(place.id)] if place else []
    given = [_review(one) for one in found if one is not None and not one.is_withdrawn]
    if not given:
        raise Http404
    return _data(
        {
            "@context": "https://schema.org",
            "@graph": [{k: v for k, v in one.items() if k != "@context"} for one in given],
        }
    )


def _review(found: queries.PublicAnswer) -> dict[str, Any]:
    path = reverse("fact_page", args=[found.claim.slug, found.answer.language])
    return queries.claim_review(found, url=f"{settings.MOTKRAFT_PUBLIC_URL}{path}")


def _data(value: dict[str, Any]) -> HttpResponse:
    response = JsonResponse(
        value, json_dumps_params={"ensure_ascii": False, "indent": 2}, content_type="application/ld+json"
    )
    response["Cache-Control"] = FRESH
    return response
