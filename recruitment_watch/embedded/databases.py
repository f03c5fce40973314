"""From two empty clusters to three databases with tables and policy. Run again, it does only what is missing."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import psycopg
from psycopg import sql

from .home import PROJECT
from .installation import Installation

# Casework is migrated from the desk zone: it has the most apps. The two clusters do not wait for each other.
MIGRATIONS = ((("public", "default"),), (("desk", "default"), ("desk", "register_copy")))


def prepare(installation: Installation) -> None:
    create(installation)

    def migrate(databases: Iterable[tuple[str, str]]) -> None:
        for zone, alias in databases:
            manage(installation, "migrate", "--database", alias, "-v", "0", zone=zone)

    with ThreadPoolExecutor() as pool:
        list(pool.map(migrate, MIGRATIONS))
    manage(installation, "zone_policy", "--apply")


def create(installation: Installation) -> None:
    wanted = ((installation.register, ("register",)), (installation.casework, ("casework", "register_copy")))
    for cluster, names in wanted:
        with psycopg.connect(cluster.url("postgres"), autocommit=True) as connection:
            known = {name for (name,) in connection.execute("SELECT datname FROM pg_database")}
            for name in names:
                if name not in known:
                    connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            # Every database that we do not use is closed to the zones as well.
            for name in ("postgres", "template1"):
                connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(sql.Identifier(name)))


def manage(installation: Installation, *arguments: str, zone: str = "desk") -> str:
    """Run one management command as the databases' owner; its output. Raises CalledProcessError, output shown."""
    environment = os.environ | {"RW_VAR": str(installation.folder), "RW_ZONE": zone, "RW_AS_OWNER": "1"}
    done = subprocess.run(
        [sys.executable, "-W", "ignore", str(PROJECT / "manage.py"), *arguments],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False,
    )  # fmt: skip
    if done.returncode:
        sys.stderr.write(done.stdout)
        raise subprocess.CalledProcessError(done.returncode, done.args)
    return done.stdout


def fingerprint() -> str:
    """Of everything that shapes an empty database: migrations, policy, its SQL, and the libraries' versions."""
    files = [
        *sorted(PROJECT.glob("*/migrations/*.py")),
        *sorted(PROJECT.glob("*/*/migrations/*.py")),
        *sorted(PROJECT.glob("*/sql/*.sql")),
        *sorted(PROJECT.glob("*/*/sql/*.sql")),
        PROJECT / "recruitment_watch" / "zones.py",
        PROJECT / "recruitment_watch" / "policy.py",
        PROJECT / "recruitment_watch" / "undeclared.py",
        PROJECT / "requirements.txt",
    ]
    digest = hashlib.sha256()
    for path in files:
        digest.update(str(path.relative_to(PROJECT)).encode() + path.read_bytes())
    return digest.hexdigest()[:12]
