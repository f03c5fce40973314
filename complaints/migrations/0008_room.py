"""One more thing that takes two members: making a case less urgent."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("complaints", "0007_queue"),
    ]

    operations = [
        migrations.AlterField(
            model_name="approval",
            name="purpose",
            field=models.CharField(
                choices=[
                    ("referral", "refer to the regulator"),
                    ("identity", "see who complained"),
                    ("hold", "keep the case beyond its week"),
                    ("protective", "disclose to protect a life"),
                    ("severity", "make the case less urgent"),
                ],
                max_length=16,
            ),
        ),
    ]
