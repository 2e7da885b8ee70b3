"""Requests to read a document or a name."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import motkraft.people.models.encryption
from motkraft.people.models.tenancy import RowLevelSecurity


class Migration(migrations.Migration):
    dependencies = [
        ("decisions", "0005_text_blocks"),
        ("people", "0002_row_level_security"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='DisclosureRequest',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('reference', models.CharField(max_length=20)),
                ('track', models.CharField(default='public', max_length=8)),
                ('came', models.CharField(max_length=8)),
                ('asked', motkraft.people.models.encryption.EncryptedTextField(editable=True)),
                ('answer_to', motkraft.people.models.encryption.EncryptedTextField(editable=True, null=True)),
                ('identity', motkraft.people.models.encryption.EncryptedTextField(editable=True, null=True)),
                ('code_sha256', models.CharField(blank=True, max_length=64)),
                ('wants_decision', models.BooleanField(default=False)),
                ('step', models.CharField(default='received', max_length=15)),
                ('received_at', models.DateTimeField()),
                ('tested_at', models.DateTimeField(null=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('outcome', models.CharField(blank=True, max_length=8)),
                ('told', motkraft.people.models.encryption.EncryptedTextField(editable=True, null=True)),
                ('decision_asked_at', models.DateTimeField(null=True)),
                ('decided_at', models.DateTimeField(null=True)),
                ('delegation', models.CharField(blank=True, max_length=120)),
                ('reasons', motkraft.people.models.encryption.EncryptedTextField(editable=True, null=True)),
                ('decision_sha256', models.CharField(blank=True, max_length=64)),
                ('decision_size', models.BigIntegerField(default=0)),
                ('ended_at', models.DateTimeField(null=True)),
                ('decided_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('registered_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-received_at'],
                'constraints': [models.UniqueConstraint(fields=('organisation', 'reference'), name='disclosure_reference_once'), models.CheckConstraint(condition=models.Q(('step__in', ['received', 'testing', 'released', 'told', 'decision_asked', 'refused', 'withdrawn'])), name='disclosure_step_known'), models.CheckConstraint(condition=models.Q(('track__in', ['public', 'party'])), name='disclosure_track_known'), models.CheckConstraint(condition=models.Q(('came__in', ['page', 'mail', 'phone', 'letter', 'visit'])), name='disclosure_came_known'), models.CheckConstraint(condition=models.Q(models.Q(('step', 'refused'), _negated=True), models.Q(('decided_at__isnull', False), models.Q(('decision_sha256', ''), _negated=True)), _connector='OR'), name='disclosure_refusal_is_written')],
                'indexes': [models.Index(fields=['organisation', 'step', '-received_at'], name='decisions_d_organis_b52d71_idx')],
            },
        ),
        migrations.CreateModel(
            name='DisclosurePart',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('number', models.PositiveSmallIntegerField()),
                ('label', motkraft.people.models.encryption.EncryptedTextField(editable=True)),
                ('kind', models.CharField(default='document', max_length=15)),
                ('text', motkraft.people.models.encryption.EncryptedTextField(editable=True, null=True)),
                ('never', motkraft.people.models.encryption.EncryptedTextField(editable=True, null=True)),
                ('outcome', models.CharField(blank=True, max_length=8)),
                ('settled_at', models.DateTimeField(null=True)),
                ('copy_sha256', models.CharField(blank=True, max_length=64)),
                ('copy_size', models.BigIntegerField(default=0)),
                ('decision', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='decisions.decision')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('settled_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='parts', to='decisions.disclosurerequest')),
            ],
            options={
                'ordering': ['number'],
                'constraints': [models.UniqueConstraint(fields=('request', 'number'), name='disclosure_part_once'), models.CheckConstraint(condition=models.Q(('outcome__in', ['', 'release', 'redact', 'withhold'])), name='disclosure_outcome_known'), models.CheckConstraint(condition=models.Q(('kind', 'document'), ('decision__isnull', False), _connector='OR'), name='disclosure_part_has_decision')],
            },
        ),
        migrations.CreateModel(
            name='SecrecyTest',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('rule_id', models.CharField(max_length=60)),
                ('citation', models.CharField(max_length=60)),
                ('burden', models.CharField(max_length=20)),
                ('is_secret', models.BooleanField()),
                ('assessment', motkraft.people.models.encryption.EncryptedTextField(editable=True)),
                ('tested_at', models.DateTimeField()),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('part', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='tests', to='decisions.disclosurepart')),
                ('tested_by', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['tested_at'],
                'constraints': [models.UniqueConstraint(fields=('part', 'rule_id'), name='secrecy_test_once')],
            },
        ),
        RowLevelSecurity(
            model='DisclosureRequest',
            read="organisation_id = NULLIF(current_setting('motkraft.organisation', true), '')::uuid",
            write="organisation_id = NULLIF(current_setting('motkraft.organisation', true), '')::uuid",
            add="organisation_id = NULLIF(current_setting('motkraft.organisation', true), '')::uuid",
        ),
        RowLevelSecurity(
            model='DisclosurePart',
            read="organisation_id = NULLIF(current_setting('motkraft.organisation', true), '')::uuid",
            write="organisation_id = NULLIF(current_setting('motkraft.organisation', true), '')::uuid",
            add="organisation_id = NULLIF(current_setting('motkraft.organisation', true), '')::uuid",
        ),
        RowLevelSecurity(
            model='SecrecyTest',
            read="organisation_id = NULLIF(current_setting('motkraft.organisation', true), '')::uuid",
            write="organisation_id = NULLIF(current_setting('motkraft.organisation', true), '')::uuid",
            add="organisation_id = NULLIF(current_setting('motkraft.organisation', true), '')::uuid",
        ),
    ]
