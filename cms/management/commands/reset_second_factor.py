"""`manage.py reset_second_factor USER --by NAME --why WORDS`: for an officer whose phone and codes are gone."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from cms.entrance import second_factor


class Command(BaseCommand):
    help = (
        "Take an officer's second factor away, after you have made sure who asks. Their sessions end, and they set up "
        "another one when they next sign in. What you did stands in the audit list under your name."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("user")
        parser.add_argument("--by", required=True, help="your own first and last name")
        parser.add_argument("--why", required=True)

    def handle(self, *args: Any, **options: Any) -> None:
        by, why = options["by"].strip(), options["why"].strip()
        if not by or not why:
            raise CommandError("Say who you are and why.")
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError("There is no account of that name.")
        if not second_factor.reset(user, by=by, reasons=why):
            raise CommandError("This account has no second factor. It sets one up at the next sign-in.")
        self.stdout.write("Done. The next sign-in of this account sets up a new second factor.")
