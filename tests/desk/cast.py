"""What the desk's tests are made of: a complaint full of canaries, its release, an open vault, a browser."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Self, cast
from uuid import UUID, uuid4

from django.conf import settings
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from agencies.models import Agency
from complaints.cases import clocks, pinned
from complaints.cases.models import Case, Holding, Inspector, MemberKey, OfficeKeyWrap, Rung, Step
from complaints.cases.routing import OfficeFacts
from complaints.cases.states import State
from complaints.desk import second_factor
from complaints.firewall.keys import OpenVault
from complaints.intake.actions import file_complaint
from complaints.intake.answers import AgencyAnswer, Answers, Contact, FileAnswer
from complaints.vault import contexts, members, receipts, retention, rungs
from complaints.vault.members import MemberRecord
from complaints.vault.second_factor import new_secret
from recruitment_watch import clock
from tests import codes
from tests.factories import PASSWORD, Cast, passphrase

STORY = "canary-story: they took 5,000 from me"
CONTACT = "canary-contact 5550199"
HOST = "127.0.0.1"


def answers_about(agency: Agency | None, **changes: Any) -> Answers:
    named = AgencyAnswer(name="canary-agency, unlisted")
    if agency is not None:
        named = AgencyAnswer(id=str(agency.pk), name=agency.name, register="Register of Qatar", licence="L-7")
    known: dict[str, Any] = {
        "country": "QA", "region": "Doha", "agency": named, "when": "2024-05", "categories": ("fees",),
        "happened": STORY, "contact": Contact(how="phone", where=CONTACT), "language": "tl",
    }  # fmt: skip
    return Answers(**known | changes)


def file_and_release(
    answers: Answers, offices: Sequence[OfficeFacts], files: Sequence[tuple[FileAnswer, bytes]] = ()
) -> UUID:
    """As owner: file, then do what the worker's tick does with rung 1."""
    case_id = uuid4()
    file_complaint(case_id=case_id, receipt=receipts.new_receipt(), answers=answers, offices=offices, files=files)
    release(Case.objects.get(pk=case_id), 1)
    return case_id


def release(case: Case, number: int) -> Holding:
    """As owner: take the worker's lock off a rung and hand the case over."""
    key, rung = pinned.week_keys().read(case.death_week), Rung.objects.get(case=case, number=number)
    released = rungs.release(
        worker_private=settings.WORKER_LOCK.read_bytes(), week_key=key, box=bytes(rung.box),
        case=case.pk.bytes, number=number, week=case.death_week,
    )  # fmt: skip
    context = contexts.holding(case.pk.bytes, released.office_id)
    holding = Holding.objects.create(
        case=case, office_id=UUID(bytes=released.office_id), rung=number, week=clocks.week(clock.now()),
        box=retention.wrap(key, released.inner_box, week=case.death_week, context=context),
        severity=case.severity, due=case.due,
    )  # fmt: skip
    Step.objects.create(case=case, rung=number, outcome="released", office=holding.office, week=holding.week)
    Case.objects.filter(pk=case.pk).update(rung=number, state=State.RELEASED)
    return holding


@cache
def _member_private(number: int, record: MemberRecord) -> bytes:
    return members.open_member(record, passphrase(number))


def member_private(cast: Cast, number: int) -> bytes:
    """A member's private key, as the passphrase opens it."""
    row = MemberKey.objects.get(inspector=cast.members[number])
    record = MemberRecord(
        bytes(row.public_key), bytes(row.wrapped_private), bytes(row.salt),
        bytes(row.wrapped_recovery), bytes(row.recovery_salt),
    )  # fmt: skip
    return _member_private(number, record)


def vault_of(cast: Cast, number: int) -> OpenVault:
    """A member's open vault, without a browser."""
    private = member_private(cast, number)
    keys: dict[UUID, dict[int, bytes]] = {}
    for wrap in OfficeKeyWrap.objects.filter(inspector=cast.members[number]).select_related("office_key"):
        key = wrap.office_key
        keys.setdefault(key.office_id, {})[key.generation] = members.unwrap_office_key(
            private, bytes(wrap.box), office_id=key.office_id.bytes, generation=key.generation,
            office_public=bytes(key.public_key),
        )  # fmt: skip
    return OpenVault(member=cast.members[number].pk, offices=keys, private=private)


class Browser(Client):
    """Speaks TLS only, as everything here does."""

    def generic(self, *arguments: Any, **more: Any) -> Any:
        return super().generic(*arguments, **more | {"secure": True})


def browser() -> Client:
    return Browser(HTTP_HOST=settings.ORIGIN.removeprefix("https://") or HOST)


SECRET = new_secret()


def with_app(member: Inspector) -> Inspector:
    """The member with an authenticator app set up; its secret is SECRET."""
    second_factor.set_up(member, secret=SECRET)
    return member


def sign_in(client: Client, member: Inspector, *, password: str = PASSWORD, **more: str) -> HttpResponse:
    """Password and code, as the pages ask for them; the answer to the code."""
    asked = client.post(reverse("desk:sign-in"), {"username": member.username, "password": password, **more})
    assert asked.status_code == 302, asked.content.decode()
    code = codes.of_now(SECRET, str(member.pk))
    return cast(HttpResponse, client.post(asked["Location"], {"code": code, **more}))


@dataclass(frozen=True)
class Desk:
    """One inspector's browser, signed in, with the vault open."""

    client: Client
    inspector: Inspector

    @classmethod
    def of(cls, inspector: Inspector, number: int) -> Self:
        client = browser()
        client.force_login(inspector, backend="django.contrib.auth.backends.ModelBackend")
        opened = client.post(reverse("desk:vault"), {"passphrase": passphrase(number)})
        assert opened.status_code == 302, f"{opened.status_code}: {opened.content.decode()}"
        return cls(client, inspector)

    def get(self, name: str, *args: object, **query: str) -> HttpResponse:
        """The page; where it asks first whether anything ties them to the case, after the answer that nothing does."""
        answer = self.client.get(reverse(f"desk:{name}", args=args), query)
        if "desk/before.html" in {one.name for one in answer.templates}:
            self.post("before", args[0])
            answer = self.client.get(reverse(f"desk:{name}", args=args), query)
        return cast(HttpResponse, answer)

    def post(self, name: str, *args: object, **data: Any) -> HttpResponse:
        return cast(HttpResponse, self.client.post(reverse(f"desk:{name}", args=args), data))
