"""Each organisation sees its own incidents; PostgreSQL itself refuses to change custody, evidence or what was filed."""

from django.db import migrations

from motkraft.people.models.tenancy import RowLevelSecurity

FIXED = """
CREATE FUNCTION incidents_never_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'a step in the chain of custody is never changed or removed'; END $$;
CREATE TRIGGER incidents_custody_fixed BEFORE UPDATE OR DELETE ON incidents_custodyevent
    FOR EACH ROW EXECUTE FUNCTION incidents_never_changed();

CREATE FUNCTION incidents_evidence_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'evidence is never removed';
    END IF;
    IF (OLD.id, OLD.organisation_id, OLD.incident_id, OLD.number, OLD.sha256, OLD.size, OLD.content_type, OLD.file_name,
        OLD.source_class, OLD.received_at, OLD.received_by_id)
       IS DISTINCT FROM
       (NEW.id, NEW.organisation_id, NEW.incident_id, NEW.number, NEW.sha256, NEW.size, NEW.content_type, NEW.file_name,
        NEW.source_class, NEW.received_at, NEW.received_by_id)
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
CREATE TRIGGER incidents_evidence_fixed BEFORE UPDATE OR DELETE ON incidents_evidence
    FOR EACH ROW EXECUTE FUNCTION incidents_evidence_fixed();

CREATE FUNCTION incidents_filed_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (OLD.id, OLD.organisation_id, OLD.incident_id, OLD.number, OLD.sha256, OLD.size, OLD.offences,
        OLD.basis, OLD.filed_at, OLD.filed_by_id)
       IS DISTINCT FROM
       (NEW.id, NEW.organisation_id, NEW.incident_id, NEW.number, NEW.sha256, NEW.size, NEW.offences,
        NEW.basis, NEW.filed_at, NEW.filed_by_id)
    THEN
        RAISE EXCEPTION 'what was filed with the police is never changed or removed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER incidents_filed_fixed BEFORE UPDATE OR DELETE ON incidents_policereport
    FOR EACH ROW EXECUTE FUNCTION incidents_filed_fixed();

CREATE FUNCTION incidents_assessment_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.confirmed_at IS NOT NULL OR (OLD.id, OLD.organisation_id, OLD.case_id, OLD.level,
        OLD.proposed_level, OLD.grounds, OLD.valid_until, OLD.assessed_at, OLD.assessed_by_id)
       IS DISTINCT FROM
       (NEW.id, NEW.organisation_id, NEW.case_id, NEW.level,
        NEW.proposed_level, NEW.grounds, NEW.valid_until, NEW.assessed_at, NEW.assessed_by_id)
    THEN
        RAISE EXCEPTION 'an assessment is never changed: make a new one';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER incidents_assessment_fixed BEFORE UPDATE OR DELETE ON incidents_threatassessment
    FOR EACH ROW EXECUTE FUNCTION incidents_assessment_fixed();
"""
FREE = """
DROP TRIGGER incidents_custody_fixed ON incidents_custodyevent;
DROP TRIGGER incidents_evidence_fixed ON incidents_evidence;
DROP TRIGGER incidents_filed_fixed ON incidents_policereport;
DROP TRIGGER incidents_assessment_fixed ON incidents_threatassessment;
DROP FUNCTION incidents_never_changed();
DROP FUNCTION incidents_evidence_fixed();
DROP FUNCTION incidents_filed_fixed();
DROP FUNCTION incidents_assessment_fixed();
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0001_initial"), ("people", "0002_row_level_security")]

    operations = [
        RowLevelSecurity("Case"),
        RowLevelSecurity("ThreatAssessment"),
        RowLevelSecurity("Incident"),
        RowLevelSecurity("Evidence"),
        RowLevelSecurity("CustodyEvent"),
        RowLevelSecurity("Duty"),
        RowLevelSecurity("PoliceReport"),
        migrations.RunSQL(FIXED, FREE),
    ]
