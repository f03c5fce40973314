"""The questions, a room of the form each. Plain words; nothing is remembered by the browser; every mistake says how to
mend it. Never asked: immigration status, nationality, passport, visa, home address.
"""

from .agency import Choose, Name, Own, When
from .consent import Group, How, Reach, Tell
from .fields import MESSAGE_BYTES, MESSAGE_LETTERS, too_much
from .files import AddFile
from .money import MONEY_MAX, Money, Paid
from .place import Part, Place, Recruited
from .receipt import Message, ReceiptForm
from .story import Happened, Kept, Kind, Look, Now, Promised, Seen, Whose, Wish, Work

__all__ = [
    "MESSAGE_BYTES", "MESSAGE_LETTERS", "MONEY_MAX", "AddFile", "Choose", "Group", "Happened", "How", "Kept", "Kind",
    "Look", "Message",
    "Money", "Name", "Now", "Own", "Paid", "Part", "Place", "Promised", "Reach", "ReceiptForm", "Recruited", "Seen",
    "Tell", "When", "Whose", "Wish", "Work", "too_much",
]  # fmt: skip
