"""Marks that time limits start from and are met by, reminders of them, and drills."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import motkraft.people.models.encryption
from motkraft.people.models.tenancy import RowLevelSecurity

KEPT = """
CREATE FUNCTION decisions_timemark_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a mark is withdrawn with a reason, never removed';
    END IF;
    IF OLD.withdrawn_at IS NOT NULL OR
       (OLD.id, OLD.organisation_id, OLD.case_id, OLD.decision_id, OLD.event, OLD."on", OLD.at, OLD.until, OLD.reference,
        OLD.marked_by_id, OLD.marked_at)
       IS DISTINCT FROM
       (NEW.id, NEW.organisation_id, NEW.case_id, NEW.decision_id, NEW.event, NEW."on", NEW.at, NEW.until, NEW.reference,
        NEW.marked_by_id, NEW.marked_at)
    THEN
        RAISE EXCEPTION 'a mark is never changed, only withdrawn once';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER decisions_timemark_kept BEFORE UPDATE OR DELETE ON decisions_timemark
    FOR EACH ROW EXECUTE FUNCTION decisions_timemark_kept();
CREATE FUNCTION decisions_submissiondrill_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.done_at IS NOT NULL THEN
        RAISE EXCEPTION 'a drill that is done is never changed, and none is removed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER decisions_submissiondrill_kept BEFORE UPDATE OR DELETE ON decisions_submissiondrill
    FOR EACH ROW EXECUTE FUNCTION decisions_submissiondrill_kept();
"""
LOOSE = """
DROP TRIGGER decisions_timemark_kept ON decisions_timemark; DROP FUNCTION decisions_timemark_kept();
DROP TRIGGER decisions_submissiondrill_kept ON decisions_submissiondrill; DROP FUNCTION decisions_submissiondrill_kept();
"""


def _person(**options):
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, **options
    )


def _organisation():
    return models.ForeignKey(
        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="people.organisation"
    )


def _id():
    return models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)


class Migration(migrations.Migration):
    dependencies = [
        ("decisions", "0002_row_level_security"),
        ("incidents", "0006_walls"),
    ]

    operations = [
        migrations.CreateModel(
            name="TimeMark",
            fields=[
                ("id", _id()),
                ("event", models.CharField(max_length=60)),
                ("on", models.DateField()),
                ("at", models.TimeField(blank=True, null=True)),
                ("until", models.DateField(blank=True, null=True)),
                ("reference", motkraft.people.models.encryption.EncryptedTextField(editable=True, null=True)),
                ("marked_at", models.DateTimeField()),
                ("withdrawn_at", models.DateTimeField(blank=True, null=True)),
                ("withdrawn_reason", motkraft.people.models.encryption.EncryptedTextField(editable=True, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="time_marks", to="incidents.case"
                    ),
                ),
                (
                    "decision",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="time_marks",
                        to="decisions.decision",
                    ),
                ),
                ("marked_by", _person()),
                ("organisation", _organisation()),
                ("withdrawn_by", _person(blank=True, null=True)),
            ],
            options={
                "ordering": ["on", "marked_at"],
                "indexes": [models.Index(fields=["organisation", "case"], name="decisions_t_organis_2bc476_idx")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("withdrawn_at__isnull", True),
                            ("withdrawn_by__isnull", True),
                            ("withdrawn_reason__isnull", True),
                        )
                        | models.Q(
                            ("withdrawn_at__isnull", False),
                            ("withdrawn_by__isnull", False),
                            ("withdrawn_reason__isnull", False),
                        ),
                        name="time_mark_withdrawn_is_whole",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("until__isnull", True), ("until__gte", models.F("on")), _connector="OR"),
                        name="time_mark_until",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LimitReminder",
            fields=[
                ("id", _id()),
                ("clock", models.CharField(max_length=60)),
                ("started_on", models.DateField()),
                ("due_at", models.DateTimeField()),
                (
                    "moment",
                    models.CharField(
                        choices=[("before", "before"), ("due", "due"), ("after", "after")], max_length=10
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "mail_state",
                    models.CharField(
                        choices=[("none", "none"), ("sent", "sent"), ("failed", "failed")],
                        default="none",
                        max_length=10,
                    ),
                ),
                ("tries", models.PositiveSmallIntegerField(default=0)),
                ("mailed_at", models.DateTimeField(blank=True, null=True)),
                ("seen_at", models.DateTimeField(blank=True, null=True)),
                (
                    "case",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="incidents.case"
                    ),
                ),
                (
                    "decision",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="decisions.decision",
                    ),
                ),
                ("organisation", _organisation()),
                ("person", _person()),
            ],
            options={
                "ordering": ["-at"],
                "indexes": [
                    models.Index(fields=["organisation", "person", "seen_at"], name="decisions_l_organis_f3b304_idx")
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("case", "decision", "clock", "started_on", "person", "at"),
                        name="limit_reminder_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SubmissionDrill",
            fields=[
                ("id", _id()),
                ("reference", models.CharField(max_length=20)),
                ("clock", models.CharField(max_length=60)),
                ("decided_on", models.DateField()),
                ("found_on", models.DateField()),
                ("begun_at", models.DateTimeField()),
                ("steps", models.JSONField(default=list)),
                ("learned", motkraft.people.models.encryption.EncryptedTextField(editable=True, null=True)),
                ("done_at", models.DateTimeField(blank=True, null=True)),
                ("begun_by", _person()),
                ("done_by", _person(blank=True, null=True)),
                ("organisation", _organisation()),
            ],
            options={
                "ordering": ["-begun_at"],
                "constraints": [
                    models.UniqueConstraint(fields=("organisation", "reference"), name="drill_reference_once")
                ],
            },
        ),
        RowLevelSecurity("TimeMark"),
        RowLevelSecurity("LimitReminder"),
        RowLevelSecurity("SubmissionDrill"),
        migrations.RunSQL(KEPT, LOOSE),
    ]
