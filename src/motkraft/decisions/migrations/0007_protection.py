"""Levels of protection, and help from the police."""

import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

import motkraft.people.models.encryption
from motkraft.people.models.tenancy import ACTING_ORGANISATION, OWN, RowLevelSecurity

SHARED = f"{OWN} OR to_id = {ACTING_ORGANISATION}"
HELPED = f"{OWN} OR helper_id = {ACTING_ORGANISATION}"
# The helper sees what is shared only while the agreement is in force (rules.protection_help.in_force) and it is shared.
WHILE_IN_FORCE = f"""{OWN} OR (helper_id = {ACTING_ORGANISATION} AND ended_at IS NULL AND EXISTS (
    SELECT 1 FROM decisions_helpagreement a WHERE a.id = agreement_id AND a.accepted_at IS NOT NULL
    AND (now() AT TIME ZONE 'Europe/Stockholm')::date BETWEEN a.valid_from AND a.valid_to
    AND (a.ended_on IS NULL OR (now() AT TIME ZONE 'Europe/Stockholm')::date < a.ended_on)))"""
FIXED = """
CREATE FUNCTION decisions_hand_over_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'what was handed over is never removed';
    END IF;
    IF (NEW.organisation_id, NEW.to_id, NEW.reference, NEW.level, NEW.decision_id, NEW.case_id_here, NEW.case_reference,
        NEW.type_code, NEW.provisions, NEW.sent_at)
       IS DISTINCT FROM
       (OLD.organisation_id, OLD.to_id, OLD.reference, OLD.level, OLD.decision_id, OLD.case_id_here, OLD.case_reference,
        OLD.type_code, OLD.provisions, OLD.sent_at)
    THEN
        RAISE EXCEPTION 'what was handed over, by whom and to whom does not change';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER decisions_handover_fixed BEFORE UPDATE OR DELETE ON decisions_handover
    FOR EACH ROW EXECUTE FUNCTION decisions_hand_over_fixed();
"""
FIXED_HELP = """
CREATE FUNCTION decisions_help_agreement_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.ended_on IS NOT NULL
       OR (OLD.accepted_at IS NOT NULL AND NEW.accepted_at IS DISTINCT FROM OLD.accepted_at)
       OR (NEW.organisation_id, NEW.helper_id, NEW.reference, NEW.tasks, NEW.valid_from, NEW.valid_to, NEW.made_at)
       IS DISTINCT FROM
       (OLD.organisation_id, OLD.helper_id, OLD.reference, OLD.tasks, OLD.valid_from, OLD.valid_to, OLD.made_at)
    THEN
        RAISE EXCEPTION 'an agreement on help is only accepted once and ended once';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER decisions_helpagreement_fixed BEFORE UPDATE OR DELETE ON decisions_helpagreement
    FOR EACH ROW EXECUTE FUNCTION decisions_help_agreement_fixed();
CREATE FUNCTION decisions_help_share_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' OR (OLD.ended_at IS NOT NULL AND NEW.ended_at IS DISTINCT FROM OLD.ended_at)
       OR (NEW.organisation_id, NEW.helper_id, NEW.agreement_id, NEW.decision_id, NEW.reference, NEW.tasks,
           NEW.shared_at)
       IS DISTINCT FROM
       (OLD.organisation_id, OLD.helper_id, OLD.agreement_id, OLD.decision_id, OLD.reference, OLD.tasks,
        OLD.shared_at)
    THEN
        RAISE EXCEPTION 'what is shared, with whom and for which tasks does not change';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER decisions_helpshare_fixed BEFORE UPDATE OR DELETE ON decisions_helpshare
    FOR EACH ROW EXECUTE FUNCTION decisions_help_share_fixed();
"""
LOOSE_HELP = """
DROP TRIGGER decisions_helpagreement_fixed ON decisions_helpagreement; DROP FUNCTION decisions_help_agreement_fixed();
DROP TRIGGER decisions_helpshare_fixed ON decisions_helpshare; DROP FUNCTION decisions_help_share_fixed();
"""
LOOSE = """
DROP TRIGGER decisions_handover_fixed ON decisions_handover; DROP FUNCTION decisions_hand_over_fixed();
"""


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
        migrations.CreateModel(
            name='HandOver',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('reference', models.CharField(max_length=20)),
                ('level', models.PositiveSmallIntegerField()),
                ('case_id_here', models.UUIDField()),
                ('case_reference', models.CharField(max_length=40)),
                ('type_code', models.CharField(max_length=20)),
                ('content', motkraft.people.models.encryption.EncryptedTextField(editable=True, null=True)),
                ('reasons', motkraft.people.models.encryption.EncryptedTextField(editable=True, null=True)),
                ('provisions', models.JSONField(default=list)),
                ('grounds', motkraft.people.models.encryption.EncryptedTextField(editable=True)),
                ('state', models.CharField(default='sent', max_length=10)),
                ('sent_at', models.DateTimeField()),
                ('answered_at', models.DateTimeField(null=True)),
                ('answer', motkraft.people.models.encryption.EncryptedTextField(editable=True, null=True)),
                ('applied_on', models.DateField(null=True)),
                ('agency_decided_on', models.DateField(null=True)),
                ('moved', models.BooleanField(null=True)),
                ('taken_as', models.CharField(blank=True, max_length=20)),
            ],
            options={
                'ordering': ['-sent_at'],
            },
        ),
        migrations.CreateModel(
            name='ProtectionChoice',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('level', models.PositiveSmallIntegerField()),
                ('proposed', models.PositiveSmallIntegerField()),
                ('reasons', motkraft.people.models.encryption.EncryptedTextField(editable=True, null=True)),
                ('chosen_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['chosen_at'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='decision',
            name='decision_level_known',
        ),
        migrations.AddConstraint(
            model_name='decision',
            constraint=models.CheckConstraint(condition=models.Q(('protection_level__range', (0, 5))), name='decision_level_known'),
        ),
        migrations.AddField(
            model_name='handover',
            name='answered_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='handover',
            name='decision',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='hand_overs', to='decisions.decision'),
        ),
        migrations.AddField(
            model_name='handover',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation'),
        ),
        migrations.AddField(
            model_name='handover',
            name='sent_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='handover',
            name='to',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation'),
        ),
        migrations.AddField(
            model_name='protectionchoice',
            name='chosen_by',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='protectionchoice',
            name='decision',
            field=models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='protection_choices', to='decisions.decision'),
        ),
        migrations.AddField(
            model_name='protectionchoice',
            name='organisation',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation'),
        ),
        migrations.AddIndex(
            model_name='handover',
            index=models.Index(fields=['to', 'state'], name='decisions_h_to_id_d44c21_idx'),
        ),
        migrations.AddConstraint(
            model_name='handover',
            constraint=models.UniqueConstraint(fields=('organisation', 'reference'), name='hand_over_reference_once'),
        ),
        migrations.AddConstraint(
            model_name='handover',
            constraint=models.CheckConstraint(condition=models.Q(('organisation', models.F('to')), _negated=True), name='hand_over_to_another'),
        ),
        migrations.AddConstraint(
            model_name='handover',
            constraint=models.CheckConstraint(condition=models.Q(('level__in', [3, 4, 5])), name='hand_over_level_known'),
        ),
        migrations.AddConstraint(
            model_name='handover',
            constraint=models.CheckConstraint(condition=models.Q(('state__in', ['sent', 'accepted', 'declined', 'applied', 'ended'])), name='hand_over_state_known'),
        ),
        migrations.AddConstraint(
            model_name='protectionchoice',
            constraint=models.CheckConstraint(condition=models.Q(('level__range', (0, 5))), name='protection_choice_level_known'),
        ),
        RowLevelSecurity("ProtectionChoice"),
        RowLevelSecurity("HandOver", read=SHARED, write=SHARED, add=OWN),
        migrations.RunSQL(FIXED, LOOSE),
        migrations.CreateModel(
            name='HelpAgreement',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('reference', models.CharField(max_length=20)),
                ('tasks', models.JSONField(default=list)),
                ('valid_from', models.DateField()),
                ('valid_to', models.DateField()),
                ('basis', motkraft.people.models.encryption.EncryptedTextField(editable=True)),
                ('made_at', models.DateTimeField()),
                ('accepted_at', models.DateTimeField(null=True)),
                ('ended_on', models.DateField(null=True)),
                ('accepted_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('helper', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('made_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
            ],
            options={
                'ordering': ['-made_at'],
            },
        ),
        migrations.CreateModel(
            name='HelpShare',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('reference', models.CharField(max_length=20)),
                ('type_code', models.CharField(max_length=20)),
                ('case_reference', models.CharField(max_length=40)),
                ('tasks', models.JSONField(default=list)),
                ('content', motkraft.people.models.encryption.EncryptedTextField(editable=True, null=True)),
                ('reasons', motkraft.people.models.encryption.EncryptedTextField(editable=True, null=True)),
                ('written_at', models.DateTimeField(null=True)),
                ('presenter_name', motkraft.people.models.encryption.EncryptedTextField(editable=True, null=True)),
                ('presenter_title', motkraft.people.models.encryption.EncryptedTextField(editable=True, null=True)),
                ('feared', models.JSONField(default=list)),
                ('facts', motkraft.people.models.encryption.EncryptedTextField(editable=True, null=True)),
                ('review_on', models.DateField(null=True)),
                ('notice_sha256', models.CharField(blank=True, max_length=64)),
                ('told_on', models.DateField(null=True)),
                ('shared_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('agreement', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='shares', to='decisions.helpagreement')),
                ('decision', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='help_shares', to='decisions.decision')),
                ('helper', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('organisation', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='people.organisation')),
                ('presenter', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
                ('shared_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ['-shared_at'],
            },
        ),
        migrations.AddConstraint(
            model_name='helpagreement',
            constraint=models.UniqueConstraint(fields=('organisation', 'reference'), name='help_agreement_reference_once'),
        ),
        migrations.AddConstraint(
            model_name='helpagreement',
            constraint=models.CheckConstraint(condition=models.Q(('organisation', models.F('helper')), _negated=True), name='help_agreement_with_another'),
        ),
        migrations.AddConstraint(
            model_name='helpagreement',
            constraint=models.CheckConstraint(condition=models.Q(('valid_to__gte', models.F('valid_from'))), name='help_agreement_days_in_order'),
        ),
        migrations.AddConstraint(
            model_name='helpshare',
            constraint=models.UniqueConstraint(fields=('organisation', 'reference'), name='help_share_reference_once'),
        ),
        migrations.AddConstraint(
            model_name='helpshare',
            constraint=models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('decision',), name='help_share_one_at_a_time'),
        ),
        RowLevelSecurity("HelpAgreement", read=HELPED, write=HELPED, add=OWN),
        RowLevelSecurity("HelpShare", read=WHILE_IN_FORCE, write=WHILE_IN_FORCE, add=OWN),
        migrations.RunSQL(FIXED_HELP, LOOSE_HELP),
    ]
