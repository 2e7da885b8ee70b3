"""Making the papers that a threatened person needs to apply for protection, and noting what came of it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.utils import timezone

from motkraft.incidents.actions import papers
from motkraft.incidents.actions.plans import managed_plan
from motkraft.incidents.models import Incident
from motkraft.incidents.models.paper import Paper
from motkraft.incidents.models.plan import ApplicationPack, SafetyPlan
from motkraft.incidents.queries import markings
from motkraft.incidents.queries import packs as queries
from motkraft.incidents.queries import plans as plan_queries
from motkraft.incidents.rules import NotReady, rule_of
from motkraft.incidents.rules.packs import PackTemplate, checks, template_of
from motkraft.incidents.rules.states import PackKind
from motkraft.law import INCIDENT_KINDS
from motkraft.law.calendar import local_day
from motkraft.ledger.actions import append
from motkraft.people import queries as people
from motkraft.people.access import Actor, NotAllowed, Permission

PAPER = "application_pack"
OUTCOMES = ("granted", "refused", "withdrawn")


def may_read(actor: Actor, paper: Paper) -> bool:
    """Those who answer for the plan, and the one it is for: the application is theirs."""
    pack = ApplicationPack.objects.filter(organisation_id=actor.organisation_id, paper_id=paper.pk).first()
    if pack is None:
        return False
    is_own = actor.person_id is not None and pack.plan.person_id == actor.person_id
    return actor.can(Permission.PLAN_MANAGE) or (is_own and actor.can(Permission.PLAN_READ_OWN))


papers.paper_kind(PAPER, "ansokningsunderlag", may_read)


@transaction.atomic
def make_pack(
    actor: Actor,
    plan_id: uuid.UUID,
    *,
    kind: str,
    grounds: str,
    incident_ids: Sequence[uuid.UUID] = (),
    family: str = "",
    against: str = "",
    where: str = "",
) -> ApplicationPack:
    """Make the paper for an application: grounds, incidents with their days, police numbers, and what is lacking.

    It names the one it is for, who signs it and sends it in themselves; no home address and no personal number stand
    in it. Raises NotReady.
    """
    plan = managed_plan(actor, plan_id)
    template = template_of(kind)
    if plan.person_id is None and plan.protected_person_id is None:
        raise NotReady("The plan is for nobody who can apply.")
    if not grounds.strip():
        raise NotReady("Write the grounds: what makes the danger particular.", field="grounds")
    offered = {row.pk: row for row in queries.incidents(actor, plan)}
    if set(incident_ids) - set(offered):
        raise NotReady("Choose among the incidents of this person.", field="incidents")
    chosen = [row for pk, row in offered.items() if pk in set(incident_ids)]
    now = timezone.now()
    pack = ApplicationPack(
        organisation_id=actor.organisation_id,
        plan=plan,
        kind=PackKind(kind).value,
        grounds=grounds.strip(),
        attachments=[row.reference for row in chosen],
        made_at=now,
        made_by_id=actor.person_id,
    )
    data = _data(actor, plan, PackKind(kind), template, pack, chosen, family.strip(), against.strip(), where.strip())
    pack.paper = papers.keep_paper(actor, data, kind=PAPER, subject_kind="applicationpack", subject_id=pack.pk)
    pack.save(force_insert=True)
    # the fingerprint stands in the paper's own event, which goes with the paper; no reference outlives its incident
    append(
        actor,
        "pack.made",
        plan,
        data={"pack": str(pack.pk), "kind": pack.kind, "paper": str(pack.paper.pk), "incidents": len(chosen)},
    )
    return pack


@transaction.atomic
def follow_pack(
    actor: Actor,
    pack_id: uuid.UUID,
    *,
    sent_on: dt.date | None,
    outcome: str = "",
    outcome_on: dt.date | None = None,
    valid_to: dt.date | None = None,
) -> ApplicationPack:
    """Note when the person sent the application, what was decided, and until when it holds."""
    actor.require(Permission.PLAN_MANAGE)
    pack = ApplicationPack.objects.select_for_update().filter(organisation_id=actor.organisation_id, pk=pack_id).first()
    if pack is None:
        raise NotAllowed("There is no such pack for you.")
    today = local_day(timezone.now())
    if outcome and outcome not in OUTCOMES:
        raise NotReady("Choose what was decided.", field="outcome")
    if sent_on is None or sent_on > today:
        raise NotReady("Give the day when it was sent; not a day to come.", field="sent_on")
    if bool(outcome) != bool(outcome_on) or (outcome_on and not sent_on <= outcome_on <= today):
        raise NotReady("Give what was decided together with its day, after it was sent.", field="outcome_on")
    if valid_to and (outcome != queries.GRANTED or outcome_on is None or valid_to < outcome_on):
        raise NotReady("Only what was granted holds until a day, after it was decided.", field="valid_to")
    is_news = sent_on != pack.sent_on
    pack.sent_on, pack.outcome, pack.outcome_on, pack.valid_to = sent_on, outcome, outcome_on, valid_to
    pack.save(update_fields=["sent_on", "outcome", "outcome_on", "valid_to"])
    data = {"pack": str(pack.pk), "kind": pack.kind}
    if is_news:
        append(actor, "pack.sent", pack.plan, data=data | {"sent_on": sent_on.isoformat()})
    if outcome and outcome_on:
        append(actor, "pack.decided", pack.plan, data=data | {"outcome": outcome, "on": outcome_on.isoformat()})
    return pack


def _data(
    actor: Actor,
    plan: SafetyPlan,
    kind: PackKind,
    template: PackTemplate,
    pack: ApplicationPack,
    chosen: Sequence[Incident],
    family: str,
    against: str,
    where: str,
) -> dict[str, Any]:
    """The paper's content (documents.schemas.Paper), in Swedish."""
    organisation, person = people.organisation(actor), plan.person
    name = plan_queries.name_of(actor, plan, purpose=f"application pack {plan.reference}")
    numbers = [
        f"{report.case_number} ({row.reference})"
        for row in chosen
        for report in row.police_reports.all()
        if report.case_number
    ]
    evidence = [
        f"{row.reference}, {item.reference}: {item.sha256}"
        for row in chosen
        for item in row.evidence.all()
        if item.withdrawn_at is None
    ]
    concerns, needs = "Den ansökan gäller", "Det som ansökan behöver"
    if template.is_employers:
        concerns, needs = "Den det gäller", "Det som beslutet behöver"
    rules = [rule for key in template.rules if (rule := rule_of(key, pack.made_at))]
    sections: list[dict[str, Any]] = [
        {
            "heading": concerns,
            "rows": [
                {"label": "Namn", "value": name or (person.username if person else "–")},
                *([{"label": "Arbetar som", "value": person.title or "anställd i socialtjänsten"}] if person else []),
                {"label": "Nås genom", "value": organisation.name},
                *([{"label": "I samma hushåll", "value": family}] if family else []),
                *([{"label": "Förbudet ska gälla", "value": against}] if against else []),
                *([{"label": "Ny plats", "value": where}] if where else []),
            ],
        },
        {"heading": "Skälen", "text": pack.grounds},
    ]
    if chosen:
        sections.append({"heading": "Det som har hänt", "points": [_happened(row) for row in chosen]})
    if numbers:
        sections.append({"heading": "Polisens ärendenummer", "points": numbers})
    if evidence:
        sections.append(
            {
                "heading": "Bevis som arbetsgivaren har säkrat",
                "text": "Varje fil har ett kontrollvärde (SHA-256) som visar att den är oförändrad. Filerna lämnas ut "
                "på begäran.",
                "points": evidence,
            }
        )
    if rules:
        sections.append(
            {
                "heading": "Lagrum",
                "bases": [
                    {
                        "section": rule.citation,
                        "text": (rule.plain_sv or rule.title_sv)
                        + ("" if rule.verified == "statute" else " (Inte kontrollerat i författningstexten.)"),
                    }
                    for rule in rules
                ],
            }
        )
    listed = checks(
        kind,
        incidents=len(chosen),
        police_numbers=len(numbers),
        evidence=len(evidence),
        family=family,
        against=against,
        where=where,
    )
    sections.append({"heading": needs, "checks": [{"text": each.text_sv, "done": each.done} for each in listed]})
    marking = markings.of_plan(actor, plan)
    secrecy = (
        {"provision": marking.provision, "marked_on": marking.marked_on, "authority": marking.authority}
        if marking
        else None
    )
    return {
        "secrecy": secrecy,
        "organisation": {
            "name": organisation.name,
            "unit": "Socialtjänsten",
            "address": organisation.postal_address or organisation.name,
            "phone": organisation.phone or None,
        },
        "reference": plan.reference,
        "issued_at": pack.made_at,
        "title": template.title_sv,
        "addressee": template.addressee_sv,
        "lead": template.lead_sv,
        "sections": sections,
        "signatures": ["För arbetsgivaren", concerns],
    }


def _happened(incident: Incident) -> str:
    kind = INCIDENT_KINDS[incident.kind][0]
    moment = timezone.localtime(incident.deed_at)
    known = incident.happened_at is not None and incident.time_is_known
    when = moment.strftime("%Y-%m-%d kl. %H:%M") if known else str(moment.date())
    told = "\n".join(
        filter(None, [incident.exact_words and f"Ordagrant: {incident.exact_words}", incident.description])
    )
    return f"{when}: {kind} ({incident.reference})" + (f"\n{told}" if told else "")
