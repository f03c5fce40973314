"""Who else can help, read from the register's copy: contexts of `intake/who_helps.html`. Nothing is stored."""

from __future__ import annotations

from typing import Any

from django.utils.translation import get_language

from agencies.directory import URGENT, who_can_help

from . import words
from .register import COPY


def in_country(country: str) -> dict[str, Any]:
    """All who can help in a country, those first who speak the page's language."""
    return _context(country, who_can_help(country, language=get_language(), using=COPY))


def at_once(country: str) -> dict[str, Any]:
    """Whom to call now: emergency numbers, then helplines."""
    every = who_can_help(country, language=get_language(), urgent=True, using=COPY)
    return _context(country, [one for one in every if one.kind in URGENT])


def _context(country: str, entries: list[Any]) -> dict[str, Any]:
    return {"country": words.country(country), "entries": entries}
