"""The desk's own sessions: a table that no other zone can read, with times rounded to the hour."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.base_session import AbstractBaseSession


class DeskSession(AbstractBaseSession):
    @classmethod
    def get_session_store_class(cls) -> Any:
        from .sessions import SessionStore

        return SessionStore
