"""One file in, one answer out. What is needed is imported, the walls go up, and only then is a byte read.

The form is told as an argument: the signature was looked at before, and another decoder is not even loaded.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable

from complaints.files.kinds import Form, Kind
from complaints.files.outcomes import LIMITS, Reason
from complaints.files.wire import HEAD, LENGTH, READY

from . import sandbox
from .refusal import Refusal

Cleaner = Callable[[bytes, Form], tuple[bytes, int]]


def cleaner_of(kind: Kind | None) -> Cleaner:
    """The function for a kind, with all that it will ever import."""
    if kind is Kind.PHOTO:
        from .photo import clean
    elif kind is Kind.DOCUMENT:
        from .document import clean
    else:
        from .recording import clean
    return clean


def main(name: str) -> None:
    form = Form[name]
    cleaner = cleaner_of(form.kind)
    sandbox.close_in()
    _write(READY)
    (length,) = LENGTH.unpack(sys.stdin.buffer.read(LENGTH.size))
    head, body = answer(cleaner, sys.stdin.buffer.read(length), form)
    _write(head)
    _write(body)
    os._exit(0)  # nothing of a library's own farewell


def answer(cleaner: Cleaner, data: bytes, form: Form) -> tuple[bytes, bytes]:
    """Head and body. Whatever a decoder raises means the file: its text is not even looked at."""
    try:
        clean, count = cleaner(data, form)
    except Refusal as refusal:
        return HEAD.pack(refusal.reason, 0, 0), b""
    except MemoryError:
        return HEAD.pack(Reason.TOO_LARGE, 0, 0), b""
    except Exception:
        return HEAD.pack(Reason.DAMAGED, 0, 0), b""
    if len(clean) > LIMITS.clean_bytes:
        return HEAD.pack(Reason.TOO_LARGE, 0, 0), b""
    return HEAD.pack(0, count, len(clean)), clean


def _write(data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(1, view) :]
