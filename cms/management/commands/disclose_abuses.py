"""`manage.py disclose_abuses 2026-Q3`: a quarter's abuses found, shown; with `--publish`, published."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from agencies.board.disclosures import digest, disclose, figures
from agencies.models import Register
from agencies.refusals import DecisionRefused


class Command(BaseCommand):
    help = "Show a quarter's abuses found; with --publish and --by, publish them."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("quarter", help="like 2026-Q3; it has to be over")
        parser.add_argument("--publish", action="store_true")
        parser.add_argument("--by", default="", help="the official in whose name it is published")
        parser.add_argument("--reasons", default="", help="why a published quarter is changed")

    def handle(self, *args: Any, **options: Any) -> None:
        register = Register.objects.filter(is_home=True).first()
        if register is None:
            raise CommandError("There is no home register.")
        try:
            found = figures(register, options["quarter"])
            self.stdout.write(json.dumps(found, indent=1, ensure_ascii=False))
            if options["publish"]:
                by, reasons = options["by"], options["reasons"]
                disclose(register, options["quarter"], by=by, seen=digest(found), reasons=reasons)
        except DecisionRefused as refusal:
            raise CommandError(str(refusal)) from None
