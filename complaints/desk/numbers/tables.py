"""One table of numbers, as it is told: for the page, the plot beside it and the file."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import small


@dataclass(frozen=True, slots=True)
class Table:
    """`rows` are (label, values), one value for each of `series`; a value is None where it is too small to be told.

    `note` says what is counted, `first` is the head of the labels' column. What is not of one measure is not plotted.
    """

    slug: str
    title: str
    note: str
    first: str
    series: Sequence[str]
    rows: Sequence[tuple[str, Sequence[int | None]]]
    plotted: bool = True

    def columns(self) -> list[dict[str, Any]]:
        """For `_components/table.html`."""
        return [{"label": self.first}, *({"label": one, "number": True} for one in self.series)]

    def cells(self) -> list[dict[str, Any]]:
        """The rows for `_components/table.html`."""
        return [
            {
                "cells": [
                    {"text": label},
                    *(
                        {"label": name, "text": small.words(value), "number": True}
                        for name, value in zip(self.series, values, strict=True)
                    ),
                ]
            }
            for label, values in self.rows
        ]

    def csv(self) -> str:
        """The same as a file: RFC 4180, the numbers as told and no others."""
        out = io.StringIO()
        written = csv.writer(out)
        written.writerow([self.first, *self.series])
        for label, values in self.rows:
            written.writerow([label, *(small.words(value) for value in values)])
        return out.getvalue()


def told(counts: Mapping[str, int]) -> list[tuple[str, list[int | None]]]:
    """Rows of one series, each count as it may be told."""
    return [(label, [small.shown(count)]) for label, count in counts.items()]
