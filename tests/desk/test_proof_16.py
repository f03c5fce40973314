"""FIREWALL proof 16: without its weekly file, live rows, write-ahead log, backup and every other key open nothing.

Cases as intake files them and offices work on them, in a database that commits: two offices, one of which leaves (an
epoch), an identity released, a hold, messages, a finding. Some die closed, some are carried over and die later, some
are withdrawn.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest
from django.conf import settings

from agencies.models import Agency
from complaints.cases import pinned, routing
from complaints.cases.models import Case, Departure, Receipt, Rung
from complaints.cases.states import State
from complaints.desk import actions
from complaints.escalation import identity
from complaints.escalation import retention as keeping
from complaints.firewall import access, approvals
from complaints.firewall.access import OpenCase
from complaints.firewall.models import Approval
from complaints.intake import mailbox
from complaints.intake import receipts as intake_receipts
from complaints.intake.actions import file_complaint
from complaints.vault import receipts, retention, rungs
from complaints.vault.receipts import ReceiptKeys
from recruitment_watch import clock
from tests.conftest import WORKSHOP
from tests.desk.cast import answers_about, member_private, release, vault_of
from tests.desk.dying import Trail, raw
from tests.factories import Cast, make_office

AsOwner = Callable[[], AbstractContextManager[None]]
THIS = retention.week_of(date.today())
LAST = retention.weeks_after(THIS, -1)  # over: its cases die now
LATER = retention.weeks_after(LAST, 26)
FATES = ("dies", "is held", "is withdrawn")


@dataclass
class Life:
    """A case with its past, its owner's receipt, what is to become of it, and the keys of the steps that were used."""

    trail: Trail
    owner: ReceiptKeys
    fate: str
    steps: list[bytes]


@pytest.fixture
def offices(as_owner: AsOwner, registrar_privates: list[bytes]) -> tuple[Cast, Cast]:
    with as_owner():
        first = make_office(registrar_privates=registrar_privates, name="Inspectorate of Doha")
        second = make_office(registrar_privates=registrar_privates, name="National Inspection", national_head=True)
    return first, second


@pytest.fixture(autouse=True)
def _folders(settings: Any, tmp_path: Path) -> None:
    settings.PEPPER, settings.RECEIPT_SALT = "pepper", "salt"
    settings.RETENTION, settings.RETENTION_REPLICAS = tmp_path / "weeks", [tmp_path / "second host"]
    for folder in (settings.RETENTION, *settings.RETENTION_REPLICAS):
        folder.mkdir()


def _lived(as_owner: AsOwner, offices: tuple[Cast, Cast], agency: Agency, fate: str) -> Life:
    """File a case two years and a week ago, and do everything to it that puts a box or a text somewhere."""
    facts = routing.offices_for("QA", on=date.today())
    ladder = [next(one for one in facts if one.id == cast.office.pk) for cast in offices]
    trail, receipt = Trail(uuid4()), receipts.new_receipt()
    answers = answers_about(agency, happened=f"canary {trail.case}")
    with as_owner():
        on = clock.now() - timedelta(weeks=105)
        file_complaint(case_id=trail.case, receipt=receipt, answers=answers, offices=ladder, on=on)
        trail.remember()
        for number in (1, 2):
            release(Case.objects.get(pk=trail.case), number)
        trail.remember()
    ana, ben = (_open(trail, offices[0], number) for number in (0, 1))
    actions.acknowledge(ana, by=ana.member)
    _by_two(ana, ben, Approval.Purpose.IDENTITY)
    with as_owner():
        weeks = pinned.week_keys()
        assert identity.deliver(clock.now(), worker_private=settings.WORKER_LOCK.read_bytes(), weeks=weeks) == 1
        trail.remember()
        steps = _steps(trail.case, offices)  # noise takes the place of one whose office leaves
        Departure.objects.create(case_id=trail.case, office=offices[1].office, week=THIS)
    ana, ben = (_open(trail, offices[0], number) for number in (0, 1))
    actions.answer(ana, by=ana.member, text="Tell us more.")
    ana, ben = (_open(trail, offices[0], number) for number in (0, 1))
    actions.record_finding(ana, by=ana.member, standard="S-1", text="Fees were taken.")
    owner = intake_receipts.keys_of(receipt)
    with as_owner():
        opened = mailbox.open_mailbox(owner)
        assert opened and mailbox.write(opened, message_id=uuid4(), text="There is more.")
        if fate == "dies":
            Case.objects.filter(pk=trail.case).update(state=State.CLOSED)
    if fate != "dies":
        ana, ben = (_open(trail, offices[0], number) for number in (0, 1))
        _by_two(ana, ben, Approval.Purpose.HOLD)
        with as_owner():
            Case.objects.filter(pk=trail.case).update(state=State.CLOSED)
    with as_owner():
        trail.remember()
    return Life(trail, owner, fate, steps)


