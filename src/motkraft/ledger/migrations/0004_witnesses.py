"""Who cosigns an organisation's log, whose logs it cosigns, and the evidence of split views that nobody can remove."""

import uuid

import django.db.models.deletion
import django.utils.timezone
from django.db import migrations, models

from motkraft.people.models.tenancy import RowLevelSecurity

GUARD = """
CREATE FUNCTION ledger_witnessed_log_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a witness never forgets a log';
    END IF;
    IF (NEW.id, NEW.organisation_id, NEW.origin, NEW.verifier_key)
       IS DISTINCT FROM (OLD.id, OLD.organisation_id, OLD.origin, OLD.verifier_key)
    THEN
        RAISE EXCEPTION 'a witnessed log keeps its origin and its key';
    END IF;
    IF OLD.size IS NOT NULL
       AND (NEW.size IS NULL OR NEW.size < OLD.size OR (NEW.size = OLD.size AND NEW.root <> OLD.root))
    THEN
        RAISE EXCEPTION 'a witness never cosigns a smaller tree, nor two of one size';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER ledger_witnessedlog_only_grows BEFORE UPDATE OR DELETE ON ledger_witnessedlog
    FOR EACH ROW EXECUTE FUNCTION ledger_witnessed_log_only_grows();
CREATE FUNCTION ledger_split_view_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'evidence of a split view is never changed or removed'; END $$;
CREATE TRIGGER ledger_splitview_fixed BEFORE UPDATE OR DELETE ON ledger_splitview
    FOR EACH ROW EXECUTE FUNCTION ledger_split_view_fixed();
"""
UNGUARD = """
DROP TRIGGER ledger_splitview_fixed ON ledger_splitview;
DROP FUNCTION ledger_split_view_fixed();
DROP TRIGGER ledger_witnessedlog_only_grows ON ledger_witnessedlog;
DROP FUNCTION ledger_witnessed_log_only_grows();
"""


def _organisation() -> models.ForeignKey:
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.organisation"
    )


def _key() -> models.UUIDField:
    return models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_guard_order_and_log"), ("people", "0002_row_level_security")]

    operations = [
        migrations.AddField("log", "quorum", models.PositiveSmallIntegerField(default=2)),
        migrations.AddField("log", "cosigned", models.TextField(blank=True, default=""), preserve_default=False),
        migrations.AddField("log", "cosigned_size", models.BigIntegerField(default=0)),
        migrations.CreateModel(
            name="Witness",
            fields=[
                ("id", _key()),
                ("name", models.CharField(max_length=120)),
                ("verifier_key", models.CharField(max_length=300)),
                ("url", models.URLField(max_length=300)),
                ("added_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("seen_size", models.BigIntegerField(default=0)),
                ("cosigned_size", models.BigIntegerField(default=0)),
                ("cosigned_at", models.DateTimeField(null=True)),
                ("asked_at", models.DateTimeField(null=True)),
                ("failures", models.PositiveIntegerField(default=0)),
                ("problem", models.CharField(blank=True, max_length=20)),
                ("organisation", _organisation()),
            ],
            options={
                "ordering": ["name"],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("organisation", "verifier_key"),
                        name="witness_once",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="WitnessedLog",
            fields=[
                ("id", _key()),
                ("name", models.CharField(max_length=120)),
                ("origin", models.CharField(max_length=200)),
                ("verifier_key", models.CharField(max_length=300)),
                ("added_at", models.DateTimeField(default=django.utils.timezone.now)),
                ("ended_at", models.DateTimeField(blank=True, null=True)),
                ("size", models.BigIntegerField(null=True)),
                ("root", models.CharField(blank=True, max_length=64)),
                ("checkpoint", models.TextField(blank=True)),
                ("cosigned_at", models.DateTimeField(null=True)),
                ("organisation", _organisation()),
            ],
            options={
                "ordering": ["name"],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "origin"), name="witnessed_log_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="SplitView",
            fields=[
                ("id", _key()),
                ("at", models.DateTimeField(default=django.utils.timezone.now)),
                ("size", models.BigIntegerField()),
                ("root", models.CharField(max_length=64)),
                ("last_size", models.BigIntegerField()),
                ("cosigned", models.TextField()),
                ("refused", models.TextField()),
                ("is_proven", models.BooleanField()),
                (
                    "log",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="splits", to="ledger.witnessedlog"
                    ),
                ),
                ("organisation", _organisation()),
            ],
            options={
                "ordering": ["-at"],
                "constraints": [models.UniqueConstraint(fields=("log", "size", "root", "is_proven"), name="split_view_once")],
            },
        ),
        RowLevelSecurity("Witness"),
        RowLevelSecurity("WitnessedLog"),
        RowLevelSecurity("SplitView"),
        migrations.RunSQL(GUARD, UNGUARD),
    ]
