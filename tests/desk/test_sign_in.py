"""Signing in: a password, then a second factor; nothing opens before both, and nothing says when it was."""

from __future__ import annotations

import html
import re
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from threading import Event, Thread
from typing import Any
from uuid import UUID

import pytest
from django.contrib import auth
from django.db import connection
from django.test import Client
from django.urls import reverse

from complaints.cases.models import Inspector
from complaints.desk import derivations, second_factor, throttle
from complaints.desk.derivations import Busy, Turns
from complaints.desk.models import DeskSession, SecondFactor
from complaints.desk.urls import urlpatterns
from complaints.firewall.disclosure import Verb, verify_chain
from complaints.firewall.models import DisclosureDetail
from complaints.vault.second_factor import code_at
from recruitment_watch.tries import Spent
from tests import codes
from tests.desk.authenticator import Passkey
from tests.desk.cast import SECRET, Desk, browser, sign_in, with_app
from tests.desk.test_doors import OPEN_TO_ALL
from tests.factories import PASSWORD, Cast, passphrase

SIGN_IN, STEP, SET_UP = (f"desk:{name}" for name in ("sign-in", "second-step", "set-up"))
Tries = Callable[[float], None]


@pytest.fixture(autouse=True)
def tries(monkeypatch: pytest.MonkeyPatch) -> Iterator[Tries]:
    """Fresh counts for each test, and their clock: `tries(60)` lets a minute pass."""
    now = [1_000_000.0]
    for name, longest in (("PASSWORDS", 60.0), ("CODES", 900.0)):
        monkeypatch.setattr(throttle, name, throttle.Throttle(longest=longest, now=lambda: now[0]))

    def wait(seconds: float) -> None:
        now[0] += seconds

    yield wait


def password(one: Client, member: Inspector, word: str = PASSWORD) -> Any:
    return one.post(reverse(SIGN_IN), {"username": member.username, "password": word})


def _any(converter: object, case: UUID) -> object:
    """Something that this kind of a route's part takes; a case that is there for a UUID."""
    return {"UUIDConverter": case, "IntConverter": 1}.get(type(converter).__name__, "x")


def page(answer: Any) -> str:
    return html.unescape(answer.content.decode())


# --- both steps ---------------------------------------------------------------------------------------


def test_a_password_alone_opens_nothing_and_leaves_no_session(ana: Inspector, case: UUID) -> None:
    one = browser()
    password(one, with_app(ana))
    for pattern in urlpatterns:
        if pattern.name in OPEN_TO_ALL:  # some are opened by a code: an invitation's, a parcel's
            continue
        converters = pattern.pattern.converters
        where = reverse(f"desk:{pattern.name}", kwargs={name: _any(one, case) for name, one in converters.items()})
        for answer in (one.get(where), one.post(where)):
            if answer.status_code != 405:  # a verb that only a post reaches
                assert (answer.status_code, answer["Location"].partition("?")[0]) == (302, reverse(SIGN_IN)), where
    assert "__Host-rw-desk-session" not in one.cookies and not DeskSession.objects.exists()
    assert sign_in(one, ana)["Location"] == reverse("desk:queue")
    assert one.get(reverse("desk:vault")).status_code == 200, "the control: with both it opens"


