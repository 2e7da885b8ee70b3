"""What happens, by name, in both languages."""

from __future__ import annotations

from motkraft.ledger.rules import event_type

EVENTS = {
    kind.name: kind
    for kind in (
        event_type("incident.draft_started", sv="Rapport påbörjad", en="Report begun"),
        event_type("incident.draft_discarded", sv="Utkast kastat", en="Draft thrown away"),
        event_type("incident.reported", sv="Händelse rapporterad", en="Incident reported"),
        event_type("incident.taken", sv="Händelse omhändertagen", en="Incident taken on"),
        event_type("incident.closed", sv="Händelse avslutad", en="Incident closed"),
        event_type("incident.reopened", sv="Händelse öppnad igen", en="Incident opened again"),
        event_type("incident.case_linked", sv="Händelse kopplad till ärende", en="Incident linked to a case"),
        event_type("evidence.received", sv="Bevis mottaget", en="Evidence received"),
        event_type("evidence.withdrawn", sv="Bevis taget bort ur utkast", en="Evidence taken out of a draft"),
        event_type("evidence.viewed", sv="Bevis hämtat", en="Evidence fetched"),
        event_type("evidence.share_copy", sv="Delningskopia gjord", en="Share copy made"),
        event_type("duty.met", sv="Åtgärd klar", en="Duty met"),
        event_type("duty.set_aside", sv="Åtgärd gäller inte, med skäl", en="Duty set aside with a reason"),
        event_type("duty.reopened", sv="Åtgärd öppnad igen", en="Duty opened again"),
        event_type("police.reported", sv="Polisanmälan gjord", en="Police report filed"),
        event_type("police.numbered", sv="Polisens ärendenummer inlagt", en="Police case number added"),
        event_type("case.opened", sv="Ärende inlagt", en="Case added"),
        event_type("threat.assessed", sv="Hotbild bedömd", en="Threat assessed"),
        event_type("threat.confirmed", sv="Hotbild bekräftad", en="Threat assessment confirmed"),
    )
}
