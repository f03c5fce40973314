"""The licence law lived through the verbs: random decisions, corrections, appeals and stays against a reckoning."""

from __future__ import annotations

import datetime
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as zone
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from agencies import actions
from agencies.around.conditions import Clearing, impose_condition
from agencies.licensing import (
    ADVERSE,
    NEEDS_STANDARDS,
    ON_APPEAL,
    RUNS_OUT,
    SUSPENDED,
    TRANSITIONS,
    EventKind,
    EventValue,
    State,
    answers_for,
    fold,
    status_on,
    statuses_on,
)
from agencies.licensing.drawn import drawn
from agencies.models import Agency, Condition, Licence, LicenceEvent
from agencies.refusals import DecisionRefused
from recruitment_watch import clock
from tests.proof import Proof

from . import licensing_cast as cast
from .licensing_cast import GRACE, HENRY, day
from .test_licensing_fold import END as FOLD_END
from .test_licensing_fold import book_of, replayed

pytestmark = pytest.mark.django_db

DECIDED = sorted(frozenset(State) - {State.EXPIRED, State.UNKNOWN})


@contextmanager
def undone() -> Iterator[None]:
    """A stretch of the test after which nothing of it stands."""

    class Over(Exception):
        pass

    try:
        with transaction.atomic():
            yield
            raise Over
    except Over:
        pass


@contextmanager
def on_day(moved: datetime.date, folder: Path) -> Iterator[None]:
    """The application's clock stands on that day."""
    file = folder / "clock"
    ahead = datetime.datetime.combine(moved, datetime.time(12), datetime.UTC) - datetime.datetime.now(datetime.UTC)
    file.write_text(str(ahead.total_seconds()))
    before, zone.CLOCK_FILE = getattr(zone, "CLOCK_FILE", None), file
    try:
        yield
    finally:
        zone.CLOCK_FILE = before


@dataclass(frozen=True, slots=True)
class Step:
    """What somebody tries: which verb, on which earlier event, to which state, from which day, how much later."""

    kind: EventKind
    to: State | None
    effective: int
    waits: int
    which: int
    legal: bool


@dataclass
class Told:
    """What came of the steps."""

    taken: int = 0
    refused: int = 0
    rows: dict[Any, dict[str, Any]] = field(default_factory=dict)


def steps() -> st.SearchStrategy[list[Step]]:
    kinds = [EventKind.DECISION, EventKind.DECISION, EventKind.DECISION, *EventKind]
    one = st.builds(
        Step, st.sampled_from(kinds), st.sampled_from([None, *DECIDED]), st.integers(-3, 75), st.integers(0, 15),
        st.integers(0, 9), st.booleans(),
    )  # fmt: skip
    return st.lists(one, min_size=3, max_size=9)


#: Revoked, stayed, the stay over, taken back on appeal, corrected.
EVERY_KIND = [
    Step(EventKind.DECISION, State.REVOKED, 5, 1, 0, False),
    Step(EventKind.STAY, State.ACTIVE, 10, 5, 1, False),
    Step(EventKind.STAY_ENDED, State.REVOKED, 20, 5, 2, False),
    Step(EventKind.APPEAL, State.ACTIVE, 30, 5, 1, False),
    Step(EventKind.CORRECTION, State.SUSP_DISC, 5, 5, 1, False),
]


def attempt(licence: Licence, step: Step, number: int) -> LicenceEvent:
    """Run the verb. ``legal`` steers towards what may follow, so that histories grow long; else it is as drawn."""
    events = list(licence.events.all())
    about = events[step.which % len(events)]
    facts: dict[str, Any] = {
        "by": GRACE, "second_approver": HENRY, "reasons": "As found.", "decision_number": f"D-{number}",
        "effective_from": day(step.effective),
    }  # fmt: skip
    if step.kind == EventKind.CORRECTION:
        return actions.correct(about, to=step.to, standards=["S-1"], **facts)
    to = step.to or State.ACTIVE
    now = status_on(licence, day(step.effective)).state
    kind = step.kind
    if step.legal and kind == EventKind.STAY_ENDED and not any(e.kind == EventKind.STAY for e in events):
        kind = EventKind.STAY if now in ON_APPEAL else EventKind.DECISION  # first something that can end
    if kind != EventKind.DECISION:
        in_force = [e for e in events if e.pk == status_on(licence, day(step.effective)).event_id]
        about = in_force[0] if step.legal and in_force else about
        if step.legal and kind != EventKind.STAY_ENDED and now in ON_APPEAL:
            to = sorted(ON_APPEAL[now])[step.which % len(ON_APPEAL[now])]
        if step.legal and kind == EventKind.STAY_ENDED and about.overturns is not None:
            to = State(about.overturns.to_state)
        return actions.decide(
            licence, to, kind=kind, overturns=about, legal_basis="s. 12", standards=["S-1"], **facts
        )  # fmt: skip
    if step.legal and TRANSITIONS[now]:
        to = sorted(TRANSITIONS[now])[step.which % len(TRANSITIONS[now])]
    return actions.decide(licence, to, legal_basis="s. 12", standards=["S-1"], **facts)


