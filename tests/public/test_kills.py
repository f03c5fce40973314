"""A process that is killed while it decides leaves nothing half decided: before and after each statement, and at
random moments. The child is a fork that kills itself or is killed; nothing of ours is replaced."""

from __future__ import annotations

import itertools
import os
import random
import signal
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, connections
from django.db.models import Exists, OuterRef
from django.test.utils import CaptureQueriesContext

from agencies.board.actions import approve
from agencies.board.applications import start_review
from agencies.board.models import Advice, Application, AppStage, AppStep, ProposedDecision, Stage
from agencies.board.outcome import grant_application
from agencies.licensing import State
from agencies.models import Agency, AuditEntry, Condition, Licence, LicenceEvent, ResponsiblePerson
from agencies.refusals import StateChanged
from tests.proof import Proof

from . import licensing_cast as cast
from .licensing_cast import day
from .officers import officers
from .test_applications import GRANT, LATER, Board, all_vote, applied, seated
from .test_board import proposal
from .test_licence_law import on_day

pytestmark = pytest.mark.django_db(transaction=True)


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


@pytest.mark.proof
def test_fifty_kills_leave_nothing_half_decided(proof: Callable[..., Proof]) -> None:
    p = proof(102, "killed while deciding", bar="0 half decided, 0 left locked", small=20, full=50)
    people = officers()
    holder = cast.agency()

    def wait(number: int) -> ProposedDecision:
        return proposal(people.grace, cast.licence(holder, number=f"RA-{number}"))

    def killed(waiting: ProposedDecision, statement: int, after: bool) -> bool:
        def run() -> None:
            with connection.execute_wrapper(KilledAt(statement, after=after)):
                approve(ProposedDecision.objects.get(pk=waiting.pk), by=User.objects.get(pk=people.henry.pk))

        return not waited(forked(run))

    kills, left, half = 0, 0, 0
    statement = 1
    while True:  # every place between two statements, until the child outlives its last one
        first, second = wait(2 * statement), wait(2 * statement + 1)
        died = [killed(first, statement, False), killed(second, statement, True)]
        for waiting in (first, second):
            half += halves(waiting)
            left += not decided(waiting)
        kills += sum(died)
        p.at(min(kills, p.size))
        if not any(died):
            break
        statement += 1
    assert statement > 8  # approving does take several statements, all of which were tried

    whole = wait(1_000)
    begun = time.monotonic()
    assert waited(forked(partial(approve, whole, by=people.henry)))
    length = time.monotonic() - begun
    for number in itertools.count(1_001):
        if kills >= p.size:
            break
        waiting = wait(number)
        kills += not waited(forked(partial(timed, random.uniform(0.001, length), waiting, people.henry)))
        half += halves(waiting)
        p.at(min(kills, p.size))
    # What was not decided can be decided now: no lock outlives its process.
    for waiting in ProposedDecision.objects.filter(stage=Stage.PROPOSED):
        approve(waiting, by=people.henry)
        half += halves(waiting)
    found = halves(half_decided(people.grace))
    p.found(
        f"{kills} kills at {2 * (statement - 1)} places and at random, {half} half decided",
        control=f"{left} of them undecided, and decided later; a half decision made on purpose found: {found}",
        held=half == 0 and kills >= p.size and left > 0 and found,
    )


def half_decided(by: User) -> ProposedDecision:
    """The control: decided behind the proposal's back."""
    waiting = proposal(by, cast.licence(number="RA-9000"))
    cast.decide(Licence.objects.get(pk=waiting.licence_id), State.SUSP_DISC, effective_from=day(10))
    return waiting


def ready(people: Board, number: int, folder: Path) -> Application:
    """An application on which the board has advised."""
    application = applied(name=f"Reed {number} Ltd")
    with on_day(LATER, folder):
        start_review(application, by=cast.GRACE)
        all_vote(application, people, *[Advice.CONDITIONS] * 3)
    return application


def granting(application: Application) -> None:
    grant_application(
        Application.objects.get(pk=application.pk),
        **(GRANT | {"number": application.name, "conditions": ["Report each month."]}),
    )


