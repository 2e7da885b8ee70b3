"""Accounts that are one person, and experience of a role: lifted with a reason, never removed."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import motkraft.people.models.encryption
from motkraft.people.models.tenancy import RowLevelSecurity

KEPT = """
CREATE FUNCTION people_sameperson_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.lifted_at IS NOT NULL OR (OLD.id, OLD.organisation_id, OLD.first_id, OLD.second_id, OLD.reason, OLD.marked_at, OLD.marked_by_id)
        IS DISTINCT FROM (NEW.id, NEW.organisation_id, NEW.first_id, NEW.second_id, NEW.reason, NEW.marked_at, NEW.marked_by_id)
    THEN RAISE EXCEPTION 'this row is never changed or removed, only ended once';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER people_sameperson_kept BEFORE UPDATE OR DELETE ON people_sameperson FOR EACH ROW EXECUTE FUNCTION people_sameperson_kept();

CREATE FUNCTION people_experience_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.ended_on IS NOT NULL OR (OLD.id, OLD.organisation_id, OLD.membership_id, OLD.grounds, OLD.valid_from, OLD.valid_to, OLD.marked_at, OLD.marked_by_id)
        IS DISTINCT FROM (NEW.id, NEW.organisation_id, NEW.membership_id, NEW.grounds, NEW.valid_from, NEW.valid_to, NEW.marked_at, NEW.marked_by_id)
    THEN RAISE EXCEPTION 'this row is never changed or removed, only ended once';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER people_experience_kept BEFORE UPDATE OR DELETE ON people_experience FOR EACH ROW EXECUTE FUNCTION people_experience_kept();
"""
LOOSE = """
DROP TRIGGER people_sameperson_kept ON people_sameperson; DROP FUNCTION people_sameperson_kept();
DROP TRIGGER people_experience_kept ON people_experience; DROP FUNCTION people_experience_kept();
"""


class Migration(migrations.Migration):
    dependencies = [("people", "0007_people_more")]

    operations = [
        migrations.CreateModel(
            name='Experience',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('grounds', motkraft.people.models.encryption.EncryptedTextField(editable=True)),
                ('valid_from', models.DateField()),
                ('valid_to', models.DateField(blank=True, null=True)),
                ('marked_at', models.DateTimeField()),
                ('ended_on', models.DateField(blank=True, null=True)),
                ('ended_reason', motkraft.people.models.encryption.EncryptedTextField(editable=True, null=True)),
                ('marked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('membership', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='experiences', to='people.membership')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
            ],
            options={
                'ordering': ['-valid_from'],
                'constraints': [models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gte', models.F('valid_from')), _connector='OR'), name='experience_ends_after_it_begins')],
            },
        ),
        migrations.CreateModel(
            name='SamePerson',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('reason', motkraft.people.models.encryption.EncryptedTextField(editable=True)),
                ('marked_at', models.DateTimeField()),
                ('lifted_at', models.DateTimeField(blank=True, null=True)),
                ('lifted_reason', motkraft.people.models.encryption.EncryptedTextField(editable=True, null=True)),
                ('first', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('lifted_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('marked_by', models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('second', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-marked_at'],
                'constraints': [models.CheckConstraint(condition=models.Q(('first', models.F('second')), _negated=True), name='same_person_two_accounts'), models.CheckConstraint(condition=models.Q(('lifted_at__isnull', True), ('lifted_reason__isnull', False), _connector='OR'), name='same_person_lifted_with_a_reason')],
            },
        ),
        RowLevelSecurity("SamePerson"),
        RowLevelSecurity("Experience"),
        migrations.RunSQL(KEPT, LOOSE),
    ]
