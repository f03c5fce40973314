"""That an officer has a second factor; what it is lies in a box that only this zone's key opens."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models


class SecondFactor(models.Model):
    """One row an account. A row that is taken away and made anew has another key, so that old sessions end with it.

    ``box`` is what ``cms.entrance.box.lock`` made. No time is kept, neither of setting up nor of use.
    """

    PERSONAL_DATA = "that an official's account has a second factor; its content is encrypted"
    RETENTION = "while the account has it"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    box = models.BinaryField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return str(self.pk)
