"""A public zone's process that opens the regulators' first page and says what each time took. For `panels`.

RW_ZONE=public RW_VAR=… python -m tests.benchmarks.day

Server time is that of the whole request: middleware, session, second factor, statements, page; without the network.
Between two looks officers work: every third look something was recorded that a tally has to count anew.
"""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from decimal import Decimal
from typing import Any

LOOKS = int(os.environ.get("RW_BENCH_LOOKS", "200"))
LIST = 1_000
WHO = "Olive Marrow"


def client_of(username: str) -> Any:
    """A browser that is signed in with both factors."""
    from django.conf import settings
    from django.contrib.auth.models import User
    from django.test import Client

    from cms.entrance import gate, second_factor

    user = User.objects.get(username=username)
    client = Client(HTTP_HOST=settings.ORIGIN.removeprefix("https://"))
    client.force_login(user)
    session = client.session
    session[gate.MARK] = second_factor.mark_of(user)
    session.save()
    return client


class Watch:
    """Counts and times the statements of a request."""

    def __init__(self) -> None:
        self.seconds, self.queries = 0.0, 0

    def __call__(self, execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        started = time.perf_counter()
        try:
            return execute(sql, params, many, context)
        finally:
            self.seconds += time.perf_counter() - started
            self.queries += 1


def timed(call: Callable[[], Any]) -> dict[str, float]:
    from django.db import connection

    watch = Watch()
    with connection.execute_wrapper(watch):
        started = time.perf_counter()
        call()
        seconds = time.perf_counter() - started
    return {"ms": seconds * 1_000, "queries": watch.queries, "database_ms": watch.seconds * 1_000}


def look(client: Any, address: str) -> dict[str, float]:
    def asked() -> None:
        response = client.get(address, secure=True)
        assert response.status_code == 200, (address, response.status_code)

    return timed(asked)


def work(turn: int) -> None:
    """What officers record: money that came in, a condition that is met, a licence that is suspended."""
    from agencies.actions import decide
    from agencies.around import conditions, guarantee
    from agencies.board.panels.due import EXPIRING, OVERDUE, SHORT
    from agencies.licensing import State
    from agencies.models import Condition, Guarantee, Licence

    if turn % 9 == 0 and (short := SHORT.read()):
        row = Guarantee.objects.filter(thing=short[turn % len(short)].key).latest("version")
        guarantee.top_up(row, Decimal(1), by=WHO)
    elif turn % 9 == 3 and (late := OVERDUE.read()):
        condition = Condition.objects.filter(thing=late[0].key).latest("version")
        conditions.meet_condition(condition, by=WHO, reasons="Seen.")
    elif turn % 9 == 6 and (soon := [one for one in EXPIRING.read() if one.kind == "may"]):
        decide(
            Licence.objects.get(pk=soon[turn % len(soon)].key), State.SUSP_ADMIN, by=WHO,
            second_approver="Tomas Quill", reasons="A fee is missing.", legal_basis="s. 30", decision_number="D-99",
        )  # fmt: skip


def measure() -> dict[str, Any]:
    from django.urls import reverse

    from agencies.board.panels.due import TALLIES
    from agencies.board.panels.tally import Tally

    client = client_of("officer")
    client.get("/admin/account/", secure=True)  # modules loaded, templates compiled; nothing counted
    first = look(client, "/admin/")
    pages = []
    for turn in range(LOOKS):
        work(turn)
        pages.append(look(client, "/admin/"))
    lists = {
        what: [look(client, reverse("rw_due:index", args=[what])) for _turn in range(max(5, LOOKS // 10))]
        for what in ("expiring", "conditions", "guarantees")
    }
    truths = [Tally(tally._source).read() for tally in TALLIES]
    true = all(tally.read() == truth for tally, truth in zip(TALLIES, truths, strict=True))
    return {
        "first": first,
        "pages": pages,
        "lists": lists,
        "due": [len(one) for one in truths],
        "true": true,
    } | states()


def states() -> dict[str, Any]:
    """The answer for a list of so many agencies, and the state of all their licences."""
    from agencies.licensing import answers_for, statuses_on
    from agencies.models import Agency, Licence
    from recruitment_watch import clock

    every = Agency.objects.filter(register__is_home=True, name__startswith="Made-up").order_by("pk")
    found = list(every.select_related("register", "operator")[:LIST])
    licences = list(Licence.objects.filter(agency__in=found))
    return {
        "agencies": len(found),
        "answers": [timed(lambda: answers_for(found)) for _turn in range(5)],
        "statuses": [timed(lambda: statuses_on(licences, clock.today())) for _turn in range(5)],
    }


def main() -> int:
    os.environ["DJANGO_SETTINGS_MODULE"] = "recruitment_watch.settings.public"
    import django

    django.setup()
    print(json.dumps(measure()))
    return 0


if __name__ == "__main__":
    sys.exit(main())
