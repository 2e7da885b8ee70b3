"""One index that holds all that the lists narrow and sort by, and how much a search may find."""

from django.db import migrations, models

# What the planner expects of a search. A search that finds little never asks it: its ids are named one by one.
MANY = "ALTER FUNCTION incidents_found(bigint[]) ROWS 20000;"
FEW = "ALTER FUNCTION incidents_found(bigint[]) ROWS 2000;"


class Migration(migrations.Migration):
    dependencies = [("incidents", "0013_lists")]

    operations = [
        migrations.AddIndex(
            model_name="incident",
            index=models.Index(
                fields=["organisation", "next_due_at", "-reported_at", "id"],
                include=[
                    "reference",
                    "kind",
                    "status",
                    "office",
                    "open_duties",
                    "taken_by",
                    "series",
                    "danger_now",
                    "danger_ongoing",
                    "weapon",
                    "relatives_meant",
                    "children_meant",
                ],
                condition=models.Q(("status", "draft"), _negated=True),
                name="incident_lists",
            ),
        ),
        migrations.RemoveIndex(model_name="incident", name="incident_next_due"),
        migrations.RunSQL(MANY, FEW),
    ]
