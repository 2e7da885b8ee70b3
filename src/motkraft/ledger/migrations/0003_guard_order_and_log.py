"""What PostgreSQL itself asks of a new event and of a log's row, whoever writes it.

An event comes without a number, with its salt, and in the order of its writing. A log keeps its origin and key and never
shrinks: a shorter one would be another history.
"""

from django.db import migrations

GUARD = """
CREATE FUNCTION ledger_event_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.index IS NOT NULL THEN
        RAISE EXCEPTION 'an event gets its number when it is published';
    END IF;
    IF NEW.salt IS NULL OR octet_length(NEW.salt) <> 32 OR octet_length(NEW.entry) <> 32 THEN
        RAISE EXCEPTION 'an event begins with a salt and an entry of 32 bytes';
    END IF;
    NEW.sequence := nextval('ledger_event_order');
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_event_begins BEFORE INSERT ON ledger_event
    FOR EACH ROW EXECUTE FUNCTION ledger_event_begins();
CREATE FUNCTION ledger_log_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a log is never removed';
    END IF;
    IF (NEW.id, NEW.organisation_id, NEW.origin, NEW.verifier_key)
       IS DISTINCT FROM (OLD.id, OLD.organisation_id, OLD.origin, OLD.verifier_key)
    THEN
        RAISE EXCEPTION 'a log keeps its origin and its key';
    END IF;
    IF NEW.size < OLD.size THEN
        RAISE EXCEPTION 'a log never becomes shorter';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_log_only_grows BEFORE UPDATE OR DELETE ON ledger_log
    FOR EACH ROW EXECUTE FUNCTION ledger_log_only_grows();
"""
UNGUARD = """
DROP TRIGGER ledger_log_only_grows ON ledger_log;
DROP FUNCTION ledger_log_only_grows();
DROP TRIGGER ledger_event_begins ON ledger_event;
DROP FUNCTION ledger_event_begins();
"""


class Migration(migrations.Migration):
    dependencies = [("ledger", "0002_append_only")]

    operations = [migrations.RunSQL(GUARD, UNGUARD)]
