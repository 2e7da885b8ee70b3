"""Who marked an event, and who asked the police, before a decision was sealed: cut with sealing, as every other name."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

KEPT = """
CREATE OR REPLACE FUNCTION decisions_timemark_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'a mark is withdrawn with a reason, never removed';
    END IF;
    IF (OLD.id, OLD.organisation_id, OLD.case_id, OLD.decision_id, OLD.event, OLD."on", OLD.at, OLD.until, OLD.reference,
        OLD.marked_at)
       IS DISTINCT FROM
       (NEW.id, NEW.organisation_id, NEW.case_id, NEW.decision_id, NEW.event, NEW."on", NEW.at, NEW.until, NEW.reference,
        NEW.marked_at)
       OR (NEW.marked_by_id IS NOT NULL AND NEW.marked_by_id IS DISTINCT FROM OLD.marked_by_id)
       OR (OLD.withdrawn_at IS NOT NULL
           AND ((NEW.withdrawn_at, NEW.withdrawn_reason) IS DISTINCT FROM (OLD.withdrawn_at, OLD.withdrawn_reason)
                OR (NEW.withdrawn_by_id IS NOT NULL AND NEW.withdrawn_by_id IS DISTINCT FROM OLD.withdrawn_by_id)))
    THEN
        RAISE EXCEPTION 'a mark is never changed, only withdrawn once';
    END IF;
    RETURN NEW;
END $$;
"""


def _person():
    return models.ForeignKey(
        blank=True,
        null=True,
        on_delete=django.db.models.deletion.PROTECT,
        related_name="+",
        to=settings.AUTH_USER_MODEL,
    )


class Migration(migrations.Migration):
    dependencies = [("decisions", "0008_custodians"), migrations.swappable_dependency(settings.AUTH_USER_MODEL)]

    operations = [
        migrations.AlterField("timemark", "marked_by", _person()),
        migrations.AlterField("policehelp", "asked_by", _person()),
        migrations.RemoveConstraint("timemark", "time_mark_withdrawn_is_whole"),
        migrations.AddConstraint(
            "timemark",
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by__isnull=True, withdrawn_reason__isnull=True)
                | Q(withdrawn_at__isnull=False, withdrawn_reason__isnull=False),
                name="time_mark_withdrawn_is_whole",
            ),
        ),
        migrations.RunSQL(KEPT, migrations.RunSQL.noop),
    ]
