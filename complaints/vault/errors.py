"""What can go wrong in the vault. No error carries a key, a text or a receipt."""

from __future__ import annotations

from enum import StrEnum


class VaultError(Exception):
    """Anything the vault refuses; also a caller's mistake (a key of the wrong length)."""


class BadEnvelope(VaultError):
    """An envelope that is damaged, of an unknown suite, or locked with another key."""


class WrongContext(BadEnvelope):
    """An envelope that opens, but was made for another case, rung, office or purpose."""


class BlankRung(BadEnvelope):
    """The outer lock of a rung does not open: an unused rung, or a damaged one.

    An unused rung is random, so nobody can tell the two apart. Rung 1 is always in use: there it
    means damage, or that the worker has the wrong key.
    """


class TooLong(VaultError):
    """A text above the largest padded size.

    Attributes: `limit`, the largest number of bytes (UTF-8) that fits.
    """

    def __init__(self, limit: int) -> None:
        super().__init__(f"at most {limit} bytes")
        self.limit = limit


class ReceiptMistyped(VaultError):
    """What was typed cannot be a receipt; raised before any derivation.

    Attributes: `reason`, one of "characters", "length", "check".
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class WrongPassphrase(VaultError):
    """The passphrase or recovery code does not open this member's key."""


class WeekKeyMissing(VaultError):
    """The retention file of a week is not there: destroyed, or never made."""


class Refusal(StrEnum):
    """Why an office certificate is refused (FIREWALL rules 1 and 7)."""

    UNREADABLE = "unreadable"
    UNSIGNED = "unsigned"
    TOO_FEW = "too_few_registrars"
    BAD_SIGNATURE = "bad_signature"
    WRONG_OFFICE = "wrong_office"
    WRONG_GENERATION = "wrong_generation"
    NOT_YET_VALID = "not_yet_valid"
    EXPIRED = "expired"
    TOO_LONG = "valid_too_long"
    MANDATE = "mandate"
    WEAK_KEY = "weak_key"


class CertificateRefused(VaultError):
    """An office's key that nothing may be sealed to. Attributes: `reason`, a `Refusal`."""

    def __init__(self, reason: Refusal) -> None:
        super().__init__(reason.value)
        self.reason = reason
