"""The form on paper: whole in every language, the same for everybody, and silent about who fetched it."""

from __future__ import annotations

import logging
import re
from typing import Any

import pypdfium2
import pytest
from django.conf import settings
from django.test import Client
from django.utils.translation import override

from complaints.cases import vocabulary
from complaints.cases.severity import Category
from complaints.intake.pages import PAGES
from complaints.intake.paper import document, layout, questions
from complaints.paper import fonts
from complaints.paper.canvas import Canvas
from tests.intake.cast import text

LANGUAGES = [code for code, _name in settings.LANGUAGES]
LATIN = [code for code in LANGUAGES if code in ("en", "es", "fr", "id", "tl")]
# Not on paper: what has no question of its own, what needs the register's answer, what paper cannot carry.
NOT_ON_PAPER = {"who", "care", "list", "then", "look", "files", "paid"}


def words_of(content: bytes) -> str:
    """All text of a PDF, as a reader copies it, in one line."""
    with pypdfium2.PdfDocument(content) as opened:
        pages = [opened[number] for number in range(len(opened))]
        found = " ".join(page.get_textpage().get_text_range() for page in pages)
        for page in pages:
            page.close()
    return plain(found)


def plain(found: str) -> str:
    return re.sub(r"\s+", " ", found.replace("\ufffe", "")).replace("\xa0", " ")


@pytest.fixture(autouse=True)
def _no_warning_of_missing_letters(caplog: pytest.LogCaptureFixture) -> Any:
    caplog.set_level(logging.WARNING)
    yield
    assert not [one for one in caplog.records if one.name.startswith(("fpdf", "fontTools"))]


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_opens_has_four_sheets_and_is_small(language: str) -> None:
    content = document.pdf(language)
    with pypdfium2.PdfDocument(content) as opened:
        assert len(opened) == document.SHEETS
        assert all(size == (595.28, 841.89) for size in _sizes(opened))
    assert len(content) < 120_000


def _sizes(opened: Any) -> list[tuple[float, float]]:
    return [tuple(round(length, 2) for length in opened.get_page_size(number)) for number in range(len(opened))]


@pytest.mark.parametrize("language", LATIN)
def test_every_question_its_hint_and_every_choice_stand_on_it(language: str) -> None:
    found = words_of(document.pdf(language))
    with override(language):
        asked = questions.of_pages(*layout.FIRST, *layout.THEN, *layout.LAST)
        payment = questions.of_a_payment()
        heads = [payment[name].label for name, _width in layout.COLUMNS]
    boxes = [box for one in (*asked, payment["item"], payment["proof"], payment["loan"]) for box in one.choices]
    expected = [*heads, *(one.label for one in asked), *(one.hint for one in asked)]
    expected += [*(box.label for box in boxes), *(box.hint for box in boxes)]
    assert len(asked) > 15 and len(boxes) > 60
    for said in filter(None, expected):
        assert plain(said) in found, said


def test_all_of_the_form_is_on_it_but_what_paper_cannot_ask() -> None:
    on_paper = {*layout.FIRST, *layout.THEN, *layout.LAST}
    assert {page.name for page in PAGES} - on_paper == NOT_ON_PAPER
    found = words_of(document.pdf("en"))
    for kind in (Category, vocabulary.Sector, vocabulary.Paper, vocabulary.Remedy, vocabulary.Told, vocabulary.FeeItem):
        for label in kind.labels:
            assert str(label) in found


def test_nothing_is_asked_that_is_never_asked_and_what_not_to_write_stands_first() -> None:
    found = words_of(document.pdf("en"))
    asked = [one.label.lower() for one in questions.of_pages(*layout.FIRST, *layout.THEN, *layout.LAST)]
    for never in ("nationality", "passport", "visa", "immigration", "date of birth", "your name", "home address"):
        assert not any(never in one for one in asked), never
    assert found.index("Do not write your name") < found.index("In which country is the work?")
    assert found.index("whoever finds it can read it") < found.index("In which country is the work?")


