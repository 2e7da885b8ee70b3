"""Levels of protection, and help from the police."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("decisions", "0006_disclosure")]

    operations = []
