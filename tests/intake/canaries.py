"""Where files keep what nobody sees: a corpus with a canary in every such place, and the nose that finds it again."""

from __future__ import annotations

import base64
import contextlib
import random
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.intake.samples import pdf, photo, sound, stream

ENCODINGS = ("utf-8", "utf-16-le", "utf-16-be")


@dataclass(frozen=True, slots=True)
class Carrier:
    """A file, what is hidden in it, and where."""

    place: str
    canary: str
    data: bytes


def corpus(size: int) -> Iterator[Carrier]:
    """`size` files, every place in turn, each with a canary of its own in the next encoding."""
    dice = random.Random(11)
    for at in range(size):
        place, hide = list(PLACES.items())[at % len(PLACES)]
        encoding = ENCODINGS[(at // len(PLACES) + at) % len(ENCODINGS)]
        canary = f"canary{dice.getrandbits(64):016x}"
        yield Carrier(f"{place} ({encoding})", canary, hide(canary, canary.encode(encoding)))


def traces(data: bytes, canary: str) -> int:
    """How often a canary stands in a file: as it is, in hexadecimal, in base64, and in all that zlib unpacks."""
    found = 0
    for layer in (data, *_unpacked(data)):
        lower = layer.lower()
        for encoding in ENCODINGS:
            plain = canary.encode(encoding)
            found += layer.count(plain) + lower.count(plain.hex().encode())
            found += sum(layer.count(middle) for middle in _in_base64(plain))
    return found


def _unpacked(data: bytes) -> Iterator[bytes]:
    at = data.find(b"\x78")
    while at >= 0:
        if (data[at] << 8 | int.from_bytes(data[at + 1 : at + 2])) % 31 == 0:
            with contextlib.suppress(zlib.error):
                yield zlib.decompressobj().decompress(data[at:], 1 << 20)
        at = data.find(b"\x78", at + 1)


def _in_base64(plain: bytes) -> Iterator[bytes]:
    for before in range(3):  # where in a group of three it begins; the ends, which depend on neighbours, are left off
        yield base64.b64encode(bytes(before) + plain)[4:-4]


# --- photos -----------------------------------------------------------------------------------------------


def tiff(entries: dict[int, tuple[int, bytes]], thumbnail: bytes = b"") -> bytes:
    """EXIF's inside: one directory of tag: (type, value), and a second one with a small picture (TIFF 6.0)."""
    table, heap = b"", b""
    rows = sorted(entries.items())
    heap_at = 8 + 2 + 12 * len(rows) + 4
    for tag, (kind, value) in rows:
        count = len(value) // {1: 1, 2: 1, 3: 2, 7: 1}[kind]
        inline = value.ljust(4, b"\0")
        if len(value) > 4:
            inline = struct.pack("<I", heap_at + len(heap))
            heap += value + b"\0" * (len(value) % 2)
        table += struct.pack("<HHI", tag, kind, count) + inline
    second = heap_at + len(heap)
    first = struct.pack("<H", len(rows)) + table + struct.pack("<I", second if thumbnail else 0) + heap
    if thumbnail:
        start = second + 2 + 24 + 4
        first += struct.pack("<HHHIIHHIII", 2, 0x201, 4, 1, start, 0x202, 4, 1, len(thumbnail), 0) + thumbnail
    return b"II*\0" + struct.pack("<I", 8) + first


def segment(marker: int, body: bytes) -> bytes:
    """A JPEG with one more segment right after its start."""
    plain = photo()
    return plain[:2] + struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body + plain[2:]


def chunk(kind: bytes, body: bytes) -> bytes:
    """A PNG with one more chunk after its head."""
    plain = photo("PNG")
    whole = struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))
    return plain[:33] + whole + plain[33:]


def profile(raw: bytes) -> bytes:
    """A colour profile with a description (ICC.1): a head of 128 bytes and one tag."""
    text = b"desc" + bytes(4) + struct.pack(">I", len(raw) + 1) + raw + b"\0"
    body = struct.pack(">I4sII", 1, b"desc", 144, len(text)) + text
    head = struct.pack(">I4sI4s4s4s12x4s", 128 + len(body), b"lcms", 0x04000000, b"mntr", b"RGB ", b"XYZ ", b"acsp")
    return head.ljust(128, b"\0") + body


