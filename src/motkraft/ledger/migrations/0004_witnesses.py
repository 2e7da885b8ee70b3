"""Cosignatures of witnesses."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_guard_order_and_log")]

    operations = []
