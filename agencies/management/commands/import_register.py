"""`manage.py import_register FORMAT FILE [FILE …] --as-of DATE`: read a foreign list into the register."""

from __future__ import annotations

import datetime
import getpass
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from agencies.registers import ADAPTERS
from agencies.registers.base import NotThisFormat
from agencies.registers.engine import ImportStopped, Report, run

#: So many quarantined lines are printed; all of them are in the table.
SHOWN = 20


class Command(BaseCommand):
    help = "Import a foreign register's list. Running it again with the same files changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("format", choices=sorted(ADAPTERS))
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--as-of", required=True, type=datetime.date.fromisoformat, help="date of the list")
        parser.add_argument("--accept-shorter", action="store_true", help="though more than 10 %% of rows are gone")
        parser.add_argument("--dry-run", action="store_true", help="show the differences, write nothing")
        parser.add_argument("--by", default="", help="name of who runs it; the system's user by default")

    def handle(self, *args: Any, **options: Any) -> None:
        missing = [str(path) for path in options["files"] if not path.is_file()]
        if missing:
            raise CommandError(_("There is no such file: %(files)s") % {"files": ", ".join(missing)})
        console = Console(stderr=True)
        with Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            console=console,
            transient=True,
        ) as bar:
            task = bar.add_task(_("Rows understood"))
            try:
                report = run(
                    ADAPTERS[options["format"]],
                    options["files"],
                    as_of=options["as_of"],
                    by=options["by"] or getpass.getuser(),
                    accept_shorter=options["accept_shorter"],
                    dry_run=options["dry_run"],
                    progress=lambda done, total: bar.update(task, completed=done, total=total),
                    before=self.differences,
                )
            except (NotThisFormat, ImportStopped) as error:
                raise CommandError(str(error)) from error
        self.outcome(report, dry_run=options["dry_run"])

    def differences(self, report: Report) -> None:
        """What will change, before it does."""
        self.stdout.write(
            _(
                "Differences: %(added)d new, %(altered)d changed, %(absent)d no longer listed, "
                "%(confirmed)d confirmed, %(stale)d older than what is held."
            )
            % {
                "added": report.added,
                "altered": report.altered,
                "absent": report.absent,
                "confirmed": report.confirmed,
                "stale": report.stale,
            }
        )
        if not report.absence_counts:
            self.stdout.write(
                _("Part of a list, or with rows that cannot be told: nothing is marked as no longer listed.")
            )

    def outcome(self, report: Report, *, dry_run: bool) -> None:
        for refusal in report.refusals[:SHOWN]:
            self.stdout.write(
                _("Quarantined: %(file)s line %(line)d: %(reason)s")
                % {"file": refusal.line.file, "line": refusal.line.line, "reason": refusal.reason}
            )
        if len(report.refusals) > SHOWN:
            self.stdout.write(_("… and %(count)d more.") % {"count": len(report.refusals) - SHOWN})
        if dry_run:
            self.stdout.write(_("Dry run: nothing was written."))
        self.stdout.write(
            f"{report.register}: read={report.read} imported={report.imported} "
            f"quarantined={report.quarantined} changed={report.changed}"
        )