def live(licence: Licence, drawn_steps: list[Step], folder: Path) -> Told:
    """All steps, one after the other, each on its own day. After each, no row that was there is gone or changed."""
    told, today = Told(rows={row["id"]: row for row in licence.events.values()}), day(1)
    for number, step in enumerate(drawn_steps, start=2):
        today += datetime.timedelta(days=step.waits)
        with on_day(today, folder):
            try:
                with transaction.atomic():
                    attempt(licence, step, number)
                told.taken += 1
            except DecisionRefused:
                told.refused += 1
        rows = {row["id"]: row for row in licence.events.values()}
        assert told.rows.items() <= rows.items(), "history shrank or changed"
        assert len(rows) == 1 + told.taken
        told.rows = rows
    return told


def follows(old: State | None) -> frozenset[State]:
    """All that one event, of whatever kind, may lead to."""
    stay_ended = ADVERSE | {State.SURRENDERED} if old in {*RUNS_OUT, State.EXPIRED} else frozenset()
    return TRANSITIONS[old] | (ON_APPEAL.get(old, frozenset()) if old else frozenset()) | stay_ended


def lawful(old: State | None, new: State | None, *, events: int, over: bool) -> bool:
    """Whether one day may look so after the other, with so many events on it; ``over``: past the last day."""
    if over and new in RUNS_OUT:
        return False
    reach = {old}
    for _event in range(events + 1):
        if over and reach & RUNS_OUT:
            reach.add(State.EXPIRED)
        if new in reach:
            return True
        reach |= {state for one in reach for state in follows(one)}
    return False


def all_lawful(values: list[EventValue], states: dict[datetime.date, State | None]) -> bool:
    """Whether each of these days may look so after the one before it."""
    on_it = Counter(slot.effective for slot in book_of(values, None))
    return all(
        lawful(states[old], states[new], events=on_it[new], over=new > FOLD_END)
        for old, new in itertools.pairwise(states)
    )  # fmt: skip


@dataclass
class Tally:
    """What a run of random histories met; the last three are the control: reckonings that leave a rule out."""

    histories: int = 0
    taken: int = 0
    refused: int = 0
    kinds: set[EventKind] = field(default_factory=set)
    wrong: int = 0
    without_law: int = 0
    without_corrections: int = 0
    without_knowledge: int = 0


def lawless(values: list[EventValue], on: datetime.date) -> State | None:
    """The control: the last word wins, whatever it follows, and nothing runs out."""
    known = [e for e in values if e.effective_from <= on and e.to_state is not None]
    return max(known, key=lambda e: (e.effective_from, e.position)).to_state if known else None


def reckon(licence: Licence, on: int, known: int, tally: Tally) -> None:
    """Ask ``status_on`` and the reckoning the same questions; and the reckonings of the control."""
    values = [EventValue.of(event) for event in licence.events.all()]
    tally.kinds.update(value.kind for value in values)
    for asked, as_known in ((on, None), (on, known), (80, None), (80, known)):
        day_known = None if as_known is None else day(as_known)
        came = status_on(licence, day(asked), as_known_on=day_known).state
        tally.wrong += came != replayed(values, day(asked), day_known)
    tally.without_knowledge += status_on(licence, day(on), as_known_on=day(known)).state != replayed(
        values, day(on), None
    )
    uncorrected = [value for value in values if value.corrects is None]
    tally.without_corrections += replayed(values, day(80), None) != replayed(uncorrected, day(80), None)
    days = [day(number) for number in range(-5, 81)]
    tally.wrong += not all_lawful(values, {one: fold(values, valid_to=FOLD_END, on=one).state for one in days})
    tally.without_law += not all_lawful(values, {one: lawless(values, one) for one in days})


