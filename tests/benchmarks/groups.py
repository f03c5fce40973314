"""What the processes of a group cost: their memory and their CPU, as /proc tells it. proc(5)."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")


def members(leader: int) -> list[tuple[Path, list[str]]]:
    """The processes of the group that this one leads: folder in /proc, and fields as `stat` gives them."""
    every = ((path, stat(path)) for path in Path("/proc").glob("[0-9]*"))
    return [(path, fields) for path, fields in every if fields and fields[2] == str(leader)]


def memory(leader: int) -> int:
    """Memory of a group's processes now, in bytes; a page that several share counts once (PSS)."""
    return sum(pss(process) for process, _fields in members(leader))


@contextmanager
def watched(look: Callable[[], int], every: float = 0.5) -> Iterator[list[int]]:
    """What `look` gives, again every so many seconds while the block runs."""
    seen, over = [look()], threading.Event()

    def again() -> None:
        while not over.wait(every):
            seen.append(look())

    watcher = threading.Thread(target=again)
    watcher.start()
    try:
        yield seen
    finally:
        over.set()
        watcher.join()


def pss(process: Path) -> int:
    try:
        lines = (process / "smaps_rollup").read_text().splitlines()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))


def stat(process: Path) -> list[str]:
    """The fields of /proc/…/stat after the name: [1] parent, [2] group, [11:15] CPU ticks."""
    try:
        return (process / "stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return []
