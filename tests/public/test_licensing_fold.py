"""Status on a day: every rule by its name, and random histories against another reckoning."""

from __future__ import annotations

import datetime
import itertools
import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agencies.licensing import (
    MAY_RECRUIT,
    ON_APPEAL,
    RUNS_OUT,
    SUSPENDED,
    TERMINAL,
    TRANSITIONS,
    EventKind,
    EventValue,
    State,
    allowed,
    fold,
)
from tests.proof import Proof

from .licensing_cast import day

END = day(60)
DECIDED = sorted(frozenset(State) - {State.EXPIRED, State.UNKNOWN})


def event(
    position: int,
    to: State | None,
    *,
    effective: int,
    recorded: int | None = None,
    kind: EventKind = EventKind.DECISION,
    corrects: EventValue | None = None,
    overturns: EventValue | None = None,
) -> EventValue:
    return EventValue(
        uuid.UUID(int=position),
        position,
        kind,
        to,
        day(effective),
        day(effective if recorded is None else recorded),
        corrects.id if corrects else None,
        overturns.id if overturns else None,
    )


def state(events: list[EventValue], on: int, known: int | None = None) -> State | None:
    return fold(events, valid_to=END, on=day(on), as_known_on=None if known is None else day(known)).state


GRANT = event(1, State.ACTIVE, effective=0)


def test_before_the_grant_there_is_no_licence() -> None:
    assert state([GRANT], -1) is None
    assert state([GRANT], 0) == State.ACTIVE


def test_a_licence_runs_out_the_day_after_its_last_day() -> None:
    assert state([GRANT], 60) == State.ACTIVE
    status = fold([GRANT], valid_to=END, on=day(61))
    assert (status.state, status.since) == (State.EXPIRED, day(61))


@pytest.mark.parametrize("to", sorted(SUSPENDED))
def test_a_suspended_licence_still_expires(to: State) -> None:
    suspended = [GRANT, event(2, to, effective=10)]
    assert state(suspended, 60) == to
    assert state(suspended, 61) == State.EXPIRED


@pytest.mark.parametrize("to", sorted(TERMINAL))
def test_what_was_ended_by_decision_does_not_become_expired(to: State) -> None:
    assert state([GRANT, event(2, to, effective=10)], 61) == to


@pytest.mark.parametrize("to", [State.REVOKED, State.VOID])
def test_lapsing_is_no_escape(to: State) -> None:
    assert state([GRANT, event(2, to, effective=70)], 71) == to


def test_lifting_a_suspension_after_the_end_brings_nothing_back() -> None:
    history = [GRANT, event(2, State.SUSP_DISC, effective=10), event(3, State.ACTIVE, effective=65)]
    assert state(history, 66) == State.EXPIRED


def test_a_backdated_decision_changes_the_past_only_as_known_later() -> None:
    history = [GRANT, event(2, State.REVOKED, effective=10, recorded=30)]
    assert state(history, 15) == State.REVOKED
    assert state(history, 15, known=29) == State.ACTIVE
    assert state(history, 15, known=30) == State.REVOKED


def test_a_suspension_dated_after_a_backdated_revocation_has_no_effect() -> None:
    history = [
        GRANT,
        event(2, State.SUSP_DISC, effective=20),
        event(3, State.REVOKED, effective=10, recorded=40),
    ]
    assert state(history, 25) == State.REVOKED
    assert state(history, 25, known=39) == State.SUSP_DISC


def test_a_void_licence_dated_from_its_start_was_never_good() -> None:
    history = [GRANT, event(2, State.SUSP_DISC, effective=20), event(3, State.VOID, effective=0, recorded=40)]
    assert state(history, 0) == state(history, 30) == State.VOID
    assert state(history, 30, known=39) == State.SUSP_DISC


def test_a_correction_takes_the_place_of_what_it_corrects() -> None:
    wrong = event(2, State.SUSP_DISC, effective=10)
    lifted = event(3, State.ACTIVE, effective=10)
    right = event(4, State.SUSP_ADMIN, effective=10, recorded=30, kind=EventKind.CORRECTION, corrects=wrong)
    assert state([GRANT, wrong, right], 15) == State.SUSP_ADMIN
    assert state([GRANT, wrong, right], 15, known=29) == State.SUSP_DISC
    # It stands before the lifting, which was decided after the event that it corrects.
    assert state([GRANT, wrong, lifted, right], 15) == State.ACTIVE