@pytest.mark.proof
def test_random_histories_through_the_verbs(tmp_path: Path, proof: Callable[..., Proof]) -> None:
    """status_on equals the day-by-day reckoning, every day is lawful, history never shrinks or changes."""
    p = proof(
        101, "licence histories, through the verbs", bar="0 unlawful, 0 unlike a replay, 0 shrunk", small=60, full=2_000
    )
    holder, tally = cast.agency(), Tally()

    @example(EVERY_KIND, 80, 120)
    @given(steps(), st.integers(-3, 80), st.integers(0, 120))
    @settings(max_examples=p.size, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def one(drawn_steps: list[Step], on: int, known: int) -> None:
        tally.histories += 1
        p.at(min(tally.histories, p.size))
        with undone():
            with on_day(day(0), tmp_path):
                number = f"RA-{tally.histories}"
                licence = cast.licence(holder, number=number, valid_from=day(0), valid_to=FOLD_END)
            told = live(licence, drawn_steps, tmp_path)
            tally.taken, tally.refused = tally.taken + told.taken, tally.refused + told.refused
            before = tally.wrong
            reckon(licence, on, known, tally)
            assert tally.wrong == before  # so that the one that went wrong is shown, made as short as it can be

    one()
    control = (tally.without_law, tally.without_corrections, tally.without_knowledge)
    p.found(
        f"{tally.histories} histories, {tally.taken} decisions taken, {tally.refused} refused, {tally.wrong} wrong",
        control=f"{control[0]} unlawful without the law, {control[1]} wrong without corrections, {control[2]} without "
        "what was known when",
        held=tally.wrong == 0 and all(control) and tally.histories >= p.size and tally.kinds == set(EventKind)
        and tally.taken > p.size and tally.refused > p.size,
    )  # fmt: skip


@pytest.mark.parametrize("kind", [EventKind.STAY, EventKind.APPEAL])
def test_a_stay_and_an_appeal_through_the_verbs(kind: EventKind) -> None:
    licence = cast.licence()
    hit = cast.decide(licence, State.REVOKED, effective_from=day(5))
    stay = cast.decide(licence, State.ACTIVE, kind=EventKind.STAY, overturns=hit, effective_from=day(10))
    if kind == EventKind.STAY:
        cast.decide(licence, State.REVOKED, kind=EventKind.STAY_ENDED, overturns=stay, effective_from=day(20))
        assert status_on(licence, day(20)).state == State.REVOKED
    else:
        cast.decide(licence, State.ACTIVE, kind=EventKind.APPEAL, overturns=hit, effective_from=day(20))
        with pytest.raises(DecisionRefused):
            cast.decide(licence, State.REVOKED, kind=EventKind.STAY_ENDED, overturns=stay, effective_from=day(25))
    assert status_on(licence, day(15)).state == State.ACTIVE
    assert licence.events.count() == 4


@pytest.mark.parametrize("to", sorted(SUSPENDED))
def test_lifting_a_suspension_speaks_of_every_open_condition(to: State) -> None:
    licence = cast.licence()
    cast.decide(licence, to, effective_from=day(5))
    paid = impose_condition(licence, text="Pay back the fees.", by=GRACE)
    report = impose_condition(licence, text="Report each month.", by=GRACE)
    for cleared in ({}, {paid.thing: Clearing(met=True)}, {paid.thing: Clearing(True), report.thing: Clearing(False)}):
        with pytest.raises(DecisionRefused):
            cast.decide(licence, State.ACTIVE, cleared=cleared, effective_from=clock.today())
    assert (licence.events.count(), Condition.objects.count()) == (2, 2)
    why = {paid.thing: Clearing(met=True, why="Receipts seen."), report.thing: Clearing(False, "It runs for a year.")}
    event = cast.decide(licence, State.ACTIVE, cleared=why, effective_from=clock.today())
    rows = {row.thing: row for row in Condition.objects.filter(version=2)}
    assert (rows[paid.thing].outcome, rows[paid.thing].event) == (Condition.Outcome.MET, event)
    assert (rows[report.thing].outcome, rows[report.thing].reasons) == (Condition.Outcome.OPEN, "It runs for a year.")


def test_a_thousand_agencies_are_answered_in_three_queries() -> None:
    register = cast.home_register()
    holders = Agency.objects.bulk_create(
        Agency(register=register, name=f"Agency {n}", country="KE") for n in range(1_000)
    )
    licences = Licence.objects.bulk_create(
        Licence(
            agency=holder, register=register, number=str(n), number_core=str(n), valid_from=cast.START,
            valid_to=cast.END,
        )
        for n, holder in enumerate(holders)
    )  # fmt: skip
    LicenceEvent.objects.bulk_create(
        LicenceEvent(
            licence=one, position=1, to_state="ACTIVE", decision_number="D", legal_basis="s. 4", decided_by=GRACE,
            decided_on=cast.START, effective_from=cast.START, recorded_at=clock.now(),
        )
        for one in licences
    )  # fmt: skip
    with CaptureQueriesContext(connection) as queries:
        statuses = statuses_on(list(licences), day(5))
    assert len(queries) <= 3 and {s.state for s in statuses.values()} == {State.ACTIVE}
    found = list(Agency.objects.filter(pk__in=[h.pk for h in holders]).select_related("register", "operator"))
    with CaptureQueriesContext(connection) as queries:
        answers = answers_for(found, on=day(5))
    assert len(queries) <= 3 and len(answers) == 1_000
    assert all(answer.state == State.ACTIVE for answer in answers.values())


def test_the_page_of_the_law_is_what_the_code_obeys() -> None:
    assert (zone.BASE_DIR / "docs" / "licence-law.md").read_text() == drawn(), "run manage.py licence_law"


def test_a_sanction_names_its_standards_and_two_officers_by_the_same_tables() -> None:
    assert NEEDS_STANDARDS <= ADVERSE
