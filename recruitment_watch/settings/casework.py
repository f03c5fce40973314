"""What the three casework zones share: their database, the register's copy, inspectors, guardian."""

from pathlib import Path
from typing import Any

from .base import *
from .base import COMMON_APPS, MIDDLEWARE, database, env

DATABASES = {
    "default": database("RW_CASEWORK_URL"),
    "register_copy": database("RW_REGISTER_COPY_URL"),
}


def planned_once(databases: dict[str, dict[str, Any]]) -> None:
    """What is asked goes to the server beside the statement, not spelt out in it: the same statements of every page are
    planned once a connection, and kilobytes that are stored are not put into words first.
    """
    for one in databases.values():
        one["OPTIONS"] |= {"server_side_binding": True, "prepare_threshold": 5}


INSTALLED_APPS = [*COMMON_APPS, "guardian", "complaints.apps.Complaints"]

# Outermost, around all that may answer by itself: a refused host, the way to https, a static file.
_OUTERMOST = ["recruitment_watch.web.middleware.NoTrace", "recruitment_watch.web.middleware.Policy"]
MIDDLEWARE = [*_OUTERMOST, *(one for one in MIDDLEWARE if one not in _OUTERMOST)]

SECURE_REFERRER_POLICY = "no-referrer"

AUTH_USER_MODEL = "complaints.Inspector"
ANONYMOUS_USER_NAME = None
GUARDIAN_MONKEY_PATCH_USER = False
GUARDIAN_MONKEY_PATCH_GROUP = False
AUTHENTICATION_BACKENDS = ["django.contrib.auth.backends.ModelBackend", "guardian.backends.ObjectPermissionBackend"]

# Who gets a complaint (docs/routing.md); without a file of its own the shipped rules hold.
ROUTING_RULES: Path | None = env.path("RW_ROUTING_RULES", None)

# What intake trusts and seals to, and the weekly files without which nothing opens.
PINNED = env.path("RW_PINNED")
RETENTION = env.path("RW_RETENTION")
RETENTION_REPLICAS: list[str] = env.list("RW_RETENTION_REPLICAS", [])  # folders of a second host, mounted here
RETENTION_MODE = int(env.str("RW_RETENTION_MODE", "0600"), 8)  # 0640 where the zones are users of one group
# Where the worker lays out the disclosure log's signed notes: to be carried off the host, published, held against it.
CHECKPOINTS = env.path("RW_CHECKPOINTS", PINNED.with_name("checkpoints"))
