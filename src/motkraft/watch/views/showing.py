"""Turns posts, matches and exposures into words. No reading of the database beyond what is handed in."""

from __future__ import annotations

from collections.abc import Iterable

from babel import Locale, UnknownLocaleError
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from motkraft.ledger.models import Event as LedgerEvent
from motkraft.ledger.rules import registry
from motkraft.people.models import Reading
from motkraft.watch.models import Exposure, Import, Match, Post
from motkraft.watch.rules import Dismissal, ExposureState, ImportStatus, Piece, State, Verdict, pieces
from motkraft.web import parts
from motkraft.web.numbers import number

PLATFORMS = {
    "tiktok": "TikTok",
    "tiktok-comments": gettext_lazy("TikTok, comment"),
    "x": "X",
    "telegram": "Telegram",
    "instagram": "Instagram",
    "youtube": "YouTube",
    "youtube-comments": gettext_lazy("YouTube, comment"),
}
STANCES: dict[str, str | Promise] = {
    "spreads": gettext_lazy("Spreads the claim"),
    "denies": gettext_lazy("Denies the claim"),
    "asks": gettext_lazy("Asks"),
    "news": gettext_lazy("Reports as news"),
    "own_story": gettext_lazy("Tells a story of one's own"),
    "criticism": gettext_lazy("Criticises"),
    "unrelated": gettext_lazy("Something else"),
    "unsure": gettext_lazy("Unclear"),
}
VERDICTS: dict[Verdict, str | Promise] = {
    Verdict.CRITICISM: gettext_lazy("Criticism or a question"),
    Verdict.OWN_STORY: gettext_lazy("A story of one's own"),
    Verdict.DENIES: gettext_lazy("Answers the claim"),
    Verdict.UNRELATED: gettext_lazy("Something else"),
}
DISMISSALS: dict[Dismissal, str | Promise] = {
    Dismissal.ANOTHER_PERSON: gettext_lazy("It is another person"),
    Dismissal.NOT_A_NAME: gettext_lazy("The words mean something else"),
    Dismissal.HARMLESS: gettext_lazy("It is the person, but it exposes nothing"),
}
KINDS: dict[str, str | Promise] = {
    "name": gettext_lazy("Name"),
    "office": gettext_lazy("Place of work"),
    "phone": gettext_lazy("Phone number"),
    "email": gettext_lazy("E-mail address"),
    "address": gettext_lazy("Home address"),
    "plate": gettext_lazy("Car plate"),
    "personal_number": gettext_lazy("Personal number"),
}
THREATS: dict[str, str | Promise] = {
    "explicit": gettext_lazy("Words that threaten"),
    "veiled": gettext_lazy("Words that may be a veiled threat"),
    "incitement": gettext_lazy("Words that urge others to act"),
    "gathering": gettext_lazy("Words that call people to a place"),
}
UNREADABLE: dict[str, str | Promise] = {
    "not_json": gettext_lazy("The line is cut off or is not JSON"),
    "not_an_object": gettext_lazy("The line is JSON but no record"),
    "unknown_shape": gettext_lazy("The record is of a kind that is not known here"),
    "missing_field": gettext_lazy("The record lacks something that a post must have"),
    "advertisement": gettext_lazy("The record is an advertisement"),
    "wrong_columns": gettext_lazy("The row has more or fewer columns than the heading"),
    "not_utf8": gettext_lazy("The line is not text in UTF-8"),
    "text_too_long": gettext_lazy("The text is longer than a post can be"),
}
ERRORS: dict[str, str | Promise] = {
    "file_gone": gettext_lazy("The file is no longer here. Import it again; nothing is doubled."),
    "format": gettext_lazy("The file is in no format that can be read here."),
    "nothing_read": gettext_lazy("No line of the file could be read as a post. The lines stand below."),
    "gave_up": gettext_lazy(
        "The reading stopped at the same place five times. What was read before is kept. Tell your administrator."
    ),
}
_TONES: dict[str, tuple[parts.Tone, str]] = {
    ImportStatus.WAITING: ("neutral", "clock"),
    ImportStatus.READING: ("info", "loader"),
    ImportStatus.ANALYSING: ("info", "loader"),
    ImportStatus.DONE: ("success", "check"),
    ImportStatus.FAILED: ("danger", "circle-alert"),
}


def is_swedish() -> bool:
    """Whether the page is in Swedish."""
    return (get_language() or "sv").startswith("sv")


def language_name(code: str) -> str:
    """A language's name in the language of the page: "arabiska"."""
    if code == "und":
        return _("unknown language")
    names = Locale.parse("sv" if is_swedish() else "en").languages
    return str(names.get(code) or names.get(code.partition("-")[0]) or code)


