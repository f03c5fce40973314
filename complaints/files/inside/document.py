"""A PDF: every page drawn as a picture, and a new PDF made of those pictures and nothing else.

What can be seen stays (form fields, stamps and notes that are drawn included). What cannot does not: text behind the
pictures, scripts, attachments, links, layers that are off, names, dates. The build of PDFium is the one without a
script engine. A letter whose font is neither inside the file nor one of the fourteen every PDF may count on is drawn in
another of those, or as an empty box: nothing can be looked up in the system's fonts from here.
"""

from __future__ import annotations

import pypdfium2 as pdfium
import pypdfium2.raw as pdfium_c
from PIL import Image

from complaints.files.kinds import Form
from complaints.files.outcomes import LIMITS, Reason

from . import paper
from .photo import as_jpeg
from .refusal import Refusal

LONG_SIDE = 1800  # pixels a page: A4 at 154 dots an inch
QUALITIES = (75, 50, 30)  # the next one where a page is so busy that thirty of its kind would be too much
LONGEST_PAGE = 2000.0  # points (1/72 inch): what is larger is written as if printed smaller

pdfium.PdfDocument.new().close()  # the library starts, and reads what it wants to, before the walls


def clean(data: bytes, form: Form) -> tuple[bytes, int]:
    """PDF bytes, number of pages. Raises Refusal; anything else means damaged."""
    document = _opened(data)
    if not len(document):
        raise Refusal(Reason.DAMAGED)
    if len(document) > LIMITS.pages:
        raise Refusal(Reason.TOO_MANY_PAGES)
    document.init_forms()
    sheets, total = [], 0
    for number in range(len(document)):
        sheets.append(_sheet(document[number]))
        total += len(sheets[-1].jpeg)
        if total > LIMITS.clean_bytes:
            raise Refusal(Reason.TOO_LARGE)
    return paper.bound(sheets), len(sheets)


def _opened(data: bytes) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError:
        if pdfium_c.FPDF_GetLastError() in (pdfium_c.FPDF_ERR_PASSWORD, pdfium_c.FPDF_ERR_SECURITY):
            raise Refusal(Reason.ENCRYPTED) from None
        raise


def _sheet(page: pdfium.PdfPage) -> paper.Sheet:
    """One page as a picture and the size of its paper."""
    width, height = page.get_size()
    longest = max(width, height)
    if min(width, height) <= 0 or longest > 1_000_000:
        raise Refusal(Reason.DAMAGED)
    bitmap = page.render(scale=LONG_SIDE / longest, rev_byteorder=True)
    jpeg = _within_share(bitmap.to_pil())
    pixels = (bitmap.width, bitmap.height)
    bitmap.close()
    page.close()
    share = min(1.0, LONGEST_PAGE / longest)
    return paper.Sheet(jpeg, pixels, (width * share, height * share))


def _within_share(image: Image.Image) -> bytes:
    """A JPEG that leaves room for as many pages as a document may have, or the smallest of the three."""
    jpeg = b""
    for quality in QUALITIES:
        jpeg = as_jpeg(image, quality)
        if len(jpeg) * LIMITS.pages <= LIMITS.clean_bytes:
            break
    return jpeg
