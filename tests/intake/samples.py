"""Files as people send them, made by the tests themselves: small, of every form, with something to see or hear."""

from __future__ import annotations

import array
import io
import math
from collections.abc import Sequence

import av
from av.audio.resampler import AudioResampler
from PIL import Image

SOUNDS = {  # form of file: FFmpeg's muxer, codec, samples a second
    "ogg": ("ogg", "libopus", 48_000),
    "webm": ("webm", "libopus", 48_000),
    "m4a": ("mp4", "aac", 44_100),
    "3gp": ("3gp", "libopencore_amrnb", 8_000),
    "amr": ("amr", "libopencore_amrnb", 8_000),
    "mp3": ("mp3", "libmp3lame", 44_100),
    "aac": ("adts", "aac", 44_100),
    "wav": ("wav", "pcm_s16le", 16_000),
}
PICTURES = ("JPEG", "PNG", "WEBP", "GIF")


def picture(width: int = 96, height: int = 64) -> Image.Image:
    """Red on the left, blue on the right, darker downwards: a turn shows."""
    shade = Image.linear_gradient("L").resize((width, height))
    across = Image.linear_gradient("L").rotate(90).resize((width, height))
    return Image.merge("RGB", (across, shade, across.point(lambda value: 255 - value)))


def photo(form: str = "JPEG", width: int = 96, height: int = 64, **given: object) -> bytes:
    written = io.BytesIO()
    picture(width, height).save(written, form, **given)
    return written.getvalue()


def tone(rate: int, seconds: float) -> bytes:
    """440 Hz, 16 bits, one channel."""
    count = int(rate * seconds)
    return array.array("h", [int(9000 * math.sin(440 * 2 * math.pi * at / rate)) for at in range(count)]).tobytes()


def sound(form: str = "ogg", seconds: float = 1.0, tags: dict[str, str] | None = None) -> bytes:
    muxer, codec, rate = SOUNDS[form]
    written = io.BytesIO()
    with av.open(written, "w", format=muxer) as target:
        target.metadata.update(tags or {})
        stream = target.add_stream(codec, rate=rate, layout="mono")
        heard = av.AudioFrame(format="s16", layout="mono", samples=int(rate * seconds))
        heard.planes[0].update(tone(rate, seconds))
        heard.rate, heard.pts = rate, 0
        size = stream.codec_context.frame_size or 0
        mixer = AudioResampler(format=stream.codec_context.format.name, layout="mono", rate=rate, frame_size=size)
        for frame in [*mixer.resample(heard), *mixer.resample(None)]:
            target.mux(stream.encode(frame))
        target.mux(stream.encode(None))
    return written.getvalue()


def video(form: str = "mp4") -> bytes:
    written = io.BytesIO()
    with av.open(written, "w", format=form) as target:
        stream = target.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 96, 64, "yuv420p"
        for _at in range(5):
            target.mux(stream.encode(av.VideoFrame.from_image(picture())))
        target.mux(stream.encode(None))
    return written.getvalue()


def pdf(*, pages: int = 1, objects: Sequence[bytes] = (), catalogue: str = "", page: str = "",
        content: bytes = b"1 0 0 rg 20 20 60 60 re f", trailer: str = "") -> bytes:  # fmt: skip
    """A PDF with a red square on each page. Further objects begin at number 4 + pages; `catalogue`, `page` and
    `trailer` are further entries of those dictionaries."""
    kids = " ".join(f"{4 + at} 0 R" for at in range(pages))
    one = f"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 3 0 R/Resources<<>>{page}>>".encode()
    bodies = [
        f"<</Type/Catalog/Pages 2 0 R{catalogue}>>".encode(),
        f"<</Type/Pages/Count {pages}/Kids[{kids}]>>".encode(),
        stream(content),
        *[one] * pages,
        *objects,
    ]
    whole, places = bytearray(b"%PDF-1.7\n"), []
    for number, body in enumerate(bodies, start=1):
        places.append(len(whole))
        whole += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table, size = len(whole), len(bodies) + 1
    rows = "".join(f"{place:010} 00000 n \n" for place in places)
    whole += f"xref\n0 {size}\n0000000000 65535 f \n{rows}trailer\n<</Size {size}/Root 1 0 R{trailer}>>\n".encode()
    return bytes(whole + b"startxref\n%d\n%%%%EOF\n" % table)


def stream(data: bytes, facts: str = "") -> bytes:
    return b"<<%s/Length %d>>\nstream\n%s\nendstream" % (facts.encode(), len(data), data)


def all_forms() -> dict[str, bytes]:
    """One of each form that is taken."""
    seconds = 0.5
    return (
        {form: photo(form) for form in PICTURES}
        | {"PDF": pdf(pages=2)}
        | {form: sound(form, seconds) for form in SOUNDS}
    )
