"""When many receipts are worked out at once: nobody is refused, nothing is lost, and nothing is stored twice."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client

from complaints.cases.models import Case
from complaints.intake import receipts
from complaints.vault import receipts as vault_receipts
from tests.intake.cast import page_of, person, text

EIGHT = 8  # places in the line at the derivations
WRONG = vault_receipts.show(vault_receipts.new_receipt())


@contextmanager
def everybody_here() -> Iterator[None]:
    """All places in the line are taken by others."""
    line = receipts._IN_LINE
    taken = 0
    while line.acquire(blocking=False):
        taken += 1
    try:
        yield
    finally:
        for _ in range(taken):
            line.release()


def stored(as_owner: Any) -> int:
    with as_owner():
        return Case.objects.count()


def test_who_sends_while_all_are_busy_waits_on_a_page_that_asks_again(
    client: Client, offices: Any, as_owner: Any
) -> None:
    someone = person(client)
    someone.go()
    someone.get("check")
    with everybody_here():
        assert page_of(someone.post("check")) == "wait"
        waiting = someone.get("wait")
        assert waiting.status_code == 200 and waiting["Refresh"] == "3"
        assert "Nothing is lost" in text(waiting) and 'href="/en/wait/"' in text(waiting)
        assert stored(as_owner) == 0
    assert page_of(someone.get("wait")) == "number"
    assert page_of(someone.get("wait")) == "number"
    assert stored(as_owner) == 1


def test_looking_at_the_waiting_page_sends_nothing_that_nobody_sent(
    client: Client, offices: Any, as_owner: Any
) -> None:
    someone = person(client)
    someone.go()
    someone.get("check")
    assert page_of(someone.get("wait")) == "check"
    assert stored(as_owner) == 0


def test_an_answer_changed_while_waiting_is_what_is_sent(client: Client, offices: Any) -> None:
    someone = person(client)
    someone.go()
    someone.get("check")
    with everybody_here():
        someone.post("check")
        someone.post("reach", {"reach": "yes"})
        someone.post("start", {"country": "QA"})
    assert page_of(someone.get("wait")) == "number"


def test_a_receipt_that_comes_while_all_are_busy_is_kept_and_opens_in_its_turn(client: Client, offices: Any) -> None:
    someone = person(client)
    someone.go()
    someone.get("check")
    someone.post("check")
    number = someone.receipt()
    with everybody_here():
        assert page_of(someone.post("back", {"number": number})) == "back/wait"
        assert someone.get("back/wait")["Refresh"] == "3"
    assert page_of(someone.get("back/wait")) == "back/box"
    assert someone.get("back/box").status_code == 200


def test_a_receipt_of_nobody_that_waited_is_told_so_and_is_typed_again(client: Client, offices: Any) -> None:
    someone = person(client)
    with everybody_here():
        someone.post("back", {"number": WRONG})
    shown = text(someone.get("back/wait"))
    assert "Nothing is stored under this number" in shown
    assert WRONG not in shown and WRONG.replace(" ", "") not in shown


def test_a_page_of_the_form_does_not_wait_for_receipts(client: Client, offices: Any) -> None:
    someone = person(client)
    with everybody_here():
        someone.go()
        assert someone.get("check").status_code == 200


def test_more_than_a_few_do_not_hold_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """One works, seven more wait; the ninth is told so at once."""
    assert receipts._IN_LINE._value == EIGHT  # with more places the eight below would never fill them
    gate, begun = threading.Event(), threading.Semaphore(0)

    def slow(*args: Any, **kwargs: Any) -> None:
        begun.release()
        gate.wait(20)

    monkeypatch.setattr(vault_receipts, "derive", slow)
    threads = [threading.Thread(target=receipts.keys_of, args=("0",), daemon=True) for _ in range(EIGHT)]
    for one in threads:
        one.start()
    try:
        assert begun.acquire(timeout=20)
        deadline = time.monotonic() + 20
        while receipts._IN_LINE._value:  # until all eight stand in line
            assert time.monotonic() < deadline, "not all of the eight came into the line"
            threading.Event().wait(0.001)
        with pytest.raises(receipts.Busy):
            receipts.keys_of("0")
        assert not begun.acquire(blocking=False)  # nobody else has begun to work one out
    finally:
        gate.set()
        for one in threads:
            one.join()


def test_a_form_filled_in_faster_than_anybody_reads_is_asked_to_look_again(
    client: Client, offices: Any, as_owner: Any, settings: Any
) -> None:
    settings.NOT_BEFORE = 8
    with time_machine.travel(datetime.now(UTC), tick=False) as when:
        someone = person(client)
        someone.go()
        someone.get("check")
        soon = someone.post("check")
        assert soon.status_code == 200 and "Look at your answers once more" in text(soon)
        assert stored(as_owner) == 0
        when.shift(timedelta(seconds=9))
        assert page_of(someone.post("check")) == "number"
    assert stored(as_owner) == 1
