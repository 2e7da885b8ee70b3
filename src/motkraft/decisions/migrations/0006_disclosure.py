"""Requests to read a document or a name."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("decisions", "0005_text_blocks")]

    operations = []
