"""Each organisation sees its own decisions; what is published is readable by all; what is sealed never changes."""

from django.db import migrations

from motkraft.people.models.tenancy import EVERYONE, OWN, RowLevelSecurity

FIXED = """
CREATE FUNCTION decisions_sealed_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'a sealed record is never changed or removed'; END $$;
CREATE TRIGGER decisions_sealedrecord_fixed BEFORE UPDATE OR DELETE ON decisions_sealedrecord
    FOR EACH ROW EXECUTE FUNCTION decisions_sealed_fixed();
CREATE FUNCTION decisions_published_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'what was published about a decision is never removed';
    END IF;
    IF (OLD.id, OLD.organisation_id, OLD.public_id, OLD.type_code, OLD.decided_on, OLD.notice_sha256, OLD.commitment,
        OLD.certificate_sha256, OLD.event_id, OLD.event, OLD.salt)
       IS DISTINCT FROM
       (NEW.id, NEW.organisation_id, NEW.public_id, NEW.type_code, NEW.decided_on, NEW.notice_sha256, NEW.commitment,
        NEW.certificate_sha256, NEW.event_id, NEW.event, NEW.salt)
    THEN
        RAISE EXCEPTION 'what was published about a decision is never changed, only its status';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER decisions_publishedproof_fixed BEFORE UPDATE OR DELETE ON decisions_publishedproof
    FOR EACH ROW EXECUTE FUNCTION decisions_published_fixed();
"""
LOOSE = """
DROP TRIGGER decisions_sealedrecord_fixed ON decisions_sealedrecord; DROP FUNCTION decisions_sealed_fixed();
DROP TRIGGER decisions_publishedproof_fixed ON decisions_publishedproof; DROP FUNCTION decisions_published_fixed();
"""


class Migration(migrations.Migration):
    dependencies = [("decisions", "0001_initial"), ("people", "0002_row_level_security")]

    operations = [
        RowLevelSecurity("Decision"),
        RowLevelSecurity("DecisionPerson"),
        RowLevelSecurity("Approval"),
        RowLevelSecurity("NoticeAssessment"),
        RowLevelSecurity("Viewing"),
        RowLevelSecurity("SealedRecord"),
        RowLevelSecurity("PublishedProof", read=EVERYONE, write=OWN),
        RowLevelSecurity("OpeningRequest"),
        RowLevelSecurity("OpeningApproval"),
        migrations.RunSQL(FIXED, LOOSE),
    ]
