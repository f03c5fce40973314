"""The end of cases: files made ahead, cases moved on, weeks destroyed; and what the database refuses on the way."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from complaints.cases import pinned
from complaints.cases.models import Case, CaseRecord, EpochBox, Holding, Message, Receipt, Rung
from complaints.cases.states import State
from complaints.escalation import retention as keeping
from complaints.escalation.tick import tick
from complaints.firewall.models import Approval, Disclosure, DisclosureDetail
from complaints.vault import complainant, contexts, epochs, retention, rungs
from complaints.vault.errors import VaultError, WeekKeyMissing
from complaints.vault.primitives import keypair
from complaints.vault.retention import ReplicatedWeekKeys, WeekKeyFolder
from recruitment_watch.dberrors import constraint_of
from tests.factories import Cast
from tests.worker.cast import Filed, file_case, now, office_private

AsOwner = Callable[[], AbstractContextManager[None]]
THIS = retention.week_of(now().date())
NEXT = retention.weeks_after(THIS, 26)
MONDAY = now().date() - timedelta(days=now().weekday())  # on a Sunday this week ends


@pytest.fixture(autouse=True)
def _folder(settings: Any, tmp_path: Path) -> None:
    settings.RETENTION, settings.RETENTION_REPLICAS = tmp_path / "weeks", []
    settings.RETENTION.mkdir()


@pytest.fixture
def dying(as_owner: AsOwner, offices: list[Cast]) -> Filed:
    """A case with every kind of box, released to its first office, whose week is this one."""
    return _case(as_owner, offices, weeks_ago=104)


def _case(as_owner: AsOwner, offices: list[Cast], *, weeks_ago: int) -> Filed:
    with as_owner():
        filed = file_case(offices[:2], at=now() - timedelta(weeks=weeks_ago))
    tick()
    case = filed.row
    week_key = pinned.week_keys().read(case.death_week)
    owner = keypair()
    with as_owner():
        Receipt.objects.create(
            case=case, tag=uuid4().bytes, public_key=owner[0],
            box=complainant.seal_for_complainant(
                owner[0], keys=filed.keys, case=case.pk.bytes, week_key=week_key, week=case.death_week
            ),
        )  # fmt: skip
        place = epochs.Place(case.pk.bytes, 1, case.death_week, week_key)
        box = epochs.seal_body(
            owner[0],
            bytes(32),
            place=place,
            kind=epochs.Recipient.COMPLAINANT,
            recipient=b"",
            previous_body=bytes(32),
            maker=epochs.Maker.with_key(b"", owner[1]),
        ).box
        EpochBox.objects.create(case=case, epoch=1, kind="complainant", box=box)
    return filed


def _opens(case: Filed, cast: Cast) -> bool:
    row = case.row
    try:
        holding = Holding.objects.get(case=row)
        week_key = pinned.week_keys().read(row.death_week)
        inner = retention.unwrap(
            week_key, bytes(holding.box), week=row.death_week,
            context=contexts.holding(row.pk.bytes, holding.office_id.bytes),
        )  # fmt: skip
        private = office_private(cast)
        secrets = rungs.open_inner(office_private=private, inner_box=inner, case=row.pk.bytes, number=holding.rung)
        for rung in Rung.objects.filter(case=row):
            retention.unwrap(
                week_key, bytes(rung.identity_box), week=row.death_week,
                context=contexts.identity_rung(row.pk.bytes, rung.number),
            )  # fmt: skip
        epoch = EpochBox.objects.get(case=row)
        retention.unwrap(
            week_key, bytes(epoch.box), week=row.death_week,
            context=contexts.epoch(row.pk.bytes, 1, "complainant", b""),
        )  # fmt: skip
    except VaultError:
        return False
    return secrets.body == case.keys.body


def test_files_are_made_ahead_and_none_that_has_come() -> None:
    done = keeping.keep()
    weeks = pinned.week_keys().weeks()
    assert done["made"] == len(weeks) == keeping.AHEAD_WEEKS
    assert THIS not in weeks and min(weeks) == retention.weeks_after(THIS, 1)
    assert retention.death_week(now().date()) in weeks
    assert keeping.keep()["made"] == 0


def test_an_open_case_is_moved_on_with_every_box(dying: Filed, as_owner: AsOwner, offices: list[Cast]) -> None:
    assert dying.row.death_week == THIS
    assert keeping.keep()["moved"] == 1
    assert dying.row.death_week == NEXT
    pinned.week_keys().destroy(THIS)
    with as_owner():
        assert _opens(dying, offices[0])
        assert DisclosureDetail.objects.filter(case=dying.pk, verb="moved_on", inspector=None).count() == 1
    assert keeping.keep()["moved"] == 0


@pytest.mark.parametrize(("state", "overdue", "written", "closed"), [
    (State.DECIDED, True, 26, 1), (State.DECIDED, True, 60, 1),
    (State.DECIDED, True, 25, 0), (State.DECIDED, True, 0, 0), (State.DECIDED, False, 60, 0),
    (State.IN_WORK, True, 60, 0), (State.CLOSED, True, 60, 0),
])  # fmt: skip
@pytest.mark.parametrize("kind", [Message, CaseRecord])
def test_a_decided_case_about_which_nobody_writes_is_closed_and_dies_in_its_week(
    dying: Filed, as_owner: AsOwner, kind: type[Message | CaseRecord], state: State, overdue: bool, written: int,
    closed: int,
) -> None:  # fmt: skip
    """`written`: so many weeks ago somebody wrote last."""
    week = retention.weeks_after(THIS, -written)
    due = now() + timedelta(days=-1 if overdue else 1)
    with as_owner():
        Case.objects.filter(pk=dying.pk).update(state=state, due=due)
        said = {"direction": "to"} if kind is Message else {}
        kind._default_manager.create(case_id=dying.pk, week=week, box=b"x", **said)
    done = keeping.keep(MONDAY)
    assert (done["closed"], done["moved"]) == (closed, 0 if closed or state == State.CLOSED else 1)
    assert dying.row.state == (State.CLOSED if closed else state)
    with as_owner():
        assert DisclosureDetail.objects.filter(case=dying.pk, verb="closed", inspector=None).count() == closed


@pytest.mark.parametrize(("state", "held", "moved"), [
    (State.CLOSED, False, 0), (State.CLOSED, True, 1), (State.WITHDRAWN, True, 0), (State.DECIDED, False, 1),
])  # fmt: skip
def test_who_is_moved_on(
    dying: Filed, as_owner: AsOwner, offices: list[Cast], state: State, held: bool, moved: int
) -> None:
    with as_owner():
        if held:
            one, two = offices[0].members
            approval = Approval.objects.create(
                case=dying.row, office=offices[0].office, purpose="hold", box=b"x", asked_by=one, asked_week=THIS
            )
            Approval.objects.filter(pk=approval.pk).update(approved_by=two, approved_week=THIS)
        Case.objects.filter(pk=dying.pk).update(state=state)
    assert keeping.keep()["moved"] == moved


def test_a_week_that_is_over_goes_dark_and_then_its_rows_go(as_owner: AsOwner, offices: list[Cast]) -> None:
    alive, dead = (_case(as_owner, offices, weeks_ago=ago) for ago in (50, 105))
    with as_owner():
        Case.objects.filter(pk=dead.pk).update(state=State.CLOSED)
        links, details = Disclosure.objects.count(), DisclosureDetail.objects.filter(case=dead.pk)
        assert _opens(dead, offices[0])
    done = keeping.keep()
    assert (done["destroyed"], done["buried"]) == (1, 1)
    with pytest.raises(WeekKeyMissing):
        pinned.week_keys().read(retention.weeks_after(THIS, -1))
    with as_owner():
        assert not Case.objects.filter(pk=dead.pk).exists() and not details.exists()
        assert Disclosure.objects.count() == links + 1  # the links stay, and one says that a week was destroyed
        assert _opens(alive, offices[0])
    assert keeping.keep()["destroyed"] == 0


def test_a_worker_that_died_between_file_and_rows_goes_on(as_owner: AsOwner, offices: list[Cast]) -> None:
    dead = _case(as_owner, offices, weeks_ago=105)
    with as_owner():
        Case.objects.filter(pk=dead.pk).update(state=State.CLOSED)
    pinned.week_keys().destroy(dead.row.death_week)
    assert keeping.keep()["buried"] == 1


def test_a_damaged_box_keeps_nobody_else_and_not_its_week(as_owner: AsOwner, offices: list[Cast]) -> None:
    whole, damaged = (_case(as_owner, offices, weeks_ago=105) for _ in range(2))
    with as_owner():
        Rung.objects.filter(case=damaged.pk, number=6).update(box=b"damaged")
    done = keeping.keep()
    assert (done["moved"], done["damaged"], done["buried"]) == (1, 1, 1)
    with as_owner():
        assert _opens(whole, offices[0])
        assert not Case.objects.filter(pk=damaged.pk).exists()


def test_the_database_lets_a_week_move_only_so(dying: Filed, as_owner: AsOwner) -> None:
    def moved_to(week: str) -> str:
        try:
            with transaction.atomic():
                Case.objects.filter(pk=dying.pk).update(death_week=week)
        except IntegrityError as error:
            return constraint_of(error)
        return ""

    assert moved_to(retention.weeks_after(THIS, 27)) == "retention_week"
    assert moved_to(retention.weeks_after(THIS, 104)) == "retention_week"
    assert moved_to(retention.weeks_after(THIS, -1)) == "retention_week"
    assert moved_to(NEXT) == ""
    assert moved_to(retention.weeks_after(NEXT, 26)) == "retention_week"  # its week has not come
    assert moved_to(THIS) == "retention_week"


def test_the_database_buries_no_week_before_its_end() -> None:
    for week in (retention.weeks_after(THIS, 1), "9999-W01"):
        with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT public.retention_bury(%s)", [week])


def test_no_session_says_what_day_it_is() -> None:
    """A time zone a week ahead is one that PostgreSQL takes."""
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET LOCAL TimeZone = 'FOO-167'")
        cursor.execute("SELECT current_date > (now() AT TIME ZONE 'UTC')::date + 5")
        assert cursor.fetchone() == (True,)
        sunday = now().isoweekday() == keeping.LAST_DAY
        cursor.execute("SELECT public.retention_bury(%s)", [retention.weeks_after(THIS, 1) if sunday else THIS])


def test_a_replica_has_the_same_key_and_loses_it_too(tmp_path: Path) -> None:
    folders = tuple(WeekKeyFolder(tmp_path / name) for name in ("here", "there"))
    for one in folders:
        one.folder.mkdir()
    keys = ReplicatedWeekKeys(folders)
    made = keys.make(THIS)
    assert [one.read(THIS) for one in folders] == [made, made]
    folders[0].destroy(THIS)
    assert keys.read(THIS) == made
    away = folders[1].folder.rename(tmp_path / "away")
    with pytest.raises(VaultError):
        keys.destroy(THIS)
    with pytest.raises(VaultError):
        keys.make(NEXT)
    assert not keys.reachable()
    away.rename(folders[1].folder)
    keys.destroy(THIS)
    assert keys.weeks() == frozenset()
