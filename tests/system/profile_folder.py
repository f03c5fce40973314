"""What a browser's profile holds: every file of it read raw, decompressed and decrypted, and searched.

Chromium's own formats as far as words could hide in them: SQLite rows that lie in pieces, gzip and zlib in cache
entries, LevelDB tables with Snappy (github.com/google/leveldb, doc/table_format.md; github.com/google/snappy,
format_description.txt), and what Linux encrypts with its well-known password where there is no key ring ("v10").
"""

from __future__ import annotations

import re
import sqlite3
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import pairwise
from pathlib import Path
from urllib.parse import quote

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC

SQLITE = b"SQLite format 3\x00"
LEVELDB = 0xDB4775248B80FB57
PACKED = re.compile(rb"\x1f\x8b\x08|\x78[\x01\x5e\x9c\xda]")
UNREADABLE = re.compile(rb"content-encoding:\s*(br|zstd|dcb|dcz)", re.IGNORECASE)
BLOCK = 16


class Unread(AssertionError):
    """A file is packed in a way that this search cannot look into; the message names the file."""


def traces(folder: Path, needles: Iterable[str]) -> dict[str, set[str]]:
    """Where each needle stands, by needle: names of stores ("Sessions", "History"). Those that stand nowhere: not."""
    forms = {needle: spellings(needle) for needle in needles}
    found: dict[str, set[str]] = {}
    for path, text in readings(folder):
        for needle, wanted in forms.items():
            if any(one in text for one in wanted):
                found.setdefault(needle, set()).add(store(folder, path))
    return found


def store(folder: Path, path: Path) -> str:
    """The part of the profile that a file belongs to."""
    inside = path.relative_to(folder).parts
    name = inside[1] if inside[0] == "Default" and len(inside) > 1 else inside[0]
    return name.removesuffix("-journal").removesuffix("-wal")


def spellings(needle: str) -> set[bytes]:
    """A needle as browsers write it down: UTF-8, UTF-16 both ways, and in addresses and forms."""
    ways = {needle, quote(needle), quote(needle).replace("%20", "+"), needle.encode("unicode_escape").decode()}
    return {text.encode(code) for text in ways for code in ("utf-8", "utf-16-le", "utf-16-be")}


def readings(folder: Path) -> Iterator[tuple[Path, bytes]]:
    """Every file, and everything that can be made of it. Raises Unread."""
    for path in sorted(one for one in folder.rglob("*") if one.is_file()):
        raw = path.read_bytes()
        if UNREADABLE.search(raw):
            raise Unread(path.name)
        yield path, raw
        for text in _inside(path, raw):
            yield path, text
            yield from ((path, clear) for clear in _decrypted(text))
        yield from ((path, clear) for clear in _decrypted(raw))


def _inside(path: Path, raw: bytes) -> Iterator[bytes]:
    if raw.startswith(SQLITE):
        yield from _rows(path)
    if path.suffix in (".ldb", ".sst"):
        yield from _table(raw)
    for found in PACKED.finditer(raw):
        with suppress(zlib.error):
            yield zlib.decompressobj(wbits=47).decompress(raw[found.start() :])  # 47: gzip or zlib


def _rows(path: Path) -> Iterator[bytes]:
    """Every value of every table: a long one lies on several pages of the file."""
    with sqlite3.connect(f"file:{quote(str(path))}?mode=ro&immutable=1", uri=True) as database:
        database.text_factory = bytes
        tables = [name.decode() for (name,) in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        for table in tables:
            with suppress(sqlite3.OperationalError):  # a virtual table whose module is chromium's own
                for row in database.execute(f'SELECT * FROM "{table}"'):
                    yield b"\n".join(one for one in row if isinstance(one, bytes))
    database.close()


def _decrypted(text: bytes) -> Iterator[bytes]:
    """What stands after each "v10": AES-128-CBC under the password that chromium has where there is no key ring."""
    edges = [*(found.end() for found in re.finditer(b"v10", text)), len(text)]
    for start, end in pairwise(edges):
        length = (end - start) // BLOCK * BLOCK
        opened = Cipher(algorithms.AES128(_KEY), modes.CBC(b" " * BLOCK)).decryptor()
        yield opened.update(text[start : start + length])


_KEY = PBKDF2HMAC(hashes.SHA1(), length=BLOCK, salt=b"saltysalt", iterations=1).derive(b"peanuts")


# --- LevelDB ------------------------------------------------------------------------------------------------


def _table(raw: bytes) -> Iterator[bytes]:
    """The blocks of a table, by its index."""
    if len(raw) < 48 or int.from_bytes(raw[-8:], "little") != LEVELDB:
        return
    at = 0
    _meta, at = _number(raw[-48:], at)
    _length, at = _number(raw[-48:], at)
    start, at = _number(raw[-48:], at)
    length, at = _number(raw[-48:], at)
    for begin, size in _handles(_block(raw, start, length)):
        yield _block(raw, begin, size)


def _block(raw: bytes, start: int, length: int) -> bytes:
    kind, body = raw[start + length], raw[start : start + length]
    return unsnapped(body) if kind == 1 else body


def _handles(index: bytes) -> Iterator[tuple[int, int]]:
    """Where the blocks are: the values of the index."""
    at, end = 0, len(index) - 4 - 4 * int.from_bytes(index[-4:], "little")
    while at < end:
        _shared, at = _number(index, at)
        key, at = _number(index, at)
        value, at = _number(index, at)
        start, after = _number(index, at + key)
        yield start, _number(index, after)[0]
        at += key + value


def _number(text: bytes, at: int) -> tuple[int, int]:
    """A number of seven bits a byte, the low ones first; and where it ends."""
    value = shift = 0
    while True:
        value |= (text[at] & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if text[at - 1] < 0x80:
            return value, at


def unsnapped(text: bytes) -> bytes:
    """Snappy's words and its copies of what came before."""
    _length, at = _number(text, 0)
    out = bytearray()
    while at < len(text):
        tag = text[at]
        kind, size, at = tag & 3, tag >> 2, at + 1
        if kind == 0:
            more = max(size - 59, 0)
            length = (int.from_bytes(text[at : at + more], "little") if more else size) + 1
            out += text[at + more : at + more + length]
            at += more + length
            continue
        width = (1, 2, 4)[kind - 1]
        offset = int.from_bytes(text[at : at + width], "little") | ((size >> 3) << 8 if kind == 1 else 0)
        for _ in range((size & 7) + 4 if kind == 1 else size + 1):
            out.append(out[-offset])
        at += width
    return bytes(out)
