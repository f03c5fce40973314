"""What people attach: every form comes out clean and as it looked, everything else is refused with a way out."""

from __future__ import annotations

import array
import hashlib
import io
import re
import struct
import subprocess
import sys
import threading
import time
import zlib
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import av
import pypdfium2 as pdfium
import pytest
from fpdf import FPDF
from PIL import Image, ImageOps

from complaints.files import cleaning, kinds, room, words
from complaints.files.cleaning import Cleaner, believed
from complaints.files.kinds import Kind
from complaints.files.outcomes import LIMITS, Busy, Clean, Reason, Refused
from complaints.files.room import Answer, Usage
from tests.intake import canaries
from tests.intake.anatomy import beside
from tests.intake.samples import PICTURES, SOUNDS, all_forms, pdf, photo, picture, sound, video

PATIENT = Cleaner(seconds=60)  # a quarter of an hour is work for seconds of a processor that tests have to share
RED, BLUE = (255, 0, 0), (0, 0, 255)


def clean(data: bytes) -> Clean:
    outcome = cleaning.clean(data)
    assert isinstance(outcome, Clean), outcome
    return outcome


def opened(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data))


def as_png(image: Image.Image, form: str = "PNG", **given: object) -> bytes:
    written = io.BytesIO()
    image.save(written, form, **given)
    return written.getvalue()


def near(seen: tuple[int, ...], meant: tuple[int, ...], by: int = 24) -> bool:
    return all(abs(one - other) <= by for one, other in zip(seen, meant, strict=True))


# --- every form -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("form", "data"), all_forms().items(), ids=all_forms().keys())
def test_every_form_comes_out_as_its_kind(form: str, data: bytes) -> None:
    found = clean(data)
    kind = Kind.PHOTO if form in PICTURES else Kind.DOCUMENT if form == "PDF" else Kind.RECORDING
    assert (found.kind, found.media_type) == (kind, kinds.MEDIA_TYPES[kind])
    assert kinds.form_of(found.data) is kinds.CLEAN_FORMS[kind]
    assert found.sha256 == hashlib.sha256(data).hexdigest()
    assert beside(found.data) == 0
    assert clean(found.data).kind is kind  # and what we write, we can read


@pytest.mark.parametrize("form", PICTURES)
def test_a_photo_shows_what_it_showed(form: str) -> None:
    seen, meant = opened(clean(photo(form)).data), picture()
    assert seen.size == meant.size
    for spot in ((5, 5), (90, 5), (5, 60), (48, 32)):
        assert near(seen.getpixel(spot), meant.getpixel(spot), by=60 if form == "GIF" else 24)


def test_a_photo_is_turned_as_it_was_held() -> None:
    for orientation in range(1, 9):
        exif = Image.Exif()
        exif[0x0112] = orientation
        data = photo(exif=exif)
        seen = opened(clean(data).data)
        with opened(data) as original:
            meant = ImageOps.exif_transpose(original).convert("RGB")
        assert seen.size == meant.size
        assert near(seen.getpixel((5, 5)), meant.getpixel((5, 5)))
        assert near(seen.getpixel((seen.width - 5, 5)), meant.getpixel((seen.width - 5, 5)))


def test_a_big_photo_is_made_smaller_and_keeps_its_shape() -> None:
    data = photo(width=4000, height=3000)
    assert opened(clean(data).data).size == (2400, 1800)
    assert opened(clean(photo("PNG", 30, 5000)).data).size == (14, 2400)


def test_what_lets_light_through_lies_on_white_paper() -> None:
    clear = as_png(Image.new("RGBA", (40, 40), (255, 0, 0, 0)))
    half = as_png(Image.new("LA", (40, 40), (0, 0)))
    holed = as_png(Image.new("P", (40, 40), 0), transparency=0)
    for data in (clear, half, holed):
        assert near(opened(clean(data).data).getpixel((20, 20)), (255, 255, 255))


