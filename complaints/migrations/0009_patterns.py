import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('complaints', '0008_room'),
    ]

    operations = [
        migrations.CreateModel(
            name='Absence',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('since', models.DateField()),
                ('until', models.DateField()),
                ('cover', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='covers', to=settings.AUTH_USER_MODEL)),
                ('inspector', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='absences', to=settings.AUTH_USER_MODEL)),
                ('office', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='absences', to='complaints.office')),
            ],
            options={
                'indexes': [models.Index(fields=['cover', 'until'], name='absence_cover')],
                'constraints': [models.CheckConstraint(condition=models.Q(('until__gte', models.F('since'))), name='absence_dates_in_order'), models.CheckConstraint(condition=models.Q(('cover', models.F('inspector')), _negated=True), name='absence_covered_by_another')],
            },
        ),
        migrations.CreateModel(
            name='PatternMark',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('place', models.PositiveSmallIntegerField()),
                ('index', models.BinaryField(max_length=16)),
                ('generation', models.PositiveSmallIntegerField()),
                ('weighed_week', models.CharField(blank=True, max_length=8)),
                ('holding', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='marks', to='complaints.holding')),
                ('office', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='complaints.office')),
            ],
            options={
                'indexes': [models.Index(fields=['office', 'index'], name='pattern_index')],
                'constraints': [models.UniqueConstraint(fields=('holding', 'place'), name='pattern_mark_once'), models.CheckConstraint(condition=models.Q(('place__in', [1, 2])), name='pattern_place_1_or_2')],
            },
        ),
    ]
