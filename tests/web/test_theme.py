"""The promises of theme.css, computed from its own text (contrast: WCAG 2.2, 1.4.3 and 1.4.11)."""

import re
from pathlib import Path

import pytest
from django.contrib.staticfiles import finders

THEME = Path(finders.find("motkraft/theme.css")).read_text()
COLOURS = {
    name: (light, dark)
    for name, light, dark in re.findall(r"(--[\w-]+): light-dark\((#\w{6}), (#\w{6})\)", THEME)
}
SCALES = ("accent", "neutral", "info", "success", "warning", "danger")
SCHEMES = (0, 1)


def luminance(colour: str) -> float:
    parts = [int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str, scheme: int) -> float:
    low, high = sorted(luminance(COLOURS[name][scheme]) for name in (one, other))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", SCHEMES, ids=["light", "dark"])
@pytest.mark.parametrize("scale", SCALES)
def test_text_can_be_read_on_every_surface_of_its_scale_and_on_the_page(scale, scheme):
    page = "--ds-color-neutral-background-default"
    for text in ("text-subtle", "text-default"):
        for surface in ("background-tinted", "surface-default", "surface-tinted", "surface-hover"):
            assert contrast(f"--ds-color-{scale}-{text}", f"--ds-color-{scale}-{surface}", scheme) >= 4.5
        assert contrast(f"--ds-color-{scale}-{text}", page, scheme) >= 4.5
    for base in ("base-default", "base-hover", "base-active"):
        assert (
            contrast(f"--ds-color-{scale}-{base}", f"--ds-color-{scale}-base-contrast-default", scheme) >= 4.5
        )


@pytest.mark.parametrize("scheme", SCHEMES, ids=["light", "dark"])
def test_borders_of_controls_the_focus_ring_and_chart_marks_are_seen(scheme):
    page = "--ds-color-neutral-background-default"
    names = [f"--ds-color-{scale}-border-default" for scale in SCALES] + ["--ds-color-focus-outer"]
    names += [f"--mk-chart-{n}" for n in range(1, 7)] + [
        name for name in COLOURS if name.startswith("--mk-tone-")
    ]
    for name in names:
        assert contrast(name, page, scheme) >= 3, name
