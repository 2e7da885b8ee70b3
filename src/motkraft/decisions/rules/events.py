"""The kinds of event that decisions write. Their data holds ids, codes, times and hashes only."""

from __future__ import annotations

from motkraft.ledger.rules import event_type

for _name, _sv, _en in (
    ("decision.drafted", "Beslut påbörjat", "Decision drafted"),
    ("decision.edited", "Beslutstext ändrad", "Decision text changed"),
    ("decision.submitted", "Lämnat för godkännande", "Handed over for approval"),
    ("decision.approved", "Handläggare godkände", "Handler approved"),
    ("decision.assessed", "Namn i underrättelsen bedömt", "Name in the notice assessed"),
    ("decision.protection_set", "Skyddsnivå vald", "Level of protection chosen"),
    ("decision.decided", "Beslut fattat", "Decision made"),
    ("decision.concurred", "Ledamot bekräftade beslutet", "Member confirmed the decision"),
    ("decision.issued", "Beslut förseglat och utfärdat", "Decision sealed and issued"),
    ("decision.archived", "Arkivtidsstämpel satt", "Archive timestamp added"),
    ("decision.reported", "Anmält till nämnden", "Reported to the committee"),
    ("decision.revocation_begun", "Upphävande påbörjat", "Revocation begun"),
    ("decision.revoked", "Beslut upphävt", "Decision revoked"),
    ("decision.replaced", "Beslut ersatt", "Decision replaced"),
    ("decision.conflict_declared", "Någon anmälde jäv", "Somebody declared a conflict of interest"),
    ("decision.handler_replaced", "Handläggare ersatt", "Handler replaced"),
    ("mandate.added", "Förordnande infört", "Mandate added"),
    ("mandate.ended", "Förordnande avslutat", "Mandate ended"),
    ("policy.set", "Ordning för beslut ändrad", "Policy for decisions changed"),
    ("deadline.marked", "Händelse för frister markerad", "Event for time limits marked"),
    ("deadline.withdrawn", "Markerad händelse återtagen", "Marked event withdrawn"),
    ("deadline.reminded", "Påminnelse om frist", "Reminder of a time limit"),
    ("deadline.drilled", "Övning av missad underställning", "Drill of a missed submission"),
    ("text_block.written", "Textblock ändrat", "Text block changed"),
    ("opening.requested", "Öppning begärd", "Opening requested"),
    ("opening.approved", "Nyckelförvaltare godkände öppning", "Custodian approved opening"),
    ("opening.opened", "Förseglad handling öppnad", "Sealed record opened"),
    ("opening.closed", "Öppning avslutad", "Opening closed"),
    ("record.resealed", "Förseglad handling omförseglad", "Sealed record sealed to other custodians"),
    ("record.reseal_confirmed", "Omförsegling kontrollerad", "Resealing checked"),
    ("custodian.drill_started", "Övning med nyckelförvaltare påbörjad", "Drill with custodians begun"),
    ("custodian.drill_finished", "Övning med nyckelförvaltare klar", "Drill with custodians done"),
):
    event_type(_name, sv=_sv, en=_en)
