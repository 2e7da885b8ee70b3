"""What lists, search and retention need of PostgreSQL itself."""

from django.db import migrations

from motkraft.people.models.tenancy import ACTING_ORGANISATION

FOUND = f"""
CREATE INDEX incidents_search_tokens ON incidents_searchentry USING gin (tokens) WITH (fastupdate = off);

-- Row-level security lets no index be used for an operator that is not leakproof, and that of arrays is none. So this
-- function walks past it, asks for the acting organisation itself, and gives ids of that organisation only.
CREATE FUNCTION incidents_found(wanted bigint[]) RETURNS SETOF uuid
    LANGUAGE plpgsql STABLE SECURITY DEFINER ROWS 2000 SET search_path = public, pg_temp AS $$
DECLARE
    conditions text := '';
    place int;
BEGIN
    FOR place IN 1 .. coalesce(array_length(wanted, 1), 0) LOOP
        conditions := conditions || format(
            ' AND tokens && %L::bigint[]', ARRAY(SELECT DISTINCT unnest(wanted[place:place])));
    END LOOP;
    IF conditions = '' THEN
        RETURN;
    END IF;
    RETURN QUERY EXECUTE 'SELECT incident_id FROM incidents_searchentry WHERE organisation_id = $1' || conditions
        USING {ACTING_ORGANISATION};
END $$;
"""
NOT_FOUND = "DROP FUNCTION incidents_found(bigint[]); DROP INDEX incidents_search_tokens;"

HELD = """
-- That something was erased, and that it was held, is never rewritten.
CREATE FUNCTION incidents_erasure_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.finished_at IS NOT NULL
       OR (OLD.id, OLD.organisation_id, OLD.incident_id, OLD.reference_sha256, OLD.category, OLD.run, OLD.by_id,
           OLD.confirmed_by_id, OLD.began_at)
          IS DISTINCT FROM
          (NEW.id, NEW.organisation_id, NEW.incident_id, NEW.reference_sha256, NEW.category, NEW.run, NEW.by_id,
           NEW.confirmed_by_id, NEW.began_at)
    THEN
        RAISE EXCEPTION 'that something was erased is never changed or removed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER incidents_erasure_stays BEFORE UPDATE OR DELETE ON incidents_erasure
    FOR EACH ROW EXECUTE FUNCTION incidents_erasure_stays();

CREATE FUNCTION incidents_hold_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (TG_OP = 'UPDATE' AND (OLD.lifted_at IS NOT NULL
        OR (OLD.id, OLD.organisation_id, OLD.incident_id, OLD.case_id, OLD.reason, OLD.until, OLD.set_by_id, OLD.set_at)
           IS DISTINCT FROM
           (NEW.id, NEW.organisation_id, NEW.incident_id, NEW.case_id, NEW.reason, NEW.until, NEW.set_by_id, NEW.set_at)
       ))
       OR (TG_OP = 'DELETE' AND NOT EXISTS (
           SELECT 1 FROM incidents_erasure e WHERE e.organisation_id = OLD.organisation_id
           AND e.incident_id = OLD.incident_id AND e.finished_at IS NULL))
    THEN
        RAISE EXCEPTION 'a legal hold is lifted, never changed or removed';
    END IF;
    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
END $$;
CREATE TRIGGER incidents_hold_stays BEFORE UPDATE OR DELETE ON incidents_legalhold
    FOR EACH ROW EXECUTE FUNCTION incidents_hold_stays();
"""
NOT_HELD = """
DROP TRIGGER incidents_hold_stays ON incidents_legalhold;
DROP TRIGGER incidents_erasure_stays ON incidents_erasure;
DROP FUNCTION incidents_hold_stays();
DROP FUNCTION incidents_erasure_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0012_offices")]

    operations = [
        migrations.RunSQL(FOUND, NOT_FOUND),
        migrations.RunSQL(HELD, NOT_HELD),
    ]
