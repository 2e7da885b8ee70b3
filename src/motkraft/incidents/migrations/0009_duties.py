"""What duties need of PostgreSQL itself."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("incidents", "0008_evidence")]

    operations: list = []
