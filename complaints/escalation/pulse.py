"""Whether the clock and the muscle are alive: beat and worker leave word each minute, and the desk reads it.

A row a part, with a time to the minute that has to do with no case; one more for what is done once a week.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.db import models

from recruitment_watch import clock

PATIENCE = timedelta(minutes=10)  # a tick is seconds, retention's round some minutes; S1's clock is four hours


class Part(models.TextChoices):
    BEAT = "beat"  # sends the ticks
    WORKER = "worker"  # has done one, to its end
    REFERRALS = "outward"  # not whether something lives: the week in which referrals last left


ALIVE = (Part.BEAT, Part.WORKER)


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
    return {part: seen.get(part) for part in ALIVE if part not in seen or now - seen[part] > PATIENCE}


def a_week_begins(part: Part, now: datetime) -> bool:
    """Whether this is the first call in the ISO week (UTC) of `now`; never in the week of the very first call.

    Inside a transaction whoever else asks waits for its end, and is told no; rolled back, it was not asked.
    """
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    monday = midnight - timedelta(days=midnight.weekday())
    if Pulse.objects.filter(part=part).exclude(at=monday).update(at=monday):
        return True
    if not Pulse.objects.filter(part=part).exists():
        Pulse.objects.bulk_create([Pulse(part=part, at=monday)], ignore_conflicts=True)
    return False
