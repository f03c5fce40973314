"""The whole permission matrix: role × verb × relation to the case, in one table (issue 6, Shows 4).

Every verb of a case is asked by GET and by an empty POST, in a savepoint that is rolled back, on a case in which there
is something of everything: a request of each kind, guests, a file, who complained released. Who is outside gets the 404
of a case that does not exist, byte for byte.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import settings as django_settings
from django.db import transaction
from django.urls import reverse

from complaints.cases import pinned, routing
from complaints.cases.models import Attestation, Case, Departure, Holding, Inspector, Membership, Recusal
from complaints.cases.models.people import Role
from complaints.cases.states import Severity
from complaints.desk import actions
from complaints.desk.urls import urlpatterns
from complaints.escalation import identity as releasing
from complaints.firewall import access, approvals, protective, referrals, severity
from complaints.firewall.access import OpenCase
from complaints.firewall.grants import Capacity
from complaints.firewall.models import Approval, CaseGrant
from complaints.intake.answers import FileAnswer
from recruitment_watch import clock
from tests.desk.cast import Desk, answers_about, browser, file_and_release, release, vault_of
from tests.desk.test_guests import invite
from tests.factories import Cast, make_office

AsOwner = Callable[[], AbstractContextManager[None]]
ROLES = (Role.INSPECTOR, Role.LEAD, Role.HEAD)
OUT = (404, 404)

# What who may see the case is answered: to a GET, and to an empty POST. 302 from a GET leads back to the case.
HELD: Mapping[str, tuple[int, int]] = {
    "before": (302, 302),
    "case": (200, 200),
    "file": (200, 405),
    "acknowledge": (302, 409),  # it is acknowledged already
    "answer": (302, 422),
    "go-on": (302, 409),  # nothing was asked
    "pass-up": (302, 422),
    "finding": (302, 422),
    "close": (302, 422),
    "reopen": (302, 409),  # it is not closed
    "refer": (302, 422),
    "approve": (302, 302),
    "together": (200, 200),
    "together-ask": (302, 422),
    "together-approve": (302, 302),
    "together-finish": (302, 302),
    "identity": (200, 200),
    "recuse": (200, 422),
    "hand-back": (200, 422),
    "hand-over": (200, 422),
    "work": (200, 422),
    "letters": (200, 200),
    "letter": (200, 422),
    "guests": (200, 422),
    "guest-end": (302, 302),
    "hold": (200, 422),
    "hold-approve": (302, 302),
    "hold-lift": (302, 409),  # nobody has approved it
    "as-guest": OUT,  # a way of the guests' own
    "guest-note": OUT,
}
# What takes a lead or the head, as it is answered to an inspector.
NOT_AN_INSPECTORS: Mapping[str, tuple[int, int]] = {
    "hand-back": (403, 403),
    "hand-over": (403, 403),
    "guests": (200, 200),  # the list without the form
    "guest-end": (302, 403),
}
# Another office that has the case too sees nothing of what members of this one asked of each other, or gave.
OF_ONE_OFFICE: Mapping[str, tuple[int, int]] = dict.fromkeys(
    ("approve", "together-approve", "together-finish", "guest-end", "hold-approve", "hold-lift"), (302, 404)
) | {"identity": OUT}
# Who was asked in has these and nothing else; they can step aside too.
GUEST: Mapping[str, tuple[int, int]] = dict.fromkeys(HELD, OUT) | {
    "as-guest": (200, 200), "guest-note": (302, 422), "recuse": (200, 422)
}  # fmt: skip
NOTHING: Mapping[str, tuple[int, int]] = dict.fromkeys(HELD, OUT)
SIGN_IN: Mapping[str, tuple[int, int]] = dict.fromkeys(HELD, (302, 302))
WHAT = {"together-ask": "identity", "work": "evidence", "letter": "ask-for-records"}


@dataclass
class Scene:
    """A case of the office with something of everything in it; `other` has a rung of its own, `third` gives guests."""

    case: UUID
    office: Cast
    other: Cast
    third: Cast
    ids: dict[str, dict[str, UUID]]

    def address(self, verb: str, case: UUID) -> str:
        route = next(one for one in urlpatterns if one.name == verb)
        given: dict[str, Any] = {"case_id": case, "what": WHAT.get(verb, "")} | self.ids.get(verb, {})
        return reverse(f"desk:{verb}", kwargs={name: given[name] for name in route.pattern.converters})

    def opened(self, number: int) -> OpenCase:
        return access.open_case(self.case, by=self.office.members[number], vault=vault_of(self.office, number))


@pytest.fixture
def scene(
    office: Cast, other: Cast, as_owner: AsOwner, registrar_privates: list[bytes], agency: Any, settings: Any
) -> Scene:
    """All that waits was asked by Ben, so that Ana may approve it."""
    settings.PEPPER, settings.RECEIPT_SALT = "pepper", "salt"
    photo = FileAnswer(str(uuid4()), "photo", "image/jpeg", 0, "ab" * 32)
    with as_owner():
        third = make_office(registrar_privates=registrar_privates, name="Inspectorate of Salalah", country="OM")
        known = {one.id: one for country in ("QA", "BH") for one in routing.offices_for(country, on=date.today())}
        ladder = [known[office.office.pk], known[other.office.pk]]
        case = file_and_release(answers_about(agency), ladder, [(photo, b"\xff\xd8\xff")])
    made = Scene(case, office, other, third, {})
    ana = made.opened(0)
    actions.acknowledge(ana, by=ana.member)
    guest = invite(office, case, third.members[0])
    invite(office, case, third.members[1], Capacity.SPECIALIST)
    ana, ben = made.opened(0), made.opened(1)
    approvals.approve(_asked(ben, Approval.Purpose.IDENTITY), by=ana.member, case=ana)
    told = _asked(ben, Approval.Purpose.PROTECTIVE)
    protective.approve(told, by=ana.member, case=ana)
    with as_owner():
        weeks, lock = pinned.week_keys(), django_settings.WORKER_LOCK.read_bytes()
        assert releasing.deliver(clock.now(), worker_private=lock, weeks=weeks) == 1
    referral = referrals.propose(ben, by=ben.member, agency=agency.pk, standards=["S-1"], evidence_class="DOCUMENTS")
    lower = severity.ask_to_lower(ben, to=Severity.S4, by=ben.member, text="Less.")
    hold = _asked(ben, Approval.Purpose.HOLD)
    made.ids = {
        "file": {"file_id": ana.case.attachments.get().pk},
        "guest-end": {"grant_id": guest.pk},
        "approve": {"approval_id": referral.pk},
        "together-approve": {"approval_id": lower.pk},
        "together-finish": {"approval_id": told.pk},
        "hold-approve": {"approval_id": hold.pk},
        "hold-lift": {"approval_id": hold.pk},
    }
    return made


def _asked(case: OpenCase, purpose: Approval.Purpose) -> Approval:
    content = {"reason": "A court.", "why": "A court.", "to": "x", "said": "y"}
    return approvals.ask(case, by=case.member, purpose=purpose, content=content)


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is done inside has not happened."""
    point = transaction.savepoint()
    try:
        yield
    finally:
        transaction.savepoint_rollback(point)


