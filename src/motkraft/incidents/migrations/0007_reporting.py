"""What was told of fear stays as it was told: nobody adds a name to a report that came without one."""

from django.db import migrations

FIXED = """
CREATE FUNCTION incidents_influence_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (to_jsonb(OLD) - 'read_by_at') IS DISTINCT FROM (to_jsonb(NEW) - 'read_by_at') THEN
        RAISE EXCEPTION 'an influence report is never changed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER incidents_influence_fixed BEFORE UPDATE ON incidents_influencereport
    FOR EACH ROW EXECUTE FUNCTION incidents_influence_fixed();
"""
FREE = """
DROP TRIGGER incidents_influence_fixed ON incidents_influencereport;
DROP FUNCTION incidents_influence_fixed();
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0006_walls")]

    operations = [migrations.RunSQL(FIXED, FREE)]
