"""A table of the head's numbers as bars: recruitment_watch/web/plots.py draws, and small ones stay untold."""

from __future__ import annotations

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from recruitment_watch.web.plots import UNTOLD, Plot
from recruitment_watch.web.plots import bars as drawn

from . import small
from .tables import Table

__all__ = ["UNTOLD", "bars"]


def bars(table: Table) -> SafeString:
    """The table as bars, one group a row and one bar a series; an empty string where there is nothing to plot."""
    if not table.plotted:
        return SafeString("")
    return drawn(Plot(table.slug, table.title, _about(table), table.series, table.rows, small.words))


def _about(table: Table) -> str:
    """The description: what is counted, and the largest."""
    best = max(
        ((value, label, name) for label, values in table.rows
         for name, value in zip(table.series, values, strict=True) if value is not None),
        default=None,
    )  # fmt: skip
    if best is None:
        return _("%(note)s All numbers here are too small to be told.") % {"note": table.note}
    return _("%(note)s The largest: %(label)s, %(series)s, %(count)d.") % {
        "note": table.note, "label": best[1], "series": best[2], "count": best[0],
    }  # fmt: skip
