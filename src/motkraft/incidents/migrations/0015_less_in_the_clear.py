"""Words that stood in the clear are encrypted: of custody, the police's numbers, names of saved views. Exports and

retention categories get room for their reasons. What stood in the clear is carried over, and then written out of the
tables: they are rewritten without it. Backups and archived logs of PostgreSQL hold it until they are thrown away.
"""

import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from motkraft.incidents.rules.search import number, words_of
from motkraft.people.models.encryption import EncryptedTextField, vault
from motkraft.people.models.tenancy import RowLevelSecurity

#: Table, columns that are encrypted, and whether an empty one stays empty.
COLUMNS = {
    "incidents_custodyevent": ("basis", "counterparty", "purpose"),
    "incidents_policereport": ("case_number",),
    "incidents_guardpermit": ("police_number",),
    "incidents_savedview": ("name",),
}
BATCH = 1_000


def carry_over(apps, schema_editor):
    """Encrypt each word for its place, and empty the column that it stood in."""
    for table, columns in COLUMNS.items():
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            is_any = " OR ".join(f"{column}_clear <> ''" for column in columns)
            read = ", ".join(f"{column}_clear" for column in columns)
            cursor.execute(f"SELECT id, organisation_id, {read} FROM {table} WHERE {is_any}")
            write = ", ".join(f"{column} = %s, {column}_clear = ''" for column in columns)
            while rows := cursor.fetchmany(BATCH):
                with schema_editor.connection.cursor() as writing:
                    writing.executemany(
                        f"UPDATE {table} SET {write} WHERE id = %s",
                        [
                            [
                                *(
                                    vault().encrypt(word, context=f"{table}.{column}:{pk}") if word else None
                                    for column, word in zip(columns, words, strict=True)
                                ),
                                pk,
                            ]
                            for pk, _organisation, *words in rows
                        ],
                    )
                    if table == "incidents_policereport":
                        writing.executemany(
                            f"UPDATE {table} SET case_tokens = %s WHERE id = %s",
                            [[_tokens(organisation, case_number), pk] for pk, organisation, case_number in rows],
                        )
            if table == "incidents_savedview":
                cursor.execute(f"SELECT id, organisation_id, person_id, name FROM {table}")
                for pk, organisation, person, blob in cursor.fetchall():
                    name = vault().decrypt_text(bytes(blob), context=f"{table}.name:{pk}")
                    digest = vault().blind_index(name, f"incidents.view:{organisation}:{person}").hex()
                    cursor.execute(f"UPDATE {table} SET name_digest = %s WHERE id = %s", [digest, pk])
            # a table with constraints still to check cannot be altered
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


def _tokens(organisation, case_number):
    place = f"incidents.search:{organisation}"
    return sorted({number(w, "fact", lambda word: vault().blind_index(word, place)) for w in words_of(case_number)})


#: Dropping a column leaves its words in the rows; writing the table anew does not.
REWRITE = "".join(
    f"CLUSTER {table} USING {table}_pkey; ALTER TABLE {table} SET WITHOUT CLUSTER;" for table in COLUMNS
)

EXPORTED = """
CREATE FUNCTION incidents_export_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND incidents_may_erase(OLD.organisation_id, OLD.incident_id) THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'that something was exported is never changed or removed';
END $$;
CREATE TRIGGER incidents_export_stays BEFORE UPDATE OR DELETE ON incidents_export
    FOR EACH ROW EXECUTE FUNCTION incidents_export_stays();
"""


def _models():
    return [
        (model, column)
        for model, table in (
            ("custodyevent", "incidents_custodyevent"),
            ("policereport", "incidents_policereport"),
            ("guardpermit", "incidents_guardpermit"),
            ("savedview", "incidents_savedview"),
        )
        for column in COLUMNS[table]
    ]


class Migration(migrations.Migration):
    dependencies = [("incidents", "0014_lists_at_size"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.RemoveConstraint("savedview", "saved_view_once"),
        migrations.AlterModelOptions("savedview", {"ordering": ["at"]}),
        *(migrations.RenameField(model, column, f"{column}_clear") for model, column in _models()),
        *(migrations.AddField(model, column, EncryptedTextField(null=True)) for model, column in _models()),
        migrations.AddField(
            "policereport",
            "case_tokens",
            django.contrib.postgres.fields.ArrayField(models.BigIntegerField(), default=list),
        ),
        migrations.AddField("savedview", "name_digest", models.CharField(max_length=64, default="")),
        migrations.RunPython(carry_over),
        *(migrations.RemoveField(model, f"{column}_clear") for model, column in _models()),
        migrations.AlterField("savedview", "name", EncryptedTextField()),
        migrations.AlterField("savedview", "name_digest", models.CharField(max_length=64)),
        migrations.AddConstraint(
            "savedview",
            models.UniqueConstraint(fields=["organisation", "person", "name_digest"], name="saved_view_once"),
        ),
        migrations.RunSQL(REWRITE),
        migrations.AddField("incident", "category_reason", EncryptedTextField(null=True)),
        # the threat picture of the start page is drawn from the newest
        migrations.AddIndex(
            "incident",
            models.Index(
                fields=["organisation", "-reported_at"],
                condition=models.Q(("status", "draft"), _negated=True),
                name="incident_newest",
            ),
        ),
        migrations.CreateModel(
            "Export",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("form", models.CharField(max_length=10)),
                ("with_texts", models.BooleanField()),
                ("purpose", EncryptedTextField()),
                ("basis", EncryptedTextField(null=True)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "incident",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="exports", to="incidents.incident"
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.organisation"
                    ),
                ),
            ],
            options={"ordering": ["-at"]},
        ),
        RowLevelSecurity("Export"),
        migrations.RunSQL(EXPORTED),
    ]
