"""Text blocks that an organisation maintains."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("decisions", "0004_sign_off")]

    operations = []
