"""`make demo`: says what there is to try, and leaves nothing running behind."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from recruitment_watch.embedded.home import PROJECT, home
from recruitment_watch.embedded.installation import Installation

LAST_LINE = "Ctrl-C stops everything."


@pytest.fixture
def folder() -> Iterator[Path]:
    path = home() / "demo-of-a-test"
    shutil.rmtree(path, ignore_errors=True)
    Installation(path).any_ports()
    yield path
    if path.exists():
        Installation(path).stop()
        shutil.rmtree(path)


def test_it_says_what_there_is_to_try_and_ctrl_c_leaves_no_process(folder: Path) -> None:
    for time in ("first", "second"):
        said = start_and_interrupt(folder)
        assert "https://127.0.0.1:" in said, time
        assert all(name in said for name in ("officer", "approver", "amina", "bao", "receipt")), time
        assert left_behind(folder) == [], time


def start_and_interrupt(folder: Path) -> str:
    """Everything the demonstration printed, from its start to its end after Ctrl-C."""
    environment = {k: v for k, v in os.environ.items() if not k.startswith(("RW_", "DJANGO_"))}
    with subprocess.Popen(
        [sys.executable, "-m", "recruitment_watch.embedded.demo"],
        cwd=PROJECT, env=environment | {"RW_VAR": str(folder), "PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, start_new_session=True,
    ) as demo:  # fmt: skip
        assert demo.stdout is not None
        said = []
        for line in demo.stdout:
            said.append(line)
            if LAST_LINE in line:
                assert left_behind(folder), "the search for what runs finds what does run"
                demo.send_signal(signal.SIGINT)
        assert demo.wait(60) == 0, "".join(said)
    return "".join(said)


def left_behind(folder: Path) -> list[str]:
    """Command lines of processes that belong to this installation, by their words or their environment."""
    mine = str(folder).encode()
    found = []
    for process in Path("/proc").iterdir():
        try:
            words = (process / "cmdline").read_bytes()
            surroundings = (process / "environ").read_bytes()
        except (OSError, ValueError):
            continue
        if mine in words or b"RW_VAR=" + mine + b"\0" in surroundings:
            found.append(words.replace(b"\0", b" ").decode(errors="replace"))
    return found