def test_unusual_pixels_keep_their_shade() -> None:
    grey = Image.frombytes("I;16", (40, 40), array.array("H", [0x8000] * 1600).tobytes())
    for data, meant in (
        (as_png(grey), (128, 128, 128)),
        (as_png(Image.new("1", (40, 40), 1)), (255, 255, 255)),
        (as_png(Image.new("L", (3000, 40), 90)), (90, 90, 90)),
        (as_png(Image.new("CMYK", (3000, 40), (0, 255, 255, 0)), "JPEG"), RED),
    ):
        assert near(opened(clean(data).data).getpixel((20, 15)), meant)


def test_of_an_animation_the_first_picture_is_taken() -> None:
    frames = [Image.new("RGB", (40, 40), colour) for colour in (RED, BLUE)]
    for form in ("GIF", "WEBP", "PNG"):
        data = as_png(frames[0], form, save_all=True, append_images=frames[1:], duration=100)
        assert near(opened(clean(data).data).getpixel((20, 20)), RED)


def test_a_document_keeps_its_pages_their_shape_and_what_is_drawn() -> None:
    found = clean(pdf(pages=3))
    assert (found.pages, found.seconds) == (3, 0)
    document = pdfium.PdfDocument(found.data)
    page = document[2].render().to_pil()
    assert document[2].get_size() == (200, 100)
    assert near(page.getpixel((50, 50)), RED)
    assert near(page.getpixel((150, 50)), (255, 255, 255))
    assert document[0].get_textpage().get_text_range() == ""


def test_a_filled_form_keeps_what_was_filled_in() -> None:
    look = canaries.stream(b"0 0 1 rg 0 0 50 20 re f", "/Type/XObject/Subtype/Form/BBox[0 0 50 20]")
    field = b"<</Type/Annot/Subtype/Widget/FT/Tx/T(f)/F 4/Rect[120 20 170 40]/V(x)/AP<</N 6 0 R>>>>"
    data = pdf(page="/Annots[5 0 R]", catalogue="/AcroForm<</Fields[5 0 R]>>", objects=[field, look])
    page = pdfium.PdfDocument(clean(data).data)[0].render().to_pil()
    assert near(page.getpixel((140, 70)), BLUE, by=60)


def test_paper_of_any_size_comes_out_at_a_size_that_can_be_shown() -> None:
    data = pdf().replace(b"[0 0 200 100]", b"[0 0 14400 7200]")
    assert pdfium.PdfDocument(clean(data).data)[0].get_size() == (2000, 1000)


@pytest.mark.parametrize("form", SOUNDS)
def test_a_recording_sounds_as_it_did(form: str) -> None:
    found = clean(sound(form, 3.0))
    assert abs(found.seconds - 3) <= 1
    with av.open(io.BytesIO(found.data)) as source:
        (stream,) = source.streams
        assert stream.codec_context.layout.name == "mono"
        assert not source.metadata
        heard = b"".join(_as_16_bits(frame) for frame in source.decode(stream))
    samples = array.array("h", heard)[24_000:72_000]  # the second second
    crossings = sum(one < 0 <= other for one, other in pairwise(samples))
    assert abs(crossings - 440) < 12


def _as_16_bits(frame: av.AudioFrame) -> bytes:
    mixed = av.AudioResampler(format="s16", layout="mono", rate=48_000).resample(frame)
    return b"".join(bytes(one.planes[0])[: 2 * one.samples] for one in mixed)