def iptc(raw: bytes) -> bytes:
    caption = b"\x1c\x02\x78" + struct.pack(">H", len(raw)) + raw
    return b"Photoshop 3.0\x008BIM\x04\x04\0\0" + struct.pack(">I", len(caption)) + caption + b"\0" * (len(caption) % 2)


def xmp(raw: bytes) -> bytes:
    return b"<x:xmpmeta xmlns:x='adobe:ns:meta/'><dc:creator>" + raw + b"</dc:creator></x:xmpmeta>"


def exif_jpeg(raw: bytes, tag: int = 0x010E) -> bytes:
    return segment(0xE1, b"Exif\0\0" + tiff({tag: (7 if tag > 0x9000 else 1, raw)}))


def gps_jpeg(raw: bytes) -> bytes:
    inside = tiff({0x1C: (7, b"UNICODE\0" + raw)})
    head = tiff({0x8825: (3, b"\x08\0")})
    return segment(0xE1, b"Exif\0\0" + head + inside)


def _webp(**given: object) -> bytes:
    return photo("WEBP", **given)


def _gif(extension: bytes) -> bytes:
    """A GIF with one more extension after its palette (GIF89a, 18 to 24)."""
    plain = photo("GIF")
    begin = 13 + (3 << (plain[10] & 7) + 1 if plain[10] & 0x80 else 0)
    return plain[:begin] + extension + plain[begin:]


def _blocks(raw: bytes) -> bytes:
    return bytes([len(raw)]) + raw + b"\0"


PHOTOS: dict[str, Callable[[str, bytes], bytes]] = {
    "JPEG EXIF description": lambda text, raw: exif_jpeg(raw),
    "JPEG EXIF comment for Windows": lambda text, raw: exif_jpeg(raw, 0x9C9C),
    "JPEG EXIF user comment": lambda text, raw: exif_jpeg(b"UNICODE\0" + raw, 0x9286),
    "JPEG EXIF maker note": lambda text, raw: exif_jpeg(raw, 0x927C),
    "JPEG EXIF GPS area": lambda text, raw: gps_jpeg(raw),
    "JPEG EXIF thumbnail": lambda text, raw: segment(
        0xE1, b"Exif\0\0" + tiff({0x0112: (3, b"\1\0")}, thumbnail=segment(0xFE, raw))
    ),
    "JPEG XMP": lambda text, raw: segment(0xE1, b"http://ns.adobe.com/xap/1.0/\0" + xmp(raw)),
    "JPEG IPTC": lambda text, raw: segment(0xED, iptc(raw)),
    "JPEG ICC": lambda text, raw: segment(0xE2, b"ICC_PROFILE\0\1\1" + profile(raw)),
    "JPEG comment": lambda text, raw: segment(0xFE, raw),
    "JPEG provenance": lambda text, raw: segment(0xEB, b"JP\0\1\0\0\0\1" + raw),
    "JPEG after its end": lambda text, raw: photo() + raw,
    "PNG tEXt": lambda text, raw: chunk(b"tEXt", b"Comment\0" + raw),
    "PNG zTXt": lambda text, raw: chunk(b"zTXt", b"Comment\0\0" + zlib.compress(raw)),
    "PNG iTXt": lambda text, raw: chunk(b"iTXt", b"XML:com.adobe.xmp\0\1\0\0\0" + zlib.compress(text.encode())),
    "PNG eXIf": lambda text, raw: chunk(b"eXIf", tiff({0x010E: (1, raw)})),
    "PNG iCCP": lambda text, raw: chunk(b"iCCP", b"p\0\0" + zlib.compress(profile(raw))),
    "PNG chunk of its own": lambda text, raw: chunk(b"prVt", raw),
    "PNG after its end": lambda text, raw: photo("PNG") + raw,
    "WebP EXIF": lambda text, raw: _webp(exif=tiff({0x010E: (1, raw)})),
    "WebP XMP": lambda text, raw: _webp(xmp=xmp(raw)),
    "WebP ICC": lambda text, raw: _webp(icc_profile=profile(raw)),
    "GIF comment": lambda text, raw: _gif(b"\x21\xfe" + _blocks(raw)),
    "GIF application": lambda text, raw: _gif(b"\x21\xff\x0bXMP DataXMP" + _blocks(raw)),
}

