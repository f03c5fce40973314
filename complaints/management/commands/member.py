"""`manage.py member enrol`: an office's first head, for whom nobody is there yet to invite them."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError
from django.db import IntegrityError

from complaints.cases.models import Office
from complaints.cases.models.people import Role
from complaints.firewall import members


class Command(BaseCommand):
    help = "Make a member of an office, and the code with which they enrol at the desk."

    def add_arguments(self, parser: ArgumentParser) -> None:
        enrol = parser.add_subparsers(dest="verb", required=True).add_parser("enrol")
        enrol.add_argument("username")
        enrol.add_argument("--name", required=True)
        enrol.add_argument("--office", type=UUID, required=True)
        enrol.add_argument("--role", choices=Role.values, default=Role.HEAD)

    def handle(self, *args: Any, username: str, name: str, office: UUID, role: str, **options: Any) -> None:
        found = Office.objects.filter(pk=office).first()
        if found is None:
            raise CommandError("There is no such office.")
        try:
            code = members.invite(username=username, name=name, office=found, role=role, by=None)
        except members.NameTaken:
            raise CommandError("Somebody has this user name already.") from None
        except IntegrityError:
            raise CommandError("The firewall refused this: see what `office list` says is missing.") from None
        self.stdout.write(f"{username} enrols at the desk, under /enrol/, within a week, with this code:\n{code}")
