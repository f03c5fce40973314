"""What one installation of the embedded default consists of: two clusters, passwords, an environment file a zone.

Each zone reads its own file and nothing else, as it would from systemd's `EnvironmentFile` in
production. Here all files belong to one operating-system user, which is why this default is for
trying and testing only (FIREWALL section 5).
"""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from .home import home
from .postgres import Cluster

ROLES = {
    "register": ("rw_public", "rw_register_out", "rw_refresh"),
    "casework": ("rw_intake", "rw_desk", "rw_worker", "rw_refresh"),
}
ZONES = ("public", "intake", "desk", "worker")
FIRST_PORTS = {"public": 8443, "intake": 8444, "desk": 8445}


@dataclass(frozen=True, slots=True)
class Installation:
    folder: Path
    durable: bool = True

    @classmethod
    def here(cls) -> Installation:
        return cls(home())

    @property
    def register(self) -> Cluster:
        return Cluster(self.folder / "pg-register", self.secret("owner_register"), self.durable)

    @property
    def casework(self) -> Cluster:
        return Cluster(self.folder / "pg-casework", self.secret("owner_casework"), self.durable)

    @property
    def pinned(self) -> Path:
        """What intake trusts: the registrars' public keys, the worker's public lock, the quarters' public keys."""
        return self.folder / "pinned"

    @property
    def retention(self) -> Path:
        return self.folder / "retention"

    @property
    def worker_lock(self) -> Path:
        return self.folder / "worker" / "lock.key"

    @property
    def clock(self) -> Path:
        return self.folder / "clock"

    def secret(self, name: str) -> str:
        """A random secret of this installation, made at first use (64 characters, URL-safe)."""
        path = self.folder / "secrets" / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.parent.chmod(0o700)
            handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(handle, "w") as file:
                file.write(secrets.token_urlsafe(48))
        return path.read_text()

    def origin(self, zone: str) -> str:
        return f"https://127.0.0.1:{self.ports()[zone]}"

    def any_ports(self) -> None:
        """Ask for whatever ports are free: for an installation that must not meet a person's own."""
        self.folder.mkdir(parents=True, exist_ok=True)
        (self.folder / "ports.json").write_text(json.dumps(dict.fromkeys(FIRST_PORTS, 0)))

    def ports(self) -> dict[str, int]:
        chosen = self.folder / "ports.json"
        if not chosen.exists():
            chosen.parent.mkdir(parents=True, exist_ok=True)
            chosen.write_text(json.dumps(FIRST_PORTS))
        return {zone: int(port) for zone, port in json.loads(chosen.read_text()).items()}

    def start(self) -> None:
        """Start both clusters and write every zone's environment file for the ports they now have."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if os.geteuid() == 0:
            self.folder.chmod(0o711)  # PostgreSQL's own user must reach its data folder
        self.register.start()
        self.casework.start()
        self.write_environment()

    def stop(self) -> None:
        self.register.stop()
        self.casework.stop()

    def write_environment(self) -> None:
        for name, values in self.environment().items():
            path = self.folder / "env" / f"{name}.env"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch(mode=0o600)
            path.write_text("".join(f"{key}={value}\n" for key, value in values.items()))

    def environment(self) -> dict[str, dict[str, str]]:
        """Variables by process: what each zone, the register's refresh and the owner are told."""

        def register(role: str) -> str:
            return self.register.url("register", user=role, password=self.secret(f"register_{role}"))

        def casework(role: str, database: str = "casework") -> str:
            return self.casework.url(database, user=role, password=self.secret(f"casework_{role}"))

        origins = {f"RW_{zone.upper()}_ORIGIN": self.origin(zone) for zone in FIRST_PORTS}
        files = {"RW_PINNED": str(self.pinned), "RW_RETENTION": str(self.retention)}
        common = {"RW_EMBEDDED": "1", "RW_CLOCK_FILE": str(self.clock), **origins}

        def zone(name: str, **more: str) -> dict[str, str]:
            return {**common, "RW_SECRET_KEY": self.secret(f"{name}_secret_key"), **more}

        return {
            "public": zone("public", RW_REGISTER_URL=register("rw_public"), RW_MFA_KEY=self.secret("public_mfa_key")),
            "intake": zone(
                "intake",
                RW_CASEWORK_URL=casework("rw_intake"),
                RW_REGISTER_COPY_URL=casework("rw_intake", "register_copy"),
                RW_PEPPER=self.secret("intake_pepper"),
                RW_RECEIPT_SALT=self.secret("intake_receipt_salt"),
                **files,
            ),
            "desk": zone(
                "desk",
                RW_CASEWORK_URL=casework("rw_desk"),
                RW_REGISTER_COPY_URL=casework("rw_desk", "register_copy"),
                RW_MFA_KEY=self.secret("desk_mfa_key"),
                RW_CHECKPOINTS=str(self.folder / "checkpoints"),
                **files,
            ),
            "worker": zone(
                "worker",
                RW_CASEWORK_URL=casework("rw_worker"),
                RW_REGISTER_COPY_URL=casework("rw_worker", "register_copy"),
                RW_REGISTER_OUT_URL=register("rw_register_out"),
                RW_WORKER_LOCK=str(self.worker_lock),
                RW_LOG_KEY=str(self.worker_lock.with_name("log.key")),
                RW_DELIVERY_KEY=str(self.worker_lock.with_name("delivery.key")),
                RW_CHECKPOINTS=str(self.folder / "checkpoints"),
                RW_BROKER_URL=f"sqla+sqlite:///{self.folder / 'worker' / 'broker.sqlite'}",
                **files,
            ),
            "refresh": {
                "RW_REFRESH_FROM_URL": register("rw_refresh"),
                "RW_REFRESH_TO_URL": casework("rw_refresh", "register_copy"),
            },
            "owner": {
                "RW_OWNER_REGISTER_URL": self.register.url("register"),
                "RW_OWNER_CASEWORK_URL": self.casework.url("casework"),
                "RW_OWNER_REGISTER_COPY_URL": self.casework.url("register_copy"),
                **{
                    f"RW_PASSWORD_{cluster.upper()}_{role.upper()}": self.secret(f"{cluster}_{role}")
                    for cluster, roles in ROLES.items()
                    for role in roles
                },
            },
        }