def test_who_has_no_second_factor_is_led_to_set_one_up_and_gets_nowhere_else(ana: Inspector) -> None:
    one = browser()
    password(one, ana)
    answer = one.get(reverse(STEP))
    assert (answer.status_code, answer["Location"]) == (302, reverse(SET_UP))
    shown = one.get(reverse(SET_UP))
    text = page(shown)
    secret = re.search(r"secret=([A-Z2-7]{32})", text)
    assert secret and "<svg" in text and "style=" not in text.partition("<svg")[2].partition("</svg")[0]
    assert " ".join(secret[1][at : at + 4] for at in range(0, 32, 4)) in text
    assert one.post(reverse(SET_UP), {"code": "000000"}).status_code == 422
    assert secret[1] in page(one.get(reverse(SET_UP))), "the same secret, though a code was wrong"
    assert one.get(reverse("desk:vault")).status_code == 302 and not SecondFactor.objects.exists()
    told = one.post(reverse(SET_UP), {"code": codes.of_now(secret[1])})
    recovery = re.findall(r"<code>([a-z2-7]{4}-[a-z2-7]{4}-[a-z2-7]{4})</code>", page(told))
    assert told.status_code == 200 and len(recovery) == 10
    assert one.get(reverse("desk:vault")).status_code == 200
    assert one.get(reverse(SET_UP))["Location"].startswith(reverse(SIGN_IN)), "never shown again"
    again = browser()
    password(again, ana)
    assert again.post(reverse(STEP), {"code": recovery[0]}).status_code == 302
    assert again.get(reverse("desk:vault")).status_code == 200
    once = browser()
    password(once, ana)
    assert once.post(reverse(STEP), {"code": recovery[0]}).status_code == 422, "a recovery code works once"


def test_a_code_works_once(ana: Inspector) -> None:
    with_app(ana)
    code = codes.of_now(SECRET, str(ana.pk))
    answers = []
    for _ in range(2):
        one = browser()
        password(one, ana)
        answers.append(one.post(reverse(STEP), {"code": code}).status_code)
    assert answers == [302, 422]


def test_setting_up_cannot_replace_a_factor_that_is_there(ana: Inspector) -> None:
    one, other = browser(), browser()
    password(one, ana)
    secret = re.search(r"secret=([A-Z2-7]{32})", page(one.get(reverse(SET_UP))))
    assert secret
    password(other, with_app(ana))
    before = bytes(SecondFactor.objects.get().box)
    assert one.post(reverse(SET_UP), {"code": codes.of_now(secret[1])})["Location"] == reverse(STEP)
    assert second_factor.set_up(ana, secret=secret[1]) is None
    assert bytes(SecondFactor.objects.get().box) == before


@pytest.mark.parametrize("change", ["old", "password", "inactive", "foreign", "swapped"])
def test_what_stands_between_the_steps_dies(
    change: str, ana: Inspector, ben: Inspector, as_owner: Callable, move_clock: Callable[..., None]
) -> None:
    with_app(ana)
    one = browser()
    password(one, ana)
    cookie = one.cookies["__Host-rw-halfway"]
    assert cookie["httponly"] and cookie["secure"] and cookie["samesite"] == "Strict"
    if change == "old":
        move_clock(minutes=11)
    elif change == "foreign":
        one.cookies["__Host-rw-halfway"] = cookie.value[:-8] + "AAAAAAA="
    elif change == "swapped":
        one.cookies["__Host-rw-halfway"] = "x"
    else:
        with as_owner():
            Inspector.objects.filter(pk=ana.pk).update(
                **({"is_active": False} if change == "inactive" else {"password": "!changed"})
            )
    answer = one.post(reverse(STEP), {"code": codes.of_now(SECRET, str(ana.pk))})
    assert (answer.status_code, answer["Location"]) == (302, reverse(SIGN_IN))


def test_no_column_tells_what_factor_it_is_or_when_it_was_used(ana: Inspector, ben: Inspector) -> None:
    with_app(ana)
    second_factor.set_up(ben, passkey=b"x" * 200)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = %s ORDER BY 1",
            ["complaints_secondfactor"],
        )
        assert cursor.fetchall() == [("box", "bytea"), ("inspector_id", "uuid")]
        version = "SELECT xmin::text FROM complaints_secondfactor WHERE inspector_id = %s"
        cursor.execute(version, [ana.pk])
        before = cursor.fetchone()
        assert sign_in(browser(), ana).status_code == 302
        cursor.execute(version, [ana.pk])
        assert cursor.fetchone() == before, "signing in writes nothing there"
    assert len({len(bytes(row.box)) for row in SecondFactor.objects.all()}) == 1
    data = [session.get_decoded() for session in DeskSession.objects.all()]
    assert data and {key for one in data for key in one} == {
        "_auth_user_id", "_auth_user_backend", "_auth_user_hash"
    }  # fmt: skip