def test_an_empty_correction_strikes_out_and_can_itself_be_corrected() -> None:
    wrong = event(2, State.REVOKED, effective=10)
    struck = event(3, None, effective=10, recorded=20, kind=EventKind.CORRECTION, corrects=wrong)
    again = event(4, State.SUSP_DISC, effective=10, recorded=30, kind=EventKind.CORRECTION, corrects=struck)
    assert state([GRANT, wrong, struck], 15) == State.ACTIVE
    assert state([GRANT, wrong, struck, again], 15) == State.SUSP_DISC
    assert state([GRANT, wrong, struck, again], 15, known=25) == State.ACTIVE


@pytest.mark.parametrize("kind", [EventKind.APPEAL, EventKind.STAY])
@pytest.mark.parametrize("sanction", sorted(TERMINAL | SUSPENDED))
def test_an_appeal_or_stay_takes_back_the_decision_in_force(kind: EventKind, sanction: State) -> None:
    hit = event(2, sanction, effective=10)
    back = event(3, State.ACTIVE, effective=20, kind=kind, overturns=hit)
    assert state([GRANT, hit, back], 15) == sanction
    assert state([GRANT, hit, back], 25) == State.ACTIVE


REVOKED = event(2, State.REVOKED, effective=10)
STAYED = event(3, State.ACTIVE, effective=20, kind=EventKind.STAY, overturns=REVOKED)


def test_when_a_stay_ends_the_decision_that_it_held_back_bites_again() -> None:
    ended = event(4, State.REVOKED, effective=30, kind=EventKind.STAY_ENDED, overturns=STAYED)
    told = [state([GRANT, REVOKED, STAYED, ended], n) for n in (19, 20, 29, 30)]
    assert told == [State.REVOKED, State.ACTIVE, State.ACTIVE, State.REVOKED]


@pytest.mark.parametrize("to", [State.SUSP_DISC, State.VOID, State.ACTIVE])
def test_a_stay_s_end_brings_back_what_was_stayed_and_nothing_else(to: State) -> None:
    ended = event(4, to, effective=30, kind=EventKind.STAY_ENDED, overturns=STAYED)
    assert state([GRANT, REVOKED, STAYED, ended], 35) == State.ACTIVE


def test_an_appeal_may_take_back_for_good_what_is_stayed_and_then_nothing_comes_back() -> None:
    upheld = event(4, State.ACTIVE, effective=30, kind=EventKind.APPEAL, overturns=REVOKED)
    ended = event(5, State.REVOKED, effective=40, kind=EventKind.STAY_ENDED, overturns=STAYED)
    assert state([GRANT, REVOKED, STAYED, upheld, ended], 45) == State.ACTIVE


def test_after_the_stay_the_decision_can_still_be_taken_back_on_appeal() -> None:
    ended = event(4, State.REVOKED, effective=30, kind=EventKind.STAY_ENDED, overturns=STAYED)
    upheld = event(5, State.ACTIVE, effective=40, kind=EventKind.APPEAL, overturns=REVOKED)
    assert state([GRANT, REVOKED, STAYED, ended, upheld], 45) == State.ACTIVE


def test_a_licence_that_ran_out_under_a_stay_is_revoked_after_it_but_not_suspended() -> None:
    revoked = event(4, State.REVOKED, effective=70, kind=EventKind.STAY_ENDED, overturns=STAYED)
    assert state([GRANT, REVOKED, STAYED, revoked], 71) == State.REVOKED
    suspended = event(2, State.SUSP_DISC, effective=10)
    stay = event(3, State.ACTIVE, effective=20, kind=EventKind.STAY, overturns=suspended)
    back = event(4, State.SUSP_DISC, effective=70, kind=EventKind.STAY_ENDED, overturns=stay)
    assert state([GRANT, suspended, stay, back], 71) == State.EXPIRED


