"""Each organisation sees its own posts, and nothing of another's."""

from django.db import migrations

from motkraft.people.models.tenancy import RowLevelSecurity


class Migration(migrations.Migration):
    dependencies = [("watch", "0001_initial"), ("people", "0002_row_level_security")]

    operations = [
        RowLevelSecurity("Import"),
        RowLevelSecurity("UnreadableLine"),
        RowLevelSecurity("Post"),
        RowLevelSecurity("Match"),
        RowLevelSecurity("Exposure"),
        RowLevelSecurity("ThreatSignal"),
    ]
