"""`manage.py import_directory FILE.csv`: read addresses of help into the directory, all rows or none."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils.translation import gettext as _

from agencies.help_import import NotADirectory, Report, load
from agencies.refusals import DecisionRefused

#: So many faulty rows are printed; the rest is counted.
SHOWN = 50


class Command(BaseCommand):
    help = "Import addresses of help. Running it again with the same file changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, metavar="FILE")
        parser.add_argument("--dry-run", action="store_true", help="show the differences, write nothing")
        parser.add_argument("--by", required=True, help="name of who runs it")
        parser.add_argument("--approved-by", required=True, help="name of another, who has read the file too")

    def handle(self, *args: Any, **options: Any) -> None:
        path: Path = options["file"]
        if not path.is_file():
            raise CommandError(_("There is no such file: %(files)s") % {"files": path})
        try:
            report = load(path, by=options["by"], second_approver=options["approved_by"], dry_run=options["dry_run"])
        except (NotADirectory, DecisionRefused) as error:
            raise CommandError(str(error)) from error
        self._tell(report)
        if report.faults:
            raise CommandError(_("Nothing was imported. Mend these rows and run it again."))
        if options["dry_run"]:
            self.stdout.write(_("Dry run: nothing was written."))
        self.stdout.write(
            f"directory: read={report.read} added={len(report.added)} changed={len(report.changed)} "
            f"kept={report.kept} older={report.older} withdrawn={report.withdrawn}"
        )

    def _tell(self, report: Report) -> None:
        for change in report.added:
            self.stdout.write(_("New: %(country)s %(name)s") % self._named(change.facts))
        for change in report.changed:
            self.stdout.write(_("Changed: %(country)s %(name)s") % self._named(change.facts))
        for fault in report.faults[:SHOWN]:
            self.stdout.write(_("Line %(line)d: %(reason)s") % {"line": fault.line, "reason": fault.reason})
        if len(report.faults) > SHOWN:
            self.stdout.write(_("… and %(count)d more.") % {"count": len(report.faults) - SHOWN})

    def _named(self, facts: Any) -> dict[str, str]:
        return {"country": facts.country, "name": facts.name}
