"""Every address of the desk that names something of an office's, and who is outside: one 404 for all of it.

Of a case: tests/desk/test_matrix.py. Here is the rest: offices, members, absences, numbers, patterns, parcels. An
address that names a new kind of thing fails the first test until somebody has said whose it is.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.urls import reverse

from complaints.cases.models import Absence, Case, Holding, Inspector, Membership, PatternMark
from complaints.cases.models.people import Role
from complaints.desk import actions, letter_files, people, together_views, work_views
from complaints.desk.letter_files import Reader
from complaints.desk.letter_views import WITH_A_VERB
from complaints.desk.urls import urlpatterns
from complaints.firewall import access, referrals
from complaints.firewall.models import Disclosure, Parcel
from tests.desk.cast import Desk, browser, vault_of
from tests.desk.test_matrix import HELD, undone
from tests.desk.test_patterns import look
from tests.factories import Cast
from tests.outside import outside

AsOwner = Callable[[], AbstractContextManager[None]]
# What an address can name, and whose it is. `what` and `slug` are words of ours; in a case's address they are below.
KEYS = frozenset(
    {"case_id", "file_id", "grant_id", "approval_id", "office_id", "member_id", "absence_id", "mark_id", "parcel_id",
     "what", "slug"}
)  # fmt: skip
# Answers to nobody in particular: whoever has the code in a parcel says that it has come (test_parcel_content.py).
TO_WHOEVER_HAS_THE_CODE = frozenset({"received"})
NAMED = {
    str(one.name): one for one in urlpatterns
    if one.pattern.converters and "case_id" not in one.pattern.converters and one.name not in TO_WHOEVER_HAS_THE_CODE
}  # fmt: skip
NOBODYS_NOW = frozenset({"let-in"})  # nobody waits to be let in: test_members.py
# Not there for an inspector of the same office.
OF_THE_HEAD = ("numbers", "numbers-count", "numbers-file", "invite", "hand-on")


@dataclass(frozen=True)
class Things:
    """Something of each kind that the office has."""

    keys: Mapping[str, Any]

    def address(self, name: str, **others: Any) -> str:
        given = {**self.keys, **others}
        return reverse(f"desk:{name}", kwargs={key: given[key] for key in NAMED[name].pattern.converters})


@pytest.fixture
def things(
    office: Cast, file_case: Callable[..., UUID], agency: Any, as_owner: AsOwner, registrar_privates: list[bytes]
) -> Things:
    """Two cases that make a pattern, one with a referral that waits and a parcel; Ben is away."""
    ana, ben = office.members
    cases = [file_case(office) for _ in range(2)]
    look(office)

    def opened(number: int) -> access.OpenCase:
        return access.open_case(cases[0], by=office.members[number], vault=vault_of(office, number))

    actions.acknowledge(opened(0), by=ana)
    with as_owner():
        far = outside(registrar_privates, languages=["en"])
        parcel = Parcel.objects.create(
            case_id=cases[0], office=far.office, sender=office.office, recipient=str(far.identity.to_public()),
            box=b"x", week="2026-W48", acknowledgement_key=bytes(32),
        )  # fmt: skip
    waits = referrals.propose(opened(1), by=ben, agency=agency.pk, standards=["S-1"], evidence_class="DOCUMENTS")
    day = date.today() + timedelta(days=3)
    absence = people.go_away(ben, office=office.office, cover=ana, since=day, until=day, by=ben)
    mark = PatternMark.objects.filter(place=PatternMark.AGENCY).first()
    assert mark is not None
    return Things(
        {"office_id": office.office.pk, "member_id": ben.pk, "absence_id": absence.pk, "mark_id": mark.pk,
         "parcel_id": parcel.pk, "approval_id": waits.pk, "slug": "intake"}
    )  # fmt: skip


def tracks() -> tuple[Any, ...]:
    """What a visit could leave behind."""
    counts = [model._default_manager.count() for model in (Disclosure, Absence, Membership)]
    return (*counts, *Case.objects.order_by("pk").values_list(), *Holding.objects.order_by("pk").values_list())


def test_every_address_names_things_of_which_somebody_has_said_whose_they_are() -> None:
    assert {key for one in urlpatterns for key in one.pattern.converters} == KEYS
    of_a_case = {str(one.name) for one in urlpatterns if "case_id" in one.pattern.converters}
    plain = {str(one.name) for one in urlpatterns if not one.pattern.converters}
    assert {str(one.name) for one in urlpatterns} == of_a_case | set(NAMED) | plain | TO_WHOEVER_HAS_THE_CODE
    assert of_a_case == set(HELD)
    assert len(urlpatterns) == len({one.name for one in urlpatterns})  # a second one would hide behind the first's name


@pytest.mark.parametrize("name", NAMED)
def test_nothing_is_there_for_who_is_outside_and_nothing_is_left(
    name: str, things: Things, charlie: Inspector, ana: Inspector, desk: Callable[..., Desk], as_owner: AsOwner
) -> None:
    """Somebody of another office in every role, and the office's own head once that has ended."""
    theirs, hers = desk(charlie, 0).client, desk(ana, 0).client
    nowhere = things.address(name, **{key: uuid4() for key in things.keys if key != "slug"})
    with undone():  # the control: for her it is there
        assert hers.get(things.address(name)).status_code != 404 or name in NOBODYS_NOW
    with as_owner():
        Membership.objects.filter(inspector=ana).update(until=date.today())
    for client, member in ((theirs, charlie), (hers, ana)):
        for role in Role:
            with as_owner():
                Membership.objects.filter(inspector=member).update(role=role)
            before = tracks()
            for ask in (client.get, client.post):
                answer, control = ask(things.address(name)), ask(nowhere)
                assert (answer.status_code, answer.content) == (404, control.content), role
            assert tracks() == before
    for ask in (browser().get, browser().post):
        assert ask(things.address(name)).status_code == 302


