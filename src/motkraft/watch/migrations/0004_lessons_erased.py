"""Constants and wordings that are no longer in use are erased, and a refused learning is a state of its own."""

from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):

    dependencies = [("watch", "0003_learning")]

    operations = [
        migrations.RunSQL(
            "UPDATE watch_learning SET calibration = NULL, wordings = NULL WHERE state <> 'used'",
            migrations.RunSQL.noop,
        ),
        migrations.RemoveConstraint("learning", "learning_state_known"),
        migrations.AddConstraint(
            "learning",
            models.CheckConstraint(
                condition=Q(state__in=["waiting", "used", "left", "failed", "refused"]), name="learning_state_known"
            ),
        ),
        migrations.AddConstraint(
            "learning",
            models.CheckConstraint(
                condition=Q(state="used") | Q(calibration__isnull=True, wordings__isnull=True),
                name="learning_kept_while_used",
            ),
        ),
    ]
