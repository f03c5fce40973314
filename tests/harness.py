"""Real databases for tests: own clusters, a template per fingerprint of migrations and policy, a clone per run.

Roles belong to a cluster, so tests have clusters of their own, with fsync off. Code under test runs
under its zone's role (`assume_role`); only `as_owner()` steps out of it, inside the same transaction.
"""

from __future__ import annotations

import fcntl
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from recruitment_watch import policy
from recruitment_watch.embedded.databases import fingerprint
from recruitment_watch.embedded.home import PROJECT, home
from recruitment_watch.embedded.installation import ROLES, Installation
from recruitment_watch.embedded.postgres import Cluster
from recruitment_watch.zones import DATABASES

CLUSTER_OF = {"register": "register", "casework": "casework", "register_copy": "casework"}
# Environment variable of a zone's settings -> (database, role).
VARIABLES = {
    "public": {"RW_REGISTER_URL": ("register", "rw_public")},
    "intake": {"RW_CASEWORK_URL": ("casework", "rw_intake"), "RW_REGISTER_COPY_URL": ("register_copy", "rw_intake")},
    "desk": {"RW_CASEWORK_URL": ("casework", "rw_desk"), "RW_REGISTER_COPY_URL": ("register_copy", "rw_desk")},
    "worker": {
        "RW_CASEWORK_URL": ("casework", "rw_worker"),
        "RW_REGISTER_COPY_URL": ("register_copy", "rw_worker"),
        "RW_REGISTER_OUT_URL": ("register", "rw_register_out"),
    },
}


@dataclass(frozen=True, slots=True)
class Workshop:
    """The test clusters and this run's clones."""

    installation: Installation
    run: str
    shape: str  # the fingerprint when this run began: somebody may edit a migration meanwhile

    @classmethod
    def open(cls, zone: str) -> Workshop:
        """Start the clusters and see to the templates; whoever comes second waits for the first."""
        installation = Installation(home() / "tests", durable=False)
        installation.folder.mkdir(parents=True, exist_ok=True)
        with (installation.folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            installation.start()
            workshop = cls(installation, f"run_{os.getpid()}_{zone}", fingerprint())
            workshop._forget_dead_runs()
            workshop._make_templates()
        return workshop

    def cluster(self, database: str) -> Cluster:
        found = getattr(self.installation, CLUSTER_OF[database])
        assert isinstance(found, Cluster)
        return found

    def clone(self, *databases: str) -> None:
        """Fresh copies of the templates for this run; what was there is dropped. About 15 ms each."""
        for database in databases:
            with self._maintenance(database) as connection:
                mine, template = sql.Identifier(self.name(database)), sql.Identifier(self._template(database))
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(mine))
                connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(mine, template))
                for statement in policy.doors(self.name(database), DATABASES[database]):
                    connection.execute(statement)

    def drop(self) -> None:
        for database in DATABASES:
            with self._maintenance(database) as connection:
                mine = sql.Identifier(self.name(database))
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(mine))

    def name(self, database: str) -> str:
        return f"{self.run}_{database}"

    def environment(self, zone: str) -> dict[str, str]:
        """What the zone's settings are told: the owner's connection, which then assumes the zone's role."""
        return {
            variable: self.cluster(database).url(self.name(database)) + f"?assume_role={role}"
            for variable, (database, role) in VARIABLES[zone].items()
        }

    @contextmanager
    def _maintenance(self, database: str) -> Iterator[psycopg.Connection]:
        with psycopg.connect(self.cluster(database).url("postgres"), autocommit=True) as connection:
            yield connection

    def _template(self, database: str) -> str:
        return f"template_{self.shape}_{database}"

    def _part(self, database: str) -> str:
        return f"part_{self.shape}_{database}"

    def _make_templates(self) -> None:
        with self._maintenance("register") as one, self._maintenance("casework") as two:
            query = "SELECT datname FROM pg_database WHERE datname LIKE 'template\\_%'"
            known = {name for link in (one, two) for (name,) in link.execute(query)}
        if {self._template(database) for database in DATABASES} <= known:
            return
        for database in DATABASES:
            with self._maintenance(database) as connection:
                for name in (self._part(database), self._template(database)):
                    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
                connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(self._part(database))))
        urls = {
            f"RW_OWNER_{database.upper()}_URL": self.cluster(database).url(self._part(database))
            for database in DATABASES
        }
        environment = os.environ | urls | {"RW_AS_OWNER": "1", "RW_VAR": str(self.installation.folder)}
        for zone, alias in (("public", "default"), ("desk", "default"), ("desk", "register_copy")):
            subprocess.run(
                [sys.executable, "-W", "ignore", "manage.py", "migrate", "--database", alias, "-v", "0"],
                cwd=PROJECT, env=environment | {"RW_ZONE": zone}, check=True,
            )  # fmt: skip
        for declared in DATABASES.values():
            cluster = CLUSTER_OF[declared.alias]
            passwords = {role: self.installation.secret(f"{cluster}_{role}") for role in ROLES[cluster]}
            url = urls[f"RW_OWNER_{declared.alias.upper()}_URL"]
            with psycopg.connect(url, autocommit=True) as connection:
                policy.apply(connection, declared, passwords)
        for database in DATABASES:  # only now: what broke half-way is never taken for a template
            with self._maintenance(database) as connection:
                names = (sql.Identifier(self._part(database)), sql.Identifier(self._template(database)))
                connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(*names))

    def _forget_dead_runs(self) -> None:
        """Clones of runs whose process is gone, and templates of other fingerprints nobody is using."""
        for database in ("register", "casework"):
            with self._maintenance(database) as connection:
                for (name,) in connection.execute("SELECT datname FROM pg_database").fetchall():
                    run = re.match(r"run_(\d+)_", name)
                    if run and not Path(f"/proc/{run[1]}").exists():
                        statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
                        connection.execute(statement.format(sql.Identifier(name)))
