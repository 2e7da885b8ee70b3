"""Where nothing is said of minutes or of a delegation, nothing is stored."""

from django.db import migrations

from motkraft.people.models.encryption import EncryptedTextField


class Migration(migrations.Migration):
    dependencies = [("decisions", "0011_disclosure_retention")]

    operations = [
        migrations.AlterField("decision", "minutes", EncryptedTextField(null=True)),
        migrations.AlterField("disclosurerequest", "delegation", EncryptedTextField(null=True)),
        migrations.AlterField("revocation", "minutes", EncryptedTextField(null=True)),
    ]
