"""The desk's own tables, which no other zone can read: sessions with times rounded to the hour, second factors."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models

from complaints.cases.models import Inspector


class DeskSession(AbstractBaseSession):
    @classmethod
    def get_session_store_class(cls) -> Any:
        from .sessions import SessionStore

        return SessionStore


class SecondFactor(models.Model):
    """That a member has a second factor; what it is lies in a box of one size (vault.second_factor)."""

    inspector = models.OneToOneField(Inspector, on_delete=models.CASCADE, primary_key=True, related_name="+")
    box = models.BinaryField()
