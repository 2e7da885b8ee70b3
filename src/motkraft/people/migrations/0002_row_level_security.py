"""Row-level security from the first day: see people/models/tenancy.py."""

from django.db import migrations

from motkraft.people.models.tenancy import (
    ACTING_ORGANISATION,
    ACTING_PERSON,
    AT_THE_DOOR,
    OWN,
    RowLevelSecurity,
)

COLLEAGUE = (
    "EXISTS (SELECT 1 FROM people_membership m WHERE m.person_id = people_person.id"
    f" AND m.organisation_id = {ACTING_ORGANISATION})"
)
SELF = f"id = {ACTING_PERSON} OR {AT_THE_DOOR}"


class Migration(migrations.Migration):
    dependencies = [("people", "0001_initial")]

    operations = [
        RowLevelSecurity(
            "Person",
            read=f"{SELF} OR {COLLEAGUE}",
            write=f"{SELF} OR {COLLEAGUE}",
            add=f"{ACTING_ORGANISATION} IS NOT NULL",
        ),
        RowLevelSecurity("Membership", read=f"{OWN} OR person_id = {ACTING_PERSON}"),
        RowLevelSecurity("Office"),
        RowLevelSecurity("ProtectedPerson"),
        RowLevelSecurity("ProtectedDetail"),
        RowLevelSecurity("Reading"),
        migrations.RunSQL(
            """
            CREATE FUNCTION people_never_changed() RETURNS trigger LANGUAGE plpgsql AS $$
            BEGIN RAISE EXCEPTION 'a reading is never changed or removed'; END $$;
            CREATE TRIGGER people_reading_fixed BEFORE UPDATE OR DELETE ON people_reading
                FOR EACH ROW EXECUTE FUNCTION people_never_changed();
            """,
            "DROP TRIGGER people_reading_fixed ON people_reading; DROP FUNCTION people_never_changed();",
        ),
    ]
