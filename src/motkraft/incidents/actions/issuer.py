"""Who issues a paper: the organisation, as every paper of offices and safety representatives names it."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from motkraft.law import Rule
from motkraft.people.models import Organisation


def issuer(organisation: Organisation) -> dict[str, Any]:
    """The organisation as documents.schemas.Organisation; the caller has chosen the language."""
    return {
        "name": organisation.name,
        "unit": _("Social services"),
        "address": organisation.postal_address or organisation.name,
        "phone": organisation.phone or None,
    }


def bases(*rules: Rule | None) -> list[dict[str, str]]:
    """The provisions as documents.schemas.LegalBasis, in Swedish."""
    return [{"section": rule.citation, "text": rule.plain_sv} for rule in rules if rule is not None]
