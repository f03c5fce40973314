"""Where the embedded default keeps its clusters, keys and environment files. Standard library only."""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path

PROJECT = Path(__file__).resolve().parents[2]
NOBODY = 65534


def home() -> Path:
    """The folder of this installation: RW_VAR, else `var/` in the project.

    PostgreSQL refuses to run as root, so under root it runs as `nobody`; a checkout that `nobody`
    cannot walk through then gets its folder elsewhere, named after the checkout.
    """
    if told := os.environ.get("RW_VAR"):
        return Path(told).resolve()
    if os.geteuid() == 0 and not walkable(PROJECT):
        name = hashlib.sha256(str(PROJECT).encode()).hexdigest()[:12]
        return Path("/var/tmp") / f"recruitment-watch-{name}"  # /tmp may be emptied while we run
    return PROJECT / "var"


def walkable(folder: Path) -> bool:
    """Whether a user who owns nothing can pass through every folder down to this one."""
    return all(path.stat().st_mode & stat.S_IXOTH for path in [folder, *folder.parents])


def postgres_user() -> int | None:
    """The operating-system user PostgreSQL runs as, or None for our own."""
    return NOBODY if os.geteuid() == 0 else None
