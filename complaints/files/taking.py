"""Taking a file of a stranger, in whichever room it comes in: as it is cleaned, or not at all and in a sentence."""

from __future__ import annotations

from django.utils.translation import gettext as _

from . import cleaning, words
from .outcomes import Clean, Refused
from .space import Shelf, is_left


class NotTaken(Exception):
    """A file was not taken; `sentence` says why and what to do instead, and nothing of the file."""

    def __init__(self, sentence: str) -> None:
        super().__init__("a file was not taken")
        self.sentence = sentence


def cleaned(data: bytes, shelf: Shelf = Shelf.SENT) -> Clean:
    """The file as it may be kept. Takes up to FILES_PATIENCE and ten seconds: in no transaction. Raises NotTaken."""
    if not is_left(shelf):
        raise NotTaken(_("There is no room for files just now. What you write is stored; send the file another day."))
    outcome = cleaning.clean(data)
    if isinstance(outcome, Refused):
        raise NotTaken(words.sentence(outcome.reason))
    if not isinstance(outcome, Clean):
        raise NotTaken(words.busy())
    return outcome
