"""Who marked an event on a case, or on a decision after it was sealed without names, is encrypted: no link is kept."""

from django.db import migrations, models

from motkraft.people.models.encryption import EncryptedTextField, vault

TABLE = "decisions_timemark"
BATCH = 1_000

KEPT = """
CREATE OR REPLACE FUNCTION decisions_timemark_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a mark is withdrawn with a reason, never removed';
    END IF;
    IF (OLD.id, OLD.organisation_id, OLD.case_id, OLD.decision_id, OLD.event, OLD."on", OLD.at, OLD.until, OLD.reference,
        OLD.marked_at, OLD.marker, OLD.marker_index)
       IS DISTINCT FROM
       (NEW.id, NEW.organisation_id, NEW.case_id, NEW.decision_id, NEW.event, NEW."on", NEW.at, NEW.until, NEW.reference,
        NEW.marked_at, NEW.marker, NEW.marker_index)
       OR (NEW.marked_by_id IS NOT NULL AND NEW.marked_by_id IS DISTINCT FROM OLD.marked_by_id)
       OR (OLD.withdrawn_at IS NOT NULL
           AND ((NEW.withdrawn_at, NEW.withdrawn_reason, NEW.withdrawer)
                IS DISTINCT FROM (OLD.withdrawn_at, OLD.withdrawn_reason, OLD.withdrawer)
                OR (NEW.withdrawn_by_id IS NOT NULL AND NEW.withdrawn_by_id IS DISTINCT FROM OLD.withdrawn_by_id)))
    THEN
        RAISE EXCEPTION 'a mark is never changed, only withdrawn once';
    END IF;
    RETURN NEW;
END $$;
"""

HIDDEN = f"""
SELECT m.id, m.organisation_id, m.marked_by_id, m.withdrawn_by_id FROM {TABLE} m
LEFT JOIN decisions_decision d ON d.id = m.decision_id
WHERE (m.decision_id IS NULL OR (d.protection_level > 0 AND d.issued_at IS NOT NULL))
  AND (m.marked_by_id IS NOT NULL OR m.withdrawn_by_id IS NOT NULL)
"""


def hide(apps, schema_editor):
    """Encrypt who marked and withdrew for its place, and cut the link."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(f"ALTER TABLE {TABLE} DISABLE TRIGGER USER")
        cursor.execute(HIDDEN)
        while rows := cursor.fetchmany(BATCH):
            with schema_editor.connection.cursor() as writing:
                writing.executemany(
                    f"UPDATE {TABLE} SET marker = %s, marker_index = %s, withdrawer = %s, marked_by_id = NULL,"
                    " withdrawn_by_id = NULL WHERE id = %s",
                    [
                        [_sealed("marker", pk, marked), _index(organisation, marked), _sealed("withdrawer", pk, out), pk]
                        for pk, organisation, marked, out in rows
                    ],
                )
        # a table with constraints still to check cannot be altered
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(f"ALTER TABLE {TABLE} ENABLE TRIGGER USER")


def _sealed(column, pk, person):
    return vault().encrypt(str(person), context=f"{TABLE}.{column}:{pk}") if person else None


def _index(organisation, person):
    return vault().blind_index(str(person), f"decisions.marks:{organisation}").hex() if person else ""


#: The links lie in the rows until the table is written anew.
REWRITE = f"CLUSTER {TABLE} USING {TABLE}_pkey; ALTER TABLE {TABLE} SET WITHOUT CLUSTER;"


class Migration(migrations.Migration):
    dependencies = [("decisions", "0012_nothing_said")]

    operations = [
        migrations.AddField("timemark", "marker", EncryptedTextField(null=True)),
        migrations.AddField("timemark", "marker_index", models.CharField(max_length=64, blank=True, default="")),
        migrations.AlterField("timemark", "marker_index", models.CharField(max_length=64, blank=True)),
        migrations.AddField("timemark", "withdrawer", EncryptedTextField(null=True)),
        migrations.RunPython(hide, migrations.RunPython.noop),
        migrations.RunSQL(REWRITE, migrations.RunSQL.noop),
        migrations.RunSQL(KEPT, migrations.RunSQL.noop),
    ]
