"""The way into the admin: nothing opens with a password alone, and each way back in is used up or leaves a trace."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from io import StringIO
from typing import Any
from urllib.parse import unquote

import pytest
import time_machine
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from agencies.models import AuditEntry
from cms.entrance import box, gate, second_factor, views
from cms.entrance.models import SecondFactor
from recruitment_watch.tries import Throttle

from .officers import Officers, officers

pytestmark = pytest.mark.django_db

PASSWORD = "a long enough password"
HOME, LOGIN = "/admin/", "/admin/login/"
SECOND, SET_UP = "/admin/login/second-step/", "/admin/login/set-up/"
SECRET = box.new_secret()


@pytest.fixture(autouse=True)
def _nobody_tried_yet(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[float]]:
    now = [0.0]
    for name, longest in (("PASSWORDS", 60.0), ("CODES", 900.0)):
        monkeypatch.setattr(views, name, Throttle(longest=longest, now=lambda: now[0]))
    second_factor._SPENT._seen.clear()
    with time_machine.travel(time.time(), tick=False):  # no step of 30 seconds ends in the middle of a test
        yield now


@pytest.fixture
def people(db: None) -> Officers:
    made = officers()
    for user in (made.grace, made.henry):
        user.set_password(PASSWORD)
        user.save()
    return made


def password(client: Client, name: str = "grace", said: str = PASSWORD, **more: str) -> Any:
    return client.post(LOGIN, {"username": name, "password": said, **more})


def code(secret: str = SECRET, later: float = 0) -> str:
    return box.code_at(secret, time.time() + later)


def open_to(client: Client) -> bool:
    return bool(client.get(HOME).status_code == 200)


# --- the first time -------------------------------------------------------------------------------------


def test_the_first_sign_in_sets_a_second_factor_up_and_opens_nothing_before(client: Client, people: Officers) -> None:
    assert password(client)["Location"] == SECOND
    assert client.get(SECOND)["Location"] == SET_UP
    page = client.get(SET_UP).content.decode()
    assert not open_to(client)
    assert "sessionid" not in client.cookies and "__Host-rw-public-session" not in client.cookies
    secret = re.search(r"<code>([A-Z2-7 ]+)</code>", page)
    assert secret is not None
    letters = secret[1].replace(" ", "")
    assert "This code is not right" in client.post(SET_UP, {"code": "000000"}).content.decode()
    assert letters[:4] in client.get(SET_UP).content.decode()  # the same square after a mistake
    told = client.post(SET_UP, {"code": code(letters)}).content.decode()
    assert len(re.findall(r"<code>[a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4}</code>", told)) == box.RECOVERY_CODES
    assert open_to(client)
    assert AuditEntry.objects.get(verb="set_up_second_factor").by == "grace"


def test_who_has_a_second_factor_cannot_set_up_another_with_the_password_alone(
    client: Client, people: Officers
) -> None:
    second_factor.set_up(people.grace, secret=SECRET)
    password(client)
    assert client.get(SET_UP)["Location"] == SECOND
    assert client.post(SET_UP, {"code": code()})["Location"] == SECOND
    assert second_factor.set_up(people.grace, secret=box.new_secret()) is None
    assert not open_to(client)


# --- every time -----------------------------------------------------------------------------------------


def test_password_and_code_open_the_admin_and_lead_where_one_wanted_to_go(client: Client, people: Officers) -> None:
    second_factor.set_up(people.grace, secret=SECRET)
    wanted = reverse("rw_register:index")
    assert unquote(password(client, next=wanted)["Location"]) == f"{SECOND}?next={wanted}"
    assert client.post(SECOND, {"code": code(), "next": wanted})["Location"] == wanted
    assert client.get(wanted).status_code == 200


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_nobody_is_led_to_another_site(client: Client, people: Officers, elsewhere: str) -> None:
    second_factor.set_up(people.grace, secret=SECRET)
    password(client, next=elsewhere)
    assert client.post(SECOND, {"code": code(), "next": elsewhere})["Location"] == HOME


def test_a_code_is_used_once(client: Client, people: Officers) -> None:
    second_factor.set_up(people.grace, secret=SECRET)
    said = code()
    for tries in (302, 200):
        client.cookies.clear()
        password(client)
        assert client.post(SECOND, {"code": said}).status_code == tries


def test_a_code_of_long_ago_and_one_of_another_officer_are_worth_nothing(client: Client, people: Officers) -> None:
    second_factor.set_up(people.grace, secret=SECRET)
    second_factor.set_up(people.henry, secret=(other := box.new_secret()))
    for said in (code(later=-90), code(later=90), code(other)):
        assert not second_factor.check(people.grace, said)


def test_no_password_no_second_step(client: Client, people: Officers) -> None:
    second_factor.set_up(people.grace, secret=SECRET)
    assert password(client, said="wrong").status_code == 200
    for address in (SECOND, SET_UP):
        assert client.get(address)["Location"] == LOGIN
        assert client.post(address, {"code": code()})["Location"] == LOGIN


@pytest.mark.parametrize("what", ["old", "another password", "inactive", "damaged"])
def test_what_is_known_between_the_steps_ends(client: Client, people: Officers, what: str) -> None:
    second_factor.set_up(people.grace, secret=SECRET)
    password(client)
    if what == "another password":
        people.grace.set_password("another long password")
    people.grace.is_active = what != "inactive"
    people.grace.save()
    if what == "damaged":
        cookie = client.cookies["__Host-rw-public-halfway"]
        client.cookies["__Host-rw-public-halfway"] = cookie.value[:-8] + "AAAAAAA="
    with time_machine.travel(time.time() + (601 if what == "old" else 0), tick=False):
        assert client.post(SECOND, {"code": code()})["Location"] == LOGIN


def test_no_other_door_lets_in_with_a_password_alone(client: Client, people: Officers) -> None:
    second_factor.set_up(people.grace, secret=SECRET)
    told = client.post("/_util/login/", {"username": "grace", "password": PASSWORD, "next": HOME})
    assert told["Location"].startswith(LOGIN)
    assert not open_to(client)


def test_a_session_without_the_second_factor_is_ended_wherever_it_goes(client: Client, people: Officers) -> None:
    second_factor.set_up(people.grace, secret=SECRET)
    bare = super(type(client), client)
    for address in (HOME, reverse("rw_register:index"), "/register/", "/admin/account/recovery-codes/"):
        bare.force_login(people.grace)
        client.get(address)
        assert "_auth_user_id" not in client.session


# --- recovery codes and resets --------------------------------------------------------------------------


def test_a_recovery_code_lets_in_once_and_says_so_in_the_audit_list(client: Client, people: Officers) -> None:
    codes = second_factor.set_up(people.grace, secret=SECRET)
    assert codes is not None
    typed = codes[3].upper().replace("-", " ")
    password(client)
    assert client.post(SECOND, {"code": typed}).status_code == 302
    assert open_to(client)
    assert not second_factor.check(people.grace, typed)
    assert AuditEntry.objects.filter(verb="use_recovery_code", by="grace").count() == 1


def test_new_recovery_codes_take_a_code_and_replace_the_old(client: Client, people: Officers) -> None:
    old = second_factor.set_up(people.grace, secret=SECRET)
    password(client)
    client.post(SECOND, {"code": code(later=-30)})
    address = reverse("admin_recovery_codes")
    assert "10 recovery codes" in client.get(address).content.decode()
    assert "This code is not right" in client.post(address, {"code": "000000"}).content.decode()
    told = client.post(address, {"code": code()}).content.decode()
    new = re.findall(r"<code>([a-z2-7-]{14})</code>", told)
    assert len(new) == 10
    assert old and not any(second_factor.check(people.grace, one) for one in old)
    assert second_factor.check(people.grace, new[0])


def test_an_administrators_reset_ends_the_sessions_and_stands_in_the_audit_list(
    client: Client, people: Officers
) -> None:
    client.force_login(people.grace)
    assert open_to(client)
    call_command("reset_second_factor", "grace", by="Ada Keeper", why="Phone stolen.", stdout=StringIO())
    assert not open_to(client)
    row = AuditEntry.objects.get(verb="reset_second_factor")
    assert (row.by, row.text) == ("Ada Keeper", "grace: Phone stolen.")
    assert password(client)["Location"] == SECOND
    assert client.get(SECOND)["Location"] == SET_UP


@pytest.mark.parametrize(
    ("user", "by", "why"), [("nobody", "A B", "x"), ("henry", "A B", "x"), ("grace", " ", "x"), ("grace", "A B", " ")]
)
def test_a_reset_needs_an_account_with_a_factor_a_name_and_a_reason(
    people: Officers, user: str, by: str, why: str
) -> None:
    second_factor.set_up(people.grace, secret=SECRET)
    with pytest.raises(CommandError):
        call_command("reset_second_factor", user, by=by, why=why)
    assert second_factor.has_one(people.grace)


# --- guessing, and what is kept -------------------------------------------------------------------------


def test_guessing_has_to_wait_longer_each_time(
    client: Client, people: Officers, _nobody_tried_yet: list[float]
) -> None:
    second_factor.set_up(people.grace, secret=SECRET)
    said = [password(client, said="wrong").status_code for _try in range(4)]
    assert said == [200, 200, 200, 429]
    told = password(client)  # the right one waits as well, and is not judged
    assert told.status_code == 429 and "Wait" in told.content.decode()
    _nobody_tried_yet[0] += 60
    assert password(client).status_code == 302
    said = [client.post(SECOND, {"code": "000000"}).status_code for _try in range(4)]
    assert said == [200, 200, 200, 429]
    assert client.post(SECOND, {"code": code()}).status_code == 429
    _nobody_tried_yet[0] += 900
    assert client.post(SECOND, {"code": code()}).status_code == 302


def test_the_box_tells_nothing_and_is_its_accounts_alone(people: Officers) -> None:
    codes = second_factor.set_up(people.grace, secret=SECRET)
    second_factor.set_up(people.henry, secret=box.new_secret())
    rows = {row.user_id: bytes(row.box) for row in SecondFactor.objects.all()}
    mine, theirs = rows[people.grace.pk], rows[people.henry.pk]
    assert codes and second_factor.check(people.grace, codes[0])
    after = bytes(SecondFactor.objects.get(user=people.grace).box)
    assert len({len(one) for one in (mine, theirs, after)}) == 1
    assert SECRET.encode() not in mine
    with pytest.raises(box.Unreadable):
        box.unlock("another key", mine, account=people.grace.pk)
    SecondFactor.objects.filter(user=people.henry).update(box=mine)
    with pytest.raises(box.Unreadable):
        second_factor.of(people.henry)


def test_codes_are_those_of_the_standard() -> None:
    """RFC 6238, appendix B, SHA-1, the last six of eight digits."""
    secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
    vectors = {59: "287082", 1111111109: "081804", 1111111111: "050471", 1234567890: "005924", 2000000000: "279037"}
    assert {seconds: box.code_at(secret, seconds) for seconds in vectors} == vectors


def test_two_who_set_up_at_once_have_one_factor(people: Officers) -> None:
    assert second_factor.set_up(people.grace, secret=SECRET)
    assert second_factor.set_up(people.grace, secret=SECRET) is None
    assert User.objects.get(username="grace").pk == SecondFactor.objects.get().user_id
    assert gate.MARK
