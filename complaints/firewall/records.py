"""What an office writes down about a case, sealed under its body key; and how every verb on a case begins.

A record's kind is inside the seal: in clear a finding, a note and a plan look alike (FIREWALL rule 5).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any
from uuid import UUID, uuid4

from complaints.cases import clocks, sealing
from complaints.cases.models import Case, CaseRecord, Holding, Inspector
from complaints.cases.moves import IllegalMove, Overtaken
from complaints.cases.sealing import Sealed
from complaints.cases.states import State
from recruitment_watch import clock

from .access import OpenCase, require_visible

# While an office has a case it can write into it, unless the complainant took it back.
MAY_WRITE = frozenset(State) - {State.FILED, State.WITHDRAWN}


def begin(case: OpenCase, by: Inspector, states: frozenset[State] | None = None) -> None:
    """Ask again whether this is theirs, and keep the case as it is shown until the verb is done.

    Raises Case.DoesNotExist, Overtaken; IllegalMove while a case is in none of `states`.
    """
    require_visible(case, by)
    # Not its key: a link of the log that speaks of the case waits for that, with the log's own lock in hand.
    locked = Case.objects.select_for_update(no_key=True).only("state", "epoch", "severity", "due")
    now = locked.get(pk=case.case.pk)
    if (now.state, now.epoch) != (case.case.state, case.case.epoch) or _is_closed(case) != (case.state == State.CLOSED):
        raise Overtaken("the case has moved on since this page was shown")
    case.case.severity, case.case.due = now.severity, now.due
    here = Holding.objects.only("severity", "due").get(pk=case.holding.pk)
    case.holding.severity, case.holding.due = here.severity, here.due
    if states is not None:
        require(case, states)


def require(case: OpenCase, states: frozenset[State]) -> None:
    """Raises IllegalMove unless the case is in one of these states."""
    if case.state not in states:
        raise IllegalMove(f"not while a case is {case.state}")


def _is_closed(case: OpenCase) -> bool:
    """Whether its office has closed it by now; the caller holds the row's lock of the case."""
    return Holding.objects.filter(pk=case.holding.pk, state=State.CLOSED).exists()


def write_down(case: OpenCase, *, by: Inspector, said: Mapping[str, object], key: bytes) -> CaseRecord:
    """A record of the office, with who wrote it and when; `key` is `case.writing_key()`.

    In the transaction of the verb that it belongs to. Raises TooLong above what a record holds.
    """
    row, now = uuid4(), clock.now()
    content = {**said, "at": now.isoformat(), "by": by.name}
    return CaseRecord.objects.create(
        id=row,
        case=case.case,
        week=clocks.week(now),
        epoch=case.case.epoch,
        box=sealing.seal_record(key, content, case=case.case.pk, row=row, epoch=case.case.epoch),
    )


def of_kind(case: Any, *kinds: str) -> Iterator[tuple[UUID, Sealed]]:
    """The records of these kinds that open, by id, in the order of writing. `case`: an OpenCase or a GuestCase."""
    for recorded in case.records:
        content = recorded.content or {}
        if content.get("kind") in kinds:
            yield recorded.record.pk, content
