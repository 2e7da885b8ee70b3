"""What evidence needs of PostgreSQL itself: a timestamp is never changed, and goes only with what it is of."""

from django.db import migrations

FIXED = """
CREATE FUNCTION incidents_timestamp_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND incidents_may_erase(
        OLD.organisation_id, (SELECT v.incident_id FROM incidents_evidence v WHERE v.id = OLD.evidence_id)
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'a timestamp is never changed or removed';
END $$;
CREATE TRIGGER incidents_timestamp_fixed BEFORE UPDATE OR DELETE ON incidents_evidencetimestamp
    FOR EACH ROW EXECUTE FUNCTION incidents_timestamp_fixed();
CREATE UNIQUE INDEX incidents_timestamp_once ON incidents_evidencetimestamp (evidence_id);
CREATE INDEX incidents_upload_unfinished ON incidents_upload (organisation_id, expires_at) WHERE finished_at IS NULL;
"""
FREE = """
DROP INDEX incidents_upload_unfinished;
DROP INDEX incidents_timestamp_once;
DROP TRIGGER incidents_timestamp_fixed ON incidents_evidencetimestamp;
DROP FUNCTION incidents_timestamp_fixed();
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0007_reporting")]

    operations = [migrations.RunSQL(FIXED, FREE)]
