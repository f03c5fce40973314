"""`manage.py officer_code USER`: the second step's code of now, for somebody who tries the demonstration by hand."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from cms.entrance import box, second_factor


class Command(BaseCommand):
    help = "Say the code that an officer's authenticator app would show now. Embedded default only."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.EMBEDDED:
            raise CommandError("This is for the demonstration. Here, an officer's code is on their own phone only.")
        user = User.objects.filter(username=options["user"]).first()
        factors = second_factor.of(user) if user else None
        if factors is None:
            raise CommandError("There is nobody of that name with an authenticator app.")
        self.stdout.write(box.code_at(factors.secret, time.time()))
