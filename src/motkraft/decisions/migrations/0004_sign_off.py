"""Who signs off, with which key, and who may not."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import motkraft.people.models.encryption
from motkraft.people.models.tenancy import RowLevelSecurity

KEPT = """
CREATE FUNCTION decisions_mandate_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.ended_on IS NOT NULL OR (OLD.id, OLD.organisation_id, OLD.person_id, OLD.body, OLD.types, OLD.valid_from, OLD.valid_to, OLD.reference, OLD.given_on, OLD.added_by_id, OLD.added_at)
        IS DISTINCT FROM (NEW.id, NEW.organisation_id, NEW.person_id, NEW.body, NEW.types, NEW.valid_from, NEW.valid_to, NEW.reference, NEW.given_on, NEW.added_by_id, NEW.added_at)
    THEN RAISE EXCEPTION 'this row is never changed or removed, only ended once';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER decisions_mandate_kept BEFORE UPDATE OR DELETE ON decisions_mandate FOR EACH ROW EXECUTE FUNCTION decisions_mandate_kept();

CREATE FUNCTION decisions_handlingpolicy_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'this row is never changed'; END $$;
CREATE TRIGGER decisions_handlingpolicy_fixed BEFORE UPDATE OR DELETE ON decisions_handlingpolicy FOR EACH ROW EXECUTE FUNCTION decisions_handlingpolicy_fixed();

CREATE FUNCTION decisions_signoff_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'this row is never changed'; END $$;
CREATE TRIGGER decisions_signoff_fixed BEFORE UPDATE ON decisions_signoff FOR EACH ROW EXECUTE FUNCTION decisions_signoff_fixed();
"""
LOOSE = """
DROP TRIGGER decisions_mandate_kept ON decisions_mandate; DROP FUNCTION decisions_mandate_kept();
DROP TRIGGER decisions_handlingpolicy_fixed ON decisions_handlingpolicy; DROP FUNCTION decisions_handlingpolicy_fixed();
DROP TRIGGER decisions_signoff_fixed ON decisions_signoff; DROP FUNCTION decisions_signoff_fixed();
"""


class Migration(migrations.Migration):
    dependencies = [("decisions", "0003_time_limits"), ("people", "0008_same_person")]

    operations = [
        migrations.CreateModel(
            name='Impartiality',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('stand_in', models.CharField(max_length=64)),
                ('declared', models.CharField(choices=[('free', 'free'), ('conflict', 'conflict'), ('replaced', 'replaced')], max_length=10)),
                ('ground', models.CharField(blank=True, max_length=40)),
                ('reason', motkraft.people.models.encryption.EncryptedTextField(editable=True, null=True)),
                ('at', models.DateTimeField()),
                ('by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('decision', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='impartialities', to='decisions.decision')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('person', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['at'],
            },
        ),
        migrations.CreateModel(
            name='SignOff',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('part', models.CharField(choices=[('handler', 'handler'), ('decider', 'decider')], max_length=10)),
                ('method', models.CharField(choices=[('passkey', 'passkey'), ('login', 'login')], max_length=10)),
                ('text_sha256', models.CharField(max_length=64)),
                ('record', motkraft.people.models.encryption.EncryptedTextField(editable=True)),
                ('at', models.DateTimeField()),
                ('decision', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='sign_offs', to='decisions.decision')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['at'],
            },
        ),
        migrations.CreateModel(
            name='HandlingPolicy',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('type_code', models.CharField(blank=True, max_length=20)),
                ('handlers', models.PositiveSmallIntegerField()),
                ('experienced_from', models.CharField(blank=True, max_length=10)),
                ('handlers_sign', models.BooleanField()),
                ('deciders_sign', models.BooleanField()),
                ('reason', motkraft.people.models.encryption.EncryptedTextField(editable=True)),
                ('set_at', models.DateTimeField()),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('set_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-set_at'],
                'constraints': [models.CheckConstraint(condition=models.Q(('handlers__gte', 2), ('handlers__lte', 5)), name='policy_two_handlers')],
            },
        ),
        migrations.CreateModel(
            name='Mandate',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('body', models.CharField(choices=[('committee', 'committee'), ('subcommittee', 'subcommittee'), ('chair', 'chair'), ('appointed_member', 'appointed_member'), ('director', 'director'), ('manager', 'manager'), ('social_worker', 'social_worker')], max_length=20)),
                ('types', models.JSONField(default=list)),
                ('valid_from', models.DateField()),
                ('valid_to', models.DateField(blank=True, null=True)),
                ('reference', models.CharField(max_length=60)),
                ('given_on', models.DateField()),
                ('added_at', models.DateTimeField()),
                ('ended_on', models.DateField(blank=True, null=True)),
                ('ended_reason', motkraft.people.models.encryption.EncryptedTextField(editable=True, null=True)),
                ('added_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('ended_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('person', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-valid_from', '-added_at'],
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='mandate_ends_after_it_begins'), models.CheckConstraint(condition=models.Q(('ended_on__isnull', True), ('ended_reason__isnull', False), _connector='OR'), name='mandate_ended_with_a_reason')],
            },
        ),
        RowLevelSecurity("Mandate"),
        RowLevelSecurity("HandlingPolicy"),
        RowLevelSecurity("SignOff"),
        RowLevelSecurity("Impartiality"),
        migrations.RunSQL(KEPT, LOOSE),
    ]
