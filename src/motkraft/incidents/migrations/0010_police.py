"""What the police and threat assessments need of PostgreSQL itself."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("incidents", "0009_duties")]

    operations: list = []
