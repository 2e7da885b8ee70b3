"""Each organisation sees its own rooms; duties keep the incident's counters; what never changes may go in an erasure.

Evidence, custody, duties and what was filed are removed only while an erasure of their incident is open, and never under
a legal hold. An escalation is its reporter's organisation's and the asked unit's to read.
"""

from django.db import migrations

from motkraft.people.models.tenancy import ACTING_ORGANISATION, OWN, RowLevelSecurity

SHARED = f"{OWN} OR knowledge_unit_id = {ACTING_ORGANISATION}"

OWN_ROOMS = (
    "Series", "InfluenceReport", "Upload", "EvidenceTimestamp", "Reminder", "DutyReceipt", "CalendarFeed",
    "PoliceContact", "PoliceDecision", "PoliceWithheld", "Message", "SafetyPlan", "PlanMeasure", "ApplicationPack",
    "Paper", "OfficeRisk", "AlarmCheck", "LoneWorkRule", "GuardPermit", "RepresentativeRequest", "WorkStop",
    "SearchEntry", "SavedView", "RetentionRow", "LegalHold", "Erasure",
)

ERASING = """
CREATE FUNCTION incidents_may_erase(organisation uuid, incident uuid) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT EXISTS (
        SELECT 1 FROM incidents_erasure e
        WHERE e.organisation_id = organisation AND e.incident_id = incident AND e.finished_at IS NULL
    ) AND NOT EXISTS (
        SELECT 1 FROM incidents_legalhold h
        WHERE h.organisation_id = organisation AND h.lifted_at IS NULL AND (h.until IS NULL OR h.until >= CURRENT_DATE)
        AND (h.incident_id = incident OR h.case_id = (SELECT i.case_id FROM incidents_incident i WHERE i.id = incident))
    ) $$;

CREATE OR REPLACE FUNCTION incidents_never_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND incidents_may_erase(
        OLD.organisation_id, (SELECT v.incident_id FROM incidents_evidence v WHERE v.id = OLD.evidence_id)
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'a step in the chain of custody is never changed or removed';
END $$;

CREATE OR REPLACE FUNCTION incidents_evidence_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF incidents_may_erase(OLD.organisation_id, OLD.incident_id) THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'evidence is never removed';
    END IF;
    IF (OLD.id, OLD.organisation_id, OLD.incident_id, OLD.number, OLD.sha256, OLD.size, OLD.content_type, OLD.file_name,
        OLD.source_class, OLD.received_at, OLD.received_by_id, OLD.parent_id, OLD.link)
       IS DISTINCT FROM
       (NEW.id, NEW.organisation_id, NEW.incident_id, NEW.number, NEW.sha256, NEW.size, NEW.content_type, NEW.file_name,
        NEW.source_class, NEW.received_at, NEW.received_by_id, NEW.parent_id, NEW.link)
    THEN
        RAISE EXCEPTION 'evidence is never changed';
    END IF;
    IF OLD.share_sha256 <> '' AND NEW.share_sha256 <> OLD.share_sha256 THEN
        RAISE EXCEPTION 'a share copy is made once';
    END IF;
    IF OLD.withdrawn_at IS NOT NULL AND NEW.withdrawn_at IS DISTINCT FROM OLD.withdrawn_at THEN
        RAISE EXCEPTION 'what was withdrawn stays withdrawn';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION incidents_filed_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND incidents_may_erase(OLD.organisation_id, OLD.incident_id) THEN
        RETURN OLD;
    END IF;
    IF TG_OP = 'DELETE' OR (OLD.id, OLD.organisation_id, OLD.incident_id, OLD.number, OLD.sha256, OLD.size, OLD.offences,
        OLD.basis, OLD.facts, OLD.data_sha256, OLD.filed_at, OLD.filed_by_id)
       IS DISTINCT FROM
       (NEW.id, NEW.organisation_id, NEW.incident_id, NEW.number, NEW.sha256, NEW.size, NEW.offences,
        NEW.basis, NEW.facts, NEW.data_sha256, NEW.filed_at, NEW.filed_by_id)
    THEN
        RAISE EXCEPTION 'what was filed with the police is never changed or removed';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION incidents_assessment_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.confirmed_at IS NOT NULL OR (OLD.id, OLD.organisation_id, OLD.case_id,
        OLD.person_subject_id, OLD.protected_person_id, OLD.office_id, OLD.level, OLD.proposed_level, OLD.grounds,
        OLD.factors, OLD.history_text, OLD.capability_text, OLD.intent_text, OLD.proximity_text, OLD.exposure_text,
        OLD.vulnerability_text, OLD.valid_until, OLD.assessed_at, OLD.assessed_by_id)
       IS DISTINCT FROM
       (NEW.id, NEW.organisation_id, NEW.case_id,
        NEW.person_subject_id, NEW.protected_person_id, NEW.office_id, NEW.level, NEW.proposed_level, NEW.grounds,
        NEW.factors, NEW.history_text, NEW.capability_text, NEW.intent_text, NEW.proximity_text, NEW.exposure_text,
        NEW.vulnerability_text, NEW.valid_until, NEW.assessed_at, NEW.assessed_by_id)
    THEN
        RAISE EXCEPTION 'an assessment is never changed: make a new one';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION incidents_duty_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF incidents_may_erase(OLD.organisation_id, OLD.incident_id) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'a duty is met or set aside, never removed';
END $$;
CREATE TRIGGER incidents_duty_stays BEFORE DELETE ON incidents_duty
    FOR EACH ROW EXECUTE FUNCTION incidents_duty_stays();
"""