def test_a_recording_that_breaks_off_is_kept_as_far_as_it_goes() -> None:
    whole = sound("ogg", 4.0)
    assert 1 <= clean(whole[: len(whole) // 2]).seconds <= 3


def test_neither_name_nor_sent_type_is_asked_for() -> None:
    for given in (cleaning.clean, Cleaner.clean):
        assert not {"name", "filename", "content_type"} & set(given.__annotations__)


# --- every refusal ----------------------------------------------------------------------------------------


def long_wav() -> bytes:
    size = 8000 * 60 * 16
    form = struct.pack("<4sIHHIIHH", b"fmt ", 16, 1, 1, 8000, 8000, 1, 8)
    return struct.pack("<4sI4s", b"RIFF", 36 + size, b"WAVE") + form + struct.pack("<4sI", b"data", size) + bytes(size)


def amr(minutes: int) -> bytes:
    """Fifty frames a second of the smallest size, with nothing in them; the file does not say how long it is."""
    return b"#!AMR\n" + (b"\x04" + bytes(12)) * 50 * 60 * minutes


def locked_pdf() -> bytes:
    letter = FPDF()
    letter.add_page()
    letter.set_encryption(owner_password="one", user_password="two")
    return bytes(letter.output())


def vast_png() -> bytes:
    """A PNG that says it is 10,000 by 10,000."""
    plain = photo("PNG")
    head = plain[12:16] + (10_000).to_bytes(4) * 2 + plain[24:29]
    return plain[:12] + head + zlib.crc32(head).to_bytes(4) + plain[33:]


REFUSALS: dict[str, tuple[Reason, Callable[[], bytes]]] = {
    "nothing in it": (Reason.EMPTY, lambda: b""),
    "too many bytes": (Reason.TOO_LARGE, lambda: photo() + bytes(LIMITS.file_bytes)),
    "too many pixels": (Reason.TOO_LARGE, vast_png),
    "a text": (Reason.NOT_TAKEN, lambda: b"hello, this is a text"),
    "a page of the web": (Reason.NOT_TAKEN, lambda: b"<!doctype html><script>1</script>"),
    "a drawing": (Reason.NOT_TAKEN, lambda: b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
    "an archive": (Reason.NOT_TAKEN, lambda: b"PK\3\4" + bytes(100)),
    "a program": (Reason.NOT_TAKEN, lambda: b"\x7fELF" + bytes(100)),
    "a TIFF": (Reason.NOT_TAKEN, lambda: as_png(picture(), "TIFF")),
    "an iPhone's own form": (Reason.HEIC, lambda: b"\0\0\0\x18ftypheic\0\0\0\0mif1heic" + bytes(100)),
    "an AVIF": (Reason.HEIC, lambda: as_png(picture(), "AVIF")),
    "a video": (Reason.VIDEO, video),
    "a video of the web": (Reason.VIDEO, lambda: video("matroska")),
    "half a photo": (Reason.DAMAGED, lambda: photo(width=900, height=900)[:3000]),
    "the head of a photo": (Reason.DAMAGED, lambda: photo()[:40]),
    "the head of a document": (Reason.DAMAGED, lambda: pdf()[:40]),
    "the head of a recording": (Reason.DAMAGED, lambda: sound("m4a")[:40]),
    "a quarter of an hour and more": (Reason.TOO_LONG, long_wav),
    "the same, and it does not say so": (Reason.TOO_LONG, lambda: amr(16)),
    "31 pages": (Reason.TOO_MANY_PAGES, lambda: pdf(pages=31)),
    "a password": (Reason.ENCRYPTED, locked_pdf),
}


@pytest.mark.parametrize(("reason", "make"), REFUSALS.values(), ids=REFUSALS.keys())
def test_what_is_not_taken_is_refused_for_its_reason(reason: Reason, make: Callable[[], bytes]) -> None:
    assert PATIENT.clean(make()) == Refused(reason)


def test_just_what_is_allowed_is_taken() -> None:
    assert clean(pdf(pages=LIMITS.pages)).pages == 30
    longest = PATIENT.clean(amr(15))
    assert isinstance(longest, Clean)
    assert longest.seconds == 900


def test_what_takes_too_long_is_ended() -> None:
    spent: list[Usage] = []
    hasty = Cleaner(seconds=0.02, observe=spent.append)
    assert hasty.clean(photo(width=4000, height=3000)) == Refused(Reason.TOO_SLOW)
    assert spent[0].seconds < LIMITS.start_seconds + 1


def test_when_nobody_can_be_served_the_file_is_not_blamed() -> None:
    assert Cleaner(at_once=0, patience=0.01).clean(photo()) == Busy()


def test_a_process_that_does_not_start_is_not_the_files_fault(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(room, "PROJECT", tmp_path)
    assert cleaning.clean(photo()) == Busy()


def test_others_wait_their_turn_and_never_more_than_so_many_run() -> None:
    spans: list[tuple[float, float]] = []
    outcomes: list[object] = []

    def note(used: Usage) -> None:
        ended = time.monotonic()
        spans.append((ended - used.seconds, ended))

    one_by_one = Cleaner(at_once=1, patience=60, observe=note)
    people = [threading.Thread(target=lambda: outcomes.append(one_by_one.clean(photo()))) for _each in range(4)]
    for person in people:
        person.start()
    for person in people:
        person.join()
    assert [type(outcome) for outcome in outcomes] == [Clean] * 4
    spans.sort()
    assert all(ended <= began for (_one, ended), (began, _other) in pairwise(spans))


def test_a_place_is_given_back_whatever_came_of_the_file() -> None:
    alone = Cleaner(at_once=1, patience=0)
    outcomes = [type(alone.clean(data)) for data in (photo()[:40], photo(), pdf()[:40], photo())]
    assert outcomes == [Refused, Clean, Refused, Clean]


# --- what the process says is not believed ----------------------------------------------------------------


@pytest.mark.parametrize(
    "answer",
    [
        Answer(0, 0, b"<script>"),
        Answer(0, 0, pdf()),
        Answer(0, 7, photo()),
        Answer(0, 0, b""),
        Answer(99, 0, b""),
    ],
)
def test_an_answer_that_cannot_be_is_damage(answer: Answer) -> None:
    assert believed(answer, Kind.PHOTO, b"x") == Refused(Reason.DAMAGED)


def test_the_web_process_loads_no_decoder() -> None:
    script = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from django.conf import settings; settings.configure(FILES_AT_ONCE=1, FILES_PATIENCE=5.0, USE_I18N=False)\n"
        "from complaints.files import cleaning, words\n"
        "print(type(cleaning.clean(sys.stdin.buffer.read())).__name__, words.busy())\n"
        "print(sorted({name.split('.')[0] for name in sys.modules} & {'PIL', 'av', 'pypdfium2', 'pypdfium2_raw'}))"
    )
    command = [sys.executable, "-I", "-c", script, str(room.PROJECT)]
    said = subprocess.run(command, input=photo(), capture_output=True, check=True).stdout.decode().splitlines()
    assert said[0].startswith("Clean ")
    assert said[1] == "[]"


def test_pdfium_has_no_script_engine() -> None:
    assert not {"V8", "XFA"} & set(pdfium.version.PDFIUM_INFO.flags)


# --- words ------------------------------------------------------------------------------------------------


def test_each_reason_has_one_sentence_with_a_way_out() -> None:
    for reason in Reason:
        said = words.sentence(reason)
        assert re.fullmatch(r"[A-Z][^.%{]+\.", said), said
        assert re.search(r"\b(send|choose)\b", said), said
    assert re.fullmatch(r"[A-Z][^.%{]+ safe,[^.%{]+\.", words.busy())


def test_what_we_have_is_said_in_words() -> None:
    def said(kind: Kind, pages: int = 0, seconds: int = 0) -> str:
        return words.described(Clean(kind=kind, data=b"", sha256="", pages=pages, seconds=seconds))

    assert said(Kind.PHOTO) == "a photo"
    assert [said(Kind.DOCUMENT, pages=count) for count in (1, 3)] == ["a document of 1 page", "a document of 3 pages"]
    assert [said(Kind.RECORDING, seconds=count) for count in (0, 1, 59, 60, 125)] == [
        "a recording of 1 second", "a recording of 1 second", "a recording of 59 seconds",
        "a recording of 1 minute", "a recording of 2 minutes",
    ]  # fmt: skip


def test_an_outcome_shows_nothing_of_the_file_where_it_is_printed() -> None:
    found = clean(photo())
    assert found.sha256 not in repr(found)
    assert "JFIF" not in repr(found)
