"""A photo: decoded, turned as it was held, made smaller, and written anew as a JPEG of pixels alone."""

from __future__ import annotations

import io
import warnings

# All that Pillow would import by itself when it meets a file: behind the walls nothing can be opened any more.
from PIL import GifImagePlugin, Image, ImageFile, MpoImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin

from complaints.files.kinds import Form
from complaints.files.outcomes import Reason

from .refusal import Refusal

LONG_SIDE = 2400  # pixels: a page of A4 at 200 dots an inch, small print stays readable
MOST_PIXELS = {Form.JPEG: 50_000_000}  # a JPEG is made smaller while it is decoded, the others are not
MOST_PIXELS_ELSE = 40_000_000
QUALITY = 82

_ORIENTATION = 0x0112  # EXIF 2.3, 4.6.4 A
_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_LOADED = (GifImagePlugin, MpoImagePlugin, PngImagePlugin, TiffImagePlugin, WebPImagePlugin)
Image.preinit()
Image.MAX_IMAGE_PIXELS = None  # the bounds above are narrower and speak for themselves
warnings.simplefilter("ignore")  # they quote the file, and to show one Python opens the source


def clean(data: bytes, form: Form) -> tuple[bytes, int]:
    """JPEG bytes, 0. Of an animation the first picture. Raises Refusal; anything else means damaged."""
    with Image.open(io.BytesIO(data), formats=[form.value]) as opened:
        width, height = opened.size
        if width * height > MOST_PIXELS.get(form, MOST_PIXELS_ELSE):
            raise Refusal(Reason.TOO_LARGE)
        turn = _TURNS.get(_orientation(opened))
        opened.draft("RGB", (LONG_SIDE, LONG_SIDE))
        opened.load()
        small = _smaller(opened)
    flat = _flat(small)
    return as_jpeg(flat if turn is None else flat.transpose(turn)), 0


def as_jpeg(image: Image.Image, quality: int = QUALITY) -> bytes:
    """An image written from its pixels: a fresh one, because Pillow carries comments from one save to the next."""
    bare = Image.new("RGB", image.size, "white")
    bare.paste(image)
    written = io.BytesIO()
    bare.save(written, "JPEG", quality=quality, optimize=False)
    return written.getvalue()


def _orientation(opened: ImageFile.ImageFile) -> int:
    try:
        return int(opened.getexif().get(_ORIENTATION, 1))
    except Exception:  # what a camera wrote badly is no reason to refuse the picture
        return 1


def _smaller(image: Image.Image) -> Image.Image:
    """At most LONG_SIDE, in a mode that can be averaged; what was small stays as it is."""
    share = LONG_SIDE / max(image.size)
    if share >= 1:
        return image
    if image.mode not in ("L", "RGB", "RGBA", "CMYK"):
        image = _in_colour(image)
    size = (max(1, round(image.width * share)), max(1, round(image.height * share)))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _in_colour(image: Image.Image) -> Image.Image:
    if image.mode.startswith("I"):  # 16 bits of grey: the upper eight, where convert() would cut everything to white
        return image.convert("I").point(lambda value: value / 256).convert("L")
    return image.convert("RGBA" if image.has_transparency_data else "RGB")


def _flat(image: Image.Image) -> Image.Image:
    """On white paper, where it lets light through."""
    coloured = image if image.mode in ("L", "RGB", "RGBA") else _in_colour(image)
    if coloured.mode != "RGBA":
        return coloured.convert("RGB")
    paper = Image.new("RGB", coloured.size, "white")
    paper.paste(coloured, mask=coloured.getchannel("A"))
    return paper
