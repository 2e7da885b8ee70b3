"""Revoking takes as many as deciding. Words in the clear that could hold a name are encrypted: where a committee's
decision stands, by which delegation is decided, how a party reaches the organisation.

What stood in the clear is carried over, and then written out of the tables: they are rewritten without it. Backups and
archived logs of PostgreSQL hold it until they are thrown away.
"""

import uuid

import django.db.models.deletion
from django.db import migrations, models

from motkraft.people.models.encryption import EncryptedTextField, vault
from motkraft.people.models.tenancy import RowLevelSecurity

#: Model, column and what it holds when nothing is said; None: something is always said.
COLUMNS = (
    ("decision", "minutes", ""),
    ("mandate", "reference", None),
    ("disclosurerequest", "delegation", ""),
    ("noticeassessment", "contact_channel", None),
)
BATCH = 1_000
BODIES = (
    "committee",
    "subcommittee",
    "chair",
    "appointed_member",
    "director",
    "manager",
    "social_worker",
    "knowledge_unit",
)
PARTS = ("handler", "decider", "revoker")


def carry_over(apps, schema_editor):
    """Encrypt each word for its place, and empty the column that it stood in."""
    for model, column, _default in COLUMNS:
        table = f"decisions_{model}"
        with schema_editor.connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
            cursor.execute(f"SELECT id, {column}_clear FROM {table}")
            while rows := cursor.fetchmany(BATCH):
                with schema_editor.connection.cursor() as writing:
                    writing.executemany(
                        f"UPDATE {table} SET {column} = %s, {column}_clear = '' WHERE id = %s",
                        [[vault().encrypt(word, context=f"{table}.{column}:{pk}"), pk] for pk, word in rows],
                    )
            # a table with constraints still to check cannot be altered
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE; SET CONSTRAINTS ALL DEFERRED")
            cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")


#: Dropping a column leaves its words in the rows; writing the table anew does not.
REWRITE = "".join(
    f"CLUSTER decisions_{model} USING decisions_{model}_pkey; ALTER TABLE decisions_{model} SET WITHOUT CLUSTER;"
    for model, _column, _default in COLUMNS
)


def _field(default):
    return EncryptedTextField() if default is None else EncryptedTextField(default=default)


class Migration(migrations.Migration):
    dependencies = [("decisions", "0009_marks_without_names")]

    operations = [
        *(migrations.RenameField(model, column, f"{column}_clear") for model, column, _default in COLUMNS),
        *(migrations.AddField(model, column, EncryptedTextField(null=True)) for model, column, _default in COLUMNS),
        migrations.RunPython(carry_over),
        *(migrations.RemoveField(model, f"{column}_clear") for model, column, _default in COLUMNS),
        migrations.SeparateDatabaseAndState(  # PostgreSQL gets no default: only a row's own save encrypts
            [migrations.AlterField(model, column, EncryptedTextField()) for model, column, _default in COLUMNS],
            [migrations.AlterField(model, column, _field(default)) for model, column, default in COLUMNS],
        ),
        migrations.RunSQL(REWRITE),
        migrations.AddField("decision", "replaces_reason", EncryptedTextField(null=True)),
        migrations.AlterField(
            "mandate", "body", models.CharField(max_length=20, choices=[(body, body) for body in BODIES])
        ),
        migrations.AlterField(
            "signoff", "part", models.CharField(max_length=10, choices=[(part, part) for part in PARTS])
        ),
        migrations.AlterField(
            "sealedrecord",
            "kind",
            models.CharField(
                max_length=10,
                choices=[
                    ("original", "The decision with names"),
                    ("trail", "Who handled it"),
                    ("revocation", "Who revoked it"),
                ],
            ),
        ),
        migrations.CreateModel(
            "Revocation",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("body", models.CharField(max_length=30)),
                ("reason", EncryptedTextField()),
                ("urgency", EncryptedTextField(null=True)),
                ("minutes", EncryptedTextField(default="")),
                ("begun_on", models.DateField()),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                (
                    "decision",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="revocation",
                        to="decisions.decision",
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.organisation"
                    ),
                ),
            ],
        ),
        RowLevelSecurity("Revocation"),
    ]
