"""`manage.py lawful_demand record|list|publish`: who asked us for data, and what they were given."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from complaints.firewall import demands
from complaints.firewall.demands import Given, Kind, NotRecorded
from recruitment_watch import clock


class Command(BaseCommand):
    help = "Keep the register of lawful demands, and publish a quarter's numbers from it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        record = verbs.add_parser("record", help="write down a demand; nothing can be changed or deleted later")
        record.add_argument("--kind", choices=Kind.values, required=True, help="what kind of authority asked")
        record.add_argument("--authority", required=True, help="its name; not published")
        record.add_argument("--basis", required=True, help="the law or order it names; not published")
        record.add_argument("--asked", required=True, help="what it asked for, without naming a case; not published")
        record.add_argument("--given", choices=Given.values, required=True, help="what it was given")
        record.add_argument("--contested", action="store_true", help="we went to court or refused in writing")
        record.add_argument(
            "--received", type=date.fromisoformat, help="day it came in (2026-11-24); today if not said"
        )
        record.add_argument("--answered", type=date.fromisoformat, help="day it was answered; leave out if not yet")
        record.add_argument("--instead-of", type=UUID, help="id of the entry that this one corrects or completes")
        verbs.add_parser("list", help="every entry that counts")
        publish = verbs.add_parser("publish", help="a quarter's exact numbers, as text and as JSON")
        publish.add_argument("--quarter", required=True, help="2026-Q4")
        publish.add_argument("--out", type=Path, help="file to write (.md), with a .json beside it")

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        verbs: dict[str, Callable[..., None]] = {
            "record": self._record, "list": self._list, "publish": self._publish,
        }  # fmt: skip
        verbs[verb](**options)

    def _record(self, **said: Any) -> None:
        try:
            row = demands.record(
                kind=Kind(said["kind"]), authority=said["authority"], basis=said["basis"], asked=said["asked"],
                given=Given(said["given"]), contested=said["contested"], received_on=said["received"] or clock.today(),
                answered_on=said["answered"], instead_of=said["instead_of"],
            )  # fmt: skip
        except NotRecorded as error:
            raise CommandError(f"Nothing was recorded. {error}") from None
        self.stdout.write(f"Recorded {row.pk}.")

    def _list(self, **_: Any) -> None:
        rows = list(demands.standing())
        for row in rows:
            answered = f"answered {row.answered_on}" if row.answered_on else "not answered yet"
            contested = ", contested" if row.contested else ""
            self.stdout.write(f"{row.pk}  {row.received_on}  {row.get_kind_display()}: {row.authority}")
            self.stdout.write(f"  asked for {row.asked}; on the ground of {row.basis}")
            self.stdout.write(f"  given {row.get_given_display()}{contested}; {answered}")
        self.stdout.write(f"{len(rows)} demands." if rows else "No demand was recorded.")

    def _publish(self, quarter: str, out: Path | None, **_: Any) -> None:
        try:
            found = demands.numbers(quarter)
        except ValueError:
            raise CommandError("Say the quarter as 2026-Q4.") from None
        text, data = demands.as_markdown(found), json.dumps(demands.as_json(found), indent=2)
        if out is None:
            self.stdout.write(text)
            self.stdout.write(data)
            return
        beside = out.with_suffix(".json")
        if out == beside:
            raise CommandError("Name the text's file (.md); the JSON goes beside it.")
        out.write_text(text)
        beside.write_text(data + "\n")
        self.stdout.write(f"Wrote {out} and {beside}.")
