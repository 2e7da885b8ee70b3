"""Each organisation sees its own ledger, and PostgreSQL itself refuses to change or remove an event."""

from django.db import migrations

from motkraft.people.models.tenancy import RowLevelSecurity

APPEND_ONLY = """
CREATE FUNCTION ledger_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'the ledger is append-only: an event is never removed';
    END IF;
    IF (OLD.id, OLD.organisation_id, OLD.sequence, OLD.type, OLD.subject_kind, OLD.subject_id, OLD.actor_id, OLD.at,
        OLD.entry)
       IS DISTINCT FROM
       (NEW.id, NEW.organisation_id, NEW.sequence, NEW.type, NEW.subject_kind, NEW.subject_id, NEW.actor_id, NEW.at,
        NEW.entry)
    THEN
        RAISE EXCEPTION 'the ledger is append-only: an event is never changed';
    END IF;
    IF OLD.index IS NOT NULL AND NEW.index IS DISTINCT FROM OLD.index THEN
        RAISE EXCEPTION 'the ledger is append-only: a numbered event keeps its number';
    END IF;
    IF (NEW.salt IS DISTINCT FROM OLD.salt OR NEW.data IS DISTINCT FROM OLD.data)
       AND NOT (NEW.salt IS NULL AND NEW.data = '{}'::jsonb)
    THEN
        RAISE EXCEPTION 'the ledger is append-only: salt and data can only be erased, together';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_event_append_only BEFORE UPDATE OR DELETE ON ledger_event
    FOR EACH ROW EXECUTE FUNCTION ledger_append_only();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0001_initial"), ("people", "0002_row_level_security")]

    operations = [
        RowLevelSecurity("Event"),
        RowLevelSecurity("Log"),
        migrations.RunSQL(
            APPEND_ONLY,
            "DROP TRIGGER ledger_event_append_only ON ledger_event; DROP FUNCTION ledger_append_only();",
        ),
    ]
