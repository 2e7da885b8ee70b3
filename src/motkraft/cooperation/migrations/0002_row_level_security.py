"""A support request is its asker's and the asked unit's; a published figure is everyone's to read, once and for all."""

from django.db import migrations

from motkraft.people.models.tenancy import ACTING_ORGANISATION, EVERYONE, OWN, RowLevelSecurity

SHARED = f"{OWN} OR knowledge_unit_id = {ACTING_ORGANISATION}"

TRIGGERS = """
CREATE FUNCTION cooperation_request_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.organisation_id, NEW.knowledge_unit_id, NEW.reference, NEW.subject, NEW.question, NEW.asked_by_id,
        NEW.asked_at) IS DISTINCT FROM (OLD.organisation_id, OLD.knowledge_unit_id, OLD.reference, OLD.subject,
        OLD.question, OLD.asked_by_id, OLD.asked_at) THEN
        RAISE EXCEPTION 'what was asked, by whom and of whom does not change';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cooperation_request_fixed BEFORE UPDATE ON cooperation_supportrequest
    FOR EACH ROW EXECUTE FUNCTION cooperation_request_fixed();

CREATE FUNCTION cooperation_never_changed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'what was sent or published is not changed'; END $$;
CREATE TRIGGER cooperation_message_fixed BEFORE UPDATE OR DELETE ON cooperation_supportmessage
    FOR EACH ROW EXECUTE FUNCTION cooperation_never_changed();
CREATE TRIGGER cooperation_figure_fixed BEFORE UPDATE OR DELETE ON cooperation_nationalfigure
    FOR EACH ROW EXECUTE FUNCTION cooperation_never_changed();

CREATE FUNCTION cooperation_message_belongs() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM cooperation_supportrequest r WHERE r.id = NEW.request_id
        AND r.organisation_id = NEW.organisation_id AND r.knowledge_unit_id = NEW.knowledge_unit_id) THEN
        RAISE EXCEPTION 'a message belongs to its request''s two sides';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER cooperation_message_belongs BEFORE INSERT ON cooperation_supportmessage
    FOR EACH ROW EXECUTE FUNCTION cooperation_message_belongs();
"""

UNDO = """
DROP TRIGGER cooperation_request_fixed ON cooperation_supportrequest; DROP FUNCTION cooperation_request_fixed();
DROP TRIGGER cooperation_message_fixed ON cooperation_supportmessage;
DROP TRIGGER cooperation_figure_fixed ON cooperation_nationalfigure; DROP FUNCTION cooperation_never_changed();
DROP TRIGGER cooperation_message_belongs ON cooperation_supportmessage; DROP FUNCTION cooperation_message_belongs();
"""


class Migration(migrations.Migration):
    dependencies = [("cooperation", "0001_initial")]

    operations = [
        RowLevelSecurity("SupportRequest", read=SHARED, write=SHARED, add=OWN),
        RowLevelSecurity("SupportMessage", read=SHARED, write=SHARED),
        RowLevelSecurity("NationalFigure", read=EVERYONE),
        migrations.RunSQL(TRIGGERS, UNDO),
    ]