def answers(scene: Scene, client: Any) -> dict[str, tuple[int, int]]:
    """What every verb answers; and that a 404 is that of a case that does not exist, byte for byte."""
    found = {}
    for verb in HELD:
        codes = []
        for ask in (client.get, client.post):
            with undone():
                answer = ask(scene.address(verb, scene.case))
            codes.append(answer.status_code)
            if answer.status_code == 404:
                nowhere = ask(scene.address(verb, uuid4()))
                assert (nowhere.status_code, nowhere.content) == (404, answer.content), verb
        found[verb] = (codes[0], codes[1])
    return found


def differing(found: Mapping[str, tuple[int, int]], expected: Mapping[str, tuple[int, int]]) -> dict[str, Any]:
    return {verb: (found[verb], expected[verb]) for verb in expected if found[verb] != expected[verb]}


def in_role(scene: Scene, member: Inspector, role: Role, as_owner: AsOwner) -> None:
    with as_owner():
        Membership.objects.filter(inspector=member).update(role=role)


def test_every_verb_of_a_case_stands_in_the_table() -> None:
    assert set(HELD) == {str(one.name) for one in urlpatterns if "case_id" in one.pattern.converters}


def test_a_member_of_the_office_that_has_it(scene: Scene, desk: Callable[..., Desk], as_owner: AsOwner) -> None:
    """In whose hands a case is decides nothing: any member may have to act on it at four in the morning."""
    ana, ben = scene.office.members
    client = desk(ana, 0).client
    for role, hands in product(ROLES, (ana, ben, None)):
        in_role(scene, ana, role, as_owner)
        Holding.objects.filter(case=scene.case).update(assignee=hands)
        expected = {**HELD, **NOT_AN_INSPECTORS} if role == Role.INSPECTOR else HELD
        assert differing(answers(scene, client), expected) == {}, (role, hands)


