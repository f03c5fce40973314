from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('complaints', '0011_closing'),
    ]

    operations = [
        migrations.AlterField(
            model_name='pulse',
            name='part',
            field=models.CharField(choices=[('beat', 'Beat'), ('worker', 'Worker'), ('outward', 'Referrals')], max_length=8, primary_key=True, serialize=False),
        ),
    ]
