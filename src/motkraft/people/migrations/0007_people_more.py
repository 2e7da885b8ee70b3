"""What markings, work mail and readings need of PostgreSQL itself."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("people", "0006_contacts_and_marking")]

    operations: list = []
