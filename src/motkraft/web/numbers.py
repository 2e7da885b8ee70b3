"""Numbers as people read them, in the language of the page; halves are rounded up, as in school."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from django.utils.formats import number_format
from django.utils.translation import gettext as _


def number(value: float | Decimal, decimals: int = 0) -> str:
    """Give "1 234 567" or, with decimals, "1 234,5"."""
    rounded = Decimal(str(value)).quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_UP)
    return str(number_format(rounded, decimals, use_l10n=True, force_grouping=True))


def share(part: int, whole: int) -> str:
    """Give "38 of 112 (34 %)"; without a whole, only the part: a share needs its ground."""
    if not whole:
        return number(part)
    values = {"part": number(part), "whole": number(whole), "percent": number(Decimal(100 * part) / whole)}
    return _("%(part)s of %(whole)s (%(percent)s %%)") % values


def size(amount: int) -> str:
    """Give the size of a file, "2,4 MB", in powers of ten."""
    if amount < 1000:
        return f"{amount} B"
    value = Decimal(amount)
    units = ["GB", "MB", "kB"]
    value /= 1000
    while value >= 1000 and len(units) > 1:
        value /= 1000
        units.pop()
    return f"{number(value, 1 if value < 10 else 0)} {units[-1]}"
