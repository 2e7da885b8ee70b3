"""The components as template tags: `{% load motkraft %}`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from uuid import uuid4

from django import template
from django.forms import BoundField
from django.template.base import FilterExpression, NodeList, Parser, Token, token_kwargs
from django.templatetags.static import static
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.html import format_html, strip_tags
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from motkraft.web import dates, forms, numbers
from motkraft.web.rule_card import get, rule_card

register = template.Library()

COMPONENTS = "web/components/"


def _now(given: Any) -> datetime:
    return given if isinstance(given, datetime) else timezone.now()


def _unique(prefix: str) -> str:
    return f"{prefix}-{uuid4().hex[:8]}"


# --- words for dates and numbers -------------------------------------------------------------------


@register.filter(name="when")
def when(moment: datetime | None, now: datetime | None = None) -> str:
    """`{{ at|when }}` or `{{ at|when:now }}`: "today 14:00", "Wed 25 Nov 2026, 09:30"; empty for nothing."""
    return dates.day_and_clock(moment, _now(now)) if moment else ""


@register.filter(name="day")
def day(value: date | datetime | None) -> str:
    """`{{ on|day }}`: "25 Nov 2026"; empty for nothing."""
    return dates.day(value) if value else ""


@register.filter(name="clock")
def clock(moment: datetime | None) -> str:
    """`{{ at|clock }}`: "14:00"; empty for nothing."""
    return dates.clock(moment) if moment else ""


@register.filter(name="number")
def number(value: float | None, decimals: int = 0) -> str:
    """`{{ n|number }}`: digits grouped as the language of the page does it; a dash for nothing."""
    return "–" if value is None else numbers.number(value, decimals)


@register.filter(name="bytes")
def size_in_words(size: int | None) -> str:
    """`{{ size|bytes }}`: "2.4 MB" in powers of ten; empty for nothing."""
    return "" if size is None else numbers.size(size)


@register.simple_tag
def share(part: int, whole: int) -> str:
    """`{% share 38 112 %}`: "38 of 112 (34 %)"; without a whole, only the part."""
    return numbers.share(part, whole)


@register.simple_tag(name="time")
def time_tag(moment: datetime, now: datetime | None = None) -> SafeString:
    """`{% time at now %}`: a time element with words for people and the moment for machines."""
    words = dates.day_and_clock(moment, _now(now))
    return format_html('<time datetime="{}">{}</time>', moment.isoformat(), words)


# --- small pieces ----------------------------------------------------------------------------------


@register.simple_tag
def icon(name: str, label: str = "") -> SafeString:
    """`{% icon "shield" %}`: a 20 px icon, silent beside its word; `label` names it where no word stands."""
    href = f"{static('motkraft/icons.svg')}#{name}"
    if label:
        return format_html(
            '<svg class="mk-icon" role="img" aria-label="{}"><use href="{}"></use></svg>', label, href
        )
    return format_html(
        '<svg class="mk-icon" aria-hidden="true" focusable="false"><use href="{}"></use></svg>', href
    )


@register.inclusion_tag(f"{COMPONENTS}_wordmark.html")
def wordmark() -> dict[str, Any]:
    """`{% wordmark %}`: the mark and the name."""
    return {}


@register.inclusion_tag(f"{COMPONENTS}_status_badge.html")
def status_badge(status: Any, tone: str = "", symbol: str = "") -> dict[str, Any]:
    """`{% status_badge status %}` for a `Status`, or `{% status_badge "Open" "info" "circle-dot" %}`."""
    if isinstance(status, str | Promise):  # a word, translated now or when it is shown
        return {"label": status, "tone": tone or "neutral", "icon": symbol}
    return {
        "label": get(status, "label"),
        "tone": tone or get(status, "tone") or "neutral",
        "icon": symbol or get(status, "icon"),
    }


DUE_LOOK = {
    "met": ("success", "check"),
    "met-late": ("warning", "check"),
    "late": ("danger", "triangle-alert"),
    "soon": ("warning", "clock"),
    "later": ("neutral", "calendar"),
}


@register.inclusion_tag(f"{COMPONENTS}_due.html")
def due(due_at: datetime, now: datetime | None = None, met_at: datetime | None = None) -> dict[str, Any]:
    """`{% due duty.due_at now duty.met_at %}`: the due time in words; amber soon, red late, green met."""
    at = _now(now)
    stands = dates.due(due_at, at, met_at)
    tone, symbol = DUE_LOOK[stands.state]
    full = f"{dates.day(due_at, weekday=True)}, {dates.clock(due_at)}"
    return {"due": stands, "tone": tone, "icon": symbol, "full": full, "due_at": due_at}


@register.inclusion_tag(f"{COMPONENTS}_action.html", takes_context=True)
def action(context: template.Context, action: Any, variant: str = "primary") -> dict[str, Any]:
    """`{% action value "secondary" %}`: an `Action`; variant primary, secondary or tertiary."""
    return {"action": action, "variant": variant, "csrf_token": context.get("csrf_token")}


@register.inclusion_tag(f"{COMPONENTS}_progress.html")
def progress(progress: Any) -> dict[str, Any]:
    """`{% progress value %}`: how far one has come, in words and as a bar; for a `Progress`."""
    return {"progress": progress}


@register.inclusion_tag(f"{COMPONENTS}_empty.html", takes_context=True)
def empty(context: template.Context, empty: Any) -> dict[str, Any]:
    """`{% empty value %}`: what would be here and how to begin; for an `Empty`."""
    return {"empty": empty, "csrf_token": context.get("csrf_token")}


# --- the three that make the product trusted -------------------------------------------------------


@register.inclusion_tag(f"{COMPONENTS}_law_chip.html")
def law_chip(rule: Any, label: str = "") -> dict[str, Any]:
    """`{% law_chip rule %}`: the section; opened, the rule in plain words, wording, dates and source.

    For a rule of the law room, or anything with its attributes (see rule_card). Draws nothing without a rule.
    May stand inside a sentence.
    """
    return rule_card(rule, label) | {"id": _unique("law")}


@register.inclusion_tag(f"{COMPONENTS}_eye.html")
def eye(who: str, viewers: Sequence[Any] | None = None, seen: Sequence[Any] | None = None) -> dict[str, Any]:
    """`{% eye "You, your manager and the safety coordinator" may_see has_seen %}`: who can see this, who has.

    `viewers` and `seen` are lists of `Viewer`; without them only the line is drawn.
    """
    return {"who": who, "viewers": viewers or (), "seen": seen or ()}


@register.inclusion_tag(f"{COMPONENTS}_receipt.html")
def receipt(proof: Any) -> dict[str, Any]:
    """`{% receipt proof %}`: the state of a `Proof` and the receipt file. Draws nothing for None."""
    return {"proof": proof}


# --- pictures and lists of things ------------------------------------------------------------------


@register.inclusion_tag(f"{COMPONENTS}_timeline.html")
def timeline(events: Iterable[Any], now: datetime | None = None) -> dict[str, Any]:
    """`{% timeline events now %}`: what happened, oldest first; for a list of `Event`."""
    return {"events": list(events or ()), "now": _now(now)}


@register.inclusion_tag(f"{COMPONENTS}_chain.html")
def chain(stations: Iterable[Any], now: datetime | None = None) -> dict[str, Any]:
    """`{% chain stations %}`: a chain of custody as a line with stations; for a list of `Station`."""
    return {"stations": list(stations or ()), "now": _now(now)}


@register.inclusion_tag(f"{COMPONENTS}_states.html")
def states(steps: Iterable[Any], label: str = "", now: datetime | None = None) -> dict[str, Any]:
    """`{% states steps %}`: people and steps as a row of states; for a list of `Step`."""
    return {"steps": list(steps or ()), "label": label or _("Steps"), "now": _now(now)}


@register.inclusion_tag(f"{COMPONENTS}_week_strip.html")
def week_strip(items: Iterable[Any], now: datetime | None = None, days: int = 7) -> dict[str, Any]:
    """`{% week_strip items now %}`: what is late, and due in the next seven days; for `WeekItem`s. Empty: nothing."""
    at = _now(now)
    today = dates.local(at).date()
    ordered = sorted(items or (), key=lambda item: get(item, "at"))
    strip = []
    for offset in range(days):
        that = today + timedelta(days=offset)
        strip.append(
            {
                "date": that,
                "today": offset == 0,
                "weekend": that.weekday() > 4,
                "items": [item for item in ordered if dates.local(get(item, "at")).date() == that],
            }
        )
    late = [item for item in ordered if dates.local(get(item, "at")).date() < today and not get(item, "done")]
    return {"days": strip, "late": late, "now": at, "is_empty": not late and not any(d["items"] for d in strip)}


@register.inclusion_tag(f"{COMPONENTS}_next_step.html", takes_context=True)
def next_step(context: template.Context, step: Any, now: datetime | None = None) -> dict[str, Any]:
    """`{% next_step step now %}`: the box on an item page; for a `NextStep`. A calm line for None."""
    return {"step": step, "id": _unique("next"), "now": _now(now), "csrf_token": context.get("csrf_token")}


@register.inclusion_tag(f"{COMPONENTS}_facts.html")
def facts(facts: Iterable[Any]) -> dict[str, Any]:
    """`{% facts rows %}`: a description list; for a list of `Fact` or of (label, value) pairs."""
    rows = [
        {"label": fact[0], "value": fact[1]} if isinstance(fact, tuple | list) else fact
        for fact in facts or ()
    ]
    return {"facts": rows}


@register.inclusion_tag(f"{COMPONENTS}_file_list.html")
def file_list(files: Iterable[Any]) -> dict[str, Any]:
    """`{% file_list files %}`: files with size and kind; for a list of `FileLink`."""
    return {"files": list(files or ())}


@register.inclusion_tag(f"{COMPONENTS}_chart.html")
def chart(chart: Any, heading: str = "h2", wide: bool = False) -> dict[str, Any]:
    """`{% chart value %}`: a `charts.Chart`: the picture, a sentence, the figures as a table."""
    return {"chart": chart, "id": _unique("chart"), "heading": heading, "wide": wide}


# --- lists -----------------------------------------------------------------------------------------


@register.inclusion_tag(f"{COMPONENTS}_pager.html")
def pager(listing: Any) -> dict[str, Any]:
    """`{% pager listing %}`: previous and next; for a `lists.Listing`."""
    return {"listing": listing, "page": get(listing, "page")}


@register.inclusion_tag(f"{COMPONENTS}_sort_header.html")
def sort_header(header: Any) -> dict[str, Any]:
    """`{% sort_header header %}`: a `th` with its sort link; for a `lists.Header`."""
    return {"header": header}


@register.inclusion_tag(f"{COMPONENTS}_chips.html")
def chips(row: Any) -> dict[str, Any]:
    """`{% chips row %}`: a filter as plain chips; for a `lists.ChipRow`."""
    return {"row": row}


# --- forms -----------------------------------------------------------------------------------------


@register.inclusion_tag("web/forms/_error_summary.html")
def error_summary(*given: Any) -> dict[str, Any]:
    """`{% error_summary form other_form %}`: every error, linked to its field, with focus."""
    return {"errors": [error for form in given if form for error in forms.listed_errors(form)]}


@register.inclusion_tag("web/forms/field.html")
def field(field: BoundField, legend_size: str = "") -> dict[str, Any]:
    """`{% field form.place %}`: label, hint, error and control tied together; "optional" where it is.

    `{% field form.place "lg" %}` draws the label as the heading of a page with one question.
    """
    return {"field": field, "legend_size": legend_size}


@register.filter
def is_optional(field: BoundField) -> bool:
    """Say whether the field may be left empty; a lone checkbox is never called optional."""
    return not field.field.required and forms.kind_of(field) not in {"check", "hidden"}


@register.filter
def kind_of(field: BoundField) -> str:
    """Say how a field is drawn: "hidden", "check", "options" or "control"."""
    return forms.kind_of(field)


@register.simple_tag
def control(field: BoundField) -> SafeString:
    """`{% control field %}`: the widget alone, with its class and its ties to hint and error."""
    return field.as_widget(attrs=forms.attributes(field))


@register.simple_tag
def options(field: BoundField) -> list[Any]:
    """`{% options field as choices %}`: the radio buttons or checkboxes of a field, with the class set."""
    return forms.options(field)


# --- blocks ----------------------------------------------------------------------------------------


class SectionNode(template.Node):
    """A section with its heading; drawn only when there is something in it."""

    child_nodelists = ("body",)

    def __init__(self, body: NodeList, title: FilterExpression, options: dict[str, FilterExpression]) -> None:
        self.body, self.title, self.options = body, title, options

    def render(self, context: template.Context) -> str:
        inner = self.body.render(context)
        if not inner.strip():
            return ""
        values = {name: value.resolve(context) for name, value in self.options.items()}
        shell = context.template.engine.get_template(f"{COMPONENTS}_section.html")  # type: ignore[union-attr]
        with context.push(
            section_title=self.title.resolve(context),
            section_body=SafeString(inner),
            section_id=values.get("id") or _unique("section"),
            section_level=str(values.get("level") or "2"),
            section_note=values.get("note") or "",
            section_fold=bool(values.get("fold")),
        ):
            return shell.render(context)


@register.tag
def section(parser: Parser, token: Token) -> SectionNode:
    """`{% section _("Duties") note="" level=2 id="" fold=False %}…{% endsection %}`: titled; nothing when empty.

    A section that folds is closed where the screen is narrow, and open on a wide one, on paper and without script.
    """
    bits = token.split_contents()[1:]
    if not bits:
        raise template.TemplateSyntaxError("section needs a title")
    title = parser.compile_filter(bits.pop(0))
    options = token_kwargs(bits, parser)
    body = parser.parse(("endsection",))
    parser.delete_first_token()
    return SectionNode(body, title, options)


class TableNode(template.Node):
    """A table whose rows become cards on a narrow screen; each cell is then led by its column's label."""

    child_nodelists = ("body",)

    def __init__(self, body: NodeList, title: FilterExpression) -> None:
        self.body, self.title = body, title

    def render(self, context: template.Context) -> str:
        head, body, rows = self.body.render(context).partition("</thead>")
        labels = ["" if "ds-sr-only" in cell else strip_tags(cell).strip() for cell in HEADER.findall(head)]
        if body:
            rows = ROW.sub(lambda row: _labelled(row[0], iter(labels)), rows)
        return format_html(
            '<div class="mk-scroll" tabindex="0" role="group" aria-label="{title}">'
            '<table class="ds-table mk-table mk-cards"><caption class="ds-sr-only">{title}</caption>{rows}</table>'
            "</div>",
            title=self.title.resolve(context),
            rows=SafeString(head + body + rows),
        )


