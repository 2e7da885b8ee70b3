"""Row-level security on the login library's tables: a person sees their own keys, the door sees who knocks."""

from django.db import migrations

from motkraft.people.models.tenancy import ACTING_PERSON, AT_THE_DOOR

MINE = f"user_id = {ACTING_PERSON} OR {AT_THE_DOOR}"
TABLES = ("account_emailaddress", "mfa_authenticator", "socialaccount_socialaccount")


class Migration(migrations.Migration):
    dependencies = [
        ("people", "0002_row_level_security"),
        ("account", "0009_emailaddress_unique_primary_email"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("socialaccount", "0006_alter_socialaccount_extra_data"),
    ]

    operations = [
        migrations.RunSQL(
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;"
            f"CREATE POLICY motkraft_own ON {table} USING ({MINE}) WITH CHECK ({MINE});",
            f"DROP POLICY motkraft_own ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY;",
        )
        for table in TABLES
    ]
