"""The states of a case and the one table of moves between them (DOMAIN 3)."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import models
from django.utils.translation import gettext_lazy as _


class Severity(models.IntegerChoices):
    S1 = 1, _("danger")
    S2 = 2, _("could cost the licence")
    S3 = 3, _("wages and conditions")
    S4 = 4, _("service")


class State(models.TextChoices):
    FILED = "filed", _("filed")
    RELEASED = "released", _("with an office, not yet opened")
    ACKNOWLEDGED = "acknowledged", _("acknowledged")
    IN_WORK = "in_work", _("being worked on")
    ASKED = "asked", _("waiting for an answer from the complainant")
    DECIDED = "decided", _("decided")
    CLOSED = "closed", _("closed")
    WITHDRAWN = "withdrawn", _("withdrawn")


class Outcome(models.TextChoices):
    """What came of a case that an office closes; sealed, and told to the complainant."""

    UPHELD = "upheld", _("the complaint was right")
    PARTLY_UPHELD = "partly_upheld", _("the complaint was right in part")
    NOT_UPHELD = "not_upheld", _("no rule was broken")
    SETTLED = "settled", _("it was settled")
    NOT_OURS = "not_ours", _("this office cannot deal with it")
    CANNOT_BE_FOUND_OUT = "cannot_be_found_out", _("it cannot be found out")


# Back to RELEASED from work: a missed clock has given the case to one more office, which has not said yet that it has
# it; or the database has put it back, because no office has it any more (sql/departures.sql), or because the person
# does not leave it at what an office made of it (sql/closing.sql): closed again where there is no further office.
MOVES: Mapping[State, frozenset[State]] = {
    State.FILED: frozenset({State.RELEASED, State.WITHDRAWN}),
    State.RELEASED: frozenset({State.ACKNOWLEDGED, State.CLOSED, State.WITHDRAWN}),
    State.ACKNOWLEDGED: frozenset({State.IN_WORK, State.ASKED, State.RELEASED, State.WITHDRAWN}),
    State.IN_WORK: frozenset({State.ASKED, State.DECIDED, State.RELEASED, State.WITHDRAWN}),
    State.ASKED: frozenset({State.IN_WORK, State.RELEASED, State.WITHDRAWN}),
    State.DECIDED: frozenset({State.CLOSED, State.RELEASED, State.WITHDRAWN}),
    State.CLOSED: frozenset({State.IN_WORK, State.RELEASED, State.WITHDRAWN}),
    State.WITHDRAWN: frozenset(),
}

# Some office owes something: a missed clock releases the next rung.
OWED = (State.FILED, State.RELEASED, State.ACKNOWLEDGED, State.IN_WORK)
# An office works on it, or ought to.
OPEN = (State.FILED, State.RELEASED, State.ACKNOWLEDGED, State.IN_WORK, State.ASKED)
# The work is over.
DONE = (State.DECIDED, State.CLOSED)
