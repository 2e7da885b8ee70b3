"""Forms: `{{ form }}` comes out with Designsystemet's classes and with errors tied to their fields."""

from __future__ import annotations

from typing import Any

from django.forms import BaseForm, BoundField, CheckboxInput, FileInput, MultiWidget, Select
from django.forms.renderers import TemplatesSetting
from django.forms.widgets import ChoiceWidget
from django.utils.translation import gettext_noop

DJANGO_WORDS = (gettext_noop("This field is required."),)  # said in our own voice by the Swedish catalogue


class Renderer(TemplatesSetting):
    """Draws forms with the templates in web/forms. Set FORM_RENDERER = "motkraft.web.forms.Renderer".

    Needs "django.forms" in INSTALLED_APPS, for the widget templates.
    """

    form_template_name = "web/forms/form.html"
    field_template_name = "web/forms/field.html"


def kind_of(field: BoundField) -> str:
    """Say how a field is drawn: "hidden", "check", "options" (radio buttons, checkboxes) or "control"."""
    widget = field.field.widget
    if field.is_hidden:
        return "hidden"
    if isinstance(widget, CheckboxInput):
        return "check"
    if isinstance(widget, ChoiceWidget) and not isinstance(widget, Select):
        return "options"
    return "control"


def attributes(field: BoundField) -> dict[str, str | bool]:
    """Give the attributes that tie a control to its hint and its errors, and its class."""
    widget = field.field.widget
    given: dict[str, str | bool] = {}
    if isinstance(widget, MultiWidget):
        for part in widget.widgets:
            part.attrs.setdefault("class", "ds-input")
    elif isinstance(widget, FileInput):
        given["class"] = "ds-input mk-file"
    elif "class" not in widget.attrs:
        given["class"] = "ds-input"
    ties = [f"{field.auto_id}_helptext"] if field.help_text else []
    ties += [f"{field.auto_id}_error"] if field.errors else []
    if ties and "aria-describedby" not in widget.attrs:
        given["aria-describedby"] = " ".join(ties)
    if field.errors:
        given["aria-invalid"] = "true"
    return given


def options(field: BoundField) -> list[Any]:
    """Give the radio buttons or checkboxes of a field, with their class set."""
    field.field.widget.attrs.setdefault("class", "ds-input")
    if field.errors:
        field.field.widget.attrs["aria-invalid"] = "true"
    return list(field.subwidgets)


def listed_errors(form: BaseForm) -> list[dict[str, str]]:
    """Give every error of a bound form: text, target (the id to jump to; empty for the whole form), label."""
    if not form.is_bound:
        return []
    found = [{"text": str(text), "target": "", "label": ""} for text in form.non_field_errors()]
    for field in form:
        found += [
            {"text": str(text), "target": _first_id(field), "label": _lead_in(str(field.label))}
            for text in field.errors
        ]
    return found


def _lead_in(label: str) -> str:
    return label if label[-1:] in {"?", ".", ":", ""} else f"{label}:"


def _first_id(field: BoundField) -> str:
    if kind_of(field) == "options":
        first = next(iter(options(field)), None)
        if first is not None:
            return str(first.id_for_label)
    return str(field.id_for_label or field.auto_id)
