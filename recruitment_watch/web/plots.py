"""Bars as SVG that needs no script, no style sheet and no colour: solid, hatched and dotted, each with its number.

What may not be told is an empty dashed box of one size, whatever the number. The plot has a title and a description
for who does not see it, is drawn in the page's own ink, and the table beside it says the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

# Units of the drawing; about pixels, on the smallest telephone a sixth less: there letters are 13 pixels high.
WIDTH, LINE, BAR, GAP, TEXT = 340, 20, 16, 10, 15
LONGEST = 210  # of a bar, so that its number stands beside it
UNTOLD = 24
FILLS = 3  # more series than this would look alike


@dataclass(frozen=True, slots=True)
class Plot:
    """``rows`` are (label, values), one value for each of ``series``, None where it may not be told.

    ``slug`` is unlike that of every other plot on the page; ``about`` says what is counted; ``words`` writes a value.
    """

    slug: str
    title: str
    about: str
    series: Sequence[str]
    rows: Sequence[tuple[str, Sequence[int | None]]]
    words: Callable[[int | None], str] = str


def bars(plot: Plot) -> SafeString:
    """The rows as bars, one group a row and one bar a series; an empty string where there is nothing to plot."""
    if not plot.rows:
        return SafeString("")
    legend = len(plot.series) * LINE + GAP if len(plot.series) > 1 else 0
    height = legend + len(plot.rows) * (LINE + GAP + len(plot.series) * (BAR + 4))
    return format_html(
        '<svg class="plot" role="img" aria-labelledby="{0}-title {0}-about" viewBox="0 0 {1} {2}" direction="ltr" '
        'font-size="{3}" fill="currentColor" xmlns="http://www.w3.org/2000/svg">'
        '<title id="{0}-title">{4}</title><desc id="{0}-about">{5}</desc>{6}{7}{8}</svg>',
        plot.slug, WIDTH, height, TEXT, plot.title, plot.about, _patterns(plot.slug),
        _legend(plot) if legend else "", format_html_join("", "{}", ((one,) for one in _groups(plot, legend))),
    )  # fmt: skip


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


def _legend(plot: Plot) -> SafeString:
    return format_html_join(
        "",
        '{}<text x="{}" y="{}">{}</text>',
        (
            (_box(plot.slug, number, 0, number * LINE + 2, BAR), BAR + 8, number * LINE + BAR, name)
            for number, name in enumerate(plot.series)
        ),
    )


def _groups(plot: Plot, top: int) -> Iterator[SafeString]:
    largest = max((value for _label, values in plot.rows for value in values if value is not None), default=1) or 1
    y = top
    for label, values in plot.rows:
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
                yield _box(plot.slug, number, 0, y, width)
            yield format_html('<text x="{}" y="{}">{}</text>', round(width) + 9, y + BAR - 3, plot.words(value))
            y += BAR + 4
        y += GAP
