"""Who may write a person and an organisation, and what an organisation's code may be.

A person with roles in two organisations has one login: neither of them may change it, only the person (and the door).
An organisation's entry is public, written when the register is loaded, and by nobody who acts for another one. Its code
stands in addresses, file names and every event's commitment: it never changes.
"""

from django.db import migrations, models

from motkraft.people.models.tenancy import (
    ACTING_ORGANISATION,
    ACTING_PERSON,
    AT_THE_DOOR,
    EVERYONE,
    RowLevelSecurity,
)

SELF = f"id = {ACTING_PERSON} OR {AT_THE_DOOR}"
COLLEAGUE = (
    "EXISTS (SELECT 1 FROM people_membership m WHERE m.person_id = people_person.id"
    f" AND m.organisation_id = {ACTING_ORGANISATION})"
)


class Migration(migrations.Migration):
    dependencies = [("people", "0004_attempt")]

    operations = [
        migrations.RunSQL(
            f"""
            CREATE FUNCTION people_works_elsewhere(person uuid) RETURNS boolean
                LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
                SELECT EXISTS (
                    SELECT 1 FROM people_membership m WHERE m.person_id = person
                    AND m.organisation_id IS DISTINCT FROM {ACTING_ORGANISATION}
                    AND (m.valid_to IS NULL OR m.valid_to >= CURRENT_DATE)
                ) $$;
            CREATE FUNCTION people_code_never_changed() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN
                IF (NEW.id, NEW.code) IS DISTINCT FROM (OLD.id, OLD.code) THEN
                    RAISE EXCEPTION 'the code of an organisation never changes';
                END IF;
                RETURN NEW;
            END $$;
            CREATE TRIGGER people_organisation_code BEFORE UPDATE ON people_organisation
                FOR EACH ROW EXECUTE FUNCTION people_code_never_changed();
            """,
            """
            DROP TRIGGER people_organisation_code ON people_organisation;
            DROP FUNCTION people_code_never_changed();
            DROP FUNCTION people_works_elsewhere(uuid);
            """,
        ),
        RowLevelSecurity(
            "Person",
            read=f"{SELF} OR {COLLEAGUE}",
            write=f"{SELF} OR ({COLLEAGUE} AND NOT people_works_elsewhere(id))",
            add=f"{ACTING_ORGANISATION} IS NOT NULL",
        ),
        RowLevelSecurity(
            "Organisation",
            read=EVERYONE,
            write=f"{ACTING_ORGANISATION} IS NULL OR id = {ACTING_ORGANISATION}",
            add=f"{ACTING_ORGANISATION} IS NULL",
        ),
        migrations.AddConstraint(
            "organisation",
            models.CheckConstraint(
                condition=models.Q(code__regex="^[A-Za-z0-9-]{1,16}$"), name="organisation_code_is_plain"
            ),
        ),
    ]
