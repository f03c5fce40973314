"""Which model lives where. Grants say the same to the database; this says it to the ORM, earlier and in words."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db.models import Model


class ReadOnlyCopy(RuntimeError):
    """Somebody tried to write to the register's copy, or to keep register data in casework."""


class ZoneRouter:
    """In `default` lies the zone's own database; in casework zones the register is read from its copy."""

    def db_for_read(self, model: type[Model], **hints: Any) -> str | None:
        if _casework() and model._meta.app_label == "agencies":
            return "register_copy"
        return "default"

    def db_for_write(self, model: type[Model], **hints: Any) -> str | None:
        if _casework() and model._meta.app_label == "agencies":
            if "register_out" in settings.DATABASES and model._meta.model_name in OUTWARD:
                return "register_out"
            raise ReadOnlyCopy(f"{model._meta.label} is read-only on this side of the wall")
        return "default"

    def allow_relation(self, obj1: Model, obj2: Model, **hints: Any) -> bool | None:
        return (obj1._meta.app_label == "agencies") == (obj2._meta.app_label == "agencies") or not _casework()

    def allow_migrate(self, db: str, app_label: str, **hints: Any) -> bool | None:
        if db == "register_out":
            return False
        if db == "register_copy":
            return app_label == "agencies"
        return app_label != "agencies" if _casework() else True


# The only two tables of the register that casework may write, and only to add (FIREWALL, DESIGN 1).
OUTWARD = frozenset({"referral", "frozenstatistic"})


def _casework() -> bool:
    return bool(settings.ZONE != "public")
