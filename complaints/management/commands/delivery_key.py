"""`manage.py delivery_key`: the public key by which offices outside know what this installation sends them."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from complaints.cases import pinned
from complaints.cases.pinned import NotPinned
from complaints.firewall import ceremony
from complaints.vault import parcels


class Command(BaseCommand):
    help = "Say the public key that parcels for offices outside are signed with, as Standard Webhooks writes it."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--make", action="store_true", help="make it, for an installation older than parcels")

    def handle(self, *args: Any, make: bool, **options: Any) -> None:
        if make:
            try:
                ceremony.pin_delivery(settings.PINNED, key=settings.DELIVERY_KEY)
            except FileExistsError:
                raise CommandError("There is a key already, and nothing here is overwritten.") from None
        try:
            self.stdout.write(parcels.webhook_key(pinned.delivery_public()))
        except NotPinned:
            raise CommandError("No key is pinned: manage.py delivery_key --make, in the worker's zone.") from None