def test_a_new_decision_under_a_stay_stands_for_itself() -> None:
    again = event(4, State.SUSP_ADMIN, effective=25)
    ended = event(5, State.REVOKED, effective=30, kind=EventKind.STAY_ENDED, overturns=STAYED)
    assert state([GRANT, REVOKED, STAYED, again, ended], 35) == State.SUSP_ADMIN


def test_an_appeal_against_an_older_decision_does_not_undo_a_newer_one() -> None:
    first = event(2, State.SUSP_DISC, effective=10)
    second = event(3, State.REVOKED, effective=20)
    back = event(4, State.ACTIVE, effective=30, kind=EventKind.APPEAL, overturns=first)
    assert state([GRANT, first, second, back], 35) == State.REVOKED


@pytest.mark.parametrize(("old", "new"), list(itertools.product([None, *DECIDED], DECIDED)))
def test_the_transition_table_is_what_the_fold_obeys(old: State | None, new: State) -> None:
    history = [event(1, State.PROVISIONAL if old == State.PROVISIONAL else State.ACTIVE, effective=0)]
    if old is None:
        history = []
    elif old not in MAY_RECRUIT:
        history.append(event(2, old, effective=1))
    history.append(event(3, new, effective=2))
    came = state(history, 2)
    assert came == (new if allowed(old, new) else old)


def test_the_table_says_what_the_domain_says() -> None:
    suspensions = {State.SUSP_PREVENTIVE, State.SUSP_DISC, State.SUSP_ADMIN}
    assert TRANSITIONS[None] == {State.PROVISIONAL, State.ACTIVE}
    assert TRANSITIONS[State.PROVISIONAL] - TRANSITIONS[State.ACTIVE] == {State.ACTIVE}
    assert all(State.SURRENDERED in TRANSITIONS[s] and State.ACTIVE in TRANSITIONS[s] for s in suspensions)
    assert State.REVOKED not in TRANSITIONS[State.SUSP_ADMIN]
    assert State.CANCELLED_ADMIN not in TRANSITIONS[State.SUSP_DISC]
    assert all(State.VOID in TRANSITIONS[s] for s in DECIDED if s != State.VOID)
    terminal = {State.REVOKED, State.CANCELLED_ADMIN, State.RENEWAL_REFUSED}
    assert all(TRANSITIONS[s] == {State.VOID} for s in terminal)
    assert all(State.EXPIRED not in to and State.UNKNOWN not in to for to in TRANSITIONS.values())
    assert set(ON_APPEAL) == SUSPENDED | TERMINAL


# --- random histories against an independent reckoning, day by day --------------------------------------


@dataclass
class Slot:
    kind: EventKind
    overturns: uuid.UUID | None
    to: State | None
    effective: datetime.date
    name: uuid.UUID


def book_of(events: list[EventValue], known: datetime.date | None) -> list[Slot]:
    """What the record says: one slot a decision, rewritten by each correction of it."""
    book: list[Slot] = []
    where: dict[uuid.UUID, Slot] = {}
    for e in sorted(events, key=lambda e: e.position):
        if known is not None and e.recorded_on > known:
            continue
        if e.corrects is not None:
            slot = where[e.id] = where[e.corrects]
            slot.to, slot.effective = e.to_state, e.effective_from
        else:
            slot = where[e.id] = Slot(e.kind, e.overturns, e.to_state, e.effective_from, e.id)
            book.append(slot)
    return book


@dataclass
class Now:
    """The present of somebody who lives through the days: the state, and the papers on the desk.

    ``papers`` are the sanction in force, or the sanction and above it the stay that holds it back.
    """

    state: State | None = None
    papers: tuple[tuple[uuid.UUID, State], ...] = ()

    def meets(self, slot: Slot) -> None:
        if slot.to is None:
            return
        stayed = len(self.papers) == 2
        if slot.kind == EventKind.STAY_ENDED:
            if stayed and slot.overturns == self.papers[1][0] and slot.to == self.papers[0][1]:
                running = self.state in RUNS_OUT or (self.state == State.EXPIRED and slot.to in TERMINAL)
                if running:
                    self.state, self.papers = slot.to, self.papers[:1]
        elif slot.kind in (EventKind.APPEAL, EventKind.STAY):
            if not self.papers or slot.overturns != self.papers[0][0]:
                return
            against = self.papers[0][1] if stayed else self.state
            if (slot.kind == EventKind.STAY and stayed) or slot.to not in ON_APPEAL.get(against or State.ACTIVE, ()):
                return
            paper = (slot.name, slot.to)
            held = (self.papers[0][0], against or slot.to)
            self.state, self.papers = slot.to, (held, paper) if slot.kind == EventKind.STAY else (paper,)
        elif slot.to in TRANSITIONS[self.state]:
            self.state, self.papers = slot.to, ((slot.name, slot.to),)


