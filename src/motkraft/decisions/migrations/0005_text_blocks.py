"""Text blocks that an organisation maintains: a version is never changed or removed."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from motkraft.people.models.tenancy import RowLevelSecurity

FIXED = """
CREATE FUNCTION decisions_text_block_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'a version of a text block is never changed or removed'; END $$;
CREATE TRIGGER decisions_textblock_fixed BEFORE UPDATE OR DELETE ON decisions_textblock
    FOR EACH ROW EXECUTE FUNCTION decisions_text_block_fixed();
"""
LOOSE = """
DROP TRIGGER decisions_textblock_fixed ON decisions_textblock; DROP FUNCTION decisions_text_block_fixed();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("decisions", "0004_sign_off"),
        ("people", "0002_row_level_security"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="TextBlock",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("key", models.SlugField(max_length=60)),
                ("place", models.CharField(max_length=30)),
                ("types", models.JSONField(default=list)),
                ("language", models.CharField(default="sv", max_length=5)),
                ("title", models.CharField(max_length=120)),
                ("text", models.TextField()),
                ("version", models.PositiveIntegerField()),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(blank=True, null=True)),
                ("taken_from", models.PositiveIntegerField(null=True)),
                ("changed_at", models.DateTimeField()),
                (
                    "changed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "organisation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.organisation"
                    ),
                ),
            ],
            options={
                "ordering": ["key", "-version"],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("organisation", "key", "version"), name="text_block_version_once"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("version__gt", 0)), name="text_block_version_positive"
                    ),
                ],
            },
        ),
        RowLevelSecurity("TextBlock"),
        migrations.RunSQL(FIXED, LOOSE),
    ]
