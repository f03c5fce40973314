"""Padding: length 4 ‖ data ‖ zeros, so that a ciphertext's size says little.

Narratives go in steps of 8 KiB and messages of 2 KiB, four sizes of each at most; files follow
PADMÉ: Nikitin, Barman, Lueks, Underwood, Hubaux, Ford, "Reducing Metadata Leakage from Encrypted
Files and Communication with PURBs", PoPETs 2019(4), section 4: at most 12 % longer, and the size
leaks O(log log size) bits.
"""

from __future__ import annotations

from complaints.vault.errors import BadEnvelope, TooLong

LENGTH_BYTES = 4
SIZES = 4
TEXT_STEP = 8 * 1024
TEXT_MAX = SIZES * TEXT_STEP - LENGTH_BYTES
MESSAGE_STEP = 2 * 1024
MESSAGE_MAX = SIZES * MESSAGE_STEP - LENGTH_BYTES
FILE_MAX = 2**32 - 1


def pad_text(data: bytes) -> bytes:
    """Pad to 8, 16, 24 or 32 KiB. Raises TooLong above TEXT_MAX bytes."""
    return pad_steps(data, step=TEXT_STEP, limit=TEXT_MAX)


def pad_message(data: bytes) -> bytes:
    """Pad to 2, 4, 6 or 8 KiB. Raises TooLong above MESSAGE_MAX bytes."""
    return pad_steps(data, step=MESSAGE_STEP, limit=MESSAGE_MAX)


def pad_steps(data: bytes, *, step: int, limit: int) -> bytes:
    """Pad to the next multiple of `step` bytes. Raises TooLong above `limit` bytes of data."""
    _check(data, limit)
    return _fill(data, -(-(LENGTH_BYTES + len(data)) // step) * step)


def pad_fixed(data: bytes, size: int) -> bytes:
    """Pad to exactly `size` bytes. Raises TooLong above `size` - 4 bytes of data."""
    _check(data, size - LENGTH_BYTES)
    return _fill(data, size)


def pad_file(data: bytes) -> bytes:
    """Pad to the PADMÉ size. Raises TooLong above 4 GiB."""
    _check(data, FILE_MAX)
    return _fill(data, padme(LENGTH_BYTES + len(data)))


def padme(length: int) -> int:
    """Return the PADMÉ size of `length` bytes (2 or more): the article's algorithm 1.

    The size, as a floating-point number, has no longer a mantissa than its exponent.
    """
    exponent = length.bit_length() - 1
    zero_bits = exponent - exponent.bit_length()
    mask = (1 << max(zero_bits, 0)) - 1
    return (length + mask) & ~mask


def unpad(padded: bytes) -> bytes:
    """Undo any of the paddings. Raises BadEnvelope if length or zeros are wrong."""
    end = LENGTH_BYTES + int.from_bytes(padded[:LENGTH_BYTES])
    if len(padded) < LENGTH_BYTES or end > len(padded) or padded[end:].strip(b"\0"):
        raise BadEnvelope("padding")
    return padded[LENGTH_BYTES:end]


def _check(data: bytes, limit: int) -> None:
    if len(data) > limit:
        raise TooLong(limit)


def _fill(data: bytes, size: int) -> bytes:
    return (len(data).to_bytes(LENGTH_BYTES) + data).ljust(size, b"\0")
