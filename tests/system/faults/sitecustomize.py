"""For a child process under test, through PYTHONPATH: named functions are replaced as soon as they are imported.

RW_FAULTS="module:function,…" fail with canaries in hand: RW_FAULTS_CANARY is what message, local variables, the
exception behind and the SQL then carry. RW_FAULTS_STOCK=1 starts the error reports as the library would by itself.
RW_TAINT is the folder of FIREWALL proof 4: see taint.py beside this. RW_CARELESS_TICK=1 takes the guards of proof 7
away: see careless_tick.py.
"""

from __future__ import annotations

import builtins
import functools
import os
import sys
from collections.abc import Callable
from typing import Any

CANARY = os.environ.get("RW_FAULTS_CANARY", "")
WAITING: dict[tuple[str, str], Callable[[Any], Any]] = {}


def stock() -> None:
    import sentry_sdk
    from django.conf import settings

    sentry_sdk.init(dsn=settings.SENTRY_DSN, send_default_pii=True, include_local_variables=True)


def failing(original: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(original)
    def fails(*args: Any, **kwargs: Any) -> None:
        narrative = f"local-{CANARY}"
        try:
            _statement(f"sql-{CANARY}")
        except Exception as behind:
            behind.add_note(f"note-{CANARY}")
            raise RuntimeError(f"message-{CANARY}", narrative) from behind

    return fails


def _statement(word: str) -> None:
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute(f"SELECT '{word}'::text, %s::integer", [word])


def _arm() -> None:
    """After each import: whatever is there now and whole is replaced, before others take it by name."""
    for (name, function), replacing in list(WAITING.items()):
        module = sys.modules.get(name)
        original = getattr(module, function, None)
        if original is not None and not getattr(module.__spec__, "_initializing", False):
            del WAITING[name, function]
            setattr(module, function, replacing(original))


_import = builtins.__import__


def _armed(*args: Any, **kwargs: Any) -> Any:
    found = _import(*args, **kwargs)
    if WAITING:
        _arm()
    return found


for _one in filter(None, os.environ.get("RW_FAULTS", "").split(",")):
    _module, _, _function = _one.partition(":")
    WAITING[_module, _function] = failing
if os.environ.get("RW_FAULTS_STOCK"):
    WAITING["recruitment_watch.sentry", "start"] = lambda original: stock
if os.environ.get("RW_TAINT"):
    import taint

    WAITING.update(taint.replacements())
if os.environ.get("RW_CARELESS_TICK"):
    import careless_tick

    WAITING.update(careless_tick.replacements())
if WAITING:
    builtins.__import__ = _armed
