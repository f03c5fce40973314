"""FIREWALL proof 3: filing and reading complaints moves nothing that a role of the public zone can read."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterator
from datetime import date
from urllib.parse import urlsplit

import pytest

from tests.proof import Proof
from tests.system import seen_by_public
from tests.system.seen_by_public import Cells, Quiet
from tests.system.stage import Stage
from tests.system.story import Story
from tests.system.visitor import Visitor

PATIENCE, STILL = 120.0, 30.0  # seconds
ROLE = "rw_public"
AGENCY = "Golden Ladder Manpower Services"


@pytest.fixture
def stage() -> Iterator[Stage]:
    """Everything runs but the register's refresh, which comes by the clock whether somebody complains or not."""
    made = Stage.fresh("proof-3")
    try:
        made.processes.start()
        copied = "SELECT count(*) FROM agencies_agency WHERE name = %s"
        Story(made).until("the register is copied", lambda: made.count("register_copy", copied, AGENCY) == 1)
        made.processes.kill("refresh")
        yield made
    finally:
        made.close()


@pytest.mark.proof
def test_filing_and_reading_moves_nothing_that_the_public_zone_can_read(
    stage: Stage, proof: Callable[..., Proof]
) -> None:
    p = proof(3, "filing and reading, seen by the public zone's role", bar="0 moved", small=4, full=100)
    url = stage.installation.register.url("register", user=ROLE, password=stage.installation.secret(f"register_{ROLE}"))
    _quiet_server(stage)
    quiet, before = until_still(url)
    for number in p.over(range(p.size)):
        receipt = file_a_complaint(stage.visitor("intake"), number)
        read_by_receipt(stage.visitor("intake"), receipt)
    story = Story(stage)
    story.until("the worker has released them", lambda: story.holdings() >= p.size)
    opened = read_at_the_desk(story, p.size)
    filed = story.cases()
    after = seen_by_public.look(url)
    moved = quiet.moved(before, after)
    stage.visitor("public").get("/")
    control = until_moved(quiet, after, url)
    p.found(
        f"{len(moved)} of {len(after):,} cells moved by {filed} filed, {opened} opened{_some(moved)}",
        control=f"one public page moves {len(control)}",
        held=not moved and filed == p.size and opened > 0 and len(control) > 0,
    )


# What is different at every idle look, and is about the looker, its planner or the time. Not among them, and so held to
# the unit: transactions, sessions, rows written, scans of each table and index, transaction numbers, sizes, contents.
CLOCKS = re.compile(
    r"pg_stat_activity|pg_stat_(ssl|gssapi|io|bgwriter|checkpointer|wal|slru)\.|pg_locks|_time$|\.stats_reset"
    r"|\.last_(seq|idx)_scan$|pg_stat_database\.(blks_hit|blks_read|tup_returned|tup_fetched)$|^places\.log$"
    r"|pg_statio_.*_blks_(hit|read)$"
)


def _quiet_server(stage: Stage) -> None:
    """What comes by the clock of the server itself stays away: cleaning up, and writing checkpoints."""
    with stage.owner("register") as link:
        for setting in ("autovacuum = off", "checkpoint_timeout = '1d'"):
            link.execute(f"ALTER SYSTEM SET {setting}".encode())
        link.execute("SELECT pg_reload_conf()")
        link.execute("CHECKPOINT")


def until_still(url: str) -> tuple[Quiet, Cells]:
    """What idle looks change, and the last of them, once only clocks are among it for half a minute.

    A server hands late counters in after ten seconds, and writes of its own accord fifteen after the last writing.
    """
    deadline = time.monotonic() + PATIENCE
    began, quiet, before = time.monotonic(), Quiet(), seen_by_public.look(url)
    while time.monotonic() < began + STILL:
        after = seen_by_public.look(url)
        quiet.saw(before, after)
        if restless := [one for one in quiet.clocks() if not CLOCKS.search(one)]:
            assert time.monotonic() < deadline, f"the register's cluster does not come to rest: {restless}"
            began, quiet = time.monotonic(), Quiet()
        before = after
    return quiet, before


def until_moved(quiet: Quiet, before: Cells, url: str) -> list[str]:
    """A server hands its counters in within ten seconds; each look is one more step, so each compares with the last."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        after = seen_by_public.look(url)
        if moved := quiet.moved(before, after):
            return moved
        before = after
    return []


def file_a_complaint(worker: Visitor, number: int) -> str:
    """One question after the other, about an agency that the register knows; the receipt."""
    worker.get("/en/")
    worker.submit({"country": "XA"})
    worker.submit({"recruited_in": "NP"})
    worker.submit({"version": worker.page.value("version")})
    worker.walk({"now": {"danger": "no"}, "name": {"name": "Golden Ladder"}}, until="list")
    worker.submit({"agency": worker.page.option("agency", AGENCY)})
    worker.submit({"when_0": "", "when_1": str(date.today().year)}).says(AGENCY)
    worker.walk(
        {
            "kind": {"categories": ["fees"]},
            "words": {"happened": f"They took 900 and gave no receipt. I am number {number}."},
            "reach": {"reach": "no"},
        }
    )
    worker.submit()
    shown = worker.page.soup.select_one(".receipt") or worker.page.soup.find("main")
    assert shown is not None
    return " ".join(re.findall(r"\b\d{4}\b", shown.get_text(" "))[:6])


def read_by_receipt(worker: Visitor, receipt: str) -> None:
    worker.get("/en/back/")
    worker.submit({"number": receipt})
    assert worker.page.soup.find("textarea"), worker.page.text


def read_at_the_desk(story: Story, most: int) -> int:
    """Open what the first inspector's queue shows, page by page; how many. At least one."""
    amina = story.inspector("amina")
    opened = 0
    links = [str(one["href"]) for one in amina.page.soup.select("main table a.opens")]
    for link in links[:most]:
        amina.get(urlsplit(link).path).says("They took 900")
        opened += 1
    return opened


def _some(moved: list[str]) -> str:
    return "".join(f"; {one}" for one in moved[:30])
