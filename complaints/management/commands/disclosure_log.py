"""`manage.py disclosure_log verify|show-head`: whether the log is whole, and what it ends in."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import Progress

from complaints.cases import pinned
from complaints.firewall import disclosure
from complaints.firewall.chain import Checkpoint, Link, read_note
from complaints.firewall.models import DisclosureCheckpoint
from complaints.vault.notes import BadNote

SHOWN = 50


class Command(BaseCommand):
    help = "Hold the disclosure log against itself, its signed checkpoints and copies of them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        verify = verbs.add_parser("verify", help="exit 0 if nothing was changed, cut, put in or reordered; else 1")
        verify.add_argument(
            "--checkpoint", type=Path, nargs="+", action="extend", default=[],
            help="signed notes that were carried away: the more, and the farther away they lay, the better",
        )  # fmt: skip
        verbs.add_parser("show-head", help="the log's length and last digest, and the newest signed note")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        if verb == "verify":
            self._verify(options["checkpoint"])
        else:
            self._show_head()

    def _verify(self, files: Sequence[Path]) -> None:
        try:
            stored, faults = disclosure.stored_checkpoints()
            given, not_ours = _read([*files, *_laid_out()])
        except pinned.NotPinned as error:
            raise CommandError(f"The log cannot be held against its checkpoints: {error}.") from None
        report = disclosure.verify_chain(checkpoints=(*stored, *given), told=_with_a_bar)
        found = [*faults, *not_ours, *report.faults]
        for line in found[:SHOWN]:
            self.stdout.write(line)
        if len(found) > SHOWN:
            self.stdout.write(f"… and {len(found) - SHOWN} more lines like these.")
        if found:
            self.stdout.write("The log is NOT whole: somebody changed it, or a note is not what it should be.")
            sys.exit(1)
        self.stdout.write(
            f"The log is whole: {report.head.number} entries, {report.details} of them with what they say, "
            f"held against {len(stored)} stored checkpoints and {len(given)} files."
        )
        if not report.checkpoints:
            self.stdout.write("No checkpoint was there to hold it against: a log cut short could look whole.")

    def _show_head(self) -> None:
        head = disclosure.head()
        self.stdout.write(f"{head.number} entries, the last is {b64encode(head.digest).decode()}")
        newest = DisclosureCheckpoint.objects.order_by("-number", "-week").first()
        if newest is None:
            self.stdout.write("No checkpoint was signed yet.")
            return
        self.stdout.write(f"The checkpoint of week {newest.week}:\n{newest.note}")
        self.stdout.write(f"Whoever holds it against this key can tell that it is ours:\n{pinned.log_key().to_text()}")


def _laid_out() -> list[Path]:
    """The worker's own folder of notes: what was signed still lies there when its row was taken away."""
    folder: Path = settings.CHECKPOINTS
    return sorted(folder.glob("*.note"))


def _read(files: Sequence[Path]) -> tuple[list[Checkpoint], list[str]]:
    found, faults = [], []
    for path in files:
        try:
            found.append(read_note(path.read_text(), [pinned.log_key()], source=str(path)))
        except OSError:
            raise CommandError(f"{path}: it cannot be read.") from None
        except (BadNote, UnicodeDecodeError) as error:
            why = error if isinstance(error, BadNote) else "not a signed note"
            faults.append(f"{path}: {why}")
    return found, faults


def _with_a_bar(links: Iterable[Link]) -> Iterator[Link]:
    """The same links; a bar at a terminal says how far it is."""
    total = disclosure.head().number
    with Progress(console=Console(stderr=True), transient=True) as progress:
        yield from progress.track(links, total=total, description="Reading the log")
