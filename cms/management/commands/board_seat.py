"""`manage.py board_seat give|end USERNAME [PARTY] --by NAME`: who sits on the board of three parties."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.models import User
from django.core.management.base import BaseCommand, CommandError

from agencies.board.models import Party
from agencies.board.review import end_seat, give_seat, seat_of
from agencies.refusals import DecisionRefused


class Command(BaseCommand):
    help = "Give an account a seat on the board, or end it. No right and no role stands in for a seat."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("deed", choices=["give", "end"])
        parser.add_argument("username")
        parser.add_argument("party", nargs="?", choices=[party.value.lower() for party in Party])
        parser.add_argument("--alternate", action="store_true")
        parser.add_argument("--by", required=True, help="the official in whose name it is done")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["username"]).first()
        if user is None:
            raise CommandError("There is no such account.")
        try:
            if options["deed"] == "end":
                seat = seat_of(user)
                if seat is None:
                    raise CommandError("This account has no seat.")
                end_seat(seat, by=options["by"])
            elif options["party"] is None:
                raise CommandError("Say for which party.")
            else:
                party = Party(options["party"].upper())
                give_seat(user, party, by=options["by"], alternate=options["alternate"])
        except DecisionRefused as refusal:
            raise CommandError(str(refusal)) from None
