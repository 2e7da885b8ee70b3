"""What offices and the safety representative need of PostgreSQL itself."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("incidents", "0011_plans")]

    operations: list = []
