"""What a file is, by its first bytes. Its name and the content type that was sent with it are never looked at.

No parser runs here: this is what the web process itself does with a file of a stranger, and all that it does.
Signatures: the formats' own definitions (RFC 9649 WebP, RFC 3533 Ogg, RFC 8794 EBML, RFC 4867 AMR, ISO/IEC 14496-12
`ftyp`, ISO/IEC 13818-7 ADTS, ISO 32000-1 Annex H for where `%PDF-` may stand).
"""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What a file is to the person who attached it."""

    PHOTO = "photo"
    DOCUMENT = "document"
    RECORDING = "recording"


class Form(StrEnum):
    """How a file is written. The value is the decoder's own name for it: Pillow's, or FFmpeg's demuxer's."""

    JPEG = "JPEG"
    PNG = "PNG"
    WEBP = "WEBP"
    GIF = "GIF"
    PDF = "pdf"
    OGG = "ogg"
    MATROSKA = "matroska"
    MP4 = "mov"
    AMR = "amr"
    MP3 = "mp3"
    ADTS = "aac"
    WAV = "wav"
    HEIF = "heif"  # known, so that a person can be told; not taken: nothing here can put its tiles together

    @property
    def kind(self) -> Kind | None:
        """None for what is not taken."""
        if self in (Form.JPEG, Form.PNG, Form.WEBP, Form.GIF):
            return Kind.PHOTO
        if self is Form.PDF:
            return Kind.DOCUMENT
        return None if self is Form.HEIF else Kind.RECORDING


MEDIA_TYPES = {Kind.PHOTO: "image/jpeg", Kind.DOCUMENT: "application/pdf", Kind.RECORDING: "audio/ogg"}
CLEAN_FORMS = {Kind.PHOTO: Form.JPEG, Kind.DOCUMENT: Form.PDF, Kind.RECORDING: Form.OGG}

# What a form asks a phone for. Pictures named one by one, so that a phone that keeps photos as HEIC sends one of these.
ASKED_FOR = "image/jpeg,image/png,image/webp,image/gif,application/pdf,audio/*"

_STARTS = {
    b"\xff\xd8\xff": Form.JPEG,
    b"\x89PNG\r\n\x1a\n": Form.PNG,
    b"GIF87a": Form.GIF,
    b"GIF89a": Form.GIF,
    b"OggS": Form.OGG,
    b"\x1aE\xdf\xa3": Form.MATROSKA,
    b"#!AMR": Form.AMR,
}
_RIFF = {b"WEBP": Form.WEBP, b"WAVE": Form.WAV}
# Major brands of ISO/IEC 23008-12 and of AVIF: pictures in the box format of MP4.
_PICTURE_BRANDS = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1", b"avif", b"avis"})
_PDF_WITHIN = 1024  # bytes that may stand before a PDF begins


def form_of(data: bytes) -> Form | None:
    """The form of a file, or None if it is none that we know."""
    for start, form in _STARTS.items():
        if data.startswith(start):
            return form
    if data[:4] == b"RIFF":
        return _RIFF.get(data[8:12])
    if data[4:8] == b"ftyp":
        return Form.HEIF if data[8:12] in _PICTURE_BRANDS else Form.MP4
    if b"%PDF-" in data[:_PDF_WITHIN]:
        return Form.PDF
    at = _id3_bytes(data)
    return _frames(data[at : at + 2])


def _id3_bytes(data: bytes) -> int:
    """How long the ID3v2 tags at the start are: each ten bytes and what they say, seven bits a byte (id3.org)."""
    at = 0
    while data[at : at + 3] == b"ID3" and len(data) >= at + 10:
        size = 0
        for byte in data[at + 6 : at + 10]:
            size = size << 7 | byte & 0x7F
        at += 10 + size
    return at


def _frames(start: bytes) -> Form | None:
    """MPEG audio and ADTS have no signature but the sync word that each frame begins with."""
    if len(start) < 2 or start[0] != 0xFF:
        return None
    if start[1] & 0xF6 == 0xF0:
        return Form.ADTS
    layer_three = start[1] & 0xE6 == 0xE2
    return Form.MP3 if layer_three else None
