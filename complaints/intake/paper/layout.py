"""What stands where on the paper form: what has to be known first, the questions, and how to be reached, apart."""

from __future__ import annotations

from collections.abc import Sequence

from django.utils.translation import get_language
from django.utils.translation import gettext as _

from complaints.paper.canvas import BOX, FOOT, HEIGHT, INNER, MARGIN, Canvas
from recruitment_watch import cldr

from . import questions
from .questions import PAYMENTS, Choice, Question

TITLE, HEADING, ASKED, BODY, SMALL = 16.0, 12.0, 10.5, 9.5, 8.5  # points
LINE = 8.0  # millimetres from one line to write on to the next
TOGETHER = 3  # lines that are not parted from their question
GAP = 2.4
ROW = 12.6  # a payment
END = HEIGHT - FOOT - 3
FIRST = (
    "start", "part", "from", "now", "whose", "name", "own", "time", "kind", "work", "given", "words", "kept", "money",
)  # fmt: skip
THEN = ("wish", "tell", "group")
LAST = ("reach", "how")  # on the sheet that comes off
COLUMNS = (
    ("item", 36.0), ("amount", 25.0), ("currency", 21.0), ("whom", 34.0), ("when", 22.0), ("proof", 42.0),
)  # fmt: skip


class Sheets:
    """Puts one thing under another, and begins a new sheet where the next one would be cut in two."""

    def __init__(self, canvas: Canvas) -> None:
        self.canvas, self.y = canvas, MARGIN
        canvas.add_page()

    def new(self) -> None:
        self.canvas.add_page()
        self.y = MARGIN

    def room(self, height: float) -> None:
        """A new sheet unless this much is left of this one."""
        if self.y + height > END:
            self.new()

    def text(self, text: str, size: float, *, bold: bool = False, tag: str = "P", after: float = 1.2) -> None:
        self.y += self.canvas.words(text, 0, self.y, INNER, size, bold=bold, tag=tag) + after

    def ask(self, question: Question) -> None:
        """A question with its boxes; of lines to write on, some may stand on the next sheet."""
        columns = _columns(self.canvas, question.choices)
        self.room(_tall(self.canvas, question, columns))
        if question.label:
            self.text(question.label, ASKED, bold=True, tag="H3", after=0.6)
        if question.hint:
            self.text(question.hint, SMALL, after=0.8)
        self._boxes(question, columns)
        if question.parts:
            self._parts(question.parts)
        for _line in range(question.lines):
            self.room(LINE)
            self.y += LINE
            self.canvas.rule(0, self.y, INNER)
        self.y += GAP

    def _boxes(self, question: Question, columns: int) -> None:
        width = INNER / columns
        for start in range(0, len(question.choices), columns):
            row = question.choices[start : start + columns]
            tall = max(_choice_tall(self.canvas, one, width) for one in row)
            for place, one in enumerate(row):
                self._box(one, place * width, width, many=question.many)
            self.y += tall

    def _box(self, choice: Choice, x: float, width: float, *, many: bool) -> None:
        lead = self.canvas.line_of(BODY)
        self.canvas.tick_box(x, self.y + (lead - BOX) / 2, many=many)
        x, width = x + BOX + 2, width - BOX - 4
        done = self.canvas.words(choice.label, x, self.y, width, BODY)
        self.canvas.words(choice.hint, x, self.y + done, width, SMALL)

    def _parts(self, parts: Sequence[str]) -> None:
        """Short lines beside each other, each after its label."""
        self.y += LINE
        x, width = 0.0, INNER / max(len(parts), 3)
        for label in parts:
            wide = self.canvas.wide(label, BODY) + 2
            self.canvas.words(label, x, self.y - self.canvas.line_of(BODY), wide + 4, BODY)
            self.canvas.rule(x + wide, self.y, width - wide - 6)
            x += width


def _columns(canvas: Canvas, choices: Sequence[Choice]) -> int:
    """In how many columns the boxes stand: three where every label fits on one line; two where few need a second."""
    widest = max((canvas.wide(one.label, BODY) for one in choices), default=0)
    hints = max((canvas.wide(one.hint, SMALL) for one in choices), default=0)
    if not hints and widest <= INNER / 3 - BOX - 4:
        return 3
    return 2 if len(choices) > 3 and max(widest / 1.6, hints / 1.2) <= INNER / 2 - BOX - 4 else 1


def _choice_tall(canvas: Canvas, choice: Choice, width: float) -> float:
    width -= BOX + 4
    return canvas.tall(choice.label, width, BODY) + canvas.tall(choice.hint, width, SMALL) + 0.9


def _tall(canvas: Canvas, question: Question, columns: int) -> float:
    width = INNER / columns
    rows = range(0, len(question.choices), columns)
    return (
        canvas.tall(question.label, INNER, ASKED, bold=True)
        + canvas.tall(question.hint, INNER, SMALL)
        + sum(max(_choice_tall(canvas, one, width) for one in question.choices[at : at + columns]) for at in rows)
        + LINE * (min(question.lines, TOGETHER) + bool(question.parts))
        + GAP
    )


