"""What lists, search and retention need of PostgreSQL itself."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("incidents", "0012_offices")]

    operations: list = []
