"""Levels of protection, and help from the police."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import motkraft.people.models.encryption
from motkraft.people.models.tenancy import RowLevelSecurity


class Migration(migrations.Migration):
    dependencies = [
        ("decisions", "0006_disclosure"),
        ("people", "0002_row_level_security"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='PoliceHelp',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('reference', models.CharField(max_length=20)),
                ('purpose', models.CharField(max_length=12)),
                ('mandate', models.CharField(max_length=30)),
                ('mandate_basis', motkraft.people.models.encryption.EncryptedTextField(editable=True, null=True)),
                ('citation', models.CharField(max_length=60)),
                ('condition', models.CharField(max_length=30)),
                ('facts', motkraft.people.models.encryption.EncryptedTextField(editable=True)),
                ('wanted_at', models.DateTimeField()),
                ('place', motkraft.people.models.encryption.EncryptedTextField(editable=True)),
                ('needs', motkraft.people.models.encryption.EncryptedTextField(editable=True)),
                ('contact', motkraft.people.models.encryption.EncryptedTextField(editable=True)),
                ('asked_at', models.DateTimeField()),
                ('sha256', models.CharField(max_length=64)),
                ('size', models.BigIntegerField()),
                ('answer', models.CharField(blank=True, max_length=10)),
                ('answered_at', models.DateTimeField(null=True)),
                ('answer_reason', motkraft.people.models.encryption.EncryptedTextField(editable=True, null=True)),
                ('other_at', models.DateTimeField(null=True)),
                ('presence', models.CharField(blank=True, max_length=10)),
                ('aftermath', motkraft.people.models.encryption.EncryptedTextField(editable=True, null=True)),
                ('ended_at', models.DateTimeField(null=True)),
                ('asked_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('case', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='incidents.case')),
                ('decision', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='police_helps', to='decisions.decision')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
            ],
            options={
                'ordering': ['-asked_at'],
                'indexes': [models.Index(fields=['organisation', '-asked_at'], name='decisions_p_organis_4a07f0_idx')],
                'constraints': [models.UniqueConstraint(fields=('organisation', 'reference'), name='police_help_reference_once'), models.CheckConstraint(condition=models.Q(('purpose__in', ['carry_out', 'examination'])), name='police_help_purpose'), models.CheckConstraint(condition=models.Q(('answer__in', ['', 'granted', 'other_time', 'refused'])), name='police_help_answer_known'), models.CheckConstraint(condition=models.Q(('presence__in', ['', 'present', 'late', 'absent', 'not_needed'])), name='police_help_presence_known')],
            },
        ),
        RowLevelSecurity("PoliceHelp"),
    ]