def _open(trail: Trail, cast: Cast, number: int) -> OpenCase:
    return access.open_case(trail.case, by=cast.members[number], vault=vault_of(cast, number))


def _by_two(one: OpenCase, other: OpenCase, purpose: Approval.Purpose) -> None:
    asked = approvals.ask(one, by=one.member, purpose=purpose, content={"reason": f"canary reason for {purpose}"})
    approvals.approve(asked, by=other.member, case=other)


def _every_other_key(lives: list[Life], offices: tuple[Cast, Cast], registrars: list[bytes]) -> list[bytes]:
    """All keys that there are but the weekly files: worker, offices, members, receipts, rungs, registrars."""
    private = [_office_private(cast) for cast in offices]
    members = [member_private(cast, number) for cast in offices for number in (0, 1)]
    found = [settings.WORKER_LOCK.read_bytes(), *private, *registrars, *members]
    return [*found, *(life.owner.private for life in lives), *(key for life in lives for key in life.steps)]


def _steps(case_id: UUID, offices: tuple[Cast, Cast]) -> list[bytes]:
    """The private keys inside the steps of a case that were given to these offices."""
    worker, row, found = settings.WORKER_LOCK.read_bytes(), Case.objects.get(pk=case_id), []
    of_office = {cast.office.pk.bytes: _office_private(cast) for cast in offices}
    key = pinned.week_keys().read(row.death_week)
    for rung in Rung.objects.filter(case=row, number__lte=len(offices)):
        case: dict[str, Any] = {"case": row.pk.bytes, "number": rung.number}
        released = rungs.release(worker_private=worker, week_key=key, box=bytes(rung.box), week=row.death_week, **case)
        inner = rungs.open_inner(office_private=of_office[released.office_id], inner_box=released.inner_box, **case)
        found.append(inner.rung_private)
    return found


def _office_private(cast: Cast) -> bytes:
    return vault_of(cast, 0).with_office(cast.office.pk, lambda private: private)


def _left_of(case: UUID) -> int:
    """Rows that still say something of a withdrawn case, beside its own and its receipt's."""
    tables: list[Any] = [one.related_model for one in Case._meta.related_objects if one.related_model is not Receipt]
    found = sum(table.objects.filter(**{_link(table): case}).count() for table in tables)
    return int(found) + Receipt.objects.filter(case=case).exclude(box=b"").count()


def _link(model: Any) -> str:
    return str(next(one.name for one in model._meta.fields if one.related_model is Case))


def _segment() -> str:
    """The segment of the write-ahead log that is written to now."""
    with _as_superuser() as link:
        (name,) = link.execute("SELECT pg_walfile_name(pg_current_wal_lsn())").fetchone() or ("",)
    return str(name)