def is_right_to_left(code: str) -> bool:
    """Whether a language is written from right to left."""
    try:
        return Locale.parse(code).text_direction == "rtl"
    except (UnknownLocaleError, ValueError):
        return code in ("ckb", "ug", "sd")


def platform_name(platform: str) -> str:
    """A platform's name for people."""
    return str(PLATFORMS.get(platform, platform))


def import_status(row: Import) -> parts.Status:
    """Where an import stands, in words."""
    words = {
        ImportStatus.WAITING: _("Waits to be read"),
        ImportStatus.READING: _("Is being read"),
        ImportStatus.ANALYSING: _("Is being read and compared"),
        ImportStatus.DONE: _("Read in"),
        ImportStatus.FAILED: _("Stopped"),
    }
    tone, icon = _TONES[row.status]
    return parts.Status(words[ImportStatus(row.status)], tone, icon)


def match_status(match: Match) -> parts.Status:
    """Where a match stands, in words."""
    match match.state:
        case State.CONFIRMED:
            return parts.Status(_("Confirmed"), "success", "check")
        case State.REJECTED:
            return parts.Status(str(VERDICTS[Verdict(match.verdict)]), "neutral", "x")
    return parts.Status(_("Proposed"), "info", "circle-dot")


def exposure_status(exposure: Exposure) -> parts.Status:
    """Where an exposure stands, in words."""
    match exposure.state:
        case ExposureState.CONFIRMED:
            return parts.Status(_("Confirmed, an incident"), "success", "shield-check")
        case ExposureState.DISMISSED:
            return parts.Status(_("Dismissed"), "neutral", "x")
    return parts.Status(_("Waits for you"), "warning", "circle-alert")


def sure(score: float) -> str:
    """A probability as a whole percentage: never 0, never 100, for it is neither."""
    return str(min(99, max(1, round(score * 100))))


def rating(score: float) -> str:
    """How well the evidence of an exposure rates, in words."""
    if score >= 0.9:
        return _("strong")
    return _("fair") if score >= 0.7 else _("weak")


def match_pieces(match: Match) -> tuple[Piece, ...]:
    """The post's words with those marked that carried the match."""
    return pieces(match.post.text, [(start, end, "word") for start, end in match.words])


def exposure_pieces(exposure: Exposure, threats: Iterable[tuple[int, int]]) -> tuple[Piece, ...]:
    """The post's words with those marked that expose, and those that threaten."""
    spans = [(place["start"], place["end"], "exposes") for place in exposure.places]
    return pieces(exposure.post.text, spans + [(start, end, "threat") for start, end in threats])


def reach(views: int | None) -> str:
    """How often a post was shown; unknown is said as unknown."""
    return _("not known") if views is None else _("%(n)s times") % {"n": number(views)}


def post_facts(post: Post) -> list[parts.Fact]:
    """What stands beside a post: where, in which language, how far it has reached."""
    shown = post.metrics or {}
    return [
        parts.Fact(_("Where"), platform_name(post.platform)),
        parts.Fact(_("Language"), language_name(post.language)),
        parts.Fact(_("Shown"), reach(shown.get("views"))),
        parts.Fact(_("Shares"), reach(shown.get("shares"))),
    ]


def reasons(match: Match) -> list[str]:
    """Why a match is proposed, in plain words."""
    told = []
    for reason in match.reasons:
        match reason.get("code"):
            case "semantic_only":
                told.append(_("The meaning is alike, but no words are the same."))
            case "across_languages":
                told.append(
                    _("The post is in %(post)s, the wording in %(wording)s.")
                    % {"post": language_name(reason["post"]), "wording": language_name(reason["wording"])}
                )
            case "held_back_short_text":
                told.append(_("The post is short, so look twice."))
            case "held_back_by_role":
                told.append(_("It is not clear how the post stands to the claim."))
            case "nearest_wording" if not reason.get("reviewed", True):
                told.append(_("The wording that it resembles has not been read by a native speaker yet."))
    return told


def events(rows: Iterable[LedgerEvent], names: dict[object, str]) -> list[parts.Event]:
    """The ledger's events of one thing, for a timeline."""
    known = registry()
    return [
        parts.Event(
            at=row.at,
            title=(known[row.type].sv if is_swedish() else known[row.type].en) if row.type in known else row.type,
            who=names.get(row.actor_id, "") if row.actor_id else _("Motkraft"),
        )
        for row in rows
    ]


def viewers(rows: Iterable[Reading]) -> list[parts.Viewer]:
    """Who has opened something, each once, the latest first."""
    found: dict[object, parts.Viewer] = {}
    for row in rows:
        if row.reader is not None and row.reader_id not in found:
            found[row.reader_id] = parts.Viewer(row.reader.username, row.reader.title, row.at)
    return list(found.values())
