"""What a foreign list said about one of its rows, in its words and in ours, and on which dates."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from agencies.models.agency import Agency, Place
from agencies.models.base import Row
from agencies.models.register import Register
from agencies.states import State

_LISTABLE = sorted(s.value for s in State if s != State.UNKNOWN)


class ListedStatus(Row):
    """One unbroken statement of a list about one row: every list from ``first_as_of`` to ``as_of`` said it.

    A new list that says the same moves ``as_of`` on; one that says otherwise adds a row. An empty ``state``
    is "may not recruit" in the list's own words, its kind not known. ``no_longer_listed`` is absence from a
    later complete list: it says that, and not that a licence was revoked.
    """

    PERSONAL_DATA = "none"
    RETENTION = "for ever"

    agency = models.ForeignKey(Agency, models.CASCADE, related_name="listed")
    place = models.ForeignKey(Place, models.CASCADE, related_name="listed")
    register = models.ForeignKey(Register, models.PROTECT, related_name="listed")
    first_as_of = models.DateField(_("first said on"))
    as_of = models.DateField(_("last said on"))
    words = models.CharField(_("in the list's words"), max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=16, blank=True)
    unverified = models.BooleanField(_("our reading of these words is not verified"), default=False)
    since = models.DateField(_("since"), null=True, blank=True)
    since_year = models.PositiveSmallIntegerField(_("since the year"), null=True, blank=True)
    ends_on = models.DateField(_("licence ends on"), null=True, blank=True)
    debarred_permanently = models.BooleanField(_("barred for ever"), default=False)
    no_longer_listed = models.BooleanField(_("no longer in the list"), default=False)
    batch_id = models.UUIDField(_("import"))
    recorded_at = models.DateTimeField(_("recorded at"))

    class Meta:
        indexes = [models.Index(fields=["place", "-as_of"], name="agencies_listed_place_as_of")]
        constraints = [
            models.CheckConstraint(condition=Q(state__in=["", *_LISTABLE]), name="agencies_listedstatus_state"),
            models.CheckConstraint(
                condition=Q(first_as_of__lte=F("as_of")), name="agencies_listedstatus_dates_in_order"
            ),
            models.CheckConstraint(
                condition=~Q(no_longer_listed=True) | Q(state="", words=""),
                name="agencies_listedstatus_absence_says_no_more",
            ),
            models.CheckConstraint(
                condition=~Q(state="", words="", no_longer_listed=False),
                name="agencies_listedstatus_says_something",
            ),
        ]

    def __str__(self) -> str:
        return self.words or self.state
