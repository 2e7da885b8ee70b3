"""Application packs: what each application rests on, to whom it goes, and what is still lacking."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from motkraft.incidents.rules.errors import NotReady
from motkraft.incidents.rules.states import PackKind

#: How long before a protection ends somebody is reminded to renew it: our own figure.
RENEW_BEFORE = dt.timedelta(days=60)


@dataclass(frozen=True)
class PackTemplate:
    """One kind of application. The texts stand on a paper in Swedish; ``rules`` are ids of the law data.

    ``asks_family`` and ``asks_against``: whether those who live together are applied for too, and whether the
    application is directed against somebody.
    """

    title_sv: str
    addressee_sv: str
    lead_sv: str
    rules: tuple[str, ...]
    asks_family: bool = False
    asks_against: bool = False


PACKS: dict[PackKind, PackTemplate] = {
    PackKind.PROTECTED_REGISTRATION: PackTemplate(
        "Underlag till ansökan om skyddad folkbokföring",
        "Skatteverket",
        "Arbetsgivarens underlag till en ansökan som den enskilde själv gör. Här står de särskilda skälen: det som har "
        "hänt, när, och vad polisen har fått veta.",
        ("protected_registration", "protected_registration_police_help"),
        asks_family=True,
    ),
    PackKind.SECRECY_MARKING: PackTemplate(
        "Underlag till begäran om sekretessmarkering i folkbokföringen",
        "Skatteverket",
        "Arbetsgivarens skriftliga stöd till en begäran som den enskilde själv gör. Här står det konkreta hotet: det "
        "som har hänt, när, och vad polisen har fått veta.",
        ("population_register_marking",),
        asks_family=True,
    ),
    PackKind.NON_CONTACT_ORDER: PackTemplate(
        "Underlag till ansökan om kontaktförbud",
        "Åklagare, genom Polismyndigheten",
        "Arbetsgivarens underlag till en ansökan som den enskilde själv gör. Här står varför det finns risk för brott "
        "eller förföljelse.",
        ("non_contact_order",),
        asks_against=True,
    ),
}


@dataclass(frozen=True)
class Check:
    """Something that the application needs, in Swedish, and whether it is there."""

    text_sv: str
    done: bool


def template_of(kind: str) -> PackTemplate:
    """The application of a kind. Raises NotReady for one that nobody applies for with a pack."""
    try:
        return PACKS[PackKind(kind)]
    except (KeyError, ValueError):
        raise NotReady("There is no such application. Choose again.", field="kind") from None


def checks(
    kind: PackKind, *, incidents: int, police_numbers: int, evidence: int, family: str, against: str
) -> tuple[Check, ...]:
    """What the application needs and whether it is there. What only the person can add is always lacking here."""
    template = template_of(kind)
    found = [
        Check("De särskilda skälen är beskrivna", True),
        Check("Minst en händelse med dag och vad som sades eller gjordes", incidents > 0),
        Check("Polisens ärendenummer", police_numbers > 0),
        Check("Bevis som är säkrade", evidence > 0),
    ]
    if template.asks_family:
        found.append(Check("Vilka i samma hushåll som också behöver skyddet", bool(family.strip())))
    if template.asks_against:
        found.append(Check("Vem förbudet ska gälla mot", bool(against.strip())))
    return (*found, Check("Den enskildes egen ansökan, med personnummer och underskrift", False))
