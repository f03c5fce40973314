"""`manage.py member enrol|again`: where nobody in the office can invite, or where who invites could let in alone."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError

from complaints.cases.models import Inspector, Office
from complaints.cases.models.people import Role
from complaints.firewall import members


class Command(BaseCommand):
    help = "Make a member of an office, and the code with which they enrol at the desk."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        enrol = verbs.add_parser("enrol", help="make a member: a first head, or the third of an office of two")
        enrol.add_argument("username")
        enrol.add_argument("--name", required=True)
        enrol.add_argument("--office", type=UUID, required=True)
        enrol.add_argument("--role", choices=Role.values, default=Role.HEAD)
        again = verbs.add_parser("again", help="have a member enrol anew who has lost words and recovery code")
        again.add_argument("username")
        again.add_argument("--office", type=UUID, required=True)

    def handle(self, *args: Any, verb: str, username: str, office: UUID, **said: Any) -> None:
        found = Office.objects.filter(pk=office).first()
        if found is None:
            raise CommandError("There is no such office.")
        code = self._again(username, found) if verb == "again" else self._enrol(username, found, **said)
        self.stdout.write(f"{username} enrols at the desk, under /enrol/, within a week, with this code:\n{code}")

    def _again(self, username: str, office: Office) -> str:
        member = Inspector.objects.filter(username=username).first()
        try:
            if member is not None:
                return members.reset(member, office=office, by=None)
        except members.NotAllowed:
            pass
        raise CommandError("Nobody of this user name works in that office.")

    def _enrol(self, username: str, office: Office, *, name: str, role: str, **_: Any) -> str:
        try:
            return members.invite(username=username, name=name, office=office, role=role, by=None)
        except members.NameTaken:
            raise CommandError("Somebody has this user name already.") from None
        except IntegrityError:
            raise CommandError("The firewall refused this: see what `office list` says is missing.") from None