@pytest.mark.parametrize("name", OF_THE_HEAD)
def test_what_is_the_heads_is_not_there_for_an_inspector(
    name: str, things: Things, ben: Inspector, ana: Inspector, desk: Callable[..., Desk]
) -> None:
    address = things.address(name)
    with undone():
        assert desk(ana, 0).client.get(address).status_code in (200, 302)
    his = desk(ben, 1).client
    assert his.get(address).status_code == his.post(address).status_code == 404


# --- words in a case's address -------------------------------------------------------------------------------

WHATS: Mapping[str, tuple[str, ...]] = {
    "work": tuple(work_views.ACTS),
    "together-ask": tuple(together_views.PURPOSES),
    "letter": tuple(letter_files.all_letters()),
}
PAIRS = [(name, what) for name, whats in WHATS.items() for what in whats]


def test_every_word_in_a_cases_address_is_of_a_known_kind() -> None:
    taken = {str(one.name) for one in urlpatterns if "what" in one.pattern.converters}
    assert taken == set(WHATS)


def expected(name: str, what: str) -> tuple[int, int]:
    """What a member of the office that has it is answered: to a GET, and to an empty POST."""
    if name == "together-ask":
        return (302, 422)
    if name == "work":
        return (200, 422)
    letter = letter_files.get(what)
    if letter.reader is Reader.AGENCY:
        return (200, 422)
    return (404, 404) if what.startswith(WITH_A_VERB) else (200, 200)


@pytest.mark.parametrize(("name", "what"), PAIRS, ids=lambda one: str(one))
def test_each_verb_by_its_word(
    name: str, what: str, case: UUID, ana: Inspector, charlie: Inspector, vault: Any, desk: Callable[..., Desk]
) -> None:
    """Any member of the office, and nobody else: not even whether there is such a word."""
    actions.acknowledge(access.open_case(case, by=ana, vault=vault), by=ana)
    hers, theirs = desk(ana, 0), desk(charlie, 0).client
    hers.post("before", case)
    here, nowhere, no_word = (reverse(f"desk:{name}", args=args) for args in (
        [case, what], [uuid4(), what], [case, "no-such-word"]
    ))  # fmt: skip
    before = tracks()
    for ask in (theirs.get, theirs.post):
        answers = [ask(one) for one in (here, nowhere, no_word)]
        assert {one.status_code for one in answers} == {404} and len({one.content for one in answers}) == 1
    assert tracks() == before
    assert (hers.client.get(here).status_code, hers.client.post(here).status_code) == expected(name, what)
    assert hers.client.post(no_word).status_code == 404
