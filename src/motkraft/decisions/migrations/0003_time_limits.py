"""Marks that time limits start from and are met by."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("decisions", "0002_row_level_security")]

    operations = []
