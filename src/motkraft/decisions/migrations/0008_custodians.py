"""Sealing again to other custodians, and drills."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from motkraft.people.models.tenancy import RowLevelSecurity

FIXED = """
CREATE FUNCTION decisions_resealing_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a resealed record is never removed';
    END IF;
    IF OLD.confirmed_at IS NOT NULL
       OR (OLD.id, OLD.organisation_id, OLD.sealed_id, OLD.record, OLD.sha256, OLD.threshold, OLD.custodians, OLD.at,
           OLD.by_id)
       IS DISTINCT FROM
       (NEW.id, NEW.organisation_id, NEW.sealed_id, NEW.record, NEW.sha256, NEW.threshold, NEW.custodians, NEW.at,
           NEW.by_id)
    THEN
        RAISE EXCEPTION 'a resealed record is never changed, only confirmed once';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER decisions_resealing_fixed BEFORE UPDATE OR DELETE ON decisions_resealing
    FOR EACH ROW EXECUTE FUNCTION decisions_resealing_fixed();
"""
LOOSE = """
DROP TRIGGER decisions_resealing_fixed ON decisions_resealing; DROP FUNCTION decisions_resealing_fixed();
"""


def _person(**fields: bool) -> models.ForeignKey:
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, **fields
    )


def _organisation() -> models.ForeignKey:
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.organisation"
    )


def _key() -> models.UUIDField:
    return models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)


class Migration(migrations.Migration):
    dependencies = [
        ("decisions", "0007_protection"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Resealing",
            fields=[
                ("id", _key()),
                ("record", models.BinaryField()),
                ("sha256", models.CharField(max_length=64, unique=True)),
                ("threshold", models.PositiveSmallIntegerField()),
                ("custodians", models.JSONField()),
                ("at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(blank=True, null=True)),
                ("by", _person()),
                ("confirmed_by", _person(null=True, blank=True)),
                ("organisation", _organisation()),
                (
                    "sealed",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="resealings",
                        to="decisions.sealedrecord",
                    ),
                ),
            ],
            options={"ordering": ["-at"]},
        ),
        migrations.CreateModel(
            name="CustodianDrill",
            fields=[
                ("id", _key()),
                ("kind", models.CharField(choices=[("opening", "opening"), ("loss", "loss")], max_length=10)),
                ("record", models.BinaryField()),
                ("code_sha256", models.CharField(max_length=64)),
                ("started_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                ("took_part", models.JSONField(default=list)),
                ("started_by", _person()),
                ("organisation", _organisation()),
            ],
            options={"ordering": ["-started_at"]},
        ),
        RowLevelSecurity("Resealing"),
        RowLevelSecurity("CustodianDrill"),
        migrations.RunSQL(FIXED, LOOSE),
    ]
