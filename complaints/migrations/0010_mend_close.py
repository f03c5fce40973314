import uuid

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('complaints', '0009_patterns'),
    ]

    operations = [
        migrations.CreateModel(
            name='StatisticsWaiting',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('week', models.CharField(max_length=8)),
                ('quarter', models.CharField(max_length=7)),
                ('box', models.BinaryField()),
            ],
        ),
    ]