# --- documents --------------------------------------------------------------------------------------------


def _pdf_string(text: str, raw: bytes) -> bytes:
    return b"<FEFF%s>" % text.encode("utf-16-be").hex().encode() if raw[1:2] == b"\0" else b"(%s)" % text.encode()


def _packed(raw: bytes, facts: str = "") -> bytes:
    return stream(zlib.compress(raw), facts + "/Filter/FlateDecode")


def _note(body: bytes) -> bytes:
    return pdf(page="/Annots[5 0 R]", objects=[b"<</Type/Annot/Rect[0 0 9 9]" + body + b">>"])


def _with_picture(jpeg: bytes) -> bytes:
    facts = "/Type/XObject/Subtype/Image/Width 96/Height 64/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode"
    return pdf(
        page="/Resources<</XObject<</P 5 0 R>>>>", content=b"96 0 0 64 0 0 cm /P Do", objects=[stream(jpeg, facts)]
    )


def _attached(raw: bytes) -> bytes:
    files = b"<</Names[(a) 6 0 R]>>", b"<</Type/Filespec/F(a)/EF<</F 7 0 R>>>>", _packed(raw, "/Type/EmbeddedFile")
    return pdf(catalogue="/Names<</EmbeddedFiles 5 0 R>>", objects=files)


def _field(value: bytes) -> bytes:
    field = b"<</Type/Annot/Subtype/Widget/FT/Tx/T(f)/F 2/Rect[0 0 50 9]/V" + value + b">>"
    return pdf(page="/Annots[5 0 R]", catalogue="/AcroForm<</Fields[5 0 R]>>", objects=[field])


