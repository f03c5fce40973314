"""How many bytes of a cleaned file are neither picture nor sound nor what holds them together. It has to be none.

Written from the formats' definitions, not from what our writer does: JPEG (ITU-T T.81 B), PDF (ISO 32000-1, 7.5),
Ogg (RFC 3533) and Opus in it (RFC 7845, 5.2).
"""

from __future__ import annotations

import re
import struct

_HOLDS = {0xDB, 0xC0, 0xC2, 0xC4, 0xDA, 0xDD}  # tables, frames, scans, restart intervals
_JFIF = b"JFIF\0"
# All that a PDF of pictures needs to say. Streams are looked at apart.
_WORDS = re.compile(
    rb"%PDF-1\.4\n|\d+ 0 obj\n|endobj\n|<<|>>|/Type|/Catalog|/Pages|/Page|/Parent|/Count|/Kids|/MediaBox|/Contents"
    rb"|/Resources|/XObject|/P|/Subtype|/Image|/Width|/Height|/ColorSpace|/DeviceRGB|/BitsPerComponent|/Filter"
    rb"|/DCTDecode|/Length|xref\n|trailer\n|/Size|/Root|startxref\n|%%EOF\n|\d+ 0 R|[\d.]+|[fn] \n|\[|\]|\s|stream"
)
_DRAWING = re.compile(rb"[\d.]+ 0 0 [\d.]+ 0 0 cm /P Do")


def beside(data: bytes) -> int:
    """Bytes that do not belong, in a JPEG, a PDF or an Ogg file."""
    if data.startswith(b"\xff\xd8"):
        return _in_jpeg(data)
    return _in_pdf(data) if data.startswith(b"%PDF") else _in_ogg(data)


def _in_jpeg(data: bytes) -> int:
    found, at = 0, 2
    while at < len(data):
        marker = data[at + 1]
        if marker == 0xD9:
            return found + len(data) - at - 2
        (length,) = struct.unpack(">H", data[at + 2 : at + 4])
        body = data[at + 4 : at + 2 + length]
        if marker == 0xE0 and body.startswith(_JFIF):
            found += len(body) - 14  # a thumbnail would follow
        elif marker not in _HOLDS:
            found += len(body)
        at += 2 + length
        if marker == 0xDA:  # the picture itself: until a marker that is neither stuffing nor a restart
            while not (data[at] == 0xFF and data[at + 1] not in (0, *range(0xD0, 0xD8))):
                at += 1
    return found


def _in_pdf(data: bytes) -> int:
    found, rest, at = 0, b"", 0
    for stream in re.finditer(rb"/Length (\d+)>>\nstream\n", data):
        rest += data[at : stream.end()]
        at = stream.end() + int(stream[1])
        body = data[stream.end() : at]
        found += _in_jpeg(body) if body.startswith(b"\xff\xd8") else 0 if _DRAWING.fullmatch(body) else len(body)
    rest = (rest + data[at:]).replace(b"endstream", b"")
    return found + len(_WORDS.sub(b"", rest))


def _in_ogg(data: bytes) -> int:
    """Comments and padding of OpusTags, and pages of other streams. The vendor is a library's name, of fixed text."""
    found, at, streams, packets = 0, 0, set(), []
    while at < len(data):
        if data[at : at + 4] != b"OggS":
            return found + len(data) - at
        count = data[at + 26]
        sizes = data[at + 27 : at + 27 + count]
        streams.add(data[at + 14 : at + 18])
        packets.append(data[at + 27 + count : at + 27 + count + sum(sizes)])
        at += 27 + count + sum(sizes)
    tags = packets[1]
    vendor = 12 + struct.unpack("<I", tags[8:12])[0]
    if packets[0][:8] != b"OpusHead" or tags[:8] != b"OpusTags" or len(streams) != 1:
        return len(data)
    said = tags[12:vendor]
    return found + (0 if said == b"ffmpeg" else len(said)) + len(tags) - vendor - 4