def test_another_members_box_does_not_open(ana: Inspector, ben: Inspector, as_owner: Callable) -> None:
    with_app(ana), with_app(ben)
    with as_owner():
        SecondFactor.objects.filter(inspector=ana).update(box=SecondFactor.objects.get(inspector=ben).box)
    one = browser()
    one.raise_request_exception = False
    password(one, ana)
    assert one.post(reverse(STEP), {"code": codes.of_now(SECRET, str(ana.pk))}).status_code == 500
    assert one.get(reverse("desk:vault")).status_code == 302


# --- passkeys -----------------------------------------------------------------------------------------


@pytest.fixture
def named(settings: Any) -> str:
    """The desk under a name, as passkeys need it."""
    settings.ORIGIN, settings.ALLOWED_HOSTS = "https://desk.example", ["desk.example"]
    return "https://desk.example"


def options(answer: Any) -> str:
    found = re.search(r'data-options="([^"]*)"', answer.content.decode())
    assert found
    return html.unescape(found[1])


def test_a_passkey_is_made_and_used_and_only_for_our_own_origin(named: str, ana: Inspector) -> None:
    one, key = browser(), Passkey(named)
    password(one, ana)
    shown = one.get(reverse(SET_UP))
    assert "script-src 'self'" in shown["Content-Security-Policy"]
    assert "default-src 'none'" in shown["Content-Security-Policy"]
    evil = Passkey("https://desk.example.evil.example")
    assert one.post(reverse(SET_UP), {"passkey": evil.create(options(shown))}).status_code == 422
    told = one.post(reverse(SET_UP), {"passkey": key.create(options(one.get(reverse(SET_UP))))})
    assert told.status_code == 200 and "recovery codes" in page(told)
    two = browser()
    password(two, ana)
    asked = two.get(reverse(STEP))
    other = Passkey(named)
    other.id = key.id
    for wrong in (other.get(options(asked)), "{}", "[]", "no json", key.get(options(asked)).replace("get", "got")):
        assert two.post(reverse(STEP), {"passkey": wrong}).status_code in (422, 429)
        throttle.CODES.passed(ana.pk.hex)
        asked = two.get(reverse(STEP))
    cookies, answer = two.cookies["__Host-rw-halfway"].value, key.get(options(asked))
    assert two.post(reverse(STEP), {"passkey": answer}).status_code == 302
    assert two.get(reverse("desk:vault")).status_code == 200
    replay = browser()
    replay.cookies["__Host-rw-halfway"] = cookies
    assert replay.post(reverse(STEP), {"passkey": answer}).status_code == 422, "an answer is good once"


def test_by_number_no_passkey_is_offered_and_no_script_sent(ana: Inspector) -> None:
    one = browser()
    password(one, ana)
    assert "data-passkey" not in page(one.get(reverse(SET_UP))) and "<script" not in page(one.get(reverse(SET_UP)))


# --- a member's own -----------------------------------------------------------------------------------


OVERVIEW = "/second-factor/"


def test_new_recovery_codes_take_the_place_of_those_before_and_take_a_code(ana: Inspector) -> None:
    one = browser()
    sign_in(one, with_app(ana))
    assert "10 recovery codes are left" in page(one.get(OVERVIEW))
    assert one.post(OVERVIEW, {"code": "1", "codes": "1"}).status_code == 422
    before = second_factor.of(ana)
    shown = one.post(OVERVIEW, {"code": codes.of_now(SECRET, str(ana.pk)), "codes": "1"})
    fresh = re.findall(r"<code>([a-z2-7-]{14})</code>", page(shown))
    after = second_factor.of(ana)
    assert before and after and len(fresh) == 10 and not set(before.codes) & set(after.codes)
    assert one.post(OVERVIEW, {"code": fresh[0], "codes": "1"}).status_code == 200


