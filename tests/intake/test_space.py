"""The room for files, under intake's own role: what is not sent yet takes a share of it and no more."""

from __future__ import annotations

from typing import Any

from complaints.files import space
from complaints.files.space import Shelf
from complaints.intake.models import DraftFile
from tests.intake.test_attaching import MIB, flood, on_disk


def left() -> list[bool]:
    return [space.is_left(shelf) for shelf in (Shelf.SENT, Shelf.FORM, Shelf.ORIGINAL)]


def test_originals_are_refused_first_then_all_of_forms_and_never_what_is_sent(settings: Any) -> None:
    settings.FILES_ROOM = 2 * on_disk()[0] + 4 * MIB
    seen = [left()]
    for _ in range(4):
        flood()
        seen.append(left())
    assert seen == [[True, True, True], [True, True, False], *[[True, False, False]] * 3]
    DraftFile.objects.all().delete()  # on the disk until the server has tidied up, and in nobody's way
    assert on_disk()[1] > space.share() and left() == [True, True, True]


def test_when_what_was_sent_has_filled_the_room_nothing_more_is_taken(settings: Any) -> None:
    settings.FILES_ROOM = on_disk()[0]
    assert left() == [False, False, False] and space.is_short()
