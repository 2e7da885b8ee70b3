"""Terms of office, and accounts of one person."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("people", "0007_people_more")]

    operations = []