COUNTING = """
CREATE FUNCTION incidents_count_duties() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    wanted uuid := CASE WHEN TG_OP = 'DELETE' THEN OLD.incident_id ELSE NEW.incident_id END;
BEGIN
    UPDATE incidents_incident i SET next_due_at = d.next_due_at, open_duties = d.open_duties, duty_count = d.duty_count
    FROM (
        SELECT min(due_at) FILTER (WHERE state = 'open' AND paused_at IS NULL) AS next_due_at,
               count(*) FILTER (WHERE state = 'open') AS open_duties, count(*) AS duty_count
        FROM incidents_duty WHERE incident_id = wanted
    ) d WHERE i.id = wanted;
    RETURN NULL;
END $$;
CREATE TRIGGER incidents_count_duties AFTER INSERT OR UPDATE OF state, due_at, paused_at OR DELETE ON incidents_duty
    FOR EACH ROW EXECUTE FUNCTION incidents_count_duties();
UPDATE incidents_incident i SET next_due_at = d.next_due_at, open_duties = d.open_duties, duty_count = d.duty_count
FROM (
    SELECT incident_id, min(due_at) FILTER (WHERE state = 'open') AS next_due_at,
           count(*) FILTER (WHERE state = 'open') AS open_duties, count(*) AS duty_count
    FROM incidents_duty GROUP BY incident_id
) d WHERE i.id = d.incident_id;
"""

ESCALATING = """
CREATE FUNCTION incidents_escalation_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.organisation_id, NEW.knowledge_unit_id, NEW.incident_id, NEW.reference, NEW.reason, NEW.opened_by_id,
        NEW.opened_at) IS DISTINCT FROM (OLD.organisation_id, OLD.knowledge_unit_id, OLD.incident_id, OLD.reference,
        OLD.reason, OLD.opened_by_id, OLD.opened_at) THEN
        RAISE EXCEPTION 'what was escalated, by whom and to whom does not change';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER incidents_escalation_fixed BEFORE UPDATE ON incidents_escalation
    FOR EACH ROW EXECUTE FUNCTION incidents_escalation_fixed();

CREATE FUNCTION incidents_escalation_belongs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM incidents_escalation e WHERE e.id = NEW.escalation_id
        AND e.organisation_id = NEW.organisation_id AND e.knowledge_unit_id = NEW.knowledge_unit_id) THEN
        RAISE EXCEPTION 'what is shared belongs to the two sides of its escalation';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER incidents_escalation_item_belongs BEFORE INSERT OR UPDATE ON incidents_escalationitem
    FOR EACH ROW EXECUTE FUNCTION incidents_escalation_belongs();
CREATE TRIGGER incidents_escalation_message_belongs BEFORE INSERT OR UPDATE ON incidents_escalationmessage
    FOR EACH ROW EXECUTE FUNCTION incidents_escalation_belongs();
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0005_rooms"), ("people", "0006_contacts_and_marking")]

    operations = [
        *(RowLevelSecurity(name) for name in OWN_ROOMS),
        RowLevelSecurity("Escalation", read=SHARED, write=SHARED, add=OWN),
        RowLevelSecurity("EscalationItem", read=SHARED, write=OWN),
        RowLevelSecurity("EscalationMessage", read=SHARED, write=SHARED),
        migrations.RunSQL(ERASING),
        migrations.RunSQL(COUNTING),
        migrations.RunSQL(ESCALATING),
    ]
