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
    """One kind of application, or what the employer decides itself. The texts stand on a paper in Swedish.

    ``rules`` are ids of the law data. ``asks_family``, ``asks_against``, ``asks_where``: whether those who live
    together are meant too, whether it is directed against somebody, whether it says to which place somebody moves.
    ``is_employers``: the employer decides, nobody applies. ``left_sv``: what only people can add, never ticked here.
    """

    title_sv: str
    addressee_sv: str
    lead_sv: str
    rules: tuple[str, ...]
    asks_family: bool = False
    asks_against: bool = False
    asks_where: bool = False
    is_employers: bool = False
    left_sv: tuple[str, ...] = ("Den enskildes egen ansökan, med personnummer och underskrift",)


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
    PackKind.RELOCATION: PackTemplate(
        "Underlag för annan arbetsplats eller annat boende",
        "Den som beslutar hos arbetsgivaren",
        "Underlag för att den enskilde tillfälligt eller varaktigt ska arbeta eller bo någon annanstans. Arbetsgivaren "
        "beslutar och betalar. Flytten är ett skydd och får inte bli ett straff.",
        ("afs_threats_violence",),
        asks_family=True,
        asks_where=True,
        is_employers=True,
        left_sv=(
            "Den enskilde har sagt vad hen vill, och ja eller nej",
            "Skyddsombudet har fått veta och sagt sin mening",
            "Facket är hört när förändringen kräver det",
            "Lön, arbetstid, resor och kostnader är klara: den enskilde förlorar inget på flytten",
            "Larm, växel och passerkort gäller på den nya platsen",
            "Den nya platsen står inte i kalendrar, kataloger eller på webben",
            "En dag är bestämd när flytten prövas igen",
        ),
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
    kind: PackKind, *, incidents: int, police_numbers: int, evidence: int, family: str, against: str, where: str = ""
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
    if template.asks_where:
        found.append(Check("Till vilken arbetsplats, eller vilket slag av boende", bool(where.strip())))
    return (*found, *(Check(text, False) for text in template.left_sv))
