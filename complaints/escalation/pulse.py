"""Whether the clock and the muscle are alive: beat and worker leave word each minute, and the desk reads it.

A row a part, with a time to the minute that has to do with no case.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models

from recruitment_watch import clock

PATIENCE = timedelta(minutes=10)  # a tick is seconds, retention's round some minutes; S1's clock is four hours


class Part(models.TextChoices):
    BEAT = "beat"  # sends the ticks
    WORKER = "worker"  # has done one, to its end


class Pulse(models.Model):
    """When a part was last seen."""

    part = models.CharField(primary_key=True, max_length=8, choices=Part.choices)
    at = models.DateTimeField()


def beats(part: Part, now: datetime | None = None) -> None:
    """Leave word that `part` is alive; writes once a minute at most."""
    minute = (now or clock.now()).replace(second=0, microsecond=0)
    if not Pulse.objects.filter(part=part).exclude(at=minute).update(at=minute):
        Pulse.objects.bulk_create([Pulse(part=part, at=minute)], ignore_conflicts=True)


def silent(now: datetime | None = None) -> dict[Part, datetime | None]:
    """The parts that stand still, each with when it was last seen; None where it never was."""
    now = now or clock.now()
    seen = dict(Pulse.objects.values_list("part", "at"))
    return {part: seen.get(part) for part in Part if part not in seen or now - seen[part] > PATIENCE}
