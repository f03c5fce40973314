"""A process for one file, from its start to its end, and what it cost. It may say anything: nothing is believed.

It is started with an empty environment and apart from the caller's paths, has three descriptors, and is handed the
file only once it has said that its walls stand. It reads all before it writes, so that neither waits for the other.
"""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from .kinds import Form
from .outcomes import LIMITS
from .wire import HEAD, LENGTH, READY

PROJECT = Path(__file__).parents[2]
_START = "import sys; sys.path.insert(0, sys.argv[1]);from complaints.files.inside.main import main; main(sys.argv[2])"
_CHUNK = 1 << 16


class NotReady(Exception):
    """The process did not start, or its walls do not stand. It has seen nothing of the file."""


class Broken(Exception):
    """It ended without an answer, or with one that is none."""


class TooSlow(Exception):
    """Its time was over."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What one file cost: seconds by the wall clock, and the most memory its process had, in bytes.

    Linux counts the caller's memory at the moment of starting as the child's too: the bytes are an upper bound.
    """

    seconds: float
    peak_bytes: int


@dataclass(frozen=True, slots=True)
class Answer:
    """`reason` 0 with the clean file in `body`, or the number of a `Reason`; `count` of pages or seconds."""

    reason: int
    count: int
    body: bytes


class Room:
    """`with Room(form, seconds) as room: room.ready(); room.answer(data)`; afterwards the process is gone, and
    `room.usage` known."""

    usage: Usage

    def __init__(self, form: Form, seconds: float) -> None:
        self._seconds = seconds
        self._started = time.monotonic()
        self._ends = self._started + LIMITS.start_seconds
        command = [sys.executable, "-I", "-B", "-c", _START, str(PROJECT), form.name]
        try:
            self.process = subprocess.Popen(
                command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                bufsize=0, close_fds=True, env={}, cwd="/", process_group=0,  # a Ctrl-C is for us, who then end it
            )  # fmt: skip
        except OSError:  # no process to be had
            raise NotReady from None
        assert self.process.stdin and self.process.stdout
        self._to, self._from = self.process.stdin.fileno(), self.process.stdout.fileno()
        os.set_blocking(self._to, False)

    def __enter__(self) -> Room:
        return self

    def __exit__(self, *error: object) -> None:
        """End it, whatever it is doing. It opened nothing and has no children: there is nothing to tidy up."""
        os.kill(self.process.pid, signal.SIGKILL)  # Popen's own would ask after it first, and so lose what it used
        _pid, status, used = os.wait4(self.process.pid, 0)
        self.process.returncode = os.waitstatus_to_exitcode(status)
        for pipe in (self.process.stdin, self.process.stdout):
            assert pipe
            pipe.close()
        unit = 1 if sys.platform == "darwin" else 1024  # getrusage(2) of either
        self.usage = Usage(time.monotonic() - self._started, used.ru_maxrss * unit)

    @property
    def used_up(self) -> bool:
        """Whether the kernel ended it because its time on the processor was over. Known once it has ended."""
        return self.process.returncode == -signal.SIGXCPU

    def ready(self) -> None:
        """Wait until its walls stand. Raises NotReady."""
        try:
            said = self._read(len(READY))
        except TooSlow:
            raise NotReady from None
        if said != READY:
            raise NotReady

    def answer(self, data: bytes) -> Answer:
        """What it says about a file. Raises Broken or TooSlow."""
        self._ends = time.monotonic() + self._seconds
        self._write(LENGTH.pack(len(data)))
        self._write(data)
        head = self._read(HEAD.size)
        if len(head) != HEAD.size:
            raise Broken
        reason, count, length = HEAD.unpack(head)
        if length > LIMITS.clean_bytes:
            raise Broken
        body = self._read(length + 1)  # one more would be one too many
        if len(body) != length:
            raise Broken
        return Answer(reason, count, body)

    def _write(self, data: bytes) -> None:
        left = memoryview(data)
        while left:
            self._wait(self._to, select.POLLOUT)
            try:
                left = left[os.write(self._to, left[:_CHUNK]) :]
            except BlockingIOError:
                continue
            except BrokenPipeError:
                raise Broken from None

    def _read(self, most: int) -> bytes:
        """Up to `most` bytes; fewer only where it said no more."""
        found = bytearray()
        while len(found) < most:
            self._wait(self._from, select.POLLIN)
            chunk = os.read(self._from, min(_CHUNK, most - len(found)))
            if not chunk:
                break
            found += chunk
        return bytes(found)

    def _wait(self, pipe: int, event: int) -> None:
        poll = select.poll()
        poll.register(pipe, event)
        left = self._ends - time.monotonic()
        if left <= 0 or not poll.poll(left * 1000):
            raise TooSlow
