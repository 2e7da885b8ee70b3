"""How long requests for documents are kept: the organisation's table, holds, and what was erased."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

from motkraft.people.models.encryption import EncryptedTextField
from motkraft.people.models.tenancy import RowLevelSecurity


def _key():
    return models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)


def _person(**fields):
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, **fields
    )


def _organisation():
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.organisation")


FIXED = """
CREATE FUNCTION decisions_disclosureerasure_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'that a request was erased is never changed or removed'; END $$;
CREATE TRIGGER decisions_disclosureerasure_fixed BEFORE UPDATE OR DELETE ON decisions_disclosureerasure
    FOR EACH ROW EXECUTE FUNCTION decisions_disclosureerasure_fixed();
"""
LOOSE = """
DROP TRIGGER decisions_disclosureerasure_fixed ON decisions_disclosureerasure;
DROP FUNCTION decisions_disclosureerasure_fixed();
"""


class Migration(migrations.Migration):
    dependencies = [
        ("decisions", "0010_steps_of_the_law"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField("disclosurerequest", "hold_reason", EncryptedTextField(null=True)),
        migrations.AddField("disclosurerequest", "hold_until", models.DateField(null=True)),
        migrations.AddField("disclosurerequest", "held_by", _person(null=True)),
        migrations.AddField("disclosurerequest", "erased_at", models.DateTimeField(null=True)),
        migrations.RemoveConstraint("disclosurerequest", "disclosure_refusal_is_written"),
        migrations.AddConstraint(
            "disclosurerequest",
            models.CheckConstraint(
                condition=~Q(step="refused")
                | (Q(decided_at__isnull=False) & ~Q(decision_sha256=""))
                | Q(erased_at__isnull=False),
                name="disclosure_refusal_is_written",
            ),
        ),
        migrations.CreateModel(
            "DisclosureRetention",
            fields=[
                ("id", _key()),
                ("step", models.CharField(max_length=15)),
                ("months", models.PositiveSmallIntegerField(null=True)),
                ("basis", EncryptedTextField(null=True)),
                ("set_at", models.DateTimeField()),
                ("organisation", _organisation()),
                ("set_by", _person(null=True)),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=["organisation", "step"], name="disclosure_retention_once")
                ]
            },
        ),
        migrations.CreateModel(
            "DisclosureErasure",
            fields=[
                ("id", _key()),
                ("run", models.UUIDField()),
                ("at", models.DateTimeField()),
                ("events", models.PositiveIntegerField()),
                ("files", models.PositiveIntegerField()),
                ("by", _person()),
                ("confirmed_by", _person()),
                ("organisation", _organisation()),
                (
                    "request",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="erasure",
                        to="decisions.disclosurerequest",
                    ),
                ),
            ],
            options={
                "ordering": ["-at"],
                "constraints": [
                    models.CheckConstraint(
                        condition=~Q(confirmed_by=F("by")), name="disclosure_erasure_confirmed_by_another"
                    )
                ],
            },
        ),
        RowLevelSecurity("DisclosureRetention"),
        RowLevelSecurity("DisclosureErasure"),
        migrations.RunSQL(FIXED, LOOSE),
    ]
