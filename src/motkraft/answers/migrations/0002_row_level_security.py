"""Published answers and verified facts are everyone's to read; all else is the organisation's own.

The database holds the line too: approved and published words are fixed, and an unverified fact is never published.
"""

from django.db import migrations

from motkraft.people.models.tenancy import OWN, RowLevelSecurity

OUT = "('published', 'withdrawn')"

TRIGGERS = """
CREATE FUNCTION answers_answer_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.status <> 'draft' THEN RAISE EXCEPTION 'only a draft can be removed'; END IF;
        RETURN OLD;
    END IF;
    IF OLD.status NOT IN ('draft') AND (NEW.claim_id, NEW.language, NEW.channel, NEW.audience, NEW.title, NEW.body,
        NEW.is_language_reviewed, NEW.author_id) IS DISTINCT FROM (OLD.claim_id, OLD.language, OLD.channel,
        OLD.audience, OLD.title, OLD.body, OLD.is_language_reviewed, OLD.author_id) THEN
        RAISE EXCEPTION 'the text of an answer changes only while it is a draft';
    END IF;
    IF OLD.status = 'withdrawn' AND NEW.status <> 'withdrawn' THEN
        RAISE EXCEPTION 'a withdrawn answer stays withdrawn';
    END IF;
    IF NEW.status = 'published' AND OLD.status <> 'published' THEN
        IF OLD.status <> 'approved' THEN RAISE EXCEPTION 'only an approved answer is published'; END IF;
        IF NOT EXISTS (SELECT 1 FROM answers_answerfact l WHERE l.answer_id = NEW.id) OR EXISTS (
            SELECT 1 FROM answers_answerfact l LEFT JOIN answers_fact f ON f.id = l.fact_id
            WHERE l.answer_id = NEW.id AND f.status IS DISTINCT FROM 'verified') THEN
            RAISE EXCEPTION 'an answer is published with verified facts only';
        END IF;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER answers_answer_fixed BEFORE UPDATE OR DELETE ON answers_answer
    FOR EACH ROW EXECUTE FUNCTION answers_answer_fixed();

CREATE FUNCTION answers_link_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE state text; linked uuid;
BEGIN
    IF TG_OP = 'DELETE' THEN linked := OLD.answer_id; ELSE linked := NEW.answer_id; END IF;
    SELECT status INTO state FROM answers_answer WHERE id = linked;
    IF state IS NOT NULL AND state <> 'draft' THEN
        RAISE EXCEPTION 'the facts of an answer change only while it is a draft';
    END IF;
    IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER answers_link_fixed BEFORE INSERT OR UPDATE OR DELETE ON answers_answerfact
    FOR EACH ROW EXECUTE FUNCTION answers_link_fixed();

CREATE FUNCTION answers_fact_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.status <> 'unverified' AND (NEW.statement_sv, NEW.statement_en, NEW.translations, NEW.source_title,
        NEW.source_url, NEW.citation, NEW.rule_id, NEW.checked_on) IS DISTINCT FROM (OLD.statement_sv,
        OLD.statement_en, OLD.translations, OLD.source_title, OLD.source_url, OLD.citation, OLD.rule_id,
        OLD.checked_on) THEN
        RAISE EXCEPTION 'a verified fact is not changed: retire it and add a new one';
    END IF;
    IF OLD.status = 'retired' AND NEW.status <> 'retired' THEN
        RAISE EXCEPTION 'a retired fact stays retired';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER answers_fact_fixed BEFORE UPDATE ON answers_fact
    FOR EACH ROW EXECUTE FUNCTION answers_fact_fixed();
"""

UNDO = """
DROP TRIGGER answers_answer_fixed ON answers_answer; DROP FUNCTION answers_answer_fixed();
DROP TRIGGER answers_link_fixed ON answers_answerfact; DROP FUNCTION answers_link_fixed();
DROP TRIGGER answers_fact_fixed ON answers_fact; DROP FUNCTION answers_fact_fixed();
"""


class Migration(migrations.Migration):
    dependencies = [("answers", "0001_initial")]

    operations = [
        RowLevelSecurity("Fact", read=f"{OWN} OR status = 'verified'"),
        RowLevelSecurity("Answer", read=f"{OWN} OR status IN {OUT}"),
        RowLevelSecurity(
            "AnswerFact",
            read=f"{OWN} OR EXISTS (SELECT 1 FROM answers_answer a WHERE a.id = answers_answerfact.answer_id"
            f" AND a.status IN {OUT})",
        ),
        migrations.RunSQL(TRIGGERS, UNDO),
    ]
