"""A sheet of A4 that is written on from the side where the language begins. All lengths are millimetres, sizes points.

Every text is tagged for screen readers with what it is, in the order in which it is read; boxes and lines are
decoration to them (PDF 32000-1, 14.7 and 14.8).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from fpdf import FPDF
from fpdf.enums import Duplex, MethodReturnValue
from fpdf.fonts import TTFFont
from fpdf.output import OutputProducer
from fpdf.prefs import ViewerPreferences

from .fonts import Face

WIDTH, HEIGHT, MARGIN, FOOT = 210.0, 297.0, 15.0, 13.0
INNER = WIDTH - 2 * MARGIN
POINT = 25.4 / 72
# Scripts whose letters are joined or reordered: HarfBuzz's names, and where they are in Unicode.
JOINED = {"arab": (0x600, 0x8FF), "deva": (0x900, 0x963), "beng": (0x980, 0x9FF)}
BOX = 3.6


class _Nameless(OutputProducer):
    """Writes the file without the part that says what made it, and when."""

    def _add_info(self) -> None:  # type: ignore[override]  # fpdf2 leaves it out for archives only
        return None


def script_of(text: str) -> str | None:
    """The one script of a text that has to be named, or HarfBuzz would go by the text's first letters; else None."""
    found = [name for name, (low, high) in JOINED.items() if any(low <= ord(one) <= high for one in text)]
    return found[0] if len(found) == 1 else None


class Canvas(FPDF):
    """The sheets of one document, in one language.

    `x` counts from the margin at which lines begin; `scale` makes all letters smaller, and no line to write on.
    """

    def __init__(self, face: Face, *, language: str, right_to_left: bool, scale: float = 1) -> None:
        super().__init__(format="A4")
        self.right_to_left, self.leading, self.scale = right_to_left, face.leading, scale
        self.family = "letters"  # of the text that is written next
        self._letters: set[str] = set()
        regular, bold = face.axes or (None, None)
        self.add_font("letters", "", face.regular, variations=regular)
        self.add_font("letters", "B", face.bold, variations=bold)
        self.set_text_shaping(direction="rtl" if right_to_left else "ltr", language=language)
        self.set_lang(language)
        self.set_auto_page_break(False)
        self.c_margin = 0
        # The last sheet has to come off, and what is written must not shine through.
        self.viewer_preferences = ViewerPreferences(duplex=Duplex.SIMPLEX)

    def file_id(self) -> None:
        """None: it would be made of the time."""
        return

    def bytes_of_it(self) -> bytes:
        return bytes(self.output(output_producer_class=_Nameless) or b"")

    def lacking(self) -> list[str]:
        """Letters that were to be written and that the fonts do not have: shaped text loses them without a word."""
        known: dict[str, set[int]] = {}
        for name, font in self.fonts.items():
            if isinstance(font, TTFFont):
                family, letters = name.removesuffix("B"), set(font.cmap)
                known[family] = known.get(family, letters) & letters  # in both weights
        return sorted(one for one in self._letters if not any(ord(one) in cmap for cmap in known.values()))

    def close_fonts(self) -> None:
        """fpdf2 leaves them open."""
        for font in self.fonts.values():
            if isinstance(font, TTFFont):
                font.ttfont.close()

    # --- words ---------------------------------------------------------------------------------------------

    def tall(self, text: str, width: float, size: float, *, bold: bool = False) -> float:
        """How high this text would stand in this width."""
        if not text:
            return 0.0
        self._ready(text, size, bold)
        found = self.multi_cell(
            width, self.line_of(size), text, align="L", dry_run=True, output=MethodReturnValue.HEIGHT
        )
        return float(found)  # type: ignore[arg-type]  # what `output` asks for

    def wide(self, text: str, size: float, *, bold: bool = False) -> float:
        """How wide this text is on one line."""
        self._ready(text, size, bold)
        return self.get_string_width(text)

    def words(
        self, text: str, x: float, y: float, width: float, size: float, *, bold: bool = False, tag: str = "P"
    ) -> float:
        """Write a text; returns how high it stands. `tag` is its structure type: H1, H2, P."""
        if not text:
            return 0.0
        self._letters |= {one for one in text if unicodedata.category(one) not in ("Cf", "Cc")}
        self._ready(text, size, bold)
        self.set_xy(self._left(x, width), y)
        with self._tagged(tag):
            self.multi_cell(width, self.line_of(size), text, align="R" if self.right_to_left else "L")
        return self.get_y() - y

    def digits(self, text: str, y: float, size: float) -> None:
        """The sheet's number in its foot, in the middle: decoration."""
        self.set_font("letters", "", size * self.scale)
        self.set_xy(MARGIN, y)
        with self._decoration():
            self.cell(INNER, self.line_of(size), text, align="C")

    def _ready(self, text: str, size: float, bold: bool) -> None:
        self.set_font(self.family, "B" if bold else "", size * self.scale)
        if self.text_shaping:
            self.text_shaping["script"] = script_of(text)

    def line_of(self, size: float) -> float:
        """How high one line of text stands."""
        return size * self.scale * POINT * self.leading

    # --- boxes and lines -----------------------------------------------------------------------------------

    def tick_box(self, x: float, y: float, *, many: bool, size: float = BOX) -> None:
        """A square, of which several may be ticked, or a circle, of which one."""
        with self._decoration():
            self.set_line_width(0.3)
            left = self._left(x, size)
            if many:
                self.rect(left, y, size, size)
            else:
                self.circle(left + size / 2, y + size / 2, size / 2)

    def rule(self, x: float, y: float, width: float, *, thick: float = 0.2) -> None:
        """A line to write on."""
        with self._decoration():
            self.set_line_width(thick)
            left = self._left(x, width)
            self.line(left, y, left + width, y)

    def frame(self, x: float, y: float, width: float, height: float, *, thick: float = 0.25) -> None:
        with self._decoration():
            self.set_line_width(thick)
            self.rect(self._left(x, width), y, width, height)

    def _left(self, x: float, width: float) -> float:
        return WIDTH - MARGIN - x - width if self.right_to_left else MARGIN + x

    # --- tags ----------------------------------------------------------------------------------------------

    @contextmanager
    def _tagged(self, tag: str) -> Iterator[None]:
        """What is drawn inside is one element of the document's structure. fpdf2 itself tags pictures only."""
        number = self.struct_builder.next_mcid_for_page(self.page)
        self._add_marked_content(struct_type=f"/{tag}", mcid=number)
        self._out(f"/{tag} <</MCID {number}>> BDC")
        yield
        self._out("EMC")

    @contextmanager
    def _decoration(self) -> Iterator[None]:
        self._out("/Artifact BMC")
        yield
        self._out("EMC")
