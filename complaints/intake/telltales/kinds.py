"""What a number or an address in a text can be."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Kind(StrEnum):
    PASSPORT = "passport"
    VISA = "visa"
    NATIONAL_ID = "national_id"
    PHONE = "phone"
    EMAIL = "email"
    MRZ = "mrz"

    @property
    def label(self) -> Promise:
        """What people call it."""
        return _LABELS[self]


_LABELS: dict[Kind, Promise] = {
    Kind.PASSPORT: _("passport number"),
    Kind.VISA: _("visa or work permit number"),
    Kind.NATIONAL_ID: _("number of an identity card or residence card"),
    Kind.PHONE: _("phone number"),
    Kind.EMAIL: _("email address"),
    Kind.MRZ: _("line from the photo page of a passport or card"),
}


@dataclass(frozen=True, slots=True)
class Telltale:
    """A place in a text that may give the writer away: text[start:end].

    Only places, never what stands there: it may be passed on, and it may come into an error report.
    """

    start: int
    end: int
    kind: Kind
