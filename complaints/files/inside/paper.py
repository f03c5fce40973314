"""A PDF of pictures, written by hand: catalogue, pages, one JPEG and one drawing step a page. No dates, no names.

ISO 32000-1, 7.5 (structure of a file), 7.7 (of a document), 8.9 (images). The same sheets give the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sheet:
    """A JPEG in RGB, its width and height in pixels, its paper's in points."""

    jpeg: bytes
    pixels: tuple[int, int]
    points: tuple[float, float]


def bound(sheets: Sequence[Sheet]) -> bytes:
    """The whole file. Objects: 1 catalogue, 2 pages, then three a sheet (page, drawing step, picture)."""
    pages = " ".join(f"{3 + 3 * at} 0 R" for at in range(len(sheets)))
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        f"<</Type/Pages/Count {len(sheets)}/Kids[{pages}]>>".encode(),
    ]
    for at, sheet in enumerate(sheets):
        objects += _sheet_objects(sheet, 3 + 3 * at)
    return _file(objects)


def _sheet_objects(sheet: Sheet, number: int) -> list[bytes]:
    wide, high = (f"{one:.2f}" for one in sheet.points)
    page = (
        f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 {wide} {high}]/Contents {number + 1} 0 R"
        f"/Resources<</XObject<</P {number + 2} 0 R>>>>>>"
    )
    picture = (
        f"/Type/XObject/Subtype/Image/Width {sheet.pixels[0]}/Height {sheet.pixels[1]}"
        "/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode"
    )
    drawing = f"{wide} 0 0 {high} 0 0 cm /P Do".encode()
    return [page.encode(), _stream(drawing, ""), _stream(sheet.jpeg, picture)]


def _stream(data: bytes, facts: str) -> bytes:
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (facts.encode(), len(data), data)


def _file(objects: Sequence[bytes]) -> bytes:
    whole, offsets = bytearray(b"%PDF-1.4\n"), []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(whole))
        whole += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(whole)
    entries = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    count = len(objects) + 1
    whole += f"xref\n0 {count}\n0000000000 65535 f \n{entries}trailer\n<</Size {count}/Root 1 0 R>>\n".encode()
    return bytes(whole + b"startxref\n%d\n%%%%EOF\n" % table)
