"""How much room files have, and who is refused first when it gets short.

Anybody can begin a form and add files to it, so what is not sent yet may take a share of the room and no more: sent
files have all that is left by it. Within that share originals, which a person has on the phone too, stop at its half.
"""

from __future__ import annotations

from enum import Enum

from django.conf import settings
from django.db import connection

# Sizes on the disk, which every zone may ask; and what lies in the rows themselves, which only intake may. Deleted
# rows take disk until the server has tidied up: they must refuse nobody's form, nor more than their share of the rest.
ON_DISK = """SELECT pg_catalog.pg_total_relation_size('public.complaints_attachment'),
                    pg_catalog.pg_total_relation_size('public.complaints_draftfile')"""
IN_ROWS = "SELECT coalesce(sum(octet_length(box)), 0)::bigint FROM public.complaints_draftfile"


class Shelf(Enum):
    """What a file comes with."""

    SENT = "with something that is sent in the same moment: a message, an office's letter"
    FORM = "with a form that may never be sent"
    ORIGINAL = "the same, and its original is to be kept"


def is_left(shelf: Shelf = Shelf.SENT) -> bool:
    """Whether one more file may be stored. Only intake may ask for a form's."""
    if _used() >= settings.FILES_ROOM:
        return False
    return shelf is Shelf.SENT or _in_forms() < share() // (2 if shelf is Shelf.ORIGINAL else 1)


def share() -> int:
    """Bytes that files of forms which are not sent yet may take."""
    return int(settings.FILES_ROOM) // 2


def is_short() -> bool:
    """Whether three quarters of the room are taken: time for whoever runs the machines to make more."""
    return _used() >= int(settings.FILES_ROOM) * 3 // 4


def _used() -> int:
    with connection.cursor() as cursor:
        cursor.execute(ON_DISK)
        sent, forms = cursor.fetchone()
    return int(sent) + min(int(forms), share())


def _in_forms() -> int:
    with connection.cursor() as cursor:
        cursor.execute(IN_ROWS)
        (size,) = cursor.fetchone()
    return int(size)
