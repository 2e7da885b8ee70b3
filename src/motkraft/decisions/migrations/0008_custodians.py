"""Sealing again to other custodians."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("decisions", "0007_protection")]

    operations = []
