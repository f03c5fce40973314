"""What every row of the register has: a UUID key, and a word on personal data and on how long it is kept."""

from __future__ import annotations

import uuid
from typing import ClassVar

from django.db import models


class Row(models.Model):
    """UUIDv4 key made in Python: a role that may only INSERT needs no RETURNING, and a key tells no order."""

    PERSONAL_DATA: ClassVar[str]
    RETENTION: ClassVar[str]

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True
