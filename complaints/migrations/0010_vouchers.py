from django.db import migrations, models


class Migration(migrations.Migration):
    """A guest's voucher is for each who may seal to them, and an old one counts no more: they are asked in anew."""

    dependencies = [
        ("complaints", "0009_patterns"),
    ]

    operations = [
        migrations.AlterField("casegrant", "voucher", models.BinaryField(default=b"", max_length=224)),
    ]