def test_how_to_be_reached_stands_on_the_last_sheet_and_nowhere_else() -> None:
    with pypdfium2.PdfDocument(document.pdf("en")) as opened:
        sheets = [plain(opened[number].get_textpage().get_text_range()) for number in range(len(opened))]
    for asked in ("May the office contact you?", "The number, the email address, or who the person is"):
        assert [asked in sheet for sheet in sheets] == [False] * (len(sheets) - 1) + [True]


@pytest.mark.parametrize("language", LANGUAGES)
def test_it_says_neither_what_made_it_nor_when_and_is_drawn_the_same_each_time(language: str) -> None:
    content = document.draw(language)
    assert content == document.pdf(language)
    with pypdfium2.PdfDocument(content) as opened:
        assert not any(opened.get_metadata_dict().values())
    head = content.replace(b"\r", b"\n")
    for trace in (b"/Info", b"/ID", b"/Producer", b"/Creator", b"/CreationDate", b"/ModDate", b"/Author", b"/Title",
                  b"/Metadata", b"fpdf", b"D:20"):  # fmt: skip
        assert trace not in head, trace


def test_it_is_tagged_and_says_its_language_and_that_it_is_printed_on_one_side() -> None:
    content = document.pdf("ur")
    for part in (b"/MarkInfo", b"/StructTreeRoot", b"/Lang (ur)", b"/Duplex /Simplex", b"/S /H1", b"/S /H3", b"/S /P"):
        assert part in content, part


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_letter_of_any_language_is_an_empty_box(language: str) -> None:
    with override(language):
        canvas = Canvas(fonts.face(language), language=language, right_to_left=language in ("ar", "ur"))
        layout.write(canvas)
    assert canvas.lacking() == []
    glyphs = [glyph for font in canvas.fonts.values() for glyph, _id in font.subset.items()]
    drawn = [glyph for glyph in glyphs if glyph is not None and glyph.unicode != (0,)]  # but for the subset's own first
    assert len(drawn) > 60
    assert not [glyph for glyph in drawn if glyph.glyph_name == ".notdef"]
    canvas.close_fonts()


def test_a_letter_that_is_in_no_font_is_found() -> None:
    canvas = Canvas(fonts.face("en"), language="en", right_to_left=False)
    canvas.add_page()
    canvas.words("ক", 0, 20, 100, 12)
    assert canvas.lacking() == ["ক"]
    canvas.close_fonts()


def test_a_language_of_long_words_gets_smaller_letters_and_no_fifth_sheet(monkeypatch: pytest.MonkeyPatch) -> None:
    roomy = dict.fromkeys(questions.LINES, 0) | questions.LINES | {"happened": 12}
    monkeypatch.setattr(questions, "LINES", roomy)
    with pypdfium2.PdfDocument(document.draw("ne")) as opened:
        assert len(opened) == document.SHEETS


# --- where it is fetched ----------------------------------------------------------------------------------


def test_everybody_gets_the_same_bytes_under_a_name_that_says_nothing(client: Client) -> None:
    first, second = client.get("/en/paper/form.pdf"), Client(HTTP_HOST=client.defaults["HTTP_HOST"])
    again = second.get("/en/paper/form.pdf", secure=True, headers={"accept-encoding": "gzip", "user-agent": "another"})
    assert first.status_code == 200
    assert first.content == again.content == document.pdf("en")
    assert first["Content-Type"] == "application/pdf"
    assert first["Content-Disposition"] == 'inline; filename="form.pdf"'
    assert first["Cache-Control"] == "no-store" and not first.cookies
    assert client.get("/ar/paper/form.pdf").content == document.pdf("ar") != first.content


def test_the_page_leads_to_every_language_and_the_first_page_to_it(client: Client) -> None:
    shown = text(client.get("/en/paper/"))
    for language in LANGUAGES:
        assert f'href="/{language}/paper/form.pdf"' in shown
    assert 'href="/en/paper/"' in text(client.get("/en/"))
    assert "destroy it" in shown and "downloads" in shown