def half_granted(application: Application) -> bool:
    """Whether there is an agency, a licence, a condition, a person, a step or an audit row without the others."""
    name = application.name
    parts = (
        Application.objects.annotate(
            agencies=Exists(Agency.objects.filter(name=name)),
            licences=Exists(Licence.objects.filter(number=name)),
            conditions=Exists(Condition.objects.filter(licence__number=name)),
            people=Exists(ResponsiblePerson.objects.filter(agency__name=name)),
            decided=Exists(AppStep.objects.filter(application=OuterRef("pk"), new=AppStage.GRANTED_WITH_CONDITIONS)),
            written=Exists(AuditEntry.objects.filter(verb="grant_licence", text__startswith=name)),
        )
        .values_list("stage", "agencies", "licences", "conditions", "people", "decided", "written")
        .get(pk=application.pk)
    )
    done = [parts[0] == AppStage.GRANTED_WITH_CONDITIONS, *parts[1:]]
    return any(done) and not all(done)


@pytest.mark.proof
def test_kills_leave_no_half_granted_application(tmp_path: Path, proof: Callable[..., Proof]) -> None:
    p = proof(102, "killed while granting", bar="0 half granted", small=6, full=50)
    people = seated()
    whole = ready(people, 0, tmp_path)
    with CaptureQueriesContext(connection) as sent:
        granting(whole)
    # What begins and ends a transaction is no statement to a wrapper.
    statements = sum(one["sql"] not in ("BEGIN", "COMMIT") for one in sent)
    kills, half, left = 0, half_granted(whole), 0
    for number in p.over(range(1, p.size + 1)):
        application, at = ready(people, number, tmp_path), random.randint(1, statements)
        killer = KilledAt(at, after=bool(number % 2))

        def run(application: Application = application, killer: KilledAt = killer) -> None:
            with connection.execute_wrapper(killer):
                granting(application)

        kills += not waited(forked(run))
        half += half_granted(application)
        application.refresh_from_db()
        left += application.stage == AppStage.UNDER_REVIEW
        if application.stage == AppStage.UNDER_REVIEW:  # no lock outlives its process
            granting(application)
            half += half_granted(application)
    behind = ready(people, p.size + 1, tmp_path)
    cast.licence(cast.agency(behind.name), number=behind.name)
    found = half_granted(behind)
    p.found(
        f"{kills} kills among {statements} statements, {half} half granted",
        control=f"{left} of them undone, and granted later; a half one made on purpose found: {found}",
        held=half == 0 and kills == p.size and left > 0 and found,
    )


def approve_or_hear(key: object, by: User, told: Path) -> None:
    try:
        approve(ProposedDecision.objects.get(pk=key), by=by)
    except StateChanged as refusal:
        told.write_text(str(refusal))


def at_once(folder: Path, *tries: tuple[ProposedDecision, User]) -> int:
    """All of them approve in processes of their own; how many were told that another was first."""
    words = [folder / f"{waiting.pk}.{by.username}" for waiting, by in tries]
    children = [
        forked(partial(approve_or_hear, waiting.pk, by, told))
        for (waiting, by), told in zip(tries, words, strict=True)
    ]  # fmt: skip
    assert all(waited(child) for child in children)
    return sum("closed this proposal first" in one.read_text() for one in words if one.exists())


@pytest.mark.proof
def test_two_who_approve_in_two_processes_decide_once(tmp_path: Path, proof: Callable[..., Proof]) -> None:
    p = proof(102, "two officers at once", bar="one wins, the other is told", small=5, full=50)
    people = officers()
    holder, once, told, apart = cast.agency(), 0, 0, 0
    numbers = (f"RA-{number}" for number in itertools.count(50))

    def wait() -> ProposedDecision:
        return proposal(people.grace, cast.licence(holder, number=next(numbers)))

    for _round in p.over(range(p.size)):
        waiting = wait()
        told += at_once(tmp_path, (waiting, people.henry), (waiting, people.ivy))
        events = LicenceEvent.objects.filter(licence=waiting.licence_id).count()
        once += events == 2 and not halves(waiting) and decided(waiting)
    for _round in range(3):  # the control: on two licences both decide, and nobody is told anything
        one, two = wait(), wait()
        assert at_once(tmp_path, (one, people.henry), (two, people.ivy)) == 0
        apart += decided(one) + decided(two)
    p.found(
        f"{once} of {p.size} decided once, {told} told",
        control=f"{apart} of 6 decided on two licences at once",
        held=once == told == p.size and apart == 6,
    )