HEADER = re.compile(r"<th\b.*?</th>", re.DOTALL)
ROW = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
CELL = re.compile(r"<t[hd]\b")


def _labelled(row: str, labels: Iterator[str]) -> str:
    def cell(found: re.Match[str]) -> str:
        label = next(labels, "").replace('"', "&quot;")
        return f'{found[0]} data-label="{label}"' if label and found[0] == "<td" else found[0]

    return CELL.sub(cell, row)


@register.tag
def table(parser: Parser, token: Token) -> TableNode:
    """`{% table _("Offices") %}<thead>…</thead><tbody>…</tbody>{% endtable %}`: no cell spans rows or columns."""
    bits = token.split_contents()[1:]
    if len(bits) != 1:
        raise template.TemplateSyntaxError("table needs a title")
    body = parser.parse(("endtable",))
    parser.delete_first_token()
    return TableNode(body, parser.compile_filter(bits[0]))


class ConfirmNode(template.Node):
    """A button that opens a box with a question and a form; it needs no script."""

    child_nodelists = ("body",)

    def __init__(self, body: NodeList, options: dict[str, FilterExpression]) -> None:
        self.body, self.options = body, options

    def render(self, context: template.Context) -> str:
        values = {name: value.resolve(context) for name, value in self.options.items()}
        shell = context.template.engine.get_template(f"{COMPONENTS}_confirm.html")  # type: ignore[union-attr]
        with context.push(
            confirm_id=_unique("confirm"),
            confirm_body=SafeString(self.body.render(context)),
            confirm_label=values.get("label", ""),
            confirm_title=values.get("title", ""),
            confirm_url=values.get("url", ""),
            confirm_yes=values.get("yes") or values.get("label", ""),
            confirm_tone=values.get("tone") or "accent",
            confirm_icon=values.get("icon") or "",
        ):
            return shell.render(context)


@register.tag
def confirm(parser: Parser, token: Token) -> ConfirmNode:
    """`{% confirm label="…" title="…" url="…" yes="…" tone="danger" %}words and fields{% endconfirm %}`.

    A button; pressed, a box asks `title`, shows the body in a post form to `url`, offers `yes` or cancel.
    """
    options = token_kwargs(token.split_contents()[1:], parser)
    body = parser.parse(("endconfirm",))
    parser.delete_first_token()
    return ConfirmNode(body, options)
