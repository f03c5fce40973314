"""`manage.py subpoena`: what an order for everything we hold would yield today. As the databases' owner.

Reads all three databases and the operator's files, and uses the worker's lock and the weekly files on every box they
fit. Exit 1, with a line for each, where something is held that is not declared or is not what it is declared to be.
"""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from django.core.management.base import BaseCommand, CommandError
from environs import Env
from rich.console import Console
from rich.progress import Progress

from complaints.cases import pinned
from complaints.firewall import inventory, subpoena, subpoena_page
from complaints.firewall.subpoena import Reader, Rows
from recruitment_watch import clock
from recruitment_watch.embedded.home import home

DATABASES = ("casework", "register_copy", "register")


class Command(BaseCommand):
    help = "Say what an order for everything we hold would yield."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--facts", action="store_true", help="only the facts, without amounts: docs/subpoena.md")
        parser.add_argument("--exact", action="store_true", help="exact amounts: for an auditor, not to be published")
        parser.add_argument("--out", type=Path, help="folder for subpoena.md and subpoena.json")
        parser.add_argument(
            "--worker-lock", type=Path, default=home() / "worker" / "lock.key", help="the worker zone's private file"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        with ExitStack() as stack:
            readers = {name: stack.enter_context(_owner(name)) for name in DATABASES}
            if options["facts"]:
                faults = [
                    line for name in DATABASES for line in subpoena.undeclared(name, subpoena.schema_of(readers[name]))
                ]
                self._write(options["out"], subpoena_page.facts_page(), {"facts": dict(inventory.FACTS)})
            else:
                faults = self._live(readers, options)
        for line in faults:
            self.stderr.write(line)
        if faults:
            self.stderr.write("What is published is not true of these databases.")
            sys.exit(1)

    def _live(self, readers: Mapping[str, Reader], options: Mapping[str, Any]) -> list[str]:
        try:
            lock = options["worker_lock"].read_bytes()
        except OSError:
            raise CommandError(
                "The worker's lock cannot be read, and an order would get it: say where with --worker-lock."
            ) from None
        with Progress(console=Console(stderr=True), transient=True) as progress:
            bar = progress.add_task("Reading", total=sum(len(columns) for columns in inventory.CASEWORK.values()))
            found = subpoena.collect(
                readers,
                worker_private=lock,
                weeks=pinned.week_keys(),
                told=lambda what, count: progress.update(bar, advance=count, description=f"Reading {what}"),
            )
        names = {UUID(str(pk)): str(name) for pk, name in readers["casework"]("SELECT id, name FROM complaints_office")}
        day, exact = clock.today().isoformat(), options["exact"]
        page = subpoena_page.live_page(found, on=day, exact=exact, offices=names)
        self._write(options["out"], page, subpoena_page.live_json(found, on=day, exact=exact))
        return found.faults

    def _write(self, folder: Path | None, page: str, data: Mapping[str, object]) -> None:
        if folder is None:
            self.stdout.write(page)
            return
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "subpoena.md").write_text(page)
        (folder / "subpoena.json").write_text(json.dumps(data, indent=2) + "\n")
        self.stdout.write(f"Wrote {folder / 'subpoena.md'} and {folder / 'subpoena.json'}.")


@contextmanager
def _owner(database: str) -> Iterator[Reader]:
    """Read one database as its owner, in one snapshot and without the means to write; rows come in portions."""
    env = Env()
    file = home() / "env" / "owner.env"
    if file.exists():
        env.read_env(str(file), recurse=False)
    with psycopg.connect(env.str(f"RW_OWNER_{database.upper()}_URL")) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True

        def read(statement: str) -> Rows:
            with connection.cursor(name="subpoena") as cursor:
                cursor.itersize = 500
                cursor.execute(statement.encode())
                yield from cursor

        yield read
