"""A parcel as the worker has it: the age file, from under the weekly file."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager

from complaints.cases import pinned
from complaints.firewall.models import Parcel
from complaints.vault import contexts, padding, retention


def age_file(parcel: Parcel, as_owner: Callable[[], AbstractContextManager[None]]) -> bytes:
    """As the worker has it."""
    with as_owner():
        row = Parcel.objects.select_related("case").get(pk=parcel.pk)
    padded = retention.unwrap(
        pinned.week_keys().read(row.case.death_week), bytes(row.box), week=row.case.death_week,
        context=contexts.parcel(row.case_id.bytes, row.pk.bytes),
    )  # fmt: skip
    return padding.unpad(padded)
