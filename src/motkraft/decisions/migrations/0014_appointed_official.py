"""An official whom the committee has appointed stands on the organisation's list like everybody with a right."""

from django.db import migrations, models

BODIES = (
    "committee",
    "subcommittee",
    "chair",
    "appointed_member",
    "director",
    "manager",
    "social_worker",
    "appointed_official",
    "knowledge_unit",
)


class Migration(migrations.Migration):
    dependencies = [("decisions", "0013_marks_without_links")]

    operations = [
        migrations.AlterField(
            "mandate", "body", models.CharField(max_length=20, choices=[(body, body) for body in BODIES])
        ),
    ]