def test_a_member_of_another_office_that_has_it_too(scene: Scene, desk: Callable[..., Desk], as_owner: AsOwner) -> None:
    charlie = scene.other.members[0]
    with as_owner():
        release(Case.objects.get(pk=scene.case), 2)
        Case.objects.filter(pk=scene.case).update(state="acknowledged")
    client = desk(charlie, 0).client
    client.post(scene.address("before", scene.case))  # nothing ties them to it
    for role in ROLES:
        in_role(scene, charlie, role, as_owner)
        expected = {**HELD, **NOT_AN_INSPECTORS} if role == Role.INSPECTOR else HELD
        assert differing(answers(scene, client), {**expected, **OF_ONE_OFFICE}) == {}, role


Outside = Callable[[Scene], tuple[Inspector, Mapping[str, tuple[int, int]]]]


def recused(scene: Scene) -> Any:
    Recusal.objects.create(case_id=scene.case, inspector=scene.office.members[0], week="2026-W48")
    return scene.office.members[0], NOTHING


def has_left(scene: Scene) -> Any:
    Membership.objects.filter(inspector=scene.office.members[0]).update(until=date.today())
    return scene.office.members[0], NOTHING


def lapsed(scene: Scene) -> Any:
    Attestation.objects.filter(office=scene.office.office).update(withdrawn=True)
    return scene.office.members[0], NOTHING


def switched_off(scene: Scene) -> Any:
    Inspector.objects.filter(pk=scene.office.members[0].pk).update(is_active=False)
    return scene.office.members[0], SIGN_IN


def never_had_it(scene: Scene) -> Any:
    return scene.other.members[0], NOTHING


def of_an_office_that_left_it(scene: Scene) -> Any:
    release(Case.objects.get(pk=scene.case), 2)
    Departure.objects.create(case_id=scene.case, office=scene.other.office, week="2026-W48")
    return scene.other.members[0], NOTHING


def interpreter(scene: Scene) -> Any:
    return scene.third.members[0], GUEST


def specialist(scene: Scene) -> Any:
    return scene.third.members[1], GUEST


def no_guest_any_more(scene: Scene) -> Any:
    CaseGrant.objects.filter(user=scene.third.members[0]).delete()
    return scene.third.members[0], NOTHING


def recused_guest(scene: Scene) -> Any:
    Recusal.objects.create(case_id=scene.case, inspector=scene.third.members[1], week="2026-W48")
    return scene.third.members[1], NOTHING


@pytest.mark.parametrize(
    "relation",
    [recused, has_left, lapsed, switched_off, never_had_it, of_an_office_that_left_it, interpreter, specialist,
     no_guest_any_more, recused_guest],
)  # fmt: skip
def test_everybody_else_in_every_role(
    relation: Outside, scene: Scene, desk: Callable[..., Desk], as_owner: AsOwner
) -> None:
    """Signed in with the vault open while all was well, and then the relation is what it is."""
    everybody = {
        one.pk: (one, n) for cast in (scene.office, scene.other, scene.third) for n, one in enumerate(cast.members)
    }
    with undone(), as_owner():
        who = relation(scene)[0].pk
    person, number = everybody[who]
    client = desk(person, number).client
    for role in ROLES:
        in_role(scene, person, role, as_owner)
        with undone():
            with as_owner():
                _who, expected = relation(scene)
            before = Case.objects.values().get(pk=scene.case)
            assert differing(answers(scene, client), expected) == {}, (relation.__name__, role)
            assert Case.objects.values().get(pk=scene.case) == before


def test_a_stranger_is_sent_to_sign_in(scene: Scene) -> None:
    assert differing(answers(scene, browser()), SIGN_IN) == {}
