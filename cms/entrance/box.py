"""An officer's second factor as values: codes of an authenticator app, recovery codes; at rest one box of one size.

Codes by RFC 6238 and boxes by Fernet, both as the ``cryptography`` library has them.

    box     Fernet(HKDF of RW_MFA_KEY) over JSON padded to 2 KiB, with the account's number inside
    code    HMAC-SHA-1, 30 seconds, 6 digits, one step to either side
    recovery codes: ten of 60 bits, base32 in three groups of four; in the box lie their SHA-256
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import dataclass, field, replace
from typing import Any, Final

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA1, SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.twofactor.totp import TOTP

BOX_BYTES: Final = 2_048
SECRET_BYTES: Final = 20
STEP_SECONDS: Final = 30
DIGITS: Final = 6
RECOVERY_CODES: Final = 10
GROUPS, GROUP_LETTERS = 3, 4
ALPHABET: Final = "abcdefghijklmnopqrstuvwxyz234567"


class Unreadable(Exception):
    """A box of another account, under another key, too old, or damaged."""


@dataclass(frozen=True, slots=True)
class Factors:
    """``secret`` in base32; ``codes`` as SHA-256 in hexadecimal."""

    secret: str = field(repr=False)
    codes: tuple[str, ...] = field(default=(), repr=False)


def seal(key: str, what: str, said: dict[str, Any]) -> bytes:
    """``said`` as a box for one purpose. It is padded, so that its length tells nothing."""
    return _fernet(key, what).encrypt(json.dumps(said).encode().ljust(BOX_BYTES))


def unseal(key: str, what: str, box: bytes, *, seconds: int | None = None) -> dict[str, Any]:
    """Undo ``seal``. Unreadable for another key or purpose, damage, or more than ``seconds`` after it was made."""
    try:
        return dict(json.loads(_fernet(key, what).decrypt(box, ttl=seconds)))
    except (InvalidToken, ValueError, TypeError):
        pass
    raise Unreadable


def lock(key: str, factors: Factors, *, account: int) -> bytes:
    """The box of one account."""
    said = {"account": account, "secret": factors.secret, "codes": list(factors.codes)}
    return seal(key, "second-factor", said)


def unlock(key: str, box: bytes, *, account: int) -> Factors:
    """Undo ``lock``. Unreadable for another account's box, too."""
    said = unseal(key, "second-factor", box)
    if said.get("account") != account:
        raise Unreadable
    return Factors(str(said["secret"]), tuple(map(str, said["codes"])))


# --- codes of an authenticator app ----------------------------------------------------------------------


def new_secret() -> str:
    """160 random bits in base32, 32 letters."""
    return base64.b32encode(secrets.token_bytes(SECRET_BYTES)).decode()


def code_at(secret: str, seconds: float) -> str:
    """The six digits of a moment; ``seconds`` since 1970."""
    return _totp(secret).generate(int(seconds)).decode()


def step_of(secret: str, code: str, *, seconds: float) -> int | None:
    """The step whose code this is, of now and its two neighbours, or None."""
    typed, found = "".join(code.split()).encode("utf-8", "surrogatepass"), None
    now = int(seconds) // STEP_SECONDS
    for step in (now - 1, now, now + 1):
        if hmac.compare_digest(code_at(secret, step * STEP_SECONDS).encode(), typed):
            found = step
    return found


def address(secret: str, *, issuer: str, account: str) -> str:
    """The ``otpauth://`` address that authenticator apps read from the square."""
    return _totp(secret).get_provisioning_uri(account, issuer).replace("+", "%20")


# --- recovery codes -------------------------------------------------------------------------------------


def new_codes() -> list[str]:
    """Ten recovery codes such as ``k3fa-27qx-mmbc``."""
    return ["-".join(_letters() for _ in range(GROUPS)) for _ in range(RECOVERY_CODES)]


def hashed(codes: list[str]) -> tuple[str, ...]:
    return tuple(_digest(code) for code in codes)


def without(factors: Factors, code: str) -> Factors | None:
    """The factors with this recovery code taken out, or None where it is not one of them."""
    wanted = _digest(code)
    kept = tuple(one for one in factors.codes if not hmac.compare_digest(one, wanted))
    return replace(factors, codes=kept) if len(kept) < len(factors.codes) else None


def _letters() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(GROUP_LETTERS))


def _digest(code: str) -> str:
    """However it was typed: capitals, spaces and hyphens do not matter."""
    typed = "".join(letter for letter in code.lower() if letter.isalnum())
    return hashlib.sha256(b"recovery-code:" + typed.encode("utf-8", "surrogatepass")).hexdigest()


def _totp(secret: str) -> TOTP:
    # SHA-1 is what every authenticator app computes, whatever the address says.
    return TOTP(base64.b32decode(secret), DIGITS, SHA1(), STEP_SECONDS)


def _fernet(key: str, what: str) -> Fernet:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=b"rw-entrance:" + what.encode()).derive(key.encode())
    return Fernet(base64.urlsafe_b64encode(derived))
