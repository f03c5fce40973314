"""`manage.py demo_code USER`: the second step's code of now, for somebody who tries the demonstration by hand."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from complaints.cases.models import Inspector
from complaints.desk import second_factor
from complaints.vault.second_factor import STEP_SECONDS, code_at


class Command(BaseCommand):
    help = "Say the code that an inspector's authenticator app would show now. Embedded default only."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.EMBEDDED:
            raise CommandError("This is for the demonstration. Here, an inspector's code is on their own phone only.")
        member = Inspector.objects.filter(username=options["user"]).first()
        factors = second_factor.of(member) if member else None
        if factors is None or not factors.secret:
            raise CommandError("There is nobody of that name with an authenticator app.")
        self.stdout.write(code_at(factors.secret, int(time.time()) // STEP_SECONDS))
