"""Bars as SVG that needs no script, no style sheet and no colour: solid, hatched and dotted, each with its number.

What is too small to be told is an empty dashed box of one size, whatever the number. The plot has a title and a
description for who does not see it, is drawn in the page's own ink, and the table beside it says the same.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from . import small
from .tables import Table

WIDTH, LINE, BAR, GAP, TEXT = 420, 20, 16, 10, 15  # units of the drawing; about pixels
LONGEST = 290  # of a bar, so that its number stands beside it
UNTOLD = 24
FILLS = 3  # more series than this would look alike


def bars(table: Table) -> SafeString:
    """The table as bars, one group a row and one bar a series; an empty string where there is nothing to plot."""
    if not table.rows or not table.plotted:
        return SafeString("")
    legend = LINE + GAP if len(table.series) > 1 else 0
    height = legend + len(table.rows) * (LINE + GAP + len(table.series) * (BAR + 4))
    return format_html(
        '<svg class="plot" role="img" aria-labelledby="{0}-title {0}-about" viewBox="0 0 {1} {2}" direction="ltr" '
        'font-size="{3}" fill="currentColor" xmlns="http://www.w3.org/2000/svg">'
        '<title id="{0}-title">{4}</title><desc id="{0}-about">{5}</desc>{6}{7}{8}</svg>',
        table.slug, WIDTH, height, TEXT, table.title, _about(table), _patterns(table.slug),
        _legend(table) if legend else "", format_html_join("", "{}", ((one,) for one in _groups(table, legend))),
    )  # fmt: skip


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


def _patterns(slug: str) -> SafeString:
    return format_html(
        '<defs><pattern id="{0}-1" width="6" height="6" patternUnits="userSpaceOnUse" patternTransform="rotate(45)">'
        '<path d="M0 0V6" stroke="currentColor" stroke-width="4"/></pattern>'
        '<pattern id="{0}-2" width="6" height="6" patternUnits="userSpaceOnUse">'
        '<circle cx="3" cy="3" r="1.5" fill="currentColor"/></pattern></defs>',
        slug,
    )


def _fill(slug: str, number: int) -> str:
    return "currentColor" if number % FILLS == 0 else f"url(#{slug}-{number % FILLS})"


def _box(slug: str, number: int, x: int, y: int, width: float) -> SafeString:
    return format_html(
        '<rect x="{}" y="{}" width="{}" height="{}" fill="{}" stroke="currentColor"/>',
        x + 1, y, round(width, 1), BAR, _fill(slug, number),
    )  # fmt: skip


def _legend(table: Table) -> SafeString:
    step = WIDTH // len(table.series)
    return format_html_join(
        "",
        '{}<text x="{}" y="{}">{}</text>',
        (
            (_box(table.slug, number, number * step, 2, BAR), number * step + BAR + 8, BAR, name)
            for number, name in enumerate(table.series)
        ),
    )


def _groups(table: Table, top: int) -> Iterator[SafeString]:
    largest = max((value for _, values in table.rows for value in values if value is not None), default=1)
    y = top
    for label, values in table.rows:
        yield format_html('<text x="1" y="{}">{}</text>', y + TEXT, label)
        y += LINE
        for number, value in enumerate(values):
            width = UNTOLD if value is None else max(LONGEST * value / largest, 2)
            if value is None:
                yield format_html(
                    '<rect x="1" y="{}" width="{}" height="{}" fill="none" stroke="currentColor" '
                    'stroke-dasharray="3 3"/>',
                    y, width, BAR,
                )  # fmt: skip
            else:
                yield _box(table.slug, number, 0, y, width)
            yield format_html('<text x="{}" y="{}">{}</text>', round(width) + 9, y + BAR - 3, small.words(value))
            y += BAR + 4
        y += GAP
