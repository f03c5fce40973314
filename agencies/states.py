"""The states of a licence, and the one table of what may follow what (DOMAIN.md 2).

The table is data: the actions check against it, the fold of history obeys it, the tests take their
parameters from it, ``docs/licence-law.md`` is drawn from it. What an appeal or a court's stay may take back is
a table of its own, ``ON_APPEAL``; what comes back when a stay ends is the decision that it held back.
"""

from __future__ import annotations

from typing import Final

from django.db import models
from django.utils.translation import gettext_lazy as _


class State(models.TextChoices):
    """State of a licence on a day. EXPIRED and UNKNOWN are never the content of a decision."""

    PROVISIONAL = "PROVISIONAL", _("Provisional licence")
    ACTIVE = "ACTIVE", _("Licensed")
    SUSP_PREVENTIVE = "SUSP_PREVENTIVE", _("Suspended while it is investigated")
    SUSP_DISC = "SUSP_DISC", _("Suspended because it broke a rule")
    SUSP_ADMIN = "SUSP_ADMIN", _("Suspended because papers, a fee or the guarantee are missing")
    SURRENDERED = "SURRENDERED", _("Licence given back")
    REVOKED = "REVOKED", _("Licence taken away")
    CANCELLED_ADMIN = (
        "CANCELLED_ADMIN",
        _("Licence cancelled because papers, a fee or the guarantee are missing"),
    )
    RENEWAL_REFUSED = "RENEWAL_REFUSED", _("Renewal refused")
    VOID = "VOID", _("Licence void: it was given in error or by fraud")
    EXPIRED = "EXPIRED", _("Licence run out")
    UNKNOWN = "UNKNOWN", _("Not understood")


class EventKind(models.TextChoices):
    """A decision, the outcome of an appeal, a court's stay, the stay's end, or a correction of the record."""

    DECISION = "DECISION", _("Decision")
    APPEAL = "APPEAL", _("Overturned on appeal")
    STAY = "STAY", _("Stayed by a court")
    STAY_ENDED = "STAY_ENDED", _("The court's stay has ended")
    CORRECTION = "CORRECTION", _("Correction of the record")


MAY_RECRUIT: Final = frozenset({State.ACTIVE, State.PROVISIONAL})
SUSPENDED: Final = frozenset({State.SUSP_PREVENTIVE, State.SUSP_DISC, State.SUSP_ADMIN})
#: These run out at the end date of the licence; a suspension does not stop the calendar.
RUNS_OUT: Final = MAY_RECRUIT | SUSPENDED
TERMINAL: Final = frozenset(
    {State.REVOKED, State.CANCELLED_ADMIN, State.RENEWAL_REFUSED, State.SURRENDERED, State.VOID}
)
#: What a decision may say. EXPIRED is computed, UNKNOWN comes from foreign lists only.
DECIDABLE: Final = frozenset(State) - {State.EXPIRED, State.UNKNOWN}
#: Decisions against an agency: they need a second approver.
ADVERSE: Final = SUSPENDED | {State.REVOKED, State.CANCELLED_ADMIN, State.RENEWAL_REFUSED, State.VOID}
#: Decisions that must name the standards that were broken.
NEEDS_STANDARDS: Final = frozenset({State.SUSP_DISC, State.REVOKED, State.RENEWAL_REFUSED})

#: Decisions that come before the board of three parties first; a suspension that cannot wait comes before it after.
BEFORE_BOARD: Final = SUSPENDED | {State.REVOKED}

_LEAVING: Final = SUSPENDED | {
    State.SURRENDERED,
    State.REVOKED,
    State.CANCELLED_ADMIN,
    State.RENEWAL_REFUSED,
    State.VOID,
}

#: From (None: no licence yet) -> what a decision may lead to.
TRANSITIONS: Final[dict[State | None, frozenset[State]]] = {
    None: frozenset({State.PROVISIONAL, State.ACTIVE}),
    State.PROVISIONAL: _LEAVING | {State.ACTIVE},
    State.ACTIVE: _LEAVING,
    State.SUSP_PREVENTIVE: frozenset({State.ACTIVE, State.SUSP_DISC, State.REVOKED, State.SURRENDERED, State.VOID}),
    State.SUSP_DISC: frozenset({State.ACTIVE, State.REVOKED, State.SURRENDERED, State.VOID}),
    State.SUSP_ADMIN: frozenset({State.ACTIVE, State.CANCELLED_ADMIN, State.SURRENDERED, State.VOID}),
    State.EXPIRED: frozenset({State.REVOKED, State.VOID}),
    State.SURRENDERED: frozenset({State.REVOKED, State.VOID}),
    State.REVOKED: frozenset({State.VOID}),
    State.CANCELLED_ADMIN: frozenset({State.VOID}),
    State.RENEWAL_REFUSED: frozenset({State.VOID}),
    State.VOID: frozenset(),
    State.UNKNOWN: frozenset(),
}

#: An appeal or a stay takes a sanction back, a terminal one too: the licence stands as it would without it.
ON_APPEAL: Final[dict[State, frozenset[State]]] = {state: RUNS_OUT - {state} for state in (SUSPENDED | TERMINAL)}


#: From here a decision that a court had stayed bites again, when the stay ends.
WHILE_STAYED: Final = MAY_RECRUIT | SUSPENDED | {State.EXPIRED}
#: A licence that ran out while the stay lasted is not suspended afterwards; it can still be revoked.
AFTER_EXPIRY: Final = TERMINAL


def allowed(
    old: State | None, new: State, kind: EventKind = EventKind.DECISION, *, stayed: State | None = None
) -> bool:
    """Whether an event of this kind may lead from ``old`` to ``new``.

    ``stayed``: what the stay now in force holds back, None without one. An appeal may take that back for good.
    """
    if kind == EventKind.STAY_ENDED:
        return new == stayed and old in WHILE_STAYED and (old != State.EXPIRED or new in AFTER_EXPIRY)
    if kind == EventKind.STAY:
        return old is not None and new in ON_APPEAL.get(old, frozenset())
    if kind == EventKind.APPEAL:
        against = old if stayed is None else stayed
        return against is not None and new in ON_APPEAL.get(against, frozenset())
    return new in TRANSITIONS[old]
