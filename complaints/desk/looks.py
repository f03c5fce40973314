"""What is new since a member looked: marks that only their own open vault can make, and so only it can read.

A mark is made with the member's private key from the case and from what can be seen of it outside: its state, and how
many messages the complainant has sent. It says nothing to whoever has the database; the week beside it is the log's.
"""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from complaints.cases import clocks
from complaints.cases.models import Holding, Inspector, Message
from complaints.firewall.access import OpenCase
from complaints.firewall.keys import OpenVault
from complaints.vault.primitives import derive
from complaints.vault.retention import weeks_after
from recruitment_watch import clock

from .models import Look

MARK_BYTES = 16
KEPT_WEEKS = 52  # a look that is older is forgotten


class News(models.TextChoices):
    NEW = "new", _("New")
    MORE = "more", _("Something new")


def news(rows: Iterable[tuple[Holding, int]], *, by: Inspector, vault: OpenVault) -> dict[UUID, News]:
    """By holding, what is new to `by`; each comes with the number of the complainant's messages. One query.

    What a colleague has in hand is not news: nothing waits for `by` there.
    """
    if vault.private is None or vault.member != by.pk:
        return {}
    made = {
        row.pk: (_first(vault.private, row.pk), _now(vault.private, row.pk, row.state, said))
        for row, said in rows
        if row.assignee_id in (None, by.pk)
    }
    wanted = [mark for marks in made.values() for mark in marks]
    found = Look.objects.filter(inspector=by, mark__in=wanted).values_list("mark", flat=True)
    known = {bytes(mark) for mark in found}
    return {key: News.MORE if first in known else News.NEW for key, (first, now) in made.items() if now not in known}


def looked(case: OpenCase, vault: OpenVault) -> None:
    """Remember that the case was looked at as it is now. Two statements at most."""
    if vault.private is None or vault.member != case.member.pk:
        return
    said = sum(one.message.direction == Message.Direction.FROM_COMPLAINANT for one in case.messages)
    key, state = case.holding.pk, str(case.case.state)
    marks = (_first(vault.private, key), _now(vault.private, key, state, said))
    week = clocks.week(clock.now())
    rows = [Look(inspector=case.member, mark=mark, week=week) for mark in marks]
    Look.objects.bulk_create(rows, ignore_conflicts=True)


def forget(member: Inspector) -> None:
    """Delete what this member looked at more than a year ago."""
    oldest = weeks_after(clocks.week(clock.now()), -KEPT_WEEKS)
    Look.objects.filter(inspector=member, week__lt=oldest).delete()


def _first(private: bytes, holding: UUID) -> bytes:
    return derive(private, "look", holding.bytes)[:MARK_BYTES]


def _now(private: bytes, holding: UUID, state: str, said: int) -> bytes:
    return derive(private, "look/now", holding.bytes, state, said)[:MARK_BYTES]