def _backed_up(target: Path, *, since: str) -> bytes:
    """A base backup as pg_basebackup makes it, of this database and the log from segment `since` on; its bytes."""
    data = WORKSHOP.cluster("casework").data
    until = _segment()
    _copied(data / "pg_wal", target / "pg_wal", names=lambda name: since <= name <= until and len(name) == len(until))
    with _as_superuser() as link:
        link.execute("SELECT pg_backup_start('proof', fast => true)")  # its checkpoint may recycle the log
        (oid,) = link.execute("SELECT oid FROM pg_database WHERE datname = current_database()").fetchone() or (0,)
        _copied(data / "base" / str(oid), target / "base")
        link.execute("SELECT pg_backup_stop()")
    return raw(target)


def _copied(source: Path, target: Path, names: Callable[[str], bool] = lambda name: True) -> None:
    target.mkdir(parents=True)
    for path in source.iterdir():
        if path.is_file() and names(path.name):
            with suppress(FileNotFoundError):  # the server goes on while it is copied
                shutil.copyfile(path, target / path.name)


def _as_superuser() -> psycopg.Connection:
    return psycopg.connect(WORKSHOP.cluster("casework").url(WORKSHOP.name("casework")), autocommit=True)


@pytest.mark.proof
@pytest.mark.django_db(transaction=True, databases="__all__")
def test_proof_16_without_the_weekly_file_nothing_opens(
    proof: Any, as_owner: AsOwner, offices: tuple[Cast, Cast], agency: Agency, registrar_privates: list[bytes],
    tmp_path: Path,
) -> None:  # fmt: skip
    p = proof(16, "the weekly file destroyed", bar="opens 0", small=3, full=18)
    weeks, since = pinned.week_keys(), _segment()
    gone = {LAST: weeks.ensure(LAST)}
    lives = [_lived(as_owner, offices, agency, FATES[at % 3]) for at in p.over(range(p.size), total=2 * p.size)]
    with as_owner():
        keys = _every_other_key(lives, offices, registrar_privates)
        withdrawn = [life for life in lives if life.fate == "is withdrawn" and mailbox.withdraw(life.owner.tag)]
        assert len(withdrawn) == p.size // 3 and sum(_left_of(life.trail.case) for life in withdrawn) == 0
        backup = _backed_up(tmp_path / "before", since=since)
        done = keeping.keep()
        assert (done["moved"], done["buried"], done["destroyed"]) == (p.size // 3, p.size - p.size // 3, 1)
        held = [life for life in lives if life.fate == "is held"]
        for life in held:
            life.trail.remember()  # its boxes once more, under the later week
        alive = sum(life.trail.opened(keys, _files()) for life in held)
        gone[LATER] = weeks.read(LATER)
    for week in gone:
        weeks.destroy(week)  # as the worker will in half a year
    everything = backup + _backed_up(tmp_path / "after", since=since)
    opened = control = texts = 0
    for life in p.over(lives, total=2 * p.size):
        opened += life.trail.opened(keys, _files())
        control += life.trail.opened(keys, gone)
        texts += len(life.trail.texts)
    boxes = {box for life in lives for box in life.trail.boxes}
    bare = {box for life in lives for box in life.trail.peeled(gone)}
    assert len(bare) >= len(boxes) * 2 // 3  # of the moved, both layers hold the same
    there = sum(_lies_in(everything, box) for box in boxes)
    leaked = sum(_lies_in(everything, one) for one in (*bare, *gone.values(), *keys))
    p.found(
        f"{opened} of {texts} texts with {len(keys)} other keys and {len(_files())} other files; "
        f"{leaked} keys or bare boxes in {len(everything) >> 20} MiB of backups and log",
        control=f"{control} of {texts} with the file; {there} of {len(boxes)} boxes do lie in backups and log",
        held=opened == leaked == 0 and control == texts and there > len(boxes) * 0.9 and alive > 0,
    )


def _files() -> dict[str, bytes]:
    """The weekly files that are left, of both hosts."""
    weeks = pinned.week_keys()
    return {week: weeks.read(week) for week in weeks.weeks()}


def _lies_in(everything: bytes, box: bytes) -> bool:
    """An update's log record leaves out what the old row began and ended with: a few bytes may be lacking."""
    return box[4:-4] in everything