def replayed(events: list[EventValue], on: datetime.date, known: datetime.date | None) -> State | None:
    """The same question answered another way: live through every day."""
    book, now, today = book_of(events, known), Now(), min([day(-5), *(e.effective_from for e in events)])
    while today <= on:
        for slot in [None, *(s for s in book if s.effective == today)]:
            if slot is not None:
                now.meets(slot)
            if today > END and now.state in RUNS_OUT:
                now.state = State.EXPIRED
        today += datetime.timedelta(days=1)
    return now.state


@st.composite
def histories(draw: st.DrawFn) -> list[EventValue]:
    """Any order of effective dates, recorded in order, with corrections of corrections, appeals and stays."""
    granted, effective = draw(st.sampled_from([State.ACTIVE, State.PROVISIONAL])), draw(st.integers(0, 5))
    events = [event(1, granted, effective=effective, recorded=0)]
    recorded = 0
    for position in range(2, draw(st.integers(2, 9))):
        recorded += draw(st.integers(0, 20))
        kind = draw(st.sampled_from([EventKind.DECISION, EventKind.DECISION, *EventKind]))
        roots = [e for e in events if e.corrects is None]
        fixing = kind == EventKind.CORRECTION
        back = kind in (EventKind.APPEAL, EventKind.STAY, EventKind.STAY_ENDED)
        freely = kind == EventKind.DECISION or kind == EventKind.STAY_ENDED
        to = draw(st.sampled_from([None, *DECIDED] if fixing else DECIDED if freely else sorted(RUNS_OUT)))
        events.append(
            event(
                position,
                to,
                effective=draw(st.integers(0, 75)),
                recorded=recorded,
                kind=kind,
                corrects=draw(st.sampled_from(events)) if fixing else None,
                overturns=draw(st.sampled_from(roots)) if back else None,
            )
        )
    return events


@pytest.mark.proof
def test_random_histories_give_what_a_day_by_day_reckoning_gives(proof: Callable[..., Proof]) -> None:
    p = proof(101, "licence histories, in any order", bar="0 unlike a replay", small=500, full=5_000)
    tried, backwards = 0, 0

    @given(histories(), st.integers(-3, 80), st.none() | st.integers(0, 120), st.randoms())
    @settings(max_examples=p.size, deadline=None, database=None)
    def one(events: list[EventValue], on: int, known: int | None, shuffler: random.Random) -> None:
        nonlocal tried, backwards
        tried += 1
        p.at(min(tried, p.size))
        expected = replayed(events, day(on), None if known is None else day(known))
        shuffled = list(events)
        shuffler.shuffle(shuffled)
        assert state(shuffled, on, known) == expected
        # The control: who takes events in the order in which they were recorded, not in that of their effect.
        turned = [replace(e, effective_from=events[0].effective_from) for e in events]
        backwards += replayed(turned, day(on), None if known is None else day(known)) != expected

    one()
    p.found(
        f"{tried} histories, 0 unlike",
        control=f"{backwards} unlike in the order of recording",
        held=tried >= p.size and backwards > 0,
    )


@given(histories(), st.integers(-3, 80), st.integers(0, 120))
@settings(max_examples=300, deadline=None)
def test_what_is_recorded_later_never_changes_what_was_known(events: list[EventValue], on: int, known: int) -> None:
    earlier = [e for e in events if e.recorded_on <= day(known)]
    assert state(events, on, known) == state(earlier, on)


@given(histories(), st.integers(61, 80))
@settings(max_examples=200, deadline=None)
def test_after_the_last_day_nobody_may_recruit(events: list[EventValue], on: int) -> None:
    assert state(events, on) not in RUNS_OUT
