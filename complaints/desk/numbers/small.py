"""Small numbers are left out even inside the office: what is printed or saved goes further than its page.

The threshold is that of the published tables (FIREWALL rule 13): nothing under 10 is told, not even none, and the rest
is rounded to 5. No table has a sum, so that nothing can be worked out from the others.
"""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

K = 10
STEP = 5
DIGITS = 2  # of a sum of money that are told


def shown(count: int) -> int | None:
    """The count as it may be told: None below K, else rounded to STEP."""
    return None if count < K else (count + STEP // 2) // STEP * STEP


def words(value: int | None) -> str:
    """What `shown` gives, in words."""
    return _("fewer than %(count)d") % {"count": K} if value is None else str(value)


def money(amount: Decimal, cases: int) -> int | None:
    """A sum as it may be told: None where fewer than K cases make it up, else to DIGITS leading digits."""
    if cases < K or amount < 1:
        return None
    step = Decimal(1).scaleb(max(amount.adjusted() - DIGITS + 1, 0))
    return int((amount / step).quantize(Decimal(1), rounding=ROUND_HALF_UP) * step)
