"""`manage.py retention --status|--run`: how long cases are kept, and doing now what the worker does by itself."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from rich.console import Console
from rich.progress import Progress

from complaints.cases import pinned
from complaints.escalation import retention as keeping
from complaints.vault import retention
from complaints.vault.errors import VaultError
from recruitment_watch import clock


class Command(BaseCommand):
    help = "Weekly files and the cases that die with them. The worker does all this by itself, four times an hour."

    def add_arguments(self, parser: ArgumentParser) -> None:
        which = parser.add_mutually_exclusive_group(required=True)
        which.add_argument("--status", action="store_true", help="what is there and what is due; changes nothing")
        which.add_argument("--run", action="store_true", help="make files ahead, move cases on, destroy what has ended")

    def handle(self, *args: Any, run: bool, **options: Any) -> None:
        if run:
            self._run()
        self._status()

    def _run(self) -> None:
        due = keeping.due_to_move(clock.today()).count()
        with Progress(console=Console(stderr=True), transient=True) as progress:
            try:
                done = keeping.keep(told=_bar(progress, due))
            except VaultError as error:
                raise CommandError(f"Nothing more was done: {error}. Mount every folder, then run it again.") from None
        self.stdout.write(f"Weekly files made: {done['made']}.")
        self.stdout.write(f"Cases kept for half a year more: {done['moved']}.")
        if done["damaged"]:
            self.stdout.write(f"Cases with a damaged box, which die with their week: {done['damaged']}.")
        self.stdout.write(f"Weeks destroyed: {done['destroyed']}, and with them so many cases: {done['buried']}.")

    def _status(self) -> None:
        today = clock.today()
        keys, this = pinned.week_keys(), retention.week_of(today)
        for folder in keys.folders:
            if not folder.reachable():
                self.stdout.write(f"{folder.folder} is not there. Until it is, no case is moved and no week destroyed.")
        weeks = keys.weeks()
        wanted = [retention.weeks_after(this, number) for number in range(1, keeping.AHEAD_WEEKS + 1)]
        missing = [week for week in wanted if week not in weeks]
        self.stdout.write(f"This week is {this}. Files for {len(wanted) - len(missing)} of {len(wanted)} weeks ahead.")
        if missing:
            self.stdout.write(f"Missing: {missing[0]} to {missing[-1]}, {len(missing)} in all.")
        last = retention.death_week(today)
        self.stdout.write(
            f"A complaint filed today dies in {last}: its file is {'there' if last in weeks else 'MISSING'}."
        )
        self.stdout.write(
            f"Cases whose week has come and that are to be moved on: {keeping.due_to_move(today).count()}."
        )
        over = sorted(keeping.ended(keys, today))
        self.stdout.write(f"Weeks at their end, to be destroyed: {', '.join(over) if over else 'none'}.")


def _bar(progress: Progress, due: int) -> Callable[[str, int], None]:
    moving = progress.add_task("Keeping cases on", total=due)
    ending = progress.add_task("Destroying weeks", total=None)

    def told(what: str, done: int) -> None:
        progress.update(moving if what == "moved" else ending, completed=done)

    return told
