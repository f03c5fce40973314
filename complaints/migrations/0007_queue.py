import uuid

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import Q

OPEN = Q(state__in=("filed", "released", "acknowledged", "in_work", "asked"))
QUEUE = ["office", "severity", "due", "id"]
STATES = [
    ("filed", "filed"),
    ("released", "with an office, not yet opened"),
    ("acknowledged", "acknowledged"),
    ("in_work", "being worked on"),
    ("asked", "waiting for an answer from the complainant"),
    ("decided", "decided"),
    ("closed", "closed"),
    ("withdrawn", "withdrawn"),
]
FILL = """
UPDATE complaints_holding h SET state = c.state FROM complaints_case c WHERE c.id = h.case_id AND c.state <> h.state
"""


def index(name, fields=None, condition=None):
    return migrations.AddIndex("holding", models.Index(fields=fields or QUEUE, name=name, condition=condition))


class Migration(migrations.Migration):
    dependencies = [("complaints", "0006_delivery")]

    operations = [
        migrations.AddField(
            "holding", "state", models.CharField(choices=STATES, default="released", db_default="released", max_length=16)
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.RemoveIndex("holding", "holding_queue"),
        migrations.RemoveIndex("holding", "holding_agency"),
        migrations.AlterField(
            "holding",
            "case",
            models.ForeignKey(
                db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="holdings", to="complaints.case"
            ),
        ),
        migrations.AlterField(
            "holding",
            "office",
            models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.CASCADE,
                related_name="holdings",
                to="complaints.office",
            ),
        ),
        index("holding_queue", condition=OPEN),
        index("holding_clock", ["office", "due", "severity", "id"], OPEN),
        index("holding_mine", ["assignee", "severity", "due", "id"], OPEN & Q(assignee__isnull=False)),
        index("holding_free", condition=OPEN & Q(assignee=None)),
        index("holding_asked", condition=Q(state="asked")),
        index("holding_escalated", condition=OPEN & Q(rung__gt=1)),
        index("holding_done", condition=Q(state__in=("decided", "closed"))),
        index("holding_agency", ["office", "agency_index", "severity", "due", "id"]),
        index("holding_unread", ["office", "id"], Q(agency_index=None)),
        migrations.CreateModel(
            name="Look",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("mark", models.BinaryField(max_length=16)),
                ("week", models.CharField(max_length=8)),
                (
                    "inspector",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("inspector", "mark"), name="look_once")],
            },
        ),
    ]
