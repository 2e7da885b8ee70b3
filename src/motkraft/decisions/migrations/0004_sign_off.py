"""Who signs off, with which key, and who may not."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("decisions", "0003_time_limits")]

    operations = []
