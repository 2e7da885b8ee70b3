"""The closed lists of keys that rule files and applications share, with their names in both languages."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType

from motkraft.law.errors import UnknownKeyError


def _names(**names: tuple[str, str]) -> Mapping[str, tuple[str, str]]:
    return MappingProxyType(names)


# key -> (Swedish, English)
INCIDENT_KINDS = _names(
    threat=("hot", "threat"),
    violence=("våld", "violence"),
    harassment=("trakasserier", "harassment"),
    filming=("filmning", "filming"),
    publishing=("publicering av bild eller film", "publishing of pictures or film"),
    naming=("uthängning med namn", "naming in public"),
    veiled_threat=("förtäckt hot", "veiled threat"),
    threat_to_relatives=("hot mot närstående", "threat to relatives"),
    death_threat=("mordhot", "death threat"),
    revenge_report=("hämndanmälan", "report made in revenge"),
    damage=("skadegörelse", "damage to property"),
    intrusion=("intrång", "intrusion"),
    complaint_campaign=("anmälningskampanj", "campaign of complaints"),
    stalking=("förföljelse", "stalking"),
    other=("annat", "other"),
)
ALL_KINDS = "all"

ROLES = _names(
    committee=("socialnämnden", "the social welfare committee"),
    subcommittee=("utskottet", "the subcommittee"),
    chair=("nämndens ordförande", "the chair of the committee"),
    appointed_member=("en ledamot som nämnden har förordnat", "a member appointed by the committee"),
    appointed_official=("en tjänsteman som nämnden har förordnat", "an official appointed by the committee"),
    administrative_court=("förvaltningsrätten", "the administrative court"),
    director=("förvaltningschefen", "the director"),
    manager=("enhetschefen", "the manager"),
    social_worker=("socialsekreteraren", "the social worker"),
    official=("en annan tjänsteman", "another official"),
    external_official=("en anställd i en annan kommun", "an employee of another municipality"),
    knowledge_unit=("den nationella enheten", "the national unit"),
)
"""Who may decide, or ask for, something.

``chair`` and ``appointed_member`` decide alone only where the law says so.
"""

RESPONSIBLE_ROLES = _names(
    manager=("enhetschef", "manager"),
    security_coordinator=("säkerhetssamordnare", "security coordinator"),
    director=("förvaltningschef", "director"),
    registrar=("registrator", "registrar"),
    safety_representative=("skyddsombud", "safety representative"),
)
"""Who an employer's duty falls on unless the organisation says otherwise."""

UNITS = _names(
    hours=("timmar", "hours"),
    days=("dagar", "days"),
    weeks=("veckor", "weeks"),
    months=("månader", "months"),
    years=("år", "years"),
)

STATUSES = _names(
    **{
        "in-force": ("gäller", "in force"),
        "proposed": ("föreslagen", "proposed"),
        "repealed": ("upphävd", "repealed"),
    }
)
VERIFIED = _names(
    statute=("läst i författningstexten", "read in the statute text"),
    web=("läst på webbsida", "read on a web page"),
    unverified=("inte kontrollerad", "not verified"),
)
DATE_BASES = _names(
    **{
        "statute": ("ur författningstexten", "from the statute text"),
        "web": ("ur webbkälla", "from a web source"),
        "unverified": ("inte kontrollerat", "not verified"),
        "pack-start": (
            "regeln kan vara äldre; lagdata svarar från den här dagen",
            "the rule may be older; the law data answers from this day",
        ),
    }
)
DUE_BASES = _names(
    statute=("lag", "statute"), practice=("praxis", "practice"), local=("lokal rutin", "local routine")
)
SOURCE_KINDS = _names(
    statute=("författning", "statute"),
    agency=("myndighet", "agency"),
    ombudsman=("JO-beslut", "decision of the Parliamentary Ombudsmen"),
    preparatory=("förarbete", "preparatory work"),
    web=("webbsida", "web page"),
    routine=("lokal rutin", "local routine"),
)


def require(keys: Mapping[str, tuple[str, str]], key: str, what: str) -> str:
    """Return ``key`` if the vocabulary has it, else raise UnknownKeyError naming the keys there are."""
    if key not in keys:
        raise UnknownKeyError(
            f"Unknown {what} {key!r}. Use one of: {', '.join(keys)}.", key=key, allowed=tuple(keys)
        )
    return key


def join_sv(words: Iterable[str]) -> str:
    """Join words as Swedish does: "a, b och c"."""
    return _join(list(words), "och")


def join_en(words: Iterable[str]) -> str:
    """Join words as English does, without the serial comma: "a, b and c"."""
    return _join(list(words), "and")


def _join(words: list[str], last: str) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"