def test_another_app_takes_the_place_of_the_one_before_and_takes_a_code(ana: Inspector) -> None:
    one = browser()
    sign_in(one, with_app(ana))
    assert one.get(reverse(SET_UP))["Location"] == reverse(SIGN_IN), "without a code there is no way to a new one"
    assert one.post(OVERVIEW, {"code": codes.of_now(SECRET, str(ana.pk)), "another": "1"}).status_code == 302
    secret = re.search(r"secret=([A-Z2-7]{32})", page(one.get(reverse(SET_UP))))
    assert secret and secret[1] != SECRET
    done = one.post(reverse(SET_UP), {"code": codes.of_now(secret[1])}, follow=True)
    assert "Your new second step is set up." in page(done)
    factors = second_factor.of(ana)
    assert factors and factors.secret == secret[1] and len(factors.codes) == 10
    assert one.get(reverse(SET_UP))["Location"] == reverse(SIGN_IN)


def test_passkeys_are_added_up_to_five(named: str, ana: Inspector) -> None:
    with_app(ana)
    one = browser()
    sign_in(one, ana)
    for _ in range(6):
        second_factor._SPENT._seen.clear()
        assert one.post(OVERVIEW, {"code": codes.of_now(SECRET), "another": "1"}).status_code == 302
        codes._given.clear()
        made = Passkey(named).create(options(one.get(reverse(SET_UP))))
        assert one.post(reverse(SET_UP), {"passkey": made}).status_code == 302
    assert "5 passkeys are set up" in page(one.get(OVERVIEW))


# --- reset --------------------------------------------------------------------------------------------


def test_the_head_of_an_office_resets_a_colleagues_and_it_is_logged_and_ends_their_sessions(
    office: Cast, ana: Inspector, ben: Inspector, desk: Callable[..., Desk]
) -> None:
    with_app(ben)
    his = browser()
    sign_in(his, ben)
    second_factor.reset(ben, by=ana)
    assert not second_factor.has_one(ben)
    assert his.get(reverse("desk:vault")).status_code == 302
    entry = DisclosureDetail.objects.get(verb=Verb.SECOND_FACTOR_RESET)
    assert (entry.inspector, entry.subject, entry.office, entry.case) == (ana, ben, office.office, None)
    assert verify_chain().sound
    one = browser()
    password(one, Inspector.objects.get(pk=ben.pk))
    assert one.get(reverse(STEP))["Location"] == reverse(SET_UP)


def test_nobody_else_resets_anybodys(ana: Inspector, ben: Inspector, charlie: Inspector) -> None:
    for member, by in ((ana, ben), (ana, charlie), (ana, ana), (ben, ben)):
        with_app(member) if not second_factor.has_one(member) else None
        with pytest.raises(second_factor.Refused):
            second_factor.reset(member, by=by)
        assert second_factor.has_one(member)
    assert not DisclosureDetail.objects.exists()


# --- too many tries -----------------------------------------------------------------------------------


def tell(one: Client, member: Inspector, word: str) -> int:
    return password(one, member, word).status_code


