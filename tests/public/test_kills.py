"""A process that is killed while it decides leaves nothing half decided: before and after each statement, and at
random moments. The child is a fork that kills itself or is killed; nothing of ours is replaced."""

from __future__ import annotations

import itertools
import os
import random
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, connections
from django.db.models import Exists, OuterRef

from agencies.board.actions import approve
from agencies.board.models import ProposedDecision, Stage
from agencies.licensing import State
from agencies.models import AuditEntry, Licence, LicenceEvent
from agencies.refusals import StateChanged
from tests.proof import FULL

from . import licensing_cast as cast
from .licensing_cast import day
from .officers import officers
from .test_board import proposal

pytestmark = pytest.mark.django_db(transaction=True)

KILLS = 200 if FULL else 50


class KilledAt:
    """Kills its own process before (or after) the n-th statement that is sent to the database."""

    def __init__(self, statement: int, *, after: bool) -> None:
        self.left, self.after = statement, after

    def __call__(self, execute: Callable[..., Any], *given: Any) -> Any:
        self.left -= 1
        if self.left == 0 and not self.after:
            os.kill(os.getpid(), signal.SIGKILL)
        result = execute(*given)
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        return result


def forked(run: Callable[[], object]) -> int:
    """Run in a child with a connection of its own; the child's process id."""
    connections.close_all()
    child = os.fork()
    if child:
        return child
    try:
        run()
        os._exit(0)
    except BaseException:
        os._exit(1)


def waited(child: int) -> bool:
    """Whether the child ended by itself; raises where it failed."""
    status = os.waitpid(child, 0)[1]
    if os.WIFSIGNALED(status):
        return False
    assert os.WEXITSTATUS(status) == 0
    return True


def timed(seconds: float, waiting: ProposedDecision, by: User) -> None:
    """Approve, and be ended by the system's alarm after so many seconds wherever that is."""
    signal.signal(signal.SIGALRM, signal.SIG_DFL)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    approve(waiting, by=by)


def halves(waiting: ProposedDecision) -> bool:
    """Whether something of this decision stands without the rest."""
    # One statement, one moment: the server may still be finishing what the killed process had sent.
    parts = (
        ProposedDecision.objects.annotate(
            decided=Exists(LicenceEvent.objects.filter(licence=OuterRef("licence"), position=2)),
            written=Exists(AuditEntry.objects.filter(object_id=OuterRef("licence"), verb="decide")),
            closed=Exists(AuditEntry.objects.filter(object_id=OuterRef("pk"), verb="approve_decision")),
        )
        .values_list("stage", "decided", "written", "closed")
        .get(pk=waiting.pk)
    )
    done = [parts[0] == Stage.APPROVED, *parts[1:]]
    return any(done) and not all(done)


def decided(waiting: ProposedDecision) -> bool:
    return ProposedDecision.objects.get(pk=waiting.pk).stage == Stage.APPROVED


def test_fifty_kills_leave_nothing_half_decided() -> None:
    people = officers()
    holder = cast.agency()

    def wait(number: int) -> ProposedDecision:
        return proposal(people.grace, cast.licence(holder, number=f"RA-{number}"))

    def killed(waiting: ProposedDecision, statement: int, after: bool) -> bool:
        def run() -> None:
            with connection.execute_wrapper(KilledAt(statement, after=after)):
                approve(ProposedDecision.objects.get(pk=waiting.pk), by=User.objects.get(pk=people.henry.pk))

        return not waited(forked(run))

    kills, left = 0, 0
    statement = 1
    while True:  # every place between two statements, until the child outlives its last one
        first, second = wait(2 * statement), wait(2 * statement + 1)
        died = [killed(first, statement, False), killed(second, statement, True)]
        for waiting in (first, second):
            assert not halves(waiting), f"half decided at statement {statement}"
            left += not decided(waiting)
        kills += sum(died)
        if not any(died):
            break
        statement += 1
    assert statement > 8  # the control: approving does take several statements, all of which were tried

    whole = wait(1_000)
    begun = time.monotonic()
    assert waited(forked(partial(approve, whole, by=people.henry)))
    length = time.monotonic() - begun
    for number in itertools.count(1_001):
        if kills >= KILLS:
            break
        waiting = wait(number)
        kills += not waited(forked(partial(timed, random.uniform(0.001, length), waiting, people.henry)))
        assert not halves(waiting)
    assert kills >= KILLS and left > 0
    # What was not decided can be decided now: no lock outlives its process.
    for waiting in ProposedDecision.objects.filter(stage=Stage.PROPOSED):
        approve(waiting, by=people.henry)
        assert not halves(waiting)


def test_the_control_finds_a_half_decision() -> None:
    people = officers()
    waiting = proposal(people.grace)
    licence = Licence.objects.get(pk=waiting.licence_id)
    cast.decide(licence, State.SUSP_DISC, effective_from=day(10))
    assert halves(waiting)


def approve_or_hear(key: object, by: User) -> None:
    with suppress(StateChanged):
        approve(ProposedDecision.objects.get(pk=key), by=by)


def test_two_who_approve_in_two_processes_decide_once() -> None:
    people = officers()
    licence = cast.licence()
    for number in range(5):
        if number:
            licence = cast.licence(licence.agency, number=f"RA-{number + 50}")
        waiting = proposal(people.grace, licence)

        children = [forked(partial(approve_or_hear, waiting.pk, by)) for by in (people.henry, people.ivy)]
        assert all(waited(child) for child in children)
        assert LicenceEvent.objects.filter(licence=licence).count() == 2
        assert not halves(waiting) and decided(waiting)
