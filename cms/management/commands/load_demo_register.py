"""`manage.py load_demo_register`: a made-up register, its officers and the site. Run again, it adds nothing."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.management.base import BaseCommand
from django.utils.crypto import get_random_string

from agencies import actions
from agencies.board.models import Party
from agencies.board.review import give_seat
from agencies.board.roles import apply_roles
from agencies.help_actions import enter_help
from agencies.licensing import State
from agencies.models import HelpEntry, Licence, Register
from cms.entrance import box, second_factor
from cms.management.demo_around import demo_around
from cms.management.demo_help import demo_help
from cms.setup import ensure_site
from recruitment_watch import clock

STANDARDS = (
    ("ARL 12", "No fee or cost of recruitment is charged to a worker", "Arland Recruitment Act, s. 12"),
    ("ARL 15", "The contract is the one that was promised", "Arland Recruitment Act, s. 15"),
    ("ARL 18", "A worker's papers stay with the worker", "Arland Recruitment Act, s. 18"),
    ("ARL 22", "No recruitment through anybody who is not registered", "Arland Recruitment Act, s. 22"),
)
OFFICERS = (
    ("officer", "Olive Marrow", "Licensing officer"),
    ("approver", "Tomas Quill", "Second approver"),
    ("editor", "Edda Page", "Editor"),
    ("auditor", "Ansel Reed", "Auditor"),
    ("government", "Greta Holm", "Reviewer: government"),
    ("employers", "Emil Stone", "Reviewer: employers"),
    ("workers", "Wanda Fields", "Reviewer: workers"),
    ("alternate", "Ada Brook", "Reviewer: workers"),
)


@dataclass(frozen=True, slots=True)
class Made:
    """One agency of the demonstration: days are counted back from today."""

    name: str
    number: str
    granted: int
    years: int = 2
    provisional: bool = False
    then: tuple[tuple[State, int, str, tuple[str, ...]], ...] = ()
    former: tuple[str, ...] = ()
    address: str = "1 Harbour Road, Port Amber"


AGENCIES = (
    Made("Harbour Light Recruitment Ltd", "0041", 400),
    Made("Three Bridges Overseas Employment", "0042", 300, former=("Two Bridges Manpower",)),
    Made("Amber Coast Domestic Workers Agency", "0043", 60, provisional=True),
    Made(
        "Golden Ladder Manpower Services", "0038", 500,
        then=((State.SUSP_DISC, 40, "Took fees from eleven workers and gave no receipts.", ("ARL 12",)),),
    ),
    Made(
        "Swift Passage Placement Co", "0029", 600,
        then=(
            (State.SUSP_PREVENTIVE, 200, "Under investigation after an inspection.", ()),
            (State.REVOKED, 90, "Kept the passports of thirty-one workers.", ("ARL 18", "ARL 12")),
        ),
    ),
    Made("Old Mill Staffing", "0012", 900, years=1),
    Made(
        "Blue Heron Nurses Abroad", "0044", 350,
        then=(
            (State.SUSP_ADMIN, 120, "The guarantee had run out.", ()),
            (State.ACTIVE, 100, "A new guarantee was lodged.", ()),
        ),
    ),
    Made("Quiet Field Farm Labour", "0031", 500, then=((State.SURRENDERED, 30, "Closed by its owner.", ()),)),
)  # fmt: skip


class Command(BaseCommand):
    help = "Load the demonstration's register: everything in it is made up."

    def handle(self, *args: Any, **options: Any) -> None:
        ensure_site(settings.ORIGIN)
        groups = apply_roles()
        officers = {username: self._officer(username, name, groups[role]) for username, name, role in OFFICERS}
        signins = {username: self._password(user) for username, user in officers.items()}
        apps = {username: self._app(user) for username, user in officers.items()}
        if not Register.objects.filter(is_home=True).exists():
            self._register()
        if not HelpEntry.objects.exists():
            for facts in demo_help(clock.today()):
                enter_help(facts, by="Edda Page", second_approver="Tomas Quill")
        self.stdout.write(json.dumps({"regulators": signins, "authenticators": apps}))

    def _officer(self, username: str, name: str, group: Group) -> User:
        first, _, last = name.partition(" ")
        user, _made = User.objects.get_or_create(username=username, defaults={"first_name": first, "last_name": last})
        user.groups.set([group])
        return user

    def _password(self, user: User) -> str:
        password = get_random_string(16)
        user.set_password(password)
        user.save()
        return password

    def _app(self, user: User) -> str:
        """What the officer's authenticator app was told: the secret, in base32."""
        secret = box.new_secret()
        second_factor.set_up(user, secret=secret)
        found = second_factor.of(user)
        assert found is not None  # it was set up just now, or by an earlier run
        return found.secret

    def _register(self) -> None:
        register = Register.objects.create(
            code="arland", name="Arland register of employment agencies", country="XA", is_home=True,
            regulator="Ministry of Labour of Arland (made up)",
            source_note="A demonstration: the country, the agencies and the people are made up.",
        )  # fmt: skip
        for code, title, source in STANDARDS:
            actions.name_standard(register=register, code=code, title=title, source=source, by="Olive Marrow")
        for number, made in enumerate(AGENCIES, start=1):
            self._agency(register, made, number)
        demo_around(register, clock.today())
        for party in Party:
            give_seat(User.objects.get(username=party.lower()), party, by="Olive Marrow")
        give_seat(User.objects.get(username="alternate"), Party.WORKERS, by="Olive Marrow", alternate=True)

    def _agency(self, register: Register, made: Made, number: int) -> None:
        today = clock.today()
        agency = actions.register_agency(
            register=register, name=made.name, former_names=made.former, address=made.address,
            types=["Overseas employment"], by="Olive Marrow",
        )  # fmt: skip
        start = today - timedelta(days=made.granted)
        licence = actions.grant_licence(
            agency=agency, number=made.number, valid_from=start, valid_to=start + timedelta(days=365 * made.years),
            decision_number=f"L/{start.year}/{number:03}", legal_basis="Arland Recruitment Act, s. 5",
            decided_on=start, by="Olive Marrow", provisional=made.provisional,
        )  # fmt: skip
        for step, (to, days, reasons, standards) in enumerate(made.then, start=1):
            self._decide(licence, to, today - timedelta(days=days), reasons, standards, f"{number:03}-{step}")

    def _decide(
        self, licence: Licence, to: State, on: date, reasons: str, standards: tuple[str, ...], number: str
    ) -> None:
        actions.decide(
            licence, to, by="Olive Marrow", second_approver="Tomas Quill", reasons=reasons, standards=standards,
            legal_basis="Arland Recruitment Act, s. 30", decision_number=f"S/{on.year}/{number}",
            effective_from=on, decided_on=on,
        )  # fmt: skip