def test_after_three_wrong_passwords_each_try_waits_longer_at_most_a_minute(
    ana: Inspector, tries: Tries, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(auth, "authenticate", lambda *_, **__: None)
    waits = []
    for _ in range(12):
        assert tell(browser(), ana, "wrong") == 422
        answer = password(browser(), ana, "wrong")
        if answer.status_code == 429:
            waits.append(int(answer["Retry-After"]))
            assert f"Wait {waits[-1]} second" in page(answer)
            tries(waits[-1])
    assert waits == [1, 2, 4, 8, 16, 32, 60, 60, 60, 60, 60]


def test_waiting_is_the_same_for_a_name_that_nobody_has(ana: Inspector) -> None:
    pages = []
    for name in (ana.username, "x" * len(ana.username)):
        one = browser()
        for _ in range(4):
            answer = one.post(reverse(SIGN_IN), {"username": name, "password": "wrong"})
        assert answer.status_code == 429
        token = re.search(r'csrfmiddlewaretoken" value="([^"]+)"', page(answer))
        assert token
        pages.append(page(answer).replace(name, "name").replace(token[1], "token"))
    assert pages[0] == pages[1]


def test_a_right_password_begins_the_count_anew_and_another_name_has_its_own(ana: Inspector, ben: Inspector) -> None:
    one = browser()
    for _ in range(2):
        for _ in range(2):
            assert tell(one, ana, "wrong") == 422
        assert tell(one, ana, PASSWORD) == 302
    for _ in range(3):
        tell(one, ana, "wrong")
    assert (tell(one, ana, PASSWORD), tell(one, ben, PASSWORD)) == (429, 302)


def test_who_tries_all_day_keeps_no_colleague_out_of_their_own_browser(ana: Inspector, tries: Tries) -> None:
    hers, theirs = browser(), browser()
    sign_in(hers, with_app(ana))
    hers.post(reverse("desk:sign-out"))
    for _ in range(3):
        tell(theirs, ana, "wrong")
    assert tell(browser(), ana, PASSWORD) == 429, "the control: any other browser waits"
    assert tell(hers, ana, PASSWORD) == 302
    stolen = browser()
    stolen.cookies["__Host-rw-known"] = hers.cookies["__Host-rw-known"].value
    for _ in range(3):
        tell(stolen, ana, "wrong")
    assert tell(hers, ana, PASSWORD) == 429, "and a known browser may not try without end either"


def test_codes_wait_up_to_a_quarter_of_an_hour_by_member_and_not_by_cookie(ana: Inspector, tries: Tries) -> None:
    with_app(ana)
    wrong = next(f"{n:06}" for n in range(10) if f"{n:06}" not in _near())
    for _ in range(3):
        one = browser()
        password(one, ana)
        assert one.post(reverse(STEP), {"code": wrong}).status_code == 422
    for _ in range(14):
        answer = one.post(reverse(STEP), {"code": wrong})
        assert answer.status_code == 429
        tries(int(answer["Retry-After"]))
        one.post(reverse(STEP), {"code": wrong})
    answer = one.post(reverse(STEP), {"code": codes.of_now(SECRET, str(ana.pk))})
    assert (answer.status_code, answer["Retry-After"]) == (429, "900")
    assert "Wait 15 minutes" in page(answer)


def _near() -> set[str]:
    now = int(time.time()) // 30
    return {code_at(SECRET, step) for step in range(now - 2, now + 4)}


def test_many_at_once_get_no_more_tries_than_one_after_the_other() -> None:
    counted = throttle.Throttle(longest=60, now=lambda: 1e6)
    begun: list[int] = []
    threads = [Thread(target=lambda: begun.append(counted.begin("ana"))) for _ in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(begun).count(0) == throttle.FREE


def test_the_counts_forget_after_an_hour_and_never_grow_beyond_their_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    now, name = [1e6], "ana.of.the.inspectorate"  # three letters do turn up in five hundred hashes
    counted = throttle.Throttle(longest=60, now=lambda: now[0])
    for _ in range(4):
        counted.begin(name)
    now[0] += 3_700
    assert [counted.begin(name) for _ in range(3)] == [0, 0, 0] and counted.begin(name) > 0
    monkeypatch.setattr("recruitment_watch.tries.NAMES", 100)
    for number in range(500):
        counted.begin(str(number))
    assert len(counted._tries) == 100
    assert name not in repr(vars(counted)) and name.encode() not in b"".join(counted._tries)


def test_what_is_spent_stays_spent_until_the_memory_is_full() -> None:
    spent = Spent(longest=3)
    assert spent.spend("code", 1) and not spent.spend("code", 1)
    assert spent.spend("code", 2) and spent.spend("code", 3) and not spent.spend("code", 1)
    assert spent.spend("code", 4) and spent.spend("code", 1), "the oldest was forgotten"


def test_passwords_are_derived_one_at_a_time() -> None:
    """The derivation takes 100 MiB: eight at once would take 800."""
    inside, most, refused = [0], [0], [0]

    def slow(turns: Turns) -> None:
        try:
            with turns.one():
                inside[0] += 1
                most[0] = max(most[0], inside[0])
                time.sleep(0.02)
                inside[0] -= 1
        except Busy:
            refused[0] += 1

    def at_once(turns: Turns) -> tuple[int, int]:
        most[0] = refused[0] = 0
        threads = [Thread(target=slow, args=(turns,)) for _ in range(20)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        return most[0], refused[0]

    ran, turned_away = at_once(Turns())
    assert ran == 1 and turned_away >= 10
    without = Turns(waiting=99)
    without._turn = nullcontext()  # type: ignore[assignment]  # a lock that keeps nobody out
    ran, turned_away = at_once(without)
    assert ran > 1 and turned_away == 0, "the control: without the lock they run together, and nobody is turned away"


@pytest.fixture
def waiting() -> Iterator[Callable[..., None]]:
    """`waiting(turns, 3)`: so many are in there, the first deriving and the others behind it, until the test ends."""
    over, threads = Event(), list[Thread]()

    def stand(turns: Turns) -> None:
        with turns.one(known=True):
            over.wait(60)

    def take(turns: Turns, number: int) -> None:
        for _ in range(number):
            threads.append(Thread(target=stand, args=(turns,)))
            threads[-1].start()
        while turns._inside < number:
            time.sleep(0.001)

    yield take
    over.set()
    for thread in threads:
        thread.join()


def asked(one: Client, where: str, said: dict[str, str]) -> Any:
    """The answer to a post; fails where it is not there within five seconds, so that nobody waits for ever."""
    alone = ThreadPoolExecutor(1)
    try:
        return alone.submit(one.post, where, said).result(timeout=5)
    finally:
        alone.shutdown(wait=False)


def test_when_many_wait_for_a_password_the_others_are_told_so_at_once(
    ben: Inspector, waiting: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(derivations, "PASSWORDS", Turns(kept=1))
    waiting(derivations.PASSWORDS, 2)
    for name, word in ((ben.username, PASSWORD), (ben.username, "wrong"), ("nobody-of-that-name", "wrong")):
        for _try in range(throttle.FREE + 2):  # none of them counts as a try
            answer = asked(browser(), reverse(SIGN_IN), {"username": name, "password": word})
            assert (answer.status_code, answer["Retry-After"]) == (503, "5")
            assert "Many people are signing in just now" in page(answer) and name in page(answer)
    assert browser().get(reverse(SIGN_IN)).status_code == 200, "a page without a derivation is there as ever"


def test_a_place_is_kept_for_a_browser_in_which_the_name_has_signed_in(
    ana: Inspector, ben: Inspector, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = browser()
    assert sign_in(known, with_app(ana)).status_code == 302
    known.post(reverse("desk:sign-out"))
    monkeypatch.setattr(derivations, "PASSWORDS", Turns(waiting=0, kept=1))
    stranger = browser()
    assert [password(one, who).status_code for one, who in ((stranger, ana), (known, ben), (known, ana))] == [
        503, 503, 302,
    ]  # fmt: skip


def test_when_many_wait_for_their_vault_the_others_are_told_so_and_keep_what_they_typed(
    ana: Inspector, desk: Callable[..., Desk], waiting: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = desk(ana, 0)
    one.post("close-vault")
    turns = Turns()
    monkeypatch.setattr(derivations, "VAULTS", turns)
    waiting(turns, 3)
    busy = one.post("vault", **{"passphrase": passphrase(0), "kept-answer-text": "My careful words"})
    assert (busy.status_code, busy["Retry-After"]) == (503, "5")
    assert "Many people are signing in" in page(busy) and "My careful words" in page(busy)
    assert one.post("recover", code="AAAA-BBBB-CCCC-DDDD-EEEE-FFFF").status_code == 503
