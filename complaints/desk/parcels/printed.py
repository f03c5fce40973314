"""The letter as a PDF. What a person wrote may be in another script than the letter, and then has its own letters."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import get_language, get_language_bidi
from django.utils.translation import gettext as _

from complaints.paper import fonts
from complaints.paper.canvas import FOOT, HEIGHT, INNER, MARGIN, Canvas, script_of

from .letter import Part, title

TITLE, HEADING, BODY = 16.0, 12.0, 10.0  # points
LABEL = 50.0  # millimetres for a fact's label; what it is stands beside it
END = HEIGHT - FOOT - 3
# A language for each script of which we have letters, and where that script is in Unicode.
SCRIPTS = {"en": ((0x20, 0x24F),), "hi": ((0x900, 0x97F),), "bn": ((0x980, 0x9FF),), "ar": ((0x590, 0x8FF),)}
RIGHT_TO_LEFT = range(0x590, 0x900)


class _Sheets:
    """Puts one text under another, and goes on with what is left of it on the next sheet."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas, self.y, self.own = canvas, MARGIN, canvas.right_to_left
        canvas.add_page()

    def text(self, text: str, size: float, *, bold: bool = False, tag: str = "P", theirs: bool = False) -> None:
        for line in text.splitlines():
            self._line(line.strip(), size, bold, tag, theirs)
        self.y += 1.4

    def fact(self, label: str, lines: Sequence[str]) -> None:
        """A label, and beside it what it is: on the letter's own side, each in the direction of its script."""
        beside, width = LABEL + 4, INNER - LABEL - 4
        heights = [self.canvas.tall(one, width, BODY) for one in lines]
        self.room(max(self.canvas.tall(label, LABEL, BODY, bold=True), sum(heights)))
        self._shape(label, is_right_to_left(label))
        done = self.canvas.words(label, 0, self.y, LABEL, BODY, bold=True)
        at = 0.0
        for one in lines:
            self._shape(one, is_right_to_left(one))
            at += self.canvas.words(one, beside, self.y + at, width, BODY)
        self.y += max(done, at) + 1.4

    def room(self, height: float) -> None:
        if self.y + height > END:
            self.canvas.add_page()
            self.y = MARGIN

    def _line(self, line: str, size: float, bold: bool, tag: str, theirs: bool) -> None:
        """One paragraph; parted between two words where the sheet ends."""
        self.canvas.right_to_left = is_right_to_left(line) if theirs else self.own
        self._shape(line, self.canvas.right_to_left)
        words = line.split()
        while words:
            self.room(self.canvas.line_of(size))
            fitting = self._fitting(words, size, bold)
            self.y += self.canvas.words(" ".join(words[:fitting]), 0, self.y, INNER, size, bold=bold, tag=tag)
            words = words[fitting:]
        self.canvas.right_to_left = self.own

    def _fitting(self, words: Sequence[str], size: float, bold: bool) -> int:
        """How many of the words the rest of the sheet holds; at least one."""
        low, high = 1, len(words)
        while low < high:
            middle = (low + high + 1) // 2
            fits = self.y + self.canvas.tall(" ".join(words[:middle]), INNER, size, bold=bold) <= END
            low, high = (middle, high) if fits else (low, middle - 1)
        return low

    def _shape(self, text: str, right_to_left: bool) -> None:
        """Arabic has its figures and foreign words from its own font: parted between two, they would change places."""
        arabic = script_of(text) == "arab" and "letters-ar" in self.canvas.fonts
        self.canvas.family = "letters-ar" if arabic else "letters"
        self.canvas.set_text_shaping(direction="rtl" if right_to_left else "ltr")


def pdf(parts: Sequence[Part]) -> bytes:
    """The letter in the language of the moment. Where a letter is in none of our fonts, the sheet says so."""
    language = get_language() or "en"
    canvas = Canvas(fonts.face(language), language=language, right_to_left=get_language_bidi())
    _with_other_scripts(canvas, language, parts)
    sheets = _Sheets(canvas)
    sheets.text(title(), TITLE, bold=True, tag="H1")
    for part in parts:
        sheets.room(25)
        sheets.y += 2
        sheets.text(part.heading, HEADING, bold=True, tag="H2")
        for sentence in part.sentences:
            sheets.text(sentence, BODY)
        for label, lines in part.facts:
            sheets.fact(label, lines)
        if part.theirs:
            sheets.text(part.theirs, BODY, theirs=True)
    if canvas.lacking():
        sheets.text(_("Some letters cannot be printed here. Read letter.html, which has them all."), BODY, bold=True)
    found = canvas.bytes_of_it()
    canvas.close_fonts()
    return found


def is_right_to_left(text: str) -> bool:
    """By its first letter that has a direction."""
    first = next((one for one in text if one.isalpha()), "")
    return bool(first) and ord(first) in RIGHT_TO_LEFT


def _with_other_scripts(canvas: Canvas, language: str, parts: Sequence[Part]) -> None:
    """Letters of the scripts that occur, beside those of the letter's own language; a font not needed is not read."""
    texts = [part.theirs for part in parts] + [line for part in parts for _label, ls in part.facts for line in ls]
    texts += [label for part in parts for label, _lines in part.facts]
    used = {ord(one) for text in texts for one in text}
    own, others = fonts.face(language), []
    for code, spans in SCRIPTS.items():
        face = fonts.face(code)
        if face.regular != own.regular and any(low <= one <= high for one in used for low, high in spans):
            regular, bold = face.axes or (None, None)
            canvas.add_font(f"letters-{code}", "", face.regular, variations=regular)
            canvas.add_font(f"letters-{code}", "B", face.bold, variations=bold)
            others.append(f"letters-{code}")
    if others:
        canvas.set_fallback_fonts(others)
