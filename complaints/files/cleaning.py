"""The door: bytes of a stranger in, a clean file or a reason out. Everything in memory; nothing here opens the file."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from functools import cache
from threading import BoundedSemaphore

from django.conf import settings

from .kinds import CLEAN_FORMS, Form, Kind, form_of
from .outcomes import LIMITS, Busy, Clean, Outcome, Reason, Refused
from .room import Answer, Broken, NotReady, Room, TooSlow, Usage

log = logging.getLogger(__name__)


def clean(data: bytes) -> Outcome:
    """Clean one file, with this installation's settings. Takes up to FILES_PATIENCE and ten seconds."""
    return _ours().clean(data)


@cache
def _ours() -> Cleaner:
    return Cleaner(at_once=settings.FILES_AT_ONCE, patience=settings.FILES_PATIENCE)


class Cleaner:
    """Cleans at most `at_once` files at a time; whoever comes then waits at most `patience` seconds.

    `seconds` is what one file may take by the wall clock, once its process is there. `observe` is told what each cost.
    """

    def __init__(
        self,
        *,
        at_once: int = 2,
        patience: float = 15.0,
        seconds: float = LIMITS.seconds,
        observe: Callable[[Usage], None] = lambda usage: None,
    ) -> None:
        self._places = BoundedSemaphore(at_once)
        self._patience = patience
        self._seconds = seconds
        self._observe = observe

    def clean(self, data: bytes) -> Outcome:
        """What came of a file. Nothing that is in it can make this raise."""
        if not data:
            return Refused(Reason.EMPTY)
        if len(data) > LIMITS.file_bytes:
            return Refused(Reason.TOO_LARGE)
        form = form_of(data)
        if form is None:
            return Refused(Reason.NOT_TAKEN)
        kind = form.kind
        if kind is None:
            return Refused(Reason.HEIC)
        if not self._places.acquire(timeout=self._patience):
            return Busy()
        try:
            return self._cleaned(data, form, kind)
        finally:
            self._places.release()

    def _cleaned(self, data: bytes, form: Form, kind: Kind) -> Outcome:
        try:
            answer = self._answer(data, form)
        except NotReady:
            log.error("files.cleaner_does_not_start")
            return Busy()
        except TooSlow:
            return Refused(Reason.TOO_SLOW)
        except Broken:
            return Refused(Reason.DAMAGED)
        return believed(answer, kind, data)

    def _answer(self, data: bytes, form: Form) -> Answer:
        room = Room(form, self._seconds)
        try:
            with room:
                room.ready()
                return room.answer(data)
        except Broken:
            if room.used_up:
                raise TooSlow from None
            raise
        finally:
            self._observe(room.usage)


def believed(answer: Answer, kind: Kind, data: bytes) -> Outcome:
    """Hold the answer of a process that may have been taken over against what it can be at all."""
    if answer.reason:
        known = answer.reason in list(Reason)
        return Refused(Reason(answer.reason) if known else Reason.DAMAGED)
    if form_of(answer.body) is not CLEAN_FORMS[kind]:
        return Refused(Reason.DAMAGED)
    most = {Kind.DOCUMENT: LIMITS.pages, Kind.RECORDING: LIMITS.minutes * 60}.get(kind, 0)
    if answer.count > most:
        return Refused(Reason.DAMAGED)
    return Clean(
        kind=kind,
        data=answer.body,
        sha256=hashlib.sha256(data).hexdigest(),
        pages=answer.count if kind is Kind.DOCUMENT else 0,
        seconds=answer.count if kind is Kind.RECORDING else 0,
    )
