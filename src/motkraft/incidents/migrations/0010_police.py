"""What was noted of the police is never changed; it goes only in an erasure of its incident."""

from django.db import migrations

FIXED = """
CREATE FUNCTION incidents_police_noted_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND incidents_may_erase(
        OLD.organisation_id, (SELECT r.incident_id FROM incidents_policereport r WHERE r.id = OLD.report_id)
    ) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'what was noted of the police is never changed or removed';
END $$;
CREATE TRIGGER incidents_police_contact_fixed BEFORE UPDATE OR DELETE ON incidents_policecontact
    FOR EACH ROW EXECUTE FUNCTION incidents_police_noted_fixed();
CREATE TRIGGER incidents_police_decision_fixed BEFORE UPDATE OR DELETE ON incidents_policedecision
    FOR EACH ROW EXECUTE FUNCTION incidents_police_noted_fixed();

CREATE FUNCTION incidents_police_withheld_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND incidents_may_erase(OLD.organisation_id, OLD.incident_id) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'why something was not reported is never changed or removed';
END $$;
CREATE TRIGGER incidents_police_withheld_fixed BEFORE UPDATE OR DELETE ON incidents_policewithheld
    FOR EACH ROW EXECUTE FUNCTION incidents_police_withheld_fixed();
"""
FREE = """
DROP TRIGGER incidents_police_contact_fixed ON incidents_policecontact;
DROP TRIGGER incidents_police_decision_fixed ON incidents_policedecision;
DROP TRIGGER incidents_police_withheld_fixed ON incidents_policewithheld;
DROP FUNCTION incidents_police_noted_fixed();
DROP FUNCTION incidents_police_withheld_fixed();
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0009_duties")]

    operations = [migrations.RunSQL(FIXED, FREE)]
