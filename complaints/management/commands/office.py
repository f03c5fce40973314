"""`manage.py office take|list|request`: what registrars have said of the offices."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from complaints.cases.models import Office
from complaints.firewall import registrations
from complaints.firewall.registrations import NotTaken
from recruitment_watch import clock


class Command(BaseCommand):
    help = "Take in what registrars signed, see how offices stand, ask for a certificate."

    def add_arguments(self, parser: ArgumentParser) -> None:
        verbs = parser.add_subparsers(dest="verb", required=True)
        take = verbs.add_parser("take", help="take in files that two registrars signed")
        take.add_argument("file", type=Path, nargs="+")
        verbs.add_parser("list", help="every office, and what keeps it from new complaints")
        request = verbs.add_parser("request", help="write the file with which an office asks for a certificate")
        request.add_argument("office", type=UUID, help="its id")
        request.add_argument("--out", type=Path, required=True)

    def handle(self, *args: Any, verb: str, **options: Any) -> None:
        verbs: dict[str, Callable[..., None]] = {"take": self._take, "list": self._list, "request": self._request}
        verbs[verb](**options)

    def _take(self, file: list[Path], **_: Any) -> None:
        for path in file:
            try:
                self.stdout.write(f"{path}: {registrations.take(path.read_bytes())} taken in")
            except FileNotFoundError:
                raise CommandError(f"{path}: there is no such file.") from None
            except NotTaken as error:
                raise CommandError(f"{path}: {error.words} Nothing was changed by it.") from None

    def _list(self, **_: Any) -> None:
        if registrations.pinned_differs():
            self.stderr.write("The registrars pinned as files are not those in the database: pin them again.")
        for office in Office.objects.order_by("country", "name"):
            now = registrations.standing(office, on=clock.today())
            self.stdout.write(f"{office.name} ({office.country}) {office.pk}")
            self.stdout.write(f"  mandate {office.mandate}, {now.members} members, words {now.words or 'none'}")
            if now.attestation:
                self.stdout.write(f"  attested until {now.attestation.expires_on}: {now.attestation.source}")
            if now.certificate:
                self.stdout.write(f"  key certified to {now.certificate.not_after}")
            for words in now.missing:
                self.stdout.write(f"  {words}")

    def _request(self, office: UUID, out: Path, **_: Any) -> None:
        try:
            found = Office.objects.get(pk=office)
            asked = registrations.request_for(found, on=clock.today())
        except Office.DoesNotExist:
            raise CommandError("There is no such office.") from None
        except NotTaken as error:
            raise CommandError(str(error.words)) from None
        try:
            with out.open("x") as file:
                file.write(asked)
        except FileExistsError:
            raise CommandError(f"{out} is there already, and is not overwritten.") from None
        self.stdout.write(f"Wrote {out}. Take it to two registrars.")
