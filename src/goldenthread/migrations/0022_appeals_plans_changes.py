
import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('goldenthread', '0021_sealed_cases'),
    ]

    operations = [
        migrations.CreateModel(
            name='Appeal',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('form_key', models.UUIDField(unique=True)),
                ('grounds', models.CharField(choices=[('marking', 'The marking'), ('procedure', 'The procedure'), ('circumstances', 'My circumstances')], max_length=20)),
                ('statement', models.TextField()),
                ('state', models.CharField(choices=[('lodged', 'to check'), ('not_admitted', 'not admitted'), ('admitted', 'admitted'), ('decided', 'decided'), ('withdrawn', 'withdrawn')], default='lodged', max_length=20)),
                ('lodged_at', models.DateTimeField()),
                ('checked_at', models.DateTimeField(blank=True, null=True)),
                ('check_reason', models.TextField(blank=True)),
                ('remark_position', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('verdict', models.CharField(blank=True, choices=[('changed', 'upheld: the result changes'), ('upheld', 'upheld: the result stays'), ('not_upheld', 'not upheld')], max_length=20)),
                ('remedy', models.TextField(blank=True)),
                ('decision_reason', models.TextField(blank=True)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('withdrawn_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['lodged_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='AppealPolicy',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('days', models.PositiveSmallIntegerField()),
                ('lowering', models.CharField(choices=[('never', 'never below the released result'), ('allowed', 'the re-mark stands, also where it is lower')], max_length=20)),
                ('reason', models.TextField()),
                ('set_at', models.DateTimeField()),
            ],
            options={
                'ordering': ['version', '-set_at', '-id'],
            },
        ),
        migrations.CreateModel(
            name='Change',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('correction', 'correction of a result'), ('revocation', 'revocation of an award')], max_length=20)),
                ('half_marks_learn_that', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('half_marks_learn_how_to', models.PositiveSmallIntegerField(blank=True, null=True)),
                ('reason', models.TextField()),
                ('proposed_at', models.DateTimeField()),
                ('state', models.CharField(choices=[('proposed', 'to decide'), ('done', 'done'), ('refused', 'refused'), ('taken_back', 'taken back')], default='proposed', max_length=20)),
                ('decided_at', models.DateTimeField(blank=True, null=True)),
                ('decision_reason', models.TextField(blank=True)),
            ],
            options={
                'ordering': ['proposed_at', 'id'],
            },
        ),
        migrations.CreateModel(
            name='PlanContact',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('form_key', models.UUIDField(unique=True)),
                ('held_on', models.DateField()),
                ('how', models.CharField(choices=[('feedback', 'feedback session'), ('meeting', 'meeting'), ('call', 'telephone or video call'), ('message', 'messages')], max_length=20)),
                ('note', models.TextField()),
                ('at', models.DateTimeField()),
            ],
            options={
                'ordering': ['plan', 'held_on', 'id'],
            },
        ),
        migrations.CreateModel(
            name='PlanItem',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('kind', models.CharField(choices=[('condition', 'missed condition'), ('area', 'from the feedback'), ('agreed', 'agreed')], max_length=20)),
                ('text', models.TextField()),
                ('added_at', models.DateTimeField()),
                ('done_at', models.DateTimeField(blank=True, null=True)),
                ('dropped_at', models.DateTimeField(blank=True, null=True)),
            ],
            options={
                'ordering': ['plan', 'id'],
            },
        ),
        migrations.CreateModel(
            name='SupportPlan',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('owner_role', models.CharField(blank=True, max_length=20)),
                ('started_at', models.DateTimeField()),
                ('started_on', models.DateField()),
                ('first_contact_by', models.DateField()),
                ('due_on', models.DateField()),
                ('ending', models.CharField(blank=True, choices=[('passed', 'passed'), ('deferred', 'deferred'), ('declined', 'declined by the participant'), ('withdrawn', 'withdrawn')], max_length=20)),
                ('ended_at', models.DateTimeField(blank=True, null=True)),
                ('deferred_until', models.DateField(blank=True, null=True)),
                ('note', models.TextField(blank=True)),
            ],
            options={
                'ordering': ['due_on', 'id'],
            },
        ),
        migrations.RemoveConstraint(
            model_name='marking',
            name='marking_position_1_to_3',
        ),
        migrations.AddConstraint(
            model_name='marking',
            constraint=models.CheckConstraint(condition=models.Q(('position__gte', 1), ('position__lte', 9)), name='marking_position_1_to_9'),
        ),
        migrations.AddField(
            model_name='appeal',
            name='checked_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='appeal',
            name='decided_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='appeal',
            name='new_outcome',
            field=models.OneToOneField(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='of_appeal', to='goldenthread.outcome'),
        ),
        migrations.AddField(
            model_name='appeal',
            name='outcome',
            field=models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='appeal', to='goldenthread.outcome'),
        ),
        migrations.AddField(
            model_name='appealpolicy',
            name='set_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='appealpolicy',
            name='version',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='appeal_policies', to='goldenthread.programmeversion'),
        ),
        migrations.AddField(
            model_name='change',
            name='award',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='goldenthread.award'),
        ),
        migrations.AddField(
            model_name='change',
            name='decided_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='change',
            name='outcome',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='changes', to='goldenthread.outcome'),
        ),
        migrations.AddField(
            model_name='change',
            name='proposed_by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='plancontact',
            name='by',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='planitem',
            name='added_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='supportplan',
            name='ended_by',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='supportplan',
            name='enrolment',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='support_plans', to='goldenthread.enrolment'),
        ),
        migrations.AddField(
            model_name='supportplan',
            name='outcome',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='support_plans', to='goldenthread.outcome'),
        ),
        migrations.AddField(
            model_name='supportplan',
            name='owner',
            field=models.ForeignKey(blank=True, null=True, on_delete=django.db.models.deletion.PROTECT, related_name='support_plans', to=settings.AUTH_USER_MODEL),
        ),
        migrations.AddField(
            model_name='planitem',
            name='plan',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='items', to='goldenthread.supportplan'),
        ),
        migrations.AddField(
            model_name='plancontact',
            name='plan',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='contacts', to='goldenthread.supportplan'),
        ),
        migrations.AddIndex(
            model_name='appeal',
            index=models.Index(fields=['state', 'lodged_at'], name='appeal_by_state'),
        ),
        migrations.AddConstraint(
            model_name='appeal',
            constraint=models.CheckConstraint(condition=models.Q(('statement', ''), _negated=True), name='appeal_with_statement'),
        ),
        migrations.AddConstraint(
            model_name='appeal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('check_reason', ''), ('checked_at__isnull', True), ('checked_by__isnull', True)), models.Q(('checked_at__isnull', False), ('checked_by__isnull', False), models.Q(('check_reason', ''), _negated=True)), _connector='OR'), name='appeal_checked_by_at_and_why'),
        ),
        migrations.AddConstraint(
            model_name='appeal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('state', 'decided'), models.Q(('decision_reason', ''), _negated=True), models.Q(('verdict', ''), _negated=True)), models.Q(models.Q(('state', 'decided'), _negated=True), ('decided_at__isnull', True), ('decided_by__isnull', True), ('verdict', '')), _connector='OR'), name='appeal_decided_by_at_and_why'),
        ),
        migrations.AddConstraint(
            model_name='appeal',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('new_outcome__isnull', False), ('verdict', 'changed')), models.Q(models.Q(('verdict', 'changed'), _negated=True), ('new_outcome__isnull', True)), _connector='OR'), name='appeal_changed_by_an_outcome'),
        ),
        migrations.AddConstraint(
            model_name='appealpolicy',
            constraint=models.CheckConstraint(condition=models.Q(('days__gte', 1)), name='appeal_policy_has_days'),
        ),
        migrations.AddConstraint(
            model_name='change',
            constraint=models.UniqueConstraint(condition=models.Q(('state', 'proposed')), fields=('outcome', 'kind'), name='change_one_proposed'),
        ),
        migrations.AddConstraint(
            model_name='change',
            constraint=models.CheckConstraint(condition=models.Q(('reason', ''), _negated=True), name='change_with_reason'),
        ),
        migrations.AddConstraint(
            model_name='change',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('award__isnull', True), ('kind', 'correction')), models.Q(('award__isnull', False), ('kind', 'revocation')), _connector='OR'), name='change_of_a_result_or_an_award'),
        ),
        migrations.AddConstraint(
            model_name='change',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('decided_by__isnull', True), ('state__in', ['proposed', 'taken_back'])), models.Q(('decided_at__isnull', False), ('decided_by__isnull', False), ('state__in', ['done', 'refused']), models.Q(('decided_by', models.F('proposed_by')), _negated=True), models.Q(('decision_reason', ''), _negated=True)), _connector='OR'), name='change_decided_by_another'),
        ),
        migrations.AddIndex(
            model_name='supportplan',
            index=models.Index(fields=['ending', 'due_on'], name='support_plan_open_by_due'),
        ),
        migrations.AddConstraint(
            model_name='supportplan',
            constraint=models.UniqueConstraint(condition=models.Q(('ending', '')), fields=('enrolment',), name='support_plan_one_open'),
        ),
        migrations.AddConstraint(
            model_name='supportplan',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ended_at__isnull', True), ('ending', '')), models.Q(models.Q(('ending', ''), _negated=True), ('ended_at__isnull', False)), _connector='OR'), name='support_plan_ends_with_an_outcome'),
        ),
        migrations.AddConstraint(
            model_name='supportplan',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('owner__isnull', True), ('owner_role', '')), models.Q(('owner__isnull', False), models.Q(('owner_role', ''), _negated=True)), _connector='OR'), name='support_plan_owner_by_a_role'),
        ),
        migrations.AddConstraint(
            model_name='planitem',
            constraint=models.CheckConstraint(condition=models.Q(('text', ''), _negated=True), name='plan_item_says_something'),
        ),
    ]
