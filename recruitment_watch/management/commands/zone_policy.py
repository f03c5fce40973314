"""`manage.py zone_policy --apply | --check`: the declared grants, triggers and functions, on the live databases."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError
from environs import Env

from recruitment_watch import policy
from recruitment_watch.embedded.home import home
from recruitment_watch.postgresql.base import UNLIMITED
from recruitment_watch.zones import DATABASES


class Command(BaseCommand):
    help = "Apply or check the zones' policy (recruitment_watch/zones.py) as the databases' owner."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--apply", action="store_true", help="make the databases equal to the policy")
        what.add_argument("--check", action="store_true", help="list every difference; exit 1 if there is one")

    def handle(self, *args: Any, **options: Any) -> None:
        env = Env()
        file = home() / "env" / "owner.env"
        if file.exists():
            env.read_env(str(file), recurse=False)
        found = 0
        for database in DATABASES.values():
            with psycopg.connect(env.str(f"RW_OWNER_{database.alias.upper()}_URL"), autocommit=True) as connection:
                connection.execute(UNLIMITED)
                if options["apply"]:
                    cluster = database.cluster.upper()
                    passwords = {role: env.str(f"RW_PASSWORD_{cluster}_{role.upper()}") for role in database.grants}
                    policy.apply(connection, database, passwords)
                for line in policy.differences(connection, database):
                    found += 1
                    self.stdout.write(f"{database.alias}: {line}")
        if found:
            raise CommandError(f"{found} differences between the policy and the live databases", returncode=1)
        self.stdout.write("policy: 0 differences in 3 databases")
