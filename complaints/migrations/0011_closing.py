import uuid

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('complaints', '0010_vouchers'),
    ]

    operations = [
        migrations.AlterField(
            model_name='approval',
            name='purpose',
            field=models.CharField(choices=[('referral', 'refer to the regulator'), ('identity', 'see who complained'), ('hold', 'keep the case beyond its week'), ('protective', 'disclose to protect a life'), ('severity', 'make the case less urgent'), ('closing', 'close the case')], max_length=16),
        ),
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
