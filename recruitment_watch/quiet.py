"""What a process leaves behind when something in it breaks: a type and places in the code, and no word of what it held.

Python by itself prints an exception's text, and warnings quote values; a crash may leave all of the memory on disk.
Here the last words of a process are built as its log lines are (FIREWALL rule 15), and its memory is nobody's: no
core file, and no other process of the same user may look into it.
"""

from __future__ import annotations

import ctypes
import logging
import resource
import sys
import threading
import traceback
from types import TracebackType
from typing import Any

PR_SET_DUMPABLE = 4  # prctl(2)
Kind = type[BaseException] | None


def start() -> None:
    sys.excepthook = process_ends
    threading.excepthook = thread_ends
    sys.unraisablehook = unraisable
    logging.captureWarnings(True)  # our formatter then leaves their text out
    no_core()


def no_core() -> None:
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if sys.platform == "linux":  # a pipe to a crash reporter does not ask for the limit
        ctypes.CDLL(None).prctl(PR_SET_DUMPABLE, 0)


def told(kind: Kind, place: TracebackType | None) -> str:
    """The exception's type after the places it came through, a line each."""
    frames = traceback.extract_tb(place)
    lines = [f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return "\n".join([*lines, kind.__name__ if kind else "an error"]) + "\n"


def process_ends(kind: type[BaseException], error: BaseException, place: TracebackType | None) -> None:
    sys.stderr.write(told(kind, place))


def thread_ends(args: threading.ExceptHookArgs) -> None:
    if args.exc_type is not SystemExit:
        sys.stderr.write(told(args.exc_type, args.exc_traceback))


def unraisable(args: Any) -> None:
    sys.stderr.write(told(args.exc_type, args.exc_traceback))
