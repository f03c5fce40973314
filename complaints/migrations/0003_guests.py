"""Guests of a case: a key without a number, and the voucher for a guest's own key.

No number is cast to a UUID, so the column is made anew. Nothing has written this table before.
"""

import uuid

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("complaints", "0002_firewall_in_depth"),
    ]

    operations = [
        migrations.RemoveField(model_name="casegrant", name="id"),
        migrations.AddField(
            model_name="casegrant",
            name="id",
            field=models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False),
        ),
        migrations.AddField(
            model_name="casegrant",
            name="voucher",
            field=models.BinaryField(default=b"", max_length=32),
        ),
    ]
