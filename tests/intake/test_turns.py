"""How many requests are worked on at once, and who needs no turn."""

from __future__ import annotations

import threading
from typing import Any

from recruitment_watch import turns


def ask(inside: Any, length: str = "0") -> threading.Thread:
    """A request in a thread of its own; `inside` is what the application does."""

    def application(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        inside()
        return []

    served = turns.in_turn(application)
    thread = threading.Thread(target=served, args=({"CONTENT_LENGTH": length}, None), daemon=True)
    thread.start()
    return thread


def test_no_more_work_at_once_than_there_are_turns_and_who_waits_gives_theirs_back() -> None:
    begun, may_wait, gate = threading.Semaphore(0), threading.Event(), threading.Event()

    def works() -> None:
        begun.release()
        may_wait.wait(20)
        with turns.given_back():
            gate.wait(20)

    first = [ask(works) for _ in range(turns.AT_ONCE)]
    assert all(begun.acquire(timeout=20) for _ in first)
    more = ask(works)
    assert not begun.acquire(timeout=0.2)  # all turns are taken
    long = ask(works, str(turns.GATHER + 1))
    assert begun.acquire(timeout=20)  # a body that is still on its way takes none
    may_wait.set()
    assert begun.acquire(timeout=20)  # they wait for something long, and the next one works
    gate.set()
    for thread in (*first, more, long):
        thread.join(20)
        assert not thread.is_alive()
