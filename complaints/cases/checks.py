"""What must be so of casework's own files before a zone serves; every process asks when it starts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import Error, Tags, register

from . import rulebook


@register(Tags.database, "start")
def routing_rules_can_be_used(app_configs: Any, databases: Sequence[str] | None = None, **_: Any) -> list[Error]:
    """The file always; whether the offices that it names are there only with `--database`."""
    try:
        rules = rulebook.current()
    except rulebook.RulesFault as fault:
        return [_error(sentence) for sentence in fault.sentences]
    return [_error(sentence) for sentence in rulebook.unknown_offices(rules)] if databases and rules.offices else []


def _error(sentence: str) -> Error:
    return Error(f"Routing rules, {rulebook.path()}: {sentence}", id="rw.E006")