DOCUMENTS: dict[str, Callable[[str, bytes], bytes]] = {
    "PDF info": lambda text, raw: pdf(objects=[b"<</Author" + _pdf_string(text, raw) + b">>"], trailer="/Info 5 0 R"),
    "PDF XMP": lambda text, raw: pdf(catalogue="/Metadata 5 0 R", objects=[stream(xmp(raw), "/Type/Metadata")]),
    "PDF XMP packed": lambda text, raw: pdf(catalogue="/Metadata 5 0 R", objects=[_packed(xmp(raw), "/Type/Metadata")]),
    "PDF attachment": lambda text, raw: _attached(raw),
    "PDF script": lambda text, raw: pdf(
        catalogue="/OpenAction 5 0 R", objects=[b"<</S/JavaScript/JS" + _pdf_string(text, raw) + b">>"]
    ),
    "PDF note": lambda text, raw: _note(b"/Subtype/Text/Contents" + _pdf_string(text, raw)),
    "PDF link": lambda text, raw: _note(b"/Subtype/Link/A<</S/URI/URI(https://%s/)>>" % text.encode()),
    "PDF form field": lambda text, raw: _field(_pdf_string(text, raw)),
    "PDF hidden text": lambda text, raw: pdf(
        page="/Resources<</Font<</F 5 0 R>>>>",
        content=b"BT 3 Tr /F 9 Tf (%s) Tj ET" % text.encode(),
        objects=[b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"],
    ),
    "PDF outline": lambda text, raw: pdf(
        catalogue="/Outlines 5 0 R",
        objects=[b"<</First 6 0 R/Last 6 0 R>>", b"<</Parent 5 0 R/Title" + _pdf_string(text, raw) + b">>"],
    ),
    "PDF program's own": lambda text, raw: pdf(page=f"/PieceInfo<</App<</Private({text})>>>>"),
    "PDF object nobody names": lambda text, raw: pdf(objects=[_packed(raw)]),
    "PDF comment": lambda text, raw: pdf() + b"%" + raw,
    "PDF picture with EXIF": lambda text, raw: _with_picture(exif_jpeg(raw)),
    "PDF picture with GPS": lambda text, raw: _with_picture(gps_jpeg(raw)),
    "PDF picture with comment": lambda text, raw: _with_picture(segment(0xFE, raw)),
}

# --- recordings -------------------------------------------------------------------------------------------


def _id3(frame: bytes, body: bytes) -> bytes:
    """ID3v2.3 before an MP3: a frame of ten bytes and its body; sizes of the tag seven bits a byte."""
    whole = frame + struct.pack(">IH", len(body), 0) + body
    size = bytes(len(whole) >> shift & 0x7F for shift in (21, 14, 7, 0))
    return b"ID3\3\0\0" + size + whole + sound("mp3", 0.3)


def _wav(kind: bytes, body: bytes) -> bytes:
    plain = sound("wav", 0.3)
    more = kind + struct.pack("<I", len(body)) + body + b"\0" * (len(body) % 2)
    whole = plain[8:12] + more + plain[12:]
    return b"RIFF" + struct.pack("<I", len(whole)) + whole


def _box(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I4s", 8 + len(body), kind) + body


def _ape(raw: bytes) -> bytes:
    item = struct.pack("<II", len(raw), 0) + b"Comment\0" + raw
    return b"APETAGEX" + struct.pack("<IIII8x", 2000, len(item) + 32, 1, 0xA0000000) + item


def _cover(text: str) -> str:
    jpeg = segment(0xFE, text.encode())
    block = struct.pack(">II10sIIIIII", 3, 10, b"image/jpeg", 0, 96, 64, 24, 0, len(jpeg)) + jpeg
    return base64.b64encode(block).decode()


RECORDINGS: dict[str, Callable[[str, bytes], bytes]] = {
    "MP3 title": lambda text, raw: _id3(b"TIT2", b"\1" + raw),
    "MP3 comment": lambda text, raw: _id3(b"COMM", b"\1eng\0\0" + raw),
    "MP3 cover": lambda text, raw: _id3(b"APIC", b"\0image/jpeg\0\3\0" + segment(0xFE, raw)),
    "MP3 private": lambda text, raw: _id3(b"PRIV", b"x\0" + raw),
    "MP3 old tag": lambda text, raw: sound("mp3", 0.3) + b"TAG" + raw[:60].ljust(125, b"\0"),
    "MP3 APE tag": lambda text, raw: sound("mp3", 0.3) + _ape(raw),
    "Ogg comment": lambda text, raw: sound("ogg", 0.3, {"title": text, "location": text}),
    "Ogg cover": lambda text, raw: sound("ogg", 0.3, {"METADATA_BLOCK_PICTURE": _cover(text)}),
    "MP4 tags": lambda text, raw: sound("m4a", 0.3, {"title": text, "artist": text, "comment": text}),
    "MP4 free box": lambda text, raw: sound("m4a", 0.3) + _box(b"free", raw),
    "MP4 user box": lambda text, raw: sound("m4a", 0.3) + _box(b"udta", _box(b"\xa9xyz", b"\0\x20\0\0" + raw)),
    "3GP tags": lambda text, raw: sound("3gp", 0.3, {"title": text}),
    "WebM tags": lambda text, raw: sound("webm", 0.3, {"title": text, "LOCATION": text}),
    "WAV list": lambda text, raw: _wav(b"LIST", b"INFOICMT" + struct.pack("<I", len(raw)) + raw),
    "WAV broadcast": lambda text, raw: _wav(b"bext", raw.ljust(602, b"\0")),
    "WAV ID3": lambda text, raw: _wav(b"id3 ", b"ID3\3\0\0\0\0\0\x7f" + raw),
    "AAC with ID3": lambda text, raw: _id3(b"TIT2", b"\1" + raw)[: -len(sound("mp3", 0.3))] + sound("aac", 0.3),
    "AMR after its end": lambda text, raw: sound("amr", 0.3) + raw,
}
PLACES = PHOTOS | DOCUMENTS | RECORDINGS
