"""What was shared or written stays as it was: nobody changes a message, or what a knowledge unit was given, afterwards."""

from django.db import migrations

TRIGGERS = """
CREATE FUNCTION incidents_shared_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'what was shared with a knowledge unit, or written to it, is never changed or removed';
END $$;
CREATE TRIGGER incidents_escalation_item_stays BEFORE UPDATE OR DELETE ON incidents_escalationitem
    FOR EACH ROW EXECUTE FUNCTION incidents_shared_stays();
CREATE TRIGGER incidents_escalation_message_stays BEFORE UPDATE OR DELETE ON incidents_escalationmessage
    FOR EACH ROW EXECUTE FUNCTION incidents_shared_stays();

CREATE FUNCTION incidents_message_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF incidents_may_erase(OLD.organisation_id, OLD.incident_id) THEN
            RETURN OLD;
        END IF;
        RAISE EXCEPTION 'a message is never removed';
    END IF;
    IF OLD.answered_at IS NOT NULL OR (OLD.id, OLD.organisation_id, OLD.incident_id, OLD.author_id, OLD.side, OLD.text,
        OLD.at, OLD.asks) IS DISTINCT FROM (NEW.id, NEW.organisation_id, NEW.incident_id, NEW.author_id, NEW.side,
        NEW.text, NEW.at, NEW.asks) THEN
        RAISE EXCEPTION 'a message is never changed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER incidents_message_stays BEFORE UPDATE OR DELETE ON incidents_message
    FOR EACH ROW EXECUTE FUNCTION incidents_message_stays();
"""


class Migration(migrations.Migration):
    dependencies = [("incidents", "0010_police")]

    operations = [migrations.RunSQL(TRIGGERS)]