def write(canvas: Canvas) -> None:
    """The whole form, in the language of the moment."""
    sheets = Sheets(canvas)
    _before(sheets)
    for question in questions.of_pages(*FIRST):
        sheets.ask(question)
    _payments(sheets)
    for question in questions.of_pages(*THEN):
        sheets.ask(question)
    sheets.new()
    sheets.text(_("How can the office reach you safely?"), TITLE, bold=True, tag="H2", after=3)
    sheets.text(_("Keep this sheet away from the others. Leave it empty if nobody may contact you."), BODY, after=3)
    for question in questions.of_pages(*LAST):
        sheets.ask(question)
    pages = len(canvas.pages)
    for number in range(1, pages + 1):
        canvas.page = number
        canvas.digits(cldr.digits(f"{number}/{pages}", get_language() or "en"), HEIGHT - FOOT, SMALL)


def _before(sheets: Sheets) -> None:
    """What has to be known before a word is written."""
    sheets.text(_("Tell a labour inspector about a recruitment agency"), TITLE, bold=True, tag="H1", after=2)
    _framed(
        sheets,
        _("This paper is not locked: whoever finds it can read it. Keep it hidden. When it is typed in, destroy it."),
    )
    for text in (
        _("Do not write your name, your address, or the number of a passport or a visa."),
        _(
            "A helper types this in later, with you. At the end you get a receipt of 24 digits: "
            "only with it can you see the answer."
        ),
        _(
            "Who reads it depends on the country, so it cannot stand here. Before typing, the helper sees which "
            "labour inspectors it goes to and reads their names out to you. You can still say no."
        ),
        _(
            "Only the country and what happened are needed: what you don't know can stay empty. "
            "Circles: tick one. Squares: tick all that fit. Where there is no room, go on on the back."
        ),
    ):
        sheets.text(text, BODY, after=1.4)
    sheets.y += GAP


def _framed(sheets: Sheets, text: str) -> None:
    tall = sheets.canvas.tall(text, INNER - 6, ASKED, bold=True) + 4
    sheets.canvas.frame(0, sheets.y, INNER, tall, thick=0.8)
    sheets.canvas.words(text, 3, sheets.y + 2, INNER - 6, ASKED, bold=True)
    sheets.y += tall + 2.5


# --- payments ---------------------------------------------------------------------------------------------


def _payments(sheets: Sheets) -> None:
    """One row a payment, under the names of what is asked; and what it may have been for."""
    asked = questions.of_a_payment()
    heads = [asked[name].label for name, _width in COLUMNS]
    high = max(
        sheets.canvas.tall(head, width - 2, SMALL, bold=True)
        for head, (_name, width) in zip(heads, COLUMNS, strict=True)
    )
    kinds = Question("", choices=asked["item"].choices)
    listed = " · ".join(one.label for one in kinds.choices)
    title = _("What did you pay, or what do you owe?")
    sheets.room(
        sheets.canvas.tall(title, INNER, ASKED, bold=True)
        + sheets.canvas.tall(listed, INNER, SMALL)
        + high + 2 + PAYMENTS * ROW + GAP
    )  # fmt: skip
    sheets.text(title, ASKED, bold=True, tag="H3", after=0.6)
    sheets.text(listed, SMALL, after=1)
    _cells(sheets, heads, high + 2)
    for _row in range(PAYMENTS):
        _row_to_fill(sheets, asked)
    sheets.y += GAP


def _cells(sheets: Sheets, heads: Sequence[str], tall: float) -> None:
    x = 0.0
    for head, (_name, width) in zip(heads, COLUMNS, strict=True):
        sheets.canvas.frame(x, sheets.y, width, tall)
        sheets.canvas.words(head, x + 1, sheets.y + 1, width - 2, SMALL, bold=True)
        x += width
    sheets.y += tall


def _row_to_fill(sheets: Sheets, asked: dict[str, Question]) -> None:
    x, canvas, small = 0.0, sheets.canvas, 3.0
    for _name, width in COLUMNS:
        canvas.frame(x, sheets.y, width, ROW)
        x += width
    yes, no, *others = asked["proof"].choices
    x -= width
    # Yes and no beside each other, the longer ones below.
    places = [(yes, 0.0, 0), (no, width / 2, 0), *((one, 0.0, place) for place, one in enumerate(others, start=1))]
    places += [(one, 0.0, len(others) + 1) for one in asked["loan"].choices]
    lead = (ROW - 0.8) / (places[-1][2] + 1)
    for one, aside, place in places:
        top = sheets.y + 0.6 + place * lead
        canvas.tick_box(x + aside + 1, top + (lead - small) / 2 - 0.2, many=one in asked["loan"].choices, size=small)
        room = (width / 2 if aside or place == 0 else width) - small - 3
        size = min(7, 7 * room / canvas.wide(one.label, 7))
        canvas.words(one.label, x + aside + small + 2, top + (lead - canvas.line_of(size)) / 2 - 0.2, room + 1, size)
    sheets.y += ROW
